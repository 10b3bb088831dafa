// Batch normalization: checks, choice of variant, the split over threads and the fixed merge tree.
#include <math.h>

#include "../runtime/blocks.h"
#include "../runtime/dispatch.h"
#include "norm_kernels.h"

static const apus_norm_kernels *select_kernels(void) {
    return APUS_VARIANT(apus_norm);
}

// Channels of one chunk of a reduction.
#define CHANNEL_STRIP ((ptrdiff_t)512)

static apus_status check(const apus_batchnorm_desc *desc, ptrdiff_t *count) {
    if (desc == NULL) return APUS_ERROR_NULL;
    if (desc->rows < 0 || desc->channels < 0 || (desc->rows == 0 && desc->channels > 0)) return APUS_ERROR_SHAPE;
    ptrdiff_t scratch;
    if (!apus_element_count(desc->rows, desc->channels, sizeof(float), count) ||
        !apus_element_count(desc->channels, 2 * APUS_MAX_ROW_BLOCKS, sizeof(float), &scratch))
        return APUS_ERROR_OVERFLOW;
    if (!(desc->epsilon > 0) || !isfinite(desc->epsilon) || !(desc->momentum >= 0 && desc->momentum <= 1))
        return APUS_ERROR_VALUE;
    return APUS_OK;
}

// An array of a call, in bytes.
typedef struct extent {
    const void *start;
    size_t bytes;
} extent;

// Whether one of the first `outputs` arrays shares a byte with any other.
static bool outputs_overlap(const extent *arrays, int outputs, int count) {
    for (int i = 0; i < outputs; i++)
        for (int j = i + 1; j < count; j++)
            if (apus_overlap(arrays[i].start, arrays[i].bytes, arrays[j].start, arrays[j].bytes)) return true;
    return false;
}

// A reduction over rows into two arrays of partial results, [blocks, channels] each.
typedef struct reduction {
    const apus_norm_kernels *kernels;
    ptrdiff_t rows, channels, block, blocks, strips;
    const float *x, *dy, *mean, *factor, *beta; // all but x: gradient sums only; the last two: with ReLU only
    float *first, *second;
} reduction;

static ptrdiff_t block_rows(const reduction *r, ptrdiff_t block) {
    return apus_min(r->block, r->rows - block * r->block);
}

static void reduction_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const reduction *r = context;
    for (ptrdiff_t i = begin; i < end; i++) {
        ptrdiff_t block = i / r->strips, channel = i % r->strips * CHANNEL_STRIP;
        ptrdiff_t width = apus_min(CHANNEL_STRIP, r->channels - channel);
        ptrdiff_t at = block * r->block * r->channels + channel, to = block * r->channels + channel;
        if (r->dy == NULL)
            r->kernels->statistics(block_rows(r, block), width, r->channels, r->x + at, r->x + channel,
                                   r->first + to, r->second + to);
        else
            r->kernels->gradient_sums(block_rows(r, block), width, r->channels, r->x + at, r->dy + at,
                                      r->mean + channel, r->beta ? r->factor + channel : NULL,
                                      r->beta ? r->beta + channel : NULL, r->first + to, r->second + to);
    }
}

// Fills in the split, takes scratch memory (free r->first) and computes every block's partial results.
static apus_status reduce_blocks(reduction *r) {
    r->block = apus_row_block(r->rows);
    r->blocks = apus_ceil_div(r->rows, r->block);
    r->strips = apus_ceil_div(r->channels, CHANNEL_STRIP);
    r->first = apus_alloc((size_t)(2 * r->blocks * r->channels) * sizeof(float));
    if (r->first == NULL) return APUS_ERROR_MEMORY;
    r->second = r->first + r->blocks * r->channels;
    return apus_parallel_for(r->blocks * r->strips, 1, reduction_chunk, r);
}

// The rows that `width` blocks from `block` on cover.
static double covered_rows(const reduction *r, ptrdiff_t block, ptrdiff_t width) {
    return (double)(apus_min((block + width) * r->block, r->rows) - block * r->block);
}

static void merge_statistics(const reduction *r) {
    for (ptrdiff_t step = 1; step < r->blocks; step *= 2)
        for (ptrdiff_t b = 0; b + step < r->blocks; b += 2 * step)
            r->kernels->merge(r->channels, covered_rows(r, b, step), r->first + b * r->channels,
                              r->second + b * r->channels, covered_rows(r, b + step, step),
                              r->first + (b + step) * r->channels, r->second + (b + step) * r->channels);
}

static void merge_sums(const reduction *r) {
    for (ptrdiff_t step = 1; step < r->blocks; step *= 2)
        for (ptrdiff_t b = 0; b + step < r->blocks; b += 2 * step) {
            float *to = r->first + b * r->channels, *to_second = r->second + b * r->channels;
            for (ptrdiff_t c = 0; c < r->channels; c++) {
                to[c] += to[step * r->channels + c];
                to_second[c] += to_second[step * r->channels + c];
            }
        }
}

