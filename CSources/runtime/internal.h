// What the kernel families share: target attributes, checked sizes, alias checks, serial team queries.
// Not installed.
#ifndef APUS_INTERNAL_H
#define APUS_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../include/apus/runtime.h"
#include "../../include/apus/status.h"

// One place for every target attribute: a variant's functions carry one of these, and no file needs a flag.
#if defined(__x86_64__) || defined(_M_X64)
#define APUS_X86 1
#define APUS_TARGET_AVX2 __attribute__((target("avx2,fma")))
#if defined(__clang__) // knows no such attribute, and uses the whole width unasked
#define APUS_TARGET_AVX512 __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")))
#else
#define APUS_TARGET_AVX512 __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,prefer-vector-width=512")))
#endif
#elif defined(__aarch64__)
#define APUS_ARM64 1
#define APUS_TARGET_NEON
#endif

#define APUS_ALWAYS_INLINE static inline __attribute__((always_inline))
#define APUS_CACHE_LINE 64

// *product = a * b for sizes >= 0; false if it does not fit.
static inline bool apus_multiply_sizes(ptrdiff_t a, ptrdiff_t b, ptrdiff_t *product) {
    return !__builtin_mul_overflow(a, b, product);
}

// Whether [a, a + a_bytes) and [b, b + b_bytes) share a byte.
static inline bool apus_overlap(const void *a, size_t a_bytes, const void *b, size_t b_bytes) {
    if (a == NULL || b == NULL || a_bytes == 0 || b_bytes == 0) return false;
    uintptr_t p = (uintptr_t)a, q = (uintptr_t)b;
    return p < q ? q - p < a_bytes : p - q < b_bytes;
}

static inline ptrdiff_t apus_min(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }
static inline ptrdiff_t apus_max(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }
static inline ptrdiff_t apus_ceil_div(ptrdiff_t a, ptrdiff_t b) { return (a + b - 1) / b; }
static inline ptrdiff_t apus_round_up(ptrdiff_t a, ptrdiff_t b) { return apus_ceil_div(a, b) * b; }

// The threads that apus_parallel_for would use here and now: 1 inside one of its own bodies.
int apus_team_size(void);
// The calling thread's number within the running apus_parallel_for, in [0, apus_team_size() outside it):
// the index of a private scratch area.
int apus_team_member(void);
// apus_parallel_for on at most `team` threads. A caller that keeps a scratch area for each member reads
// apus_team_size() once and passes it here, so that another thread's apus_set_threads cannot come between.
apus_status apus_parallel_for_team(int team, ptrdiff_t count, ptrdiff_t grain, apus_range_fn fn, void *context);

#endif
