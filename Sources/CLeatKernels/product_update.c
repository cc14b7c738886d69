// Optimizers fused with the product that makes their gradient: what a product would write and an optimizer read again
// never leaves the second-level cache.
#include "internal.h"
#include "onednn.h"

typedef struct {
    leat_gemm_args gemm;
    leat_update_arrays arrays;
    const double *rate;
    const leat_kernels *kernels;
    size_t element, part_offset; // of a part in local scratch, after the packed panel
    bool by_onednn;
} product_update;

static void *moved(void *array, int64_t elements, size_t element) {
    return array == NULL ? NULL : (char *)array + elements * (int64_t)element;
}

static void run_part(const void *arguments, const leat_task *task) {
    const product_update *s = arguments;
    const leat_gemm *g = &s->gemm.g;
    int64_t i = task->chunk / s->gemm.n_chunks * s->gemm.mc, j = task->chunk % s->gemm.n_chunks * s->gemm.nc;
    int64_t rows = leat_min(s->gemm.mc, g->m - i), columns = leat_min(s->gemm.nc, g->n - j);
    char *part = task->local + s->part_offset;
    // Where oneDNN fails the own kernels don't: an update once begun is finished.
    if (!s->by_onednn || !leat_onednn_multiply(g, i, rows, j, columns, part)) {
        leat_gemm_args own = s->gemm;
        own.part = part;
        s->kernels->gemm(&own, task);
    }
    int64_t runs = columns == g->n ? 1 : rows, length = rows * columns / runs;
    for (int64_t run = 0; run < runs; run++) {
        int64_t at = (i + run) * g->n + j;
        leat_update_arrays arrays = {.rule = s->arrays.rule, .g = moved(part, run * length, s->element),
                                     .p = moved(s->arrays.p, at, s->element)};
        for (int k = 0; k < 3; k++) arrays.slots[k] = moved(s->arrays.slots[k], at, s->element);
        s->kernels->update_range(&arrays, 0, length, *s->rate);
    }
}

bool leat_add_product_update(leat_plan *plan, const leat_rule *rule, const leat_gemm *g, const double *rate,
                             void *const slots[3], void *p) {
    if (g->m < 0 || g->n < 0 || g->k < 0 || g->bias != NULL || g->mask != NULL || g->gradient_output != NULL ||
        g->activation != LEAT_LINEAR)
        return false;
    if (g->m == 0 || g->n == 0) return leat_plan_step_done(plan);
    product_update *args = leat_plan_keep(plan, sizeof *args, NULL);
    if (args == NULL) return false;
    // A part is read by the optimizer together with as much of the parameters and of each slot; there are enough of them
    // for some threads.
    const int64_t part = leat_max(4096, leat_min(32768, g->m * g->n / 16)), widest = 1024, fewest_rows = 24;
    int64_t strips = leat_min(leat_ceil_div(g->n, widest), LEAT_MAX_CHUNKS), panel = leat_plan_kernels(plan)->panel;
    int64_t columns = leat_ceil_div(leat_ceil_div(g->n, strips), panel) * panel;
    *args = (product_update){.gemm = {.g = *g, .nc = leat_min(g->n, columns), .kc = leat_gemm_depth(g->k), .pack = true},
                             .arrays = {.rule = *rule, .slots = {slots[0], slots[1], slots[2]}, .p = p}, .rate = rate,
                             .kernels = leat_plan_kernels(plan), .element = leat_plan_element(plan),
                             .by_onednn = leat_onednn_takes(plan, g)};
    leat_gemm_args *gemm = &args->gemm;
    gemm->n_chunks = leat_ceil_div(g->n, gemm->nc);
    int64_t least = leat_ceil_div(g->m, LEAT_MAX_CHUNKS / gemm->n_chunks);
    gemm->mc = leat_min(g->m, leat_max(least, leat_max(fewest_rows, part / gemm->nc / fewest_rows * fewest_rows)));
    gemm->m_chunks = leat_ceil_div(g->m, gemm->mc);
    args->part_offset = leat_align((size_t)(gemm->kc * args->kernels->panel) * args->element);
    size_t part_bytes = (size_t)(gemm->mc * gemm->nc) * args->element;
    double time = (double)g->m * (double)g->n * ((double)g->k / 30 + 0.4 + 0.2 * leat_rule_slots(rule));
    if (!leat_plan_scratch(plan, 0, args->part_offset + part_bytes) ||
        !leat_plan_phase(plan, run_part, args, gemm->m_chunks * gemm->n_chunks, time))
        return leat_plan_abandon(plan);
    return leat_plan_step_done(plan);
}
