// LSTM: slices of the batch run through all time steps, one thread a slice; the gradients of the weights are products
// over all rows and steps at once.
#include "internal.h"
#include "onednn.h"

/// Weights up to these sizes are read again for every step: from the second-level cache, or for two slices of rows
/// and more, from the third. Where they are larger, or rows few, the input's part of all steps is one product instead.
static const double cached_bytes = 1 << 20, far_bytes = 8 << 20;
enum { SLICE = 16, FEWEST_ROWS = 8 };

static bool is_possible(int64_t batch, int64_t steps, int64_t features, int64_t units) {
    return batch >= 0 && steps > 0 && features > 0 && units > 0;
}

static double weight_bytes(const leat_plan *plan, int64_t features, int64_t units) {
    return 4.0 * (double)units * (double)(features + units) * (double)leat_plan_element(plan);
}

/// The rows of a slice, one thread's work: small batches are cut finer, though more rows are better where weights come
/// from far.
static int64_t slice_rows(const leat_plan *plan, int64_t batch, int64_t features, int64_t units) {
    bool fine = batch < 2 * SLICE && weight_bytes(plan, features, units) <= cached_bytes;
    return leat_grain(batch, fine ? SLICE / 2 : SLICE, 1);
}

static bool is_stepwise(const leat_plan *plan, int64_t batch, int64_t features, int64_t units) {
    double most = batch >= 2 * SLICE ? far_bytes : cached_bytes;
    return batch >= FEWEST_ROWS && weight_bytes(plan, features, units) <= most;
}

/// The nanoseconds of a product of rows × features with weights of 4·units columns.
static double product_time(int64_t rows, int64_t features, int64_t units) {
    return 8.0 * (double)rows * (double)features * (double)units / 150;
}

/// Moves steps to the front, in the order in which they are made, or back.
static bool add_transposition(leat_plan *plan, int64_t batch, int64_t steps, int64_t width, bool backwards, bool back,
                              const void *x, void *y) {
    int64_t dims[3] = {back ? batch : steps, back ? steps : batch, width};
    int64_t step = back ? batch * width : width, row = back ? width : steps * width;
    int64_t strides[3] = {back ? row : step, back ? step : row, 1};
    const char *from = x;
    if (backwards) {
        from += (size_t)((steps - 1) * step) * leat_plan_element(plan);
        strides[back ? 1 : 0] = -step;
    }
    return leat_add_strided_copy(plan, 3, dims, from, strides, y);
}

/// The input's product and the bias for all steps.
static bool add_input_product(leat_plan *plan, leat_lstm_args *args) {
    const leat_lstm *l = &args->l;
    size_t element = leat_plan_element(plan);
    int64_t rows = l->batch * l->steps;
    const void *inputs = l->x;
    if (l->inputs != NULL || (l->steps > 1 && (l->batch > 1 || l->backwards))) {
        void *moved = l->inputs;
        if (moved == NULL) moved = leat_plan_keep(plan, (size_t)(rows * l->features) * element, NULL);
        if (moved == NULL) return false;
        if (!add_transposition(plan, l->batch, l->steps, l->features, l->backwards, false, l->x, moved)) return false;
        inputs = moved;
    }
    // The sums stand where the gates will.
    void *sums = l->gates;
    if (sums == NULL) sums = leat_plan_keep(plan, (size_t)(rows * 4 * l->units) * element, NULL);
    if (sums == NULL) return false;
    args->sums = sums;
    leat_gemm product = {.m = rows, .n = 4 * l->units, .k = l->features, .a = inputs, .b = l->kernel, .c = sums,
                         .bias = l->bias};
    return leat_add_gemm(plan, &product);
}

bool leat_add_lstm(leat_plan *plan, const leat_lstm *l) {
    if (!is_possible(l->batch, l->steps, l->features, l->units)) return false;
    if (l->batch == 0) return leat_plan_step_done(plan);
    const leat_kernels *kernels = leat_plan_kernels(plan);
    leat_lstm_args *args = leat_plan_keep(plan, sizeof *args, NULL);
    if (args == NULL) return false;
    bool stepwise = is_stepwise(plan, l->batch, l->features, l->units);
    *args = (leat_lstm_args){.l = *l, .inputs = stepwise ? l->features : 0,
                             .grain = slice_rows(plan, l->batch, l->features, l->units)};
    size_t element = leat_plan_element(plan);
    int64_t rows = l->batch * l->steps, depth = args->inputs + l->units;
    int64_t blocks = leat_ceil_div(l->units, kernels->lanes);
    size_t packed = (size_t)(blocks * kernels->lanes * 4 * (1 + depth)) * element;
    size_t local = (size_t)(args->grain * (args->inputs + 3 * l->units)) * element;
    double pack_time = 0.1 * (double)(depth * l->units * 4);
    double time = product_time(rows, depth, l->units) + 2.0 * (double)(rows * l->units);
    bool fine = (stepwise || add_input_product(plan, args)) && leat_plan_scratch(plan, packed, local) &&
                leat_plan_phase(plan, kernels->lstm_pack, args, blocks, pack_time) &&
                leat_plan_phase(plan, kernels->lstm, args, leat_ceil_div(l->batch, args->grain), time);
    return fine ? leat_plan_step_done(plan) : leat_plan_abandon(plan);
}

