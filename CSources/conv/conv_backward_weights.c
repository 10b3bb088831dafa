// The gradients with respect to weights and bias. dw[th, tw, ci, co] sums x * dy over all pixels: the
// tiles of dw are shared out, and where there are few of them the rows of output are cut into a fixed
// number of slices, whose sums are added in order. The cut depends on the shape alone, so the bits do
// not depend on the number of threads. x and dy are read in place; padding is never multiplied.
#include "conv_internal.h"

#include <string.h>

enum {
    CHUNK_PIXELS = 128, // pixels summed in registers: a panel of dy and a tile's x stay in the first-level cache
    GROUP_TILES = 8,
    MIN_TASKS = 64,
    MAX_SLICES = 16,
    BIAS_SLICES = 64,
    BIAS_PIXELS = 256,
    FEW_CHANNELS = 8 // fewer than these: one tile spans the taps of a row
};

typedef struct weights_plan {
    apus_conv_grid grid;
    bool merged; // a segment is a tap row, else a tap
    ptrdiff_t segments, segment, tiles, groups, panels, tasks, rows, slices;
    ptrdiff_t window_floats; // merged: the padded input of a chunk's row
    ptrdiff_t scratch_floats, weights, partial_floats, bias_slices, bias_pitch;
} weights_plan;

static weights_plan plan_weights(const apus_conv_kernels *kernels, const apus_conv_desc *desc) {
    weights_plan p = {0};
    apus_conv_grid *g = &p.grid;
    apus_conv_forward_grid(desc, g);
    const ptrdiff_t panel_width = kernels->width * kernels->vectors;
    p.merged = g->taps_w > 1 && g->step_w == 1 && g->in_c < FEW_CHANNELS;
    p.segments = g->taps_h * (p.merged ? 1 : g->taps_w);
    p.segment = p.merged ? g->taps_w * g->in_c : g->in_c;
    p.tiles = apus_ceil_div(p.segment, kernels->rows);
    p.groups = apus_ceil_div(p.tiles, GROUP_TILES);
    p.panels = apus_ceil_div(g->out_c, panel_width);
    p.tasks = p.segments * p.groups * p.panels;
    p.rows = g->batch * g->out_h;
    p.weights = p.segments * p.segment * g->out_c;
    p.slices = 1;
    if (p.tasks > 0 && p.rows > 0)
        p.slices = apus_min(apus_ceil_div(MIN_TASKS, p.tasks), apus_min(MAX_SLICES, p.rows));
    p.window_floats = p.merged ? ((CHUNK_PIXELS - 1) * g->stride_w + g->taps_w) * g->in_c : 0;
    // A chunk has at most one row a pixel.
    const ptrdiff_t run_floats = CHUNK_PIXELS * (ptrdiff_t)(sizeof(apus_conv_run) / sizeof(float));
    const ptrdiff_t copies = apus_min(CHUNK_PIXELS, apus_ceil_div(CHUNK_PIXELS, apus_max(1, g->out_w)) + 2);
    p.scratch_floats = apus_conv_line(run_floats) + CHUNK_PIXELS * panel_width + apus_conv_line(copies * p.window_floats);
    p.partial_floats = p.slices > 1 ? p.slices * apus_conv_line(p.weights) : 0;
    p.bias_slices = apus_min(BIAS_SLICES, apus_max(1, p.rows * g->out_w / BIAS_PIXELS));
    p.bias_pitch = apus_conv_line(g->out_c);
    return p;
}

typedef struct weights_walk {
    const apus_conv_kernels *kernels;
    const weights_plan *plan;
    const float *x, *dy;
    float *dw, *dbias, *partial, *bias_partial, *scratch;
} weights_walk;

// One task's pending chunk.
typedef struct chunk {
    apus_conv_run *runs;
    float *panel, *windows;
    ptrdiff_t run_count, pixels, copies;
    bool flushed;
} chunk;

typedef struct target {
    ptrdiff_t tap_row, tap_column, tile_begin, tile_end; // of a segment
    ptrdiff_t column, columns, vectors;
    float *dw; // the segment's first row, this panel's first column
    ptrdiff_t ldb;
} target;

