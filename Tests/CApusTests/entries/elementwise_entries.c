// Activations, sums, batch normalization, losses.
#include "entries.h"

enum { COUNT = 17 * 16384 + 5, ROWS = 2003, COLUMNS = 131, CELLS = ROWS * COLUMNS };

// from: what the slope follows from; the other one may be null.
#define ACTIVATION(suffix, f, from)                                                                            \
    static apus_status forward_##suffix(call *c) {                                                                      \
        const ptrdiff_t n = size(c, COUNT);                                                                             \
        const float *x = in_f32(c, COUNT);                                                                              \
        float *y = out_f32(c, COUNT);                                                                                   \
        return apus_sactivation_forward(f, 0.3f, n, x, y);                                                              \
    }                                                                                                                   \
    static apus_status backward_##suffix(call *c) {                                                                     \
        const ptrdiff_t n = size(c, COUNT);                                                                             \
        const float *x = in_f32(from == 'x' ? c : optional(c), COUNT);                                                  \
        const float *y = in_f32(from == 'y' ? c : optional(c), COUNT), *dy = in_f32(c, COUNT);                          \
        float *dx = out_f32(c, COUNT);                                                                                  \
        return apus_sactivation_backward(f, 0.3f, n, x, y, dy, dx);                                                     \
    }
ACTIVATION(linear, APUS_ACTIVATION_LINEAR, '-')
ACTIVATION(relu, APUS_ACTIVATION_RELU, 'y')
ACTIVATION(leaky_relu, APUS_ACTIVATION_LEAKY_RELU, 'y')
ACTIVATION(elu, APUS_ACTIVATION_ELU, 'y')
ACTIVATION(sigmoid, APUS_ACTIVATION_SIGMOID, 'y')
ACTIVATION(tanh, APUS_ACTIVATION_TANH, 'y')
ACTIVATION(softplus, APUS_ACTIVATION_SOFTPLUS, 'x')
ACTIVATION(gelu, APUS_ACTIVATION_GELU, 'x')
ACTIVATION(silu, APUS_ACTIVATION_SILU, 'x')
#define ACTIVATION_ROWS(suffix) {"apus_sactivation_forward", forward_##suffix}, {"apus_sactivation_backward", backward_##suffix}

static apus_status softmax_forward(call *c) {
    const ptrdiff_t rows = size(c, ROWS), columns = size(c, COLUMNS);
    const float *x = in_f32(c, CELLS);
    float *y = out_f32(c, CELLS);
    return apus_ssoftmax_forward(rows, columns, x, y);
}
static apus_status softmax_backward(call *c) {
    const ptrdiff_t rows = size(c, ROWS), columns = size(c, COLUMNS);
    const float *y = in_positive_f32(c, CELLS), *dy = in_f32(c, CELLS);
    float *dx = out_f32(c, CELLS);
    return apus_ssoftmax_backward(rows, columns, y, dy, dx);
}
static apus_status accumulate(call *c) {
    const ptrdiff_t n = size(c, COUNT);
    const float *x = in_f32(c, COUNT);
    float *y = out_f32(c, COUNT);
    return apus_saccumulate(n, x, 0.5f, y);
}
static apus_status scale(call *c) {
    const ptrdiff_t n = size(c, COUNT);
    float *x = out_f32(c, COUNT);
    return apus_sscale(n, 0.5f, x);
}
static apus_status sum_rows(call *c) {
    const ptrdiff_t rows = size(c, ROWS), columns = size(c, COLUMNS);
    const float *x = in_f32(c, CELLS);
    float *sums = out_f32(c, COLUMNS);
    return apus_ssum_rows(rows, columns, x, sums);
}
static apus_status sum_of_squares(call *c) {
    const ptrdiff_t n = size(c, COUNT);
    const float *x = in_f32(c, COUNT);
    double *result = out_f64(c, 1);
    return apus_ssum_of_squares(n, x, result);
}

static apus_batchnorm_desc normalization(call *c) {
    apus_batchnorm_desc d = {.epsilon = 1e-3f, .momentum = 0.9f};
    d.rows = size(c, ROWS), d.channels = size(c, COLUMNS);
    return d;
}
#define NORMALIZATION(suffix)                                                                                           \
    static apus_status batchnorm##suffix##_training(call *c) {                                                          \
        const apus_batchnorm_desc d = normalization(c);                                                                 \
        const float *x = in_f32(c, CELLS), *gamma = in_f32(c, COLUMNS), *beta = in_f32(c, COLUMNS);                     \
        float *y = out_f32(c, CELLS), *mean = out_f32(c, COLUMNS), *inverse = out_f32(c, COLUMNS);                      \
        float *moving_mean = out_f32(c, COLUMNS), *moving_variance = out_f32(c, COLUMNS);                               \
        return apus_sbatchnorm##suffix##_training(&d, x, gamma, beta, y, mean, inverse, moving_mean, moving_variance);  \
    }                                                                                                                   \
    static apus_status batchnorm##suffix##_inference(call *c) {                                                         \
        const apus_batchnorm_desc d = normalization(c);                                                                 \
        const float *x = in_f32(c, CELLS), *gamma = in_f32(c, COLUMNS), *beta = in_f32(c, COLUMNS);                     \
        const float *mean = in_f32(c, COLUMNS), *variance = in_positive_f32(c, COLUMNS);                                \
        float *y = out_f32(c, CELLS);                                                                                   \
        return apus_sbatchnorm##suffix##_inference(&d, x, gamma, beta, mean, variance, y);                              \
    }
