// The vocabulary of the kernel bodies (*_simd_template.h), and the functions built on it. Include after exactly
// one of simd_avx512.h, simd_avx2.h, simd_neon.h, each of which defines:
//
//   vf, vd, vi, vl, vul   a register of float, double, int32, int64, uint64; VF_LANES, VD_LANES.
//                         The compiler's own + - * / & | ^ << work on them, casts reinterpret bits.
//   v_load_n, v_store_n   the first n lanes only, 0 <= n < VF_LANES; the rest is zero, or untouched in
//                         memory. v_load_fill takes the rest from `fill`; v_keep_n zeroes it.
//   v_stream              v_store past the caches, to an address aligned to the register (v_stream_head elements
//                         further on); v_stream_end after the last one, before another thread may read.
//   v_fma, v_fnma         a * b + c, c - a * b, rounded once.
//   v_max, v_min          NaN in the second operand passes through.
//   v_select(m, a, b)     a where the comparison m holds (never with NaN), else b.
//   v_sum, v_largest      over the lanes, in a fixed order.
//   v_sums(x), v_tops(x)  lane i is the sum, or the largest, over the lanes of x[i]; all in the same order.
//   v_pick(x, from)       lane i is lane from[i] of x.
//   v_low_double, v_high_double   the first and second half, as doubles.
//
// The errors given below hold at every 101st float32, denormals and infinities among them.
#ifndef APUS_SIMD_MATH_H
#define APUS_SIMD_MATH_H

// Elements, of n at most, before the first aligned register of an array.
SIMD_INLINE ptrdiff_t v_stream_head(const float *p, ptrdiff_t n) {
    ptrdiff_t head = (ptrdiff_t)((0 - (uintptr_t)p / sizeof(float)) % VF_LANES);
    return head < n ? head : n;
}

SIMD_INLINE vf v_zero(void) { return v_set1(0.0f); }
SIMD_INLINE vf v_negate(vf x) { return (vf)((vi)x ^ (vi)v_set1(-0.0f)); }
// The magnitude of x >= 0 with the sign of s.
SIMD_INLINE vf v_with_sign(vf x, vf s) { return (vf)((vi)x | ((vi)s & (vi)v_set1(-0.0f))); }
// For a finite stand-in of infinite x where 0 * x is to be 0; NaN stays.
SIMD_INLINE vf v_finite(vf x) { return v_max(v_set1(-3.402823466e38f), v_min(v_set1(3.402823466e38f), x)); }

// 1.5 * 2^23: adding it rounds to an integer in the low bits.
#define V_MAGIC 12582912.0f

// x * 2^n, rounded once, for shifted = n + V_MAGIC, n in [-150, 128].
SIMD_INLINE vf v_scale(vf x, vf shifted) {
#ifdef V_SCALE
    return V_SCALE(x, shifted - v_set1(V_MAGIC));
#else
    vi whole = (vi)shifted - (vi)v_set1(V_MAGIC), low = whole >> 1; // two powers that are normal
    return x * (vf)((low + 127) << 23) * (vf)((whole - low + 127) << 23);
#endif
}

// x = n ln 2 + r, |r| <= ln 2 / 2, for |x| < 200; *q = (exp(r) - 1 - r) / r^2 (minimax, 3e-9);
// *shifted = n + V_MAGIC.
SIMD_INLINE vf v_exp_parts(vf x, vf *q, vf *shifted) {
    *shifted = v_fma(x, v_set1(1.44269504f), v_set1(V_MAGIC));
    vf n = *shifted - v_set1(V_MAGIC);
    vf r = v_fnma(n, v_set1(1.42860677e-6f), v_fnma(n, v_set1(0.693145752f), x));
    vf p = v_fma(r, v_set1(0.001381454f), v_set1(0.008368745f));
    p = v_fma(r, p, v_set1(0.04166839f));
    p = v_fma(r, p, v_set1(0.16666521f));
    *q = v_fma(r, p, v_set1(0.49999994f));
    return r;
}

// exp(x): within 1.5 ulp, denormal results, 0 and infinity included.
SIMD_INLINE vf v_exp(vf x) {
    vf q, shifted;
    x = v_max(v_set1(-104.5f), v_min(v_set1(89.5f), x));
    vf r = v_exp_parts(x, &q, &shifted);
    return v_scale(v_set1(1.0f) + v_fma(r * r, q, r), shifted);
}

// The same of V_EXPS registers at once, each at most 89, as v_exp does it: step by step on all of them, for the steps
// of one wait for each other longer than a processor looks ahead.
#if VF_LANES == 8
#define V_EXPS 2 // in sixteen registers
#else
#define V_EXPS 4
#endif
#define V_EACH_EXP for (int j = 0; j < V_EXPS; j++)
SIMD_INLINE void v_exps(vf *x) {
    vf shifted[V_EXPS], n[V_EXPS], p[V_EXPS];
    V_EACH_EXP x[j] = v_max(v_set1(-104.5f), x[j]);
    V_EACH_EXP shifted[j] = v_fma(x[j], v_set1(1.44269504f), v_set1(V_MAGIC));
    V_EACH_EXP n[j] = shifted[j] - v_set1(V_MAGIC);
    V_EACH_EXP x[j] = v_fnma(n[j], v_set1(0.693145752f), x[j]);
    V_EACH_EXP x[j] = v_fnma(n[j], v_set1(1.42860677e-6f), x[j]);
    V_EACH_EXP p[j] = v_fma(x[j], v_set1(0.001381454f), v_set1(0.008368745f));
    V_EACH_EXP p[j] = v_fma(x[j], p[j], v_set1(0.04166839f));
    V_EACH_EXP p[j] = v_fma(x[j], p[j], v_set1(0.16666521f));
    V_EACH_EXP p[j] = v_fma(x[j], p[j], v_set1(0.49999994f));
    V_EACH_EXP p[j] = v_fma(x[j] * x[j], p[j], x[j]);
    V_EACH_EXP x[j] = v_scale(v_set1(1.0f) + p[j], shifted[j]);
}