static void flush(const weights_walk *w, const target *t, chunk *c) {
    const weights_plan *p = w->plan;
    apus_conv_tile tile = {
        .runs = c->runs,
        .run_count = c->run_count,
        .ldb = t->ldb,
        .ldc = p->grid.out_c,
        .columns = t->columns,
        .accumulate = c->flushed,
    };
    for (ptrdiff_t i = t->tile_begin; i < t->tile_end; i++) {
        const ptrdiff_t begin = p->segment * i / p->tiles, end = p->segment * (i + 1) / p->tiles;
        tile.a_shift = begin;
        tile.c = t->dw + begin * p->grid.out_c;
        w->kernels->outer_tile[t->vectors - 1][end - begin - 1](&tile);
    }
    c->flushed = true;
    c->run_count = c->pixels = c->copies = 0;
}

// Input for `count` pixels from `ow` on of one row, all taps of a tap row: in place, or a padded copy.
static const float *merged_window(const weights_plan *p, const float *row, ptrdiff_t ow, ptrdiff_t count, chunk *c) {
    const apus_conv_grid *g = &p->grid;
    const ptrdiff_t column = ow * g->stride_w + g->origin_w, columns = (count - 1) * g->stride_w + g->taps_w;
    if (column >= 0 && column + columns <= g->in_w) return row + column * g->in_c;
    const ptrdiff_t from = apus_min(g->in_w, apus_max(column, 0)), to = apus_max(from, apus_min(column + columns, g->in_w));
    const ptrdiff_t left = apus_min(columns, apus_max(0, from - column)), middle = apus_min(columns - left, to - from);
    float *copy = c->windows + c->copies++ * p->window_floats;
    memset(copy, 0, (size_t)(left * g->in_c) * sizeof(float));
    memcpy(copy + left * g->in_c, row + from * g->in_c, (size_t)(middle * g->in_c) * sizeof(float));
    memset(copy + (left + middle) * g->in_c, 0, (size_t)((columns - left - middle) * g->in_c) * sizeof(float));
    return copy;
}

static void add_row(const weights_walk *w, const target *t, ptrdiff_t row, chunk *c) {
    const weights_plan *p = w->plan;
    const apus_conv_grid *g = &p->grid;
    const ptrdiff_t ih = row % g->out_h * g->stride_h + g->origin_h + t->tap_row * g->step_h;
    if (ih < 0 || ih >= g->in_h || g->in_w == 0) return;
    const float *x_row = w->x + (row / g->out_h * g->in_h + ih) * g->in_w * g->in_c;
    const float *dy_row = w->dy + row * g->out_w * g->out_c + t->column;
    ptrdiff_t begin = 0, end = g->out_w;
    const ptrdiff_t shift = g->origin_w + t->tap_column * g->step_w; // input column of output 0
    if (!p->merged) { // outputs whose tap lies inside the input
        if (shift < 0) begin = apus_min(end, apus_ceil_div(-shift, g->stride_w));
        end = shift >= g->in_w ? begin : apus_max(begin, apus_min(end, (g->in_w - 1 - shift) / g->stride_w + 1));
    }
    while (begin < end) {
        const ptrdiff_t count = apus_min(end - begin, CHUNK_PIXELS - c->pixels);
        const float *b = dy_row + begin * g->out_c;
        if (t->columns % w->kernels->width != 0) { // whole vectors would read past the row
            float *packed = c->panel + c->pixels * t->ldb;
            w->kernels->pack(count, t->columns, t->ldb, b, g->out_c, packed);
            b = packed;
        }
        c->runs[c->run_count++] = (apus_conv_run){
            .a = p->merged ? merged_window(p, x_row, begin, count, c) : x_row + (begin * g->stride_w + shift) * g->in_c,
            .b = b,
            .count = count,
            .stride = g->stride_w * g->in_c,
        };
        c->pixels += count;
        begin += count;
        if (c->pixels == CHUNK_PIXELS) flush(w, t, c);
    }
}

