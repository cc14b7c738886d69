// Direct convolutions: how they are cut into chunks, and what is kept in scratch memory.
#include "direct.h"
#include "onednn.h"

enum { BLOCK_BYTES = 96 << 10, GRADIENT_BLOCK_BYTES = 64 << 10, MOST_BLOCK_ROWS = 8, MOST_SLICES = 16,
       STRIP_BYTES = 256 << 10, MOST_SUM_BYTES = 64 << 20 };

static int64_t taps_of(const leat_conv *g) { return g->kernel_height * g->kernel_width * g->channels; }

static double work_of(const leat_conv *g) {
    return 2.0 * (double)(g->batch * g->out_height * g->out_width) * (double)taps_of(g) * (double)g->filters;
}

/// Whether a window reaches beyond the image.
static bool is_padded(const leat_conv *g) {
    int64_t bottom = (g->out_height - 1) * g->stride_y + (g->kernel_height - 1) * g->dilation_y + 1 - g->pad_top;
    int64_t right = (g->out_width - 1) * g->stride_x + (g->kernel_width - 1) * g->dilation_x + 1 - g->pad_left;
    return g->pad_top > 0 || g->pad_left > 0 || bottom > g->height || right > g->width;
}

/// The arguments of a convolution, and the local scratch memory that copies of padded rows take.
static leat_direct_args *direct_args(leat_plan *plan, const leat_conv *g, int64_t block_bytes, bool images,
                                     size_t *copy) {
    leat_direct_args *s = leat_plan_keep(plan, sizeof *s, NULL);
    if (s == NULL) return NULL;
    s->g = *g;
    s->padded = is_padded(g);
    int64_t reach = (g->out_width - 1) * g->stride_x + (g->kernel_width - 1) * g->dilation_x + 1;
    s->line = (s->padded ? reach : g->width) * g->channels;
    int64_t bytes = s->line * (int64_t)leat_plan_element(plan) * g->stride_y;
    int64_t most = leat_min(MOST_BLOCK_ROWS, leat_max(1, g->out_height));
    s->block_rows = leat_max(1, leat_min(most, block_bytes / leat_max(1, bytes)));
    s->block_images = 1;
    if (images && s->block_rows >= g->out_height) {
        // Neither the images nor the strips of dy outgrow the cache.
        int64_t strip = g->out_width * 2 * leat_plan_kernels(plan)->lanes * (int64_t)leat_plan_element(plan);
        int64_t rows = leat_max(1, g->out_height), fitting = block_bytes / leat_max(1, bytes * rows);
        s->block_images = leat_max(1, leat_min(fitting, STRIP_BYTES / leat_max(1, strip * rows)));
    }
    int64_t rows = (s->block_rows - 1) * g->stride_y + (g->kernel_height - 1) * g->dilation_y + 1;
    *copy = s->padded ? leat_align((size_t)(s->block_images * rows * s->line) * leat_plan_element(plan)) : 0;
    return s;
}

/// Packs the filters, then does chunks of output rows.
static bool add(leat_plan *plan, leat_direct_args *s, size_t copy) {
    const leat_kernels *kernels = leat_plan_kernels(plan);
    const leat_conv *g = &s->g;
    int64_t strips = leat_ceil_div(g->filters, 2 * kernels->lanes), rows = g->batch * g->out_height;
    size_t packed = (size_t)(strips * 2 * kernels->lanes * taps_of(g)) * leat_plan_element(plan);
    const double wish = 2e6; // operations of a chunk
    double each = work_of(g) / (double)leat_max(1, rows);
    s->rows_per_chunk = leat_grain(rows, leat_max(1, (int64_t)(wish / (each + 1))), 1);
    if (s->rows_per_chunk > s->block_rows) s->rows_per_chunk = s->rows_per_chunk / s->block_rows * s->block_rows;
    return leat_plan_scratch(plan, packed, copy) &&
           leat_plan_phase(plan, kernels->direct_filters, s, strips, 0.2 * (double)(taps_of(g) * g->filters)) &&
           leat_plan_phase(plan, kernels->direct, s, leat_ceil_div(rows, s->rows_per_chunk), work_of(g) / 100) &&
           leat_plan_step_done(plan);
}

