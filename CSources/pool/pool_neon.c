// Pooling for NEON: 4 channels a vector.
#include "pool_internal.h"

#if defined(APUS_ARM64)
#include <arm_neon.h>
#include <string.h>

#define APUS_POOL_TABLE apus_pool_kernels_neon
#define APUS_POOL_TARGET APUS_TARGET_NEON
#define APUS_POOL_WIDTH 4

typedef float apus_pool_neon_quad __attribute__((vector_size(16)));

APUS_ALWAYS_INLINE apus_pool_neon_quad apus_pool_load_part(const float *p, int n) {
    float32x4_t v = vdupq_n_f32(0);
    if (n >= 2) v = vcombine_f32(vld1_f32(p), vdup_n_f32(0));
    if (n == 1) v = vld1q_lane_f32(p, v, 0);
    if (n == 3) v = vld1q_lane_f32(p + 2, v, 2);
    return (apus_pool_neon_quad)v;
}
APUS_ALWAYS_INLINE void apus_pool_store_part(float *p, int n, apus_pool_neon_quad v) {
    const float32x4_t whole = (float32x4_t)v;
    if (n >= 2) vst1_f32(p, vget_low_f32(whole));
    if (n == 1) vst1q_lane_f32(p, whole, 0);
    if (n == 3) vst1q_lane_f32(p + 2, whole, 2);
}

// Lines written whole are not fetched first.
APUS_ALWAYS_INLINE void apus_pool_stream(float *p, apus_pool_neon_quad v) { vst1q_f32(p, (float32x4_t)v); }
APUS_ALWAYS_INLINE void apus_pool_stream_end(void) {}
typedef int32_t apus_pool_words __attribute__((vector_size(16)));
APUS_ALWAYS_INLINE void apus_pool_stream_bytes(uint8_t *p, apus_pool_words v) {
    const uint16x4_t words = vmovn_u32((uint32x4_t)v);
    const uint32_t bytes = vget_lane_u32(vreinterpret_u32_u8(vmovn_u16(vcombine_u16(words, words))), 0);
    memcpy(p, &bytes, sizeof bytes);
}
APUS_ALWAYS_INLINE apus_pool_neon_quad apus_pool_larger(apus_pool_neon_quad a, apus_pool_neon_quad b) {
    return (apus_pool_neon_quad)vbslq_f32(vcgtq_f32((float32x4_t)a, (float32x4_t)b), (float32x4_t)a, (float32x4_t)b);
}
APUS_ALWAYS_INLINE bool apus_pool_any(apus_pool_words mask) { return vmaxvq_u32((uint32x4_t)mask) != 0; }

#include "pool_kernel_template.h"
#endif