static void weights_tasks(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const weights_walk *w = context;
    const weights_plan *p = w->plan;
    const apus_conv_grid *g = &p->grid;
    const ptrdiff_t width = w->kernels->width, panel_width = width * w->kernels->vectors;
    float *scratch = w->scratch + apus_team_member() * p->scratch_floats;
    const ptrdiff_t run_floats = CHUNK_PIXELS * (ptrdiff_t)(sizeof(apus_conv_run) / sizeof(float));
    for (ptrdiff_t task = begin; task < end; task++) {
        const ptrdiff_t slice = task / p->tasks, part = task % p->tasks;
        const ptrdiff_t panel = part % p->panels, group = part / p->panels % p->groups;
        const ptrdiff_t segment = part / p->panels / p->groups, columns_of_taps = p->merged ? 1 : g->taps_w;
        target t = {
            .tap_row = segment / columns_of_taps,
            .tap_column = segment % columns_of_taps,
            .tile_begin = p->tiles * group / p->groups,
            .tile_end = p->tiles * (group + 1) / p->groups,
            .column = panel * panel_width,
        };
        t.columns = apus_min(panel_width, g->out_c - t.column);
        t.vectors = apus_ceil_div(t.columns, width);
        t.ldb = t.columns % width != 0 ? t.vectors * width : g->out_c;
        float *dw = p->slices > 1 ? w->partial + slice * apus_conv_line(p->weights) : w->dw;
        t.dw = dw + segment * p->segment * g->out_c + t.column;
        chunk c = {.runs = (apus_conv_run *)scratch, .panel = scratch + apus_conv_line(run_floats)};
        c.windows = c.panel + CHUNK_PIXELS * panel_width;
        const ptrdiff_t row_end = p->rows * (slice + 1) / p->slices;
        for (ptrdiff_t row = p->rows * slice / p->slices; row < row_end; row++) add_row(w, &t, row, &c);
        if (c.pixels > 0 || !c.flushed) flush(w, &t, &c);
    }
}

enum { REDUCE_BLOCK = 4096 };

static void add_slices(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const weights_walk *w = context;
    const weights_plan *p = w->plan;
    for (ptrdiff_t i = begin; i < end; i++) {
        const ptrdiff_t at = i * REDUCE_BLOCK;
        w->kernels->column_sums(p->slices, apus_min(REDUCE_BLOCK, p->weights - at), w->partial + at,
                                apus_conv_line(p->weights), w->dw + at);
    }
}

static void bias_slices(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const weights_walk *w = context;
    const weights_plan *p = w->plan;
    const ptrdiff_t pixels = p->rows * p->grid.out_w, out_c = p->grid.out_c;
    for (ptrdiff_t i = begin; i < end; i++) {
        const ptrdiff_t from = pixels * i / p->bias_slices, to = pixels * (i + 1) / p->bias_slices;
        w->kernels->column_sums(to - from, out_c, w->dy + from * out_c, out_c, w->bias_partial + i * p->bias_pitch);
    }
}

ptrdiff_t apus_conv_backward_weights_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc) {
    const weights_plan p = plan_weights(kernels, desc);
    return p.bias_slices * p.bias_pitch + p.partial_floats + apus_team_size() * p.scratch_floats;
}

void apus_conv_backward_weights_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *x,
                                    const float *dy, float *dw, float *dbias, float *workspace) {
    const weights_plan p = plan_weights(kernels, desc);
    weights_walk w = {.kernels = kernels, .plan = &p, .x = x, .dy = dy, .dw = dw, .dbias = dbias};
    w.bias_partial = workspace;
    w.partial = w.bias_partial + p.bias_slices * p.bias_pitch;
    w.scratch = w.partial + p.partial_floats;
    apus_parallel_for(p.tasks * p.slices, 1, weights_tasks, &w);
    if (p.slices > 1) apus_parallel_for(apus_ceil_div(p.weights, REDUCE_BLOCK), 1, add_slices, &w);
    if (dbias != NULL && p.grid.out_c > 0) {
        apus_parallel_for(p.bias_slices, 1, bias_slices, &w);
        kernels->column_sums(p.bias_slices, p.grid.out_c, w.bias_partial, p.bias_pitch, dbias);
    }
}
