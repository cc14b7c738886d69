// Reductions: the axes are merged into kept and reduced ones, and the work cut by size alone.
#include "internal.h"

static void push(int64_t *dims, int64_t *strides, int *rank, int64_t size, int64_t stride) {
    dims[*rank] = size;
    strides[(*rank)++] = stride;
}

/// Sorts merged axes into the innermost run, the kept and the reduced ones.
static void sort_axes(leat_reduce_args *args, int rank, const int64_t *dims, const bool *reduced) {
    int64_t sizes[LEAT_MAX_RANK];
    bool flags[LEAT_MAX_RANK];
    int merged = 0;
    args->outputs = args->terms = 1;
    for (int axis = 0; axis < rank; axis++) {
        *(reduced[axis] ? &args->terms : &args->outputs) *= dims[axis];
        if (dims[axis] == 1) continue;
        bool joins = merged > 0 && flags[merged - 1] == reduced[axis];
        if (!joins) sizes[merged] = 1;
        merged += joins ? 0 : 1;
        sizes[merged - 1] *= dims[axis];
        flags[merged - 1] = reduced[axis];
    }
    args->run = merged > 0 ? sizes[merged - 1] : 1;
    args->run_reduced = merged > 0 && flags[merged - 1];
    args->kept = args->reduced = 1;
    int64_t stride[LEAT_MAX_RANK], product = 1;
    for (int axis = merged - 1; axis >= 0; axis--) {
        stride[axis] = product;
        product *= sizes[axis];
    }
    for (int axis = 0; axis < merged - 1; axis++) {
        if (flags[axis]) push(args->reduced_dims, args->reduced_strides, &args->reduced_rank, sizes[axis], stride[axis]);
        else push(args->kept_dims, args->kept_strides, &args->kept_rank, sizes[axis], stride[axis]);
        *(flags[axis] ? &args->reduced : &args->kept) *= sizes[axis];
    }
    if (args->kept_rank == 0) push(args->kept_dims, args->kept_strides, &args->kept_rank, 1, 0);
    if (args->reduced_rank == 0) push(args->reduced_dims, args->reduced_strides, &args->reduced_rank, 1, 0);
}

bool leat_add_reduce(leat_plan *plan, leat_reduction kind, int rank, const int64_t *dims, const bool *reduced,
                     const void *x, void *y) {
    if (rank < 0 || rank > LEAT_MAX_RANK) return false;
    leat_reduce_args *args = leat_plan_keep(plan, sizeof *args, NULL);
    if (args == NULL) return false;
    *args = (leat_reduce_args){.kind = kind, .x = x, .y = y};
    sort_axes(args, rank, dims, reduced);
    if (args->outputs == 0) return leat_plan_step_done(plan);

    const double cost = 0.3;
    int64_t total = args->run_reduced ? args->reduced * leat_ceil_div(args->run, LEAT_REDUCE_PIECE) : args->reduced;
    int64_t items = args->run_reduced ? args->kept : args->kept * leat_ceil_div(args->run, LEAT_REDUCE_COLUMNS);
    double per_item = (double)args->outputs * (double)args->terms / (double)leat_max(1, items);
    // Chunks of at least 16384 terms; the reduced range is split only if there are too few outputs to share.
    args->block = leat_grain(items, (int64_t)(16384 / (per_item < 1 ? 1 : per_item)), 1);
    int64_t blocks = leat_ceil_div(items, args->block);
    int64_t wish = leat_min(total, leat_min((int64_t)(per_item * (double)items / 16384), 32) / blocks);
    args->units = leat_ceil_div(leat_max(1, total), leat_max(1, wish));
    args->splits = leat_ceil_div(leat_max(1, total), args->units);
    const leat_kernels *kernels = leat_plan_kernels(plan);
    double work = cost * (double)args->outputs * (double)args->terms;
    bool fine = leat_plan_phase(plan, kernels->reduce, args, blocks * args->splits, work);
    if (fine && args->splits > 1) {
        fine = leat_plan_scratch(plan, (size_t)(args->outputs * args->splits) * sizeof(double), 0) &&
               leat_plan_phase(plan, kernels->reduce_finish, args, leat_ceil_div(args->outputs, 1024),
                               (double)(args->outputs * args->splits));
    }
    return fine ? leat_plan_step_done(plan) : leat_plan_abandon(plan);
}