typedef struct pass {
    const apus_norm_kernels *kernels;
    ptrdiff_t rows, channels;
    const float *x, *dy, *mean, *a, *b, *c; // forward: a is the factor, c is beta
    const float *beta;                      // backward, with ReLU only
    float *out;
    bool relu, stream;
} pass;

// From the last row to the first: what the reduction before it read last is in the cache still.
static void pass_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const pass *p = context;
    ptrdiff_t rows = end - begin, at = (p->rows - end) * p->channels;
    if (p->dy == NULL)
        p->kernels->normalize(rows, p->channels, p->x + at, p->mean, p->a, p->c, p->relu, p->out + at, p->stream);
    else
        p->kernels->gradient(rows, p->channels, p->x + at, p->dy + at, p->mean, p->a, p->b, p->c, p->beta,
                             p->out + at, p->stream);
}

static apus_status run_pass(pass *p) {
    return apus_parallel_for(p->rows, apus_rows_grain(p->rows, p->channels), pass_chunk, p);
}

static apus_status training(const apus_batchnorm_desc *desc, const float *x, const float *gamma, const float *beta,
                            bool relu, float *y, float *saved_mean, float *saved_inverse_deviation,
                            float *moving_mean, float *moving_variance) {
    ptrdiff_t n;
    apus_status status = check(desc, &n);
    if (status != APUS_OK || n == 0) return status;
    if (x == NULL || gamma == NULL || beta == NULL || y == NULL || saved_mean == NULL ||
        saved_inverse_deviation == NULL || (moving_mean == NULL) != (moving_variance == NULL))
        return APUS_ERROR_NULL;
    ptrdiff_t channels = desc->channels;
    size_t bytes = (size_t)n * sizeof(float), row = (size_t)channels * sizeof(float);
    const extent arrays[] = {{y, bytes}, {saved_mean, row}, {saved_inverse_deviation, row}, {moving_mean, row},
                             {moving_variance, row}, {x, bytes}, {gamma, row}, {beta, row}};
    if (outputs_overlap(arrays, 5, 8)) return APUS_ERROR_ALIAS;
    reduction r = {.kernels = select_kernels(), .rows = desc->rows, .channels = channels, .x = x};
    status = reduce_blocks(&r);
    if (status != APUS_OK) {
        apus_free(r.first);
        return status;
    }
    merge_statistics(&r);
    float *factor = r.first; // the merged statistics are copied out first, so their place is free
    for (ptrdiff_t c = 0; c < channels; c++) {
        double mean = (double)x[c] + r.first[c], variance = (double)r.second[c] / (double)desc->rows;
        float inverse = (float)(1 / sqrt(variance + (double)desc->epsilon));
        saved_mean[c] = (float)mean;
        saved_inverse_deviation[c] = inverse;
        factor[c] = (float)((double)gamma[c] * inverse); // the backward pass finds the same
        if (moving_mean != NULL) {
            double keep = desc->momentum;
            moving_mean[c] = (float)(keep * moving_mean[c] + (1 - keep) * mean);
            moving_variance[c] = (float)(keep * moving_variance[c] + (1 - keep) * variance);
        }
    }
    pass p = {.kernels = r.kernels, .rows = desc->rows, .channels = channels, .x = x, .mean = saved_mean, .a = factor,
              .c = beta, .out = y, .relu = relu, .stream = apus_streams(2 * n, y, x)};
    status = run_pass(&p);
    apus_free(r.first);
    return status;
}

apus_status apus_sbatchnorm_training(const apus_batchnorm_desc *desc, const float *x, const float *gamma,
                                     const float *beta, float *y, float *saved_mean,
                                     float *saved_inverse_deviation, float *moving_mean, float *moving_variance) {
    return training(desc, x, gamma, beta, false, y, saved_mean, saved_inverse_deviation, moving_mean, moving_variance);
}

apus_status apus_sbatchnorm_relu_training(const apus_batchnorm_desc *desc, const float *x, const float *gamma,
                                          const float *beta, float *y, float *saved_mean,
                                          float *saved_inverse_deviation, float *moving_mean, float *moving_variance) {
    return training(desc, x, gamma, beta, true, y, saved_mean, saved_inverse_deviation, moving_mean, moving_variance);
}

