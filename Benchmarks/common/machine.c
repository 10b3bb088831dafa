#include "machine.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "apus.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

enum { ROUNDS = 2000000, RUNS = 5, CHAINS = 14 };

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// Fourteen independent chains hide the latency of a multiply-add on two ports; the sum keeps them alive. None starts at
// 1, where they all tend to: the compiler sees that it would stay there and leaves the chain out, which makes the peak a
// thirteenth too high.
#if defined(__x86_64__)
__attribute__((target("avx512f"))) static double chains_avx512(void) {
    __m512 acc[CHAINS], a = _mm512_set1_ps(0.999f), b = _mm512_set1_ps(0.001f);
    for (int i = 0; i < CHAINS; i++) acc[i] = _mm512_set1_ps((float)(i + 2));
    for (int r = 0; r < ROUNDS; r++)
#pragma clang loop unroll(full)
        for (int i = 0; i < CHAINS; i++) acc[i] = _mm512_fmadd_ps(acc[i], a, b);
    float sum = 0;
    for (int i = 0; i < CHAINS; i++) sum += _mm512_reduce_add_ps(acc[i]);
    return sum;
}
__attribute__((target("avx2,fma"))) static double chains_avx2(void) {
    __m256 acc[CHAINS], a = _mm256_set1_ps(0.999f), b = _mm256_set1_ps(0.001f);
    for (int i = 0; i < CHAINS; i++) acc[i] = _mm256_set1_ps((float)(i + 2));
    for (int r = 0; r < ROUNDS; r++)
#pragma clang loop unroll(full)
        for (int i = 0; i < CHAINS; i++) acc[i] = _mm256_fmadd_ps(acc[i], a, b);
    float lanes[8], sum = 0;
    for (int i = 0; i < CHAINS; i++) {
        _mm256_storeu_ps(lanes, acc[i]);
        sum += lanes[0] + lanes[7];
    }
    return sum;
}
#elif defined(__aarch64__)
static double chains_neon(void) {
    float32x4_t acc[CHAINS], a = vdupq_n_f32(0.999f), b = vdupq_n_f32(0.001f);
    for (int i = 0; i < CHAINS; i++) acc[i] = vdupq_n_f32((float)(i + 2));
    for (int r = 0; r < ROUNDS; r++)
        for (int i = 0; i < CHAINS; i++) acc[i] = vfmaq_f32(b, acc[i], a);
    float sum = 0;
    for (int i = 0; i < CHAINS; i++) sum += vaddvq_f32(acc[i]);
    return sum;
}
#endif
static double chains_scalar(void) {
    float acc[CHAINS];
    for (int i = 0; i < CHAINS; i++) acc[i] = (float)(i + 2);
    for (int r = 0; r < ROUNDS; r++)
        for (int i = 0; i < CHAINS; i++) acc[i] = acc[i] * 0.999f + 0.001f;
    float sum = 0;
    for (int i = 0; i < CHAINS; i++) sum += acc[i];
    return sum;
}

static int lanes_of(apus_isa isa) {
    return isa == APUS_ISA_AVX512 ? 16 : isa == APUS_ISA_AVX2 ? 8 : isa == APUS_ISA_NEON ? 4 : 1;
}

static void run_chains(void *context, ptrdiff_t begin, ptrdiff_t end) {
    volatile double *sinks = context;
    for (ptrdiff_t i = begin; i < end; i++) {
        double sum;
        switch (apus_get_isa()) {
#if defined(__x86_64__)
        case APUS_ISA_AVX512: sum = chains_avx512(); break;
        case APUS_ISA_AVX2: sum = chains_avx2(); break;
#elif defined(__aarch64__)
        case APUS_ISA_NEON: sum = chains_neon(); break;
#endif
        default: sum = chains_scalar(); break;
        }
        sinks[i * 8] = sum;
    }
}

double bench_peak_gflops(int element_bytes) {
    static double sinks[1024 * 8];
    const int threads = apus_get_threads();
    double best = 0;
    for (int run = 0; run < RUNS; run++) {
        const double start = seconds();
        apus_parallel_for(threads, 1, run_chains, sinks);
        const double rate = 2.0 * lanes_of(apus_get_isa()) * CHAINS * (double)ROUNDS * threads / (seconds() - start) * 1e-9;
        if (rate > best) best = rate;
    }
    // Half as many float64 lanes, each as fast; a single lane is as fast for both.
    return element_bytes == 8 && apus_get_isa() != APUS_ISA_SCALAR ? best / 2 : best;
}

