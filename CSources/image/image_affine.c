// Affine warps with bilinear interpolation.
#include <math.h>
#include <string.h>

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

// A pixel near the border or beyond it.
static void pixel_anywhere(const apus_image_warp *w, apus_image_fill fill, uint8_t constant, int64_t row, int64_t column,
                           uint8_t *y) {
    const ptrdiff_t channels = w->channels, line = w->width * channels;
    if (fill == APUS_IMAGE_FILL_CONSTANT) {
        // A place on the border stays there, whatever the rounding of its coordinates.
        const int64_t slack = 1 << 12, last_row = (int64_t)(w->height - 1) << 32, last_column = (int64_t)(w->width - 1) << 32;
        if (row < -slack || column < -slack || row > last_row + slack || column > last_column + slack) {
            memset(y, constant, (size_t)channels);
            return;
        }
        // At the last pixel's centre the next one has no weight, so that any will do.
        fill = APUS_IMAGE_FILL_EDGE;
    }
    const ptrdiff_t r = (ptrdiff_t)(row >> 32), c = (ptrdiff_t)(column >> 32);
    const uint8_t *above = w->x + place(r, w->height, fill) * line, *below = w->x + place(r + 1, w->height, fill) * line;
    const ptrdiff_t left = place(c, w->width, fill) * channels, right = place(c + 1, w->width, fill) * channels;
    const apus_image_corners k = apus_image_weigh(row, column);
    for (ptrdiff_t i = 0; i < channels; i++) {
        const int32_t sum = k.top_left * above[left + i] + k.top_right * above[right + i] +
                            k.bottom_left * below[left + i] + k.bottom_right * below[right + i];
        y[i] = (uint8_t)((sum + (1 << (APUS_IMAGE_BITS - 1))) >> APUS_IMAGE_BITS);
    }
}

static int64_t fixed(double x) { return (int64_t)floor(x * 4294967296.0 + 0.5); }

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
    const apus_image_warp w = {height, width, channels, fixed(m[1]), fixed(m[4]), x};
    const apus_image_kernels *kernels = APUS_VARIANT(apus_image_kernels);
    for (ptrdiff_t i = 0; i < height; i++) {
        int64_t row = fixed(m[0] * (double)i + m[2]), column = fixed(m[3] * (double)i + m[5]);
        // The picture's last pixel has no byte after it.
        const ptrdiff_t fast = i < height - 1 ? width : width - 1;
        for (ptrdiff_t j = 0; j < width;) {
            const ptrdiff_t done = j < fast ? kernels->warp(&w, fast - j, row, column, y) : 0;
            j += done, y += done * channels;
            row += done * w.row_step, column += done * w.column_step;
            // What stopped the kernel, and what follows it outside.
            for (bool first = true; j < width && (first || !apus_image_is_within(&w, row, column)); first = false) {
                pixel_anywhere(&w, fill, constant, row, column, y);
                j++, y += channels;
                row += w.row_step, column += w.column_step;
            }
        }
    }
    return APUS_OK;
}
