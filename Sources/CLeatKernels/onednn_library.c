// Finds and loads oneDNN.
#if LEAT_ONEDNN
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif
#include "CLeatKernels.h"
#include "onednn_library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)
#define VERSION TEXT(DNNL_VERSION_MAJOR)

leat_onednn_functions onednn;
static bool loaded;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static const char *const names[] = {
#ifdef __APPLE__
    "libdnnl." VERSION ".dylib", "libdnnl.dylib", "/opt/homebrew/lib/libdnnl." VERSION ".dylib",
    "/usr/local/lib/libdnnl." VERSION ".dylib",
#else
    "libdnnl.so." VERSION, "libdnnl.so",
#endif
};

static const struct {
    const char *name;
    size_t offset;
} members[] = {
#define MEMBER(name) {"dnnl_" #name, offsetof(leat_onednn_functions, name)},
    LEAT_ONEDNN_FUNCTIONS(MEMBER)
#undef MEMBER
};

/// The functions of a library; false if it lacks one, or is of another version.
static bool find(void *library, leat_onednn_functions *found) {
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        void *function = dlsym(library, members[i].name);
        if (function == NULL) return false;
        *(void **)((char *)found + members[i].offset) = function;
    }
    // By name, so that a oneDNN built for another threading runtime, without OpenMP, serves as well.
    *(void **)&found->set_openmp_threads = dlsym(library, "omp_set_num_threads");
    *(void **)&found->get_openmp_threads = dlsym(library, "omp_get_max_threads");
    return found->version()->major == DNNL_VERSION_MAJOR;
}

static void load(void) {
    for (size_t i = 0; i < sizeof names / sizeof *names && !loaded; i++) {
        void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
        if (library == NULL) continue;
        leat_onednn_functions found;
        loaded = find(library, &found);
        if (loaded) onednn = found;
        else dlclose(library);
    }
}

bool leat_onednn_load(void) {
    pthread_once(&once, load);
    return loaded;
}

void *leat_onednn_replace_execute(void *function) {
    void **place = (void **)&onednn.primitive_execute, *before = leat_onednn_load() ? *place : NULL;
    if (before != NULL) *place = function;
    return before;
}

#else
#include <stddef.h>

void *leat_onednn_replace_execute(void *function) {
    (void)function;
    return NULL;
}
#endif
