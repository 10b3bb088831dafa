// Winograd's convolution of rows: what its two files (correlation, weight gradient) share. Not installed.
//
// A tile is `outputs` = 9 - taps neighbouring outputs of one row and the eight inputs that they see. The
// inputs' transform lies in eight planes of [tile][channel], one a point; each plane is multiplied by its
// own weights, so that a tile costs 8 products where the direct way takes outputs * taps (18 for three
// taps, 20 for five).
#ifndef APUS_CONV_WINOGRAD_H
#define APUS_CONV_WINOGRAD_H

#include "conv_internal.h"

enum { APUS_WINOGRAD_POINTS = 8, APUS_WINOGRAD_LEAST_TAPS = 3, APUS_WINOGRAD_MOST_TAPS = 6 };

// Rows of pixels to correlate: output column o sums over taps t and channels in[o + origin + t] * w[t].
typedef struct apus_winograd_rows {
    ptrdiff_t rows, in_w, in_c, out_w, out_c, taps, origin;
    ptrdiff_t outputs, row_tiles, tiles; // of one tile; tiles in a row and in all
} apus_winograd_rows;

apus_winograd_rows apus_winograd_forward_rows(const apus_conv_desc *desc);
// Where the pixels of a tile lie in a row: `count` of them from column `first`, zeros outside.
void apus_winograd_pixels(const float *row, ptrdiff_t width, ptrdiff_t channels, ptrdiff_t first, ptrdiff_t count,
                          const float *zeros, const float **pixels);

#endif
