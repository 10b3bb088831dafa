// The convolution's API: checks, workspace, dispatch.
#include "conv_internal.h"

static apus_status output_size(ptrdiff_t in, ptrdiff_t before, ptrdiff_t after, ptrdiff_t kernel, ptrdiff_t stride,
                               ptrdiff_t dilation, ptrdiff_t *out) {
    ptrdiff_t padded, reach;
    if (in < 0 || before < 0 || after < 0 || kernel < 1 || stride < 1 || dilation < 1) return APUS_ERROR_SHAPE;
    if (__builtin_add_overflow(in, before, &padded) || __builtin_add_overflow(padded, after, &padded) ||
        __builtin_mul_overflow(dilation, kernel - 1, &reach) || reach == PTRDIFF_MAX)
        return APUS_ERROR_OVERFLOW;
    if (reach + 1 > padded) return APUS_ERROR_SHAPE;
    *out = (padded - reach - 1) / stride + 1;
    return APUS_OK;
}

apus_status apus_conv_output(const apus_conv_desc *desc, ptrdiff_t *out_h, ptrdiff_t *out_w) {
    if (desc == NULL) return APUS_ERROR_NULL;
    if (desc->batch < 0 || desc->in_c < 0 || desc->out_c < 0) return APUS_ERROR_SHAPE;
    ptrdiff_t height, width;
    apus_status status = output_size(desc->in_h, desc->pad_top, desc->pad_bottom, desc->kernel_h, desc->stride_h,
                                     desc->dilation_h, &height);
    if (status != APUS_OK) return status;
    status = output_size(desc->in_w, desc->pad_left, desc->pad_right, desc->kernel_w, desc->stride_w,
                         desc->dilation_w, &width);
    if (status != APUS_OK) return status;
    if (out_h != NULL) *out_h = height;
    if (out_w != NULL) *out_w = width;
    return APUS_OK;
}

static bool product(const ptrdiff_t *factors, int count, ptrdiff_t *result) {
    *result = sizeof(float);
    bool zero = false;
    for (int i = 0; i < count; i++) zero |= factors[i] == 0;
    if (zero) {
        *result = 0;
        return true;
    }
    for (int i = 0; i < count; i++)
        if (!apus_multiply_sizes(*result, factors[i], result)) return false;
    return true;
}

apus_status apus_conv_check(const apus_conv_desc *d, apus_conv_sizes *s) {
    ptrdiff_t out_h, out_w, padded;
    const apus_status status = apus_conv_output(d, &out_h, &out_w);
    if (status != APUS_OK) return status;
    const ptrdiff_t padded_h = d->in_h + d->pad_top + d->pad_bottom, padded_w = d->in_w + d->pad_left + d->pad_right;
    // Twice the padded width: a strided chunk's window, and the room to round scratch areas up.
    const ptrdiff_t reach[] = {2, d->batch, padded_h, padded_w, apus_max(1, d->in_c)};
    const ptrdiff_t x[] = {d->batch, d->in_h, d->in_w, d->in_c}, y[] = {d->batch, out_h, out_w, d->out_c};
    const ptrdiff_t w[] = {d->kernel_h, d->kernel_w, d->in_c, d->out_c};
    const ptrdiff_t strides[] = {1024, d->stride_w, apus_max(1, d->in_c)}, columns[] = {1024, d->out_c};
    const ptrdiff_t rows[] = {1024, d->stride_h, apus_max(1, d->in_w), apus_max(1, d->in_c)};
    ptrdiff_t ignored;
    if (!product(reach, 5, &padded) || !product(x, 4, &s->x) || !product(w, 4, &s->w) || !product(y, 4, &s->y) ||
        !product(strides, 3, &ignored) || !product(rows, 4, &ignored) || !product(columns, 2, &ignored))
        return APUS_ERROR_OVERFLOW;
    s->bias = d->out_c * (ptrdiff_t)sizeof(float);
    return APUS_OK;
}

const apus_conv_kernels *apus_conv_active_kernels(void) {
    switch (apus_get_isa()) {
#if defined(APUS_X86)
    case APUS_ISA_AVX2: return &apus_conv_kernels_avx2;
    case APUS_ISA_AVX512: return &apus_conv_kernels_avx512;
#elif defined(APUS_ARM64)
    case APUS_ISA_NEON: return &apus_conv_kernels_neon;
#endif
    default: return NULL;
    }
}

