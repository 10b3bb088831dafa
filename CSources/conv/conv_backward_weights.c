// The gradients with respect to weights and bias. dw[th, tw, ci, co] sums x * dy over all pixels: the
// tiles of dw are shared out, and where there are few of them the rows of output are cut into a fixed
// number of slices, whose sums are added in order. The cut depends on the shape alone, so the bits do
// not depend on the number of threads. x and dy are read in place; padding is never multiplied.
// First layers, with a few channels, go by conv_first_weights.c.
#include "conv_internal.h"

enum {
    CHUNK_PIXELS = 256,   // pixels summed in registers: a panel of dy stays in the first-level cache
    GROUP_CHANNELS = 288, // a task's block of dw by tap, and a chunk's x and dy for it: second-level cache
    GROUP_COLUMNS = 128,
    MIN_TASKS = 32,
    MAX_SLICES = 32,
    SLICED_FLOATS = 4 << 20, // of all slices together
};

typedef struct weights_plan {
    apus_conv_grid grid;
    ptrdiff_t columns_of_taps, segment, tiles, panels, weights;
    ptrdiff_t groups, panel_groups, tap_groups, tasks, rows, slices; // tasks: of one slice
    ptrdiff_t scratch_floats, partial_floats;
} weights_plan;

// One list of a chunk (runs, tail runs, pieces) in floats of scratch.
#define RUN_FLOATS (CHUNK_PIXELS * (ptrdiff_t)(sizeof(apus_conv_run) / sizeof(float)))

static weights_plan plan_weights(const apus_conv_kernels *kernels, const apus_conv_desc *desc) {
    weights_plan p = {0};
    apus_conv_grid *g = &p.grid;
    apus_conv_forward_grid(desc, g);
    const ptrdiff_t panel_width = kernels->width * kernels->vectors;
    p.columns_of_taps = g->taps_w;
    p.segment = g->in_c;
    p.tiles = apus_ceil_div(p.segment, kernels->rows);
    p.panels = apus_ceil_div(g->out_c, panel_width);
    p.weights = g->taps_h * g->taps_w * g->in_c * g->out_c;
    p.rows = g->batch * g->out_h;
    p.groups = apus_ceil_div(p.segment, GROUP_CHANNELS);
    p.panel_groups = apus_ceil_div(g->out_c, GROUP_COLUMNS);
    p.tap_groups = p.slices = 1;
    p.tasks = g->taps_h * p.groups * p.panel_groups;
    if (p.tasks > 0 && p.rows > 0) {
        p.slices = apus_min(apus_ceil_div(MIN_TASKS, p.tasks), apus_min(MAX_SLICES, p.rows));
        p.slices = apus_min(p.slices, apus_max(1, SLICED_FLOATS / p.weights));
        p.tap_groups = apus_min(p.columns_of_taps, apus_ceil_div(MIN_TASKS, p.tasks * p.slices));
        p.tasks *= p.tap_groups;
    }
    p.scratch_floats = 3 * RUN_FLOATS + CHUNK_PIXELS * panel_width;
    p.partial_floats = p.slices > 1 ? p.slices * apus_conv_line(p.weights) : 0;
    return p;
}

typedef struct weights_walk {
    const apus_conv_kernels *kernels;
    const weights_plan *plan;
    const float *x, *dy;
    float *dw, *partial, *scratch;
} weights_walk;

// Some outputs of one row.
typedef struct piece {
    ptrdiff_t row, begin, count;
} piece;

// One task's pending chunk. Where out_c is not a multiple of the vectors, whole vectors would read past
// dy's rows: the last panel then has runs of its own, over a packed copy.
typedef struct chunk {
    piece *pieces;
    apus_conv_run *runs, *tail_runs;
    float *tail;
    ptrdiff_t piece_count, pixels;
    bool flushed;
} chunk;

// A task's block of dw: taps of one row by tiles by panels.
typedef struct target {
    ptrdiff_t tap_row, tap_begin, tap_end, tile_begin, tile_end, panel_begin, panel_end;
    ptrdiff_t tail_column, tail_columns, tail_ld; // of the panel to copy; tail_columns 0: none
    float *dw;                                    // this slice's
} target;

