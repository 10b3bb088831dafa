// Pooling's API: checks and dispatch.
#include "../runtime/blocks.h"
#include "pool_internal.h"

static apus_status output_size(ptrdiff_t in, ptrdiff_t before, ptrdiff_t after, ptrdiff_t window, ptrdiff_t stride,
                               ptrdiff_t *out) {
    ptrdiff_t padded;
    if (in < 1 || window < 1 || stride < 1 || before < 0 || after < 0 || before >= window || after >= window)
        return APUS_ERROR_SHAPE;
    if (__builtin_add_overflow(in, before, &padded) || __builtin_add_overflow(padded, after, &padded))
        return APUS_ERROR_OVERFLOW;
    if (window > padded) return APUS_ERROR_SHAPE;
    *out = (padded - window) / stride + 1;
    return APUS_OK;
}

apus_status apus_pool_output(const apus_pool_desc *desc, ptrdiff_t *out_h, ptrdiff_t *out_w) {
    if (desc == NULL) return APUS_ERROR_NULL;
    if (desc->batch < 0 || desc->channels < 0) return APUS_ERROR_SHAPE;
    ptrdiff_t height, width;
    apus_status status = output_size(desc->in_h, desc->pad_top, desc->pad_bottom, desc->window_h, desc->stride_h, &height);
    if (status != APUS_OK) return status;
    status = output_size(desc->in_w, desc->pad_left, desc->pad_right, desc->window_w, desc->stride_w, &width);
    if (status != APUS_OK) return status;
    if (out_h != NULL) *out_h = height;
    if (out_w != NULL) *out_w = width;
    return APUS_OK;
}

// Elements of x and y, and of a window, all with their bytes within ptrdiff_t.
typedef struct sizes {
    ptrdiff_t x, y, window;
} sizes;

static apus_status check(const apus_pool_desc *d, apus_pool_work *w, sizes *s) {
    *w = (apus_pool_work){.d = d};
    const apus_status status = apus_pool_output(d, &w->out_h, &w->out_w);
    if (status != APUS_OK) return status;
    ptrdiff_t bytes;
    // Each of x's and y's sizes is bounded apart: an empty batch must not hide a row that overflows.
    const ptrdiff_t batch = apus_max(1, d->batch), channels = apus_max(1, d->channels);
    if (!apus_multiply_sizes(d->in_h, d->in_w, &s->x) || !apus_multiply_sizes(s->x, channels, &s->x) ||
        !apus_multiply_sizes(s->x, batch, &s->x) || !apus_multiply_sizes(s->x, sizeof(float), &bytes) ||
        !apus_multiply_sizes(w->out_h, w->out_w, &s->y) || !apus_multiply_sizes(s->y, channels, &s->y) ||
        !apus_multiply_sizes(s->y, batch, &s->y) || !apus_multiply_sizes(s->y, sizeof(float), &bytes) ||
        !apus_multiply_sizes(d->window_h, d->window_w, &s->window))
        return APUS_ERROR_OVERFLOW;
    if (d->batch == 0 || d->channels == 0) s->x = s->y = 0;
    w->apart = d->pad_top == 0 && d->pad_bottom == 0 && d->pad_left == 0 && d->pad_right == 0 &&
               apus_pool_axis_apart(w->out_h, d->window_h, d->stride_h) &&
               apus_pool_axis_apart(w->out_w, d->window_w, d->stride_w);
    return APUS_OK;
}

static const apus_pool_kernels *active_kernels(void) {
    switch (apus_get_isa()) {
#if defined(APUS_X86)
    case APUS_ISA_AVX2: return &apus_pool_kernels_avx2;
    case APUS_ISA_AVX512: return &apus_pool_kernels_avx512;
#elif defined(APUS_ARM64)
    case APUS_ISA_NEON: return &apus_pool_kernels_neon;
#endif
    default: return &apus_pool_kernels_reference;
    }
}

static apus_status over_rows(ptrdiff_t rows, ptrdiff_t row_floats, apus_range_fn fn, apus_pool_work *w) {
    return apus_parallel_for(rows, apus_max(1, apus_element_grain(rows * row_floats) / apus_max(1, row_floats)), fn, w);
}

static bool overlap(const float *a, ptrdiff_t a_count, const float *b, ptrdiff_t b_count) {
    return apus_overlap(a, (size_t)a_count * sizeof(float), b, (size_t)b_count * sizeof(float));
}

enum { MAX_PLACES = 256 }; // that a uint8_t tells apart

