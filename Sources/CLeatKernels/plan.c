// A plan: a flat list of phases (parallel loops), the memory of their arguments, and one block of scratch memory.
#include "internal.h"
#include "onednn.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct {
    leat_body body;
    const void *args;
    int64_t chunks;
    size_t step;
    bool parallel;
} phase;

typedef struct kept {
    struct kept *next;
    void (*destroy)(void *);
    _Alignas(64) char memory[];
} kept;

struct leat_plan {
    leat_real type;
    int threads;
    const leat_kernels *kernels;
    phase *phases;
    size_t phase_count, phase_capacity, whole_phases, step_count;
    kept *kept;
    char *scratch;
    size_t shared_bytes, local_bytes, scratch_bytes;
    pthread_mutex_t mutex;
    _Atomic bool failed;
    leat_result result;
};

/// Below this estimate a phase stays on the calling thread.
static const double worth_waking = 10000;

leat_plan *leat_plan_create(leat_real type, int threads) {
    leat_plan *plan = calloc(1, sizeof *plan);
    if (plan == NULL) return NULL;
    plan->type = type;
    plan->threads = threads > 0 ? (int)leat_min(threads, LEAT_MAX_THREADS) : leat_processor_count();
    plan->kernels = leat_kernels_for(type);
    pthread_mutex_init(&plan->mutex, NULL);
    return plan;
}

void leat_plan_destroy(leat_plan *plan) {
    if (plan == NULL) return;
    for (kept *item = plan->kept; item != NULL;) {
        kept *next = item->next;
        if (item->destroy != NULL) item->destroy(item->memory);
        free(item);
        item = next;
    }
    free(plan->phases);
    free(plan->scratch);
    pthread_mutex_destroy(&plan->mutex);
    free(plan);
}

size_t leat_plan_element(const leat_plan *plan) { return plan->type == LEAT_FLOAT32 ? sizeof(float) : sizeof(double); }
leat_real leat_plan_type(const leat_plan *plan) { return plan->type; }
const leat_kernels *leat_plan_kernels(const leat_plan *plan) { return plan->kernels; }
size_t leat_plan_step_count(const leat_plan *plan) { return plan->step_count; }
size_t leat_plan_scratch_bytes(const leat_plan *plan) { return plan->scratch_bytes; }

void *leat_plan_keep(leat_plan *plan, size_t bytes, void (*destroy)(void *)) {
    kept *item = NULL;
    size_t total = leat_align(sizeof(kept) + bytes);
    if (posix_memalign((void **)&item, 64, total) != 0) return NULL;
    memset(item, 0, total);
    item->next = plan->kept;
    item->destroy = destroy;
    plan->kept = item;
    return item->memory;
}

bool leat_plan_scratch(leat_plan *plan, size_t shared, size_t local) {
    size_t want_shared = leat_align(shared > plan->shared_bytes ? shared : plan->shared_bytes);
    size_t want_local = leat_align(local > plan->local_bytes ? local : plan->local_bytes);
    size_t total = want_shared + (size_t)plan->threads * want_local;
    if (total > plan->scratch_bytes) {
        void *memory = NULL;
        if (posix_memalign(&memory, 4096, total) != 0) return false;
        free(plan->scratch);
        plan->scratch = memory;
        plan->scratch_bytes = total;
    }
    plan->shared_bytes = want_shared;
    plan->local_bytes = want_local;
    return true;
}

bool leat_plan_phase(leat_plan *plan, leat_body body, const void *args, int64_t chunks, double nanoseconds) {
    if (chunks <= 0) return true;
    if (chunks > LEAT_MAX_CHUNKS) return false;
    if (plan->phase_count == plan->phase_capacity) {
        size_t capacity = plan->phase_capacity == 0 ? 32 : 2 * plan->phase_capacity;
        phase *phases = realloc(plan->phases, capacity * sizeof *phases);
        if (phases == NULL) return false;
        plan->phases = phases;
        plan->phase_capacity = capacity;
    }
    plan->phases[plan->phase_count++] = (phase){
        .body = body, .args = args, .chunks = chunks, .step = plan->step_count,
        .parallel = chunks > 1 && nanoseconds >= worth_waking};
    return true;
}

bool leat_plan_step_done(leat_plan *plan) {
    plan->whole_phases = plan->phase_count;
    plan->step_count++;
    return true;
}

bool leat_plan_abandon(leat_plan *plan) {
    plan->phase_count = plan->whole_phases;
    return false;
}

static void fail(leat_plan *plan, leat_result failure) {
    pthread_mutex_lock(&plan->mutex);
    if (!atomic_load(&plan->failed) || failure.row < plan->result.row) {
        plan->result = failure;
        atomic_store(&plan->failed, true);
    }
    pthread_mutex_unlock(&plan->mutex);
}

void leat_plan_fail(leat_plan *plan, int64_t row, double value, int64_t limit) {
    fail(plan, (leat_result){LEAT_LABEL_OUT_OF_RANGE, row, value, limit});
}

void leat_plan_fail_index(leat_plan *plan, int64_t place, double value, int64_t limit) {
    fail(plan, (leat_result){LEAT_INDEX_OUT_OF_RANGE, place, value, limit});
}

void leat_plan_fail_kernel(leat_plan *plan, int status) {
    fail(plan, (leat_result){LEAT_KERNEL_FAILED, -1, status, 0});
}

typedef struct {
    leat_plan *plan;
    const phase *phase;
} phase_context;

static void run_chunk(void *context, int64_t chunk, int worker) {
    const phase_context *current = context;
    leat_plan *plan = current->plan;
    leat_task task = {chunk, worker, plan->scratch,
                      plan->scratch + plan->shared_bytes + (size_t)worker * plan->local_bytes, plan};
    current->phase->body(current->phase->args, &task);
}

static double nanoseconds_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static leat_result run_phases(leat_plan *plan, leat_pool *pool, double *nanoseconds) {
    int threads = pool == NULL ? 1 : (int)leat_min(plan->threads, leat_pool_threads(pool));
    uint64_t denormals = leat_denormals_flush();
    int onednn_threads = leat_onednn_single_thread();
    atomic_store(&plan->failed, false);
    plan->result = (leat_result){.status = LEAT_OK};
    for (size_t i = 0; i < plan->phase_count && !atomic_load_explicit(&plan->failed, memory_order_relaxed); i++) {
        phase_context context = {plan, &plan->phases[i]};
        double begin = nanoseconds == NULL ? 0 : nanoseconds_now();
        if (threads > 1 && context.phase->parallel) {
            leat_pool_run(pool, threads, context.phase->chunks, run_chunk, &context);
        } else {
            for (int64_t chunk = 0; chunk < context.phase->chunks; chunk++) run_chunk(&context, chunk, 0);
        }
        if (nanoseconds != NULL) nanoseconds[context.phase->step] += nanoseconds_now() - begin;
    }
    leat_onednn_restore_threads(onednn_threads);
    leat_denormals_restore(denormals);
    return plan->result;
}

leat_result leat_plan_run(leat_plan *plan, leat_pool *pool) { return run_phases(plan, pool, NULL); }

leat_result leat_plan_profile(leat_plan *plan, leat_pool *pool, double *nanoseconds) {
    return run_phases(plan, pool, nanoseconds);
}

int64_t leat_grain(int64_t count, int64_t wish, int64_t unit) {
    int64_t grain = leat_max(wish, leat_ceil_div(count, 1024));
    return leat_max(unit, leat_ceil_div(grain, unit) * unit);
}
