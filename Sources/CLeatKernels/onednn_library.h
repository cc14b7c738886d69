// oneDNN's functions, of a library that is loaded when the first plan or thread of a pool is made: 40 MB with a dozen
// thousand symbols would otherwise cost every program 2 ms at its start, and each worker process that never computes.
#ifndef LEAT_ONEDNN_LIBRARY_H
#define LEAT_ONEDNN_LIBRARY_H

#include <oneapi/dnnl/dnnl.h>
#include <stdbool.h>

#if DNNL_VERSION_MAJOR >= 3
#define LEAT_ONEDNN_VERSIONED(F)                                                                                       \
    F(memory_desc_create_with_tag)                                                                                     \
    F(memory_desc_clone)                                                                                               \
    F(memory_desc_destroy)                                                                                             \
    F(convolution_forward_primitive_desc_create)                                                                       \
    F(convolution_backward_data_primitive_desc_create)                                                                 \
    F(convolution_backward_weights_primitive_desc_create)
#else
#define LEAT_ONEDNN_VERSIONED(F)                                                                                       \
    F(memory_desc_init_by_tag)                                                                                         \
    F(primitive_desc_create)                                                                                           \
    F(dilated_convolution_forward_desc_init)                                                                           \
    F(dilated_convolution_backward_data_desc_init)                                                                     \
    F(dilated_convolution_backward_weights_desc_init)
#endif

#define LEAT_ONEDNN_FUNCTIONS(F)                                                                                       \
    LEAT_ONEDNN_VERSIONED(F)                                                                                           \
    F(version)                                                                                                         \
    F(engine_create)                                                                                                   \
    F(stream_create)                                                                                                   \
    F(stream_destroy)                                                                                                  \
    F(memory_create)                                                                                                   \
    F(memory_destroy)                                                                                                  \
    F(memory_set_data_handle)                                                                                          \
    F(memory_desc_equal)                                                                                               \
    F(memory_desc_get_size)                                                                                            \
    F(primitive_attr_create)                                                                                           \
    F(primitive_attr_destroy)                                                                                          \
    F(primitive_attr_set_scratchpad_mode)                                                                              \
    F(primitive_create)                                                                                                \
    F(primitive_destroy)                                                                                               \
    F(primitive_execute)                                                                                               \
    F(primitive_desc_destroy)                                                                                          \
    F(primitive_desc_query)                                                                                            \
    F(primitive_desc_query_md)                                                                                         \
    F(reorder_primitive_desc_create)                                                                                   \
    F(sgemm)

/// The functions that are used, by their names without `dnnl_`.
typedef struct {
#define LEAT_ONEDNN_MEMBER(name) __typeof__(dnnl_##name) *name;
    LEAT_ONEDNN_FUNCTIONS(LEAT_ONEDNN_MEMBER)
#undef LEAT_ONEDNN_MEMBER
    // OpenMP's, where the library runs on it, or NULL.
    void (*set_openmp_threads)(int);
    int (*get_openmp_threads)(void);
} leat_onednn_functions;

/// Set by leat_onednn_load, and not changed afterwards but by tests.
extern leat_onednn_functions onednn;

/// Loads the library, once; false if there is none of the version that the package was built for.
bool leat_onednn_load(void);

#endif
