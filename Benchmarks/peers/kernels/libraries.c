#define _GNU_SOURCE
#include "libraries.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The first of the files that can be loaded.
static void *load(const char *const *files, int count, bench_work *work) {
    for (int i = 0; i < count; i++) {
        if (files[i] == NULL) continue;
        void *handle = dlopen(files[i], RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
        if (handle != NULL) return handle;
    }
    const char *message = dlerror();
    snprintf(work->why, sizeof work->why, "%s", message ? message : "cannot be loaded");
    return NULL;
}

static void describe_openblas(void *handle, bench_work *work) {
    char *(*config)(void) = (char *(*)(void))dlsym(handle, "openblas_get_config");
    void (*threads)(int) = (void (*)(int))dlsym(handle, "openblas_set_num_threads");
    if (threads) threads(work->threads);
    if (config) snprintf(work->version, sizeof work->version, "%s", config());
}

static void describe_blis(void *handle, bench_work *work) {
    void (*start)(void) = (void (*)(void))dlsym(handle, "bli_init");
    if (start) start(); // without which it cannot name its own architecture, and aborts
    const char *(*version)(void) = (const char *(*)(void))dlsym(handle, "bli_info_get_version_str");
    int (*architecture)(void) = (int (*)(void))dlsym(handle, "bli_arch_query_id");
    const char *(*name)(int) = (const char *(*)(int))dlsym(handle, "bli_arch_string");
    if (version)
        snprintf(work->version, sizeof work->version, "BLIS %s %s", version(), architecture && name ? name(architecture()) : "");
}

static void describe_mkl(void *handle, bench_work *work) {
    void (*version)(char *, int) = (void (*)(char *, int))dlsym(handle, "mkl_get_version_string");
    char text[200] = "";
    if (version) version(text, (int)sizeof text - 1);
    // "Intel(R) oneAPI Math Kernel Library Version 2025.3-Product Build ..."
    const char *number = strstr(text, "Version ");
    snprintf(work->version, sizeof work->version, "MKL %.*s", number ? (int)strcspn(number + 8, "-, ") : 0, number ? number + 8 : "");
}

bool open_blas(const char *peer, bench_work *work, blas_library *library) {
    const char *const openblas[] = {"libopenblas.so.0", "libopenblas.so"};
    const char *const blis[] = {"libblis.so.4", "libblis.so"};
    const char *const mkl[] = {getenv("APUS_PEER_MKL"), "libmkl_rt.so.3", "libmkl_rt.so.2", "libmkl_rt.so"};
    void *handle;
    if (strcmp(peer, "openblas") == 0) handle = load(openblas, 2, work);
    else if (strcmp(peer, "blis") == 0) handle = load(blis, 2, work);
    else handle = load(mkl, 4, work);
    if (handle == NULL) return false;
    library->sgemm = (cblas_sgemm_fn)dlsym(handle, "cblas_sgemm");
    library->dgemm = (cblas_dgemm_fn)dlsym(handle, "cblas_dgemm");
    library->sgemv = (cblas_sgemv_fn)dlsym(handle, "cblas_sgemv");
    if (!library->sgemm || !library->dgemm || !library->sgemv) {
        snprintf(work->why, sizeof work->why, "has no C interface");
        return false;
    }
    if (strcmp(peer, "openblas") == 0) describe_openblas(handle, work);
    else if (strcmp(peer, "blis") == 0) describe_blis(handle, work);
    else describe_mkl(handle, work);
    return true;
}

typedef struct version_numbers {
    int major, minor, patch;
} version_numbers;

void *open_dnnl(bench_work *work) {
    const char *const files[] = {"libdnnl.so.2", "libdnnl.so.3", "libdnnl.so"};
    void *handle = load(files, 3, work);
    if (handle == NULL) return NULL;
    const version_numbers *(*version)(void) = (const version_numbers *(*)(void))dlsym(handle, "dnnl_version");
    if (version)
        snprintf(work->version, sizeof work->version, "oneDNN %d.%d.%d", version()->major, version()->minor, version()->patch);
    return handle;
}
