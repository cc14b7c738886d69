// What the machine could do at the most, measured: arithmetic in registers, and reading memory.
#include "internal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 20000, SAMPLES = 255, LEAST_PIECE = 1 << 12, MOST_PIECE = 1 << 18 };

/// How many seconds each thread needed for its first chunks.
typedef struct {
    leat_body body;
    const leat_map_args *args;
    int count[LEAT_MAX_THREADS];
    double seconds[LEAT_MAX_THREADS][SAMPLES];
} loop;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void run_loop(void *context, int64_t chunk, int worker) {
    loop *l = context;
    double begin = now();
    l->body(l->args, &(leat_task){.chunk = chunk, .worker = worker});
    if (l->count[worker] < SAMPLES) l->seconds[worker][l->count[worker]++] = now() - begin;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/// Runs all chunks again and again; how much of `work`, what a chunk does, all threads do in a second.
///
/// It is the sum of what each thread usually reaches: another program that takes a processor away for a while makes a
/// round take longer, but hardly any of the short chunks.
static double rate(leat_pool *pool, leat_body body, const leat_map_args *args, int64_t chunks, double work,
                   double milliseconds) {
    loop *l = calloc(1, sizeof *l);
    if (l == NULL) return 0;
    l->body = body;
    l->args = args;
    double total = 0, end = now() + milliseconds * 1e-3;
    for (int round = 0; round < 3 || now() < end; round++) {
        leat_pool_run(pool, leat_pool_threads(pool), chunks, run_loop, l);
    }
    for (int worker = 0; worker < leat_pool_threads(pool); worker++) {
        int count = l->count[worker];
        if (count == 0) continue;
        qsort(l->seconds[worker], (size_t)count, sizeof(double), compare);
        total += work / l->seconds[worker][count / 2];
    }
    free(l);
    return total;
}

double leat_peak_gflops(leat_real type, leat_pool *pool, double milliseconds) {
    const leat_kernels *kernels = leat_kernels_for(type);
    double results[8 * LEAT_MAX_THREADS];
    leat_map_args args = {.count = ROUNDS, .out = {results}};
    double work = 2e-9 * ROUNDS * LEAT_PEAK_CHAINS * (double)kernels->lanes;
    return rate(pool, kernels->peak_arithmetic, &args, 8 * leat_pool_threads(pool), work, milliseconds);
}

double leat_peak_bandwidth(leat_pool *pool, size_t bytes, double milliseconds) {
    // Whole pieces, several a thread; what the last one would lack of an array is not read.
    int64_t piece = MOST_PIECE, elements = (int64_t)(bytes / sizeof(float));
    while (piece > LEAST_PIECE && piece * 8 * leat_pool_threads(pool) > elements) piece /= 2;
    int64_t chunks = leat_min(elements / piece, LEAT_MAX_CHUNKS), count = chunks * piece;
    float *memory = NULL, *results = malloc((size_t)(chunks + 1) * sizeof *results);
    double reached = 0;
    if (chunks > 0 && results != NULL && posix_memalign((void **)&memory, 4096, (size_t)count * sizeof *memory) == 0) {
        memset(memory, 0, (size_t)count * sizeof *memory);
        leat_map_args args = {.count = count, .grain = piece, .in = {memory}, .out = {results}};
        leat_body body = leat_kernels_for(LEAT_FLOAT32)->peak_read;
        reached = rate(pool, body, &args, chunks, 1e-9 * (double)piece * sizeof(float), milliseconds);
        free(memory);
    }
    free(results);
    return reached;
}
