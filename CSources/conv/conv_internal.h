// What the files of this folder share: the tile kernels' contract, the grid that the tile engine walks
// and the plan that it walks it by. Not installed.
#ifndef APUS_CONV_INTERNAL_H
#define APUS_CONV_INTERNAL_H

#include "../../include/apus/conv.h"
#include "../runtime/internal.h"

// A run is a piece of a tile's inner product whose operands lie at constant strides.
typedef struct apus_conv_run {
    const float *a;
    const float *b;
    ptrdiff_t count;  // steps
    ptrdiff_t stride; // elements of `a`: between rows ("rows" kernels) or between steps ("outer" kernels)
} apus_conv_run;

// C[r, j] := f(sum over runs and steps k of A[r, k] * B[k, j] (+ C[r, j]) + bias[j]), r < rows, j < columns.
//   rows kernels:  A[r, k] = run.a[a_shift + r * run.stride + k]   (pixels by patch: forward)
//   outer kernels: A[r, k] = run.a[a_shift + r + k * run.stride]   (channels by pixel: backward-weights)
//   both:          B[k, j] = run.b[b_shift + k * ldb + j], read in whole vectors.
// A call's sum runs in the order of the runs and steps for every tile size, so a result's bits do not
// depend on how pixels are grouped into tiles. C is read only with `accumulate`. No alignment is needed.
typedef struct apus_conv_tile {
    const apus_conv_run *runs;
    ptrdiff_t run_count;
    ptrdiff_t a_shift, b_shift, ldb;
    float *c;
    ptrdiff_t ldc, columns;
    const float *bias; // or null
    bool accumulate, relu;
    bool stream; // C is written past the caches, in whole aligned vectors; `drain` before others read it
    const float *fetch; // rows kernels: or null; as much of a panel, wanted next, in the second-level cache
} apus_conv_tile;

typedef void (*apus_conv_tile_fn)(const apus_conv_tile *tile);

// Winograd's transforms between a tile's pixels (or a filter's taps) and eight planes, one a point of the
// scheme; conv_winograd_template.h has the algebra. Whole vectors of the planes are read and written, with
// zeros beyond the channels. The tables' index is n - 3 for n outputs or taps.
typedef struct apus_winograd_kernels {
    // to[j * plane + c] = sum over i < 8 of B^T[j][i] * rows[i][c]
    void (*input)(const float *const *rows, ptrdiff_t channels, float *to, ptrdiff_t plane);
    // to[j * plane + c] = sum over i < n of G_n[j][i] * rows[i][c]; unless null, sums[c] += sum of rows[i][c],
    // in whole vectors.
    void (*spread[4])(const float *const *rows, ptrdiff_t channels, float *to, ptrdiff_t plane, float *sums);
    // to[i * pitch + c] = f(sum over j < 8 of A_n^T[i][j] * planes[j * plane + c] + bias[c]), i < count <= n
    void (*collect[4])(const float *planes, ptrdiff_t plane, ptrdiff_t channels, ptrdiff_t count, const float *bias,
                       bool relu, float *to, ptrdiff_t pitch);
} apus_winograd_kernels;

extern const apus_winograd_kernels apus_winograd_kernels_avx2, apus_winograd_kernels_avx512, apus_winograd_kernels_neon;

// The ten-point transforms of roots.h, between a tile's pixels (or a filter's taps) and its planes. `spread`
// makes the planes, `gather` is its transpose: an output's gather is the forward pass's last step, an input's
// the data gradient's, the weights' their gradient's.
typedef enum apus_roots_role { APUS_ROOTS_INPUT, APUS_ROOTS_WEIGHTS, APUS_ROOTS_OUTPUT } apus_roots_role;
typedef struct apus_roots_window {
    int rows, columns;             // of outputs or taps; an input's are 10
    bool infinite_h, infinite_w;   // whether the planes at infinity are there
    union {
        const float *from[100];    // [row * columns + column]: its channels
        float *to[100];            // or null: not written
    };
    int begun_h, begun_w;          // an input's gather adds in these first rows and columns, and stores in the others
    const float *bias;             // an output's gather: or null
    bool relu;
    bool stream;                   // a spread's: its planes are larger than the caches, and whole lines apart
} apus_roots_window;
// Planes are `plane` floats apart; whole vectors of them are read and written, with zeros beyond the channels.
typedef struct apus_roots_kernels {
    void (*spread[3])(const apus_roots_window *window, ptrdiff_t channels, float *to, ptrdiff_t plane);
    void (*gather[3])(const apus_roots_window *window, ptrdiff_t channels, const float *from, ptrdiff_t plane);
} apus_roots_kernels;

