// Throughput of products and convolutions, by hand: the best of several runs, in GFLOP/s.
//
//   clang -O2 -std=gnu11 -DLEAT_ONEDNN=1 -I Sources/CLeatKernels/include Benchmarks/kernels/throughput.c \
//       Sources/CLeatKernels/*.c -ldnnl -lm -lpthread -o throughput && OMP_NUM_THREADS=1 ./throughput
#include "CLeatKernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static float *numbers(int64_t count) {
    float *x = aligned_alloc(64, ((size_t)count * sizeof(float) + 63) & ~(size_t)63);
    for (int64_t i = 0; i < count; i++) x[i] = (float)(i % 97) / 97 - 0.5f;
    return x;
}

static double best(leat_plan *plan, leat_pool *pool) {
    double least = 1e9, end = now() + 0.15;
    for (int run = 0; run < 5 || now() < end; run++) {
        double begin = now();
        leat_plan_run(plan, pool);
        double took = now() - begin;
        if (run > 0 && took < least) least = took;
    }
    return least;
}

/// Own kernels and oneDNN by turns, so that what else runs on the machine slows both.
static void product(int64_t m, int64_t n, int64_t k, bool ta, bool tb, leat_pool *pools[2]) {
    float *a = numbers(m * k), *b = numbers(k * n), *c = numbers(m * n), *bias = numbers(n);
    leat_gemm g = {.transpose_a = ta, .transpose_b = tb, .m = m, .n = n, .k = k, .a = a, .b = b, .c = c};
    if (!ta && !tb) g.bias = bias, g.activation = LEAT_RELU;
    double flops = 2.0 * (double)m * (double)n * (double)k * 1e-9, least[2][2] = {{1e9, 1e9}, {1e9, 1e9}};
    for (int turn = 0; turn < 3; turn++) {
        for (int onednn = 0; onednn < 2; onednn++) {
            for (int threads = 1; threads <= 2; threads++) {
                bool before = leat_onednn_enable(onednn);
                leat_plan *plan = leat_plan_create(LEAT_FLOAT32, threads);
                leat_add_gemm(plan, &g);
                double took = best(plan, pools[threads - 1]);
                if (took < least[onednn][threads - 1]) least[onednn][threads - 1] = took;
                leat_plan_destroy(plan);
                leat_onednn_enable(before);
            }
        }
    }
    printf("%5ld x %5ld x %5ld %c%c   own 1: %6.1f   own 2: %6.1f   with oneDNN 1: %6.1f   2: %6.1f\n", (long)m, (long)n,
           (long)k, ta ? 'T' : 'N', tb ? 'T' : 'N', flops / least[0][0], flops / least[0][1], flops / least[1][0],
           flops / least[1][1]);
    free(a), free(b), free(c), free(bias);
}

static void convolution(leat_conv g, leat_pool *pools[2]) {
    float *x = numbers(g.batch * g.height * g.width * g.channels), *w = numbers(9 * g.channels * g.filters);
    float *y = numbers(g.batch * g.out_height * g.out_width * g.filters), *bias = numbers(g.filters);
    double flops = 18.0 * (double)(g.batch * g.out_height * g.out_width * g.channels * g.filters) * 1e-9;
    printf("conv %ldx%ldx%ld -> %ld, batch %ld\n", (long)g.height, (long)g.width, (long)g.channels, (long)g.filters,
           (long)g.batch);
    for (int onednn = 0; onednn < 2; onednn++) {
        bool before = leat_onednn_enable(onednn);
        for (int threads = 1; threads <= 2; threads++) {
            double rate[3];
            for (int kind = 0; kind < 3; kind++) {
                leat_plan *plan = leat_plan_create(LEAT_FLOAT32, threads);
                if (kind == 0) leat_add_conv(plan, &g, LEAT_RELU, x, w, bias, y);
                if (kind == 1) leat_add_conv_data_gradient(plan, &g, y, w, LEAT_LINEAR, NULL, x);
                if (kind == 2) leat_add_conv_filter_gradient(plan, &g, x, y, w, bias);
                rate[kind] = flops / best(plan, pools[threads - 1]);
                leat_plan_destroy(plan);
            }
            printf("  %s %d: forward %6.1f   data gradient %6.1f   filter gradient %6.1f\n",
                   onednn ? "oneDNN" : "own   ", threads, rate[0], rate[1], rate[2]);
        }
        leat_onednn_enable(before);
    }
    free(x), free(w), free(y), free(bias);
}

int main(void) {
    leat_pool *pools[2] = {leat_pool_create(1), leat_pool_create(2)};
    printf("instruction set %d, oneDNN %s\n", (int)leat_isa_current(), leat_onednn_version());
    product(128, 512, 784, false, false, pools);
    product(128, 784, 512, false, true, pools);
    product(784, 512, 128, true, false, pools);
    product(128, 512, 512, false, false, pools);
    product(128, 512, 512, false, true, pools);
    product(512, 512, 128, true, false, pools);
    product(128, 10, 512, false, false, pools);
    product(64, 64, 64, false, false, pools);
    product(16, 512, 1000, false, false, pools);
    product(32, 512, 1000, false, false, pools);
    product(1000, 512, 32, true, false, pools);
    product(1024, 1024, 1024, false, false, pools);
    product(1024, 1024, 1024, true, false, pools);
    product(2048, 512, 512, false, false, pools);
    product(129, 257, 1030, false, false, pools);
    product(32, 256, 30976, false, false, pools);
    product(30976, 256, 32, true, false, pools);
    product(32, 30976, 256, false, true, pools);
    convolution((leat_conv){128, 28, 28, 32, 26, 26, 64, 3, 3, 1, 1, 1, 1, 0, 0}, pools);
    convolution((leat_conv){128, 28, 28, 1, 26, 26, 32, 3, 3, 1, 1, 1, 1, 0, 0}, pools);
    convolution((leat_conv){32, 100, 100, 3, 98, 98, 32, 3, 3, 1, 1, 1, 1, 0, 0}, pools);
    leat_pool_destroy(pools[0]);
    leat_pool_destroy(pools[1]);
}
