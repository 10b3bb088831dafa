// The body of the vector variants of the losses; included once by each, after its simd_*.h and simd_math.h.
#include <math.h>

#include "loss_kernels.h"

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

// Adds the first `left` lanes.
SIMD_INLINE void add(total *sum, vf x, ptrdiff_t left) {
    if (left < VF_LANES) x = v_keep_n(x, left);
    sum->low += v_low_double(x);
    sum->high += v_high_double(x);
}

// The losses that are a sum over elements: each gives one vector's terms and, if asked, its gradient.
// `factor` is weight * scale. An elementwise loss without weights is one long row.
typedef struct parameters {
    apus_margin margin;
} parameters;

SIMD_INLINE vf binary_terms(vf z, vf t, vf factor, parameters p, vf *slope) {
    (void)p;
    vf one = v_set1(1.0f), e = v_exp(v_negate(v_abs(z)));
    vf sigmoid = v_select(v_gt(v_zero(), z), e, one) / (one + e);
    *slope = factor * (sigmoid - t);
    // max(z, 0) - z t, without the cancellation of z - z for t = 1: z (1 - t) or |z| t.
    return v_fma(v_abs(z), v_select(v_gt(v_zero(), z), t, one - t), v_log1p_unit(e));
}

SIMD_INLINE vf squared_terms(vf x, vf t, vf factor, parameters p, vf *slope) {
    (void)p;
    vf d = x - t;
    *slope = (factor + factor) * d;
    return d * d;
}

SIMD_INLINE vf margin_terms(vf x, vf t, vf factor, parameters p, vf *slope) {
    vf under = v_max(v_zero(), v_set1(p.margin.plus) - x), over = v_max(v_zero(), x - v_set1(p.margin.minus));
    vf a = t * under, b = v_set1(p.margin.lambda) * (v_set1(1.0f) - t) * over;
    *slope = (factor + factor) * (b - a);
    return v_fma(a, under, b * over);
}

// TERMS over rows with a weight each, or, where there are none, over one row of all elements.
#define ELEMENTWISE(TERMS, DIVISOR)                                                                   \
    double sum = 0;                                                                                   \
    if (weights == NULL) {                                                                            \
        columns *= rows;                                                                              \
        rows = 1;                                                                                     \
    }                                                                                                 \
    for (ptrdiff_t r = 0; r < rows; r++) {                                                            \
        double weight = (weights ? weights[r] : 1) / (DIVISOR);                                       \
        total row = {d_set1(0), d_set1(0)};                                                           \
        vf factor = v_set1((float)(weight * scale)), slope;                                           \
        for (ptrdiff_t c = 0; c < columns; c += VF_LANES) {                                           \
            ptrdiff_t at = r * columns + c, left = columns - c;                                       \
            add(&row, TERMS(load(values + at, left), load(targets + at, left), factor, p, &slope), left); \
            if (gradient) store(gradient + at, slope, left);                                          \
        }                                                                                             \
        sum += weight * d_sum(row.low + row.high);                                                    \
    }                                                                                                 \
    return sum

// One column and weights: the weights are a vector like any other.
#define WEIGHTED_COLUMN(TERMS)                                                                        \
    total sum = {d_set1(0), d_set1(0)};                                                               \
    for (ptrdiff_t r = 0; r < rows; r += VF_LANES) {                                                  \
        ptrdiff_t left = rows - r;                                                                    \
        vf weight = load(weights + r, left), slope;                                                   \
        vf terms = TERMS(load(values + r, left), load(targets + r, left), weight * v_set1(scale), p, &slope); \
        add(&sum, weight * terms, left);                                                              \
        if (gradient) store(gradient + r, slope, left);                                               \
    }                                                                                                 \
    return d_sum(sum.low + sum.high)

SIMD_TARGET static double binary(ptrdiff_t rows, ptrdiff_t columns, const float *values, const float *targets,
                                 const float *weights, float scale, float *gradient) {
    const parameters p = {{0, 0, 0}};
    if (columns == 1 && weights) {
        WEIGHTED_COLUMN(binary_terms);
    }
    ELEMENTWISE(binary_terms, 1.0);
}

SIMD_TARGET static double squared(ptrdiff_t rows, ptrdiff_t columns, const float *values, const float *targets,
                                  const float *weights, float scale, float *gradient) {
    const parameters p = {{0, 0, 0}};
    if (columns == 1 && weights) {
        WEIGHTED_COLUMN(squared_terms);
    }
    const double divisor = (double)columns;
    ELEMENTWISE(squared_terms, divisor);
}