apus_status apus_smaxpool_forward(const apus_pool_desc *desc, const float *x, float *y, uint8_t *argmax) {
    apus_pool_work w;
    sizes s;
    const apus_status status = check(desc, &w, &s);
    if (status != APUS_OK) return status;
    // Winners are kept in 32 bits even where no argmax is wanted.
    if (s.window > (argmax != NULL ? MAX_PLACES : INT32_MAX)) return APUS_ERROR_UNSUPPORTED;
    if (s.y == 0) return APUS_OK;
    if (x == NULL || y == NULL) return APUS_ERROR_NULL;
    if (overlap(y, s.y, x, s.x) || apus_overlap(argmax, (size_t)s.y, x, (size_t)s.x * sizeof(float)) ||
        apus_overlap(argmax, (size_t)s.y, y, (size_t)s.y * sizeof(float)))
        return APUS_ERROR_ALIAS;
    w.x = x;
    w.y = y;
    w.stream = apus_streams(s.x + s.y, y, x);
    w.argmax = argmax;
    return over_rows(desc->batch * w.out_h, desc->in_w * desc->channels, active_kernels()->max_forward, &w);
}

apus_status apus_smaxpool_backward(const apus_pool_desc *desc, const float *dy, const uint8_t *argmax, float *dx) {
    apus_pool_work w;
    sizes s;
    const apus_status status = check(desc, &w, &s);
    if (status != APUS_OK) return status;
    if (s.window > MAX_PLACES) return APUS_ERROR_UNSUPPORTED;
    if (s.x == 0) return APUS_OK;
    if (dy == NULL || argmax == NULL || dx == NULL) return APUS_ERROR_NULL;
    if (overlap(dx, s.x, dy, s.y) || apus_overlap(dx, (size_t)s.x * sizeof(float), argmax, (size_t)s.y))
        return APUS_ERROR_ALIAS;
    w.dy = dy;
    w.winners = argmax;
    w.dx = dx;
    w.stream = apus_streams(s.x + s.y, dx, dy);
    return over_rows(desc->batch * desc->in_h, desc->in_w * desc->channels, active_kernels()->max_backward, &w);
}

apus_status apus_smaxpool_backward_recompute(const apus_pool_desc *desc, const float *x, const float *dy, float *dx) {
    apus_pool_work w;
    sizes s;
    const apus_status status = check(desc, &w, &s);
    if (status != APUS_OK) return status;
    if (s.window > INT32_MAX) return APUS_ERROR_UNSUPPORTED;
    if (s.x == 0) return APUS_OK;
    if (x == NULL || dy == NULL || dx == NULL) return APUS_ERROR_NULL;
    if (overlap(dx, s.x, dy, s.y) || overlap(dx, s.x, x, s.x)) return APUS_ERROR_ALIAS;
    w.x = x;
    w.dy = dy;
    w.dx = dx;
    w.stream = apus_streams(s.x + s.y, dx, dy);
    if (w.apart)
        return over_rows(desc->batch * w.out_h, apus_min(desc->stride_h, desc->in_h) * desc->in_w * desc->channels,
                         active_kernels()->max_recompute_apart, &w);
    return apus_parallel_for(desc->batch * apus_ceil_div(desc->channels, APUS_POOL_CHANNEL_BLOCK), 1,
                             active_kernels()->max_recompute, &w);
}

apus_status apus_savgpool_forward(const apus_pool_desc *desc, const float *x, float *y) {
    apus_pool_work w;
    sizes s;
    const apus_status status = check(desc, &w, &s);
    if (status != APUS_OK) return status;
    if (s.y == 0) return APUS_OK;
    if (x == NULL || y == NULL) return APUS_ERROR_NULL;
    if (overlap(y, s.y, x, s.x)) return APUS_ERROR_ALIAS;
    w.x = x;
    w.y = y;
    w.stream = apus_streams(s.x + s.y, y, x);
    return over_rows(desc->batch * w.out_h, desc->in_w * desc->channels, active_kernels()->average_forward, &w);
}

apus_status apus_savgpool_backward(const apus_pool_desc *desc, const float *dy, float *dx) {
    apus_pool_work w;
    sizes s;
    const apus_status status = check(desc, &w, &s);
    if (status != APUS_OK) return status;
    if (s.x == 0) return APUS_OK;
    if (dy == NULL || dx == NULL) return APUS_ERROR_NULL;
    if (overlap(dx, s.x, dy, s.y)) return APUS_ERROR_ALIAS;
    w.dy = dy;
    w.dx = dx;
    w.stream = apus_streams(s.x + s.y, dx, dy);
    return over_rows(desc->batch * desc->in_h, desc->in_w * desc->channels, active_kernels()->average_backward, &w);
}
