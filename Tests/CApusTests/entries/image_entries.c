#include "entries.h"

enum { H = 97, W = 131, OUT_H = 61, OUT_W = 153, CHANNELS = 3, PIXELS = H * W, BYTES = PIXELS * CHANNELS };

static apus_status resize(call *c) {
    apus_image_resize_desc d = {.filter = APUS_IMAGE_BILINEAR};
    d.in_h = size(c, H), d.in_w = size(c, W), d.in_stride = size(c, W * CHANNELS);
    d.out_h = size(c, OUT_H), d.out_w = size(c, OUT_W), d.channels = size(c, CHANNELS);
    const uint8_t *x = in_pixels(c, BYTES);
    uint8_t *y = out_bytes(c, OUT_H * OUT_W * CHANNELS);
    size_t bytes = 0;
    apus_image_resize_workspace(&d, &bytes);
    void *workspace = required_space(c, &bytes);
    return apus_image_resize(&d, x, y, workspace, bytes);
}
static apus_status affine(call *c) {
    static const double turn[6] = {0.9, 0.1, 1.5, -0.1, 0.9, 2.5};
    const ptrdiff_t height = size(c, H), width = size(c, W), channels = size(c, CHANNELS);
    const uint8_t *x = in_pixels(c, BYTES);
    uint8_t *y = out_bytes(c, BYTES);
    return apus_image_affine(height, width, channels, turn, APUS_IMAGE_FILL_REFLECT, 0, x, y);
}
static apus_status orient(call *c) {
    const ptrdiff_t height = size(c, H), width = size(c, W), channels = size(c, CHANNELS);
    const uint8_t *x = in_pixels(c, BYTES);
    uint8_t *y = out_bytes(c, BYTES);
    return apus_image_orient(6, height, width, channels, x, y);
}
static apus_status flip(call *c) {
    const ptrdiff_t height = size(c, H), width = size(c, W), channels = size(c, CHANNELS);
    uint8_t *x = out_bytes(c, BYTES);
    return apus_image_flip(height, width, channels, 1, 0, x);
}
static apus_status lookup(call *c) {
    const ptrdiff_t count = byte_count(c, BYTES);
    const uint8_t *table = in_pixels(c, 256);
    uint8_t *x = out_bytes(c, BYTES);
    return apus_image_lookup(count, table, x);
}
static apus_status to_float(call *c) {
    const ptrdiff_t pixels = size(c, PIXELS), channels = size(c, CHANNELS);
    const float *scale = in_f32(c, CHANNELS), *offset = in_f32(c, CHANNELS);
    const uint8_t *x = in_pixels(c, BYTES);
    float *y = out_f32(c, BYTES);
    return apus_image_to_float(pixels, channels, scale, offset, x, y);
}
static apus_status cmyk_to_rgb(call *c) {
    const ptrdiff_t pixels = size(c, PIXELS);
    const uint8_t *x = in_pixels(c, PIXELS * 4);
    uint8_t *y = out_bytes(c, PIXELS * 3);
    return apus_image_cmyk_to_rgb(pixels, 1, 0, x, y);
}
static apus_status to_grey(call *c) {
    const ptrdiff_t pixels = size(c, PIXELS), channels = size(c, CHANNELS);
    const uint8_t *x = in_pixels(c, BYTES);
    uint8_t *y = out_bytes(c, PIXELS);
    return apus_image_to_grey(pixels, channels, 0, x, y);
}

const entry image_entries[] = {
    {"apus_image_resize", resize},           {"apus_image_affine", affine},     {"apus_image_orient", orient},
    {"apus_image_flip", flip},               {"apus_image_lookup", lookup},     {"apus_image_to_float", to_float},
    {"apus_image_cmyk_to_rgb", cmyk_to_rgb}, {"apus_image_to_grey", to_grey},   {NULL, NULL},
};
