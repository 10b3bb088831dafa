// The specification of the losses in plain C, in double between reading and writing.
#include <math.h>

#include "loss_kernels.h"

static double weight_of(const float *weights, ptrdiff_t row) { return weights ? weights[row] : 1; }

static double binary(ptrdiff_t rows, ptrdiff_t columns, const float *logits, const float *targets,
                     const float *weights, float scale, float *gradient, bool stream) {
    (void)stream;
    double total = 0;
    for (ptrdiff_t r = 0; r < rows; r++)
        for (ptrdiff_t c = 0; c < columns; c++) {
            double z = logits[r * columns + c], t = targets[r * columns + c], w = weight_of(weights, r);
            double e = exp(-fabs(z));
            total += w * (fmax(z, 0) - z * t + log1p(e));
            if (gradient) gradient[r * columns + c] = (float)(w * scale * ((z >= 0 ? 1 : e) / (1 + e) - t));
        }
    return total;
}

// The largest of a row and the logarithm of its sum of exp(z - largest), of which the largest's own is 1: what it adds
// to the others' may be all there is.
static double log_sum(ptrdiff_t classes, const float *z, double *top) {
    double others = 0;
    ptrdiff_t largest = 0;
    *top = -INFINITY;
    for (ptrdiff_t c = 0; c < classes; c++)
        if (z[c] > *top) *top = z[c], largest = c;
    for (ptrdiff_t c = 0; c < classes; c++) others += c == largest ? 0 : exp(z[c] - *top);
    return log1p(others);
}

static double sparse(ptrdiff_t rows, ptrdiff_t classes, const float *logits, const int32_t *labels, float smoothing,
                     const float *weights, float scale, float *gradient, bool stream) {
    (void)stream;
    double total = 0, floor = (double)smoothing / (double)classes;
    for (ptrdiff_t r = 0; r < rows; r++) {
        const float *z = logits + r * classes;
        double top, log_total = log_sum(classes, z, &top), w = weight_of(weights, r), loss = 0;
        for (ptrdiff_t c = 0; c < classes; c++) {
            double d = z[c] - top, t = floor + (c == labels[r] ? 1 - (double)smoothing : 0);
            if (t != 0) loss += t * (log_total - d);
            // The label's probability may be so near 1 that only what it lacks has digits.
            double slope = c == labels[r] ? expm1(d - log_total) + (1 - t) : exp(d - log_total) - t;
            if (gradient) gradient[r * classes + c] = (float)(w * scale * slope);
        }
        total += w * loss;
    }
    return total;
}

static double categorical(ptrdiff_t rows, ptrdiff_t classes, const float *logits, const float *targets,
                          const float *weights, float scale, float *gradient, bool stream) {
    (void)stream;
    double total = 0;
    for (ptrdiff_t r = 0; r < rows; r++) {
        const float *z = logits + r * classes, *t = targets + r * classes;
        double top, log_total = log_sum(classes, z, &top), w = weight_of(weights, r), mass = 0, loss = 0;
        for (ptrdiff_t c = 0; c < classes; c++) mass += t[c];
        for (ptrdiff_t c = 0; c < classes; c++) {
            double d = z[c] - top;
            if (t[c] != 0) loss += t[c] * (log_total - d);
            if (gradient) gradient[r * classes + c] = (float)(w * scale * (exp(d - log_total) * mass - t[c]));
        }
        total += w * loss;
    }
    return total;
}

static double squared(ptrdiff_t rows, ptrdiff_t columns, const float *predictions, const float *targets,
                      const float *weights, float scale, float *gradient, bool stream) {
    (void)stream;
    double total = 0;
    for (ptrdiff_t r = 0; r < rows; r++)
        for (ptrdiff_t c = 0; c < columns; c++) {
            double d = (double)predictions[r * columns + c] - targets[r * columns + c];
            double w = weight_of(weights, r) / (double)columns;
            total += w * d * d;
            if (gradient) gradient[r * columns + c] = (float)(2 * w * scale * d);
        }
    return total;
}

static double margin(ptrdiff_t rows, ptrdiff_t classes, const float *lengths, const float *targets, apus_margin m,
                     const float *weights, float scale, float *gradient, bool stream) {
    (void)stream;
    double total = 0;
    for (ptrdiff_t r = 0; r < rows; r++)
        for (ptrdiff_t c = 0; c < classes; c++) {
            double p = lengths[r * classes + c], t = targets[r * classes + c], w = weight_of(weights, r);
            double under = m.plus - p, over = p - m.minus; // NaN passes through both
            if (under < 0) under = 0;
            if (over < 0) over = 0;
            total += w * (t * under * under + m.lambda * (1 - t) * over * over);
            if (gradient)
                gradient[r * classes + c] = (float)(2 * w * scale * (m.lambda * (1 - t) * over - t * under));
        }
    return total;
}

const apus_loss_kernels apus_loss_reference = {binary, sparse, categorical, squared, margin};
