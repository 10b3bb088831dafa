// float32 micro-kernels for AVX2: a tile of 6 x 16. 12 accumulators, 2 vectors of B, 2 elements of A:
// all 16 registers.
#include "gemm_kernels.h"
#ifdef APUS_X86
#include <immintrin.h>

#define T float
#define P f32
#define ISA avx2
#define TARGET APUS_TARGET_AVX2
#define NAME(x) f32_##x
#define KERNEL apus_f32_gemm_ukernel_6x16__avx2
#define STRIDED_KERNEL apus_f32_gemm_strided_ukernel_6x16__avx2
#define MR 6
#define VECTORS 2
#define LANES 8
#define VEC __m256
#define V_ZERO _mm256_setzero_ps
#define V_SET1 _mm256_set1_ps
#define V_LOAD _mm256_loadu_ps
#define V_STORE _mm256_storeu_ps
#define MASK __m256i
#define V_MASK(n) _mm256_cmpgt_epi32(_mm256_set1_epi32((int)(n)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))
#define V_LOAD_MASK _mm256_maskload_ps
#define V_STORE_MASK _mm256_maskstore_ps
#define V_ADD _mm256_add_ps
#define V_MUL _mm256_mul_ps
#define V_FMA _mm256_fmadd_ps
// The second operand wins where either is NaN.
#define V_RELU(v) _mm256_max_ps(_mm256_setzero_ps(), (v))
#define TRANSPOSE f32_transpose

// 8 x 8 in three rounds: pairs and quads within 128-bit lanes, then the lanes.
APUS_TARGET_AVX2 APUS_ALWAYS_INLINE void f32_transpose(__m256 v[8]) {
    __m256 t[8], u[8];
#pragma GCC unroll 4
    for (int i = 0; i < 8; i += 2) {
        t[i] = _mm256_unpacklo_ps(v[i], v[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps(v[i], v[i + 1]);
    }
#pragma GCC unroll 2
    for (int i = 0; i < 8; i += 4) {
        u[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
        u[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
        u[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        u[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
        v[i] = _mm256_permute2f128_ps(u[i], u[i + 4], 0x20);
        v[i + 4] = _mm256_permute2f128_ps(u[i], u[i + 4], 0x31);
    }
}

#include "gemm_vector_template.h"
#endif
