// The specification of the random numbers in plain C.
#include <math.h>
#include <string.h>

#include "random_kernels.h"

void apus_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3], k0 = key[0], k1 = key[1];
    for (int round = 0; round < APUS_PHILOX_ROUNDS; round++) {
        uint64_t p0 = (uint64_t)APUS_PHILOX_M0 * c0, p1 = (uint64_t)APUS_PHILOX_M1 * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += APUS_PHILOX_W0;
        k1 += APUS_PHILOX_W1;
    }
    out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

static void block_words(uint64_t seed, uint64_t stream, uint64_t block, uint32_t out[4]) {
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    const uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), (uint32_t)stream, (uint32_t)(stream >> 32)};
    apus_philox4x32(counter, key, out);
}

static void words(uint64_t seed, uint64_t stream, uint64_t block, ptrdiff_t blocks, uint32_t *out) {
    for (ptrdiff_t b = 0; b < blocks; b++) block_words(seed, stream, block + (uint64_t)b, out + 4 * b);
}

static void uniform(ptrdiff_t n, const uint32_t *words, float low, float half_span, float last, float *out) {
    for (ptrdiff_t i = 0; i < n; i++) {
        float u = fmaf(half_span, (float)(words[i] >> 8) * 0x1p-23f, low);
        out[i] = u < last ? u : last;
    }
}

static void dropout(ptrdiff_t n, const uint32_t *words, uint32_t threshold, float factor, const float *x, float *y) {
    for (ptrdiff_t i = 0; i < n; i++) y[i] = words[i] >> 8 < threshold ? 0 : x[i] * factor;
}

// Horner's rule; the last term first.
static double series(const double *terms, int count, double x) {
    double sum = terms[count - 1];
    for (int i = count - 2; i >= 0; i--) sum = fma(sum, x, terms[i]);
    return sum;
}

// -2 ln((word + 1) / 2^32) >= 0.
static double minus_two_log(uint32_t word) {
    static const double terms[APUS_LOG_TERMS] = APUS_LOG_SERIES;
    double u = ((double)word + 1) * 0x1p-32;
    uint64_t bits;
    memcpy(&bits, &u, sizeof bits);
    // Take out the power of two that leaves a mantissa in [1/sqrt 2, sqrt 2).
    uint64_t offset = bits - (APUS_SQRT2_BITS - (1ull << 52));
    uint64_t exponent = offset & 0xFFF0000000000000ull;
    uint64_t mantissa = bits - exponent;
    double m, e = (double)((int64_t)exponent >> 52);
    memcpy(&m, &mantissa, sizeof m);
    double s = (m - 1) / (m + 1), q = s * s;
    double log = fma(2 * s, fma(q, series(terms, APUS_LOG_TERMS, q), 1), APUS_LN2 * e);
    return -2 * log;
}

// cos(2 pi word / 2^32).
static double turn_cosine(uint32_t word) {
    static const double cosine[APUS_TURN_TERMS] = APUS_COS_SERIES, sine[APUS_TURN_TERMS] = APUS_SIN_SERIES;
    double t = (double)word * 0x1p-30; // quarter turns, [0, 4)
    double quarter = (t + 0x1.8p52) - 0x1.8p52;
    double a = (t - quarter) * APUS_HALF_PI, q = a * a;
    double c = fma(q, series(cosine, APUS_TURN_TERMS, q), 1), s = fma(a * q, series(sine, APUS_TURN_TERMS, q), a);
    int k = (int)quarter & 3;
    double value = k & 1 ? s : c;
    return k == 1 || k == 2 ? -value : value;
}

static void normal(uint64_t seed, uint64_t stream, uint64_t block, ptrdiff_t n, double mean, double deviation,
                   float *out) {
    for (ptrdiff_t i = 0; i < n; i++) {
        uint32_t w[4];
        block_words(seed, stream, block + (uint64_t)i, w);
        double z = sqrt(minus_two_log(w[0])) * turn_cosine(w[1]);
        out[i] = (float)fma(deviation, z, mean);
    }
}

const apus_random_kernels apus_random_reference = {words, uniform, dropout, normal};
