// float64 micro-kernels for AVX-512: a tile of 14 x 16.
#include "gemm_kernels.h"
#ifdef APUS_X86
#include <immintrin.h>

#define T double
#define P f64
#define NAME(x) f64_##x
#define KERNEL apus_f64_gemm_ukernel_14x16__avx512
#define STRIDED_KERNEL apus_f64_gemm_strided_ukernel_14x16__avx512
#define VEC __m512d
#define MASK __mmask8
#define LANES 8
#define V_ZERO _mm512_setzero_pd
#define V_SET1 _mm512_set1_pd
#define V_LOAD _mm512_loadu_pd
#define V_LOAD_MASK _mm512_maskz_loadu_pd
#define V_STORE _mm512_storeu_pd
#define V_STREAM _mm512_stream_pd
#define V_STORE_MASK _mm512_mask_storeu_pd
#define V_ADD _mm512_add_pd
#define V_MUL _mm512_mul_pd
#define V_MAX _mm512_max_pd
#define V_FMA _mm512_fmadd_pd

// 8 x 8 in three rounds: pairs within 128-bit lanes, then the lanes themselves.
APUS_TARGET_AVX512 APUS_ALWAYS_INLINE void f64_transpose(__m512d v[8]) {
    __m512d t[8];
#pragma GCC unroll 4
    for (int i = 0; i < 8; i += 2) {
        t[i] = _mm512_unpacklo_pd(v[i], v[i + 1]);
        t[i + 1] = _mm512_unpackhi_pd(v[i], v[i + 1]);
    }
    // t[2 g + c]: columns c, c + 2, c + 4, c + 6 of rows 2 g and 2 g + 1, one a lane.
#pragma GCC unroll 2
    for (int c = 0; c < 2; ++c) {
        v[c] = _mm512_shuffle_f64x2(t[c], t[c + 2], 0x88);
        v[c + 2] = _mm512_shuffle_f64x2(t[c], t[c + 2], 0xdd);
        v[c + 4] = _mm512_shuffle_f64x2(t[c + 4], t[c + 6], 0x88);
        v[c + 6] = _mm512_shuffle_f64x2(t[c + 4], t[c + 6], 0xdd);
    }
#pragma GCC unroll 2
    for (int c = 0; c < 2; ++c) {
        t[c] = _mm512_shuffle_f64x2(v[c], v[c + 4], 0x88);
        t[c + 4] = _mm512_shuffle_f64x2(v[c], v[c + 4], 0xdd);
        t[c + 2] = _mm512_shuffle_f64x2(v[c + 2], v[c + 6], 0x88);
        t[c + 6] = _mm512_shuffle_f64x2(v[c + 2], v[c + 6], 0xdd);
    }
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) v[i] = t[i];
}

#include "gemm_avx512_template.h"
#endif
