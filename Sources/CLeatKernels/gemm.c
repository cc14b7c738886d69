// Matrix products: large ones by oneDNN where that is faster; how the others are cut into chunks.
#include "internal.h"
#include "onednn.h"

int64_t leat_gemm_depth(int64_t k) {
    // A panel of the right operand and the rows that pass over it stay in the second-level cache.
    const int64_t deepest = 512;
    return leat_max(1, leat_ceil_div(k, leat_max(1, leat_ceil_div(k, deepest))));
}

bool leat_add_gemm(leat_plan *plan, const leat_gemm *g) {
    if (g->m < 0 || g->n < 0 || g->k < 0) return false;
    if (g->m == 0 || g->n == 0) return leat_plan_step_done(plan);
    if (leat_onednn_add_gemms(plan, 1, g)) return true;
    const leat_kernels *kernels = leat_plan_kernels(plan);
    leat_gemm_args *args = leat_plan_keep(plan, sizeof *args, NULL);
    if (args == NULL) return false;
    *args = (leat_gemm_args){.g = *g, .mc = g->m, .nc = g->n, .kc = leat_gemm_depth(g->k)};
    // Splitting columns is free; splitting rows packs the right operand once more.
    // With few rows the right operand is read rather than computed with: smaller chunks let all threads read.
    const double wish = g->m <= 8 ? 2e5 * (double)g->m : 4e6;
    int64_t fewest_rows = g->transpose_b ? 256 : 96;
    while (2.0 * (double)args->mc * (double)args->nc * (double)g->k > wish) {
        if (args->mc > 1024) args->mc = leat_ceil_div(args->mc, 24 * 2) * 24;
        else if (args->nc > kernels->panel) args->nc = leat_ceil_div(args->nc, kernels->panel * 2) * kernels->panel;
        else if (args->mc >= 2 * fewest_rows) args->mc = leat_ceil_div(args->mc, 24 * 2) * 24;
        else break;
    }
    args->m_chunks = leat_ceil_div(g->m, args->mc);
    args->n_chunks = leat_ceil_div(g->n, args->nc);
    while (args->m_chunks > LEAT_MAX_CHUNKS / args->n_chunks) { // the product of the two could overflow
        if (args->m_chunks > args->n_chunks) args->m_chunks = leat_ceil_div(g->m, args->mc *= 2);
        else args->n_chunks = leat_ceil_div(g->n, args->nc *= 2);
    }
    args->pack = g->m > 32;
    size_t panel = (size_t)(args->kc * kernels->panel) * leat_plan_element(plan);
    double work = 2.0 * (double)g->m * (double)g->n * (double)(g->k + 4) / 60;
    double reading = (double)g->n * (double)g->k * (double)leat_plan_element(plan) / 20;
    if (reading > work) work = reading;
    if (!leat_plan_scratch(plan, 0, panel) ||
        !leat_plan_phase(plan, kernels->gemm, args, args->m_chunks * args->n_chunks, work))
        return leat_plan_abandon(plan);
    return leat_plan_step_done(plan);
}

bool leat_add_gemms(leat_plan *plan, int count, const leat_gemm *gemms) {
    if (leat_onednn_add_gemms(plan, count, gemms)) return true;
    for (int i = 0; i < count; i++) {
        if (!leat_add_gemm(plan, &gemms[i])) return false;
    }
    return true;
}
