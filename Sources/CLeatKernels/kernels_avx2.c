// The kernels for processors with AVX2.
#include "kernels/names.h"

#if defined(__x86_64__)
#define VECTOR_BYTES 32
#define ISA avx2
#define HALF_IN_HARDWARE 1
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#include "kernels/float.inc"
#include "kernels/double.inc"
#pragma clang attribute pop
#endif
