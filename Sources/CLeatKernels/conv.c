// Convolutions: by Winograd's filtering where that pays, else by oneDNN where it can, else by products over blocks of
// gathered pixels.
#include "internal.h"
#include "onednn.h"
#include "winograd.h"

static int64_t taps_of(const leat_conv *g) { return g->kernel_height * g->kernel_width * g->channels; }
static int64_t pixels_of(const leat_conv *g) { return g->batch * g->out_height * g->out_width; }
static double work_of(const leat_conv *g) {
    return 2.0 * (double)pixels_of(g) * (double)taps_of(g) * (double)g->filters / 50;
}

/// Arguments with the block of pixels, and local scratch memory for a packed panel and the block's rows of taps.
static leat_conv_args *conv_args(leat_plan *plan, const leat_conv *g, int64_t depth) {
    size_t element = leat_plan_element(plan);
    leat_conv_args *args = leat_plan_keep(plan, sizeof *args, NULL);
    if (args == NULL) return NULL;
    args->g = *g;
    args->kernels = leat_plan_kernels(plan);
    const int64_t row_bytes = leat_max(1, taps_of(g)) * (int64_t)element, wish = 256 << 10;
    args->block = leat_max(24, leat_min(480, wish / row_bytes / 24 * 24));
    int64_t deepest = depth > 0 ? depth : args->block;
    args->kc = leat_max(1, leat_ceil_div(deepest, leat_max(1, leat_ceil_div(deepest, 512))));
    int64_t panel_depth = leat_max(args->kc, args->block);
    args->column_offset = leat_align((size_t)(panel_depth * args->kernels->panel) * element);
    if (!leat_plan_scratch(plan, 0, args->column_offset + (size_t)(args->block * row_bytes))) return NULL;
    return args;
}

bool leat_add_conv(leat_plan *plan, const leat_conv *g, leat_activation activation, const void *x, const void *w,
                   const void *bias, void *y) {
    if (leat_winograd_add_conv(plan, g, activation, x, w, bias, y)) return true;
    if (leat_onednn_add_conv(plan, g, activation, x, w, bias, y)) return true;
    leat_conv_args *args = conv_args(plan, g, taps_of(g));
    if (args == NULL) return false;
    args->activation = activation;
    args->x = x;
    args->w = w;
    args->bias = bias;
    args->y = y;
    int64_t wish = 4000000 / leat_max(1, 2 * taps_of(g) * g->filters);
    args->pixels_per_chunk = leat_grain(pixels_of(g), wish, args->block);
    int64_t chunks = leat_ceil_div(pixels_of(g), args->pixels_per_chunk);
    if (!leat_plan_phase(plan, args->kernels->conv, args, chunks, work_of(g))) return leat_plan_abandon(plan);
    return leat_plan_step_done(plan);
}

bool leat_add_conv_data_gradient(leat_plan *plan, const leat_conv *g, const void *dy, const void *w,
                                 leat_activation activation, const void *gradient_output, void *dx) {
    if (leat_winograd_add_conv_data_gradient(plan, g, dy, w, activation, gradient_output, dx)) return true;
    if (leat_onednn_add_conv_data_gradient(plan, g, dy, w, activation, gradient_output, dx)) return true;
    leat_conv_args *args = conv_args(plan, g, g->filters);
    if (args == NULL) return false;
    args->x = dy;
    args->w = w;
    args->y = dx;
    args->activation = activation;
    args->gradient_output = gradient_output;
    args->slices = leat_grain(g->batch, 1, 1);
    int64_t chunks = leat_ceil_div(g->batch, args->slices);
    if (!leat_plan_phase(plan, args->kernels->conv_data_gradient, args, chunks, work_of(g)))
        return leat_plan_abandon(plan);
    return leat_plan_step_done(plan);
}

/// A phase that sums `parts` arrays of `count` elements from shared scratch into y.
bool leat_add_sum_parts(leat_plan *plan, leat_sum_parts_args wish) {
    leat_sum_parts_args *args = leat_plan_keep(plan, sizeof *args, NULL);
    if (args == NULL) return false;
    *args = wish;
    args->grain = leat_grain(wish.count, 4096, 64);
    return leat_plan_phase(plan, leat_plan_kernels(plan)->sum_parts, args, leat_ceil_div(wish.count, args->grain),
                           0.15 * (double)wish.count * (double)wish.parts);
}

bool leat_add_conv_filter_gradient(leat_plan *plan, const leat_conv *g, const void *x, const void *dy, void *dw,
                                   void *db) {
    if (leat_winograd_add_conv_filter_gradient(plan, g, x, dy, dw, db)) return true;
    if (leat_onednn_add_conv_filter_gradient(plan, g, x, dy, dw, db)) return true;
    leat_conv_args *args = conv_args(plan, g, 0);
    if (args == NULL) return false;
    args->x = x;
    args->w = dy;
    args->db = db;
    args->pack = taps_of(g) > 96;
    int64_t count = taps_of(g) * g->filters;
    size_t bytes = (size_t)count * leat_plan_element(plan);
    // Partial gradients of up to 16 slices, but no more than 64 MiB of them.
    int64_t most = leat_max(1, leat_min(16, (64 << 20) / (int64_t)leat_max(1, (int64_t)bytes)));
    int64_t wish = leat_max(leat_ceil_div(pixels_of(g), most), 4 * args->block);
    args->pixels_per_chunk = leat_ceil_div(leat_max(1, wish), args->block) * args->block;
    args->slices = leat_max(1, leat_ceil_div(pixels_of(g), args->pixels_per_chunk));
    args->bias_offset = leat_align((size_t)args->slices * bytes);
    leat_sum_parts_args filters = {.count = count, .parts = args->slices, .stride = count, .y = dw};
    leat_sum_parts_args biases = {.count = g->filters, .parts = args->slices, .stride = g->filters,
                                  .offset = args->bias_offset, .wide = true, .y = db};
    size_t shared = args->bias_offset + (size_t)(args->slices * g->filters) * sizeof(double);
    bool fine = leat_plan_scratch(plan, shared, 0) &&
                leat_plan_phase(plan, args->kernels->conv_filter_gradient, args, args->slices, work_of(g)) &&
                leat_add_sum_parts(plan, filters) && (db == NULL || leat_add_sum_parts(plan, biases));
    return fine ? leat_plan_step_done(plan) : leat_plan_abandon(plan);
}
