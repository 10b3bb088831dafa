// What the machine's memory gives to an access mix: `read` arrays read, `update` arrays read and written
// back, `write` arrays written, all of one length and from end to end. The best of ordinary and non-temporal
// stores, and of pieces of 1 MiB and one piece a thread, counts.
#ifndef BANDWIDTH_H
#define BANDWIDTH_H

#include <math.h>
#include <time.h>

#include "../../../include/apus.h"

typedef struct mix {
    int read, update, write;
    ptrdiff_t floats; // of each array
} mix;

typedef float mix_vector __attribute__((vector_size(64)));
typedef float mix_unaligned __attribute__((vector_size(64), aligned(4), may_alias));

typedef struct mix_run {
    mix m;
    float *at[5];
    int streaming;
    _Atomic float sink; // what was read must reach somewhere
} mix_run;

static inline double seconds_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// One loop for each mix: the counts are constants in it.
static inline __attribute__((always_inline)) float mix_loop(const mix_run *run, ptrdiff_t begin, ptrdiff_t end,
                                                            const int read, const int update, const int write,
                                                            const int streaming) {
    mix_vector sums[4] = {{0}};
    float *p[5];
    for (int k = 0; k < read + update + write; k++) p[k] = run->at[k];
    for (ptrdiff_t i = begin; i < end; i += 64)
        for (int part = 0; part < 4; part++) {
            const ptrdiff_t at = i + 16 * part;
            mix_vector v = {0};
            for (int k = 0; k < read; k++) v += *(const mix_unaligned *)(p[k] + at);
            for (int k = read; k < read + update; k++) *(mix_unaligned *)(p[k] + at) += v + 1;
            for (int k = read + update; k < read + update + write; k++) {
                if (streaming) __builtin_nontemporal_store(v, (mix_vector *)(void *)(p[k] + at));
                else *(mix_unaligned *)(p[k] + at) = v;
            }
            if (update + write == 0) sums[part] += v;
        }
    const mix_vector sum = sums[0] + sums[1] + sums[2] + sums[3];
    return sum[0];
}

static void mix_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    mix_run *run = context;
    float sum = 0;
    const mix m = run->m;
    int known = 0;
#define MIX(r, u, w)                                                                              \
    if (m.read == r && m.update == u && m.write == w) {                                           \
        known = 1;                                                                                \
        sum = run->streaming ? mix_loop(run, begin, end, r, u, w, 1) : mix_loop(run, begin, end, r, u, w, 0); \
    }
    MIX(1, 0, 0) MIX(2, 0, 0) MIX(0, 0, 1) MIX(1, 0, 1) MIX(2, 0, 1) MIX(4, 0, 1) MIX(1, 0, 4)
    MIX(0, 1, 0) MIX(1, 1, 0) MIX(1, 2, 0) MIX(1, 3, 0)
#undef MIX
    if (!known) sum = NAN;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (m.update + m.write == 0) run->sink = sum;
}

// Seconds of one run of the mix over the arrays in `from`.
static double mix_seconds(mix m, float *const *from, int streaming, ptrdiff_t grain) {
    mix_run run = {.m = m, .streaming = streaming};
    for (int k = 0; k < m.read + m.update + m.write; k++) run.at[k] = from[k];
    const double start = seconds_now();
    apus_parallel_for(m.floats / 64 * 64, grain, mix_chunk, &run);
    return seconds_now() - start;
}

static double mix_bytes(mix m) { return 4.0 * (double)(m.read + 2 * m.update + m.write) * (double)m.floats; }

#endif