enum { BUFFER = 512 << 20, CHUNK = 256 << 10, MOST_STREAMS = 8 };

struct streams {
    char *stream[MOST_STREAMS]; // those that are read, then those that are updated, then those that are written
    int reads, updates, writes, around_the_caches;
    uint64_t *sums;
};

// The counts are constants where it is called, so that the loops over streams disappear.
__attribute__((always_inline)) static inline uint64_t move_chunk(const struct streams *s, ptrdiff_t first, int reads,
                                                                 int updates, int writes) {
    uint64_t total[8] = {0};
    for (ptrdiff_t at = first; at < first + CHUNK; at += 64) {
        uint64_t line[8] = {0};
        for (int r = 0; r < reads; r++) {
            const uint64_t *p = (const uint64_t *)(s->stream[r] + at);
            for (int j = 0; j < 8; j++) line[j] += p[j];
        }
        for (int u = reads; u < reads + updates; u++) {
            uint64_t *p = (uint64_t *)(s->stream[u] + at);
            for (int j = 0; j < 8; j++) p[j] += line[j] + 1;
        }
        for (int w = reads + updates; w < reads + updates + writes; w++) {
            uint64_t *p = (uint64_t *)(s->stream[w] + at);
#if defined(__x86_64__)
            if (s->around_the_caches) {
                for (int j = 0; j < 8; j += 2)
                    _mm_stream_si128((__m128i *)(p + j), _mm_loadu_si128((const __m128i *)(line + j)));
                continue;
            }
#endif
            for (int j = 0; j < 8; j++) p[j] = line[j];
        }
        if (updates + writes == 0)
            for (int j = 0; j < 8; j++) total[j] += line[j];
    }
    return total[0] + total[1] + total[2] + total[3] + total[4] + total[5] + total[6] + total[7];
}

static void move_chunks(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const struct streams *s = context;
    for (ptrdiff_t c = begin; c < end; c++) {
        const ptrdiff_t first = c * CHUNK;
        uint64_t sum;
        switch (s->reads * 256 + s->updates * 16 + s->writes) {
        case 0x100: sum = move_chunk(s, first, 1, 0, 0); break;
        case 0x200: sum = move_chunk(s, first, 2, 0, 0); break;
        case 0x400: sum = move_chunk(s, first, 4, 0, 0); break;
        case 0x101: sum = move_chunk(s, first, 1, 0, 1); break;
        case 0x201: sum = move_chunk(s, first, 2, 0, 1); break;
        case 0x401: sum = move_chunk(s, first, 4, 0, 1); break;
        case 0x110: sum = move_chunk(s, first, 1, 1, 0); break;
        case 0x120: sum = move_chunk(s, first, 1, 2, 0); break;
        case 0x130: sum = move_chunk(s, first, 1, 3, 0); break;
        default: sum = move_chunk(s, first, s->reads, s->updates, s->writes); break;
        }
        s->sums[c] = sum;
    }
}

// One arrangement: this many arrays of the memory side by side.
static double rate_of(char *memory, uint64_t *sums, int reads, int updates, int writes, int around_the_caches) {
    const int count = reads + updates + writes;
    const ptrdiff_t chunks = BUFFER / CHUNK / count;
    struct streams s = {.reads = reads, .updates = updates, .writes = writes, .around_the_caches = around_the_caches, .sums = sums};
    for (int i = 0; i < count; i++) s.stream[i] = memory + i * chunks * CHUNK;
    const double start = seconds();
    apus_parallel_for(chunks, 1, move_chunks, &s);
    return (double)(chunks * CHUNK * (count + updates)) / (seconds() - start) * 1e-9;
}

double bench_bandwidth(int reads, int updates, int writes) {
    const int count = reads + updates + writes;
    if (reads < 0 || updates < 0 || writes < 0 || count < 1 || count > MOST_STREAMS) return 0;
    uint64_t *sums = apus_alloc(BUFFER / CHUNK * sizeof *sums);
    char *memory = apus_alloc(BUFFER);
    double best = 0;
    if (memory != NULL && sums != NULL) {
        memset(memory, 1, BUFFER);
        for (int run = 0; run < 3; run++)
            // The same mix from several places at once is faster on some processors.
            for (int places = 1; places * count <= MOST_STREAMS; places *= 2)
                for (int around = 0; around < (writes > 0 ? 2 : 1); around++) {
                    const double rate = rate_of(memory, sums, places * reads, places * updates, places * writes, around);
                    if (rate > best) best = rate;
                }
    }
    apus_free(memory);
    apus_free(sums);
    return best;
}
