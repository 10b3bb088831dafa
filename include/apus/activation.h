/// Elementwise activations, softmax, and the small elementwise operations that layers need.
#ifndef APUS_ACTIVATION_H
#define APUS_ACTIVATION_H

#include "status.h"

APUS_BEGIN_DECLS

typedef enum apus_activation {
    APUS_ACTIVATION_LINEAR = 0,
    APUS_ACTIVATION_RELU = 1,       ///< max(x, 0)
    APUS_ACTIVATION_LEAKY_RELU = 2, ///< x if x > 0 else alpha * x
    APUS_ACTIVATION_ELU = 3,        ///< x if x > 0 else alpha * (exp(x) - 1)
    APUS_ACTIVATION_SIGMOID = 4,    ///< 1 / (1 + exp(-x)), no overflow at either end
    APUS_ACTIVATION_TANH = 5,
    APUS_ACTIVATION_SOFTPLUS = 6,   ///< log(1 + exp(x)), no overflow
    APUS_ACTIVATION_GELU = 7,       ///< x * Phi(x), with erf
    APUS_ACTIVATION_SILU = 8        ///< x * sigmoid(x)
} apus_activation;

/// y[i] = f(x[i]). alpha: slope of LEAKY_RELU, scale of ELU, else unused. In place is fine.
/// NaN gives NaN. Largest error against the exact value: 6 ulp for GELU, 3 ulp for ELU, SIGMOID, TANH,
/// SOFTPLUS and SILU, denormals included (GELU and SILU: x times a step of the tail's probability, where
/// that is denormal); the others are rounded correctly.
/// APUS_ERROR_VALUE: f is none of these. APUS_ERROR_SHAPE: n < 0. APUS_ERROR_ALIAS: y overlaps x in part.
apus_status apus_sactivation_forward(apus_activation f, float alpha, ptrdiff_t n, const float *x, float *y);
/// dx[i] = dy[i] * f'(x[i]). x and y are the forward call's; x may be null for LINEAR, RELU,
/// LEAKY_RELU (alpha >= 0), ELU (alpha >= 0), SIGMOID and TANH, whose slope follows from y alone;
/// y may be null for SOFTPLUS, GELU and SILU. The slope of RELU at 0 is 0. dx may be dy.
apus_status apus_sactivation_backward(apus_activation f, float alpha, ptrdiff_t n, const float *x,
                                      const float *y, const float *dy, float *dx);

/// Each row: y = exp(x - max x) / sum. x, y: [rows, columns]. In place is fine.
apus_status apus_ssoftmax_forward(ptrdiff_t rows, ptrdiff_t columns, const float *x, float *y);
/// Each row: dx = y * (dy - sum(y * dy)). dx may be dy.
apus_status apus_ssoftmax_backward(ptrdiff_t rows, ptrdiff_t columns, const float *y, const float *dy, float *dx);

/// y[i] = x[i] + y[i] * beta; beta == 0 never reads y. x and y may be the same.
apus_status apus_saccumulate(ptrdiff_t n, const float *x, float beta, float *y);
/// x[i] *= factor.
apus_status apus_sscale(ptrdiff_t n, float factor, float *x);
/// sums[c] = sum over rows of x[r, c], x: [rows, columns]; a fixed tree over rows, so the same bits on
/// any number of threads. The bias gradient of a dense layer. May allocate a small scratch block.
apus_status apus_ssum_rows(ptrdiff_t rows, ptrdiff_t columns, const float *x, float *sums);
/// *result = sum of x[i]^2, accumulated in double over fixed blocks (gradient norms).
apus_status apus_ssum_of_squares(ptrdiff_t n, const float *x, double *result);

APUS_END_DECLS
#endif
