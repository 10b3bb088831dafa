// The kernels of the random numbers: one table a variant, every variant the same bits.
//
// Only operations that IEEE 754 rounds exactly are used: + - * / sqrt and fused multiply-add, the last
// always written as such. No product feeds a sum in any other way, so a compiler that contracts
// expressions finds nothing to contract.
#ifndef APUS_RANDOM_KERNELS_H
#define APUS_RANDOM_KERNELS_H

#include "../../include/apus/random.h"
#include "../runtime/internal.h"

typedef struct apus_random_kernels {
    // The words of `blocks` Philox blocks from `block` on.
    void (*words)(uint64_t seed, uint64_t stream, uint64_t block, ptrdiff_t blocks, uint32_t *out);
    // out = min(low + half_span * 2u, last), u = (word >> 8) / 2^24.
    void (*uniform)(ptrdiff_t n, const uint32_t *words, float low, float half_span, float last, float *out);
    // y = word >> 8 < threshold ? 0 : x * factor.
    void (*dropout)(ptrdiff_t n, const uint32_t *words, uint32_t threshold, float factor, const float *x, float *y);
    // Number i from the first two words of block + i.
    void (*normal)(uint64_t seed, uint64_t stream, uint64_t block, ptrdiff_t n, double mean, double deviation,
                   float *out);
} apus_random_kernels;

extern const apus_random_kernels apus_random_reference;
extern const apus_random_kernels apus_random_avx2;
extern const apus_random_kernels apus_random_avx512;
extern const apus_random_kernels apus_random_neon;

// Philox4x32's multipliers and key increments (Salmon et al. 2011).
#define APUS_PHILOX_M0 0xD2511F53u
#define APUS_PHILOX_M1 0xCD9E8D57u
#define APUS_PHILOX_W0 0x9E3779B9u
#define APUS_PHILOX_W1 0xBB67AE85u
#define APUS_PHILOX_ROUNDS 10

// log(m) = 2 atanh(s), s = (m - 1) / (m + 1), as 2 s + 2 s^3 (1/3 + s^2 / 5 + ...) for m in [1/sqrt 2, sqrt 2]:
// the first term left out is below 3e-17. From 1/3 on.
#define APUS_LOG_TERMS 10
#define APUS_LOG_SERIES                                                                                     \
    {1.0 / 3, 1.0 / 5, 1.0 / 7, 1.0 / 9, 1.0 / 11, 1.0 / 13, 1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21}
// cos(a) = 1 + a^2 (-1/2 + a^2 / 24 - ...) and sin(a) = a + a^3 (-1/6 + ...), |a| <= pi / 4, to 2e-16.
#define APUS_TURN_TERMS 7
#define APUS_COS_SERIES                                                                                     \
    {-1.0 / 2, 1.0 / 24, -1.0 / 720, 1.0 / 40320, -1.0 / 3628800, 1.0 / 479001600, -1.0 / 87178291200.0}
#define APUS_SIN_SERIES                                                                                     \
    {-1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880, -1.0 / 39916800, 1.0 / 6227020800.0, -1.0 / 1307674368000.0}
#define APUS_HALF_PI 1.57079632679489661923
#define APUS_LN2 0.69314718055994530942
#define APUS_SQRT2_BITS 0x3FF6A09E667F3BCDull

#endif