static void run_tiles(const weights_walk *w, const target *t, const chunk *c, ptrdiff_t run_count, float *dw) {
    const weights_plan *p = w->plan;
    const ptrdiff_t width = w->kernels->width, panel_width = width * w->kernels->vectors, out_c = p->grid.out_c;
    apus_conv_tile tile = {.run_count = run_count, .ldc = out_c, .accumulate = c->flushed};
    for (ptrdiff_t panel = t->panel_begin; panel < t->panel_end; panel++) {
        const ptrdiff_t column = panel * panel_width;
        const bool tail = t->tail_columns > 0 && column == t->tail_column;
        tile.columns = apus_min(panel_width, out_c - column);
        tile.runs = tail ? c->tail_runs : c->runs;
        tile.b_shift = tail ? 0 : column;
        tile.ldb = tail ? t->tail_ld : out_c;
        const apus_conv_tile_fn *tiles = w->kernels->outer_tile[apus_ceil_div(tile.columns, width) - 1];
        for (ptrdiff_t i = t->tile_begin; i < t->tile_end; i++) {
            const ptrdiff_t begin = p->segment * i / p->tiles, end = p->segment * (i + 1) / p->tiles;
            tile.a_shift = begin;
            tile.c = dw + begin * out_c + column;
            tiles[end - begin - 1](&tile);
        }
    }
}

// The runs of one tap over the chunk's pieces; returns their count.
static ptrdiff_t tap_runs(const weights_walk *w, const target *t, ptrdiff_t tap, chunk *c) {
    const weights_plan *p = w->plan;
    const apus_conv_grid *g = &p->grid;
    const ptrdiff_t shift = g->origin_w + tap * g->step_w; // the input column of output column 0
    // Outputs whose tap lies inside the input.
    const ptrdiff_t low = shift < 0 ? apus_ceil_div(-shift, g->stride_w) : 0;
    const ptrdiff_t high = shift >= g->in_w ? 0 : (g->in_w - 1 - shift) / g->stride_w + 1;
    ptrdiff_t count = 0, pixel = 0;
    for (ptrdiff_t i = 0; i < c->piece_count; pixel += c->pieces[i++].count) {
        const piece *piece = &c->pieces[i];
        const ptrdiff_t begin = apus_max(low, piece->begin), end = apus_min(high, piece->begin + piece->count);
        if (begin >= end) continue;
        const ptrdiff_t ih = piece->row % g->out_h * g->stride_h + g->origin_h + t->tap_row * g->step_h;
        const float *x_row = w->x + (piece->row / g->out_h * g->in_h + ih) * g->in_w * g->in_c;
        apus_conv_run run = {
            .a = x_row + (begin * g->stride_w + shift) * g->in_c,
            .b = w->dy + (piece->row * g->out_w + begin) * g->out_c,
            .count = end - begin,
            .stride = g->stride_w * g->in_c,
        };
        c->runs[count] = run;
        run.b = c->tail + (pixel + begin - piece->begin) * t->tail_ld;
        c->tail_runs[count++] = run;
    }
    return count;
}

static void flush(const weights_walk *w, const target *t, chunk *c) {
    const weights_plan *p = w->plan;
    const apus_conv_grid *g = &p->grid;
    float *tail = c->tail;
    for (ptrdiff_t i = 0; i < c->piece_count && t->tail_columns > 0; i++) {
        const piece *piece = &c->pieces[i];
        w->kernels->pack(piece->count, t->tail_columns, t->tail_ld,
                         w->dy + (piece->row * g->out_w + piece->begin) * g->out_c + t->tail_column, g->out_c, tail);
        tail += piece->count * t->tail_ld;
    }
    for (ptrdiff_t tap = t->tap_begin; tap < t->tap_end; tap++) {
        const ptrdiff_t count = tap_runs(w, t, tap, c);
        if (count == 0 && c->flushed) continue;
        run_tiles(w, t, c, count, t->dw + (t->tap_row * p->columns_of_taps + tap) * p->segment * g->out_c);
    }
    c->flushed = true;
    c->piece_count = c->pixels = 0;
}

