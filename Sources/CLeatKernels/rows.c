// Steps over rows: softmax, losses over classes, the choice of a column.
#include "internal.h"

/// Nanoseconds an element, told those of wide rows, of a step that narrow rows make a block at a time.
static double narrow_cost(int64_t columns, double wide) { return columns <= LEAT_NARROW_COLUMNS ? wide / 4 : wide; }

static bool add_rows(leat_plan *plan, leat_body body, leat_rows_args wish, double cost) {
    if (wish.rows > 0 && wish.columns <= 0) return false;
    leat_rows_args *args = leat_plan_keep(plan, sizeof *args, NULL);
    if (args == NULL) return false;
    *args = wish;
    args->grain = leat_grain(wish.rows, leat_max(1, 8192 / leat_max(1, wish.columns)), 1);
    double work = cost * (double)wish.rows * (double)wish.columns;
    if (!leat_plan_phase(plan, body, args, leat_ceil_div(wish.rows, args->grain), work)) return leat_plan_abandon(plan);
    return leat_plan_step_done(plan);
}

bool leat_add_softmax(leat_plan *plan, int64_t rows, int64_t columns, const void *x, void *y) {
    return add_rows(plan, leat_plan_kernels(plan)->softmax, (leat_rows_args){rows, columns, 0, {x}, {y}},
                    narrow_cost(columns, 2));
}

bool leat_add_softmax_gradient(leat_plan *plan, int64_t rows, int64_t columns, const void *y, const void *dy,
                               void *dx) {
    leat_rows_args args = {rows, columns, 0, {y, dy}, {dx}};
    return add_rows(plan, leat_plan_kernels(plan)->softmax_gradient, args, 1);
}

bool leat_add_argmax(leat_plan *plan, int64_t rows, int64_t columns, const void *x, void *y) {
    return add_rows(plan, leat_plan_kernels(plan)->argmax, (leat_rows_args){rows, columns, 0, {x}, {y}},
                    narrow_cost(columns, 1));
}

bool leat_add_softmax_cross_entropy(leat_plan *plan, int64_t rows, int64_t columns, const void *x, const void *targets,
                                    void *p, void *loss) {
    leat_rows_args args = {rows, columns, 0, {x, targets}, {p, loss}};
    return add_rows(plan, leat_plan_kernels(plan)->softmax_cross_entropy, args, narrow_cost(columns, 3));
}

bool leat_add_softmax_cross_entropy_gradient(leat_plan *plan, int64_t rows, int64_t columns, const void *p,
                                             const void *targets, const void *dloss, void *dx) {
    leat_rows_args args = {rows, columns, 0, {p, targets, dloss}, {dx}};
    return add_rows(plan, leat_plan_kernels(plan)->softmax_cross_entropy_gradient, args, 0.5);
}

bool leat_add_sparse_cross_entropy(leat_plan *plan, int64_t rows, int64_t columns, const void *x, const void *labels,
                                   void *p, void *loss) {
    leat_rows_args args = {rows, columns, 0, {x, labels}, {p, loss}};
    return add_rows(plan, leat_plan_kernels(plan)->sparse_cross_entropy, args, narrow_cost(columns, 2));
}

bool leat_add_sparse_cross_entropy_gradient(leat_plan *plan, int64_t rows, int64_t columns, const void *p,
                                            const void *labels, const void *dloss, void *dx) {
    leat_rows_args args = {rows, columns, 0, {p, labels, dloss}, {dx}};
    return add_rows(plan, leat_plan_kernels(plan)->sparse_cross_entropy_gradient, args, 0.5);
}

bool leat_add_pick(leat_plan *plan, int64_t rows, int64_t columns, const void *x, const void *labels, void *y) {
    return add_rows(plan, leat_plan_kernels(plan)->pick, (leat_rows_args){rows, columns, 0, {x, labels}, {y}}, 0.1);
}

bool leat_add_pick_gradient(leat_plan *plan, int64_t rows, int64_t columns, const void *labels, const void *dy,
                            void *dx) {
    leat_rows_args args = {rows, columns, 0, {labels, dy}, {dx}};
    return add_rows(plan, leat_plan_kernels(plan)->pick_gradient, args, 0.2);
}
