#include "machine.h"

#include <stddef.h>
#include <stdint.h>
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

// Fourteen independent chains hide the latency of a multiply-add on two ports; the sum keeps them alive.
#if defined(__x86_64__)
__attribute__((target("avx512f"))) static double chains_avx512(void) {
    __m512 acc[CHAINS], a = _mm512_set1_ps(0.999f), b = _mm512_set1_ps(0.001f);
    for (int i = 0; i < CHAINS; i++) acc[i] = _mm512_set1_ps((float)i);
    for (int r = 0; r < ROUNDS; r++)
#pragma clang loop unroll(full)
        for (int i = 0; i < CHAINS; i++) acc[i] = _mm512_fmadd_ps(acc[i], a, b);
    float sum = 0;
    for (int i = 0; i < CHAINS; i++) sum += _mm512_reduce_add_ps(acc[i]);
    return sum;
}
__attribute__((target("avx2,fma"))) static double chains_avx2(void) {
    __m256 acc[CHAINS], a = _mm256_set1_ps(0.999f), b = _mm256_set1_ps(0.001f);
    for (int i = 0; i < CHAINS; i++) acc[i] = _mm256_set1_ps((float)i);
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
    for (int i = 0; i < CHAINS; i++) acc[i] = vdupq_n_f32((float)i);
    for (int r = 0; r < ROUNDS; r++)
        for (int i = 0; i < CHAINS; i++) acc[i] = vfmaq_f32(b, acc[i], a);
    float sum = 0;
    for (int i = 0; i < CHAINS; i++) sum += vaddvq_f32(acc[i]);
    return sum;
}
#endif
static double chains_scalar(void) {
    float acc[CHAINS];
    for (int i = 0; i < CHAINS; i++) acc[i] = (float)i;
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

double bench_peak_gflops(void) {
    static double sinks[1024 * 8];
    int threads = apus_get_threads();
    double best = 0;
    for (int run = 0; run < RUNS; run++) {
        double start = seconds();
        apus_parallel_for(threads, 1, run_chains, sinks);
        double rate = 2.0 * lanes_of(apus_get_isa()) * CHAINS * (double)ROUNDS * threads / (seconds() - start) * 1e-9;
        if (rate > best) best = rate;
    }
    return best;
}

enum { BUFFER = 256 << 20, CHUNK = 1 << 20 };
struct reading {
    const uint64_t *data;
    uint64_t *sums;
};

static void read_chunks(void *context, ptrdiff_t begin, ptrdiff_t end) {
    struct reading *reading = context;
    for (ptrdiff_t c = begin; c < end; c++) {
        const uint64_t *p = reading->data + c * (CHUNK / 8);
        uint64_t sum[8] = {0};
        for (int i = 0; i < CHUNK / 8; i += 8)
            for (int j = 0; j < 8; j++) sum[j] += p[i + j];
        reading->sums[c] = sum[0] + sum[1] + sum[2] + sum[3] + sum[4] + sum[5] + sum[6] + sum[7];
    }
}

double bench_read_bandwidth(void) {
    uint64_t *data = apus_alloc(BUFFER);
    uint64_t *sums = apus_alloc(BUFFER / CHUNK * sizeof *sums);
    double best = 0;
    if (data && sums) {
        for (size_t i = 0; i < BUFFER / 8; i++) data[i] = i;
        struct reading reading = {data, sums};
        for (int run = 0; run < RUNS; run++) {
            double start = seconds();
            apus_parallel_for(BUFFER / CHUNK, 1, read_chunks, &reading);
            double rate = BUFFER / (seconds() - start) * 1e-9;
            if (rate > best) best = rate;
        }
    }
    apus_free(sums);
    apus_free(data);
    return best;
}
