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

APUS_ALWAYS_INLINE APUS_TARGET_AVX2 void apus_pool_stream(float *p, __m256 v) { _mm256_stream_ps(p, v); }
APUS_ALWAYS_INLINE APUS_TARGET_AVX2 void apus_pool_stream_end(void) { _mm_sfence(); }
APUS_ALWAYS_INLINE APUS_TARGET_AVX2 __m256 apus_pool_larger(__m256 a, __m256 b) { return _mm256_max_ps(a, b); }
typedef int32_t apus_pool_words __attribute__((vector_size(32)));
APUS_ALWAYS_INLINE APUS_TARGET_AVX2 void apus_pool_stream_bytes(uint8_t *p, apus_pool_words v) {
    const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128((__m256i)v), _mm256_extracti128_si256((__m256i)v, 1));
    _mm_stream_si64((long long *)(void *)p, _mm_cvtsi128_si64(_mm_packus_epi16(words, words)));
}
APUS_ALWAYS_INLINE APUS_TARGET_AVX2 bool apus_pool_any(apus_pool_words mask) { return _mm256_movemask_ps((__m256)mask) != 0; }

#include "pool_kernel_template.h"
#endif
