// AVX-512's registers and operations for the kernel bodies (*_simd_template.h); see simd_math.h for what each means.
#ifndef APUS_SIMD_AVX512_H
#define APUS_SIMD_AVX512_H

#include <immintrin.h>

#include "internal.h"

#define SIMD_TARGET APUS_TARGET_AVX512
#define SIMD_NAME(stem) stem##_avx512
#define SIMD_INLINE static inline __attribute__((always_inline)) APUS_TARGET_AVX512

#define VF_LANES 16
#define VD_LANES 8
typedef __m512 vf;
typedef __m512d vd;
typedef int32_t vi __attribute__((vector_size(64)));
typedef int64_t vl __attribute__((vector_size(64)));
typedef uint64_t vul __attribute__((vector_size(64)));
typedef __mmask16 vmask;
typedef __mmask8 vdmask;

SIMD_INLINE __mmask16 v_first(ptrdiff_t n) { return (__mmask16)((1u << n) - 1); }

SIMD_INLINE vf v_set1(float x) { return _mm512_set1_ps(x); }
SIMD_INLINE vf v_load(const float *p) { return _mm512_loadu_ps(p); }
SIMD_INLINE void v_store(float *p, vf x) { _mm512_storeu_ps(p, x); }
SIMD_INLINE void v_stream(float *p, vf x) { _mm512_stream_ps(p, x); }
SIMD_INLINE void v_stream_end(void) { _mm_sfence(); }
SIMD_INLINE vf v_load_fill(const float *p, ptrdiff_t n, vf fill) { return _mm512_mask_loadu_ps(fill, v_first(n), p); }
SIMD_INLINE vf v_load_n(const float *p, ptrdiff_t n) { return _mm512_maskz_loadu_ps(v_first(n), p); }
SIMD_INLINE void v_store_n(float *p, vf x, ptrdiff_t n) { _mm512_mask_storeu_ps(p, v_first(n), x); }
SIMD_INLINE vf v_keep_n(vf x, ptrdiff_t n) { return _mm512_maskz_mov_ps(v_first(n), x); }

SIMD_INLINE vf v_fma(vf a, vf b, vf c) { return _mm512_fmadd_ps(a, b, c); }
SIMD_INLINE vf v_fnma(vf a, vf b, vf c) { return _mm512_fnmadd_ps(a, b, c); }
SIMD_INLINE vf v_max(vf a, vf b) { return _mm512_max_ps(a, b); }
SIMD_INLINE vf v_min(vf a, vf b) { return _mm512_min_ps(a, b); }
SIMD_INLINE vf v_sqrt(vf x) { return _mm512_sqrt_ps(x); }
SIMD_INLINE vf v_abs(vf x) { return _mm512_abs_ps(x); }
SIMD_INLINE vmask v_gt(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ); }
SIMD_INLINE vmask v_ge(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_GE_OQ); }
SIMD_INLINE vmask v_eq(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
SIMD_INLINE vf v_select(vmask m, vf a, vf b) { return _mm512_mask_blend_ps(m, b, a); }
// Keeps the compiler from merging a load into a masked operation, which takes a third longer.
SIMD_INLINE vf v_whole(vf x) {
    __asm__("" : "+v"(x));
    return x;
}
#define V_SCALE(x, n) _mm512_scalef_ps(x, n)
SIMD_INLINE float v_sum(vf x) { return _mm512_reduce_add_ps(x); }
SIMD_INLINE float v_largest(vf x) { return _mm512_reduce_max_ps(x); }
// Lane i: `op` over the lanes of x[i].
SIMD_INLINE vf v_across(const vf x[VF_LANES], vf op(vf, vf)) {
    __m512 quads[4]; // those of x[4 q] ... x[4 q + 3] in each 128 bits, still to be joined across them
    for (int q = 0; q < 4; q++) {
        __m512 a = x[4 * q], b = x[4 * q + 1], c = x[4 * q + 2], d = x[4 * q + 3];
        __m512d ab = _mm512_castps_pd(op(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b)));
        __m512d cd = _mm512_castps_pd(op(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d)));
        quads[q] = op(_mm512_castpd_ps(_mm512_unpacklo_pd(ab, cd)), _mm512_castpd_ps(_mm512_unpackhi_pd(ab, cd)));
    }
    __m512 low = op(_mm512_shuffle_f32x4(quads[0], quads[1], 0x88), _mm512_shuffle_f32x4(quads[0], quads[1], 0xdd));
    __m512 high = op(_mm512_shuffle_f32x4(quads[2], quads[3], 0x88), _mm512_shuffle_f32x4(quads[2], quads[3], 0xdd));
    return op(_mm512_shuffle_f32x4(low, high, 0x88), _mm512_shuffle_f32x4(low, high, 0xdd));
}
SIMD_INLINE vf v_add(vf a, vf b) { return a + b; }
SIMD_INLINE vf v_sums(const vf x[VF_LANES]) { return v_across(x, v_add); }
SIMD_INLINE vf v_tops(const vf x[VF_LANES]) { return v_across(x, v_max); }
SIMD_INLINE vf v_pick(vf x, vi from) { return _mm512_permutexvar_ps((__m512i)from, x); }
// Tables of 32 floats, looked up by the last five bits of each lane; only here.
#define V_TABLES
SIMD_INLINE vf v_table(const float table[32], vi at) {
    return _mm512_permutex2var_ps(_mm512_loadu_ps(table), (__m512i)at, _mm512_loadu_ps(table + 16));
}
SIMD_INLINE bool v_any(vmask m) { return m != 0; }

