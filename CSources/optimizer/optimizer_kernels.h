// The kernels of the optimizers: one table a variant. All are serial, check nothing, and take the
// step's derived constants ready made.
#ifndef APUS_OPTIMIZER_KERNELS_H
#define APUS_OPTIMIZER_KERNELS_H

#include "../../include/apus/optimizer.h"
#include "../runtime/internal.h"

typedef struct apus_optimizer_kernels {
    // velocity == null: w -= rate * (gradient + weight_decay * w).
    void (*sgd)(ptrdiff_t n, float rate, float momentum, int nesterov, float weight_decay, const float *gradient,
                float *velocity, float *w);
    // velocity == null: w -= rate * gradient / sqrt(square + epsilon).
    void (*rmsprop)(ptrdiff_t n, float rate, float rho, float momentum, float epsilon, const float *gradient,
                    float *square, float *velocity, float *w);
    // w = w * keep - rate * m / (sqrt(v) + epsilon), rate already corrected for the moments' bias.
    void (*adam)(ptrdiff_t n, float rate, float beta1, float beta2, float epsilon, float keep, const float *gradient,
                 float *m, float *v, float *w);
} apus_optimizer_kernels;

extern const apus_optimizer_kernels apus_optimizer_reference;
extern const apus_optimizer_kernels apus_optimizer_avx2;
extern const apus_optimizer_kernels apus_optimizer_avx512;
extern const apus_optimizer_kernels apus_optimizer_neon;

#endif
