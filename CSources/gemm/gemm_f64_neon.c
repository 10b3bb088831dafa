// float64 micro-kernels for NEON: a tile of 8 x 6.
#include "gemm_kernels.h"
#ifdef APUS_ARM64
#include <arm_neon.h>

#define T double
#define P f64
#define ISA neon
#define TARGET APUS_TARGET_NEON
#define NAME(x) f64_##x
#define KERNEL apus_f64_gemm_ukernel_8x6__neon
#define STRIDED_KERNEL apus_f64_gemm_strided_ukernel_8x6__neon
#define MR 8
#define VECTORS 3
#define LANES 2
#define VEC float64x2_t
#define V_ZERO() vdupq_n_f64(0)
#define V_SET1 vdupq_n_f64
#define V_LOAD vld1q_f64
#define V_STORE vst1q_f64
#define V_ADD vaddq_f64
#define V_MUL vmulq_f64
#define V_FMA(x, y, z) vfmaq_f64((z), (x), (y))
// FMAX gives NaN where either is.
#define V_RELU(v) vmaxq_f64((v), vdupq_n_f64(0))
#define TRANSPOSE f64_transpose

APUS_ALWAYS_INLINE void f64_transpose(float64x2_t v[2]) {
    float64x2_t t = vtrn1q_f64(v[0], v[1]);
    v[1] = vtrn2q_f64(v[0], v[1]);
    v[0] = t;
}

#include "gemm_vector_template.h"
#endif
