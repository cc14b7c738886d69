// Convolutions by oneDNN: a fixed number of slices of the batch, each run by one thread, with oneDNN single-threaded.
// Primitives, memory objects and streams are made when the step is added; a run only executes them.
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif
#include "onednn.h"

#if LEAT_ONEDNN
#include "onednn_compat.h"

#include <pthread.h>
#include <stdio.h>

enum { MOST_SLICES = 8, LEAST_IMAGES = 4, MOST_PARTIAL_BYTES = 64 << 20 };

typedef struct {
    dnnl_primitive_t primitive;
    size_t scratch_bytes;
} variant;

typedef struct {
    int variant;
    dnnl_stream_t stream;
    dnnl_memory_t x, w, bias, y, scratch;
    void *images; // where this slice of y begins, or of dx
    int64_t count;
} slice;

typedef struct {
    conv_kind kind;
    leat_activation activation; // done after the primitive: oneDNN's own relu would turn NaN into 0
    const char *gradient_output, *x; // the activation's derivative is told from this output, which stands as x does
    const leat_kernels *kernels;
    int slices;
    bool reorders, biased;
    size_t w_bytes, bias_bytes, bias_offset, partial_bytes;
    variant variants[2]; // slices of one image more come first
    slice slice[MOST_SLICES];
    dnnl_memory_t w_plain, w_packed;
    dnnl_primitive_t reorder;
} conv_step;

static dnnl_engine_t engine;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool allowed;
static _Thread_local int enabled = -1; // what this thread chose instead, or -1

static void start(void) {
    const char *wish = getenv("LEAT_ONEDNN");
    if (!leat_onednn_load() || onednn.engine_create(&engine, dnnl_cpu, 0) != dnnl_success) engine = NULL;
    allowed = engine != NULL && (wish == NULL || strcmp(wish, "0") != 0);
}

bool leat_has_onednn(void) { return leat_onednn_load(); }

const char *leat_onednn_version(void) {
    static char text[32];
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    if (!leat_onednn_load()) return "";
    const dnnl_version_t *version = onednn.version();
    pthread_mutex_lock(&mutex);
    snprintf(text, sizeof text, "%d.%d.%d", version->major, version->minor, version->patch);
    pthread_mutex_unlock(&mutex);
    return text;
}

bool leat_onednn_may_run(void) {
    pthread_once(&once, start);
    return enabled >= 0 ? enabled : allowed;
}

bool leat_onednn_enable(bool wish) {
    bool before = leat_onednn_may_run();
    enabled = wish && engine != NULL;
    return before;
}

int leat_onednn_single_thread(void) {
    pthread_once(&once, start);
    if (onednn.set_openmp_threads == NULL || onednn.get_openmp_threads == NULL) return 0;
    int previous = onednn.get_openmp_threads();
    if (previous != 1) onednn.set_openmp_threads(1);
    return previous;
}

void leat_onednn_restore_threads(int previous) {
    if (previous > 1) onednn.set_openmp_threads(previous);
}

// MARK: - Making

static void destroy_step(void *memory) {
    conv_step *s = memory;
    for (int i = 0; i < 2; i++) {
        if (s->variants[i].primitive != NULL) onednn.primitive_destroy(s->variants[i].primitive);
    }
    for (int i = 0; i < MOST_SLICES; i++) {
        dnnl_memory_t all[] = {s->slice[i].x, s->slice[i].w, s->slice[i].bias, s->slice[i].y, s->slice[i].scratch};
        for (int j = 0; j < 5; j++) {
            if (all[j] != NULL) onednn.memory_destroy(all[j]);
        }
        if (s->slice[i].stream != NULL) onednn.stream_destroy(s->slice[i].stream);
    }
    if (s->w_plain != NULL) onednn.memory_destroy(s->w_plain);
    if (s->w_packed != NULL) onednn.memory_destroy(s->w_packed);
    if (s->reorder != NULL) onednn.primitive_destroy(s->reorder);
}