// exp(x) - 1 for x <= 0: within 2.5 ulp.
SIMD_INLINE vf v_expm1_negative(vf x) {
    vf q, shifted;
    x = v_max(v_set1(-30.0f), x);
    vf r = v_exp_parts(x, &q, &shifted), power = v_scale(v_set1(1.0f), shifted);
    vf small = v_fma(r * r, q, r);
    return v_select(v_eq(power, v_set1(1.0f)), small, v_fma(small, power, power - v_set1(1.0f)));
}

// 2 atanh(s) of `count` registers, at most V_EXPS, for |s| <= 1/3: log(1 + e) for s = e / (2 + e).
SIMD_INLINE void v_log_series(const int count, const vf *s, vf *log) {
    vf q[V_EXPS], p[V_EXPS];
    for (int j = 0; j < count; j++) q[j] = s[j] * s[j];
    for (int j = 0; j < count; j++) p[j] = v_fma(q[j], v_set1(0.14015639f), v_set1(0.13998932f));
    for (int j = 0; j < count; j++) p[j] = v_fma(q[j], p[j], v_set1(0.20010886f));
    for (int j = 0; j < count; j++) p[j] = v_fma(q[j], p[j], v_set1(0.33333206f));
    for (int j = 0; j < count; j++) log[j] = v_fma((s[j] + s[j]) * q[j], p[j], s[j] + s[j]);
}

// log(1 + e) for e in [0, 1]: within 2 ulp.
SIMD_INLINE vf v_log1p_unit(vf e) {
    vf s = e / (e + v_set1(2.0f)), log;
    v_log_series(1, &s, &log);
    return log;
}

// log(1 + x) for x in [0, 2^60]: within 3 ulp. 1 + x = 2^n (1 + f), 1 + f in [sqrt 1/2, sqrt 2].
SIMD_INLINE vf v_log1p(vf x) {
    vf one = v_set1(1.0f);
    vi n = ((vi)(one + x) - (vi)v_set1(0.707106769f)) >> 23;
    vf power = (vf)((127 - n) << 23), f = v_fma(x, power, power - one), whole = v_from_int(n);
    vf s = f / (f + v_set1(2.0f)), log;
    v_log_series(1, &s, &log);
    return v_fma(whole, v_set1(0.693145752f), v_fma(whole, v_set1(1.42860677e-6f), log));
}

// 1 / (1 + exp(-x)): within 3 ulp.
SIMD_INLINE vf v_sigmoid(vf x) {
    vf e = v_exp(v_negate(v_abs(x))), one = v_set1(1.0f);
    return v_select(v_gt(v_zero(), x), e, one) / (one + e);
}

// tanh(x): within 3 ulp.
SIMD_INLINE vf v_tanh(vf x) {
    vf a = v_abs(x), m = v_expm1_negative(v_set1(-2.0f) * a);
    return v_with_sign(v_abs(m / (m + v_set1(2.0f))), x);
}

// log(1 + exp(x)): within 3 ulp.
SIMD_INLINE vf v_softplus(vf x) { return v_max(v_zero(), x) + v_log1p_unit(v_exp(v_negate(v_abs(x)))); }

// The standard normal's distribution function Phi(x) within 6 ulp, and *gauss = exp(-x^2 / 2) within 3.
// Phi(-a) = gauss(a) * P(t) / (a + 4), t = (a - 4) / (a + 4), P minimax on a in [0, 15] (1e-8);
// the error of a^2 is carried to first order, without which the tail would lose six bits.
SIMD_INLINE vf v_normal_cdf(vf x, vf *gauss) {
    vf a = v_min(v_set1(15.0f), v_abs(x)), square = a * a, lost = v_fma(a, a, v_negate(square));
    vf e = v_exp(v_set1(-0.5f) * square);
    e = v_fnma(e, v_set1(0.5f) * lost, e);
    vf d = v_set1(1.0f) / (a + v_set1(4.0f)), t = (a - v_set1(4.0f)) * d;
    vf p = v_fma(t, v_set1(-0.00013419642f), v_set1(0.00017465891f));
    p = v_fma(t, p, v_set1(0.001568408f));
    p = v_fma(t, p, v_set1(-0.0035102107f));
    p = v_fma(t, p, v_set1(-0.007524004f));
    p = v_fma(t, p, v_set1(0.06040349f));
    p = v_fma(t, p, v_set1(-0.18652366f));
    p = v_fma(t, p, v_set1(0.3871369f));
    p = v_fma(t, p, v_set1(-0.60789657f));
    p = v_fma(t, p, v_set1(0.75528514f));
    vf tail = p * d * e;
    *gauss = e;
    return v_select(v_gt(v_zero(), x), tail, v_set1(1.0f) - tail);
}

#endif
