// AArch64 Advanced SIMD's registers and operations for the kernel bodies (*_simd_template.h); see simd_math.h for
// what each means. There are no masked accesses: the ends of arrays pass through a register-sized buffer.
#ifndef APUS_SIMD_NEON_H
#define APUS_SIMD_NEON_H

#include <arm_neon.h>
#include <string.h>

#include "internal.h"

#define SIMD_TARGET APUS_TARGET_NEON
#define SIMD_NAME(stem) stem##_neon
#define SIMD_INLINE static inline __attribute__((always_inline)) APUS_TARGET_NEON

#define VF_LANES 4
#define VD_LANES 2
typedef float32x4_t vf;
typedef float64x2_t vd;
typedef int32x4_t vi;
typedef int64x2_t vl;
typedef uint64x2_t vul;
typedef uint32x4_t vmask;

SIMD_INLINE vf v_set1(float x) { return vdupq_n_f32(x); }
SIMD_INLINE vf v_load(const float *p) { return vld1q_f32(p); }
SIMD_INLINE void v_store(float *p, vf x) { vst1q_f32(p, x); }
SIMD_INLINE void v_stream(float *p, vf x) { vst1q_f32(p, x); } // lines written whole are not fetched first
SIMD_INLINE void v_stream_end(void) {}
SIMD_INLINE vf v_load_fill(const float *p, ptrdiff_t n, vf fill) {
    float lanes[4];
    vst1q_f32(lanes, fill);
    memcpy(lanes, p, (size_t)n * sizeof(float));
    return vld1q_f32(lanes);
}
SIMD_INLINE vf v_load_n(const float *p, ptrdiff_t n) { return v_load_fill(p, n, vdupq_n_f32(0)); }
SIMD_INLINE void v_store_n(float *p, vf x, ptrdiff_t n) {
    float lanes[4];
    vst1q_f32(lanes, x);
    memcpy(p, lanes, (size_t)n * sizeof(float));
}
SIMD_INLINE vf v_keep_n(vf x, ptrdiff_t n) {
    const int32_t numbers[4] = {0, 1, 2, 3};
    vmask first = vcltq_s32(vld1q_s32(numbers), vdupq_n_s32((int32_t)n));
    return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(x), first));
}

SIMD_INLINE vf v_fma(vf a, vf b, vf c) { return vfmaq_f32(c, a, b); }
SIMD_INLINE vf v_fnma(vf a, vf b, vf c) { return vfmsq_f32(c, a, b); }
SIMD_INLINE vf v_max(vf a, vf b) { return vmaxq_f32(a, b); }
SIMD_INLINE vf v_min(vf a, vf b) { return vminq_f32(a, b); }
SIMD_INLINE vf v_sqrt(vf x) { return vsqrtq_f32(x); }
SIMD_INLINE vf v_abs(vf x) { return vabsq_f32(x); }
SIMD_INLINE vmask v_gt(vf a, vf b) { return vcgtq_f32(a, b); }
SIMD_INLINE vmask v_ge(vf a, vf b) { return vcgeq_f32(a, b); }
SIMD_INLINE vmask v_eq(vf a, vf b) { return vceqq_f32(a, b); }
SIMD_INLINE vf v_select(vmask m, vf a, vf b) { return vbslq_f32(m, a, b); }
SIMD_INLINE vf v_whole(vf x) { return x; }
SIMD_INLINE float v_sum(vf x) { return vaddvq_f32(x); }
SIMD_INLINE float v_largest(vf x) { return vmaxvq_f32(x); }
SIMD_INLINE vf v_sums(const vf x[VF_LANES]) { return vpaddq_f32(vpaddq_f32(x[0], x[1]), vpaddq_f32(x[2], x[3])); }
SIMD_INLINE vf v_tops(const vf x[VF_LANES]) { return vpmaxq_f32(vpmaxq_f32(x[0], x[1]), vpmaxq_f32(x[2], x[3])); }
SIMD_INLINE vf v_pick(vf x, vi from) {
    const uint32x4_t bytes = vmlaq_n_u32(vdupq_n_u32(0x03020100), vreinterpretq_u32_s32(from), 0x04040404);
    return vreinterpretq_f32_u8(vqtbl1q_u8(vreinterpretq_u8_f32(x), vreinterpretq_u8_u32(bytes)));
}

SIMD_INLINE vi v_load_words(const uint32_t *p) { return vreinterpretq_s32_u32(vld1q_u32(p)); }
SIMD_INLINE vi v_load_words_n(const uint32_t *p, ptrdiff_t n) {
    uint32_t lanes[4] = {0, 0, 0, 0};
    memcpy(lanes, p, (size_t)n * sizeof(uint32_t));
    return v_load_words(lanes);
}
SIMD_INLINE vi v_shift_right(vi x, int bits) {
    return vreinterpretq_s32_u32(vshlq_u32(vreinterpretq_u32_s32(x), vdupq_n_s32(-bits)));
}
SIMD_INLINE vf v_from_int(vi x) { return vcvtq_f32_s32(x); }
SIMD_INLINE vmask v_int_lt(vi a, vi b) { return vcltq_s32(a, b); }

SIMD_INLINE vd v_low_double(vf x) { return vcvt_f64_f32(vget_low_f32(x)); }
SIMD_INLINE vd v_high_double(vf x) { return vcvt_high_f64_f32(x); }
SIMD_INLINE vd d_set1(double x) { return vdupq_n_f64(x); }
SIMD_INLINE vd d_fma(vd a, vd b, vd c) { return vfmaq_f64(c, a, b); }
SIMD_INLINE vd d_sqrt(vd x) { return vsqrtq_f64(x); }
SIMD_INLINE double d_sum(vd x) { return vaddvq_f64(x); }
SIMD_INLINE void d_store_floats(float *p, vd x) { vst1_f32(p, vcvt_f32_f64(x)); }

// 64-bit lanes: the product of the lower halves.
SIMD_INLINE vul u_product(vul a, vul b) { return vmull_u32(vmovn_u64(a), vmovn_u64(b)); }
SIMD_INLINE vul u_set1(uint64_t x) { return vdupq_n_u64(x); }
// Two Philox blocks of 64-bit lanes (words 0 and 1, words 2 and 3) in the order of U_BLOCK_ORDER to memory.
#define U_BLOCK_ORDER {0, 1}
SIMD_INLINE void u_store_blocks(uint32_t *p, vul low, vul high) {
    vst1q_u32(p, vreinterpretq_u32_u64(vzip1q_u64(low, high)));
    vst1q_u32(p + 4, vreinterpretq_u32_u64(vzip2q_u64(low, high)));
}

#endif
