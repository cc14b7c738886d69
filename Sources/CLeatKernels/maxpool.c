// Max pooling.
#include "internal.h"

static leat_pool_args *pool_args(leat_plan *plan, const leat_pool2d *g) {
    if (g->pool_height * g->pool_width > UINT16_MAX + 1) return NULL;
    leat_pool_args *args = leat_plan_keep(plan, sizeof *args, NULL);
    if (args != NULL) args->g = *g;
    return args;
}

static double pool_work(const leat_pool2d *g) {
    double outputs = (double)g->batch * (double)g->out_height * (double)g->out_width * (double)g->channels;
    return outputs * (double)(g->pool_height * g->pool_width) * 0.3;
}

bool leat_add_max_pool(leat_plan *plan, const leat_pool2d *g, const void *x, void *y, uint16_t *chosen) {
    leat_pool_args *args = pool_args(plan, g);
    if (args == NULL) return false;
    args->x = x;
    args->y = y;
    args->chosen = chosen;
    int64_t rows = g->batch * g->out_height, row = leat_max(1, g->out_width * g->channels);
    args->grain = leat_grain(rows, leat_ceil_div(4096, row), 1);
    if (!leat_plan_phase(plan, leat_plan_kernels(plan)->max_pool, args, leat_ceil_div(rows, args->grain), pool_work(g)))
        return leat_plan_abandon(plan);
    return leat_plan_step_done(plan);
}

bool leat_add_max_pool_gradient(leat_plan *plan, const leat_pool2d *g, const void *dy, const uint16_t *chosen,
                                const void *relu_output, void *dx) {
    leat_pool_args *args = pool_args(plan, g);
    if (args == NULL) return false;
    args->dy = dy;
    args->chosen_in = chosen;
    args->relu_output = relu_output;
    args->y = dx;
    args->grain = leat_grain(g->batch, 1, 1);
    if (!leat_plan_phase(plan, leat_plan_kernels(plan)->max_pool_gradient, args, leat_ceil_div(g->batch, args->grain),
                         2 * pool_work(g)))
        return leat_plan_abandon(plan);
    return leat_plan_step_done(plan);
}
