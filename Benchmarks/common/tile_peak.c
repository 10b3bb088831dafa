// The peak of a matrix product's inner loop: a tile of sums in registers, fed from the first-level cache.
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include "apus.h"
#include "checks.h"
#include "machine.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

// 512 steps of 14 + 32 floats would be too many for 32 KB; 128 take 23 KB.
enum { STEPS = 128, MOST_ROWS = 14, MOST_BYTES = 128, RUNS = 5 };

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// c[ROWS][2 LANES] = the product of STEPS columns of ROWS numbers and STEPS rows of 2 LANES.
#define TILE(name, target, T, VEC, LANES, ROWS, ZERO, SET1, LOAD, STORE, FMA)                     \
    target static void name(const void *from_a, const void *from_b, void *to) {                   \
        const T *a = from_a, *b = from_b;                                                         \
        T *c = to;                                                                                \
        VEC sum[ROWS][2];                                                                         \
        _Pragma("GCC unroll 16") for (int i = 0; i < ROWS; i++) sum[i][0] = sum[i][1] = ZERO;     \
        for (int p = 0; p < STEPS; p++, a += ROWS, b += 2 * LANES) {                              \
            const VEC left = LOAD(b), right = LOAD(b + LANES);                                    \
            _Pragma("GCC unroll 16") for (int i = 0; i < ROWS; i++) {                             \
                const VEC x = SET1(a[i]);                                                         \
                sum[i][0] = FMA(x, left, sum[i][0]);                                              \
                sum[i][1] = FMA(x, right, sum[i][1]);                                             \
            }                                                                                     \
        }                                                                                         \
        _Pragma("GCC unroll 16") for (int i = 0; i < ROWS; i++) {                                 \
            STORE(c + 2 * i * LANES, sum[i][0]);                                                  \
            STORE(c + (2 * i + 1) * LANES, sum[i][1]);                                            \
        }                                                                                         \
    }

#define SCALAR_LOAD(p) (*(p))
#define SCALAR_STORE(p, x) (*(p) = (x))
#define SCALAR_FMA(x, y, z) ((x) * (y) + (z))
TILE(tile_f32_scalar, , float, float, 1, 4, 0, , SCALAR_LOAD, SCALAR_STORE, SCALAR_FMA)
TILE(tile_f64_scalar, , double, double, 1, 4, 0, , SCALAR_LOAD, SCALAR_STORE, SCALAR_FMA)
#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2,fma")))
#define AVX512 __attribute__((target("avx512f")))
TILE(tile_f32_avx2, AVX2, float, __m256, 8, 6, _mm256_setzero_ps(), _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_fmadd_ps)
TILE(tile_f64_avx2, AVX2, double, __m256d, 4, 6, _mm256_setzero_pd(), _mm256_set1_pd, _mm256_loadu_pd, _mm256_storeu_pd, _mm256_fmadd_pd)
TILE(tile_f32_avx512, AVX512, float, __m512, 16, 14, _mm512_setzero_ps(), _mm512_set1_ps, _mm512_loadu_ps, _mm512_storeu_ps, _mm512_fmadd_ps)
TILE(tile_f64_avx512, AVX512, double, __m512d, 8, 14, _mm512_setzero_pd(), _mm512_set1_pd, _mm512_loadu_pd, _mm512_storeu_pd, _mm512_fmadd_pd)
#elif defined(__aarch64__)
#define NEON_FMA_F32(x, y, z) vfmaq_f32(z, x, y)
#define NEON_FMA_F64(x, y, z) vfmaq_f64(z, x, y)
TILE(tile_f32_neon, , float, float32x4_t, 4, 12, vdupq_n_f32(0), vdupq_n_f32, vld1q_f32, vst1q_f32, NEON_FMA_F32)
TILE(tile_f64_neon, , double, float64x2_t, 2, 12, vdupq_n_f64(0), vdupq_n_f64, vld1q_f64, vst1q_f64, NEON_FMA_F64)
#endif

struct tile {
    void (*run)(const void *a, const void *b, void *c);
    int lanes, rows;
};

static struct tile tile_of(int element_bytes) {
    const int wide = element_bytes == 8;
    switch (apus_get_isa()) {
#if defined(__x86_64__)
    case APUS_ISA_AVX512: return wide ? (struct tile){tile_f64_avx512, 8, 14} : (struct tile){tile_f32_avx512, 16, 14};
    case APUS_ISA_AVX2: return wide ? (struct tile){tile_f64_avx2, 4, 6} : (struct tile){tile_f32_avx2, 8, 6};
#elif defined(__aarch64__)
    case APUS_ISA_NEON: return wide ? (struct tile){tile_f64_neon, 2, 12} : (struct tile){tile_f32_neon, 4, 12};
#endif
    default: return wide ? (struct tile){tile_f64_scalar, 1, 4} : (struct tile){tile_f32_scalar, 1, 4};
    }
}

struct work {
    struct tile tile;
    int repeats;
    char *memory; // a thread's operands and its tile
    ptrdiff_t a_bytes, b_bytes, bytes;
};

static void run_tiles(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const struct work *w = context;
    for (ptrdiff_t i = begin; i < end; i++) {
        char *own = w->memory + i * w->bytes;
        for (int r = 0; r < w->repeats; r++) w->tile.run(own, own + w->a_bytes, own + w->a_bytes + w->b_bytes);
    }
}

double bench_tile_peak_gflops(int element_bytes) {
    const int threads = apus_get_threads();
    struct work w = {.tile = tile_of(element_bytes)};
    w.a_bytes = STEPS * MOST_ROWS * 8, w.b_bytes = STEPS * MOST_BYTES;
    w.bytes = w.a_bytes + w.b_bytes + (MOST_ROWS * MOST_BYTES + 4095) / 4096 * 4096;
    w.memory = apus_alloc((size_t)(w.bytes * threads));
    if (w.memory == NULL) return 0;
    if (element_bytes == 8) bench_fill_double(1, w.bytes * threads / 8, (double *)(void *)w.memory);
    else bench_fill(1, w.bytes * threads / 4, (float *)(void *)w.memory);
    const double operations = 2.0 * STEPS * w.tile.rows * 2 * w.tile.lanes;
    double best = 0;
    w.repeats = 200;
    for (int run = 0; run < RUNS; run++) {
        const double start = seconds();
        apus_parallel_for(threads, 1, run_tiles, &w);
        const double taken = seconds() - start, rate = operations * w.repeats * threads / taken * 1e-9;
        if (rate > best) best = rate;
        // From now on so often that it takes a twentieth of a second.
        w.repeats = (int)(0.05 * rate * 1e9 / (operations * threads)) + 1;
    }
    apus_free(w.memory);
    return best;
}
