// The pooling passes of one instruction set, across channels, on the compilers' vector types (GCC and
// Clang). The including file defines APUS_POOL_TARGET, APUS_POOL_TABLE, APUS_POOL_WIDTH (floats a
// vector), apus_pool_load_part / apus_pool_store_part: the first n < width floats of a vector,
// apus_pool_stream / apus_pool_stream_end: a store past the caches, and what comes after the last one,
// apus_pool_stream_bytes: the same of words that fit in bytes,
// perhaps APUS_POOL_BYTES_PART and apus_pool_load_bytes_part / apus_pool_store_bytes_part: the first n < width bytes,
// apus_pool_larger: a > b ? a : b, and apus_pool_any: whether a comparison held in any lane.
// Backward passes gather, so every gradient is written once, by one thread, in the order of the outputs.
// Channels go four vectors at a time: their comparisons overlap, and share the walk over the window.
#include <string.h>

typedef float vec __attribute__((vector_size(APUS_POOL_WIDTH * 4)));
typedef float vec_unaligned __attribute__((vector_size(APUS_POOL_WIDTH * 4), aligned(4), may_alias));
typedef int32_t ivec __attribute__((vector_size(APUS_POOL_WIDTH * 4)));
typedef uint8_t bytes __attribute__((vector_size(APUS_POOL_WIDTH)));

#if defined(__clang__)
#define APUS_POOL_UNROLL _Pragma("clang loop unroll(full)")
#else
#define APUS_POOL_UNROLL _Pragma("GCC unroll 4")
#endif
#if defined(__clang__)
#define APUS_POOL_UNROLL_WINDOW _Pragma("clang loop unroll(full)")
#else
#define APUS_POOL_UNROLL_WINDOW _Pragma("GCC unroll 9")
#endif
// Small windows walk several rows at once, a few lines each: too short a run for the processor to see far ahead.
#define APUS_POOL_AHEAD(p) __builtin_prefetch((p) + 1024, 0, 3)
#define APUS_POOL_FAR_AHEAD(p) __builtin_prefetch((p) + 2048, 0, 3) // where nearly all is one run
#define APUS_POOL_VECTORS 4

// Runs `body` over a pixel's channels [first, last): with count = 4 and 1 whole vectors, then a part.
#define APUS_POOL_CHANNELS(first, last, body)                                                           \
    do {                                                                                                \
        ptrdiff_t c = (first);                                                                          \
        for (; c + APUS_POOL_VECTORS * APUS_POOL_WIDTH <= (last); c += APUS_POOL_VECTORS * APUS_POOL_WIDTH) \
            body(APUS_POOL_VECTORS, APUS_POOL_WIDTH);                                                   \
        for (; c + APUS_POOL_WIDTH <= (last); c += APUS_POOL_WIDTH) body(1, APUS_POOL_WIDTH);           \
        const int part = (int)((last) - c);                                                             \
        if (part > 0) body(1, part);                                                                    \
    } while (0)

// `part` is APUS_POOL_WIDTH for a whole vector.
APUS_ALWAYS_INLINE APUS_POOL_TARGET vec apus_pool_load(const float *p, int part) {
    return part == APUS_POOL_WIDTH ? (vec)*(const vec_unaligned *)p : (vec)apus_pool_load_part(p, part);
}
APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_store(float *p, int part, vec v) {
    if (part == APUS_POOL_WIDTH) *(vec_unaligned *)p = v;
    else apus_pool_store_part(p, part, v);
}
APUS_ALWAYS_INLINE APUS_POOL_TARGET ivec apus_pool_load_bytes(const uint8_t *p, int part) {
    bytes b = {0};
    if (part == APUS_POOL_WIDTH) {
        memcpy(&b, p, sizeof b);
    } else {
#ifdef APUS_POOL_BYTES_PART
        b = (bytes)apus_pool_load_bytes_part(p, part);
#else
        memcpy(&b, p, (size_t)part);
#endif
    }
    return __builtin_convertvector(b, ivec);
}
APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_store_bytes(uint8_t *p, int part, ivec v) {
    const bytes b = __builtin_convertvector(v, bytes);
    if (part == APUS_POOL_WIDTH) {
        memcpy(p, &b, sizeof b);
    } else {
#ifdef APUS_POOL_BYTES_PART
        apus_pool_store_bytes_part(p, part, (__m128i)b);
#else
        memcpy(p, &b, (size_t)part);
#endif
    }
}
APUS_ALWAYS_INLINE APUS_POOL_TARGET ivec apus_pool_splat(int32_t value) {
    const ivec zero = {0};
    return value + zero;
}

