// Winograd's convolution of 3x3 kernels in two dimensions: F(4x4, 3x3) and F(6x6, 3x3). Not installed.
//
// A tile is outputs x outputs neighbouring outputs and the points x points inputs that they see, points =
// outputs + 2. Its inputs' transform lies in points^2 planes of [tile][channel], one a frequency; each plane
// is multiplied by its own weights, so that a tile of F(4x4) costs 36 products where the direct way takes
// 144, and one of F(6x6) 64 where it takes 324.
#ifndef APUS_WINOGRAD_TILE_H
#define APUS_WINOGRAD_TILE_H

#include "conv_internal.h"

enum { APUS_WINOGRAD_TAPS = 3, APUS_WINOGRAD_MOST_POINTS = 8, APUS_WINOGRAD_MOST_PLANES = 64 };

// One scheme's transforms, vectorized over channels; winograd_tile_template.h has the algebra. Planes are
// written and read in whole vectors, with zeros beyond the channels of the source. Frequency (i, j) has
// plane i * points + j.
typedef struct apus_winograd_scheme {
    ptrdiff_t outputs, points;
    // Planes of B^T d B, d[i][j] = from[i * row + j * pixel].
    void (*input)(const float *from, ptrdiff_t row, ptrdiff_t pixel, ptrdiff_t channels, float *to, ptrdiff_t plane);
    // Planes of G g G^T, g[i][j] = from[i * row + j * tap].
    void (*filter)(const float *from, ptrdiff_t row, ptrdiff_t tap, ptrdiff_t channels, float *to, ptrdiff_t plane);
    // to[i * row + j * pixel] = f((A^T M A)[i][j] + bias), i < rows, j < columns, at most outputs of each.
    // With `stream` (whole cache lines at multiples of APUS_CACHE_LINE) past the caches; flush() before others read.
    void (*output)(const float *from, ptrdiff_t plane, ptrdiff_t channels, ptrdiff_t rows, ptrdiff_t columns,
                   const float *bias, bool relu, bool stream, float *to, ptrdiff_t row, ptrdiff_t pixel);
    // The same of the largest of each 2 x 2 of them, where a NaN wins: rows and columns, at most outputs / 2, and
    // the pitches are those of the maxima.
    void (*pool)(const float *from, ptrdiff_t plane, ptrdiff_t channels, ptrdiff_t rows, ptrdiff_t columns,
                 const float *bias, bool relu, bool stream, float *to, ptrdiff_t row, ptrdiff_t pixel);

    // For the gradient of the weights, two rows of planes at a time, one after the other in `to`: of pair 0
    // the rows 0 and points - 1, of pair i <= outputs / 2 the rows 2 i - 1 and 2 i.
    // Planes of B^T d B, as `input`.
    void (*input_pair)(int pair, const float *from, ptrdiff_t row, ptrdiff_t pixel, ptrdiff_t channels, float *to,
                       ptrdiff_t plane);
    // Planes of A y A^T, y[i][j] = from[i * row + j * pixel], outputs x outputs. Unless null, sums[c] += the sum
    // of y in channel c, in whole vectors.
    void (*unfold_pair)(int pair, const float *from, ptrdiff_t row, ptrdiff_t pixel, ptrdiff_t channels, float *to,
                        ptrdiff_t plane, float *sums);
    // to[i * row + j * tap] = (G^T M G)[i][j], 3 x 3; M's planes lie in the order of the pairs.
    void (*gather)(const float *from, ptrdiff_t plane, ptrdiff_t channels, float *to, ptrdiff_t row, ptrdiff_t tap);
} apus_winograd_scheme;

#define APUS_WINOGRAD_MOST_ROWS 14
#define APUS_WINOGRAD_MOST_VECTORS 4

// C[r][j] (+)= sum over k < depth of A[r][k] * B[k * ldb + j], in the order of k; A[r][k] is a[r * pitch + k], or
// for `outer` kernels a[r + k * pitch]. C: rows of whole vectors at `ldc`, read only with `accumulate`.
// `fetch`: `depth` lines that are wanted next, in the second-level cache.
typedef void (*apus_winograd_multiply_fn)(ptrdiff_t depth, const float *a, ptrdiff_t pitch, const float *b, ptrdiff_t ldb,
                                          float *c, ptrdiff_t ldc, bool accumulate, const float *fetch);
