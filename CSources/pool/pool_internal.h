// What the files of this folder share. Not installed.
#ifndef APUS_POOL_INTERNAL_H
#define APUS_POOL_INTERNAL_H

#include "../../include/apus/pool.h"
#include "../runtime/internal.h"

// One call's arrays; each pass uses its own.
typedef struct apus_pool_work {
    const apus_pool_desc *d;
    ptrdiff_t out_h, out_w;
    const float *x, *dy;
    const uint8_t *winners;
    float *y, *dx;
    uint8_t *argmax; // or null
    bool stream;     // write floats past the caches
    bool apart;      // no input lies in two windows, and there is no padding
} apus_pool_work;

// One instruction set's passes, as bodies for apus_parallel_for over an apus_pool_work:
// the forward passes over rows of output (batch * out_h), the gathering backward passes over rows of
// input (batch * in_h), the recomputing one over images and blocks of channels
// (batch * ceil(channels / APUS_POOL_CHANNEL_BLOCK)), for it scatters; where windows lie apart, over rows of output.
typedef struct apus_pool_kernels {
    apus_range_fn max_forward, max_backward, max_recompute, max_recompute_apart, average_forward, average_backward;
} apus_pool_kernels;

#define APUS_POOL_CHANNEL_BLOCK 64

extern const apus_pool_kernels apus_pool_kernels_reference, apus_pool_kernels_avx2, apus_pool_kernels_avx512,
    apus_pool_kernels_neon;

// A range of places, [begin, end).
typedef struct apus_pool_span {
    ptrdiff_t begin, end;
} apus_pool_span;

// The part of output o's window that lies inside the input, as input positions.
static inline apus_pool_span apus_pool_inside(ptrdiff_t o, ptrdiff_t in, ptrdiff_t window, ptrdiff_t stride, ptrdiff_t pad) {
    const ptrdiff_t first = o * stride - pad;
    return (apus_pool_span){apus_max(0, first), apus_min(in, first + window)};
}

// The outputs whose windows hold input i.
static inline apus_pool_span apus_pool_covering(ptrdiff_t i, ptrdiff_t out, ptrdiff_t window, ptrdiff_t stride, ptrdiff_t pad) {
    const ptrdiff_t last = (i + pad) / stride, before = i + pad - window;
    return (apus_pool_span){before < 0 ? 0 : before / stride + 1, apus_min(out, last + 1)};
}

// Whether, along one axis, no input lies in two windows. (Padding is looked at apart.)
static inline bool apus_pool_axis_apart(ptrdiff_t out, ptrdiff_t window, ptrdiff_t stride) {
    return out == 1 || stride >= window;
}

// Where windows lie apart, each input belongs to the cell of one output: its window and what lies before the next.
typedef struct apus_pool_cell {
    ptrdiff_t output, place; // place: from the window's start
    bool inside;             // the window, not what lies behind it
} apus_pool_cell;
static inline apus_pool_cell apus_pool_cell_of(ptrdiff_t i, ptrdiff_t out, ptrdiff_t window, ptrdiff_t stride) {
    const ptrdiff_t output = apus_min(i / stride, out - 1), place = i - output * stride;
    return (apus_pool_cell){output, place, place < window};
}

// What an average multiplies its sum by.
static inline float apus_pool_share(const apus_pool_desc *d, apus_pool_span rows, apus_pool_span columns) {
    const ptrdiff_t places = d->count_padding ? d->window_h * d->window_w
                                              : (rows.end - rows.begin) * (columns.end - columns.begin);
    return (float)(1.0 / (double)places);
}

#endif
