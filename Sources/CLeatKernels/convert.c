// Conversion of what is fed, from every element type.
#include "internal.h"

static size_t element_size(leat_element element) {
    static const uint8_t sizes[] = {1, 1, 2, 2, 4, 4, 8, 8, 2, 4, 8};
    return sizes[element];
}

void leat_convert(leat_element from, leat_real to, int64_t count, const void *x, void *y) {
    if (count > 0) leat_kernels_for(to)->convert(from, count, x, y);
}

typedef struct {
    const leat_kernels *kernels;
    leat_element from;
    size_t size, to_size;
    int64_t rows, width, grain;
    const int64_t *indices;
    const char *x;
    char *y;
} rows_job;

static void convert_rows(void *context, int64_t chunk, int worker) {
    (void)worker;
    const rows_job *job = context;
    leat_range r = leat_chunk_range(chunk, job->rows, job->grain);
    size_t row = (size_t)job->width * job->size, to_row = (size_t)job->width * job->to_size;
    if (job->indices == NULL) {
        job->kernels->convert(job->from, (r.end - r.begin) * job->width, job->x + (size_t)r.begin * row,
                              job->y + (size_t)r.begin * to_row);
        return;
    }
    // Rows lie anywhere: each is asked for while the one before is converted.
    const size_t most = 8192, ahead = row < most ? row : most;
    for (int64_t i = r.begin; i < r.end; i++) {
        if (i + 1 < r.end) {
            const char *next = job->x + (size_t)job->indices[i + 1] * row;
            for (size_t byte = 0; byte < ahead; byte += 64) __builtin_prefetch(next + byte);
        }
        job->kernels->convert(job->from, job->width, job->x + (size_t)job->indices[i] * row,
                              job->y + (size_t)i * to_row);
    }
}

void leat_convert_rows(leat_pool *pool, leat_element from, leat_real to, int64_t rows, int64_t width,
                       const int64_t *indices, const void *x, void *y) {
    if (rows <= 0 || width <= 0) return;
    rows_job job = {.kernels = leat_kernels_for(to), .from = from, .size = element_size(from),
                    .to_size = to == LEAT_FLOAT32 ? sizeof(float) : sizeof(double), .rows = rows, .width = width,
                    .indices = indices, .x = x, .y = y};
    job.grain = leat_grain(rows, leat_max(1, 16384 / width), 1);
    int64_t chunks = leat_ceil_div(rows, job.grain);
    // Less than this takes no longer than waking a thread.
    bool is_short = rows * width < 65536;
    // As the pool's threads do, so that it does not matter who converts a row.
    uint64_t denormals = leat_denormals_flush();
    if (pool != NULL && !is_short) leat_pool_run(pool, leat_pool_threads(pool), chunks, convert_rows, &job);
    else for (int64_t chunk = 0; chunk < chunks; chunk++) convert_rows(&job, chunk, 0);
    leat_denormals_restore(denormals);
}
