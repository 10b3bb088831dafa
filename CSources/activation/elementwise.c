// Accumulate, scale, and sums: checks and the split over threads.
#include "../runtime/blocks.h"
#include "activation_kernels.h"

typedef struct pass_context {
    const apus_activation_kernels *kernels;
    const float *x;
    float factor;
    float *y;
} pass_context;

static void accumulate_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const pass_context *c = context;
    c->kernels->accumulate(end - begin, c->x + begin, c->factor, c->y + begin);
}

apus_status apus_saccumulate(ptrdiff_t n, const float *x, float beta, float *y) {
    ptrdiff_t count;
    if (n < 0) return APUS_ERROR_SHAPE;
    if (!apus_element_count(n, 1, sizeof(float), &count)) return APUS_ERROR_OVERFLOW;
    if (n == 0) return APUS_OK;
    if (x == NULL || y == NULL) return APUS_ERROR_NULL;
    if (apus_partly_overlaps(y, x, n, sizeof(float))) return APUS_ERROR_ALIAS;
    pass_context context = {apus_activation_select(), x, beta, y};
    return apus_parallel_for(n, apus_element_grain(n), accumulate_chunk, &context);
}

static void scale_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const pass_context *c = context;
    c->kernels->scale(end - begin, c->factor, c->y + begin);
}

apus_status apus_sscale(ptrdiff_t n, float factor, float *x) {
    ptrdiff_t count;
    if (n < 0) return APUS_ERROR_SHAPE;
    if (!apus_element_count(n, 1, sizeof(float), &count)) return APUS_ERROR_OVERFLOW;
    if (n == 0) return APUS_OK;
    if (x == NULL) return APUS_ERROR_NULL;
    pass_context context = {apus_activation_select(), NULL, factor, x};
    return apus_parallel_for(n, apus_element_grain(n), scale_chunk, &context);
}

// Columns of one chunk of a sum over rows.
#define COLUMN_STRIP ((ptrdiff_t)1024)

typedef struct sum_context {
    const apus_activation_kernels *kernels;
    ptrdiff_t rows, columns, block, strips;
    const float *x;
    float *partials; // [blocks, columns]
} sum_context;

static void sum_rows_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const sum_context *c = context;
    for (ptrdiff_t i = begin; i < end; i++) {
        ptrdiff_t block = i / c->strips, column = i % c->strips * COLUMN_STRIP, row = block * c->block;
        c->kernels->sum_rows(apus_min(c->block, c->rows - row), apus_min(COLUMN_STRIP, c->columns - column),
                             c->columns, c->x + row * c->columns + column,
                             c->partials + block * c->columns + column);
    }
}

apus_status apus_ssum_rows(ptrdiff_t rows, ptrdiff_t columns, const float *x, float *sums) {
    ptrdiff_t n;
    if (rows < 0 || columns < 0) return APUS_ERROR_SHAPE;
    if (!apus_element_count(rows, columns, sizeof(float), &n) ||
        !apus_element_count(columns, APUS_MAX_ROW_BLOCKS, sizeof(float), &(ptrdiff_t){0}))
        return APUS_ERROR_OVERFLOW;
    if (columns == 0) return APUS_OK;
    if (sums == NULL || (x == NULL && rows > 0)) return APUS_ERROR_NULL;
    if (apus_overlap(sums, (size_t)columns * sizeof(float), x, (size_t)n * sizeof(float))) return APUS_ERROR_ALIAS;
    const apus_activation_kernels *kernels = apus_activation_select();
    if (rows == 0) {
        for (ptrdiff_t c = 0; c < columns; c++) sums[c] = 0;
        return APUS_OK;
    }
    ptrdiff_t block = apus_row_block(rows), blocks = apus_ceil_div(rows, block);
    float *partials = blocks == 1 ? sums : apus_alloc((size_t)(blocks * columns) * sizeof(float));
    if (partials == NULL) return APUS_ERROR_MEMORY;
    sum_context context = {kernels, rows, columns, block, apus_ceil_div(columns, COLUMN_STRIP), x, partials};
    apus_status status = apus_parallel_for(blocks * context.strips, 1, sum_rows_chunk, &context);
    if (blocks == 1) return status;
    for (ptrdiff_t step = 1; step < blocks; step *= 2)
        for (ptrdiff_t b = 0; b + step < blocks; b += 2 * step)
            kernels->accumulate(columns, partials + (b + step) * columns, 1, partials + b * columns);
    kernels->accumulate(columns, partials, 0, sums);
    apus_free(partials);
    return status;
}

typedef struct squares_context {
    const apus_activation_kernels *kernels;
    const float *x;
    ptrdiff_t n, block;
    double partials[APUS_MAX_ROW_BLOCKS];
} squares_context;

static void squares_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    squares_context *c = context;
    for (ptrdiff_t b = begin; b < end; b++) {
        ptrdiff_t at = b * c->block;
        c->partials[b] = c->kernels->sum_of_squares(apus_min(c->block, c->n - at), c->x + at);
    }
}

apus_status apus_ssum_of_squares(ptrdiff_t n, const float *x, double *result) {
    ptrdiff_t count;
    if (n < 0) return APUS_ERROR_SHAPE;
    if (!apus_element_count(n, 1, sizeof(float), &count)) return APUS_ERROR_OVERFLOW;
    if (result == NULL || (x == NULL && n > 0)) return APUS_ERROR_NULL;
    if (apus_overlap(result, sizeof *result, x, (size_t)n * sizeof(float))) return APUS_ERROR_ALIAS;
    squares_context context = {.kernels = apus_activation_select(), .x = x, .n = n};
    context.block = apus_max(APUS_ELEMENT_GRAIN, n / APUS_MAX_ROW_BLOCKS + (n % APUS_MAX_ROW_BLOCKS != 0));
    ptrdiff_t blocks = apus_ceil_div(n, context.block);
    apus_status status = apus_parallel_for(blocks, 1, squares_chunk, &context);
    double sum = 0;
    for (ptrdiff_t b = 0; b < blocks; b++) sum += context.partials[b];
    if (status == APUS_OK) *result = sum;
    return status;
}