static bool describe(conv_descriptors *d, const leat_conv *g, int64_t images, bool plain_w) {
    *d = (conv_descriptors){.strides = {g->stride_y, g->stride_x},
                            .dilates = {g->dilation_y - 1, g->dilation_x - 1},
                            .pad_begin = {g->pad_top, g->pad_left}};
    int64_t down = (g->out_height - 1) * g->stride_y + (g->kernel_height - 1) * g->dilation_y + 1 - g->height;
    int64_t right = (g->out_width - 1) * g->stride_x + (g->kernel_width - 1) * g->dilation_x + 1 - g->width;
    d->pad_end[0] = leat_max(0, down - g->pad_top);
    d->pad_end[1] = leat_max(0, right - g->pad_left);
    dnnl_dims_t x = {images, g->channels, g->height, g->width}, y = {images, g->filters, g->out_height, g->out_width};
    dnnl_dims_t w = {g->filters, g->channels, g->kernel_height, g->kernel_width}, bias = {g->filters};
    return md_make(&d->x, 4, x, dnnl_nhwc) && md_make(&d->y, 4, y, dnnl_nhwc) && md_make(&d->bias, 1, bias, dnnl_a) &&
           md_make(&d->w, 4, w, plain_w ? dnnl_hwio : dnnl_format_tag_any);
}

static void forget(conv_descriptors *d) {
    md_free(&d->x);
    md_free(&d->w);
    md_free(&d->bias);
    md_free(&d->y);
}

/// The primitive for slices of `images`; *w is the filters' layout, chosen by the first call.
static bool make_variant(conv_step *s, variant *v, const leat_conv *g, int64_t images, dnnl_memory_desc_t *w,
                         bool choose) {
    conv_descriptors d;
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_primitive_desc_t hint = NULL, pd = NULL;
    bool fine = describe(&d, g, images, false) && onednn.primitive_attr_create(&attributes) == dnnl_success &&
                onednn.primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user) == dnnl_success;
    if (fine && s->kind != CONV_FORWARD) fine = conv_pd(&hint, engine, CONV_FORWARD, &d, false, attributes, NULL);
    if (fine && !choose) {
        md_free(&d.w);
#if DNNL_VERSION_MAJOR >= 3
        fine = onednn.memory_desc_clone(&d.w, *w) == dnnl_success;
#else
        d.w = *w;
#endif
    }
    fine = fine && conv_pd(&pd, engine, s->kind, &d, s->biased, attributes, hint);
    if (fine && choose)
        fine = md_query(w, pd, s->kind == CONV_FILTER ? dnnl_query_diff_weights_md : dnnl_query_weights_md);
    const char *name = "";
    fine = fine && onednn.primitive_desc_query(pd, dnnl_query_impl_info_str, 0, (void *)&name) == dnnl_success &&
           strncmp(name, "ref", 3) != 0 && onednn.primitive_create(&v->primitive, pd) == dnnl_success;
    dnnl_memory_desc_t scratch = {0};
    if (fine && md_query(&scratch, pd, dnnl_query_scratchpad_md)) {
        v->scratch_bytes = onednn.memory_desc_get_size(MD(scratch));
        md_free(&scratch);
    }
    if (pd != NULL) onednn.primitive_desc_destroy(pd);
    if (hint != NULL) onednn.primitive_desc_destroy(hint);
    if (attributes != NULL) onednn.primitive_attr_destroy(attributes);
    forget(&d);
    return fine;
}

static bool memory_make(dnnl_memory_t *memory, dnnl_memory_desc_t *md, const void *address) {
    void *handle = address == NULL ? DNNL_MEMORY_NONE : (void *)(uintptr_t)address;
    return onednn.memory_create(memory, MD(*md), engine, handle) == dnnl_success;
}

