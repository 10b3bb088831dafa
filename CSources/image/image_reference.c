// The specification of the vector variants.
#include <math.h>

#include "image_kernels.h"

static void weighted(ptrdiff_t n, const uint8_t *x, ptrdiff_t stride, ptrdiff_t taps, const int32_t *weights, uint8_t *y) {
    for (ptrdiff_t i = 0; i < n; i++) {
        int32_t sum = 1 << (APUS_IMAGE_BITS - 1);
        for (ptrdiff_t t = 0; t < taps; t++) sum += weights[t] * x[t * stride + i];
        sum >>= APUS_IMAGE_BITS;
        y[i] = (uint8_t)(sum > 255 ? 255 : sum);
    }
}

static void gather(ptrdiff_t columns, const uint8_t *const rows[APUS_IMAGE_STRIP], uint8_t *y) {
    for (ptrdiff_t j = 0; j < columns; j++)
        for (int i = 0; i < APUS_IMAGE_STRIP; i++) y[j * APUS_IMAGE_STRIP + i] = rows[i][j];
}

static void scatter(ptrdiff_t columns, ptrdiff_t count, const uint8_t *x, uint8_t *y, ptrdiff_t y_stride) {
    for (ptrdiff_t i = 0; i < count; i++)
        for (ptrdiff_t j = 0; j < columns; j++) y[i * y_stride + j] = x[j * APUS_IMAGE_STRIP + i];
}

static void to_float(ptrdiff_t pixels, ptrdiff_t channels, const float *scale, const float *offset, const uint8_t *x,
                     float *y) {
    for (ptrdiff_t i = 0; i < pixels; i++)
        for (ptrdiff_t c = 0; c < channels; c++)
            y[i * channels + c] = fmaf(scale[c], (float)x[i * channels + c], offset[c]);
}

static ptrdiff_t warp(const apus_image_warp *w, ptrdiff_t n, int64_t row, int64_t column, uint8_t *y) {
    const ptrdiff_t line = w->width * w->channels;
    for (ptrdiff_t j = 0; j < n; j++, row += w->row_step, column += w->column_step) {
        if (!apus_image_is_within(w, row, column)) return j;
        const apus_image_corners k = apus_image_weigh(row, column);
        const uint8_t *at = w->x + (row >> 32) * line + (column >> 32) * w->channels;
        for (ptrdiff_t c = 0; c < w->channels; c++, at++) {
            const int32_t sum = k.top_left * at[0] + k.top_right * at[w->channels] + k.bottom_left * at[line] +
                                k.bottom_right * at[line + w->channels];
            *y++ = (uint8_t)((sum + (1 << (APUS_IMAGE_BITS - 1))) >> APUS_IMAGE_BITS);
        }
    }
    return n;
}

const apus_image_kernels apus_image_kernels_reference = {weighted, gather, scatter, to_float, warp};
