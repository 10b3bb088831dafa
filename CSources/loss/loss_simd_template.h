// The body of the vector variants of the losses; included once by each, after its simd_*.h, simd_math.h and simd_rows.h.
#include <math.h>

#include "loss_kernels.h"

#define FETCH_AHEAD 2048 // floats: what follows is fetched during the exponentials, which leave memory idle

SIMD_INLINE vf load(const float *p, ptrdiff_t left) { return left >= VF_LANES ? v_load(p) : v_load_n(p, left); }
SIMD_INLINE void store(float *p, vf x, ptrdiff_t left) {
    if (left >= VF_LANES)
        v_store(p, x);
    else
        v_store_n(p, x, left);
}

// A running sum in double, two registers of it.
typedef struct total {
    vd low, high;
} total;

SIMD_INLINE total nothing(void) { return (total){d_set1(0), d_set1(0)}; }
SIMD_INLINE double all_of(total sum) { return d_sum(sum.low + sum.high); }

// Adds the first `left` lanes.
SIMD_INLINE void add(total *sum, vf x, ptrdiff_t left) {
    if (left < VF_LANES) x = v_keep_n(x, left);
    sum->low += v_low_double(x);
    sum->high += v_high_double(x);
}

// The losses that are a sum over elements: each gives the terms of `count` registers, V_EXPS or 1, and their gradients.
// `factor` is weight * scale. An elementwise loss without weights is one long row.
typedef void terms_of(const int count, const vf *x, const vf *t, vf factor, apus_margin m, vf *terms, vf *slopes);

// Step by step on all registers, as v_exps is.
SIMD_INLINE void binary_terms(const int count, const vf *z, const vf *t, vf factor, apus_margin m, vf *terms, vf *slopes) {
    (void)m;
    const vf one = v_set1(1.0f), zero = v_zero();
    vf e[V_EXPS], s[V_EXPS], log[V_EXPS];
    for (int j = 0; j < count; j++) e[j] = v_negate(v_abs(z[j]));
    if (count == V_EXPS) v_exps(e);
    else e[0] = v_exp(e[0]);
    for (int j = 0; j < count; j++) s[j] = e[j] / (e[j] + v_set1(2.0f));
    for (int j = 0; j < count; j++) slopes[j] = factor * (v_select(v_gt(zero, z[j]), e[j], one) / (one + e[j]) - t[j]);
    v_log_series(count, s, log);
    // max(z, 0) - z t, without the cancellation of z - z for t = 1: z (1 - t) or |z| t.
    for (int j = 0; j < count; j++) terms[j] = v_fma(v_abs(z[j]), v_select(v_gt(zero, z[j]), t[j], one - t[j]), log[j]);
}

SIMD_INLINE void squared_terms(const int count, const vf *x, const vf *t, vf factor, apus_margin m, vf *terms, vf *slopes) {
    (void)m;
    for (int j = 0; j < count; j++) {
        const vf d = x[j] - t[j];
        slopes[j] = (factor + factor) * d;
        terms[j] = d * d;
    }
}

SIMD_INLINE void margin_terms(const int count, const vf *x, const vf *t, vf factor, apus_margin m, vf *terms, vf *slopes) {
    for (int j = 0; j < count; j++) {
        const vf under = v_max(v_zero(), v_set1(m.plus) - x[j]), over = v_max(v_zero(), x[j] - v_set1(m.minus));
        const vf a = t[j] * under, b = v_set1(m.lambda) * (v_set1(1.0f) - t[j]) * over;
        slopes[j] = (factor + factor) * (b - a);
        terms[j] = v_fma(a, under, b * over);
    }
}

// The sum of n terms, one weight and one scale for all. `stream`: the gradient goes past the caches.
SIMD_INLINE double sum_of(terms_of of, ptrdiff_t n, const float *values, const float *targets, vf factor,
                          apus_margin m, float *gradient, const bool stream) {
    total sum = nothing();
    vf x[V_EXPS], t[V_EXPS], terms[V_EXPS], slopes[V_EXPS];
    ptrdiff_t i = 0;
    for (; i + V_EXPS * VF_LANES <= n; i += V_EXPS * VF_LANES) {
        V_EACH_EXP {
            x[j] = v_load(values + i + j * VF_LANES);
            t[j] = v_load(targets + i + j * VF_LANES);
        }
        of(V_EXPS, x, t, factor, m, terms, slopes);
        V_EACH_EXP {
            add(&sum, terms[j], VF_LANES);
            if (stream) v_stream(gradient + i + j * VF_LANES, slopes[j]);
            else if (gradient) v_store(gradient + i + j * VF_LANES, slopes[j]);
        }
    }
    for (; i < n; i += VF_LANES) {
        x[0] = load(values + i, n - i);
        t[0] = load(targets + i, n - i);
        of(1, x, t, factor, m, terms, slopes);
        add(&sum, terms[0], n - i);
        if (gradient) store(gradient + i, slopes[0], n - i);
    }
    return all_of(sum);
}

