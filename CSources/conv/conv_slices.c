// Adds the slices of a weight gradient, in order: the bits do not depend on the number of threads.
#include "conv_internal.h"

enum { REDUCE_BLOCK = 4096 };

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
