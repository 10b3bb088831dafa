// AVX2's registers and operations for the kernel bodies (*_simd_template.h); see simd_math.h for what each means.
#ifndef APUS_SIMD_AVX2_H
#define APUS_SIMD_AVX2_H

#include <immintrin.h>

#include "internal.h"

#define SIMD_TARGET APUS_TARGET_AVX2
#define SIMD_NAME(stem) stem##_avx2
#define SIMD_INLINE static inline __attribute__((always_inline)) APUS_TARGET_AVX2

#define VF_LANES 8
#define VD_LANES 4
typedef __m256 vf;
typedef __m256d vd;
typedef int32_t vi __attribute__((vector_size(32)));
typedef int64_t vl __attribute__((vector_size(32)));
typedef uint64_t vul __attribute__((vector_size(32)));
typedef __m256 vmask;
typedef __m256d vdmask;

// All ones in the first n lanes.
SIMD_INLINE __m256i v_first(ptrdiff_t n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

SIMD_INLINE vf v_set1(float x) { return _mm256_set1_ps(x); }
SIMD_INLINE vf v_load(const float *p) { return _mm256_loadu_ps(p); }
SIMD_INLINE void v_store(float *p, vf x) { _mm256_storeu_ps(p, x); }
SIMD_INLINE void v_stream(float *p, vf x) { _mm256_stream_ps(p, x); }
SIMD_INLINE void v_stream_end(void) { _mm_sfence(); }
SIMD_INLINE vf v_load_n(const float *p, ptrdiff_t n) { return _mm256_maskload_ps(p, v_first(n)); }
SIMD_INLINE vf v_load_fill(const float *p, ptrdiff_t n, vf fill) {
    __m256i first = v_first(n);
    return _mm256_blendv_ps(fill, _mm256_maskload_ps(p, first), _mm256_castsi256_ps(first));
}
SIMD_INLINE void v_store_n(float *p, vf x, ptrdiff_t n) { _mm256_maskstore_ps(p, v_first(n), x); }
SIMD_INLINE vf v_keep_n(vf x, ptrdiff_t n) { return _mm256_and_ps(x, _mm256_castsi256_ps(v_first(n))); }

SIMD_INLINE vf v_fma(vf a, vf b, vf c) { return _mm256_fmadd_ps(a, b, c); }
SIMD_INLINE vf v_fnma(vf a, vf b, vf c) { return _mm256_fnmadd_ps(a, b, c); }
SIMD_INLINE vf v_max(vf a, vf b) { return _mm256_max_ps(a, b); }
SIMD_INLINE vf v_min(vf a, vf b) { return _mm256_min_ps(a, b); }
SIMD_INLINE vf v_sqrt(vf x) { return _mm256_sqrt_ps(x); }
SIMD_INLINE vf v_abs(vf x) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x); }
SIMD_INLINE vmask v_gt(vf a, vf b) { return _mm256_cmp_ps(a, b, _CMP_GT_OQ); }
SIMD_INLINE vmask v_ge(vf a, vf b) { return _mm256_cmp_ps(a, b, _CMP_GE_OQ); }
SIMD_INLINE vmask v_eq(vf a, vf b) { return _mm256_cmp_ps(a, b, _CMP_EQ_OQ); }
SIMD_INLINE vf v_select(vmask m, vf a, vf b) { return _mm256_blendv_ps(b, a, m); }
SIMD_INLINE vf v_whole(vf x) { return x; }
SIMD_INLINE float v_sum(vf x) {
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
SIMD_INLINE float v_largest(vf x) {
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}
SIMD_INLINE vf v_sums(const vf x[VF_LANES]) {
    __m256 a = _mm256_hadd_ps(_mm256_hadd_ps(x[0], x[1]), _mm256_hadd_ps(x[2], x[3]));
    __m256 b = _mm256_hadd_ps(_mm256_hadd_ps(x[4], x[5]), _mm256_hadd_ps(x[6], x[7]));
    return _mm256_permute2f128_ps(a, b, 0x20) + _mm256_permute2f128_ps(a, b, 0x31);
}
SIMD_INLINE vf v_tops(const vf x[VF_LANES]) {
    __m256 quads[2];
    for (int q = 0; q < 2; q++) {
        __m256 a = x[4 * q], b = x[4 * q + 1], c = x[4 * q + 2], d = x[4 * q + 3];
        __m256d ab = _mm256_castps_pd(_mm256_max_ps(_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b)));
        __m256d cd = _mm256_castps_pd(_mm256_max_ps(_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d)));
        quads[q] = _mm256_max_ps(_mm256_castpd_ps(_mm256_unpacklo_pd(ab, cd)), _mm256_castpd_ps(_mm256_unpackhi_pd(ab, cd)));
    }
    return _mm256_max_ps(_mm256_permute2f128_ps(quads[0], quads[1], 0x20), _mm256_permute2f128_ps(quads[0], quads[1], 0x31));
}
SIMD_INLINE vf v_pick(vf x, vi from) { return _mm256_permutevar8x32_ps(x, (__m256i)from); }

SIMD_INLINE vi v_load_words(const uint32_t *p) { return (vi)_mm256_loadu_si256((const __m256i *)(const void *)p); }
SIMD_INLINE vi v_load_words_n(const uint32_t *p, ptrdiff_t n) {
    return (vi)_mm256_maskload_epi32((const int *)(const void *)p, v_first(n));
}
SIMD_INLINE vi v_shift_right(vi x, int bits) { return (vi)_mm256_srl_epi32((__m256i)x, _mm_cvtsi32_si128(bits)); }
SIMD_INLINE vf v_from_int(vi x) { return _mm256_cvtepi32_ps((__m256i)x); }
SIMD_INLINE vmask v_int_lt(vi a, vi b) { return _mm256_castsi256_ps(_mm256_cmpgt_epi32((__m256i)b, (__m256i)a)); }

SIMD_INLINE vd v_low_double(vf x) { return _mm256_cvtps_pd(_mm256_castps256_ps128(x)); }
SIMD_INLINE vd v_high_double(vf x) { return _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1)); }
SIMD_INLINE vd d_set1(double x) { return _mm256_set1_pd(x); }
SIMD_INLINE vd d_fma(vd a, vd b, vd c) { return _mm256_fmadd_pd(a, b, c); }
SIMD_INLINE vd d_sqrt(vd x) { return _mm256_sqrt_pd(x); }
SIMD_INLINE double d_sum(vd x) {
    __m128d two = _mm_add_pd(_mm256_castpd256_pd128(x), _mm256_extractf128_pd(x, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}
SIMD_INLINE void d_store_floats(float *p, vd x) { _mm_storeu_ps(p, _mm256_cvtpd_ps(x)); }

// 64-bit lanes: the product of the lower halves.
SIMD_INLINE vul u_product(vul a, vul b) { return (vul)_mm256_mul_epu32((__m256i)a, (__m256i)b); }
SIMD_INLINE vul u_set1(uint64_t x) { return (vul)_mm256_set1_epi64x((long long)x); }
// Four Philox blocks of 64-bit lanes (words 0 and 1, words 2 and 3) in the order of U_BLOCK_ORDER to memory.
#define U_BLOCK_ORDER {0, 2, 1, 3}
SIMD_INLINE void u_store_blocks(uint32_t *p, vul low, vul high) {
    _mm256_storeu_si256((__m256i *)(void *)p, _mm256_unpacklo_epi64((__m256i)low, (__m256i)high));
    _mm256_storeu_si256((__m256i *)(void *)(p + 8), _mm256_unpackhi_epi64((__m256i)low, (__m256i)high));
}

#endif
