// The kernels of batch normalization: one table a variant. All are serial and check nothing. `stream`: write past
// the caches (apus_streams).
// A block of rows: x + r * stride, `channels` floats each.
#ifndef APUS_NORM_KERNELS_H
#define APUS_NORM_KERNELS_H

#include "../../include/apus/norm.h"
#include "../runtime/internal.h"

typedef struct apus_norm_kernels {
    // mean[c], and squares[c] = sum over the rows of (x - mean)^2, of x - pivot[c]: with a pivot from the
    // data, a mean far from zero costs no digits. rows >= 1.
    void (*statistics)(ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t stride, const float *x, const float *pivot,
                       float *mean, float *squares);
    // Merges the statistics of count_b rows into those of count_a others (Chan, Golub, LeVeque 1983, eq. 2.1).
    void (*merge)(ptrdiff_t channels, double count_a, float *mean_a, float *squares_a, double count_b,
                  const float *mean_b, const float *squares_b);
    // y = (x - mean) * factor + beta, rows of `channels` floats; relu: 0 where that is negative.
    void (*normalize)(ptrdiff_t rows, ptrdiff_t channels, const float *x, const float *mean, const float *factor,
                      const float *beta, bool relu, float *y, bool stream);
    // sum_dy[c] = sum of g, sum_dy_x[c] = sum of g * (x - mean), where g is dy, or, with beta not null, dy where
    // (x - mean) * factor + beta > 0 and else 0.
    void (*gradient_sums)(ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t stride, const float *x, const float *dy,
                          const float *mean, const float *factor, const float *beta, float *sum_dy, float *sum_dy_x);
    // dx = a * g + (b * (x - mean) + c), g as above with the factor a.
    void (*gradient)(ptrdiff_t rows, ptrdiff_t channels, const float *x, const float *dy, const float *mean,
                     const float *a, const float *b, const float *c, const float *beta, float *dx, bool stream);
} apus_norm_kernels;

extern const apus_norm_kernels apus_norm_reference;
extern const apus_norm_kernels apus_norm_avx2;
extern const apus_norm_kernels apus_norm_avx512;
extern const apus_norm_kernels apus_norm_neon;

#endif
