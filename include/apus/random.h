/// Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers:
/// As Easy as 1, 2, 3", 2011). A (seed, stream, position) names a number, on every platform and
/// with every variant the same bits: only + - * / sqrt and fused multiply-adds, each rounded once as
/// IEEE 754 says, are used, and nothing that a compiler may contract.
/// Every function: APUS_ERROR_SHAPE: n < 0. APUS_ERROR_OVERFLOW: n, or position + n, does not fit.
#ifndef APUS_RANDOM_H
#define APUS_RANDOM_H

#include "status.h"

APUS_BEGIN_DECLS

/// One Philox4x32-10 block: out[4] from counter[4] and key[2].
void apus_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/// out[i] = the 32-bit word number (position + i) of the stream. key = (seed low, seed high),
/// counter = (block low, block high, stream low, stream high), block = word / 4.
apus_status apus_random_bits(uint64_t seed, uint64_t stream, uint64_t position, ptrdiff_t n, uint32_t *out);
/// Uniform in [low, high): 24 random bits a number, one word each; never equal to high.
/// APUS_ERROR_VALUE: bounds not finite or low > high.
apus_status apus_random_uniform(uint64_t seed, uint64_t stream, uint64_t position, ptrdiff_t n,
                                float low, float high, float *out);
/// Normal by Box-Muller in double, then rounded. Number i takes words 4*(position+i) and the next
/// (two words of a Philox block), so every position can be reached directly: u = (word + 1) / 2^32,
/// angle = 2 pi * next / 2^32, z = sqrt(-2 ln u) * cos(angle), so |z| <= 6.67.
/// APUS_ERROR_VALUE: standard_deviation < 0 or not finite.
apus_status apus_random_normal(uint64_t seed, uint64_t stream, uint64_t position, ptrdiff_t n,
                               float mean, float standard_deviation, float *out);

/// Inverted dropout: y[i] = x[i] * (1 / (1 - rate)), the factor rounded to float, where word (position + i) of the stream, as a uniform
/// number, is >= rate; else 0. The backward pass is the same call on the gradient. In place is fine.
/// APUS_ERROR_VALUE: rate outside [0, 1).
apus_status apus_sdropout(uint64_t seed, uint64_t stream, uint64_t position, float rate, ptrdiff_t n,
                          const float *x, float *y);

APUS_END_DECLS
#endif
