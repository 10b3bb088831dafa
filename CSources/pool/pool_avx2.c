// Pooling for AVX2: 8 channels a vector.
#include "pool_internal.h"

#if defined(APUS_X86)
#include <immintrin.h>

#define APUS_POOL_TABLE apus_pool_kernels_avx2
#define APUS_POOL_TARGET APUS_TARGET_AVX2
#define APUS_POOL_WIDTH 8

APUS_ALWAYS_INLINE APUS_TARGET_AVX2 __m256i apus_pool_part_mask(int n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
APUS_ALWAYS_INLINE APUS_TARGET_AVX2 __m256 apus_pool_load_part(const float *p, int n) {
    return _mm256_maskload_ps(p, apus_pool_part_mask(n));
}
APUS_ALWAYS_INLINE APUS_TARGET_AVX2 void apus_pool_store_part(float *p, int n, __m256 v) {
    _mm256_maskstore_ps(p, apus_pool_part_mask(n), v);
}

#include "pool_kernel_template.h"
#endif
