// Turning, flipping, tables, and conversions between kinds of pixels.
#include <string.h>

#include "image_kernels.h"

// *count = a * b * c, all >= 0.
static apus_status count_of(ptrdiff_t a, ptrdiff_t b, ptrdiff_t c, ptrdiff_t *count) {
    if (a < 0 || b < 0 || c < 0) return APUS_ERROR_SHAPE;
    if (!apus_multiply_sizes(a, b, count) || !apus_multiply_sizes(*count, c, count)) return APUS_ERROR_OVERFLOW;
    return APUS_OK;
}

apus_status apus_image_orient(int orientation, ptrdiff_t in_h, ptrdiff_t in_w, ptrdiff_t channels, const uint8_t *x,
                              uint8_t *y) {
    ptrdiff_t count;
    const apus_status status = count_of(in_h, in_w, channels, &count);
    if (status != APUS_OK) return status;
    if (orientation < 1 || orientation > 8) return APUS_ERROR_VALUE;
    if (count == 0) return APUS_OK;
    if (x == NULL || y == NULL) return APUS_ERROR_NULL;
    if (apus_overlap(x, (size_t)count, y, (size_t)count)) return APUS_ERROR_ALIAS;
    // Where y's first pixel comes from, and how far a step along y's columns and rows is in x.
    const bool swaps = orientation >= 5;
    const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    const bool from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    const ptrdiff_t line = in_w * channels, along = from_right ? -channels : channels, down = from_bottom ? -line : line;
    const uint8_t *first = x + (from_right ? line - channels : 0) + (from_bottom ? (in_h - 1) * line : 0);
    const ptrdiff_t rows = swaps ? in_w : in_h, columns = swaps ? in_h : in_w;
    const ptrdiff_t row_step = swaps ? along : down, column_step = swaps ? down : along;
    for (ptrdiff_t i = 0; i < rows; i++) {
        const uint8_t *at = first + i * row_step;
        for (ptrdiff_t j = 0; j < columns; j++, at += column_step)
            for (ptrdiff_t c = 0; c < channels; c++) *y++ = at[c];
    }
    return APUS_OK;
}

static void flip_row(uint8_t *row, ptrdiff_t width, ptrdiff_t channels) {
    uint8_t *a = row, *b = row + (width - 1) * channels;
    for (; a < b; a += channels, b -= channels)
        for (ptrdiff_t c = 0; c < channels; c++) {
            const uint8_t kept = a[c];
            a[c] = b[c];
            b[c] = kept;
        }
}

apus_status apus_image_flip(ptrdiff_t height, ptrdiff_t width, ptrdiff_t channels, int horizontal, int vertical,
                            uint8_t *x) {
    ptrdiff_t count;
    const apus_status status = count_of(height, width, channels, &count);
    if (status != APUS_OK) return status;
    if (count == 0) return APUS_OK;
    if (x == NULL) return APUS_ERROR_NULL;
    const ptrdiff_t line = width * channels;
    if (horizontal)
        for (ptrdiff_t i = 0; i < height; i++) flip_row(x + i * line, width, channels);
    if (vertical) flip_row(x, height, line);
    return APUS_OK;
}

apus_status apus_image_lookup(ptrdiff_t count, const uint8_t table[256], uint8_t *x) {
    if (count < 0) return APUS_ERROR_SHAPE;
    if (count == 0) return APUS_OK;
    if (table == NULL || x == NULL) return APUS_ERROR_NULL;
    if (apus_overlap(table, 256, x, (size_t)count)) return APUS_ERROR_ALIAS;
    for (ptrdiff_t i = 0; i < count; i++) x[i] = table[x[i]];
    return APUS_OK;
}

apus_status apus_image_to_float(ptrdiff_t pixels, ptrdiff_t channels, const float *scale, const float *offset,
                                const uint8_t *x, float *y) {
    ptrdiff_t count, bytes;
    const apus_status status = count_of(pixels, channels, 1, &count);
    if (status != APUS_OK) return status;
    if (channels < 1 || channels > 4) return APUS_ERROR_SHAPE;
    if (!apus_multiply_sizes(count, sizeof(float), &bytes)) return APUS_ERROR_OVERFLOW;
    if (count == 0) return APUS_OK;
    if (scale == NULL || offset == NULL || x == NULL || y == NULL) return APUS_ERROR_NULL;
    if (apus_overlap(x, (size_t)count, y, (size_t)bytes)) return APUS_ERROR_ALIAS;
    APUS_VARIANT(apus_image_kernels)->to_float(pixels, channels, scale, offset, x, y);
    return APUS_OK;
}

apus_status apus_image_cmyk_to_rgb(ptrdiff_t pixels, int inverted, int blue_first, const uint8_t *x, uint8_t *y) {
    ptrdiff_t count;
    const apus_status status = count_of(pixels, 4, 1, &count);
    if (status != APUS_OK) return status;
    if (count == 0) return APUS_OK;
    if (x == NULL || y == NULL) return APUS_ERROR_NULL;
    if (apus_overlap(x, (size_t)count, y, (size_t)pixels * 3)) return APUS_ERROR_ALIAS;
    const unsigned turn = inverted ? 255 : 0;
    const ptrdiff_t red = blue_first ? 2 : 0;
    for (ptrdiff_t i = 0; i < pixels; i++) {
        const unsigned light = 255 - (x[4 * i + 3] ^ turn);
        for (ptrdiff_t c = 0; c < 3; c++) {
            const unsigned product = (x[4 * i + c] ^ turn) * light + 128; // / 255, rounded
            y[3 * i + (c == 1 ? 1 : c == 0 ? red : 2 - red)] = (uint8_t)(light - ((product + (product >> 8)) >> 8));
        }
    }
    return APUS_OK;
}

apus_status apus_image_to_grey(ptrdiff_t pixels, ptrdiff_t channels, int blue_first, const uint8_t *x, uint8_t *y) {
    ptrdiff_t count;
    const apus_status status = count_of(pixels, channels, 1, &count);
    if (status != APUS_OK) return status;
    if (channels < 3 || channels > 4) return APUS_ERROR_SHAPE;
    if (count == 0) return APUS_OK;
    if (x == NULL || y == NULL) return APUS_ERROR_NULL;
    if (apus_overlap(x, (size_t)count, y, (size_t)pixels)) return APUS_ERROR_ALIAS;
    const ptrdiff_t red = blue_first ? 2 : 0;
    for (ptrdiff_t i = 0; i < pixels; i++) {
        const uint8_t *p = x + i * channels;
        y[i] = (uint8_t)((p[red] * 19595u + p[1] * 38470u + p[2 - red] * 7471u + 0x8000u) >> 16);
    }
    return APUS_OK;
}
