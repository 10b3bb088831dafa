// A vector times a matrix, at the memory's speed: batch-1 dense layers. Not installed.
#ifndef APUS_GEMM_GEMV_H
#define APUS_GEMM_GEMV_H

#include "gemm_kernels.h"

// y[j] = f(alpha * sum over p of x[p] * M(p, j) + beta * y[j] + bias[j]) for begin <= j < end, where
//   rows form:    M(p, j) = matrix[p * ld + j]; x has a stride;
//   columns form: M(p, j) = matrix[j * ld + p]; x has stride 1.
// beta == 0: y is never read. y has a stride; bias is null, or has stride bias_stride (0: one for all).
// The bits of y[j] do not depend on begin and end when both are multiples of apus_gemm_gemv_step
// (end may also be the last column).
enum { apus_gemm_gemv_step = 16 };

#define APUS_GEMV_DECLARE(P, T)                                                                    \
    typedef struct apus_##P##_gemv {                                                               \
        ptrdiff_t k, ld, x_stride, y_stride, bias_stride;                                          \
        const T *x, *matrix, *bias;                                                                \
        T *y;                                                                                      \
        T alpha, beta;                                                                             \
        int relu;                                                                                  \
    } apus_##P##_gemv;                                                                             \
    void apus_##P##_gemv_rows(const apus_##P##_gemv *g, ptrdiff_t begin, ptrdiff_t end);           \
    void apus_##P##_gemv_columns(const apus_##P##_gemv *g, ptrdiff_t begin, ptrdiff_t end);

APUS_GEMV_DECLARE(f32, float)
APUS_GEMV_DECLARE(f64, double)

#endif
