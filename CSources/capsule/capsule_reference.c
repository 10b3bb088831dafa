// The kernels as their definitions say them.
#include <math.h>

#include "capsule_kernels.h"

static float squared_length(ptrdiff_t dim, const float *x) {
    float sum = 0;
    for (ptrdiff_t d = 0; d < dim; d++) sum += x[d] * x[d];
    return sum < 3.402823466e38f ? sum : 3.402823466e38f;
}

static void squash(ptrdiff_t rows, ptrdiff_t dim, const float *x, float *y) {
    for (ptrdiff_t r = 0; r < rows; r++, x += dim, y += dim) {
        float n2 = squared_length(dim, x), factor = sqrtf(n2) / (1 + n2);
        for (ptrdiff_t d = 0; d < dim; d++) y[d] = factor * x[d];
    }
}

// y = f x with f = n / (1 + n^2), so dx = f dy + (x . dy) f'(n) / n x, f' = (1 - n^2) / (1 + n^2)^2.
static void squash_gradient(ptrdiff_t rows, ptrdiff_t dim, const float *x, const float *dy, float *dx) {
    for (ptrdiff_t r = 0; r < rows; r++, x += dim, dy += dim, dx += dim) {
        float n2 = squared_length(dim, x), n = sqrtf(n2), whole = 1 / (1 + n2), dot = 0;
        for (ptrdiff_t d = 0; d < dim; d++) dot += x[d] * dy[d];
        float slope = n > 0 ? dot * (whole - n2 * whole) * whole / n : 0;
        for (ptrdiff_t d = 0; d < dim; d++) dx[d] = n * whole * dy[d] + slope * x[d];
    }
}

static void length(ptrdiff_t rows, ptrdiff_t dim, const float *x, float *lengths) {
    for (ptrdiff_t r = 0; r < rows; r++) lengths[r] = sqrtf(squared_length(dim, x + r * dim));
}

static void length_gradient(ptrdiff_t rows, ptrdiff_t dim, const float *x, const float *dlengths, float *dx) {
    for (ptrdiff_t r = 0; r < rows; r++, x += dim, dx += dim) {
        float n = sqrtf(squared_length(dim, x)), factor = n > 0 ? dlengths[r] / n : 0;
        for (ptrdiff_t d = 0; d < dim; d++) dx[d] = factor * x[d];
    }
}

static void predict(ptrdiff_t rows, ptrdiff_t in_dim, ptrdiff_t columns, const float *u, ptrdiff_t u_stride,
                    const float *w, float *out, ptrdiff_t out_stride) {
    for (ptrdiff_t r = 0; r < rows; r++)
        for (ptrdiff_t c = 0; c < columns; c++) {
            float sum = 0;
            for (ptrdiff_t k = 0; k < in_dim; k++) sum += u[r * u_stride + k] * w[k * columns + c];
            out[r * out_stride + c] = sum;
        }
}

static void weight_gradient(ptrdiff_t rows, ptrdiff_t in_dim, ptrdiff_t columns, const float *u, ptrdiff_t u_stride,
                            const float *g, ptrdiff_t g_stride, bool adds, float *dw) {
    for (ptrdiff_t k = 0; k < in_dim; k++)
        for (ptrdiff_t c = 0; c < columns; c++) {
            float sum = adds ? dw[k * columns + c] : 0;
            for (ptrdiff_t r = 0; r < rows; r++) sum += u[r * u_stride + k] * g[r * g_stride + c];
            dw[k * columns + c] = sum;
        }
}

static void input_gradient(ptrdiff_t rows, ptrdiff_t in_dim, ptrdiff_t columns, const float *g, ptrdiff_t g_stride,
                           const float *w, float *du, ptrdiff_t du_stride) {
    for (ptrdiff_t r = 0; r < rows; r++)
        for (ptrdiff_t k = 0; k < in_dim; k++) {
            float sum = 0;
            for (ptrdiff_t c = 0; c < columns; c++) sum += g[r * g_stride + c] * w[k * columns + c];
            du[r * du_stride + k] = sum;
        }
}

static void uniform(const apus_capsule_shape *shape, const float *u_hat, float factor, float *sum) {
    ptrdiff_t columns = shape->out_capsules * shape->out_dim;
    for (ptrdiff_t c = 0; c < columns; c++) {
        float total = 0;
        for (ptrdiff_t i = 0; i < shape->in_capsules; i++) total += u_hat[i * columns + c];
        sum[c] = factor * total;
    }
}

static float dot(ptrdiff_t dim, const float *a, const float *b) {
    float sum = 0;
    for (ptrdiff_t d = 0; d < dim; d++) sum += a[d] * b[d];
    return sum;
}

