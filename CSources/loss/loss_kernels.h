// The kernels of the losses: one table a variant. All are serial and check nothing.
// Each returns the sum of weight * loss over its rows; weights and gradient may be null, and the
// gradient may be the logits' (predictions', lengths') own array. `stream`: write the gradient past the caches.
#ifndef APUS_LOSS_KERNELS_H
#define APUS_LOSS_KERNELS_H

#include "../../include/apus/loss.h"
#include "../runtime/internal.h"

typedef struct apus_margin {
    float plus, minus, lambda;
} apus_margin;

typedef struct apus_loss_kernels {
    double (*binary)(ptrdiff_t rows, ptrdiff_t columns, const float *logits, const float *targets,
                     const float *weights, float scale, float *gradient, bool stream);
    double (*sparse)(ptrdiff_t rows, ptrdiff_t classes, const float *logits, const int32_t *labels, float smoothing,
                     const float *weights, float scale, float *gradient, bool stream);
    double (*categorical)(ptrdiff_t rows, ptrdiff_t classes, const float *logits, const float *targets,
                          const float *weights, float scale, float *gradient, bool stream);
    double (*squared)(ptrdiff_t rows, ptrdiff_t columns, const float *predictions, const float *targets,
                      const float *weights, float scale, float *gradient, bool stream);
    double (*margin)(ptrdiff_t rows, ptrdiff_t classes, const float *lengths, const float *targets,
                     apus_margin margin, const float *weights, float scale, float *gradient, bool stream);
} apus_loss_kernels;

extern const apus_loss_kernels apus_loss_reference;
extern const apus_loss_kernels apus_loss_avx2;
extern const apus_loss_kernels apus_loss_avx512;
extern const apus_loss_kernels apus_loss_neon;

#endif
