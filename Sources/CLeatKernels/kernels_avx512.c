// The kernels for processors with AVX-512.
#include "kernels/names.h"

#if defined(__x86_64__)
#define VECTOR_BYTES 64
#define ISA avx512
#define HALF_IN_HARDWARE 1
// All of them know prefetchw, which is not asked for (isa.c): it would do nothing elsewhere.
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma,f16c,prfchw"))),       \
                             apply_to = function)
#include "kernels/float.inc"
#include "kernels/double.inc"
#pragma clang attribute pop
#endif
