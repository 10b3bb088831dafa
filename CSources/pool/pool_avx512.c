// Pooling for AVX-512: 16 channels a vector.
#include "pool_internal.h"

#if defined(APUS_X86)
#include <immintrin.h>

#define APUS_POOL_TABLE apus_pool_kernels_avx512
#define APUS_POOL_TARGET APUS_TARGET_AVX512
#define APUS_POOL_WIDTH 16

APUS_ALWAYS_INLINE APUS_TARGET_AVX512 __m512 apus_pool_load_part(const float *p, int n) {
    return _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
}
APUS_ALWAYS_INLINE APUS_TARGET_AVX512 void apus_pool_store_part(float *p, int n, __m512 v) {
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), v);
}

#include "pool_kernel_template.h"
#endif
