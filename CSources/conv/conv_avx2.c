// Convolution tiles for AVX2 with FMA: 6 x 16, 12 sums in 16 registers.
#include "roots.h"

#if defined(APUS_X86)
#include <immintrin.h>

#define APUS_CONV_ISA avx2
#define APUS_CONV_TABLE apus_conv_kernels_avx2
#define APUS_WINOGRAD_TABLE apus_winograd_kernels_avx2
#define APUS_ROOTS_TABLE apus_roots_kernels_avx2
#define APUS_FIRST_TABLE apus_conv_first_avx2
#define APUS_FIRST_VECTORS 2
#define APUS_FIRST_ROWS(vectors) ((vectors) == 1 ? 8 : 6)
#define APUS_CONV_TARGET APUS_TARGET_AVX2
#define APUS_CONV_WIDTH 8
#define APUS_CONV_ROWS_MAX 6
#define APUS_CONV_VECTORS_MAX 2
#define APUS_CONV_EACH_ROW(F, vectors) F(1, vectors) F(2, vectors) F(3, vectors) F(4, vectors) F(5, vectors) F(6, vectors)
#define APUS_CONV_EACH_TILE(F) APUS_CONV_EACH_ROW(F, 1) APUS_CONV_EACH_ROW(F, 2)

APUS_ALWAYS_INLINE APUS_TARGET_AVX2 __m256i apus_conv_part_mask(int n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
APUS_ALWAYS_INLINE APUS_TARGET_AVX2 __m256 apus_conv_load_part(const float *p, int n) {
    return _mm256_maskload_ps(p, apus_conv_part_mask(n));
}
APUS_ALWAYS_INLINE APUS_TARGET_AVX2 void apus_conv_store_part(float *p, int n, __m256 v) {
    _mm256_maskstore_ps(p, apus_conv_part_mask(n), v);
}
APUS_ALWAYS_INLINE APUS_TARGET_AVX2 __m256 apus_conv_multiply_add(__m256 a, __m256 b, __m256 c) {
    return _mm256_fmadd_ps(a, b, c);
}

// Past the caches, to a multiple of 32 bytes; drained by apus_conv_drain.
APUS_ALWAYS_INLINE APUS_TARGET_AVX2 void apus_conv_stream(float *p, __m256 v) { _mm256_stream_ps(p, v); }
APUS_ALWAYS_INLINE void apus_conv_drain(void) { _mm_sfence(); }

#include "conv_kernel_template.h"
#include "conv_first_template.h"
#include "conv_winograd_template.h"
#include "roots_template.h"
#endif
