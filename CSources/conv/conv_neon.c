// Convolution tiles for NEON: 6 x 16, 24 sums in 32 registers.
#include "roots.h"

#if defined(APUS_ARM64)
#include <arm_neon.h>

#define APUS_CONV_ISA neon
#define APUS_CONV_TABLE apus_conv_kernels_neon
#define APUS_WINOGRAD_TABLE apus_winograd_kernels_neon
#define APUS_ROOTS_TABLE apus_roots_kernels_neon
#define APUS_FIRST_TABLE apus_conv_first_neon
#define APUS_FIRST_VECTORS 4
#define APUS_FIRST_ROWS(vectors) ((vectors) > 3 ? 6 : 8)
#define APUS_CONV_TARGET APUS_TARGET_NEON
#define APUS_CONV_WIDTH 4
#define APUS_CONV_ROWS_MAX 6
#define APUS_CONV_VECTORS_MAX 4
#define APUS_CONV_EACH_ROW(F, vectors) F(1, vectors) F(2, vectors) F(3, vectors) F(4, vectors) F(5, vectors) F(6, vectors)
#define APUS_CONV_EACH_TILE(F) \
    APUS_CONV_EACH_ROW(F, 1) APUS_CONV_EACH_ROW(F, 2) APUS_CONV_EACH_ROW(F, 3) APUS_CONV_EACH_ROW(F, 4)

typedef float apus_conv_neon_quad __attribute__((vector_size(16)));

// Of the first n floats, 1 to 4.
APUS_ALWAYS_INLINE apus_conv_neon_quad apus_conv_load_part(const float *p, int n) {
    if (n == 4) return (apus_conv_neon_quad)vld1q_f32(p);
    float32x4_t v = vdupq_n_f32(0);
    if (n >= 2) v = vcombine_f32(vld1_f32(p), vdup_n_f32(0));
    if (n == 1) v = vld1q_lane_f32(p, v, 0);
    if (n == 3) v = vld1q_lane_f32(p + 2, v, 2);
    return (apus_conv_neon_quad)v;
}
APUS_ALWAYS_INLINE void apus_conv_store_part(float *p, int n, apus_conv_neon_quad v) {
    const float32x4_t whole = (float32x4_t)v;
    if (n == 4) {
        vst1q_f32(p, whole);
        return;
    }
    if (n >= 2) vst1_f32(p, vget_low_f32(whole));
    if (n == 1) vst1q_lane_f32(p, whole, 0);
    if (n == 3) vst1q_lane_f32(p + 2, whole, 2);
}
APUS_ALWAYS_INLINE apus_conv_neon_quad apus_conv_multiply_add(apus_conv_neon_quad a, apus_conv_neon_quad b,
                                                              apus_conv_neon_quad c) {
    return (apus_conv_neon_quad)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
}

APUS_ALWAYS_INLINE void apus_conv_stream(float *p, apus_conv_neon_quad v) { *(apus_conv_neon_quad *)p = v; }
APUS_ALWAYS_INLINE void apus_conv_drain(void) {}

#include "conv_kernel_template.h"
#include "conv_first_template.h"
#include "conv_winograd_template.h"
#include "roots_template.h"
#endif
