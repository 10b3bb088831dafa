// The body of the vector variants of the random numbers; included once by each, after its simd_*.h and
// simd_math.h. Every operation is the reference's, so the bits are too.
//
// Philox blocks lie one to a 64-bit lane, each word in a lane's lower half: the multiplication takes the
// lower halves and gives both halves of the product, and what it leaves above them is never looked at.
#include <math.h>

#include "random_kernels.h"

#define LOW_HALF 0xFFFFFFFFull

// Registers that are worked on at once, step by step on all of them: the steps of one wait for each other longer than a
// processor looks ahead.
#if VF_LANES == 8
#define SETS 1 // in sixteen registers
#else
#define SETS 2
#endif
#define EACH_SET for (int j = 0; j < SETS; j++)

typedef struct blocks {
    vul w0, w1, w2, w3; // only the lower halves count
} blocks;

SIMD_INLINE void philox(const vul counters[SETS], uint64_t seed, uint64_t stream, blocks b[SETS]) {
    const vul m0 = u_set1(APUS_PHILOX_M0), m1 = u_set1(APUS_PHILOX_M1);
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    EACH_SET b[j] = (blocks){counters[j], counters[j] >> 32, u_set1(stream & LOW_HALF), u_set1(stream >> 32)};
    for (int round = 0; round < APUS_PHILOX_ROUNDS; round++) {
        vul p0[SETS], p1[SETS];
        EACH_SET p0[j] = u_product(m0, b[j].w0);
        EACH_SET p1[j] = u_product(m1, b[j].w2);
        EACH_SET b[j].w0 = (p1[j] >> 32) ^ b[j].w1 ^ u_set1(k0);
        EACH_SET b[j].w2 = (p0[j] >> 32) ^ b[j].w3 ^ u_set1(k1);
        EACH_SET b[j].w1 = p1[j];
        EACH_SET b[j].w3 = p0[j];
        k0 += APUS_PHILOX_W0;
        k1 += APUS_PHILOX_W1;
    }
}

SIMD_TARGET static void words(uint64_t seed, uint64_t stream, uint64_t block, ptrdiff_t count, uint32_t *out) {
    const vul order = U_BLOCK_ORDER, low_half = u_set1(LOW_HALF);
    uint32_t last[SETS * 4 * VD_LANES];
    for (ptrdiff_t i = 0; i < count; i += SETS * VD_LANES) {
        const bool whole = count - i >= SETS * VD_LANES;
        uint32_t *to = whole ? out + 4 * i : last;
        vul counters[SETS];
        blocks b[SETS];
        EACH_SET counters[j] = order + u_set1(block + (uint64_t)(i + j * VD_LANES));
        philox(counters, seed, stream, b);
        EACH_SET u_store_blocks(to + 4 * j * VD_LANES, (b[j].w0 & low_half) | (b[j].w1 << 32),
                                (b[j].w2 & low_half) | (b[j].w3 << 32));
        if (!whole) __builtin_memcpy(out + 4 * i, last, (size_t)(count - i) * 4 * sizeof *out);
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

SIMD_INLINE void series(const double *terms, int count, const vd x[SETS], vd sum[SETS]) {
    EACH_SET sum[j] = d_set1(terms[count - 1]);
    for (int i = count - 2; i >= 0; i--) EACH_SET sum[j] = d_fma(sum[j], x[j], d_set1(terms[i]));
}

// -2 ln((word + 1) / 2^32).
SIMD_INLINE void minus_two_log(const blocks b[SETS], vd out[SETS]) {
    static const double terms[APUS_LOG_TERMS] = APUS_LOG_SERIES;
    const vd one = d_set1(1), bias = d_set1(0x1.8p52);
    vul bits[SETS], exponent[SETS];
    vd s[SETS], q[SETS], e[SETS], sum[SETS];
    EACH_SET bits[j] = (vul)((to_double(b[j].w0) + one) * d_set1(0x1p-32));
    EACH_SET exponent[j] = (bits[j] - u_set1(APUS_SQRT2_BITS - (1ull << 52))) & u_set1(0xFFF0000000000000ull);
    EACH_SET {
        const vd m = (vd)(bits[j] - exponent[j]);
        s[j] = (m - one) / (m + one);
    }
    EACH_SET q[j] = s[j] * s[j];
    EACH_SET {
        // The exponent, in [-32, 0], as a double: its low bits added to those of 1.5 * 2^52.
        const vl whole = (vl)(exponent[j] >> 52) - (vl)((exponent[j] >> 63) << 12);
        e[j] = (vd)((vl)bias + whole) - bias;
    }
    series(terms, APUS_LOG_TERMS, q, sum);
    EACH_SET sum[j] = d_fma(q[j], sum[j], one);
    EACH_SET out[j] = d_set1(-2) * d_fma(s[j] + s[j], sum[j], d_set1(APUS_LN2) * e[j]);
}

// cos(2 pi word / 2^32).
SIMD_INLINE void turn_cosine(const blocks b[SETS], vd out[SETS]) {
    static const double cosine[APUS_TURN_TERMS] = APUS_COS_SERIES, sine[APUS_TURN_TERMS] = APUS_SIN_SERIES;
    const vd bias = d_set1(0x1.8p52);
    vd a[SETS], q[SETS], c[SETS], s[SETS];
    vul k[SETS];
    EACH_SET {
        const vd t = to_double(b[j].w1) * d_set1(0x1p-30), shifted = t + bias, quarter = shifted - bias;
        k[j] = (vul)shifted;
        a[j] = (t - quarter) * d_set1(APUS_HALF_PI);
    }
    EACH_SET q[j] = a[j] * a[j];
    series(cosine, APUS_TURN_TERMS, q, c);
    series(sine, APUS_TURN_TERMS, q, s);
    EACH_SET {
        const vd cos = d_fma(q[j], c[j], d_set1(1)), sin = d_fma(a[j] * q[j], s[j], a[j]);
        const vul odd = u_set1(0) - (k[j] & u_set1(1)); // all ones where k is odd
        const vul value = ((vul)sin & odd) | ((vul)cos & ~odd);
        const vul sign = ((k[j] + u_set1(1)) & u_set1(2)) << 62; // k mod 4 is 1 or 2
        out[j] = (vd)(value ^ sign);
    }
}

SIMD_TARGET static void normal(uint64_t seed, uint64_t stream, uint64_t block, ptrdiff_t n, double mean,
                               double deviation, float *out) {
    uint64_t numbers[VD_LANES];
    for (int lane = 0; lane < VD_LANES; lane++) numbers[lane] = (uint64_t)lane;
    vul lane_numbers;
    __builtin_memcpy(&lane_numbers, numbers, sizeof lane_numbers);
    float last[SETS * VD_LANES];
    for (ptrdiff_t i = 0; i < n; i += SETS * VD_LANES) {
        const bool whole = n - i >= SETS * VD_LANES;
        float *to = whole ? out + i : last;
        vul counters[SETS];
        blocks b[SETS];
        vd radius[SETS], cosine[SETS];
        EACH_SET counters[j] = lane_numbers + u_set1(block + (uint64_t)(i + j * VD_LANES));
        philox(counters, seed, stream, b);
        minus_two_log(b, radius);
        turn_cosine(b, cosine);
        EACH_SET d_store_floats(to + j * VD_LANES, d_fma(d_set1(deviation), d_sqrt(radius[j]) * cosine[j], d_set1(mean)));
        if (!whole) __builtin_memcpy(out + i, last, (size_t)(n - i) * sizeof *out);
    }
}

const apus_random_kernels SIMD_NAME(apus_random) = {words, uniform, dropout, normal};
