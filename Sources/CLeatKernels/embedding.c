// Embeddings: rows of a table looked up by index. For the gradient, indices are sorted once, stably, and each row of the
// table sums the gradients of its places in their order.
#include "internal.h"

#include <math.h>
#include <string.h>

enum { RADIX_BITS = 11, RADIX = 1 << RADIX_BITS };

bool leat_add_indices(leat_plan *plan, int64_t count, const void *x, int32_t *indices) {
    leat_embedding_args *args = leat_plan_keep(plan, sizeof *args, NULL);
    if (args == NULL) return false;
    *args = (leat_embedding_args){.count = count, .grain = leat_grain(count, 16384, 64), .x = x, .y = indices};
    int64_t chunks = leat_ceil_div(count, args->grain);
    if (!leat_plan_phase(plan, leat_plan_kernels(plan)->indices, args, chunks, 0.5 * (double)count))
        return leat_plan_abandon(plan);
    return leat_plan_step_done(plan);
}

bool leat_add_embedding(leat_plan *plan, int64_t count, int64_t rows, int64_t width, const int32_t *indices,
                        const void *table, void *y) {
    if (rows <= 0 || width <= 0) return false;
    leat_embedding_args *args = leat_plan_keep(plan, sizeof *args, NULL);
    if (args == NULL) return false;
    int64_t wish = leat_max(1, 16384 / width);
    *args = (leat_embedding_args){.count = count, .grain = leat_grain(count, wish, 1), .rows = rows, .width = width,
                                  .indices = indices, .x = table, .y = y};
    int64_t chunks = leat_ceil_div(count, args->grain);
    double time = 0.3 * (double)count * (double)width;
    if (!leat_plan_phase(plan, leat_plan_kernels(plan)->embedding, args, chunks, time)) return leat_plan_abandon(plan);
    return leat_plan_step_done(plan);
}

void leat_sort_places(int64_t count, int64_t rows, const int32_t *indices, leat_place *sorted, leat_place *spare) {
    for (int64_t i = 0; i < count; i++) sorted[i] = (leat_place){indices[i], (int32_t)i};
    leat_place *from = sorted, *to = spare;
    // Digits from the lowest on.
    for (int shift = 0; (rows - 1) >> shift > 0; shift += RADIX_BITS) {
        int64_t starts[RADIX] = {0}, sum = 0;
        for (int64_t i = 0; i < count; i++) starts[from[i].index >> shift & (RADIX - 1)]++;
        for (int digit = 0; digit < RADIX; digit++) {
            int64_t own = starts[digit];
            starts[digit] = sum;
            sum += own;
        }
        for (int64_t i = 0; i < count; i++) to[starts[from[i].index >> shift & (RADIX - 1)]++] = from[i];
        leat_place *swap = from;
        from = to;
        to = swap;
    }
    if (from != sorted) memcpy(sorted, from, (size_t)count * sizeof(leat_place));
}

static void sort_places(const void *arguments, const leat_task *task) {
    const leat_embedding_args *s = arguments;
    (void)task;
    leat_sort_places(s->count, s->rows, s->indices, s->sorted, s->spare);
}

bool leat_add_embedding_gradient(leat_plan *plan, int64_t count, int64_t rows, int64_t width, const int32_t *indices,
                                 const void *dy, void *dtable) {
    if (rows <= 0 || width <= 0 || rows > INT32_MAX || count > INT32_MAX) return false;
    leat_embedding_args *args = leat_plan_keep(plan, sizeof *args, NULL);
    size_t bytes = (size_t)count * sizeof(leat_place);
    leat_place *sorted = leat_plan_keep(plan, bytes, NULL), *spare = leat_plan_keep(plan, bytes, NULL);
    if (args == NULL || sorted == NULL || spare == NULL) return false;
    int64_t wish = leat_max(1, 32768 / width);
    *args = (leat_embedding_args){.count = count, .grain = leat_grain(rows, wish, 1), .rows = rows, .width = width,
                                  .indices = indices, .x = dy, .y = dtable, .sorted = sorted, .spare = spare};
    int64_t chunks = leat_ceil_div(rows, args->grain);
    double time = 0.3 * (double)width * (double)(count + rows) + (double)rows;
    bool fine = leat_plan_phase(plan, sort_places, args, 1, 10.0 * (double)count) &&
                leat_plan_phase(plan, leat_plan_kernels(plan)->embedding_gradient, args, chunks, time);
    return fine ? leat_plan_step_done(plan) : leat_plan_abandon(plan);
}

int64_t leat_convert_indices(leat_element from, int64_t count, const void *x, int32_t *y) {
#define EACH(type, fits)                                                                                               \
    for (int64_t i = 0; i < count; i++) {                                                                              \
        type v = ((const type *)x)[i];                                                                                 \
        if (!(fits)) return i;                                                                                         \
        y[i] = (int32_t)v;                                                                                             \
    }                                                                                                                  \
    return -1
#define IS_WHOLE(v) ((v) >= INT32_MIN && (v) <= INT32_MAX && (v) == floor(v))
    switch (from) {
    case LEAT_U8: EACH(uint8_t, true);
    case LEAT_I8: EACH(int8_t, true);
    case LEAT_U16: EACH(uint16_t, true);
    case LEAT_I16: EACH(int16_t, true);
    case LEAT_U32: EACH(uint32_t, v <= INT32_MAX);
    case LEAT_I32: EACH(int32_t, true);
    case LEAT_U64: EACH(uint64_t, v <= INT32_MAX);
    case LEAT_I64: EACH(int64_t, v >= INT32_MIN && v <= INT32_MAX);
    case LEAT_F32: EACH(float, IS_WHOLE((double)v));
    case LEAT_F64: EACH(double, IS_WHOLE(v));
    case LEAT_F16:
        for (int64_t i = 0; i < count; i++) {
            double v;
            leat_convert(LEAT_F16, LEAT_FLOAT64, 1, (const uint16_t *)x + i, &v);
            if (!IS_WHOLE(v)) return i;
            y[i] = (int32_t)v;
        }
        return -1;
    }
    return 0;
#undef EACH
#undef IS_WHOLE
}
