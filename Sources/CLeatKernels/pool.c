// The fork-join pool. A job is one 64-bit ticket (generation, threads, chunks, next chunk): a thread that moves the
// ticket on by compare-and-swap has claimed a chunk, and holds the job's fields valid until it reports the chunk done.
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif
#include "internal.h"
#include "onednn.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Waking a thread takes longer than most gaps between two parallel loops or two steps; a thread that waits gives the
// processor to whoever wants it, data workers first, once it has spun for a while.
enum { SPIN_NANOSECONDS = 10000, LINGER_NANOSECONDS = 100000, CHUNK_BITS = 20, THREAD_BITS = 8 };
#define FIELD(ticket, shift, bits) ((int64_t)((ticket) >> (shift) & (((uint64_t)1 << (bits)) - 1)))
#define NEXT(ticket) FIELD(ticket, 0, CHUNK_BITS)
#define CHUNKS(ticket) FIELD(ticket, CHUNK_BITS, CHUNK_BITS)
#define THREADS(ticket) FIELD(ticket, 2 * CHUNK_BITS, THREAD_BITS)
#define GENERATION_ONE ((uint64_t)1 << (2 * CHUNK_BITS + THREAD_BITS))

typedef struct {
    leat_pool *pool;
    int index;
    pthread_t thread;
} member;

struct leat_pool {
    _Alignas(64) _Atomic uint64_t ticket;
    _Alignas(64) _Atomic int64_t done;
    leat_job job;
    void *context;
    _Alignas(64) _Atomic int sleepers;
    _Atomic bool caller_sleeps, closing;
    pthread_mutex_t mutex;
    pthread_cond_t work, finished;
    int threads, started;
    member members[];
};

uint64_t leat_denormals_flush(void) {
#if defined(__x86_64__)
    unsigned state = _mm_getcsr();
    _mm_setcsr(state | 0x8040);
    return state;
#elif defined(__aarch64__)
    uint64_t state;
    __asm__ volatile("mrs %0, fpcr" : "=r"(state));
    __asm__ volatile("msr fpcr, %0" ::"r"(state | (uint64_t)1 << 24));
    return state;
#else
    return 0;
#endif
}

void leat_denormals_restore(uint64_t state) {
#if defined(__x86_64__)
    _mm_setcsr((unsigned)state);
#elif defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0" ::"r"(state));
#else
    (void)state;
#endif
}

int leat_processor_count(void) {
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > LEAT_MAX_THREADS ? LEAT_MAX_THREADS : (int)count;
}

static void relax(void) {
#if defined(__x86_64__)
    _mm_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/// Claims and does chunks until none is left.
static void work(leat_pool *pool, int worker) {
    uint64_t ticket = atomic_load(&pool->ticket);
    while (NEXT(ticket) < CHUNKS(ticket) && worker < THREADS(ticket)) {
        if (!atomic_compare_exchange_weak(&pool->ticket, &ticket, ticket + 1)) continue;
        int64_t chunks = CHUNKS(ticket);
        pool->job(pool->context, NEXT(ticket), worker);
        if (atomic_fetch_add(&pool->done, 1) + 1 == chunks && atomic_load(&pool->caller_sleeps)) {
            pthread_mutex_lock(&pool->mutex);
            pthread_cond_signal(&pool->finished);
            pthread_mutex_unlock(&pool->mutex);
        }
        ticket = atomic_load(&pool->ticket);
    }
}

static bool has_work(leat_pool *pool, int worker) {
    uint64_t ticket = atomic_load(&pool->ticket);
    return (NEXT(ticket) < CHUNKS(ticket) && worker < THREADS(ticket)) || atomic_load(&pool->closing);
}

/// A pause between two looks, `begin` the time of the first; false when it is time to sleep.
static bool linger(int64_t begin) {
    int64_t waited = now() - begin;
    if (waited > SPIN_NANOSECONDS) sched_yield();
    else relax();
    return waited < LINGER_NANOSECONDS;
}

/// Lingers for a while, then sleeps until there is a chunk to claim or the pool closes.
static void await_work(leat_pool *pool, int worker) {
    int64_t begin = now();
    do {
        for (int i = 0; i < 16; i++) {
            if (has_work(pool, worker)) return;
            relax();
        }
    } while (linger(begin));
    pthread_mutex_lock(&pool->mutex);
    atomic_fetch_add(&pool->sleepers, 1);
    while (!has_work(pool, worker)) pthread_cond_wait(&pool->work, &pool->mutex);
    atomic_fetch_sub(&pool->sleepers, 1);
    pthread_mutex_unlock(&pool->mutex);
}

static void *member_main(void *argument) {
    member *self = argument;
    leat_denormals_flush();
    leat_onednn_single_thread();
    while (!atomic_load(&self->pool->closing)) {
        await_work(self->pool, self->index);
        work(self->pool, self->index);
    }
    return NULL;
}

void leat_pool_run(leat_pool *pool, int threads, int64_t chunks, leat_job job, void *context) {
    if (chunks <= 0) return;
    pool->job = job;
    pool->context = context;
    atomic_store(&pool->done, 0);
    uint64_t generation = (atomic_load(&pool->ticket) & ~(GENERATION_ONE - 1)) + GENERATION_ONE;
    int64_t useful = leat_min(threads, pool->threads);
    atomic_store(&pool->ticket,
                 generation | (uint64_t)useful << (2 * CHUNK_BITS) | (uint64_t)chunks << CHUNK_BITS);
    if (atomic_load(&pool->sleepers) > 0) {
        pthread_mutex_lock(&pool->mutex);
        pthread_cond_broadcast(&pool->work);
        pthread_mutex_unlock(&pool->mutex);
    }
    work(pool, 0);
    if (atomic_load(&pool->done) == chunks) return;
    int64_t begin = now();
    do {
        for (int i = 0; i < 16; i++) {
            if (atomic_load(&pool->done) == chunks) return;
            relax();
        }
    } while (linger(begin));
    pthread_mutex_lock(&pool->mutex);
    atomic_store(&pool->caller_sleeps, true);
    while (atomic_load(&pool->done) != chunks) pthread_cond_wait(&pool->finished, &pool->mutex);
    atomic_store(&pool->caller_sleeps, false);
    pthread_mutex_unlock(&pool->mutex);
}

leat_pool *leat_pool_create(int threads) {
    if (threads <= 0) threads = leat_processor_count();
    if (threads > LEAT_MAX_THREADS) threads = LEAT_MAX_THREADS;
    leat_pool *pool = NULL;
    size_t bytes = leat_align(sizeof(leat_pool) + (size_t)threads * sizeof(member));
    if (posix_memalign((void **)&pool, 64, bytes) != 0) return NULL;
    __builtin_memset(pool, 0, bytes);
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->finished, NULL);
    pool->threads = threads;
    for (int i = 1; i < threads; i++) {
        pool->members[i] = (member){.pool = pool, .index = i};
        if (pthread_create(&pool->members[i].thread, NULL, member_main, &pool->members[i]) != 0) {
            leat_pool_destroy(pool);
            return NULL;
        }
        pool->started = i;
    }
    return pool;
}

void leat_pool_destroy(leat_pool *pool) {
    if (pool == NULL) return;
    pthread_mutex_lock(&pool->mutex);
    atomic_store(&pool->closing, true);
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->mutex);
    for (int i = 1; i <= pool->started; i++) pthread_join(pool->members[i].thread, NULL);
    pthread_cond_destroy(&pool->finished);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->mutex);
    free(pool);
}

int leat_pool_threads(const leat_pool *pool) { return pool->threads; }