static bool make_slice(conv_step *s, slice *part, const leat_conv *g, int64_t first, int64_t images, const char *x,
                       dnnl_memory_desc_t *w, const void *w_address, const void *bias, char *y) {
    conv_descriptors d;
    int64_t x_image = g->height * g->width * g->channels, y_image = g->out_height * g->out_width * g->filters;
    bool data = s->kind == CONV_DATA;
    part->images = data ? (char *)(uintptr_t)x + first * x_image * (int64_t)sizeof(float)
                        : y + first * y_image * (int64_t)sizeof(float);
    part->count = images * (data ? x_image : y_image);
    dnnl_dims_t bytes = {leat_max(1, (int64_t)s->variants[part->variant].scratch_bytes / 4)};
    dnnl_memory_desc_t scratch = {0};
    bool fine = describe(&d, g, images, false) && md_make(&scratch, 1, bytes, dnnl_a) &&
                memory_make(&part->x, &d.x, x + first * x_image * (int64_t)sizeof(float)) &&
                memory_make(&part->y, &d.y, y + first * y_image * (int64_t)sizeof(float)) &&
                memory_make(&part->w, w, w_address) &&
                memory_make(&part->bias, &d.bias, bias) && memory_make(&part->scratch, &scratch, NULL) &&
                onednn.stream_create(&part->stream, engine, dnnl_stream_default_flags) == dnnl_success;
    md_free(&scratch);
    forget(&d);
    return fine;
}

/// Everything but the phases. `w` stands in Keras' layout; partial filter gradients and packed filters in scratch.
static bool make_step(conv_step *s, const leat_conv *g, const void *x, const void *w, const void *bias, void *y) {
    dnnl_memory_desc_t chosen = {0};
    conv_descriptors plain = {0};
    s->slices = (int)leat_max(1, leat_min(MOST_SLICES, g->batch / LEAST_IMAGES));
    if (s->kind == CONV_FILTER) {
        int64_t bytes = g->kernel_height * g->kernel_width * g->channels * g->filters * (int64_t)sizeof(float);
        s->slices = (int)leat_max(1, leat_min(s->slices, MOST_PARTIAL_BYTES / leat_max(1, bytes)));
    }
    int64_t images = g->batch / s->slices, larger = g->batch % s->slices;
    bool fine = make_variant(s, &s->variants[0], g, images + (larger > 0), &chosen, true) &&
                (larger == 0 || make_variant(s, &s->variants[1], g, images, &chosen, false)) &&
                describe(&plain, g, 1, true);
    if (fine) {
        s->w_bytes = onednn.memory_desc_get_size(MD(chosen));
        s->bias_bytes = (size_t)g->filters * sizeof(float);
        s->reorders = !onednn.memory_desc_equal(MD(chosen), MD(plain.w));
        bool direct = s->kind != CONV_FILTER && !s->reorders;
        fine = memory_make(&s->w_plain, &plain.w, w) && memory_make(&s->w_packed, &chosen, NULL);
        bool packs = s->kind != CONV_FILTER;
        if (fine && s->reorders)
            fine = reorder_make(&s->reorder, engine, packs ? &plain.w : &chosen, packs ? &chosen : &plain.w);
        for (int i = 0, first = 0; fine && i < s->slices; i++) {
            int64_t count = images + (i < larger);
            s->slice[i].variant = larger > 0 && i >= larger;
            fine = make_slice(s, &s->slice[i], g, first, count, x, &chosen, direct ? w : NULL,
                              s->kind == CONV_FILTER ? NULL : bias, y);
            first += (int)count;
        }
    }
    forget(&plain);
    md_free(&chosen);
    return fine;
}

// MARK: - Running

bool leat_onednn_ran(leat_plan *plan, dnnl_status_t status) {
    if (status != dnnl_success) leat_plan_fail_kernel(plan, (int)status);
    return status == dnnl_success;
}

