/// Optimizer steps: one fused pass over parameters, gradients and state.
/// APUS_ERROR_VALUE: a rate that is not finite; momentum, rho or a beta outside [0, 1); a negative
/// epsilon or decay; step < 1. APUS_ERROR_ALIAS: two of the arrays overlap. Nothing is written then.
#ifndef APUS_OPTIMIZER_H
#define APUS_OPTIMIZER_H

#include "status.h"

APUS_BEGIN_DECLS

/// g = gradient + weight_decay * w; v = momentum * v - rate * g;
/// w += v, or with nesterov w += momentum * v - rate * g (Sutskever et al. 2013, Keras' form).
/// velocity may be null when momentum == 0.
apus_status apus_ssgd_step(ptrdiff_t n, float rate, float momentum, int nesterov, float weight_decay,
                           const float *gradient, float *velocity, float *w);
/// s = rho * s + (1 - rho) g^2; step = rate * g / sqrt(s + epsilon) as Keras 3;
/// with momentum > 0: v = momentum * v + step, w -= v. velocity may be null when momentum == 0.
apus_status apus_srmsprop_step(ptrdiff_t n, float rate, float rho, float momentum, float epsilon,
                               const float *gradient, float *square, float *velocity, float *w);
/// Adam (Kingma and Ba 2015): m = b1 m + (1-b1) g; v = b2 v + (1-b2) g^2;
/// w -= rate * sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + epsilon) as Keras.
/// decay > 0: w -= rate * decay * w first (AdamW, Loshchilov and Hutter 2019). step t >= 1.
apus_status apus_sadam_step(ptrdiff_t n, float rate, float beta1, float beta2, float epsilon, float decay,
                            int64_t step, const float *gradient, float *m, float *v, float *w);

APUS_END_DECLS
#endif
