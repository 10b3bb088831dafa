// Activations and softmax: checks, choice of variant, and the split over threads.
#include "../runtime/blocks.h"
#include "../runtime/dispatch.h"
#include "activation_kernels.h"

const apus_activation_kernels *apus_activation_select(void) {
    return APUS_VARIANT(apus_activation);
}

typedef struct map_context {
    const apus_activation_kernels *kernels;
    apus_activation f;
    float alpha;
    ptrdiff_t columns;
    const float *x, *y_in, *dy;
    float *out;
    bool stream;
} map_context;

static void forward_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const map_context *c = context;
    c->kernels->forward(c->f, c->alpha, end - begin, c->x + begin, c->out + begin, c->stream);
}

apus_status apus_sactivation_forward(apus_activation f, float alpha, ptrdiff_t n, const float *x, float *y) {
    ptrdiff_t count;
    if ((int)f < APUS_ACTIVATION_LINEAR || f > APUS_ACTIVATION_SILU) return APUS_ERROR_VALUE;
    if (n < 0) return APUS_ERROR_SHAPE;
    if (!apus_element_count(n, 1, sizeof(float), &count)) return APUS_ERROR_OVERFLOW;
    if (n == 0) return APUS_OK;
    if (x == NULL || y == NULL) return APUS_ERROR_NULL;
    if (apus_partly_overlaps(y, x, n, sizeof(float))) return APUS_ERROR_ALIAS;
    map_context context = {.kernels = apus_activation_select(), .f = f, .alpha = alpha, .x = x, .out = y,
                           .stream = apus_streams(2 * n, y, x)};
    return apus_parallel_for(n, apus_element_grain(n), forward_chunk, &context);
}

static void backward_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const map_context *c = context;
    c->kernels->backward(c->f, c->alpha, end - begin, c->x ? c->x + begin : NULL, c->y_in ? c->y_in + begin : NULL,
                         c->dy + begin, c->out + begin, c->stream);
}

// Which of the forward call's arrays a slope is computed from.
static void slope_needs(apus_activation f, float alpha, bool *needs_x, bool *needs_y) {
    *needs_x = *needs_y = false;
    switch (f) {
    case APUS_ACTIVATION_LINEAR: return;
    case APUS_ACTIVATION_SOFTPLUS:
    case APUS_ACTIVATION_GELU:
    case APUS_ACTIVATION_SILU: *needs_x = true; return;
    case APUS_ACTIVATION_LEAKY_RELU:
    case APUS_ACTIVATION_ELU: *(alpha < 0 ? needs_x : needs_y) = true; return;
    default: *needs_y = true; return;
    }
}

apus_status apus_sactivation_backward(apus_activation f, float alpha, ptrdiff_t n, const float *x, const float *y,
                                      const float *dy, float *dx) {
    ptrdiff_t count;
    bool needs_x, needs_y;
    if ((int)f < APUS_ACTIVATION_LINEAR || f > APUS_ACTIVATION_SILU) return APUS_ERROR_VALUE;
    if (n < 0) return APUS_ERROR_SHAPE;
    if (!apus_element_count(n, 1, sizeof(float), &count)) return APUS_ERROR_OVERFLOW;
    if (n == 0) return APUS_OK;
    slope_needs(f, alpha, &needs_x, &needs_y);
    if ((needs_x && x == NULL) || (needs_y && y == NULL) || dy == NULL || dx == NULL) return APUS_ERROR_NULL;
    if (!needs_x) x = NULL;
    if (!needs_y) y = NULL;
    if (apus_partly_overlaps(dx, dy, n, sizeof(float)) || apus_partly_overlaps(dx, x, n, sizeof(float)) ||
        apus_partly_overlaps(dx, y, n, sizeof(float)))
        return APUS_ERROR_ALIAS;
    map_context context = {
        .kernels = apus_activation_select(), .f = f, .alpha = alpha, .x = x, .y_in = y, .dy = dy, .out = dx,
        .stream = dx != x && dx != y && apus_streams(3 * n, dx, dy)};
    return apus_parallel_for(n, apus_element_grain(n), backward_chunk, &context);
}

static void softmax_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const map_context *c = context;
    ptrdiff_t at = begin * c->columns;
    c->kernels->softmax_forward(end - begin, c->columns, c->x + at, c->out + at, c->stream);
}

apus_status apus_ssoftmax_forward(ptrdiff_t rows, ptrdiff_t columns, const float *x, float *y) {
    ptrdiff_t n;
    if (rows < 0 || columns < 0) return APUS_ERROR_SHAPE;
    if (!apus_element_count(rows, columns, sizeof(float), &n)) return APUS_ERROR_OVERFLOW;
    if (n == 0) return APUS_OK;
    if (x == NULL || y == NULL) return APUS_ERROR_NULL;
    if (apus_partly_overlaps(y, x, n, sizeof(float))) return APUS_ERROR_ALIAS;
    map_context context = {.kernels = apus_activation_select(), .columns = columns, .x = x, .out = y,
                           .stream = apus_streams(2 * n, y, x)};
    return apus_parallel_for(rows, apus_rows_grain(rows, columns), softmax_chunk, &context);
}

static void softmax_backward_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const map_context *c = context;
    ptrdiff_t at = begin * c->columns;
    c->kernels->softmax_backward(end - begin, c->columns, c->y_in + at, c->dy + at, c->out + at, c->stream);
}

apus_status apus_ssoftmax_backward(ptrdiff_t rows, ptrdiff_t columns, const float *y, const float *dy, float *dx) {
    ptrdiff_t n;
    if (rows < 0 || columns < 0) return APUS_ERROR_SHAPE;
    if (!apus_element_count(rows, columns, sizeof(float), &n)) return APUS_ERROR_OVERFLOW;
    if (n == 0) return APUS_OK;
    if (y == NULL || dy == NULL || dx == NULL) return APUS_ERROR_NULL;
    if (apus_partly_overlaps(dx, y, n, sizeof(float)) || apus_partly_overlaps(dx, dy, n, sizeof(float)))
        return APUS_ERROR_ALIAS;
    map_context context = {.kernels = apus_activation_select(), .columns = columns, .y_in = y, .dy = dy, .out = dx,
                           .stream = dx != y && apus_streams(3 * n, dx, dy)};
    return apus_parallel_for(rows, apus_rows_grain(rows, columns), softmax_backward_chunk, &context);
}
