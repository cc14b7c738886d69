// Steps over flat arrays: elementwise functions, dropout and elementwise losses.
#include "internal.h"

#include <string.h>

/// Adds a step over `count` elements that takes about `cost` nanoseconds an element.
static bool add_map(leat_plan *plan, leat_body body, leat_map_args wish, double cost) {
    leat_map_args *args = leat_plan_keep(plan, sizeof *args, NULL);
    if (args == NULL) return false;
    *args = wish;
    args->grain = leat_grain(wish.count, cost > 0.5 ? 8192 : 32768, 64);
    int64_t chunks = leat_ceil_div(wish.count, args->grain);
    if (!leat_plan_phase(plan, body, args, chunks, cost * (double)wish.count)) return leat_plan_abandon(plan);
    return leat_plan_step_done(plan);
}

bool leat_add_copy(leat_plan *plan, int64_t count, const void *x, void *y) {
    return add_map(plan, leat_plan_kernels(plan)->copy, (leat_map_args){.count = count, .in = {x}, .out = {y}}, 0.15);
}

bool leat_add_fill(leat_plan *plan, int64_t count, double value, void *y) {
    leat_map_args args = {.count = count, .constant = {value}, .out = {y}};
    return add_map(plan, leat_plan_kernels(plan)->fill, args, 0.1);
}

bool leat_add_unary(leat_plan *plan, leat_unary operation, int64_t count, const void *x, void *y) {
    leat_map_args args = {.count = count, .operation = (int)operation, .in = {x}, .out = {y}};
    return add_map(plan, leat_plan_kernels(plan)->unary, args, operation == LEAT_EXP || operation == LEAT_LOG ? 1 : 0.2);
}

bool leat_add_activation(leat_plan *plan, leat_activation kind, int64_t count, const void *x, void *y) {
    leat_map_args args = {.count = count, .operation = (int)kind, .in = {x}, .out = {y}};
    return add_map(plan, leat_plan_kernels(plan)->activation, args, kind > LEAT_RELU ? 1 : 0.2);
}

bool leat_add_activation_gradient(leat_plan *plan, leat_activation kind, int64_t count, const void *y, const void *dy,
                                  const uint8_t *mask, double scale, void *dx) {
    leat_map_args args = {.count = count, .operation = (int)kind, .constant = {scale}, .in = {y, dy, mask},
                          .out = {dx}};
    return add_map(plan, leat_plan_kernels(plan)->activation_gradient, args, 0.3);
}

int64_t leat_mask_bytes(int64_t count) { return (leat_ceil_div(count, 64) + 1) * 8; }

bool leat_add_dropout_mask(leat_plan *plan, int64_t count, double rate, uint32_t stream, const uint64_t *seed,
                           const uint64_t *step, uint8_t *mask) {
    leat_map_args args = {.count = count, .constant = {rate}, .stream = stream, .seed = seed, .step = step,
                          .out = {mask}};
    return add_map(plan, leat_plan_kernels(plan)->dropout_mask, args, 0.6);
}

bool leat_add_masked(leat_plan *plan, int64_t count, const uint8_t *mask, double scale, const void *x, void *y) {
    leat_map_args args = {.count = count, .constant = {scale}, .in = {x, mask}, .out = {y}};
    return add_map(plan, leat_plan_kernels(plan)->masked, args, 0.2);
}

bool leat_add_sigmoid_cross_entropy(leat_plan *plan, int64_t count, const void *x, const void *targets, void *p,
                                    void *loss) {
    leat_map_args args = {.count = count, .in = {x, targets}, .out = {p, loss}};
    return add_map(plan, leat_plan_kernels(plan)->sigmoid_cross_entropy, args, 2);
}

bool leat_add_sigmoid_cross_entropy_gradient(leat_plan *plan, int64_t count, const void *p, const void *targets,
                                             const void *dloss, void *dx) {
    leat_map_args args = {.count = count, .in = {p, targets, dloss}, .out = {dx}};
    return add_map(plan, leat_plan_kernels(plan)->sigmoid_cross_entropy_gradient, args, 0.3);
}

typedef struct {
    const leat_kernels *kernels;
    size_t element;
    uint64_t seed, stream;
    int64_t count, grain;
    double low, width;
    char *y;
} uniform_job;

static void draw(void *context, int64_t chunk, int worker) {
    (void)worker;
    const uniform_job *job = context;
    leat_range r = leat_chunk_range(chunk, job->count, job->grain);
    job->kernels->uniform(job->seed, job->stream, r.begin, r.end - r.begin, job->low, job->width,
                          job->y + (size_t)r.begin * job->element);
}

void leat_uniform(leat_real type, leat_pool *pool, uint64_t seed, uint64_t stream, int64_t count, double low,
                  double width, void *y) {
    size_t element = type == LEAT_FLOAT32 ? sizeof(float) : sizeof(double);
    uniform_job job = {.kernels = leat_kernels_for(type), .element = element,
                       .seed = seed, .stream = stream, .count = count, .low = low, .width = width, .y = y};
    const int64_t wish = 1 << 16;
    job.grain = leat_ceil_div(leat_max(wish, leat_ceil_div(count, LEAT_MAX_CHUNKS)), 32) * 32;
    int64_t chunks = leat_ceil_div(count, job.grain);
    if (pool != NULL) leat_pool_run(pool, leat_pool_threads(pool), chunks, draw, &job);
    else for (int64_t chunk = 0; chunk < chunks; chunk++) draw(&job, chunk, 0);
}
