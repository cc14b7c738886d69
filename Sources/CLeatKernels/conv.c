// Convolutions: by Winograd's filtering where that pays, by oneDNN where that does, else where the images stand.
#include "direct.h"
#include "onednn.h"
#include "winograd.h"

bool leat_add_conv(leat_plan *plan, const leat_conv *g, leat_activation activation, const void *x, const void *w,
                   const void *bias, void *y) {
    return leat_winograd_add_conv(plan, g, activation, x, w, bias, y) ||
           leat_onednn_add_conv(plan, g, activation, x, w, bias, y) ||
           leat_direct_add_conv(plan, g, activation, x, w, bias, y);
}

bool leat_conv_pools(leat_real type, const leat_conv *g, const leat_pool2d *pool) {
    return leat_winograd_pools(type, g, pool);
}

bool leat_add_conv_max_pool(leat_plan *plan, const leat_conv *g, leat_activation activation, const void *x,
                            const void *w, const void *bias, const leat_pool2d *pool, void *y, uint16_t *chosen) {
    return leat_conv_pools(leat_plan_type(plan), g, pool) &&
           leat_winograd_add_conv_max_pool(plan, g, activation, x, w, bias, y, chosen);
}

/// By the gradients of all taps, added where the taps were read.
static bool add_scattered(leat_plan *plan, const leat_conv *g, const void *dy, const void *w,
                          leat_activation activation, const void *gradient_output, void *dx) {
    const leat_kernels *kernels = leat_plan_kernels(plan);
    int64_t taps = g->kernel_height * g->kernel_width * g->channels, element = (int64_t)leat_plan_element(plan);
    leat_conv_args *args = leat_plan_keep(plan, sizeof *args, NULL);
    if (args == NULL) return false;
    const int64_t row_bytes = leat_max(1, taps) * element, wish = 256 << 10;
    *args = (leat_conv_args){.g = *g, .dy = dy, .w = w, .dx = dx, .activation = activation,
                             .gradient_output = gradient_output};
    args->block = leat_max(24, leat_min(480, wish / row_bytes / 24 * 24));
    args->kc = leat_max(1, leat_ceil_div(g->filters, leat_max(1, leat_ceil_div(g->filters, 512))));
    args->images_per_chunk = leat_grain(g->batch, 1, 1);
    args->rows_offset = leat_align((size_t)(args->kc * kernels->panel * element));
    double work = 2.0 * (double)(g->batch * g->out_height * g->out_width) * (double)(taps * g->filters);
    bool fine = leat_plan_scratch(plan, 0, args->rows_offset + (size_t)(args->block * row_bytes)) &&
                leat_plan_phase(plan, kernels->conv_data_gradient, args,
                                leat_ceil_div(g->batch, args->images_per_chunk), work / 50);
    return fine ? leat_plan_step_done(plan) : leat_plan_abandon(plan);
}

bool leat_add_conv_data_gradient(leat_plan *plan, const leat_conv *g, const void *dy, const void *w,
                                 leat_activation activation, const void *gradient_output, void *dx) {
    return leat_winograd_add_conv_data_gradient(plan, g, dy, w, activation, gradient_output, dx) ||
           leat_onednn_add_conv_data_gradient(plan, g, dy, w, activation, gradient_output, dx) ||
           leat_direct_add_conv_data_gradient(plan, g, dy, w, activation, gradient_output, dx) ||
           add_scattered(plan, g, dy, w, activation, gradient_output, dx);
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
    return leat_winograd_add_conv_filter_gradient(plan, g, x, dy, dw, db) ||
           leat_onednn_add_conv_filter_gradient(plan, g, x, dy, dw, db) ||
           leat_direct_add_conv_filter_gradient(plan, g, x, dy, dw, db);
}
