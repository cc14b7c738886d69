// Names of what the kernel templates declare: NAME(x) is x_f32 or x_f64, so one source file holds both.
#ifndef LEAT_KERNEL_NAMES_H
#define LEAT_KERNEL_NAMES_H

#include "../internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
#define NAME(name) JOIN(name, SUFFIX)
#define V NAME(vec)
#define I NAME(ivec)
#define BODY(name) static void NAME(name)(const void *args, const leat_task *task)
#define INLINE static inline __attribute__((always_inline, unused))
#define UNROLL _Pragma("unroll")

#endif
