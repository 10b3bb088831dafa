// float32 micro-kernels for AVX-512: a tile of 14 x 32.
#include "gemm_kernels.h"
#ifdef APUS_X86
#include <immintrin.h>

#define T float
#define P f32
#define NAME(x) f32_##x
#define KERNEL apus_f32_gemm_ukernel_14x32__avx512
#define STRIDED_KERNEL apus_f32_gemm_strided_ukernel_14x32__avx512
#define VEC __m512
#define MASK __mmask16
#define LANES 16
#define V_ZERO _mm512_setzero_ps
#define V_SET1 _mm512_set1_ps
#define V_LOAD _mm512_loadu_ps
#define V_LOAD_MASK _mm512_maskz_loadu_ps
#define V_STORE _mm512_storeu_ps
#define V_STREAM _mm512_stream_ps
#define V_STORE_MASK _mm512_mask_storeu_ps
#define V_ADD _mm512_add_ps
#define V_MUL _mm512_mul_ps
#define V_MAX _mm512_max_ps
#define V_FMA _mm512_fmadd_ps

// 16 x 16 in four rounds: pairs and quads within 128-bit lanes, then the lanes themselves.
APUS_TARGET_AVX512 APUS_ALWAYS_INLINE void f32_transpose(__m512 v[16]) {
    __m512 t[16];
#pragma GCC unroll 8
    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_ps(v[i], v[i + 1]);
        t[i + 1] = _mm512_unpackhi_ps(v[i], v[i + 1]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 16; i += 4)
#pragma GCC unroll 2
        for (int j = 0; j < 2; ++j) {
            __m512d low = _mm512_castps_pd(t[i + j]), high = _mm512_castps_pd(t[i + j + 2]);
            v[i + 2 * j] = _mm512_castpd_ps(_mm512_unpacklo_pd(low, high));
            v[i + 2 * j + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(low, high));
        }
    // v[4 g + c]: columns c, c + 4, c + 8, c + 12 of rows 4 g ... 4 g + 3, one a lane.
#pragma GCC unroll 4
    for (int c = 0; c < 4; ++c) {
        t[c] = _mm512_shuffle_f32x4(v[c], v[c + 4], 0x88);
        t[c + 4] = _mm512_shuffle_f32x4(v[c], v[c + 4], 0xdd);
        t[c + 8] = _mm512_shuffle_f32x4(v[c + 8], v[c + 12], 0x88);
        t[c + 12] = _mm512_shuffle_f32x4(v[c + 8], v[c + 12], 0xdd);
    }
#pragma GCC unroll 4
    for (int c = 0; c < 4; ++c) {
        v[c] = _mm512_shuffle_f32x4(t[c], t[c + 8], 0x88);
        v[c + 8] = _mm512_shuffle_f32x4(t[c], t[c + 8], 0xdd);
        v[c + 4] = _mm512_shuffle_f32x4(t[c + 4], t[c + 12], 0x88);
        v[c + 12] = _mm512_shuffle_f32x4(t[c + 4], t[c + 12], 0xdd);
    }
}

#include "gemm_avx512_template.h"
#endif
