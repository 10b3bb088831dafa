// float64 micro-kernels for AVX2: a tile of 6 x 8.
#include "gemm_kernels.h"
#ifdef APUS_X86
#include <immintrin.h>

#define T double
#define P f64
#define ISA avx2
#define TARGET APUS_TARGET_AVX2
#define NAME(x) f64_##x
#define KERNEL apus_f64_gemm_ukernel_6x8__avx2
#define STRIDED_KERNEL apus_f64_gemm_strided_ukernel_6x8__avx2
#define MR 6
#define VECTORS 2
#define LANES 4
#define VEC __m256d
#define V_ZERO _mm256_setzero_pd
#define V_SET1 _mm256_set1_pd
#define V_LOAD _mm256_loadu_pd
#define V_STORE _mm256_storeu_pd
#define MASK __m256i
#define V_MASK(n) _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_setr_epi64x(0, 1, 2, 3))
#define V_LOAD_MASK _mm256_maskload_pd
#define V_STORE_MASK _mm256_maskstore_pd
#define V_ADD _mm256_add_pd
#define V_MUL _mm256_mul_pd
#define V_FMA _mm256_fmadd_pd
// The second operand wins where either is NaN.
#define V_RELU(v) _mm256_max_pd(_mm256_setzero_pd(), (v))
#define TRANSPOSE f64_transpose

APUS_TARGET_AVX2 APUS_ALWAYS_INLINE void f64_transpose(__m256d v[4]) {
    __m256d t0 = _mm256_unpacklo_pd(v[0], v[1]), t1 = _mm256_unpackhi_pd(v[0], v[1]);
    __m256d t2 = _mm256_unpacklo_pd(v[2], v[3]), t3 = _mm256_unpackhi_pd(v[2], v[3]);
    v[0] = _mm256_permute2f128_pd(t0, t2, 0x20);
    v[1] = _mm256_permute2f128_pd(t1, t3, 0x20);
    v[2] = _mm256_permute2f128_pd(t0, t2, 0x31);
    v[3] = _mm256_permute2f128_pd(t1, t3, 0x31);
}

#include "gemm_vector_template.h"
#endif
