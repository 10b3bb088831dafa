// The vocabulary of the kernel bodies (*_simd_template.h), and the functions built on it. Include after exactly
// one of simd_avx512.h, simd_avx2.h, simd_neon.h, each of which defines:
//
//   vf, vd, vi, vl, vul   a register of float, double, int32, int64, uint64; VF_LANES, VD_LANES.
//                         The compiler's own + - * / & | ^ << work on them, casts reinterpret bits.
//   v_load_n, v_store_n   the first n lanes only, 0 <= n < VF_LANES; the rest is zero, or untouched in
//                         memory. v_load_fill takes the rest from `fill`; v_keep_n zeroes it.
//   v_fma, v_fnma         a * b + c, c - a * b, rounded once.
//   v_max, v_min          NaN in the second operand passes through.
//   v_select(m, a, b)     a where the comparison m holds (never with NaN), else b.
//   v_sum, v_largest      over the lanes, in a fixed order.
//   v_sums(x)             lane i is the sum over the lanes of x[i].
//   v_low_double, v_high_double   the first and second half, as doubles.
//
// The errors given below hold at every 101st float32, denormals and infinities among them.
#ifndef APUS_SIMD_MATH_H
#define APUS_SIMD_MATH_H

SIMD_INLINE vf v_zero(void) { return v_set1(0.0f); }
SIMD_INLINE vf v_negate(vf x) { return (vf)((vi)x ^ (vi)v_set1(-0.0f)); }
// The magnitude of x >= 0 with the sign of s.
SIMD_INLINE vf v_with_sign(vf x, vf s) { return (vf)((vi)x | ((vi)s & (vi)v_set1(-0.0f))); }
// For a finite stand-in of infinite x where 0 * x is to be 0; NaN stays.
SIMD_INLINE vf v_finite(vf x) { return v_max(v_set1(-3.402823466e38f), v_min(v_set1(3.402823466e38f), x)); }

// x = n ln 2 + r, |r| <= ln 2 / 2, for |x| < 200; *q = (exp(r) - 1 - r) / r^2 (minimax, 3e-9);
// *half and *rest multiply to 2^n and are normal for n in [-150, 128].
SIMD_INLINE vf v_exp_parts(vf x, vf *q, vf *half, vf *rest) {
    const vf magic = v_set1(12582912.0f); // 1.5 * 2^23: adding it rounds to an integer in the low bits
    vf shifted = v_fma(x, v_set1(1.44269504f), magic), n = shifted - magic;
    vf r = v_fnma(n, v_set1(1.42860677e-6f), v_fnma(n, v_set1(0.693145752f), x));
    vf p = v_fma(r, v_set1(0.001381454f), v_set1(0.008368745f));
    p = v_fma(r, p, v_set1(0.04166839f));
    p = v_fma(r, p, v_set1(0.16666521f));
    *q = v_fma(r, p, v_set1(0.49999994f));
    vi whole = (vi)shifted - (vi)magic, low = whole >> 1;
    *half = (vf)((low + 127) << 23);
    *rest = (vf)((whole - low + 127) << 23);
    return r;
}

// exp(x): within 1.5 ulp, denormal results, 0 and infinity included.
SIMD_INLINE vf v_exp(vf x) {
    vf q, half, rest;
    x = v_max(v_set1(-104.5f), v_min(v_set1(89.5f), x));
    vf r = v_exp_parts(x, &q, &half, &rest);
    return (v_set1(1.0f) + v_fma(r * r, q, r)) * half * rest;
}

// exp(x) - 1 for x <= 0: within 2.5 ulp.
SIMD_INLINE vf v_expm1_negative(vf x) {
    vf q, half, rest;
    x = v_max(v_set1(-30.0f), x);
    vf r = v_exp_parts(x, &q, &half, &rest), power = half * rest;
    vf small = v_fma(r * r, q, r);
    return v_select(v_eq(power, v_set1(1.0f)), small, v_fma(small, power, power - v_set1(1.0f)));
}

// log(1 + e) for e in [0, 1], as 2 atanh(e / (2 + e)): within 2 ulp.
SIMD_INLINE vf v_log1p_unit(vf e) {
    vf s = e / (e + v_set1(2.0f)), q = s * s;
    vf p = v_fma(q, v_set1(0.14015639f), v_set1(0.13998932f));
    p = v_fma(q, p, v_set1(0.20010886f));
    p = v_fma(q, p, v_set1(0.33333206f));
    vf twice = s + s;
    return v_fma(twice * q, p, twice);
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
