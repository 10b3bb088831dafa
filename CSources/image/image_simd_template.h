// The body of the vector variants of image; included once by each, after its simd_*.h.
#include <string.h>

#include "image_kernels.h"

// Sixteen bytes and their sixteen sums: the compilers split them into the registers that there are.
typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef int32_t sums16 __attribute__((vector_size(64)));
typedef uint8_t bytesf __attribute__((vector_size(VF_LANES)));

// A macro, for a vector wider than the target's registers is not to be passed to a function.
#define WEIGHTED_16(i)                                                              \
    do {                                                                            \
        bytes16 b;                                                                  \
        sums16 sum = (sums16){0} + (1 << (APUS_IMAGE_BITS - 1));                    \
        const uint8_t *at = x + (i);                                                \
        for (ptrdiff_t t = 0; t < taps; t++, at += stride) {                        \
            memcpy(&b, at, sizeof b);                                               \
            sum += __builtin_convertvector(b, sums16) * weights[t];                 \
        }                                                                           \
        sum >>= APUS_IMAGE_BITS;                                                    \
        const sums16 over = sum > 255;                                              \
        sum = (sum & ~over) | (over & 255);                                         \
        b = __builtin_convertvector(sum, bytes16);                                  \
        memcpy(y + (i), &b, sizeof b);                                              \
    } while (0)

SIMD_TARGET static void weighted(ptrdiff_t n, const uint8_t *x, ptrdiff_t stride, ptrdiff_t taps, const int32_t *weights,
                                 uint8_t *y) {
    if (n < 16) {
        apus_image_kernels_reference.weighted(n, x, stride, taps, weights, y);
        return;
    }
    ptrdiff_t i = 0;
    for (; i + 16 <= n; i += 16) WEIGHTED_16(i);
    if (i < n) WEIGHTED_16(n - 16); // some of them twice, to the same result
}

#define LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define HIGH(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)

// Four rounds of interleaving row i with row i + 8 turn a 16 by 16 square over.
SIMD_INLINE void transpose_square(bytes16 v[16]) {
    bytes16 w[16];
    for (int i = 0; i < 8; i++) w[2 * i] = LOW(v[i], v[i + 8]), w[2 * i + 1] = HIGH(v[i], v[i + 8]);
    for (int i = 0; i < 8; i++) v[2 * i] = LOW(w[i], w[i + 8]), v[2 * i + 1] = HIGH(w[i], w[i + 8]);
    for (int i = 0; i < 8; i++) w[2 * i] = LOW(v[i], v[i + 8]), w[2 * i + 1] = HIGH(v[i], v[i + 8]);
    for (int i = 0; i < 8; i++) v[2 * i] = LOW(w[i], w[i + 8]), v[2 * i + 1] = HIGH(w[i], w[i + 8]);
}

SIMD_TARGET static void gather(ptrdiff_t columns, const uint8_t *const rows[APUS_IMAGE_STRIP], uint8_t *y) {
    bytes16 v[16];
    ptrdiff_t j = 0;
    for (; j + 16 <= columns; j += 16) {
        for (int i = 0; i < 16; i++) memcpy(&v[i], rows[i] + j, 16);
        transpose_square(v);
        memcpy(y + j * 16, v, sizeof v);
    }
    for (; j < columns; j++)
        for (int i = 0; i < APUS_IMAGE_STRIP; i++) y[j * APUS_IMAGE_STRIP + i] = rows[i][j];
}

SIMD_TARGET static void scatter(ptrdiff_t columns, ptrdiff_t count, const uint8_t *x, uint8_t *y, ptrdiff_t y_stride) {
    bytes16 v[16];
    ptrdiff_t j = 0;
    for (; j + 16 <= columns; j += 16) {
        memcpy(v, x + j * 16, sizeof v);
        transpose_square(v);
        for (ptrdiff_t i = 0; i < count; i++) memcpy(y + i * y_stride + j, &v[i], 16);
    }
    for (ptrdiff_t i = 0; i < count; i++)
        for (ptrdiff_t k = j; k < columns; k++) y[i * y_stride + k] = x[k * APUS_IMAGE_STRIP + i];
}

SIMD_INLINE void convert(const uint8_t *x, float *y, ptrdiff_t n, vf scale, vf offset) {
    bytesf b = {0};
    memcpy(&b, x, (size_t)n);
    const vf result = v_fma(v_from_int((vi)__builtin_convertvector(b, vi)), scale, offset);
    if (n == VF_LANES) v_store(y, result);
    else v_store_n(y, result, n);
}

SIMD_TARGET static void to_float(ptrdiff_t pixels, ptrdiff_t channels, const float *scale, const float *offset,
                                 const uint8_t *x, float *y) {
    // The channels of `channels` registers in a row repeat.
    float pattern[2][4 * VF_LANES];
    for (ptrdiff_t i = 0; i < 4 * VF_LANES; i++)
        pattern[0][i] = scale[i % channels], pattern[1][i] = offset[i % channels];
    vf scales[4], offsets[4];
    for (ptrdiff_t c = 0; c < 4; c++) {
        scales[c] = v_load(pattern[0] + c * VF_LANES);
        offsets[c] = v_load(pattern[1] + c * VF_LANES);
    }
    const ptrdiff_t n = pixels * channels;
    ptrdiff_t i = 0;
    for (; i + channels * VF_LANES <= n; i += channels * VF_LANES)
        for (ptrdiff_t c = 0; c < channels; c++)
            convert(x + i + c * VF_LANES, y + i + c * VF_LANES, VF_LANES, scales[c], offsets[c]);
    for (ptrdiff_t c = 0; i < n; i += VF_LANES, c++)
        convert(x + i, y + i, apus_min(VF_LANES, n - i), scales[c], offsets[c]);
}

typedef uint8_t bytes4 __attribute__((vector_size(4)));
typedef int32_t sums4 __attribute__((vector_size(16)));

SIMD_INLINE sums4 pixel(const uint8_t *x) {
    bytes4 b;
    memcpy(&b, x, sizeof b);
    return __builtin_convertvector(b, sums4);
}

// Three channels and a byte of the next pixel, in four lanes.
SIMD_TARGET static ptrdiff_t warp_colour(const apus_image_warp *warp, ptrdiff_t n, int64_t row, int64_t column, uint8_t *y) {
    const apus_image_warp w = *warp; // a copy: stores of bytes may alias the caller's
    const ptrdiff_t line = w.width * 3;
    for (ptrdiff_t j = 0; j < n; j++, row += w.row_step, column += w.column_step, y += 3) {
        if (!apus_image_is_within(&w, row, column)) return j;
        const apus_image_corners k = apus_image_weigh(row, column);
        const uint8_t *at = w.x + (row >> 32) * line + (column >> 32) * 3;
        const sums4 sum = pixel(at) * k.top_left + pixel(at + 3) * k.top_right + pixel(at + line) * k.bottom_left +
                          pixel(at + line + 3) * k.bottom_right;
        const bytes4 b = __builtin_convertvector((sum + (1 << (APUS_IMAGE_BITS - 1))) >> APUS_IMAGE_BITS, bytes4);
        memcpy(y, &b, sizeof b);
    }
    return n;
}

SIMD_TARGET static ptrdiff_t warp(const apus_image_warp *w, ptrdiff_t n, int64_t row, int64_t column, uint8_t *y) {
    return (w->channels == 3 ? warp_colour : apus_image_kernels_reference.warp)(w, n, row, column, y);
}

const apus_image_kernels SIMD_NAME(apus_image_kernels) = {weighted, gather, scatter, to_float, warp};