/// Where this run keeps scratch memory, filters and partial gradients.
static dnnl_status_t bind(const conv_step *s, const slice *part, const leat_task *task) {
    dnnl_status_t status = onednn.memory_set_data_handle(part->scratch, task->local);
    if (status != dnnl_success) return status;
    if (s->kind != CONV_FILTER)
        return s->reorders ? onednn.memory_set_data_handle(part->w, task->shared) : dnnl_success;
    status = onednn.memory_set_data_handle(part->w, task->shared + (size_t)task->chunk * s->partial_bytes);
    if (status != dnnl_success) return status;
    void *bias = task->shared + s->bias_offset + (size_t)task->chunk * s->bias_bytes;
    return onednn.memory_set_data_handle(part->bias, bias);
}

static bool execute(const conv_step *s, const leat_task *task) {
    const slice *part = &s->slice[task->chunk];
    if (!leat_onednn_ran(task->plan, bind(s, part, task))) return false;
    bool filter = s->kind == CONV_FILTER;
    bool data = s->kind == CONV_DATA;
    dnnl_exec_arg_t arguments[5] = {
        {data ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC, part->x},
        {filter ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS, part->w},
        {s->kind == CONV_FORWARD ? DNNL_ARG_DST : DNNL_ARG_DIFF_DST, part->y},
        {DNNL_ARG_SCRATCHPAD, part->scratch},
        {filter ? DNNL_ARG_DIFF_BIAS : DNNL_ARG_BIAS, part->bias},
    };
    dnnl_primitive_t primitive = s->variants[part->variant].primitive;
    return leat_onednn_ran(task->plan, onednn.primitive_execute(primitive, part->stream, s->biased ? 5 : 4, arguments));
}

static void run_slice(const void *args, const leat_task *task) {
    const conv_step *s = args;
    const slice *part = &s->slice[task->chunk];
    if (!execute(s, task) || s->activation == LEAT_LINEAR) return;
    if (s->kind == CONV_FORWARD) {
        s->kernels->activate(s->activation, part->count, part->images);
    } else if (s->gradient_output != NULL) {
        const char *output = s->gradient_output + ((const char *)part->images - s->x);
        s->kernels->activate_gradient(s->activation, part->count, output, part->images);
    }
}

/// Filters into the layout of the primitives, or the summed gradient out of it.
static void run_reorder(const void *args, const leat_task *task) {
    const conv_step *s = args;
    bool packs = s->kind != CONV_FILTER;
    if (!leat_onednn_ran(task->plan, onednn.memory_set_data_handle(s->w_packed, task->shared))) return;
    dnnl_exec_arg_t arguments[2] = {{DNNL_ARG_FROM, packs ? s->w_plain : s->w_packed},
                                    {DNNL_ARG_TO, packs ? s->w_packed : s->w_plain}};
    leat_onednn_ran(task->plan, onednn.primitive_execute(s->reorder, s->slice[0].stream, 2, arguments));
}

// MARK: - Adding

static double work_of(const leat_conv *g) {
    return 2.0 * (double)(g->batch * g->out_height * g->out_width) *
           (double)(g->kernel_height * g->kernel_width * g->channels) * (double)g->filters / 80;
}

static bool add_phases(leat_plan *plan, conv_step *s, const leat_conv *g, void *dw, void *db) {
    size_t local = leat_max((int64_t)s->variants[0].scratch_bytes, (int64_t)s->variants[1].scratch_bytes);
    if (s->kind != CONV_FILTER) {
        return leat_plan_scratch(plan, s->reorders ? s->w_bytes : 0, local) &&
               (!s->reorders || leat_plan_phase(plan, run_reorder, s, 1, 0)) &&
               leat_plan_phase(plan, run_slice, s, s->slices, work_of(g));
    }
    s->partial_bytes = leat_align(s->w_bytes);
    s->bias_offset = s->partial_bytes * (size_t)s->slices;
    int64_t elements = (int64_t)(s->w_bytes / sizeof(float));
    leat_sum_parts_args filters = {.count = elements, .parts = s->slices,
                                   .stride = (int64_t)(s->partial_bytes / sizeof(float)), .y = s->reorders ? NULL : dw};
    leat_sum_parts_args biases = {.count = g->filters, .parts = s->slices, .stride = g->filters,
                                  .offset = s->bias_offset, .y = db};
    return leat_plan_scratch(plan, s->bias_offset + s->bias_bytes * (size_t)s->slices, local) &&
           leat_plan_phase(plan, run_slice, s, s->slices, work_of(g)) && leat_add_sum_parts(plan, filters) &&
           (db == NULL || leat_add_sum_parts(plan, biases)) &&
           (!s->reorders || leat_plan_phase(plan, run_reorder, s, 1, 0));
}