// Bytes for a pass over a valid, non-empty problem, the slack for alignment included.
static size_t workspace_bytes_of(const apus_conv_kernels *kernels, const apus_conv_desc *desc, apus_conv_pass pass,
                                 apus_conv_algorithm algorithm, int team) {
    const bool backward_data = pass == APUS_CONV_BACKWARD_DATA, weights = pass == APUS_CONV_BACKWARD_WEIGHTS;
    ptrdiff_t floats = 0;
    if (algorithm == APUS_CONV_WINOGRAD) {
        floats = weights ? apus_winograd_weights_floats(kernels, desc, team)
                         : apus_winograd_floats(kernels, desc, backward_data, team);
        return (size_t)floats * sizeof(float) + APUS_CACHE_LINE;
    }
    if (algorithm == APUS_CONV_ROOTS) {
        floats = apus_roots_floats(kernels, desc, pass, team);
        return (size_t)floats * sizeof(float) + APUS_CACHE_LINE;
    }
    if (algorithm != APUS_CONV_DIRECT) {
        floats = weights ? apus_winograd_tile_weights_floats(kernels, desc, algorithm, team)
                         : apus_winograd_tile_floats(kernels, desc, algorithm, backward_data, team);
        return (size_t)floats * sizeof(float) + APUS_CACHE_LINE;
    }
    switch (pass) {
    case APUS_CONV_FORWARD: floats = apus_conv_forward_floats(kernels, desc, team); break;
    case APUS_CONV_BACKWARD_DATA: floats = apus_conv_backward_data_floats(kernels, desc, team); break;
    case APUS_CONV_BACKWARD_WEIGHTS: floats = apus_conv_backward_weights_floats(kernels, desc, team); break;
    }
    return floats == 0 ? 0 : (size_t)floats * sizeof(float) + APUS_CACHE_LINE;
}

size_t apus_sconv_workspace(const apus_conv_desc *desc, apus_conv_pass pass) {
    const apus_conv_kernels *kernels = apus_conv_active_kernels();
    apus_conv_sizes s;
    if (kernels == NULL || apus_conv_check(desc, &s) != APUS_OK) return 0;
    return workspace_bytes_of(kernels, desc, pass, apus_conv_choose(kernels, desc, pass), apus_team_size());
}

apus_conv_algorithm apus_conv_algorithm_for(const apus_conv_desc *desc, apus_conv_pass pass) {
    apus_conv_sizes s;
    if (apus_conv_check(desc, &s) != APUS_OK) return APUS_CONV_DIRECT;
    return apus_conv_choose(apus_conv_active_kernels(), desc, pass);
}

// The workspace of a call: the caller's, aligned, or one of its own; and what it was sized for.
typedef struct space {
    void *owned;
    float *floats;
    apus_conv_algorithm algorithm;
    int team;
} space;

static apus_status open_space(const apus_conv_kernels *kernels, const apus_conv_desc *desc, apus_conv_pass pass,
                              void *workspace, size_t bytes, space *s) {
    *s = (space){.algorithm = apus_conv_choose(kernels, desc, pass), .team = apus_team_size()};
    const size_t wanted = kernels == NULL ? 0 : workspace_bytes_of(kernels, desc, pass, s->algorithm, s->team);
    if (workspace == NULL) {
        if (bytes != 0) return APUS_ERROR_NULL;
        if (wanted == 0) return APUS_OK;
        s->owned = workspace = apus_alloc(wanted);
        if (workspace == NULL) return APUS_ERROR_MEMORY;
    } else if (bytes < wanted) {
        return APUS_ERROR_WORKSPACE;
    }
    s->floats = (float *)(((uintptr_t)workspace + APUS_CACHE_LINE - 1) & ~(uintptr_t)(APUS_CACHE_LINE - 1));
    return APUS_OK;
}

static bool missing(const void *p, ptrdiff_t bytes) { return p == NULL && bytes > 0; }
static bool overlap(const void *a, ptrdiff_t a_bytes, const void *b, ptrdiff_t b_bytes) {
    return apus_overlap(a, (size_t)a_bytes, b, (size_t)b_bytes);
}