bool leat_direct_add_conv(leat_plan *plan, const leat_conv *g, leat_activation activation, const void *x, const void *w,
                          const void *bias, void *y) {
    size_t copy;
    leat_direct_args *s = direct_args(plan, g, BLOCK_BYTES, false, &copy);
    if (s == NULL) return false;
    s->x = x;
    s->w = w;
    s->bias = bias;
    s->activation = activation;
    s->y = y;
    return add(plan, s, copy) || leat_plan_abandon(plan);
}

bool leat_direct_add_conv_data_gradient(leat_plan *plan, const leat_conv *g, const void *dy, const void *w,
                                        leat_activation activation, const void *gradient_output, void *dx) {
    if (g->stride_y != 1 || g->stride_x != 1) return false;
    // dx is the convolution of dy with the filters turned by 180°, padded so that each tap meets what it gave to.
    leat_conv turned = *g;
    turned.height = g->out_height;
    turned.width = g->out_width;
    turned.channels = g->filters;
    turned.out_height = g->height;
    turned.out_width = g->width;
    turned.filters = g->channels;
    turned.pad_top = (g->kernel_height - 1) * g->dilation_y - g->pad_top;
    turned.pad_left = (g->kernel_width - 1) * g->dilation_x - g->pad_left;
    if (turned.pad_top < 0 || turned.pad_left < 0) return false;
    size_t copy;
    leat_direct_args *s = direct_args(plan, &turned, BLOCK_BYTES, false, &copy);
    if (s == NULL) return false;
    s->turned = true;
    s->x = dy;
    s->w = w;
    s->gradient_activation = activation;
    s->gradient_output = gradient_output;
    s->y = dx;
    return add(plan, s, copy) || leat_plan_abandon(plan);
}

bool leat_direct_add_conv_filter_gradient(leat_plan *plan, const leat_conv *g, const void *x, const void *dy, void *dw,
                                          void *db) {
    size_t copy;
    leat_direct_args *s = direct_args(plan, g, GRADIENT_BLOCK_BYTES, true, &copy);
    if (s == NULL) return false;
    const leat_kernels *kernels = leat_plan_kernels(plan);
    s->x = x;
    s->dy = dy;
    s->sums_bias = db != NULL;
    s->strip_offset = copy;
    int64_t pixels = s->block_images * s->block_rows * g->out_width;
    size_t strip = (size_t)(pixels * 2 * kernels->lanes) * leat_plan_element(plan);
    int64_t count = taps_of(g) * g->filters, rows = g->batch * g->out_height;
    size_t bytes = (size_t)count * leat_plan_element(plan);
    int64_t most = leat_max(1, leat_min(MOST_SLICES, MOST_SUM_BYTES / (int64_t)leat_max(1, (int64_t)bytes)));
    // A slice is worth its sums if it has many more pixels than one.
    int64_t fewest = leat_ceil_div(64, leat_max(1, g->out_width));
    s->rows_per_chunk = leat_max(1, leat_max(leat_ceil_div(rows, most), fewest));
    if (s->block_images > 1) s->rows_per_chunk = leat_ceil_div(s->rows_per_chunk, g->out_height) * g->out_height;
    int64_t slices = leat_max(1, leat_ceil_div(rows, s->rows_per_chunk));
    s->bias_offset = leat_align((size_t)slices * bytes);
    leat_sum_parts_args filters = {.count = count, .parts = slices, .stride = count, .y = dw};
    leat_sum_parts_args biases = {.count = g->filters, .parts = slices, .stride = g->filters,
                                  .offset = s->bias_offset, .wide = true, .y = db};
    size_t shared = s->bias_offset + (size_t)(slices * g->filters) * sizeof(double);
    bool fine = leat_plan_scratch(plan, shared, copy + leat_align(strip)) &&
                leat_plan_phase(plan, kernels->direct_filter_gradient, s, slices, work_of(g) / 100) &&
                leat_add_sum_parts(plan, filters) && (db == NULL || leat_add_sum_parts(plan, biases));
    return fine ? leat_plan_step_done(plan) : leat_plan_abandon(plan);
}
