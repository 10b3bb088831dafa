// Walks a planned grid: every task copies or gathers the input that it needs and runs tiles over it.
#include "conv_internal.h"

#include <string.h>

typedef struct walk {
    const apus_conv_kernels *kernels;
    const apus_conv_plan *plan;
    const float *x, *panels, *bias;
    bool relu, stream; // whether outputs are written past the caches
    float *y, *scratch;
} walk;

enum { STREAM_FLOATS = 12 << 20 }; // outputs: 48 MiB, more than caches keep

static bool streams(const apus_conv_kernels *kernels, const apus_conv_grid *g, const float *y) {
    return g->batch * g->out_h * g->out_w >= STREAM_FLOATS / apus_max(1, g->out_c) && g->out_c % kernels->width == 0 &&
           g->out_pixel == g->out_c && (uintptr_t)y % APUS_CACHE_LINE == 0;
}

// Piece number i: its tap row, the offset of its input from that row's window, its depth and length.
typedef struct piece {
    ptrdiff_t tap_row, offset, depth, length;
} piece;

static piece piece_at(const apus_conv_plan *plan, ptrdiff_t i) {
    const ptrdiff_t cut = i % plan->cuts, segment = i / plan->cuts % plan->segments;
    const ptrdiff_t tap_row = i / plan->cuts / plan->segments;
    const ptrdiff_t begin = plan->segment * cut / plan->cuts, end = plan->segment * (cut + 1) / plan->cuts;
    return (piece){
        .tap_row = tap_row,
        .offset = segment * plan->grid.step_w * plan->grid.in_c + begin,
        .depth = (tap_row * plan->segments + segment) * plan->segment + begin,
        .length = end - begin,
    };
}

// Runs all tiles of `rows` outputs with the given runs, for one panel; c is the first output's. next: the weights
// that are wanted after these, or null.
static void run_tiles(const walk *w, const apus_conv_run *runs, ptrdiff_t run_count, ptrdiff_t rows, ptrdiff_t row_stride,
                      float *c, ptrdiff_t ldc, ptrdiff_t panel, bool first, bool last, const float *next) {
    const apus_conv_kernels *kernels = w->kernels;
    const ptrdiff_t panel_width = kernels->width * kernels->vectors, column = panel * panel_width;
    const ptrdiff_t columns = apus_min(panel_width, w->plan->grid.out_c - column);
    const apus_conv_tile_fn *tiles = kernels->rows_tile[apus_ceil_div(columns, kernels->width) - 1];
    apus_conv_tile tile = {
        .runs = runs,
        .run_count = run_count,
        .b_shift = panel * w->plan->depth * panel_width,
        .ldb = panel_width,
        .ldc = ldc,
        .columns = columns,
        .bias = last && w->bias != NULL ? w->bias + column : NULL,
        .accumulate = !first,
        .relu = last && w->relu,
        .stream = last && w->stream,
    };
    const ptrdiff_t count = apus_ceil_div(rows, kernels->rows); // tiles of even height
    for (ptrdiff_t t = 0; t < count; t++) {
        const ptrdiff_t begin = rows * t / count, end = rows * (t + 1) / count;
        tile.a_shift = begin * row_stride;
        tile.c = c + begin * ldc + column;
        tile.fetch = t == 0 ? next : NULL;
        tiles[end - begin - 1](&tile);
    }
}

// The weights that a task meets after those of a chunk's panel: its next panel's, or the next chunk's; null after all.
static const float *next_weights(const walk *w, ptrdiff_t chunk, ptrdiff_t chunk_end, ptrdiff_t panel, ptrdiff_t panel_begin,
                                 ptrdiff_t panel_end) {
    const apus_conv_plan *plan = w->plan;
    const bool wraps = panel + 1 == panel_end;
    if (wraps && chunk_end == plan->pieces) return NULL;
    const ptrdiff_t depth = piece_at(plan, wraps ? chunk_end : chunk).depth;
    return w->panels + ((wraps ? panel_begin : panel + 1) * plan->depth + depth) * w->kernels->width * w->kernels->vectors;
}

// The input rows [row_begin, row_end) of an image, columns [column, column + columns), zeros outside.
static void copy_window(const apus_conv_grid *g, const float *image, ptrdiff_t row_begin, ptrdiff_t row_end,
                        ptrdiff_t column, ptrdiff_t columns, float *to) {
    const ptrdiff_t begin = apus_min(apus_max(column, 0), apus_max(column + columns, 0));
    const ptrdiff_t from = apus_min(begin, g->in_w), end = apus_max(from, apus_min(column + columns, g->in_w));
    const ptrdiff_t outside = apus_min(columns, apus_max(0, from - column));
    const size_t left = (size_t)(outside * g->in_c), middle = (size_t)((end - from) * g->in_c);
    const size_t all = (size_t)(columns * g->in_c);
    for (ptrdiff_t ih = row_begin; ih < row_end; ih++, to += all) {
        memset(to, 0, left * sizeof(float));
        if (middle != 0) memcpy(to + left, image + (ih * g->in_w + from) * g->in_c, middle * sizeof(float));
        memset(to + left + middle, 0, (all - left - middle) * sizeof(float));
    }
}

