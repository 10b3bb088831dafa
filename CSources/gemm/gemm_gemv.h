// A few vectors times a matrix, at the memory's speed: dense layers on small batches. Not installed.
#ifndef APUS_GEMM_GEMV_H
#define APUS_GEMM_GEMV_H

#include "gemm_kernels.h"

// y(r, j) = f(alpha * sum over p of x(r, p) * M(p, j) + beta * y(r, j) + bias[j * bias_stride]) for
// 0 <= r < vectors <= apus_gemm_gemv_most and begin <= j < end, where x(r, p) = x[r * x_vector + p * x_stride],
// y(r, j) = y[r * y_vector + j * y_stride], and
//   rows form:    M(p, j) = matrix[p * ld + j];
//   columns form: M(p, j) = matrix[j * ld + p], and x lies in stretches of k, those of all vectors one after the other:
//                 x(r, p) = x[(p / s * vectors + r) * x_vector + p % s], s = apus_gemm_gemv_stretch(vectors, k, ...).
// beta == 0: y is never read. bias may be null. The matrix is read once.
// The bits of y(r, j) do not depend on begin and end when both are multiples of apus_gemm_gemv_step
// (end may also be the last column).
enum { apus_gemm_gemv_step = 16, apus_gemm_gemv_most = 16 };

// As much of k as is gone through at a time: so that few vectors' part of it stays in the first-level cache. All of it
// for up to apus_gemm_gemv_few vectors, whose x then lies as usual.
enum { apus_gemm_gemv_few = 4 };
static inline ptrdiff_t apus_gemm_gemv_stretch(ptrdiff_t vectors, ptrdiff_t k, ptrdiff_t element_bytes) {
    ptrdiff_t lanes = 64 / element_bytes, most = 32768 / element_bytes / vectors / lanes * lanes;
    return vectors <= apus_gemm_gemv_few || k <= most ? apus_round_up(k, lanes) : most;
}

#define APUS_GEMV_DECLARE(P, T)                                                                    \
    typedef struct apus_##P##_gemv {                                                               \
        ptrdiff_t vectors, k, ld, x_vector, x_stride, y_vector, y_stride, bias_stride;             \
        const T *x, *matrix, *bias;                                                                \
        T *y;                                                                                      \
        T alpha, beta;                                                                             \
        int relu, call_ahead; /* the matrix comes from memory: its next rows are called early */    \
    } apus_##P##_gemv;                                                                             \
    /* Rows form: columns that it sums at a time. */                                                \
    ptrdiff_t apus_##P##_gemv_stripe(const apus_##P##_gemv *g);                                    \
    void apus_##P##_gemv_rows(const apus_##P##_gemv *g, ptrdiff_t begin, ptrdiff_t end);           \
    void apus_##P##_gemv_columns(const apus_##P##_gemv *g, ptrdiff_t begin, ptrdiff_t end);

APUS_GEMV_DECLARE(f32, float)
APUS_GEMV_DECLARE(f64, double)

#endif
