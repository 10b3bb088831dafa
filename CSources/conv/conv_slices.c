// Sums that every way of computing the weights' gradient needs: of its slices, in order, so that the bits do
// not depend on the number of threads, and of the bias's gradient.
#include "conv_internal.h"

enum { REDUCE_BLOCK = 4096, BIAS_SLICES = 64, BIAS_PIXELS = 256 };

typedef struct reduction {
    const apus_conv_kernels *kernels;
    ptrdiff_t slices, weights;
    const float *partial;
    float *dw;
} reduction;

static void reduce_blocks(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const reduction *r = context;
    for (ptrdiff_t i = begin; i < end; i++) {
        const ptrdiff_t at = i * REDUCE_BLOCK;
        r->kernels->column_sums(r->slices, apus_min(REDUCE_BLOCK, r->weights - at), r->partial + at,
                                apus_conv_line(r->weights), r->dw + at);
    }
}

void apus_conv_add_slices(const apus_conv_kernels *kernels, ptrdiff_t slices, ptrdiff_t weights, const float *partial,
                          float *dw, int team) {
    reduction r = {kernels, slices, weights, partial, dw};
    apus_parallel_for_team(team, apus_ceil_div(weights, REDUCE_BLOCK), 1, reduce_blocks, &r);
}

typedef struct bias_sums {
    const apus_conv_kernels *kernels;
    ptrdiff_t pixels, slices, channels;
    const float *dy;
    float *partial;
} bias_sums;

static bias_sums bias_sums_of(const apus_conv_desc *desc) {
    ptrdiff_t out_h = 0, out_w = 0;
    apus_conv_output(desc, &out_h, &out_w);
    bias_sums b = {.pixels = desc->batch * out_h * out_w, .channels = desc->out_c};
    b.slices = apus_min(BIAS_SLICES, apus_max(1, b.pixels / BIAS_PIXELS));
    return b;
}

static void sum_bias_slices(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const bias_sums *b = context;
    for (ptrdiff_t i = begin; i < end; i++) {
        const ptrdiff_t from = b->pixels * i / b->slices, to = b->pixels * (i + 1) / b->slices;
        b->kernels->column_sums(to - from, b->channels, b->dy + from * b->channels, b->channels,
                                b->partial + i * apus_conv_line(b->channels));
    }
}

ptrdiff_t apus_conv_bias_floats(const apus_conv_desc *desc) {
    const bias_sums b = bias_sums_of(desc);
    return b.slices * apus_conv_line(b.channels);
}

void apus_conv_bias_gradient(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *dy, float *dbias,
                             float *workspace, int team) {
    bias_sums b = bias_sums_of(desc);
    if (b.channels == 0) return;
    b.kernels = kernels;
    b.dy = dy;
    b.partial = workspace;
    apus_parallel_for_team(team, b.slices, 1, sum_bias_slices, &b);
    kernels->column_sums(b.slices, b.channels, workspace, apus_conv_line(b.channels), dbias);
}