static bool add_weight_gradients(leat_plan *plan, const leat_lstm_gradient *l) {
    const leat_gemm product = {.transpose_a = true, .n = 4 * l->units, .k = l->batch * l->steps, .b = l->dgates};
    leat_gemm wanted[2];
    int count = 0;
    if (l->dkernel != NULL) {
        wanted[count] = product;
        wanted[count].m = l->features;
        wanted[count].a = l->inputs;
        wanted[count++].c = l->dkernel;
    }
    if (l->drecurrent != NULL) {
        wanted[count] = product;
        wanted[count].m = l->units;
        wanted[count].a = l->states;
        wanted[count++].c = l->drecurrent;
    }
    return count == 0 || leat_add_gemms(plan, count, wanted);
}

/// The input's gradient of all steps as one product.
static bool add_input_gradient(leat_plan *plan, const leat_lstm_gradient *l) {
    int64_t rows = l->batch * l->steps;
    bool moves = l->steps > 1 && (l->batch > 1 || l->backwards);
    void *dx = l->dx;
    if (moves) dx = leat_plan_keep(plan, (size_t)(rows * l->features) * leat_plan_element(plan), NULL);
    if (dx == NULL) return false;
    leat_gemm product = {.transpose_b = true, .m = rows, .n = l->features, .k = 4 * l->units, .a = l->dgates,
                         .b = l->kernel, .c = dx};
    if (!leat_add_gemm(plan, &product)) return false;
    return !moves || add_transposition(plan, l->batch, l->steps, l->features, l->backwards, true, dx, l->dx);
}

bool leat_add_lstm_gradient(leat_plan *plan, const leat_lstm_gradient *l) {
    if (!is_possible(l->batch, l->steps, l->features, l->units)) return false;
    const leat_kernels *kernels = leat_plan_kernels(plan);
    leat_lstm_gradient_args *args = leat_plan_keep(plan, sizeof *args, NULL);
    if (args == NULL) return false;
    bool stepwise = l->dx != NULL && is_stepwise(plan, l->batch, l->features, l->units);
    int64_t u = l->units, rows = l->batch * l->steps;
    *args = (leat_lstm_gradient_args){.l = *l, .inputs = stepwise ? l->features : 0,
                                      .grain = slice_rows(plan, l->batch, l->features, l->units)};
    size_t element = leat_plan_element(plan);
    int64_t panels = leat_ceil_div(args->inputs, kernels->panel) + leat_ceil_div(u, kernels->panel);
    int64_t slices = leat_max(1, leat_ceil_div(l->batch, args->grain));
    args->sums_offset = leat_align((size_t)(panels * kernels->panel * 4 * u) * element);
    size_t shared = args->sums_offset + (size_t)(slices * 4 * u) * sizeof(double);
    size_t local = (size_t)(args->grain * 2 * u) * element;
    double pack_time = 0.2 * (double)((args->inputs + u) * u * 4);
    double time = product_time(rows, args->inputs + u, u) + 2.0 * (double)(rows * u);
    leat_sum_parts_args bias = {.count = 4 * u, .parts = slices, .stride = 4 * u, .offset = args->sums_offset,
                                .wide = true, .y = l->dbias};
    bool fine = leat_plan_scratch(plan, shared, local) &&
                leat_plan_phase(plan, kernels->lstm_gradient_pack, args, panels, pack_time) &&
                leat_plan_phase(plan, kernels->lstm_gradient, args, slices, time) &&
                (l->dbias == NULL || leat_add_sum_parts(plan, bias)) &&
                (l->dx == NULL || stepwise || add_input_gradient(plan, l)) &&
                add_weight_gradients(plan, l);
    return fine ? leat_plan_step_done(plan) : leat_plan_abandon(plan);
}