SIMD_TARGET static double margin(ptrdiff_t rows, ptrdiff_t columns, const float *values, const float *targets,
                                 apus_margin margins, const float *weights, float scale, float *gradient) {
    const parameters p = {margins};
    ELEMENTWISE(margin_terms, 1.0);
}

SIMD_INLINE float row_top(ptrdiff_t classes, const float *z) {
    const vf low = v_set1(-INFINITY);
    vf top = low;
    ptrdiff_t c = 0;
    for (; c + VF_LANES <= classes; c += VF_LANES) top = v_max(top, v_load(z + c));
    if (c < classes) top = v_max(top, v_load_fill(z + c, classes - c, low));
    return v_largest(top);
}

#include "loss_turned_template.h"

SIMD_TARGET static double sparse(ptrdiff_t rows, ptrdiff_t classes, const float *logits, const int32_t *labels,
                                 float smoothing, const float *weights, float scale, float *gradient) {
    double sum = 0;
    const double share = (double)smoothing / (double)classes, hit = 1 - (double)smoothing;
    ptrdiff_t r = 0;
    if (classes >= 4 && classes <= TURNED_CLASSES)
        for (; r + VF_LANES <= rows; r += VF_LANES)
            sum += sparse_turned(classes, logits + r * classes, labels + r, smoothing, weights ? weights + r : NULL, scale,
                                 gradient ? gradient + r * classes : NULL);
    for (; r < rows; r++) {
        const float *z = logits + r * classes;
        float *g = gradient ? gradient + r * classes : NULL;
        double weight = weights ? weights[r] : 1;
        float highest = row_top(classes, z);
        vf top = v_set1(highest);
        double chosen = (double)z[labels[r]] - (double)highest; // read before g may overwrite it
        total exps = {d_set1(0), d_set1(0)}, shifts = exps;
        for (ptrdiff_t c = 0; c < classes; c += VF_LANES) {
            vf d = load(z + c, classes - c) - top, e = v_exp(d);
            add(&exps, e, classes - c);
            if (smoothing > 0) add(&shifts, d, classes - c);
            if (g) store(g + c, e, classes - c);
        }
        double mass = d_sum(exps.low + exps.high), log_mass = log(mass), loss = hit * (log_mass - chosen);
        if (smoothing > 0) loss += share * ((double)classes * log_mass - d_sum(shifts.low + shifts.high));
        sum += weight * loss;
        if (g == NULL) continue;
        vf factor = v_set1((float)(weight * scale / mass)), floor = v_set1((float)(-weight * scale * share));
        double at_label = weight * scale * ((double)g[labels[r]] / mass - share - hit);
        for (ptrdiff_t c = 0; c < classes; c += VF_LANES)
            store(g + c, v_fma(load(g + c, classes - c), factor, floor), classes - c);
        g[labels[r]] = (float)at_label;
    }
    return sum;
}

SIMD_TARGET static double categorical(ptrdiff_t rows, ptrdiff_t classes, const float *logits, const float *targets,
                                      const float *weights, float scale, float *gradient) {
    double sum = 0;
    for (ptrdiff_t r = 0; r < rows; r++) {
        const float *z = logits + r * classes, *t = targets + r * classes;
        float *g = gradient ? gradient + r * classes : NULL;
        double weight = weights ? weights[r] : 1;
        vf top = v_set1(row_top(classes, z)), zero = v_zero();
        total exps = {d_set1(0), d_set1(0)}, mass = exps, cross = exps;
        for (ptrdiff_t c = 0; c < classes; c += VF_LANES) {
            ptrdiff_t left = classes - c;
            vf d = load(z + c, left) - top, target = load(t + c, left), e = v_exp(d);
            add(&exps, e, left);
            add(&mass, target, left);
            add(&cross, v_select(v_eq(target, zero), zero, target * d), left); // 0 * -infinity counts nothing
            if (g) store(g + c, e, left);
        }
        double total_exp = d_sum(exps.low + exps.high), total_target = d_sum(mass.low + mass.high);
        sum += weight * (total_target * log(total_exp) - d_sum(cross.low + cross.high));
        if (g == NULL) continue;
        vf factor = v_set1((float)(total_target / total_exp)), outer = v_set1((float)(weight * scale));
        for (ptrdiff_t c = 0; c < classes; c += VF_LANES) {
            ptrdiff_t left = classes - c;
            store(g + c, outer * v_fma(load(g + c, left), factor, v_negate(load(t + c, left))), left);
        }
    }
    return sum;
}

const apus_loss_kernels SIMD_NAME(apus_loss) = {binary, sparse, categorical, squared, margin};