SIMD_INLINE vi v_load_words(const uint32_t *p) { return (vi)_mm512_loadu_si512(p); }
SIMD_INLINE vi v_load_words_n(const uint32_t *p, ptrdiff_t n) { return (vi)_mm512_maskz_loadu_epi32(v_first(n), p); }
SIMD_INLINE vi v_shift_right(vi x, int bits) { return (vi)_mm512_srl_epi32((__m512i)x, _mm_cvtsi32_si128(bits)); }
SIMD_INLINE vf v_from_int(vi x) { return _mm512_cvtepi32_ps((__m512i)x); }
SIMD_INLINE vmask v_int_lt(vi a, vi b) { return _mm512_cmplt_epi32_mask((__m512i)a, (__m512i)b); }

SIMD_INLINE vd v_low_double(vf x) { return _mm512_cvtps_pd(_mm512_castps512_ps256(x)); }
SIMD_INLINE vd v_high_double(vf x) { return _mm512_cvtps_pd(_mm512_extractf32x8_ps(x, 1)); }
SIMD_INLINE vd d_set1(double x) { return _mm512_set1_pd(x); }
SIMD_INLINE vd d_fma(vd a, vd b, vd c) { return _mm512_fmadd_pd(a, b, c); }
SIMD_INLINE vd d_sqrt(vd x) { return _mm512_sqrt_pd(x); }
SIMD_INLINE double d_sum(vd x) { return _mm512_reduce_add_pd(x); }
SIMD_INLINE void d_store_floats(float *p, vd x) { _mm256_storeu_ps(p, _mm512_cvtpd_ps(x)); }

// 64-bit lanes: the product of the lower halves.
SIMD_INLINE vul u_product(vul a, vul b) { return (vul)_mm512_mul_epu32((__m512i)a, (__m512i)b); }
SIMD_INLINE vul u_set1(uint64_t x) { return (vul)_mm512_set1_epi64((long long)x); }
// Eight Philox blocks of 64-bit lanes (words 0 and 1, words 2 and 3) in the order of U_BLOCK_ORDER to memory.
#define U_BLOCK_ORDER {0, 4, 1, 5, 2, 6, 3, 7}
SIMD_INLINE void u_store_blocks(uint32_t *p, vul low, vul high) {
    _mm512_storeu_si512(p, _mm512_unpacklo_epi64((__m512i)low, (__m512i)high));
    _mm512_storeu_si512(p + 16, _mm512_unpackhi_epi64((__m512i)low, (__m512i)high));
}

#endif