extern const apus_roots_kernels apus_roots_kernels_avx2, apus_roots_kernels_avx512, apus_roots_kernels_neon;

// Outputs of a first layer, one after the other in y, `columns` to a row: pixel (h, w) sums over its taps
//   window[h * row_step + w * column_step + th * tap_step + k] * weights[(th * segment + k)][c], k < segment,
// in that order, c < channels, at most a tile's. Weights lie in panels as the other tiles' do, `panel` floats apart.
#define APUS_CONV_FIRST_ROWS 8
#define APUS_CONV_FIRST_VECTORS 4
typedef struct apus_conv_first_call {
    const float *window, *weights, *bias; // bias: or null
    ptrdiff_t row_step, column_step, columns, pixels, taps_h, segment, tap_step, panel;
    float *y;
    ptrdiff_t pitch, channels;
    bool relu, stream; // stream: as in apus_conv_tile
} apus_conv_first_call;
typedef struct apus_conv_first_kernels {
    ptrdiff_t vectors;                                                    // of a tile
    void (*run[APUS_CONV_FIRST_VECTORS])(const apus_conv_first_call *call); // [vectors of the channels - 1]
} apus_conv_first_kernels;
extern const apus_conv_first_kernels apus_conv_first_avx2, apus_conv_first_avx512, apus_conv_first_neon;

#define APUS_CONV_MAX_ROWS 14
#define APUS_CONV_MAX_VECTORS 4

// One instruction set's kernels. A tile has up to `rows` rows and `vectors` vectors of `width` columns.
typedef struct apus_conv_kernels {
    ptrdiff_t width, vectors, rows;
    // [vectors - 1][rows - 1]
    apus_conv_tile_fn rows_tile[APUS_CONV_MAX_VECTORS][APUS_CONV_MAX_ROWS];
    apus_conv_tile_fn outer_tile[APUS_CONV_MAX_VECTORS][APUS_CONV_MAX_ROWS];
    // panel[k][j] = source[k * ld + j], j < columns, zeros up to panel_width (a multiple of width).
    void (*pack)(ptrdiff_t k, ptrdiff_t columns, ptrdiff_t panel_width, const float *source, ptrdiff_t ld, float *panel);
    // panel[k][j] = source[j * ld + k]
    void (*pack_transposed)(ptrdiff_t k, ptrdiff_t columns, ptrdiff_t panel_width, const float *source, ptrdiff_t ld,
                            float *panel);
    // sums[j] = sum over rows of x[r * ld + j], in blocks of rows.
    void (*column_sums)(ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t ld, float *sums);
    // to[r, j] += from[r, j], row after row: the rows of `to` may overlap.
    void (*add)(ptrdiff_t rows, ptrdiff_t columns, const float *from, ptrdiff_t from_ld, float *to, ptrdiff_t to_ld);
    // Completes the streamed stores of this thread.
    void (*drain)(void);
    const apus_winograd_kernels *winograd;
    const apus_roots_kernels *roots;
    const apus_conv_first_kernels *first;
} apus_conv_kernels;

extern const apus_conv_kernels apus_conv_kernels_avx2, apus_conv_kernels_avx512, apus_conv_kernels_neon;
// The kernels of the instruction set in force; null for the scalar one, which is the reference.
const apus_conv_kernels *apus_conv_active_kernels(void);

// A correlation over a grid of outputs: output (oh, ow) sums over the taps (th, tw) and channels
//   in[oh * stride_h + origin_h + th * step_h, ow * stride_w + origin_w + tw * step_w, c] * w[th, tw, c, :]
// with zeros outside the input. A forward pass is one such grid, a backward-data pass one for each phase
// of its stride. Outputs lie at pitches of their own, for those phases.
typedef struct apus_conv_grid {
    ptrdiff_t batch, in_h, in_w, in_c;
    ptrdiff_t out_h, out_w, out_c;
    ptrdiff_t out_pixel, out_row, out_image; // pitches in elements
    ptrdiff_t taps_h, taps_w, stride_h, stride_w, step_h, step_w, origin_h, origin_w;
} apus_conv_grid;

// How the tile engine walks a grid: chosen in apus_conv_plan_grid alone.
typedef enum apus_conv_order {
    // Pixels of one output row at a time, read in place, or from a zero-padded copy of their input rows.
    APUS_CONV_ROWS,
    // Any run of pixels, their patches gathered: for outputs too narrow to fill a tile.
    APUS_CONV_PATCHES
} apus_conv_order;

