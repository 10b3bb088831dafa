// Convolution tiles for AVX-512: 14 x 32, 28 sums in 32 registers.
#include "roots.h"

#if defined(APUS_X86)
#include <immintrin.h>

#define APUS_CONV_ISA avx512
#define APUS_CONV_TABLE apus_conv_kernels_avx512
#define APUS_WINOGRAD_TABLE apus_winograd_kernels_avx512
#define APUS_ROOTS_TABLE apus_roots_kernels_avx512
#define APUS_FIRST_TABLE apus_conv_first_avx512
#define APUS_FIRST_VECTORS 4
#define APUS_FIRST_ROWS(vectors) ((vectors) > 3 ? 6 : 8)
#define APUS_CONV_TARGET APUS_TARGET_AVX512
#define APUS_CONV_WIDTH 16
#define APUS_CONV_ROWS_MAX 14
#define APUS_CONV_VECTORS_MAX 2
#define APUS_CONV_EACH_ROW(F, vectors)                                                                        \
    F(1, vectors) F(2, vectors) F(3, vectors) F(4, vectors) F(5, vectors) F(6, vectors) F(7, vectors)         \
    F(8, vectors) F(9, vectors) F(10, vectors) F(11, vectors) F(12, vectors) F(13, vectors) F(14, vectors)
#define APUS_CONV_EACH_TILE(F) APUS_CONV_EACH_ROW(F, 1) APUS_CONV_EACH_ROW(F, 2)

APUS_ALWAYS_INLINE APUS_TARGET_AVX512 __m512 apus_conv_load_part(const float *p, int n) {
    return _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
}
APUS_ALWAYS_INLINE APUS_TARGET_AVX512 void apus_conv_store_part(float *p, int n, __m512 v) {
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), v);
}
APUS_ALWAYS_INLINE APUS_TARGET_AVX512 __m512 apus_conv_multiply_add(__m512 a, __m512 b, __m512 c) {
    return _mm512_fmadd_ps(a, b, c);
}

// Past the caches, to a multiple of 64 bytes; drained by apus_conv_drain.
APUS_ALWAYS_INLINE APUS_TARGET_AVX512 void apus_conv_stream(float *p, __m512 v) { _mm512_stream_ps(p, v); }
APUS_ALWAYS_INLINE void apus_conv_drain(void) { _mm_sfence(); }

#include "conv_kernel_template.h"
#include "conv_first_template.h"
#include "conv_winograd_template.h"
#include "roots_template.h"
#endif