NORMALIZATION()
NORMALIZATION(_relu)
static apus_status batchnorm_backward(call *c) {
    const apus_batchnorm_desc d = normalization(c);
    const float *x = in_f32(c, CELLS), *dy = in_f32(c, CELLS), *gamma = in_f32(c, COLUMNS);
    const float *mean = in_f32(c, COLUMNS), *inverse = in_positive_f32(c, COLUMNS);
    float *dx = out_f32(optional(c), CELLS), *dgamma = out_f32(c, COLUMNS), *dbeta = out_f32(c, COLUMNS);
    return apus_sbatchnorm_backward(&d, x, dy, gamma, mean, inverse, dx, dgamma, dbeta);
}
static apus_status batchnorm_relu_backward(call *c) {
    const apus_batchnorm_desc d = normalization(c);
    const float *x = in_f32(c, CELLS), *dy = in_f32(c, CELLS), *gamma = in_f32(c, COLUMNS), *beta = in_f32(c, COLUMNS);
    const float *mean = in_f32(c, COLUMNS), *inverse = in_positive_f32(c, COLUMNS);
    float *dx = out_f32(optional(c), CELLS), *dgamma = out_f32(c, COLUMNS), *dbeta = out_f32(c, COLUMNS);
    return apus_sbatchnorm_relu_backward(&d, x, dy, gamma, beta, mean, inverse, dx, dgamma, dbeta);
}

#define LOSS(name, call_with_targets)                                                                                   \
    static apus_status name(call *c) {                                                                                  \
        const ptrdiff_t rows = size(c, ROWS), columns = size(c, COLUMNS);                                               \
        const float *x = in_f32(c, CELLS), *targets = in_positive_f32(c, CELLS);                                        \
        const float *weights = in_positive_f32(optional(c), ROWS);                                                      \
        double *loss = out_f64(c, 1);                                                                                   \
        float *gradient = out_f32(optional(c), CELLS);                                                                  \
        return call_with_targets;                                                                                       \
    }
LOSS(binary_cross_entropy, apus_sbinary_cross_entropy(rows, columns, x, targets, weights, 0.5f, loss, gradient))
LOSS(categorical_cross_entropy, apus_scategorical_cross_entropy(rows, columns, x, targets, weights, 0.5f, loss, gradient))
LOSS(mean_squared_error, apus_smean_squared_error(rows, columns, x, targets, weights, 0.5f, loss, gradient))
LOSS(margin_loss, apus_smargin_loss(rows, columns, x, targets, 0.9f, 0.1f, 0.5f, weights, 0.5f, loss, gradient))

static apus_status sparse_cross_entropy(call *c) {
    const ptrdiff_t rows = size(c, ROWS), columns = size(c, COLUMNS);
    const float *x = in_f32(c, CELLS);
    const int32_t *labels = in_indices(c, ROWS, COLUMNS);
    const float *weights = in_positive_f32(optional(c), ROWS);
    double *loss = out_f64(c, 1);
    float *gradient = out_f32(optional(c), CELLS);
    return apus_ssparse_cross_entropy(rows, columns, x, labels, 0.1f, weights, 0.5f, loss, gradient);
}

const entry elementwise_entries[] = {
    ACTIVATION_ROWS(linear),
    ACTIVATION_ROWS(relu),
    ACTIVATION_ROWS(leaky_relu),
    ACTIVATION_ROWS(elu),
    ACTIVATION_ROWS(sigmoid),
    ACTIVATION_ROWS(tanh),
    ACTIVATION_ROWS(softplus),
    ACTIVATION_ROWS(gelu),
    ACTIVATION_ROWS(silu),
    {"apus_ssoftmax_forward", softmax_forward},
    {"apus_ssoftmax_backward", softmax_backward},
    {"apus_saccumulate", accumulate},
    {"apus_sscale", scale},
    {"apus_ssum_rows", sum_rows},
    {"apus_ssum_of_squares", sum_of_squares},
    {"apus_sbatchnorm_training", batchnorm_training},
    {"apus_sbatchnorm_inference", batchnorm_inference},
    {"apus_sbatchnorm_backward", batchnorm_backward},
    {"apus_sbatchnorm_relu_training", batchnorm_relu_training},
    {"apus_sbatchnorm_relu_inference", batchnorm_relu_inference},
    {"apus_sbatchnorm_relu_backward", batchnorm_relu_backward},
    {"apus_sbinary_cross_entropy", binary_cross_entropy},
    {"apus_scategorical_cross_entropy", categorical_cross_entropy},
    {"apus_smean_squared_error", mean_squared_error},
    {"apus_smargin_loss", margin_loss},
    {"apus_ssparse_cross_entropy", sparse_cross_entropy},
    {NULL, NULL},
};
