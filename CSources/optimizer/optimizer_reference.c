// The specification of the optimizers in plain C.
#include <math.h>

#include "optimizer_kernels.h"

static void sgd(ptrdiff_t n, float rate, float momentum, int nesterov, float weight_decay, const float *gradient,
                float *velocity, float *w) {
    for (ptrdiff_t i = 0; i < n; i++) {
        float step = rate * (gradient[i] + weight_decay * w[i]);
        if (velocity == NULL) {
            w[i] -= step;
            continue;
        }
        float v = velocity[i] = momentum * velocity[i] - step;
        w[i] += nesterov ? momentum * v - step : v;
    }
}

static void rmsprop(ptrdiff_t n, float rate, float rho, float momentum, float epsilon, const float *gradient,
                    float *square, float *velocity, float *w) {
    for (ptrdiff_t i = 0; i < n; i++) {
        float g = gradient[i], s = square[i] = rho * square[i] + (1 - rho) * g * g;
        float step = rate * g / sqrtf(s + epsilon);
        if (velocity != NULL) step = velocity[i] = momentum * velocity[i] + step;
        w[i] -= step;
    }
}

static void adam(ptrdiff_t n, float rate, float beta1, float beta2, float epsilon, float keep, const float *gradient,
                 float *m, float *v, float *w) {
    for (ptrdiff_t i = 0; i < n; i++) {
        float g = gradient[i];
        m[i] += (1 - beta1) * (g - m[i]);
        v[i] += (1 - beta2) * (g * g - v[i]);
        w[i] = w[i] * keep - rate * m[i] / (sqrtf(v[i]) + epsilon);
    }
}

const apus_optimizer_kernels apus_optimizer_reference = {sgd, rmsprop, adam};
