// The kernels of column sums: one table a variant and type. All are serial and check nothing.
#ifndef APUS_COVARIANCE_KERNELS_H
#define APUS_COVARIANCE_KERNELS_H

#include "../../include/apus/covariance.h"
#include "../runtime/internal.h"

#define APUS_COVARIANCE_TABLE(T)                                                                                    \
    {                                                                                                               \
        /* sums[c] = sum of x[r][c]. */                                                                             \
        void (*sums)(ptrdiff_t rows, ptrdiff_t columns, const T *x, ptrdiff_t ldx, double *sums);                   \
        /* drift[c] = sum of x[r][c] - means[c], squares[c] = sum of its squares. */                                \
        void (*squares)(ptrdiff_t rows, ptrdiff_t columns, const T *x, ptrdiff_t ldx, const double *means,          \
                        double *drift, double *squares);                                                            \
        /* y[r][c] = (x[r][c] - shift[c]) * factor[c] in double; factor null: 1. */                                 \
        void (*center)(ptrdiff_t rows, ptrdiff_t columns, const T *x, ptrdiff_t ldx, const double *shift,           \
                       const double *factor, T *y, ptrdiff_t ldy);                                                  \
        /* total[i] += x[i]. */                                                                                     \
        void (*add)(ptrdiff_t n, const T *x, double *total);                                                        \
    }

typedef struct apus_covariance_f32_kernels APUS_COVARIANCE_TABLE(float) apus_covariance_f32_kernels;
typedef struct apus_covariance_f64_kernels APUS_COVARIANCE_TABLE(double) apus_covariance_f64_kernels;

extern const apus_covariance_f32_kernels apus_covariance_f32_reference, apus_covariance_f32_avx2,
    apus_covariance_f32_avx512, apus_covariance_f32_neon;
extern const apus_covariance_f64_kernels apus_covariance_f64_reference, apus_covariance_f64_avx2,
    apus_covariance_f64_avx512, apus_covariance_f64_neon;

#endif
