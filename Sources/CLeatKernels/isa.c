// Which kernels run: told from the processor once, or from LEAT_ISA, or by leat_isa_select for a thread.
#include "internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

extern const leat_kernels leat_portable_f32, leat_portable_f64;
#if defined(__x86_64__)
extern const leat_kernels leat_avx2_f32, leat_avx2_f64, leat_avx512_f32, leat_avx512_f64;
#endif

static leat_isa best;
static _Thread_local int selected = -1; // what this thread chose instead, or -1
static pthread_once_t once = PTHREAD_ONCE_INIT;

bool leat_isa_supported(leat_isa isa) {
    switch (isa) {
    case LEAT_ISA_PORTABLE: return true;
#if defined(__x86_64__)
    case LEAT_ISA_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
    case LEAT_ISA_AVX512:
        return leat_isa_supported(LEAT_ISA_AVX2) && __builtin_cpu_supports("avx512f") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq");
#endif
    default: return false;
    }
}

static void choose(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
#endif
    static const char *const names[] = {"portable", "avx2", "avx512"};
    const char *wish = getenv("LEAT_ISA");
    for (int isa = LEAT_ISA_PORTABLE; isa <= LEAT_ISA_AVX512; isa++) {
        if (!leat_isa_supported((leat_isa)isa)) continue;
        best = (leat_isa)isa;
        if (wish != NULL && strcmp(wish, names[isa]) == 0) break;
    }
}

leat_isa leat_isa_current(void) {
    pthread_once(&once, choose);
    return selected >= 0 ? (leat_isa)selected : best;
}

bool leat_isa_select(leat_isa isa) {
    pthread_once(&once, choose);
    if (!leat_isa_supported(isa)) return false;
    selected = (int)isa;
    return true;
}

const leat_kernels *leat_kernels_for(leat_real type) {
    bool narrow = type == LEAT_FLOAT32;
    switch (leat_isa_current()) {
#if defined(__x86_64__)
    case LEAT_ISA_AVX512: return narrow ? &leat_avx512_f32 : &leat_avx512_f64;
    case LEAT_ISA_AVX2: return narrow ? &leat_avx2_f32 : &leat_avx2_f64;
#endif
    default: return narrow ? &leat_portable_f32 : &leat_portable_f64;
    }
}
