// The body of the vector variants of the random numbers; included once by each, after its simd_*.h and
// simd_math.h. Every operation is the reference's, so the bits are too.
//
// Philox blocks lie one to a 64-bit lane, each word in a lane's lower half: the multiplication takes the
// lower halves and gives both halves of the product, and what it leaves above them is never looked at.
#include <math.h>

#include "random_kernels.h"

#define LOW_HALF 0xFFFFFFFFull

typedef struct blocks {
    vul w0, w1, w2, w3; // only the lower halves count
} blocks;

SIMD_INLINE blocks philox(vul counter, uint64_t seed, uint64_t stream) {
    const vul m0 = u_set1(APUS_PHILOX_M0), m1 = u_set1(APUS_PHILOX_M1);
    blocks b = {counter, counter >> 32, u_set1(stream & LOW_HALF), u_set1(stream >> 32)};
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    for (int round = 0; round < APUS_PHILOX_ROUNDS; round++) {
        vul p0 = u_product(m0, b.w0), p1 = u_product(m1, b.w2);
        b.w0 = (p1 >> 32) ^ b.w1 ^ u_set1(k0);
        b.w1 = p1;
        b.w2 = (p0 >> 32) ^ b.w3 ^ u_set1(k1);
        b.w3 = p0;
        k0 += APUS_PHILOX_W0;
        k1 += APUS_PHILOX_W1;
    }
    return b;
}

SIMD_TARGET static void words(uint64_t seed, uint64_t stream, uint64_t block, ptrdiff_t count, uint32_t *out) {
    const vul order = U_BLOCK_ORDER, low_half = u_set1(LOW_HALF);
    uint32_t last[4 * VD_LANES];
    for (ptrdiff_t i = 0; i < count; i += VD_LANES) {
        blocks b = philox(order + u_set1(block + (uint64_t)i), seed, stream);
        vul first = (b.w0 & low_half) | (b.w1 << 32), second = (b.w2 & low_half) | (b.w3 << 32);
        if (count - i >= VD_LANES) {
            u_store_blocks(out + 4 * i, first, second);
        } else {
            u_store_blocks(last, first, second);
            __builtin_memcpy(out + 4 * i, last, (size_t)(count - i) * 4 * sizeof *out);
        }
    }
}

SIMD_TARGET static void uniform(ptrdiff_t n, const uint32_t *words, float low, float half_span, float last, float *out) {
    const vf base = v_set1(low), span = v_set1(half_span), step = v_set1(0x1p-23f), top = v_set1(last);
    ptrdiff_t i = 0;
    for (; i + VF_LANES <= n; i += VF_LANES)
        v_store(out + i, v_min(v_fma(span, v_from_int(v_shift_right(v_load_words(words + i), 8)) * step, base), top));
    if (i < n)
        v_store_n(out + i,
                  v_min(v_fma(span, v_from_int(v_shift_right(v_load_words_n(words + i, n - i), 8)) * step, base), top),
                  n - i);
}

SIMD_TARGET static void dropout(ptrdiff_t n, const uint32_t *words, uint32_t threshold, float factor, const float *x,
                                float *y) {
    const vf a = v_set1(factor), zero = v_zero();
    const vi limit = (vi)u_set1(threshold | (uint64_t)threshold << 32);
    ptrdiff_t i = 0;
    for (; i + VF_LANES <= n; i += VF_LANES)
        v_store(y + i, v_select(v_int_lt(v_shift_right(v_load_words(words + i), 8), limit), zero, v_load(x + i) * a));
    if (i < n)
        v_store_n(y + i,
                  v_select(v_int_lt(v_shift_right(v_load_words_n(words + i, n - i), 8), limit), zero,
                           v_load_n(x + i, n - i) * a),
                  n - i);
}

// The lanes' lower halves as doubles: placed in the mantissa of 2^52, which is then taken away.
SIMD_INLINE vd to_double(vul w) {
    const vul exponent = u_set1(0x4330000000000000ull);
    return (vd)((w & u_set1(LOW_HALF)) | exponent) - d_set1(0x1p52);
}

SIMD_INLINE vd series(const double *terms, int count, vd x) {
    vd sum = d_set1(terms[count - 1]);
    for (int i = count - 2; i >= 0; i--) sum = d_fma(sum, x, d_set1(terms[i]));
    return sum;
}

// -2 ln((word + 1) / 2^32).
SIMD_INLINE vd minus_two_log(vul word) {
    static const double terms[APUS_LOG_TERMS] = APUS_LOG_SERIES;
    const vd one = d_set1(1), bias = d_set1(0x1.8p52);
    vul bits = (vul)((to_double(word) + one) * d_set1(0x1p-32));
    vul offset = bits - u_set1(APUS_SQRT2_BITS - (1ull << 52));
    vul exponent = offset & u_set1(0xFFF0000000000000ull);
    vd m = (vd)(bits - exponent);
    // The exponent, in [-32, 0], as a double: its low bits added to those of 1.5 * 2^52.
    vl whole = (vl)(exponent >> 52) - (vl)((exponent >> 63) << 12);
    vd e = (vd)((vl)bias + whole) - bias;
    vd s = (m - one) / (m + one), q = s * s;
    vd log = d_fma(s + s, d_fma(q, series(terms, APUS_LOG_TERMS, q), one), d_set1(APUS_LN2) * e);
    return d_set1(-2) * log;
}

// cos(2 pi word / 2^32).
SIMD_INLINE vd turn_cosine(vul word) {
    static const double cosine[APUS_TURN_TERMS] = APUS_COS_SERIES, sine[APUS_TURN_TERMS] = APUS_SIN_SERIES;
    const vd bias = d_set1(0x1.8p52);
    vd t = to_double(word) * d_set1(0x1p-30), shifted = t + bias, quarter = shifted - bias;
    vd a = (t - quarter) * d_set1(APUS_HALF_PI), q = a * a;
    vd c = d_fma(q, series(cosine, APUS_TURN_TERMS, q), d_set1(1));
    vd s = d_fma(a * q, series(sine, APUS_TURN_TERMS, q), a);
    vul k = (vul)shifted, odd = u_set1(0) - (k & u_set1(1)); // all ones where k is odd
    vul value = ((vul)s & odd) | ((vul)c & ~odd);
    vul sign = ((k + u_set1(1)) & u_set1(2)) << 62; // k mod 4 is 1 or 2
    return (vd)(value ^ sign);
}

SIMD_TARGET static void normal(uint64_t seed, uint64_t stream, uint64_t block, ptrdiff_t n, double mean,
                               double deviation, float *out) {
    uint64_t numbers[VD_LANES];
    for (int lane = 0; lane < VD_LANES; lane++) numbers[lane] = (uint64_t)lane;
    vul lane_numbers;
    __builtin_memcpy(&lane_numbers, numbers, sizeof lane_numbers);
    float last[VD_LANES];
    for (ptrdiff_t i = 0; i < n; i += VD_LANES) {
        blocks b = philox(lane_numbers + u_set1(block + (uint64_t)i), seed, stream);
        vd z = d_sqrt(minus_two_log(b.w0)) * turn_cosine(b.w1);
        vd value = d_fma(d_set1(deviation), z, d_set1(mean));
        if (n - i >= VD_LANES) {
            d_store_floats(out + i, value);
        } else {
            d_store_floats(last, value);
            __builtin_memcpy(out + i, last, (size_t)(n - i) * sizeof *out);
        }
    }
}

const apus_random_kernels SIMD_NAME(apus_random) = {words, uniform, dropout, normal};