/// As measured: a few channels, and batches that make less than two slices, are faster where the images stand.
static bool worthwhile(const leat_plan *plan, const leat_conv *g) {
    int64_t work = g->batch * g->out_height * g->out_width * g->filters * g->channels;
    bool pays = g->channels >= 16 && g->batch >= 2 * LEAST_IMAGES;
    return leat_onednn_may_run() && leat_plan_type(plan) == LEAT_FLOAT32 && work > 0 && (pays || enabled == 1);
}

static bool add_conv(leat_plan *plan, conv_kind kind, const leat_conv *g, leat_activation activation, const void *x,
                     const void *w, const void *bias, void *y, const void *gradient_output) {
    if (!worthwhile(plan, g)) return false;
    conv_step *s = leat_plan_keep(plan, sizeof *s, destroy_step);
    if (s == NULL) return false;
    *s = (conv_step){.kind = kind, .activation = activation, .kernels = leat_plan_kernels(plan),
                     .gradient_output = gradient_output, .x = x, .biased = bias != NULL};
    int previous = leat_onednn_single_thread();
    bool fine = make_step(s, g, x, w, bias, y) &&
                add_phases(plan, s, g, (void *)(uintptr_t)w, (void *)(uintptr_t)bias);
    leat_onednn_restore_threads(previous);
    return fine ? leat_plan_step_done(plan) : leat_plan_abandon(plan);
}

bool leat_onednn_add_conv(leat_plan *plan, const leat_conv *g, leat_activation activation, const void *x,
                          const void *w, const void *bias, void *y) {
    return add_conv(plan, CONV_FORWARD, g, activation, x, w, bias, y, NULL);
}

bool leat_onednn_add_conv_data_gradient(leat_plan *plan, const leat_conv *g, const void *dy, const void *w,
                                        leat_activation activation, const void *gradient_output, void *dx) {
    return add_conv(plan, CONV_DATA, g, activation, dx, w, NULL, (void *)(uintptr_t)dy, gradient_output);
}

bool leat_onednn_add_conv_filter_gradient(leat_plan *plan, const leat_conv *g, const void *x, const void *dy, void *dw,
                                          void *db) {
    return add_conv(plan, CONV_FILTER, g, LEAT_LINEAR, x, dw, db, (void *)(uintptr_t)dy, NULL);
}

#else

bool leat_has_onednn(void) { return false; }
const char *leat_onednn_version(void) { return ""; }
bool leat_onednn_enable(bool enabled) {
    (void)enabled;
    return false;
}
bool leat_onednn_may_run(void) { return false; }
int leat_onednn_single_thread(void) { return 0; }
void leat_onednn_restore_threads(int previous) { (void)previous; }

bool leat_onednn_add_conv(leat_plan *plan, const leat_conv *g, leat_activation activation, const void *x,
                          const void *w, const void *bias, void *y) {
    (void)plan, (void)g, (void)activation, (void)x, (void)w, (void)bias, (void)y;
    return false;
}
bool leat_onednn_add_conv_data_gradient(leat_plan *plan, const leat_conv *g, const void *dy, const void *w,
                                        leat_activation activation, const void *gradient_output, void *dx) {
    (void)plan, (void)g, (void)dy, (void)w, (void)activation, (void)gradient_output, (void)dx;
    return false;
}
bool leat_onednn_add_conv_filter_gradient(leat_plan *plan, const leat_conv *g, const void *x, const void *dy, void *dw,
                                          void *db) {
    (void)plan, (void)g, (void)x, (void)dy, (void)dw, (void)db;
    return false;
}
#endif
