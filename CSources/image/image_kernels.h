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
} apus_image_kernels;

extern const apus_image_kernels apus_image_kernels_reference, apus_image_kernels_avx2, apus_image_kernels_avx512,
    apus_image_kernels_neon;

#endif
