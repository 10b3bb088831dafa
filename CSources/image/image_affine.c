// Affine warps with bilinear interpolation.
#include <math.h>

#include "image_kernels.h"

// Where index i of n leads; -1: to the constant.
static ptrdiff_t place(ptrdiff_t i, ptrdiff_t n, apus_image_fill fill) {
    if (i >= 0 && i < n) return i;
    switch (fill) {
    case APUS_IMAGE_FILL_EDGE: return i < 0 ? 0 : n - 1;
    case APUS_IMAGE_FILL_WRAP: return (i % n + n) % n;
    case APUS_IMAGE_FILL_REFLECT: {
        const ptrdiff_t within = (i % (2 * n) + 2 * n) % (2 * n);
        return within < n ? within : 2 * n - 1 - within;
    }
    default: return -1;
    }
}

typedef struct warp {
    ptrdiff_t height, width, channels;
    apus_image_fill fill;
    uint8_t constant;
    const uint8_t *x;
} warp;

// The four pixels about (row, column), whose whole parts are r and c.
APUS_ALWAYS_INLINE void blend(const uint8_t *a, const uint8_t *b, const uint8_t *c, const uint8_t *d, float down,
                              float right, ptrdiff_t channels, uint8_t *y) {
    for (ptrdiff_t i = 0; i < channels; i++) {
        const float top = (float)a[i] + right * (float)(b[i] - a[i]), bottom = (float)c[i] + right * (float)(d[i] - c[i]);
        y[i] = (uint8_t)(top + down * (bottom - top) + 0.5f);
    }
}

static void pixel_anywhere(const warp *w, double row, double column, uint8_t *y) {
    if (w->fill == APUS_IMAGE_FILL_CONSTANT &&
        !(row >= 0 && column >= 0 && row <= (double)(w->height - 1) && column <= (double)(w->width - 1))) {
        for (ptrdiff_t i = 0; i < w->channels; i++) y[i] = w->constant;
        return;
    }
    const ptrdiff_t r = (ptrdiff_t)floor(row), c = (ptrdiff_t)floor(column);
    // At the last pixel's centre the next one has no weight, so that any will do.
    const apus_image_fill fill = w->fill == APUS_IMAGE_FILL_CONSTANT ? APUS_IMAGE_FILL_EDGE : w->fill;
    const uint8_t *above = w->x + place(r, w->height, fill) * w->width * w->channels;
    const uint8_t *below = w->x + place(r + 1, w->height, fill) * w->width * w->channels;
    const ptrdiff_t left = place(c, w->width, fill) * w->channels, right = place(c + 1, w->width, fill) * w->channels;
    blend(above + left, above + right, below + left, below + right, (float)(row - (double)r), (float)(column - (double)c),
          w->channels, y);
}

APUS_ALWAYS_INLINE void warp_rows(const warp *w, const double *m, const ptrdiff_t channels, uint8_t *y) {
    const ptrdiff_t line = w->width * channels;
    for (ptrdiff_t i = 0; i < w->height; i++)
        for (ptrdiff_t j = 0; j < w->width; j++, y += channels) {
            const double row = m[0] * (double)i + m[1] * (double)j + m[2], column = m[3] * (double)i + m[4] * (double)j + m[5];
            if (row >= 0 && column >= 0 && row < (double)(w->height - 1) && column < (double)(w->width - 1)) {
                const ptrdiff_t r = (ptrdiff_t)row, c = (ptrdiff_t)column;
                const uint8_t *at = w->x + r * line + c * channels;
                blend(at, at + channels, at + line, at + line + channels, (float)(row - (double)r),
                      (float)(column - (double)c), channels, y);
            } else {
                pixel_anywhere(w, row, column, y);
            }
        }
}

apus_status apus_image_affine(ptrdiff_t height, ptrdiff_t width, ptrdiff_t channels, const double m[6],
                              apus_image_fill fill, uint8_t constant, const uint8_t *x, uint8_t *y) {
    ptrdiff_t count;
    if (height < 0 || width < 0 || channels < 1 || channels > 4) return APUS_ERROR_SHAPE;
    if (fill < APUS_IMAGE_FILL_CONSTANT || fill > APUS_IMAGE_FILL_WRAP) return APUS_ERROR_VALUE;
    if (!apus_multiply_sizes(height, width, &count) || !apus_multiply_sizes(count, channels, &count))
        return APUS_ERROR_OVERFLOW;
    if (m == NULL) return APUS_ERROR_NULL;
    // The farthest that either coordinate can lie; NaN fails the comparison.
    for (int i = 0; i < 6; i += 3)
        if (!(fabs(m[i]) * (double)height + fabs(m[i + 1]) * (double)width + fabs(m[i + 2]) <= 1073741824.0))
            return APUS_ERROR_VALUE;
    if (count == 0) return APUS_OK;
    if (x == NULL || y == NULL) return APUS_ERROR_NULL;
    if (apus_overlap(x, (size_t)count, y, (size_t)count)) return APUS_ERROR_ALIAS;
    const warp w = {height, width, channels, fill, constant, x};
    if (channels == 3) warp_rows(&w, m, 3, y);
    else if (channels == 1) warp_rows(&w, m, 1, y);
    else warp_rows(&w, m, channels, y);
    return APUS_OK;
}
