/// Max and average pooling, channels last; 1-D with in_h = window_h = stride_h = 1; global pooling
/// with the window as large as the input.
#ifndef APUS_POOL_H
#define APUS_POOL_H

#include "status.h"

APUS_BEGIN_DECLS

/// x: [batch, in_h, in_w, channels], y: [batch, out_h, out_w, channels],
/// out = (in + pad_before + pad_after - window) / stride + 1, rounded down.
typedef struct apus_pool_desc {
    ptrdiff_t batch, in_h, in_w, channels;
    ptrdiff_t window_h, window_w;
    ptrdiff_t stride_h, stride_w;
    ptrdiff_t pad_top, pad_bottom, pad_left, pad_right; ///< each smaller than the window
    int count_padding; ///< average only: 1 divides by the whole window, 0 by its part inside the input
} apus_pool_desc;

/// Checks the descriptor and gives the output's height and width (either pointer may be null).
/// APUS_ERROR_SHAPE: a negative size, an empty image (in_h or in_w 0), a zero window or stride, padding
/// outside [0, window), or a window larger than the padded input.
apus_status apus_pool_output(const apus_pool_desc *desc, ptrdiff_t *out_h, ptrdiff_t *out_w);

/// Padding never wins a maximum. argmax (may be null): for each output the winner's place in its own
/// window, window_w * row + column, the first of equals; as uint8_t for windows of up to 256 places,
/// else APUS_ERROR_UNSUPPORTED unless argmax is null (use apus_smaxpool_backward_recompute). NaN wins.
apus_status apus_smaxpool_forward(const apus_pool_desc *desc, const float *x, float *y, uint8_t *argmax);
/// dx = the gradient with respect to x: each dy goes to its winner.
apus_status apus_smaxpool_backward(const apus_pool_desc *desc, const float *dy, const uint8_t *argmax, float *dx);
/// The same, finding the winners again from x: no argmax is kept, any window size.
apus_status apus_smaxpool_backward_recompute(const apus_pool_desc *desc, const float *x, const float *dy, float *dx);

apus_status apus_savgpool_forward(const apus_pool_desc *desc, const float *x, float *y);
apus_status apus_savgpool_backward(const apus_pool_desc *desc, const float *dy, float *dx);

APUS_END_DECLS
#endif
