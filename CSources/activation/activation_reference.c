// The specification of the activation family in plain C: what every other variant approximates.
#include <math.h>

#include "activation_kernels.h"

static float sigmoid(float x) {
    if (isnan(x)) return x;
    float e = expf(-fabsf(x));
    return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}

// Phi, the standard normal's distribution function, without cancellation in the lower tail.
static double normal_cdf(double x) { return 0.5 * erfc(-x * 0.70710678118654752440); }
static double normal_pdf(double x) { return 0.39894228040143267794 * exp(-0.5 * x * x); }

// The limit of x * f(x) at infinity, where f(x) is exactly zero, is zero.
static double product_with_tail(double x, double f) { return f == 0 && !isnan(x) ? x > 0 ? 0.0 : -0.0 : x * f; }

static float activate(apus_activation f, float alpha, float x) {
    switch (f) {
    case APUS_ACTIVATION_LINEAR: return x;
    case APUS_ACTIVATION_RELU: return x <= 0 ? 0 : x;
    case APUS_ACTIVATION_LEAKY_RELU: return x > 0 ? x : alpha * x;
    case APUS_ACTIVATION_ELU: return x > 0 ? x : alpha * expm1f(x);
    case APUS_ACTIVATION_SIGMOID: return sigmoid(x);
    case APUS_ACTIVATION_TANH: return tanhf(x);
    case APUS_ACTIVATION_SOFTPLUS: return isnan(x) ? x : (x > 0 ? x : 0) + log1pf(expf(-fabsf(x)));
    case APUS_ACTIVATION_GELU: return (float)product_with_tail(x, normal_cdf(x));
    case APUS_ACTIVATION_SILU: return (float)product_with_tail(x, sigmoid(x));
    }
    return x;
}

// The slope at x, or from y = f(x) where that is enough.
static float slope(apus_activation f, float alpha, float x, float y) {
    switch (f) {
    case APUS_ACTIVATION_LINEAR: return 1;
    case APUS_ACTIVATION_RELU: return y <= 0 ? 0 : 1;
    case APUS_ACTIVATION_LEAKY_RELU: return (alpha < 0 ? x : y) > 0 ? 1 : alpha;
    case APUS_ACTIVATION_ELU:
        if (alpha < 0) return x > 0 ? 1 : alpha * expf(x);
        return y > 0 ? 1 : y + alpha;
    case APUS_ACTIVATION_SIGMOID: return y * (1 - y);
    case APUS_ACTIVATION_TANH: return (1 - y) * (1 + y);
    case APUS_ACTIVATION_SOFTPLUS: return sigmoid(x);
    case APUS_ACTIVATION_GELU: return (float)(normal_cdf(x) + product_with_tail(x, normal_pdf(x)));
    case APUS_ACTIVATION_SILU: {
        double s = sigmoid(x);
        return (float)(s + product_with_tail(x, s * sigmoid(-x)));
    }
    }
    return 1;
}

static void forward(apus_activation f, float alpha, ptrdiff_t n, const float *x, float *y, bool stream) {
    (void)stream;
    for (ptrdiff_t i = 0; i < n; i++) y[i] = activate(f, alpha, x[i]);
}

static void backward(apus_activation f, float alpha, ptrdiff_t n, const float *x, const float *y, const float *dy,
                     float *dx, bool stream) {
    (void)stream;
    for (ptrdiff_t i = 0; i < n; i++) dx[i] = dy[i] * slope(f, alpha, x ? x[i] : 0, y ? y[i] : 0);
}

static void softmax_forward(ptrdiff_t rows, ptrdiff_t columns, const float *x, float *y, bool stream) {
    (void)stream;
    for (ptrdiff_t r = 0; r < rows; r++, x += columns, y += columns) {
        float top = -INFINITY;
        for (ptrdiff_t c = 0; c < columns; c++) top = x[c] > top ? x[c] : top;
        double sum = 0;
        for (ptrdiff_t c = 0; c < columns; c++) sum += y[c] = expf(x[c] - top);
        for (ptrdiff_t c = 0; c < columns; c++) y[c] = (float)(y[c] / sum);
    }
}

static void softmax_backward(ptrdiff_t rows, ptrdiff_t columns, const float *y, const float *dy, float *dx, bool stream) {
    (void)stream;
    for (ptrdiff_t r = 0; r < rows; r++, y += columns, dy += columns, dx += columns) {
        double dot = 0;
        for (ptrdiff_t c = 0; c < columns; c++) dot += (double)y[c] * dy[c];
        for (ptrdiff_t c = 0; c < columns; c++) dx[c] = (float)(y[c] * (dy[c] - dot));
    }
}

static void accumulate(ptrdiff_t n, const float *x, float beta, float *y) {
    for (ptrdiff_t i = 0; i < n; i++) y[i] = beta == 0 ? x[i] : x[i] + y[i] * beta;
}

static void scale(ptrdiff_t n, float factor, float *x) {
    for (ptrdiff_t i = 0; i < n; i++) x[i] *= factor;
}

static void sum_rows(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t stride, const float *x, float *sums) {
    for (ptrdiff_t c = 0; c < columns; c++) {
        double sum = 0;
        for (ptrdiff_t r = 0; r < rows; r++) sum += x[r * stride + c];
        sums[c] = (float)sum;
    }
}

static double sum_of_squares(ptrdiff_t n, const float *x) {
    double sum = 0;
    for (ptrdiff_t i = 0; i < n; i++) sum += (double)x[i] * x[i];
    return sum;
}

const apus_activation_kernels apus_activation_reference = {
    forward, backward, softmax_forward, softmax_backward, accumulate, scale, sum_rows, sum_of_squares,
};
