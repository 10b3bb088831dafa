// What the files of this folder share. Not installed.
#ifndef APUS_IMAGE_KERNELS_H
#define APUS_IMAGE_KERNELS_H

#include "../../include/apus/image.h"
#include "../runtime/dispatch.h"
#include "../runtime/internal.h"

// Weights are integers of this many bits after the point, as in Pillow: 255 * 2^22 fits an int32.
#define APUS_IMAGE_BITS 22
// Rows that go through the horizontal pass together, each in a lane of its own.
#define APUS_IMAGE_STRIP 16

// A warp's source, and how far it moves there from one pixel to the next; in 2^-32 pixels.
typedef struct apus_image_warp {
    ptrdiff_t height, width, channels;
    int64_t row_step, column_step;
    const uint8_t *x;
} apus_image_warp;

// The weights of the four pixels about a place, of APUS_IMAGE_BITS bits: they sum to 2^22.
typedef struct apus_image_corners {
    int32_t top_left, top_right, bottom_left, bottom_right;
} apus_image_corners;

APUS_ALWAYS_INLINE apus_image_corners apus_image_weigh(int64_t row, int64_t column) {
    const int32_t down = (int32_t)(row >> 21) & 2047, right = (int32_t)(column >> 21) & 2047, both = down * right;
    return (apus_image_corners){(1 << 22) - (down << 11) - (right << 11) + both, (right << 11) - both,
                                (down << 11) - both, both};
}

// Whether the pixels about a place all lie inside, and none of them is the picture's last, after which there may be nothing to read.
APUS_ALWAYS_INLINE bool apus_image_is_within(const apus_image_warp *w, int64_t row, int64_t column) {
    const int64_t r = row >> 32, c = column >> 32;
    return r >= 0 && c >= 0 && r < w->height - 1 && c < w->width - 1 && (r < w->height - 2 || c < w->width - 2);
}

typedef struct apus_image_kernels {
    // y[i] = sum over t of weights[t] * x[t * stride + i], rounded, for n bytes.
    void (*weighted)(ptrdiff_t n, const uint8_t *x, ptrdiff_t stride, ptrdiff_t taps, const int32_t *weights, uint8_t *y);
    // y[j * APUS_IMAGE_STRIP + i] = rows[i][j] for j < columns.
    void (*gather)(ptrdiff_t columns, const uint8_t *const rows[APUS_IMAGE_STRIP], uint8_t *y);
    // The other way: y[i * y_stride + j] = x[j * APUS_IMAGE_STRIP + i] for i < count.
    void (*scatter)(ptrdiff_t columns, ptrdiff_t count, const uint8_t *x, uint8_t *y, ptrdiff_t y_stride);
    // y = scale[channel] * x + offset[channel].
    void (*to_float)(ptrdiff_t pixels, ptrdiff_t channels, const float *scale, const float *offset, const uint8_t *x,
                     float *y);
    // The first of n pixels from a place on, up to one that is not within; how many. May write a byte after the n pixels.
    ptrdiff_t (*warp)(const apus_image_warp *w, ptrdiff_t n, int64_t row, int64_t column, uint8_t *y);
} apus_image_kernels;

extern const apus_image_kernels apus_image_kernels_reference, apus_image_kernels_avx2, apus_image_kernels_avx512,
    apus_image_kernels_neon;

#endif