static void rows_task(const walk *w, ptrdiff_t block, ptrdiff_t panel_begin, ptrdiff_t panel_end, float *scratch) {
    const apus_conv_plan *plan = w->plan;
    const apus_conv_grid *g = &plan->grid;
    const ptrdiff_t panel_width = w->kernels->width * w->kernels->vectors;
    const ptrdiff_t block_w = block % plan->blocks_w, block_h = block / plan->blocks_w % plan->blocks_h;
    const ptrdiff_t image = block / plan->blocks_w / plan->blocks_h;
    const ptrdiff_t row_begin = block_h * plan->block_rows, row_end = apus_min(g->out_h, row_begin + plan->block_rows);
    const ptrdiff_t column = block_w * plan->block_columns, columns = apus_min(plan->block_columns, g->out_w - column);

    // Input rows that the block touches, and where its window's first column lies.
    const ptrdiff_t reach = (g->taps_h - 1) * g->step_h;
    const ptrdiff_t in_begin = apus_max(0, row_begin * g->stride_h + g->origin_h);
    const ptrdiff_t in_end = apus_min(g->in_h, (row_end - 1) * g->stride_h + g->origin_h + reach + 1);
    const ptrdiff_t in_column = column * g->stride_w + g->origin_w;
    const ptrdiff_t in_columns = (columns - 1) * g->stride_w + apus_max(0, g->taps_w - 1) * g->step_w + 1;
    apus_conv_run *runs = (apus_conv_run *)scratch;
    float *copy = scratch + apus_conv_line(plan->chunk * (ptrdiff_t)(sizeof(apus_conv_run) / sizeof(float)));
    const bool in_place = in_column >= 0 && in_column + in_columns <= g->in_w;
    const float *window = copy;
    ptrdiff_t window_pitch = in_columns * g->in_c;
    if (plan->pieces > 0 && in_begin < in_end) {
        const float *source = w->x + image * g->in_h * g->in_w * g->in_c;
        if (in_place) {
            window = source + (in_begin * g->in_w + in_column) * g->in_c;
            window_pitch = g->in_w * g->in_c;
        } else {
            copy_window(g, source, in_begin, in_end, in_column, in_columns, copy);
        }
    }

    float *y = w->y + image * g->out_image + column * g->out_pixel;
    ptrdiff_t chunk = 0;
    do {
        const ptrdiff_t chunk_end = apus_min(plan->pieces, chunk + plan->chunk);
        for (ptrdiff_t panel = panel_begin; panel < panel_end; panel++) {
            const float *next = next_weights(w, chunk, chunk_end, panel, panel_begin, panel_end);
            for (ptrdiff_t oh = row_begin; oh < row_end; oh++) {
                ptrdiff_t count = 0;
                for (ptrdiff_t i = chunk; i < chunk_end; i++) {
                    const piece p = piece_at(plan, i);
                    const ptrdiff_t ih = oh * g->stride_h + g->origin_h + p.tap_row * g->step_h;
                    if (ih < 0 || ih >= g->in_h) continue; // a row of zeros adds nothing
                    runs[count++] = (apus_conv_run){
                        .a = window + (ih - in_begin) * window_pitch + p.offset,
                        .b = w->panels + p.depth * panel_width,
                        .count = p.length,
                        .stride = g->stride_w * g->in_c,
                    };
                }
                run_tiles(w, runs, count, columns, g->stride_w * g->in_c, y + oh * g->out_row, g->out_pixel, panel,
                          chunk == 0, chunk_end == plan->pieces, oh == row_begin ? next : NULL);
            }
        }
        chunk = chunk_end;
    } while (chunk < plan->pieces);
}