typedef struct apus_conv_plan {
    apus_conv_grid grid; // simplified: 1x1 and whole-input kernels become one long row
    apus_conv_order order;
    ptrdiff_t depth; // taps_h * taps_w * in_c
    // The inner product as pieces: for each tap row, `segments` stretches of `segment` contiguous input
    // elements, each cut into `cuts`; a chunk of `chunk` consecutive pieces keeps its panel in cache.
    ptrdiff_t segments, segment, cuts, pieces, chunk;
    ptrdiff_t block_rows, block_columns, blocks_h, blocks_w; // ROWS: outputs of one task
    ptrdiff_t block_pixels;                                  // PATCHES
    ptrdiff_t panels, panel_groups, tasks;
    ptrdiff_t patch_pitch;     // PATCHES
    ptrdiff_t scratch_floats;  // one thread's
    ptrdiff_t panel_floats;    // all packed weights
} apus_conv_plan;

void apus_conv_forward_grid(const apus_conv_desc *desc, apus_conv_grid *grid);
void apus_conv_plan_grid(const apus_conv_kernels *kernels, const apus_conv_grid *grid, apus_conv_plan *plan);
// y = f(grid * panels + bias) on at most `team` threads. scratch: team times plan->scratch_floats.
void apus_conv_run_plan(const apus_conv_kernels *kernels, const apus_conv_plan *plan, const float *x,
                        const float *panels, const float *bias, bool relu, float *y, float *scratch, int team);
// Packs w [k, columns] (leading dimension ld) into panels of kernels->width * kernels->vectors columns.
void apus_conv_pack_weights(const apus_conv_kernels *kernels, ptrdiff_t k, ptrdiff_t columns, const float *w, float *panels,
                            int team);
// dw[i] = the sum of `slices` partial sums in order, i < weights; a slice is apus_conv_line(weights) floats.
void apus_conv_add_slices(const apus_conv_kernels *kernels, ptrdiff_t slices, ptrdiff_t weights, const float *partial,
                          float *dw, int team);

// Floats of workspace of each pass, and the pass itself with a workspace aligned to a cache line. `team`, the
// most threads, comes from one reading of apus_team_size(): the workspace has a scratch area for each, and
// another thread's apus_set_threads may come between.
// Forward: floats of the packed weights, and of the scratch areas; the pass with weights packed beforehand.
ptrdiff_t apus_conv_packed_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc);
ptrdiff_t apus_conv_packed_scratch(const apus_conv_kernels *kernels, const apus_conv_desc *desc, int team);
void apus_conv_packed_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *x, const float *panels,
                          const float *bias, float *y, float *scratch, int team);
ptrdiff_t apus_conv_forward_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc, int team);
void apus_conv_forward_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *x, const float *w,
                           const float *bias, float *y, float *workspace, int team);
ptrdiff_t apus_conv_backward_data_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc, int team);
void apus_conv_backward_data_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *dy,
                                 const float *w, float *dx, float *workspace, int team);
ptrdiff_t apus_conv_backward_weights_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc, int team);
void apus_conv_backward_weights_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *x,
                                    const float *dy, float *dw, float *dbias, float *workspace, int team);

// The forward pass of a first layer: whether a problem is one, its scratch areas, and the pass, with the weights in
// apus_conv_pack_weights' panels.
bool apus_conv_first_forward(const apus_conv_desc *desc);
ptrdiff_t apus_conv_first_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc, int team);
void apus_conv_first_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *x, const float *panels,
                         const float *bias, float *y, float *scratch, int team);

// The weights' gradient of a first layer: whether a problem is one, its workspace, and the pass.
bool apus_conv_first_layer(const apus_conv_desc *desc);
ptrdiff_t apus_conv_first_weights_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc, int team);
void apus_conv_first_weights_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *x, const float *dy,
                                 float *dw, float *dbias, float *workspace, int team);

// Backward-data by scattering: whether it is the cheaper way, and the pass itself.
bool apus_conv_scatter_pays(const apus_conv_kernels *kernels, const apus_conv_desc *desc);
ptrdiff_t apus_conv_scatter_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc, int team);
void apus_conv_scatter_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *dy, const float *w,
                           float *dx, float *workspace, int team);

// What a pass over a valid problem goes by: APUS_CONV_DIRECT or one of the others (conv_plan.c).
apus_conv_algorithm apus_conv_choose(const apus_conv_kernels *kernels, const apus_conv_desc *desc, apus_conv_pass pass);
// The forward pass with weights prepared beforehand.
apus_conv_algorithm apus_conv_choose_prepared(const apus_conv_kernels *kernels, const apus_conv_desc *desc);
bool apus_winograd_can(const apus_conv_desc *desc);
// Its floats of workspace, and the passes.
ptrdiff_t apus_winograd_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc, bool backward_data, int team);
// Weights transformed beforehand: their floats, the transform, the pass' scratch floats, and the pass.
ptrdiff_t apus_winograd_panel_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc);
void apus_winograd_prepare(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *w, float *panels, int team);
ptrdiff_t apus_winograd_prepared_scratch(const apus_conv_kernels *kernels, const apus_conv_desc *desc, int team);
void apus_winograd_prepared_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *x, const float *panels,
                                const float *bias, float *y, float *scratch, int team);
