// Which instruction set to use, and how large the caches are.
#define _GNU_SOURCE
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

static const char *const isa_names[] = {"scalar", "avx2", "avx512", "neon"};
enum { isa_count = sizeof isa_names / sizeof isa_names[0] };

const char *apus_isa_name(apus_isa isa) {
    return (unsigned)isa < isa_count ? isa_names[isa] : "unknown";
}

int apus_isa_supported(apus_isa isa) {
    switch (isa) {
    case APUS_ISA_SCALAR: return 1;
    case APUS_ISA_AVX2:
#ifdef APUS_X86
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
        return 0;
#endif
    case APUS_ISA_AVX512:
#ifdef APUS_X86
        return apus_isa_supported(APUS_ISA_AVX2) && __builtin_cpu_supports("avx512f") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl");
#else
        return 0;
#endif
    case APUS_ISA_NEON:
#ifdef APUS_ARM64
        return 1; // Part of every AArch64 processor with an operating system.
#else
        return 0;
#endif
    }
    return 0;
}

static apus_isa resolve_isa(void) {
    const char *wanted = getenv("APUS_ISA");
    if (wanted != NULL) {
        for (int i = 0; i < isa_count; ++i)
            if (strcmp(wanted, isa_names[i]) == 0 && apus_isa_supported((apus_isa)i)) return (apus_isa)i;
    }
    for (int i = isa_count - 1; i > 0; --i)
        if (apus_isa_supported((apus_isa)i)) return (apus_isa)i;
    return APUS_ISA_SCALAR;
}

// -1 until the first call. Two threads that resolve at once find the same answer.
static atomic_int current_isa = -1;

apus_isa apus_get_isa(void) {
    int isa = atomic_load_explicit(&current_isa, memory_order_relaxed);
    if (isa >= 0) return (apus_isa)isa;
    // A variant chosen by apus_set_isa in the meantime wins.
    int unresolved = -1, resolved = (int)resolve_isa();
    if (atomic_compare_exchange_strong(&current_isa, &unresolved, resolved)) return (apus_isa)resolved;
    return (apus_isa)unresolved;
}

apus_status apus_set_isa(apus_isa isa) {
    if (!apus_isa_supported(isa)) return APUS_ERROR_UNSUPPORTED;
    atomic_store(&current_isa, (int)isa);
    return APUS_OK;
}

// Linux's own description of cpu 0's caches; the C library's sysconf knows none on many ARM systems.
static void read_caches(size_t size[3]) {
    for (int index = 0; index < 8; ++index) {
        char path[96], type[16];
        int level = 0;
        unsigned long kilobytes = 0;
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/level", index);
        FILE *file = fopen(path, "r");
        if (file == NULL) return;
        int found = fscanf(file, "%d", &level);
        fclose(file);
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/type", index);
        if (found != 1 || level < 1 || level > 3 || (file = fopen(path, "r")) == NULL) continue;
        found = fscanf(file, "%15s", type);
        fclose(file);
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/size", index);
        if (found != 1 || strcmp(type, "Instruction") == 0 || (file = fopen(path, "r")) == NULL) continue;
        found = fscanf(file, "%luK", &kilobytes);
        fclose(file);
        if (found == 1) size[level - 1] = (size_t)kilobytes * 1024;
    }
}

static apus_caches find_caches(void) {
    size_t size[3] = {0, 0, 0};
    read_caches(size);
#ifdef _SC_LEVEL1_DCACHE_SIZE
    static const int names[3] = {_SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL2_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE};
    for (int i = 0; i < 3; ++i) {
        long bytes = size[i] == 0 ? sysconf(names[i]) : 0;
        if (bytes > 0) size[i] = (size_t)bytes;
    }
#endif
    // Usual values, and bounds against a system that reports nonsense.
    static const size_t usual[3] = {32 << 10, 512 << 10, 8 << 20};
    static const size_t least[3] = {8 << 10, 64 << 10, 512 << 10};
    for (int i = 0; i < 3; ++i)
        if (size[i] < least[i]) size[i] = usual[i];
    return (apus_caches){size[0], size[1], size[2]};
}

apus_caches apus_get_caches(void) {
    static _Atomic size_t l1, l2, l3; // l1 is stored last and says that the others are there.
    apus_caches caches;
    caches.l1 = atomic_load_explicit(&l1, memory_order_acquire);
    if (caches.l1 == 0) {
        caches = find_caches();
        atomic_store_explicit(&l3, caches.l3, memory_order_relaxed);
        atomic_store_explicit(&l2, caches.l2, memory_order_relaxed);
        atomic_store_explicit(&l1, caches.l1, memory_order_release);
        return caches;
    }
    caches.l2 = atomic_load_explicit(&l2, memory_order_relaxed);
    caches.l3 = atomic_load_explicit(&l3, memory_order_relaxed);
    return caches;
}