typedef void (*apus_winograd_outer_fn)(ptrdiff_t depth, const float *a, ptrdiff_t pitch, const float *b, ptrdiff_t ldb,
                                       float *c, ptrdiff_t ldc, bool accumulate);

// One instruction set's kernels: products of up to `rows` tiles by `vectors` vectors of `width` channels.
typedef struct apus_winograd_tiles {
    ptrdiff_t width, vectors, rows;
    // [vectors - 1][rows - 1]
    apus_winograd_multiply_fn multiply[APUS_WINOGRAD_MOST_VECTORS][APUS_WINOGRAD_MOST_ROWS];
    apus_winograd_outer_fn outer[APUS_WINOGRAD_MOST_VECTORS][APUS_WINOGRAD_MOST_ROWS];
    void (*flush)(void);
    apus_winograd_scheme f4, f6;
} apus_winograd_tiles;

extern const apus_winograd_tiles apus_winograd_tiles_avx2, apus_winograd_tiles_avx512, apus_winograd_tiles_neon;
const apus_winograd_tiles *apus_winograd_tiles_of(const apus_conv_kernels *kernels);

// A correlation with 3x3 taps: output (h, w) sums over in[h + origin_h + i, w + origin_w + j].
typedef struct apus_winograd_field {
    ptrdiff_t batch, in_h, in_w, in_c, out_h, out_w, out_c, origin_h, origin_w;
    ptrdiff_t tiles_h, tiles_w, tiles; // down and across an image, and in all
} apus_winograd_field;

// How a field is walked. Tiles are transformed in rounds of `round`, whose planes lie in cache: in a task's own
// (block == round), which it then multiplies by all weights and transforms back; or shared by all threads,
// whose tasks then are `block` tiles by one panel of weights.
typedef struct apus_winograd_plan {
    apus_winograd_field field;
    const apus_winograd_scheme *scheme;
    bool reversed; // backward-data's weights
    bool shared;
    ptrdiff_t round, block, planes, panel_width, panels, in_pitch;
    ptrdiff_t in_plane, product_plane, weights_plane; // floats of one plane
    ptrdiff_t panel_floats;                           // all transformed weights: [panel][plane][in channel][column]
    ptrdiff_t shared_floats, scratch_floats;          // of all threads, and of each
} apus_winograd_plan;

apus_winograd_plan apus_winograd_plan_pass(const apus_winograd_tiles *tiles, const apus_winograd_scheme *scheme,
                                           const apus_conv_desc *desc, bool backward_data);
// Where the `size` x `size` inputs of a tile that begins every `step` outputs lie, channels from `channel` on,
// row and pixel being their pitches: in x, or in `edge` (size^2 pixels of `channels`), to which they are
// copied, with zeros, where the tile reaches over the border.
const float *apus_winograd_tile_pixels(const apus_winograd_field *field, ptrdiff_t step, ptrdiff_t size, const float *x,
                                       ptrdiff_t tile, ptrdiff_t channel, ptrdiff_t channels, float *edge, ptrdiff_t *row,
                                       ptrdiff_t *pixel);
const apus_winograd_scheme *apus_winograd_scheme_of(const apus_winograd_tiles *tiles, apus_conv_algorithm algorithm);
// Both keep to the workspace: panel_floats; shared_floats and team times scratch_floats (forward weights need no
// scratch area).
void apus_winograd_transform_weights(const apus_conv_kernels *kernels, const apus_winograd_plan *plan, const float *w,
                                     float *panels, float *scratch, int team);
// pool: y has the largest of each 2 x 2 outputs.
void apus_winograd_correlate(const apus_winograd_tiles *tiles, const apus_winograd_plan *plan, const float *x,
                             const float *panels, const float *bias, bool relu, bool pool, float *y, float *scratch, int team);

#endif
