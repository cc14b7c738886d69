// Steps over strided operands. Axes that lie one after the other in every operand are merged first.
#include "internal.h"

static bool add_walk(leat_plan *plan, leat_body body, int operation, int rank, const int64_t *dims, const void *a,
                     const int64_t *a_strides, const void *b, const int64_t *b_strides, void *y) {
    if (rank < 0 || rank > LEAT_MAX_RANK) return false;
    leat_walk_args *args = leat_plan_keep(plan, sizeof *args, NULL);
    if (args == NULL) return false;
    *args = (leat_walk_args){.count = 1, .operation = operation, .a = a, .b = b, .y = y};
    for (int axis = 0; axis < rank; axis++) {
        int64_t size = dims[axis], sa = a_strides[axis], sb = b_strides == NULL ? 0 : b_strides[axis];
        args->count *= size;
        if (size == 1) continue;
        int last = args->rank - 1;
        bool follows = last >= 0 && args->a_strides[last] == sa * size &&
                       (b_strides == NULL || args->b_strides[last] == sb * size);
        int at = follows ? last : args->rank++;
        args->dims[at] = follows ? args->dims[at] * size : size;
        args->a_strides[at] = sa;
        args->b_strides[at] = sb;
    }
    if (args->rank == 0) {
        args->rank = 1;
        args->dims[0] = 1;
        args->a_strides[0] = args->b_strides[0] = 1;
    }
    if (args->count > 0) {
        args->grain = leat_grain(args->count, 16384, 64);
        double cost = args->a_strides[args->rank - 1] > 1 || args->b_strides[args->rank - 1] > 1 ? 1.5 : 0.3;
        int64_t chunks = leat_ceil_div(args->count, args->grain);
        if (!leat_plan_phase(plan, body, args, chunks, cost * (double)args->count)) return leat_plan_abandon(plan);
    }
    return leat_plan_step_done(plan);
}

bool leat_add_binary(leat_plan *plan, leat_binary operation, int rank, const int64_t *dims, const void *a,
                     const int64_t *a_strides, const void *b, const int64_t *b_strides, void *y) {
    leat_body body = leat_plan_kernels(plan)->binary;
    return add_walk(plan, body, (int)operation, rank, dims, a, a_strides, b, b_strides, y);
}

bool leat_add_strided_copy(leat_plan *plan, int rank, const int64_t *dims, const void *x, const int64_t *x_strides,
                           void *y) {
    return add_walk(plan, leat_plan_kernels(plan)->strided_copy, 0, rank, dims, x, x_strides, NULL, NULL, y);
}