// c_j = softmax of row_j . agreement_j, for one lower capsule.
static void couple(const apus_capsule_shape *shape, const float *row, const float *agreement, float *c) {
    float largest = -INFINITY, total = 0;
    for (ptrdiff_t j = 0; j < shape->out_capsules; j++) {
        c[j] = dot(shape->out_dim, row + j * shape->out_dim, agreement + j * shape->out_dim);
        largest = fmaxf(largest, c[j]);
    }
    for (ptrdiff_t j = 0; j < shape->out_capsules; j++) total += c[j] = expf(c[j] - largest);
    for (ptrdiff_t j = 0; j < shape->out_capsules; j++) c[j] /= total;
}

// One lane: a block is one lower capsule's coefficients.
static void route(const apus_capsule_shape *shape, const float *u_hat, const float *agreement, bool keeps_all, float *c,
                  float *sum) {
    ptrdiff_t columns = shape->out_capsules * shape->out_dim;
    for (ptrdiff_t k = 0; k < columns; k++) sum[k] = 0;
    for (ptrdiff_t i = 0; i < shape->in_capsules; i++, u_hat += columns) {
        couple(shape, u_hat, agreement, c);
        for (ptrdiff_t j = 0; j < shape->out_capsules; j++)
            for (ptrdiff_t d = 0; d < shape->out_dim; d++)
                sum[j * shape->out_dim + d] += c[j] * u_hat[j * shape->out_dim + d];
        if (keeps_all) c += shape->out_capsules;
    }
}

static void route_gradient(const apus_capsule_shape *shape, const float *u_hat, const float *agreement, const float *gs,
                           float *c, float *db, float *dagreement) {
    ptrdiff_t outs = shape->out_capsules, dim = shape->out_dim, columns = outs * dim;
    for (ptrdiff_t k = 0; k < columns; k++) dagreement[k] = 0;
    for (ptrdiff_t i = 0; i < shape->in_capsules; i++, u_hat += columns, c += outs, db += outs) {
        float mean = 0;
        couple(shape, u_hat, agreement, c);
        for (ptrdiff_t j = 0; j < outs; j++) mean += c[j] * (db[j] = dot(dim, u_hat + j * dim, gs + j * dim));
        for (ptrdiff_t j = 0; j < outs; j++) {
            db[j] = c[j] * (db[j] - mean);
            for (ptrdiff_t d = 0; d < dim; d++) dagreement[j * dim + d] += db[j] * u_hat[j * dim + d];
        }
    }
}

static void spread(const apus_capsule_shape *shape, const float *base, int terms, const float *const *coefficients,
                   const float *const *vectors, float *du_hat) {
    ptrdiff_t outs = shape->out_capsules, dim = shape->out_dim;
    for (ptrdiff_t i = 0; i < shape->in_capsules; i++)
        for (ptrdiff_t j = 0; j < outs; j++)
            for (ptrdiff_t d = 0; d < dim; d++) {
                float sum = base[j * dim + d];
                for (int t = 0; t < terms; t++) sum += coefficients[t][i * outs + j] * vectors[t][j * dim + d];
                *du_hat++ = sum;
            }
}

static void combine(const apus_capsule_shape *shape, const apus_capsule_terms *kept, ptrdiff_t capsule, ptrdiff_t first,
                    ptrdiff_t rows, float *g) {
    ptrdiff_t outs = shape->out_capsules, dim = shape->out_dim, columns = outs * dim;
    for (ptrdiff_t r = 0; r < rows; r++) {
        const float *coefficients = apus_capsule_terms_of(kept, first + r), *vectors = coefficients + kept->terms * kept->plane;
        for (ptrdiff_t k = 0; k < columns; k++) {
            float sum = vectors[k];
            for (int t = 0; t < kept->terms; t++)
                sum += coefficients[t * kept->plane + capsule * outs + k / dim] * vectors[(t + 1) * columns + k];
            *g++ = sum;
        }
    }
}

static void scale(const apus_capsule_shape *shape, ptrdiff_t rows, const float *coupling, const float *vectors, float *g) {
    ptrdiff_t outs = shape->out_capsules, dim = shape->out_dim;
    for (ptrdiff_t r = 0; r < rows; r++, coupling += shape->in_capsules * outs)
        for (ptrdiff_t k = 0; k < outs * dim; k++) *g++ = coupling[k / dim] * *vectors++;
}

const apus_capsule_kernels apus_capsule_reference = {
    .lanes = 1,
    .squash = squash,
    .squash_gradient = squash_gradient,
    .length = length,
    .length_gradient = length_gradient,
    .predict = predict,
    .weight_gradient = weight_gradient,
    .input_gradient = input_gradient,
    .uniform = uniform,
    .route = route,
    .route_gradient = route_gradient,
    .spread = spread,
    .combine = combine,
    .scale = scale,
};