void apus_winograd_forward_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *x, const float *w,
                               const float *bias, float *y, float *workspace, int team);
void apus_winograd_backward_data_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *dy,
                                     const float *w, float *dx, float *workspace, int team);
ptrdiff_t apus_winograd_weights_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc, int team);
void apus_winograd_weights_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *x, const float *dy,
                               float *dw, float *dbias, float *workspace, int team);

// Whether a valid problem has 3x3 kernels that Winograd's tiles can compute, and what such a problem goes by
// when `wanted` (not APUS_CONV_DIRECT) is the process's choice (winograd_tile_plan.c).
bool apus_winograd_tile_can(const apus_conv_desc *desc);
apus_conv_algorithm apus_winograd_tile_choose(const apus_conv_desc *desc, apus_conv_pass pass, apus_conv_algorithm wanted,
                                               bool prepared);
// APUS_CONV_WINOGRAD_4X4 and _6X6: floats of workspace, and the passes (winograd_tile.c).
ptrdiff_t apus_winograd_tile_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc, apus_conv_algorithm algorithm,
                                    bool backward_data, int team);
void apus_winograd_tile_forward_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, apus_conv_algorithm algorithm,
                                    const float *x, const float *w, const float *bias, float *y, float *workspace, int team);
void apus_winograd_tile_backward_data_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc,
                                          apus_conv_algorithm algorithm, const float *dy, const float *w, float *dx,
                                          float *workspace, int team);
ptrdiff_t apus_winograd_tile_weights_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc,
                                            apus_conv_algorithm algorithm, int team);
void apus_winograd_tile_weights_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, apus_conv_algorithm algorithm,
                                    const float *x, const float *dy, float *dw, float *dbias, float *workspace, int team);

// The gradient of the bias: floats of workspace, and the sums themselves.
ptrdiff_t apus_conv_bias_floats(const apus_conv_desc *desc);
void apus_conv_bias_gradient(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *dy, float *dbias,
                             float *workspace, int team);

// The ten-point way of roots.h: whether a valid problem can go by it, whether it should (roots_plan.c), its
// floats of workspace, and the passes (roots.c).
bool apus_roots_can(const apus_conv_desc *desc);
bool apus_roots_pays(const apus_conv_kernels *kernels, const apus_conv_desc *desc, apus_conv_pass pass, bool prepared);
ptrdiff_t apus_roots_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc, apus_conv_pass pass, int team);
void apus_roots_forward_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *x, const float *w,
                            const float *bias, float *y, float *workspace, int team);
// Weights transformed beforehand: their floats, the transform, the pass' scratch floats, and the pass.
ptrdiff_t apus_roots_weights_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc);
void apus_roots_prepare(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *w, float *weights, int team);
ptrdiff_t apus_roots_prepared_scratch(const apus_conv_kernels *kernels, const apus_conv_desc *desc);
void apus_roots_prepared_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *x, const float *weights,
                             const float *bias, float *y, float *scratch, int team);
void apus_roots_backward_data_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *dy, const float *w,
                                  float *dx, float *workspace, int team);
void apus_roots_weights_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *x, const float *dy,
                            float *dw, float *dbias, float *workspace, int team);

// Bytes of the arrays. The check bounds every offset into them too, padding included (conv.c).
typedef struct apus_conv_sizes {
    ptrdiff_t x, w, bias, y;
} apus_conv_sizes;
apus_status apus_conv_check(const apus_conv_desc *desc, apus_conv_sizes *sizes);

// The specification: plain loops, sums in the order tap row, tap column, channel (or image, row, column).
void apus_conv_forward_reference(const apus_conv_desc *desc, const float *x, const float *w, const float *bias, float *y);
void apus_conv_backward_data_reference(const apus_conv_desc *desc, const float *dy, const float *w, float *dx);
void apus_conv_backward_weights_reference(const apus_conv_desc *desc, const float *x, const float *dy, float *dw,
                                          float *dbias);

// Floats rounded up to whole cache lines, so that scratch areas share none.
static inline ptrdiff_t apus_conv_line(ptrdiff_t floats) {
    return apus_round_up(floats, APUS_CACHE_LINE / (ptrdiff_t)sizeof(float));
}

#endif
