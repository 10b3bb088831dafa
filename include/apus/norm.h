/// Batch normalization (Ioffe and Szegedy, 2015), over all but the last dimension.
#ifndef APUS_NORM_H
#define APUS_NORM_H

#include "status.h"

APUS_BEGIN_DECLS

/// x, y: [rows, channels]; gamma, beta and all statistics: [channels].
typedef struct apus_batchnorm_desc {
    ptrdiff_t rows, channels;
    float epsilon;  ///< added to the variance, > 0
    float momentum; ///< moving = momentum * moving + (1 - momentum) * batch, in [0, 1]
} apus_batchnorm_desc;

/// Statistics over fixed blocks of rows, merged pairwise (Chan, Golub, LeVeque), so large means do not
/// spoil the variance. The biased variance normalizes and goes into the moving variance, as in Keras.
/// saved_mean and saved_inverse_deviation (1/sqrt(variance + epsilon)) are for the backward pass.
/// moving_* may both be null. rows == 0: APUS_ERROR_SHAPE unless channels == 0. In place is not allowed:
/// APUS_ERROR_ALIAS where y, saved_* or moving_* overlaps any other array.
/// APUS_ERROR_VALUE: epsilon <= 0 or momentum outside [0, 1]. Takes scratch memory of at most 256 floats a
/// channel (APUS_ERROR_MEMORY, nothing written).
apus_status apus_sbatchnorm_training(const apus_batchnorm_desc *desc, const float *x, const float *gamma,
                                     const float *beta, float *y, float *saved_mean,
                                     float *saved_inverse_deviation, float *moving_mean, float *moving_variance);
/// y = gamma * (x - mean) / sqrt(variance + epsilon) + beta. In place is fine.
apus_status apus_sbatchnorm_inference(const apus_batchnorm_desc *desc, const float *x, const float *gamma,
                                      const float *beta, const float *mean, const float *variance, float *y);
/// dgamma = sum dy * xhat, dbeta = sum dy,
/// dx = gamma * inverse_deviation / rows * (rows * dy - dbeta - xhat * dgamma). dx may be null or dy.
apus_status apus_sbatchnorm_backward(const apus_batchnorm_desc *desc, const float *x, const float *dy,
                                     const float *gamma, const float *saved_mean,
                                     const float *saved_inverse_deviation, float *dx, float *dgamma, float *dbeta);

/// Batch normalization and ReLU in one: y = max(0, gamma * (x - mean) / sqrt(variance + epsilon) + beta). The backward
/// pass finds from x where y is 0, so y need not be kept: dx, dgamma and dbeta are those of dy where y > 0 and 0
/// elsewhere. All else is as above.
apus_status apus_sbatchnorm_relu_training(const apus_batchnorm_desc *desc, const float *x, const float *gamma,
                                          const float *beta, float *y, float *saved_mean,
                                          float *saved_inverse_deviation, float *moving_mean, float *moving_variance);
apus_status apus_sbatchnorm_relu_inference(const apus_batchnorm_desc *desc, const float *x, const float *gamma,
                                           const float *beta, const float *mean, const float *variance, float *y);
apus_status apus_sbatchnorm_relu_backward(const apus_batchnorm_desc *desc, const float *x, const float *dy,
                                          const float *gamma, const float *beta, const float *saved_mean,
                                          const float *saved_inverse_deviation, float *dx, float *dgamma,
                                          float *dbeta);

APUS_END_DECLS
#endif