// One pixel's patch, pieces [chunk, chunk_end), zeros outside the input.
static void gather_patch(const apus_conv_plan *plan, const float *x, ptrdiff_t pixel, ptrdiff_t chunk,
                         ptrdiff_t chunk_end, float *to) {
    const apus_conv_grid *g = &plan->grid;
    const ptrdiff_t ow = pixel % g->out_w, oh = pixel / g->out_w % g->out_h, image = pixel / g->out_w / g->out_h;
    const ptrdiff_t in_column = ow * g->stride_w + g->origin_w, width = g->in_w * g->in_c;
    for (ptrdiff_t i = chunk; i < chunk_end; i++) {
        const piece p = piece_at(plan, i);
        const ptrdiff_t ih = oh * g->stride_h + g->origin_h + p.tap_row * g->step_h;
        // The piece as positions in its input row, clipped to the row.
        const ptrdiff_t begin = in_column * g->in_c + p.offset, end = begin + p.length;
        const ptrdiff_t from = apus_min(apus_max(begin, 0), end), until = apus_max(from, apus_min(end, width));
        if (ih < 0 || ih >= g->in_h || from >= until) {
            memset(to, 0, (size_t)p.length * sizeof(float));
        } else {
            memset(to, 0, (size_t)(from - begin) * sizeof(float));
            memcpy(to + (from - begin), x + (image * g->in_h + ih) * width + from, (size_t)(until - from) * sizeof(float));
            memset(to + (until - begin), 0, (size_t)(end - until) * sizeof(float));
        }
        to += p.length;
    }
}

static void patches_task(const walk *w, ptrdiff_t block, ptrdiff_t panel_begin, ptrdiff_t panel_end, float *scratch) {
    const apus_conv_plan *plan = w->plan;
    const apus_conv_grid *g = &plan->grid;
    const ptrdiff_t panel_width = w->kernels->width * w->kernels->vectors;
    const ptrdiff_t pixels = g->batch * g->out_h * g->out_w, begin = block * plan->block_pixels;
    const ptrdiff_t count = apus_min(plan->block_pixels, pixels - begin);
    const bool contiguous = g->out_pixel == g->out_c && g->out_row == g->out_w * g->out_c &&
                            g->out_image == g->out_h * g->out_row;
    float *outputs = contiguous ? w->y + begin * g->out_c : scratch + plan->block_pixels * plan->patch_pitch;
    for (ptrdiff_t chunk = 0; chunk < plan->pieces; chunk += plan->chunk) {
        const ptrdiff_t chunk_end = apus_min(plan->pieces, chunk + plan->chunk);
        for (ptrdiff_t p = 0; p < count; p++)
            gather_patch(plan, w->x, begin + p, chunk, chunk_end, scratch + p * plan->patch_pitch);
        const ptrdiff_t depth = piece_at(plan, chunk).depth;
        const piece final = piece_at(plan, chunk_end - 1);
        const apus_conv_run run = {
            .a = scratch,
            .b = w->panels + depth * panel_width,
            .count = final.depth + final.length - depth,
            .stride = plan->patch_pitch,
        };
        for (ptrdiff_t panel = panel_begin; panel < panel_end; panel++)
            run_tiles(w, &run, 1, count, plan->patch_pitch, outputs, g->out_c, panel, chunk == 0, chunk_end == plan->pieces,
                      next_weights(w, chunk, chunk_end, panel, panel_begin, panel_end));
    }
    if (contiguous) return;
    const ptrdiff_t column = panel_begin * panel_width, column_end = apus_min(g->out_c, panel_end * panel_width);
    for (ptrdiff_t p = 0; p < count; p++) {
        const ptrdiff_t pixel = begin + p, ow = pixel % g->out_w, oh = pixel / g->out_w % g->out_h;
        float *to = w->y + pixel / g->out_w / g->out_h * g->out_image + oh * g->out_row + ow * g->out_pixel;
        memcpy(to + column, outputs + p * g->out_c + column, (size_t)(column_end - column) * sizeof(float));
    }
}

static void walk_tasks(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const walk *w = context;
    const apus_conv_plan *plan = w->plan;
    float *scratch = w->scratch + apus_team_member() * plan->scratch_floats;
    for (ptrdiff_t task = begin; task < end; task++) {
        const ptrdiff_t group = task % plan->panel_groups, block = task / plan->panel_groups;
        const ptrdiff_t panel_begin = plan->panels * group / plan->panel_groups;
        const ptrdiff_t panel_end = plan->panels * (group + 1) / plan->panel_groups;
        if (plan->order == APUS_CONV_ROWS) rows_task(w, block, panel_begin, panel_end, scratch);
        else patches_task(w, block, panel_begin, panel_end, scratch);
    }
    if (w->stream) w->kernels->drain();
}

void apus_conv_run_plan(const apus_conv_kernels *kernels, const apus_conv_plan *plan, const float *x,
                        const float *panels, const float *bias, bool relu, float *y, float *scratch, int team) {
    walk w = {kernels, plan, x, panels, bias, relu, streams(kernels, &plan->grid, y), y, scratch};
    apus_parallel_for_team(team, plan->tasks, 1, walk_tasks, &w);
}