// The losses of rows with a weight each or, where there are none, of one row of all elements.
SIMD_INLINE double elementwise(terms_of of, double divisor, ptrdiff_t rows, ptrdiff_t columns, const float *values,
                               const float *targets, apus_margin m, const float *weights, float scale, float *gradient,
                               bool stream) {
    if (weights == NULL) {
        const double weight = 1 / divisor;
        const vf factor = v_set1((float)(weight * scale));
        double sum;
        if (stream && v_stream_head(gradient, VF_LANES) == 0) {
            sum = sum_of(of, rows * columns, values, targets, factor, m, gradient, true);
            v_stream_end();
        } else {
            sum = sum_of(of, rows * columns, values, targets, factor, m, gradient, false);
        }
        return weight * sum;
    }
    if (columns == 1) { // the weights are a register like any other
        total sum = nothing();
        for (ptrdiff_t r = 0; r < rows; r += VF_LANES) {
            ptrdiff_t left = rows - r;
            vf weight = load(weights + r, left), x = load(values + r, left), t = load(targets + r, left), terms, slope;
            of(1, &x, &t, weight * v_set1(scale), m, &terms, &slope);
            add(&sum, weight * terms, left);
            if (gradient) store(gradient + r, slope, left);
        }
        return all_of(sum);
    }
    double sum = 0;
    for (ptrdiff_t r = 0; r < rows; r++) {
        const double weight = weights[r] / divisor;
        const ptrdiff_t at = r * columns;
        sum += weight * sum_of(of, columns, values + at, targets + at, v_set1((float)(weight * scale)), m,
                               gradient ? gradient + at : NULL, false);
    }
    return sum;
}

SIMD_TARGET static double binary(ptrdiff_t rows, ptrdiff_t columns, const float *values, const float *targets,
                                 const float *weights, float scale, float *gradient, bool stream) {
    const apus_margin none = {0, 0, 0};
    return elementwise(binary_terms, 1, rows, columns, values, targets, none, weights, scale, gradient, stream);
}

SIMD_TARGET static double squared(ptrdiff_t rows, ptrdiff_t columns, const float *values, const float *targets,
                                  const float *weights, float scale, float *gradient, bool stream) {
    const apus_margin none = {0, 0, 0};
    return elementwise(squared_terms, (double)columns, rows, columns, values, targets, none, weights, scale, gradient, stream);
}

SIMD_TARGET static double margin(ptrdiff_t rows, ptrdiff_t columns, const float *values, const float *targets,
                                 apus_margin margins, const float *weights, float scale, float *gradient, bool stream) {
    return elementwise(margin_terms, 1, rows, columns, values, targets, margins, weights, scale, gradient, stream);
}

#include "loss_short_template.h"
#include "loss_long_template.h"

SIMD_TARGET static double sparse(ptrdiff_t rows, ptrdiff_t classes, const float *logits, const int32_t *labels,
                                 float smoothing, const float *weights, float scale, float *gradient, bool stream) {
    if (classes <= SHORT_COLUMNS) return sparse_short(rows, classes, logits, labels, smoothing, weights, scale, gradient, stream);
    double sum = 0;
    for (ptrdiff_t r = 0; r < rows; r++)
        sum += sparse_row(classes, logits + r * classes, labels[r], smoothing, weights ? weights[r] : 1, scale,
                          gradient ? gradient + r * classes : NULL, stream);
    if (stream) v_stream_end();
    return sum;
}

SIMD_TARGET static double categorical(ptrdiff_t rows, ptrdiff_t classes, const float *logits, const float *targets,
                                      const float *weights, float scale, float *gradient, bool stream) {
    if (classes <= SHORT_COLUMNS) return categorical_short(rows, classes, logits, targets, weights, scale, gradient, stream);
    double sum = 0;
    for (ptrdiff_t r = 0; r < rows; r++)
        sum += categorical_row(classes, logits + r * classes, targets + r * classes, weights ? weights[r] : 1, scale,
                               gradient ? gradient + r * classes : NULL, stream);
    if (stream) v_stream_end();
    return sum;
}

const apus_loss_kernels SIMD_NAME(apus_loss) = {binary, sparse, categorical, squared, margin};