apus_status apus_sconv_forward(const apus_conv_desc *desc, const float *x, const float *w, const float *bias,
                               float *y, void *workspace, size_t workspace_bytes) {
    apus_conv_sizes s;
    apus_status status = apus_conv_check(desc, &s);
    if (status != APUS_OK) return status;
    if (desc->activation != APUS_ACTIVATION_LINEAR && desc->activation != APUS_ACTIVATION_RELU)
        return APUS_ERROR_UNSUPPORTED;
    if (missing(y, s.y) || (s.y > 0 && (missing(x, s.x) || missing(w, s.w)))) return APUS_ERROR_NULL;
    if (overlap(y, s.y, x, s.x) || overlap(y, s.y, w, s.w) || overlap(y, s.y, bias, s.bias)) return APUS_ERROR_ALIAS;
    if (s.y == 0) return APUS_OK;
    const apus_conv_kernels *kernels = apus_conv_active_kernels();
    space area;
    status = open_space(kernels, desc, APUS_CONV_FORWARD, workspace, workspace_bytes, &area);
    if (status != APUS_OK) return status;
    if (kernels == NULL) apus_conv_forward_reference(desc, x, w, bias, y);
    else if (area.algorithm == APUS_CONV_DIRECT) apus_conv_forward_run(kernels, desc, x, w, bias, y, area.floats, area.team);
    else if (area.algorithm == APUS_CONV_WINOGRAD) apus_winograd_forward_run(kernels, desc, x, w, bias, y, area.floats, area.team);
    else if (area.algorithm == APUS_CONV_ROOTS) apus_roots_forward_run(kernels, desc, x, w, bias, y, area.floats, area.team);
    else apus_winograd_tile_forward_run(kernels, desc, area.algorithm, x, w, bias, y, area.floats, area.team);
    apus_free(area.owned);
    return APUS_OK;
}

apus_status apus_sconv_backward_data(const apus_conv_desc *desc, const float *dy, const float *w, float *dx,
                                     void *workspace, size_t workspace_bytes) {
    apus_conv_sizes s;
    apus_status status = apus_conv_check(desc, &s);
    if (status != APUS_OK) return status;
    if (missing(dx, s.x) || (s.x > 0 && (missing(dy, s.y) || missing(w, s.w)))) return APUS_ERROR_NULL;
    if (overlap(dx, s.x, dy, s.y) || overlap(dx, s.x, w, s.w)) return APUS_ERROR_ALIAS;
    if (s.x == 0) return APUS_OK;
    const apus_conv_kernels *kernels = apus_conv_active_kernels();
    space area;
    status = open_space(kernels, desc, APUS_CONV_BACKWARD_DATA, workspace, workspace_bytes, &area);
    if (status != APUS_OK) return status;
    if (kernels == NULL) apus_conv_backward_data_reference(desc, dy, w, dx);
    else if (area.algorithm == APUS_CONV_DIRECT) apus_conv_backward_data_run(kernels, desc, dy, w, dx, area.floats, area.team);
    else if (area.algorithm == APUS_CONV_WINOGRAD)
        apus_winograd_backward_data_run(kernels, desc, dy, w, dx, area.floats, area.team);
    else if (area.algorithm == APUS_CONV_ROOTS) apus_roots_backward_data_run(kernels, desc, dy, w, dx, area.floats, area.team);
    else apus_winograd_tile_backward_data_run(kernels, desc, area.algorithm, dy, w, dx, area.floats, area.team);
    apus_free(area.owned);
    return APUS_OK;
}

apus_status apus_sconv_backward_weights(const apus_conv_desc *desc, const float *x, const float *dy, float *dw,
                                        float *dbias, void *workspace, size_t workspace_bytes) {
    apus_conv_sizes s;
    apus_status status = apus_conv_check(desc, &s);
    if (status != APUS_OK) return status;
    if (missing(dw, s.w) || missing(x, s.w == 0 ? 0 : s.x) || missing(dy, s.y)) return APUS_ERROR_NULL;
    if (overlap(dw, s.w, x, s.x) || overlap(dw, s.w, dy, s.y) || overlap(dbias, s.bias, x, s.x) ||
        overlap(dbias, s.bias, dy, s.y) || overlap(dbias, s.bias, dw, s.w))
        return APUS_ERROR_ALIAS;
    if (desc->out_c == 0) return APUS_OK;
    const apus_conv_kernels *kernels = apus_conv_active_kernels();
    space area;
    status = open_space(kernels, desc, APUS_CONV_BACKWARD_WEIGHTS, workspace, workspace_bytes, &area);
    if (status != APUS_OK) return status;
    if (kernels == NULL) apus_conv_backward_weights_reference(desc, x, dy, dw, dbias);
    else if (area.algorithm == APUS_CONV_ROOTS)
        apus_roots_weights_run(kernels, desc, x, dy, dw, dbias, area.floats, area.team);
    else if (area.algorithm == APUS_CONV_WINOGRAD)
        apus_winograd_weights_run(kernels, desc, x, dy, dw, dbias, area.floats, area.team);
    else if (area.algorithm != APUS_CONV_DIRECT)
        apus_winograd_tile_weights_run(kernels, desc, area.algorithm, x, dy, dw, dbias, area.floats, area.team);
    else apus_conv_backward_weights_run(kernels, desc, x, dy, dw, dbias, area.floats, area.team);
    apus_free(area.owned);
    return APUS_OK;
}
