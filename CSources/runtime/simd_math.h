// The vocabulary of the kernel bodies (*_simd_template.h), and the functions built on it. Include after exactly
// one of simd_avx512.h, simd_avx2.h, simd_neon.h, each of which defines:
//
//   vf, vd, vi, vl, vul   a register of float, double, int32, int64, uint64; VF_LANES, VD_LANES.
//                         The compiler's own + - * / & | ^ << work on them, casts reinterpret bits.
//   v_load_n, v_store_n   the first n lanes only, 0 <= n < VF_LANES; the rest is zero, or untouched in
//                         memory. v_load_fill takes the rest from `fill`; v_keep_n zeroes it.
//   v_stream              v_store past the caches, to an address aligned to the register (v_stream_head elements
//                         further on); v_stream_end after the last one, before another thread may read.
//   v_load_quads, v_store_quads, v_turn   what v_load_columns and v_store_columns are made of.
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

// Elements, of n at most, before the first aligned register of an array.
SIMD_INLINE ptrdiff_t v_stream_head(const float *p, ptrdiff_t n) {
    ptrdiff_t head = (ptrdiff_t)((0 - (uintptr_t)p / sizeof(float)) % VF_LANES);
    return head < n ? head : n;
}

// columns[0 ... 3]: four neighbouring columns of VF_LANES rows that lie `stride` floats apart, a row a lane.
SIMD_INLINE void v_load_columns(const float *p, ptrdiff_t stride, vf *columns) {
    for (int k = 0; k < 4; k++) columns[k] = v_load_quads(p + k * stride, stride);
    v_turn(columns, columns + 1, columns + 2, columns + 3);
}
SIMD_INLINE void v_store_columns(float *p, ptrdiff_t stride, const vf *columns) {
    vf a = columns[0], b = columns[1], c = columns[2], d = columns[3];
    v_turn(&a, &b, &c, &d);
    v_store_quads(p, stride, a);
    v_store_quads(p + stride, stride, b);
    v_store_quads(p + 2 * stride, stride, c);
    v_store_quads(p + 3 * stride, stride, d);
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

// exp(x) - 1 for x <= 0: within 2.5 ulp.
SIMD_INLINE vf v_expm1_negative(vf x) {
    vf q, shifted;
    x = v_max(v_set1(-30.0f), x);
    vf r = v_exp_parts(x, &q, &shifted), power = v_scale(v_set1(1.0f), shifted);
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
