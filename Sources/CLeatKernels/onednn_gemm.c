// Large products by oneDNN: a fixed number of chunks of c, each one call of dnnl_sgemm on one thread, with the epilogue
// right after, while the chunk is in cache. A call packs operands into one block that it allocates, mostly 74 KB, which
// malloc reuses without asking the system (no page fault in steady state).
#include "onednn.h"

#if LEAT_ONEDNN
#include "onednn_compat.h"

typedef struct {
    leat_gemm g;
    int64_t mc, nc, n_chunks, first_chunk;
    bool finishes;
} product;

/// Products that don't depend on each other, in one parallel loop.
typedef struct {
    const leat_kernels *kernels;
    int count;
    product products[];
} gemm_step;

/// op(a)·op(b) for some rows and columns, into c with rows c_row elements apart.
static dnnl_status_t multiply(const leat_gemm *g, int64_t i, int64_t rows, int64_t j, int64_t columns, float *c,
                              int64_t c_row) {
    const float *a = (const float *)g->a + i * (g->transpose_a ? 1 : g->k);
    const float *b = (const float *)g->b + j * (g->transpose_b ? g->k : 1);
    return onednn.sgemm(g->transpose_a ? 'T' : 'N', g->transpose_b ? 'T' : 'N', rows, columns, g->k, 1, a,
                        g->transpose_a ? g->m : g->k, b, g->transpose_b ? g->k : g->n, 0, c, c_row);
}

static void run_chunk(const void *args, const leat_task *task) {
    const gemm_step *s = args;
    const product *p = s->products;
    while (p + 1 < s->products + s->count && p[1].first_chunk <= task->chunk) p++;
    const leat_gemm *g = &p->g;
    int64_t chunk = task->chunk - p->first_chunk, i = chunk / p->n_chunks * p->mc, j = chunk % p->n_chunks * p->nc;
    int64_t rows = leat_min(p->mc, g->m - i), columns = leat_min(p->nc, g->n - j);
    dnnl_status_t status = multiply(g, i, rows, j, columns, (float *)g->c + i * g->n + j, g->n);
    if (leat_onednn_ran(task->plan, status) && p->finishes) s->kernels->finish_product(g, i, rows, j, columns);
}

static double work_of(const leat_gemm *g) { return 2.0 * (double)g->m * (double)g->n * (double)g->k; }

/// Measured: with a transposed right operand, and for little work, the own kernels are as fast or faster.
static bool worthwhile(const leat_plan *plan, const leat_gemm *g, double least) {
    return leat_plan_type(plan) == LEAT_FLOAT32 && !g->transpose_b && g->m >= 16 && g->n >= 16 && g->k >= 16 &&
           work_of(g) >= least;
}

/// Up to `most` chunks, a power of two so that they are alike, of `least` or more.
static void cut(int64_t *chunks, int64_t count, int64_t least, int64_t most) {
    while (2 * *chunks <= most && count / (2 * *chunks) >= least) *chunks *= 2;
}

/// A product cut into chunks of about `grain` operations, its last with the number that follows.
static product cut_product(const leat_gemm *g, double grain, int64_t *chunks) {
    int64_t wish = 1, m_chunks = 1, n_chunks = 1;
    while (wish < 16 && grain * (double)wish < work_of(g)) wish *= 2;
    // A chunk reads the columns of b (or of a transposed a) whole rows apart: cut where that is read in long runs.
    if (g->transpose_a) {
        cut(&m_chunks, g->m, 128, wish);
        cut(&n_chunks, g->n, work_of(g) < 16e6 ? 64 : 256, wish / m_chunks);
    } else {
        cut(&n_chunks, g->n, g->n > 512 ? 256 : 128, wish);
        cut(&m_chunks, g->m, 256, wish / n_chunks);
    }
    product p = {.g = *g, .mc = leat_ceil_div(leat_ceil_div(g->m, m_chunks), 16) * 16,
                 .nc = leat_ceil_div(leat_ceil_div(g->n, n_chunks), 16) * 16, .first_chunk = *chunks,
                 .finishes = g->bias != NULL || g->activation != LEAT_LINEAR || g->gradient_output != NULL ||
                              g->mask != NULL};
    p.n_chunks = leat_ceil_div(g->n, p.nc);
    *chunks += leat_ceil_div(g->m, p.mc) * p.n_chunks;
    return p;
}

bool leat_onednn_add_gemms(leat_plan *plan, int count, const leat_gemm *gemms) {
    if (!leat_onednn_may_run()) return false;
    // Beside another one a smaller product is worth its call.
    double least = count > 1 ? 1e6 : 4e6, work = 0;
    for (int i = 0; i < count; i++) {
        if (!worthwhile(plan, &gemms[i], least)) return false;
        work += work_of(&gemms[i]);
    }
    gemm_step *s = leat_plan_keep(plan, sizeof *s + (size_t)count * sizeof(product), NULL);
    if (s == NULL) return false;
    s->kernels = leat_plan_kernels(plan);
    s->count = count;
    int64_t chunks = 0;
    for (int i = 0; i < count; i++) s->products[i] = cut_product(&gemms[i], count > 1 ? 2e6 : 16e6, &chunks);
    if (!leat_plan_phase(plan, run_chunk, s, chunks, work / 150)) return leat_plan_abandon(plan);
    return leat_plan_step_done(plan);
}

bool leat_onednn_takes(const leat_plan *plan, const leat_gemm *g) {
    return leat_onednn_may_run() && worthwhile(plan, g, 4e6);
}

bool leat_onednn_multiply(const leat_gemm *g, int64_t i, int64_t rows, int64_t j, int64_t columns, void *c) {
    return multiply(g, i, rows, j, columns, c, columns) == dnnl_success;
}

#else

bool leat_onednn_takes(const leat_plan *plan, const leat_gemm *g) {
    (void)plan, (void)g;
    return false;
}

bool leat_onednn_multiply(const leat_gemm *g, int64_t i, int64_t rows, int64_t j, int64_t columns, void *c) {
    (void)g, (void)i, (void)rows, (void)j, (void)columns, (void)c;
    return false;
}

bool leat_onednn_add_gemms(leat_plan *plan, int count, const leat_gemm *gemms) {
    (void)plan, (void)count, (void)gemms;
    return false;
}
#endif