static apus_status inference(const apus_batchnorm_desc *desc, const float *x, const float *gamma, const float *beta,
                             const float *mean, const float *variance, bool relu, float *y) {
    ptrdiff_t n;
    if (desc != NULL && desc->rows == 0 && desc->channels >= 0) return APUS_OK;
    apus_status status = check(desc, &n);
    if (status != APUS_OK || n == 0) return status;
    if (x == NULL || gamma == NULL || beta == NULL || mean == NULL || variance == NULL || y == NULL)
        return APUS_ERROR_NULL;
    size_t bytes = (size_t)n * sizeof(float), row = (size_t)desc->channels * sizeof(float);
    if (apus_partly_overlaps(y, x, n, sizeof(float)) || apus_overlap(y, bytes, gamma, row) ||
        apus_overlap(y, bytes, beta, row) || apus_overlap(y, bytes, mean, row) || apus_overlap(y, bytes, variance, row))
        return APUS_ERROR_ALIAS;
    float *factor = apus_alloc(row);
    if (factor == NULL) return APUS_ERROR_MEMORY;
    for (ptrdiff_t c = 0; c < desc->channels; c++)
        factor[c] = (float)(gamma[c] / sqrt((double)variance[c] + (double)desc->epsilon));
    pass p = {.kernels = select_kernels(), .rows = desc->rows, .channels = desc->channels, .x = x, .mean = mean,
              .a = factor, .c = beta, .out = y, .relu = relu, .stream = apus_streams(2 * n, y, x)};
    status = run_pass(&p);
    apus_free(factor);
    return status;
}

apus_status apus_sbatchnorm_inference(const apus_batchnorm_desc *desc, const float *x, const float *gamma,
                                      const float *beta, const float *mean, const float *variance, float *y) {
    return inference(desc, x, gamma, beta, mean, variance, false, y);
}

apus_status apus_sbatchnorm_relu_inference(const apus_batchnorm_desc *desc, const float *x, const float *gamma,
                                           const float *beta, const float *mean, const float *variance, float *y) {
    return inference(desc, x, gamma, beta, mean, variance, true, y);
}

// beta: with ReLU only.
static apus_status backward(const apus_batchnorm_desc *desc, const float *x, const float *dy, const float *gamma,
                            const float *beta, bool relu, const float *saved_mean,
                            const float *saved_inverse_deviation, float *dx, float *dgamma, float *dbeta) {
    ptrdiff_t n;
    apus_status status = check(desc, &n);
    if (status != APUS_OK || n == 0) return status;
    if (x == NULL || dy == NULL || gamma == NULL || saved_mean == NULL || saved_inverse_deviation == NULL ||
        dgamma == NULL || dbeta == NULL || (relu && beta == NULL))
        return APUS_ERROR_NULL;
    ptrdiff_t channels = desc->channels;
    size_t bytes = (size_t)n * sizeof(float), row = (size_t)channels * sizeof(float);
    const extent arrays[] = {{dx, bytes}, {dgamma, row}, {dbeta, row}, {x, bytes}, {gamma, row}, {saved_mean, row},
                             {saved_inverse_deviation, row}, {beta, row}};
    if (outputs_overlap(arrays, 3, 8) || apus_partly_overlaps(dx, dy, n, sizeof(float)) ||
        apus_overlap(dgamma, row, dy, bytes) || apus_overlap(dbeta, row, dy, bytes))
        return APUS_ERROR_ALIAS;
    float *coefficients = apus_alloc(3 * row);
    if (coefficients == NULL) return APUS_ERROR_MEMORY;
    float *a = coefficients, *b = a + channels, *c = b + channels;
    for (ptrdiff_t i = 0; i < channels; i++) a[i] = (float)((double)gamma[i] * saved_inverse_deviation[i]);
    reduction r = {.kernels = select_kernels(), .rows = desc->rows, .channels = channels, .x = x, .dy = dy,
                   .mean = saved_mean, .factor = a, .beta = beta};
    status = reduce_blocks(&r);
    if (status == APUS_OK) {
        merge_sums(&r);
        for (ptrdiff_t i = 0; i < channels; i++) {
            double inverse = saved_inverse_deviation[i], sum_dy = r.first[i], sum_dy_xhat = r.second[i] * inverse;
            double factor = gamma[i] * inverse;
            b[i] = (float)(-factor * inverse * sum_dy_xhat / (double)desc->rows);
            c[i] = (float)(-factor * sum_dy / (double)desc->rows);
            dgamma[i] = (float)sum_dy_xhat;
            dbeta[i] = (float)sum_dy;
        }
        if (dx != NULL) {
            pass p = {r.kernels, desc->rows, channels, x, dy, saved_mean, a, b, c, beta, dx, false, apus_streams(3 * n, dx, dy)};
            status = run_pass(&p);
        }
    }
    apus_free(r.first);
    apus_free(coefficients);
    return status;
}

apus_status apus_sbatchnorm_backward(const apus_batchnorm_desc *desc, const float *x, const float *dy,
                                     const float *gamma, const float *saved_mean,
                                     const float *saved_inverse_deviation, float *dx, float *dgamma, float *dbeta) {
    return backward(desc, x, dy, gamma, NULL, false, saved_mean, saved_inverse_deviation, dx, dgamma, dbeta);
}

apus_status apus_sbatchnorm_relu_backward(const apus_batchnorm_desc *desc, const float *x, const float *dy,
                                          const float *gamma, const float *beta, const float *saved_mean,
                                          const float *saved_inverse_deviation, float *dx, float *dgamma,
                                          float *dbeta) {
    return backward(desc, x, dy, gamma, beta, true, saved_mean, saved_inverse_deviation, dx, dgamma, dbeta);
}
