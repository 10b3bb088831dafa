// float32 micro-kernels for NEON: a tile of 8 x 12. 24 accumulators, 3 vectors of B, 2 to 4 elements of
// A: within 32 registers.
#include "gemm_kernels.h"
#ifdef APUS_ARM64
#include <arm_neon.h>

#define T float
#define P f32
#define ISA neon
#define TARGET APUS_TARGET_NEON
#define NAME(x) f32_##x
#define KERNEL apus_f32_gemm_ukernel_8x12__neon
#define STRIDED_KERNEL apus_f32_gemm_strided_ukernel_8x12__neon
#define MR 8
#define VECTORS 3
#define LANES 4
#define VEC float32x4_t
#define V_ZERO() vdupq_n_f32(0)
#define V_SET1 vdupq_n_f32
#define V_LOAD vld1q_f32
#define V_STORE vst1q_f32
#define V_ADD vaddq_f32
#define V_MUL vmulq_f32
#define V_FMA(x, y, z) vfmaq_f32((z), (x), (y))
// FMAX gives NaN where either is.
#define V_RELU(v) vmaxq_f32((v), vdupq_n_f32(0))
#define TRANSPOSE f32_transpose

APUS_ALWAYS_INLINE void f32_transpose(float32x4_t v[4]) {
    float32x4_t t0 = vtrn1q_f32(v[0], v[1]), t1 = vtrn2q_f32(v[0], v[1]);
    float32x4_t t2 = vtrn1q_f32(v[2], v[3]), t3 = vtrn2q_f32(v[2], v[3]);
    v[0] = vcombine_f32(vget_low_f32(t0), vget_low_f32(t2));
    v[1] = vcombine_f32(vget_low_f32(t1), vget_low_f32(t3));
    v[2] = vcombine_f32(vget_high_f32(t0), vget_high_f32(t2));
    v[3] = vcombine_f32(vget_high_f32(t1), vget_high_f32(t3));
}

#include "gemm_vector_template.h"
#endif
