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

APUS_ALWAYS_INLINE APUS_TARGET_AVX512 void apus_pool_stream(float *p, __m512 v) { _mm512_stream_ps(p, v); }
APUS_ALWAYS_INLINE APUS_TARGET_AVX512 void apus_pool_stream_end(void) { _mm_sfence(); }

#define APUS_POOL_BYTES_PART
APUS_ALWAYS_INLINE APUS_TARGET_AVX512 __m128i apus_pool_load_bytes_part(const uint8_t *p, int n) {
    return _mm_maskz_loadu_epi8((__mmask16)((1u << n) - 1), p);
}
APUS_ALWAYS_INLINE APUS_TARGET_AVX512 void apus_pool_store_bytes_part(uint8_t *p, int n, __m128i v) {
    _mm_mask_storeu_epi8(p, (__mmask16)((1u << n) - 1), v);
}

#define APUS_POOL_MASKS
typedef __mmask16 apus_pool_mask;
typedef int32_t apus_pool_words __attribute__((vector_size(64)));
APUS_ALWAYS_INLINE APUS_TARGET_AVX512 void apus_pool_stream_bytes(uint8_t *p, apus_pool_words v) {
    __m128i bytes = _mm512_cvtepi32_epi8((__m512i)v);
    __asm__("" : "+x"(bytes)); // a compiler would narrow and store in one, through the caches
    _mm_stream_si128((__m128i *)(void *)p, bytes);
}
APUS_ALWAYS_INLINE APUS_TARGET_AVX512 __mmask16 apus_pool_takes(__m512 candidate, __m512 best) {
    return _mm512_mask_cmp_ps_mask(_mm512_cmp_ps_mask(best, best, _CMP_ORD_Q), candidate, best, _CMP_NLE_UQ);
}
APUS_ALWAYS_INLINE APUS_TARGET_AVX512 __mmask16 apus_pool_same(apus_pool_words a, apus_pool_words b) {
    return _mm512_cmpeq_epi32_mask((__m512i)a, (__m512i)b);
}
APUS_ALWAYS_INLINE APUS_TARGET_AVX512 apus_pool_words apus_pool_pick(__mmask16 mask, apus_pool_words yes, apus_pool_words no) {
    return (apus_pool_words)_mm512_mask_blend_epi32(mask, (__m512i)no, (__m512i)yes);
}
APUS_ALWAYS_INLINE APUS_TARGET_AVX512 __mmask16 apus_pool_equal(__m512 a, __m512 b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
APUS_ALWAYS_INLINE APUS_TARGET_AVX512 __mmask16 apus_pool_unordered(__m512 a, __m512 b) {
    return _mm512_cmp_ps_mask(a, b, _CMP_UNORD_Q);
}
APUS_ALWAYS_INLINE APUS_TARGET_AVX512 __mmask16 apus_pool_either(__mmask16 a, __mmask16 b) { return (__mmask16)(a | b); }
APUS_ALWAYS_INLINE APUS_TARGET_AVX512 __mmask16 apus_pool_no_lane(void) { return 0; }
APUS_ALWAYS_INLINE APUS_TARGET_AVX512 bool apus_pool_any(__mmask16 mask) { return mask != 0; }
APUS_ALWAYS_INLINE APUS_TARGET_AVX512 __m512 apus_pool_larger(__m512 a, __m512 b) { return _mm512_max_ps(a, b); }

#include "pool_kernel_template.h"
#endif