static void add_row(const weights_walk *w, const target *t, ptrdiff_t row, chunk *c) {
    const apus_conv_grid *g = &w->plan->grid;
    const ptrdiff_t ih = row % g->out_h * g->stride_h + g->origin_h + t->tap_row * g->step_h;
    if (ih < 0 || ih >= g->in_h || g->in_w == 0) return;
    for (ptrdiff_t begin = 0; begin < g->out_w;) {
        const ptrdiff_t count = apus_min(g->out_w - begin, CHUNK_PIXELS - c->pixels);
        c->pieces[c->piece_count++] = (piece){row, begin, count};
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
    for (ptrdiff_t task = begin; task < end; task++) {
        const ptrdiff_t slice = task / p->tasks;
        ptrdiff_t part = task % p->tasks;
        const ptrdiff_t panel_group = part % p->panel_groups;
        part /= p->panel_groups;
        const ptrdiff_t tap_group = part % p->tap_groups;
        part /= p->tap_groups;
        const ptrdiff_t group = part % p->groups;
        target t = {
            .tap_row = part / p->groups,
            .tap_begin = p->columns_of_taps * tap_group / p->tap_groups,
            .tap_end = p->columns_of_taps * (tap_group + 1) / p->tap_groups,
            .tile_begin = p->tiles * group / p->groups,
            .tile_end = p->tiles * (group + 1) / p->groups,
            .panel_begin = p->panels * panel_group / p->panel_groups,
            .panel_end = p->panels * (panel_group + 1) / p->panel_groups,
            .tail_column = (p->panels - 1) * panel_width,
            .dw = p->slices > 1 ? w->partial + slice * apus_conv_line(p->weights) : w->dw,
        };
        if (g->out_c % width != 0 && t.panel_end == p->panels) {
            t.tail_columns = g->out_c - t.tail_column;
            t.tail_ld = apus_round_up(t.tail_columns, width);
        }
        chunk c = {
            .runs = (apus_conv_run *)scratch,
            .tail_runs = (apus_conv_run *)(scratch + RUN_FLOATS),
            .pieces = (piece *)(scratch + 2 * RUN_FLOATS),
            .tail = scratch + 3 * RUN_FLOATS,
        };
        const ptrdiff_t row_end = p->rows * (slice + 1) / p->slices;
        for (ptrdiff_t row = p->rows * slice / p->slices; row < row_end; row++) add_row(w, &t, row, &c);
        if (c.pixels > 0 || !c.flushed) flush(w, &t, &c);
    }
}

ptrdiff_t apus_conv_backward_weights_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc, int team) {
    if (apus_conv_first_layer(desc)) return apus_conv_first_weights_floats(kernels, desc, team);
    const weights_plan p = plan_weights(kernels, desc);
    return apus_conv_bias_floats(desc) + p.partial_floats + team * p.scratch_floats;
}

void apus_conv_backward_weights_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *x,
                                    const float *dy, float *dw, float *dbias, float *workspace, int team) {
    if (apus_conv_first_layer(desc)) {
        apus_conv_first_weights_run(kernels, desc, x, dy, dw, dbias, workspace, team);
        return;
    }
    const weights_plan p = plan_weights(kernels, desc);
    weights_walk w = {.kernels = kernels, .plan = &p, .x = x, .dy = dy, .dw = dw};
    w.partial = workspace + apus_conv_bias_floats(desc);
    w.scratch = w.partial + p.partial_floats;
    apus_parallel_for_team(team, p.tasks * p.slices, 1, weights_tasks, &w);
    if (p.slices > 1) apus_conv_add_slices(kernels, p.slices, p.weights, w.partial, dw, team);
    if (dbias != NULL) apus_conv_bias_gradient(kernels, desc, dy, dbias, workspace, team);
}
