/// Losses with their gradients, computed together and without overflow.
/// *loss is the sum over the samples of weight * loss, accumulated in double in a fixed order;
/// the gradient is multiplied by `scale` (1/batch for a mean). weights: one a sample, or null (all 1).
/// gradient may be null where only the loss is wanted, and may be the logits' own array.
/// No rows or no columns: *loss = 0. On an error neither *loss nor the gradient is written.
/// APUS_ERROR_VALUE: scale, smoothing or a margin out of range. NaN among the logits gives a NaN loss.
#ifndef APUS_LOSS_H
#define APUS_LOSS_H

#include "status.h"

APUS_BEGIN_DECLS

/// Binary cross-entropy from logits, summed over the columns: max(z, 0) - z t + log(1 + exp(-|z|)).
/// logits, targets (in [0, 1]), gradient: [rows, columns].
apus_status apus_sbinary_cross_entropy(ptrdiff_t rows, ptrdiff_t columns, const float *logits, const float *targets,
                                       const float *weights, float scale, double *loss, float *gradient);
/// Softmax cross-entropy from logits: log sum exp(z) - z[label]. labels in [0, classes), else APUS_ERROR_INDEX.
/// smoothing in [0, 1): the target is 1 - smoothing + smoothing / classes for the label, smoothing / classes elsewhere.
apus_status apus_ssparse_cross_entropy(ptrdiff_t rows, ptrdiff_t classes, const float *logits, const int32_t *labels,
                                       float smoothing, const float *weights, float scale, double *loss, float *gradient);
/// Softmax cross-entropy against a target distribution, targets: [rows, classes].
apus_status apus_scategorical_cross_entropy(ptrdiff_t rows, ptrdiff_t classes, const float *logits,
                                            const float *targets, const float *weights, float scale,
                                            double *loss, float *gradient);
/// Mean squared error: the mean over the columns of (prediction - target)^2.
apus_status apus_smean_squared_error(ptrdiff_t rows, ptrdiff_t columns, const float *predictions, const float *targets,
                                     const float *weights, float scale, double *loss, float *gradient);
/// Margin loss (Sabour, Frosst, Hinton 2017, eq. 4), summed over the classes:
/// t max(0, m_plus - p)^2 + lambda (1 - t) max(0, p - m_minus)^2; lengths p, targets t: [rows, classes].
apus_status apus_smargin_loss(ptrdiff_t rows, ptrdiff_t classes, const float *lengths, const float *targets,
                              float m_plus, float m_minus, float lambda, const float *weights, float scale,
                              double *loss, float *gradient);

APUS_END_DECLS
#endif