// Comparisons; an instruction set with registers for their results brings its own.
#ifndef APUS_POOL_MASKS
typedef ivec apus_pool_mask;
// Whether candidate displaces best: larger, or the first NaN.
APUS_ALWAYS_INLINE APUS_POOL_TARGET ivec apus_pool_takes(vec candidate, vec best) {
    return ~(candidate <= best) & (best == best);
}
APUS_ALWAYS_INLINE APUS_POOL_TARGET ivec apus_pool_same(ivec a, ivec b) { return a == b; }
APUS_ALWAYS_INLINE APUS_POOL_TARGET ivec apus_pool_pick(ivec mask, ivec yes, ivec no) { return (yes & mask) | (no & ~mask); }
APUS_ALWAYS_INLINE APUS_POOL_TARGET ivec apus_pool_equal(vec a, vec b) { return a == b; }
APUS_ALWAYS_INLINE APUS_POOL_TARGET ivec apus_pool_unordered(vec a, vec b) { return (a != a) | (b != b); }
APUS_ALWAYS_INLINE APUS_POOL_TARGET ivec apus_pool_either(ivec a, ivec b) { return a | b; }
APUS_ALWAYS_INLINE APUS_POOL_TARGET ivec apus_pool_no_lane(void) { return (ivec){0}; }
#endif
APUS_ALWAYS_INLINE APUS_POOL_TARGET vec apus_pool_pick_floats(apus_pool_mask mask, vec yes, vec no) {
    return (vec)apus_pool_pick(mask, (ivec)yes, (ivec)no);
}
// v where the mask holds, else 0.
APUS_ALWAYS_INLINE APUS_POOL_TARGET vec apus_pool_keep(apus_pool_mask mask, vec v) {
#ifdef APUS_POOL_MASKS
    __asm__("" : "+v"(v)); // a load merged into the masked operation would take several times as long
#endif
    return apus_pool_pick_floats(mask, v, (vec){0});
}

// Whether an output is to be written past the caches: then whole aligned vectors only.
APUS_ALWAYS_INLINE bool apus_pool_streams(const apus_pool_work *w, const float *output) {
    return w->stream && w->d->channels % APUS_POOL_WIDTH == 0 && (uintptr_t)output % sizeof(vec) == 0;
}
APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_put(float *p, int part, vec v, const bool stream) {
    if (stream) apus_pool_stream(p, v);
    else apus_pool_store(p, part, v);
}

// Of large windows over many channels, one row of channels after the other is taken, in the order of memory, with the sums in
// arrays: channels of a few vectors at a time would lie too far apart for the processor to see them coming.
#define APUS_POOL_WIDE ((ptrdiff_t)2048)
APUS_ALWAYS_INLINE bool apus_pool_wide(const apus_pool_desc *d, ptrdiff_t height, ptrdiff_t width) {
    return height * width > 9 && d->channels > APUS_POOL_VECTORS * APUS_POOL_WIDTH;
}

#include "pool_narrow_template.h"
#include "pool_average_template.h"
#include "pool_max_template.h"

const apus_pool_kernels APUS_POOL_TABLE = {
    apus_pool_max_forward,     apus_pool_max_backward,    apus_pool_max_recompute, apus_pool_max_recompute_apart,
    apus_pool_average_forward, apus_pool_average_backward};
