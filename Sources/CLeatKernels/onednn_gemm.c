// Large products by oneDNN: a fixed number of chunks of c, each one call of dnnl_sgemm on one thread, with the epilogue
// right after, while the chunk is in cache. A call packs operands into one block that it allocates, mostly 74 KB, which
// malloc reuses without asking the system (no page fault in steady state).
#include "onednn.h"

#if LEAT_ONEDNN
#include "onednn_compat.h"

typedef struct {
    leat_gemm g;
    const leat_kernels *kernels;
    int64_t mc, nc, n_chunks;
    bool finishes;
} gemm_step;

static void run_chunk(const void *args, const leat_task *task) {
    const gemm_step *s = args;
    const leat_gemm *g = &s->g;
    int64_t i = task->chunk / s->n_chunks * s->mc, j = task->chunk % s->n_chunks * s->nc;
    int64_t rows = leat_min(s->mc, g->m - i), columns = leat_min(s->nc, g->n - j);
    const float *a = (const float *)g->a + i * (g->transpose_a ? 1 : g->k);
    const float *b = (const float *)g->b + j * (g->transpose_b ? g->k : 1);
    dnnl_status_t status = dnnl_sgemm(g->transpose_a ? 'T' : 'N', g->transpose_b ? 'T' : 'N', rows, columns, g->k, 1,
                                      a, g->transpose_a ? g->m : g->k, b, g->transpose_b ? g->k : g->n, 0,
                                      (float *)g->c + i * g->n + j, g->n);
    if (leat_onednn_ran(task->plan, status) && s->finishes) s->kernels->finish_product(g, i, rows, j, columns);
}

/// Measured: with a transposed right operand, and for little work, the own kernels are as fast or faster.
static bool worthwhile(const leat_plan *plan, const leat_gemm *g) {
    const double least = 4e6;
    return leat_plan_type(plan) == LEAT_FLOAT32 && !g->transpose_b && g->m >= 16 && g->n >= 16 && g->k >= 16 &&
           2.0 * (double)g->m * (double)g->n * (double)g->k >= least;
}

/// Up to `most` chunks, a power of two so that they are alike, of `least` or more.
static void cut(int64_t *chunks, int64_t count, int64_t least, int64_t most) {
    while (2 * *chunks <= most && count / (2 * *chunks) >= least) *chunks *= 2;
}

bool leat_onednn_add_gemm(leat_plan *plan, const leat_gemm *g) {
    if (!worthwhile(plan, g) || !leat_onednn_may_run()) return false;
    gemm_step *s = leat_plan_keep(plan, sizeof *s, NULL);
    if (s == NULL) return false;
    double work = 2.0 * (double)g->m * (double)g->n * (double)g->k;
    int64_t wish = 1, m_chunks = 1, n_chunks = 1;
    while (wish < 16 && 16e6 * (double)wish < work) wish *= 2;
    // A chunk reads the columns of b (or of a transposed a) whole rows apart: cut where that is read in long runs.
    if (g->transpose_a) {
        cut(&m_chunks, g->m, 128, wish);
        cut(&n_chunks, g->n, 256, wish / m_chunks);
    } else {
        cut(&n_chunks, g->n, g->n > 512 ? 256 : 128, wish);
        cut(&m_chunks, g->m, 256, wish / n_chunks);
    }
    *s = (gemm_step){.g = *g, .kernels = leat_plan_kernels(plan),
                     .mc = leat_ceil_div(leat_ceil_div(g->m, m_chunks), 16) * 16,
                     .nc = leat_ceil_div(leat_ceil_div(g->n, n_chunks), 16) * 16,
                     .finishes = g->bias != NULL || g->activation != LEAT_LINEAR || g->gradient_output != NULL ||
                                 g->mask != NULL};
    s->n_chunks = leat_ceil_div(g->n, s->nc);
    int64_t chunks = leat_ceil_div(g->m, s->mc) * s->n_chunks;
    if (!leat_plan_phase(plan, run_chunk, s, chunks, work / 150)) return leat_plan_abandon(plan);
    return leat_plan_step_done(plan);
}

#else

bool leat_onednn_add_gemm(leat_plan *plan, const leat_gemm *g) {
    (void)plan, (void)g;
    return false;
}
#endif
