// The differences between oneDNN 2.x (descriptors by value, operation descriptors) and 3.x (descriptors by handle).
#ifndef LEAT_ONEDNN_COMPAT_H
#define LEAT_ONEDNN_COMPAT_H

#include "internal.h"
#include "onednn_library.h"

#include <stdlib.h>
#include <string.h>

#if DNNL_VERSION_MAJOR >= 3
#define MD(descriptor) (descriptor)
#else
#define MD(descriptor) (&(descriptor))
#endif

/// Whether oneDNN did what it was asked to; if not, the run ends with LEAT_KERNEL_FAILED.
bool leat_onednn_ran(leat_plan *plan, dnnl_status_t status);

typedef enum { CONV_FORWARD, CONV_DATA, CONV_FILTER } conv_kind;

/// The descriptors of one convolution over a slice of the batch.
typedef struct {
    dnnl_memory_desc_t x, w, bias, y;
    dnnl_dims_t strides, dilates, pad_begin, pad_end;
} conv_descriptors;

static inline bool md_make(dnnl_memory_desc_t *md, int rank, const dnnl_dims_t dims, dnnl_format_tag_t tag) {
#if DNNL_VERSION_MAJOR >= 3
    return onednn.memory_desc_create_with_tag(md, rank, dims, dnnl_f32, tag) == dnnl_success;
#else
    return onednn.memory_desc_init_by_tag(md, rank, dims, dnnl_f32, tag) == dnnl_success;
#endif
}

/// A copy of what a primitive chose for one of its arguments.
static inline bool md_query(dnnl_memory_desc_t *md, const_dnnl_primitive_desc_t pd, dnnl_query_t what) {
#if DNNL_VERSION_MAJOR >= 3
    const_dnnl_memory_desc_t found = onednn.primitive_desc_query_md(pd, what, 0);
    return found != NULL && onednn.memory_desc_clone(md, found) == dnnl_success;
#else
    const dnnl_memory_desc_t *found = onednn.primitive_desc_query_md(pd, what, 0);
    if (found != NULL) *md = *found;
    return found != NULL;
#endif
}

static inline void md_free(dnnl_memory_desc_t *md) {
#if DNNL_VERSION_MAJOR >= 3
    if (*md != NULL) onednn.memory_desc_destroy(*md);
#endif
    memset(md, 0, sizeof *md);
}

/// The primitive descriptor of a convolution or one of its gradients; `hint` is the forward one, for gradients.
static inline bool conv_pd(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, conv_kind kind, conv_descriptors *d,
                           bool biased, const_dnnl_primitive_attr_t attributes, const_dnnl_primitive_desc_t hint) {
    const dnnl_alg_kind_t direct = dnnl_convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
    const_dnnl_memory_desc_t bias = biased ? d->bias : NULL;
    switch (kind) {
    case CONV_FORWARD:
        return onednn.convolution_forward_primitive_desc_create(
                   pd, engine, dnnl_forward_training, direct, d->x, d->w, bias, d->y, d->strides, d->dilates,
                   d->pad_begin, d->pad_end, attributes) == dnnl_success;
    case CONV_DATA:
        return onednn.convolution_backward_data_primitive_desc_create(
                   pd, engine, direct, d->x, d->w, d->y, d->strides, d->dilates, d->pad_begin, d->pad_end, hint,
                   attributes) == dnnl_success;
    case CONV_FILTER:
        return onednn.convolution_backward_weights_primitive_desc_create(
                   pd, engine, direct, d->x, d->w, bias, d->y, d->strides, d->dilates, d->pad_begin, d->pad_end, hint,
                   attributes) == dnnl_success;
    }
    return false;
#else
    const dnnl_memory_desc_t *bias = biased ? &d->bias : NULL;
    dnnl_convolution_desc_t operation;
    dnnl_status_t status = dnnl_unimplemented;
    switch (kind) {
    case CONV_FORWARD:
        status = onednn.dilated_convolution_forward_desc_init(&operation, dnnl_forward_training, direct, &d->x, &d->w,
                                                              bias, &d->y, d->strides, d->dilates, d->pad_begin,
                                                              d->pad_end);
        break;
    case CONV_DATA:
        status = onednn.dilated_convolution_backward_data_desc_init(&operation, direct, &d->x, &d->w, &d->y,
                                                                    d->strides, d->dilates, d->pad_begin, d->pad_end);
        break;
    case CONV_FILTER:
        status = onednn.dilated_convolution_backward_weights_desc_init(&operation, direct, &d->x, &d->w, bias, &d->y,
                                                                       d->strides, d->dilates, d->pad_begin,
                                                                       d->pad_end);
        break;
    }
    return status == dnnl_success &&
           onednn.primitive_desc_create(pd, &operation, attributes, engine, hint) == dnnl_success;
#endif
}

/// A primitive that copies from one layout to another.
static inline bool reorder_make(dnnl_primitive_t *primitive, dnnl_engine_t engine, dnnl_memory_desc_t *from,
                                dnnl_memory_desc_t *to) {
    dnnl_primitive_desc_t pd = NULL;
    bool made = onednn.reorder_primitive_desc_create(&pd, MD(*from), engine, MD(*to), engine, NULL) == dnnl_success &&
                onednn.primitive_create(primitive, pd) == dnnl_success;
    if (pd != NULL) onednn.primitive_desc_destroy(pd);
    return made;
}

#endif
