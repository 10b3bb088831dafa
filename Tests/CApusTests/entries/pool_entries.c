#include "entries.h"

enum { BATCH = 5, H = 45, W = 47, C = 40, OUT_H = 22, OUT_W = 23, INPUTS = BATCH * H * W * C, OUTPUTS = BATCH * OUT_H * OUT_W * C };

static apus_pool_desc described(call *c) {
    apus_pool_desc d = {.stride_h = 2, .stride_w = 2};
    d.batch = size(c, BATCH), d.in_h = size(c, H), d.in_w = size(c, W), d.channels = size(c, C);
    d.window_h = size(c, 3), d.window_w = size(c, 3);
    d.pad_left = 1;
    return d;
}

static apus_status maxpool_forward(call *c) {
    const apus_pool_desc d = described(c);
    const float *x = in_f32(c, INPUTS);
    float *y = out_f32(c, OUTPUTS);
    uint8_t *argmax = out_bytes(optional(c), OUTPUTS);
    return apus_smaxpool_forward(&d, x, y, argmax);
}
static apus_status maxpool_backward(call *c) {
    const apus_pool_desc d = described(c);
    const float *dy = in_f32(c, OUTPUTS);
    // The middle of the window, which is never padding.
    const uint8_t *argmax = in_bytes(c, OUTPUTS, 4);
    float *dx = out_f32(c, INPUTS);
    return apus_smaxpool_backward(&d, dy, argmax, dx);
}
static apus_status maxpool_backward_recompute(call *c) {
    const apus_pool_desc d = described(c);
    const float *x = in_f32(c, INPUTS), *dy = in_f32(c, OUTPUTS);
    float *dx = out_f32(c, INPUTS);
    return apus_smaxpool_backward_recompute(&d, x, dy, dx);
}
static apus_status avgpool_forward(call *c) {
    const apus_pool_desc d = described(c);
    const float *x = in_f32(c, INPUTS);
    float *y = out_f32(c, OUTPUTS);
    return apus_savgpool_forward(&d, x, y);
}
static apus_status avgpool_backward(call *c) {
    const apus_pool_desc d = described(c);
    const float *dy = in_f32(c, OUTPUTS);
    float *dx = out_f32(c, INPUTS);
    return apus_savgpool_backward(&d, dy, dx);
}

const entry pool_entries[] = {
    {"apus_smaxpool_forward", maxpool_forward},
    {"apus_smaxpool_backward", maxpool_backward},
    {"apus_smaxpool_backward_recompute", maxpool_backward_recompute},
    {"apus_savgpool_forward", avgpool_forward},
    {"apus_savgpool_backward", avgpool_backward},
    {NULL, NULL},
};
