// Losses: checks, choice of variant, and the split over threads with its fixed order of summation.
#include <math.h>

#include "../runtime/blocks.h"
#include "../runtime/dispatch.h"
#include "loss_kernels.h"

static const apus_loss_kernels *select_kernels(void) {
    return APUS_VARIANT(apus_loss);
}

typedef enum kind { BINARY, SPARSE, CATEGORICAL, SQUARED, MARGIN } kind;

typedef struct loss_context {
    kind which;
    const apus_loss_kernels *kernels;
    ptrdiff_t rows, columns, block;
    const float *values, *targets;
    const int32_t *labels;
    float smoothing;
    apus_margin margin;
    const float *weights;
    float scale;
    float *gradient;
    bool stream;
    double partials[APUS_MAX_ROW_BLOCKS];
} loss_context;

static double rows_loss(const loss_context *c, ptrdiff_t row, ptrdiff_t rows) {
    ptrdiff_t at = row * c->columns;
    const float *values = c->values + at, *targets = c->targets ? c->targets + at : NULL;
    const float *weights = c->weights ? c->weights + row : NULL;
    float *gradient = c->gradient ? c->gradient + at : NULL;
    switch (c->which) {
    case BINARY: return c->kernels->binary(rows, c->columns, values, targets, weights, c->scale, gradient, c->stream);
    case SPARSE:
        return c->kernels->sparse(rows, c->columns, values, c->labels + row, c->smoothing, weights, c->scale, gradient, c->stream);
    case CATEGORICAL: return c->kernels->categorical(rows, c->columns, values, targets, weights, c->scale, gradient, c->stream);
    case SQUARED: return c->kernels->squared(rows, c->columns, values, targets, weights, c->scale, gradient, c->stream);
    case MARGIN: return c->kernels->margin(rows, c->columns, values, targets, c->margin, weights, c->scale, gradient, c->stream);
    }
    return 0;
}

static void block_loss(void *context, ptrdiff_t begin, ptrdiff_t end) {
    loss_context *c = context;
    for (ptrdiff_t b = begin; b < end; b++)
        c->partials[b] = rows_loss(c, b * c->block, apus_min(c->block, c->rows - b * c->block));
}

// The checks that all losses share, then the sum over blocks of rows, in order.
static apus_status run(loss_context *c, double *loss) {
    ptrdiff_t n;
    if (c->rows < 0 || c->columns < 0) return APUS_ERROR_SHAPE;
    if (!apus_element_count(c->rows, c->columns, sizeof(float), &n) || c->rows > PTRDIFF_MAX / 16)
        return APUS_ERROR_OVERFLOW;
    if (!isfinite(c->scale)) return APUS_ERROR_VALUE;
    if (loss == NULL) return APUS_ERROR_NULL;
    if (n > 0) {
        bool no_targets = c->which == SPARSE ? c->labels == NULL : c->targets == NULL;
        if (c->values == NULL || no_targets) return APUS_ERROR_NULL;
    }
    if (c->which == SPARSE && c->rows > 0) {
        if (c->labels == NULL) return APUS_ERROR_NULL;
        if (!apus_indices_in_range(c->rows, c->labels, c->columns)) return APUS_ERROR_INDEX;
    }
    size_t bytes = (size_t)n * sizeof(float), row_bytes = (size_t)c->rows * sizeof(float);
    if (apus_partly_overlaps(c->gradient, c->values, n, sizeof(float)) ||
        apus_overlap(c->gradient, bytes, c->targets, bytes) ||
        apus_overlap(c->gradient, bytes, c->labels, row_bytes) ||
        apus_overlap(c->gradient, bytes, c->weights, row_bytes))
        return APUS_ERROR_ALIAS;
    if (apus_overlap(loss, sizeof *loss, c->values, bytes) || apus_overlap(loss, sizeof *loss, c->targets, bytes) ||
        apus_overlap(loss, sizeof *loss, c->labels, row_bytes) || apus_overlap(loss, sizeof *loss, c->weights, row_bytes) ||
        apus_overlap(loss, sizeof *loss, c->gradient, bytes))
        return APUS_ERROR_ALIAS;
    double sum = 0;
    if (n > 0) {
        c->kernels = select_kernels();
        c->stream = c->gradient != NULL && apus_streams((c->which == SPARSE ? 2 : 3) * n, c->gradient, c->values);
        c->block = apus_max(apus_row_grain(c->columns), apus_ceil_div(c->rows, APUS_MAX_ROW_BLOCKS));
        if (c->block > 16) c->block = apus_round_up(c->block, 16); // blocks of aligned arrays begin aligned
        ptrdiff_t blocks = apus_ceil_div(c->rows, c->block);
        apus_status status = apus_parallel_for(blocks, 1, block_loss, c);
        if (status != APUS_OK) return status;
        for (ptrdiff_t b = 0; b < blocks; b++) sum += c->partials[b];
    }
    *loss = sum;
    return APUS_OK;
}

apus_status apus_sbinary_cross_entropy(ptrdiff_t rows, ptrdiff_t columns, const float *logits, const float *targets,
                                       const float *weights, float scale, double *loss, float *gradient) {
    loss_context context = {.which = BINARY, .rows = rows, .columns = columns, .values = logits, .targets = targets,
                            .weights = weights, .scale = scale, .gradient = gradient};
    return run(&context, loss);
}

apus_status apus_ssparse_cross_entropy(ptrdiff_t rows, ptrdiff_t classes, const float *logits, const int32_t *labels,
                                       float smoothing, const float *weights, float scale, double *loss, float *gradient) {
    if (!(smoothing >= 0 && smoothing < 1)) return APUS_ERROR_VALUE;
    loss_context context = {.which = SPARSE, .rows = rows, .columns = classes, .values = logits, .labels = labels,
                            .smoothing = smoothing, .weights = weights, .scale = scale, .gradient = gradient};
    return run(&context, loss);
}

apus_status apus_scategorical_cross_entropy(ptrdiff_t rows, ptrdiff_t classes, const float *logits,
                                            const float *targets, const float *weights, float scale,
                                            double *loss, float *gradient) {
    loss_context context = {.which = CATEGORICAL, .rows = rows, .columns = classes, .values = logits,
                            .targets = targets, .weights = weights, .scale = scale, .gradient = gradient};
    return run(&context, loss);
}

apus_status apus_smean_squared_error(ptrdiff_t rows, ptrdiff_t columns, const float *predictions, const float *targets,
                                     const float *weights, float scale, double *loss, float *gradient) {
    loss_context context = {.which = SQUARED, .rows = rows, .columns = columns, .values = predictions,
                            .targets = targets, .weights = weights, .scale = scale, .gradient = gradient};
    return run(&context, loss);
}

apus_status apus_smargin_loss(ptrdiff_t rows, ptrdiff_t classes, const float *lengths, const float *targets,
                              float m_plus, float m_minus, float lambda, const float *weights, float scale,
                              double *loss, float *gradient) {
    if (!isfinite(m_plus) || !isfinite(m_minus) || !isfinite(lambda)) return APUS_ERROR_VALUE;
    loss_context context = {.which = MARGIN, .rows = rows, .columns = classes, .values = lengths, .targets = targets,
                            .margin = {m_plus, m_minus, lambda}, .weights = weights, .scale = scale,
                            .gradient = gradient};
    return run(&context, loss);
}
