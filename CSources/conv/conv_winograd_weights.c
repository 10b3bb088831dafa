// The gradients with respect to weights and bias by Winograd's algorithm. dw's taps are the outputs and a
// tile's dy the filter of the same eight-point scheme: both are transformed, their products summed over
// tiles in the transformed space, and a slice's sums transformed to taps at its end. The tiles are cut
// into a fixed number of slices, which are added in order: the bits do not depend on the number of threads.
#include "conv_winograd.h"

#include <string.h>

enum {
    BLOCK_TILES = 128,
    BLOCK_FLOATS = 128 * 1024, // transformed x and dy of a block, beside the sums
    GROUP_CHANNELS = 128, // a task's sums, in the second-level cache
    MIN_TASKS = 32,
    MAX_SLICES = 32,
    SLICE_TILES = 128,       // at least so many in a slice
    SLICED_FLOATS = 4 << 20 // of all slices together
};

typedef struct winograd_weights_plan {
    apus_winograd_rows rows;
    ptrdiff_t in_groups, out_groups, panels, slices, block;
    ptrdiff_t x_pitch, y_pitch, x_plane, y_plane, sum_plane; // floats of a pixel, and of one point's plane
    ptrdiff_t weights, partial_floats, bias_pitch, zero_floats, scratch_floats;
} winograd_weights_plan;

static winograd_weights_plan plan_weights(const apus_conv_kernels *kernels, const apus_conv_desc *desc) {
    winograd_weights_plan p = {.rows = apus_winograd_forward_rows(desc)};
    const apus_winograd_rows *r = &p.rows;
    const ptrdiff_t panel_width = kernels->width * kernels->vectors;
    p.panels = apus_ceil_div(r->out_c, panel_width);
    p.in_groups = apus_ceil_div(r->in_c, GROUP_CHANNELS);
    p.out_groups = apus_min(p.panels, apus_ceil_div(r->out_c, GROUP_CHANNELS));
    p.weights = r->taps * r->in_c * r->out_c;
    p.slices = apus_min(MAX_SLICES, apus_ceil_div(MIN_TASKS, p.in_groups * p.out_groups));
    p.slices = apus_min(p.slices, apus_max(1, r->tiles / SLICE_TILES));
    p.slices = apus_min(p.slices, apus_max(1, SLICED_FLOATS / p.weights));
    p.x_pitch = apus_conv_line(apus_ceil_div(r->in_c, p.in_groups));
    p.y_pitch = apus_conv_line(apus_min(r->out_c, apus_ceil_div(p.panels, p.out_groups) * panel_width));
    const ptrdiff_t most = apus_min(BLOCK_TILES, BLOCK_FLOATS / (APUS_WINOGRAD_POINTS * (p.x_pitch + p.y_pitch)));
    p.block = apus_min(most, apus_ceil_div(r->tiles, p.slices));
    // A line more than the tiles: planes a page's fraction apart would share cache sets.
    p.x_plane = p.block * p.x_pitch + apus_conv_line(1);
    p.y_plane = p.block * p.y_pitch + apus_conv_line(1);
    p.sum_plane = p.x_pitch * p.y_pitch + apus_conv_line(1);
    p.partial_floats = p.slices > 1 ? p.slices * apus_conv_line(p.weights) : 0;
    p.bias_pitch = apus_conv_line(r->out_c);
    p.zero_floats = apus_max(p.x_pitch, p.y_pitch);
    p.scratch_floats = APUS_WINOGRAD_POINTS * (p.x_plane + p.y_plane + p.sum_plane) + p.y_pitch;
    return p;
}

typedef struct winograd_weights_walk {
    const apus_conv_kernels *kernels;
    const winograd_weights_plan *plan;
    const float *x, *dy;
    float *dw, *bias_partial; // bias_partial: null where no bias gradient is wanted
    float *partial, *zeros, *scratch;
} winograd_weights_walk;

// One task: some channels in and out, and where its parts of the scratch area are.
typedef struct target {
    ptrdiff_t in_begin, in_count, out_begin, out_count, out_columns; // out_columns: whole vectors
    float *xs, *ys, *sums, *bias_sums, *bias;
} target;

static void transform_block(const winograd_weights_walk *w, const target *t, ptrdiff_t begin, ptrdiff_t count) {
    const winograd_weights_plan *p = w->plan;
    const apus_winograd_rows *r = &p->rows;
    const apus_winograd_kernels *kernels = w->kernels->winograd;
    if (t->bias != NULL) memset(t->bias_sums, 0, (size_t)p->y_pitch * sizeof(float));
    for (ptrdiff_t i = 0; i < count; i++) {
        const ptrdiff_t row = (begin + i) / r->row_tiles, column = (begin + i) % r->row_tiles * r->outputs;
        const float *pixels[APUS_WINOGRAD_POINTS];
        apus_winograd_pixels(w->x + row * r->in_w * r->in_c + t->in_begin, r->in_w, r->in_c, column + r->origin,
                             APUS_WINOGRAD_POINTS, w->zeros, pixels);
        kernels->input(pixels, t->in_count, t->xs + i * p->x_pitch, p->x_plane);
        apus_winograd_pixels(w->dy + row * r->out_w * r->out_c + t->out_begin, r->out_w, r->out_c, column, r->outputs,
                             w->zeros, pixels);
        kernels->spread[r->outputs - 3](pixels, t->out_count, t->ys + i * p->y_pitch, p->y_plane,
                                        t->bias == NULL ? NULL : t->bias_sums);
    }
    if (t->bias != NULL) w->kernels->add(1, t->out_count, t->bias_sums, p->y_pitch, t->bias, p->y_pitch);
}

static void multiply_block(const winograd_weights_walk *w, const target *t, ptrdiff_t count, bool accumulate) {
    const winograd_weights_plan *p = w->plan;
    const apus_conv_kernels *kernels = w->kernels;
    const ptrdiff_t panel_width = kernels->width * kernels->vectors, groups = apus_ceil_div(t->in_count, kernels->rows);
    apus_conv_run run = {.count = count, .stride = p->x_pitch};
    apus_conv_tile tile = {.runs = &run, .run_count = 1, .ldb = p->y_pitch, .ldc = p->y_pitch, .accumulate = accumulate};
    for (ptrdiff_t point = 0; point < APUS_WINOGRAD_POINTS; point++) {
        run.a = t->xs + point * p->x_plane;
        run.b = t->ys + point * p->y_plane;
        for (ptrdiff_t column = 0; column < t->out_columns; column += panel_width) {
            tile.b_shift = column;
            tile.columns = apus_min(panel_width, t->out_columns - column);
            const apus_conv_tile_fn *tiles = kernels->outer_tile[tile.columns / kernels->width - 1];
            for (ptrdiff_t g = 0; g < groups; g++) {
                const ptrdiff_t first = t->in_count * g / groups, last = t->in_count * (g + 1) / groups;
                tile.a_shift = first;
                tile.c = t->sums + point * p->sum_plane + first * p->y_pitch + column;
                tiles[last - first - 1](&tile);
            }
        }
    }
}

static void slice_task(const winograd_weights_walk *w, ptrdiff_t task, float *scratch) {
    const winograd_weights_plan *p = w->plan;
    const apus_winograd_rows *r = &p->rows;
    const ptrdiff_t panel_width = w->kernels->width * w->kernels->vectors;
    const ptrdiff_t out_group = task % p->out_groups, in_group = task / p->out_groups % p->in_groups;
    const ptrdiff_t slice = task / p->out_groups / p->in_groups;
    target t = {
        .in_begin = r->in_c * in_group / p->in_groups,
        .out_begin = p->panels * out_group / p->out_groups * panel_width,
        .xs = scratch,
    };
    t.in_count = r->in_c * (in_group + 1) / p->in_groups - t.in_begin;
    t.out_count = apus_min(r->out_c, p->panels * (out_group + 1) / p->out_groups * panel_width) - t.out_begin;
    t.out_columns = apus_round_up(t.out_count, w->kernels->width);
    t.ys = t.xs + APUS_WINOGRAD_POINTS * p->x_plane;
    t.sums = t.ys + APUS_WINOGRAD_POINTS * p->y_plane;
    t.bias_sums = t.sums + APUS_WINOGRAD_POINTS * p->sum_plane;
    if (w->bias_partial != NULL && in_group == 0) {
        t.bias = w->bias_partial + slice * p->bias_pitch + t.out_begin;
        memset(t.bias, 0, (size_t)t.out_count * sizeof(float));
    }
    const ptrdiff_t begin = r->tiles * slice / p->slices, end = r->tiles * (slice + 1) / p->slices;
    const ptrdiff_t blocks = apus_ceil_div(end - begin, p->block);
    for (ptrdiff_t b = 0; b < blocks; b++) {
        const ptrdiff_t from = begin + (end - begin) * b / blocks, to = begin + (end - begin) * (b + 1) / blocks;
        transform_block(w, &t, from, to - from);
        multiply_block(w, &t, to - from, b > 0);
    }
    float *dw = p->slices > 1 ? w->partial + slice * apus_conv_line(p->weights) : w->dw;
    for (ptrdiff_t i = 0; i < t.in_count; i++)
        w->kernels->winograd->collect[r->taps - 3](t.sums + i * p->y_pitch, p->sum_plane, t.out_count, r->taps, NULL, false,
                                                   dw + (t.in_begin + i) * r->out_c + t.out_begin, r->in_c * r->out_c);
}

static void slice_tasks(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const winograd_weights_walk *w = context;
    float *scratch = w->scratch + apus_team_member() * w->plan->scratch_floats;
    for (ptrdiff_t task = begin; task < end; task++) slice_task(w, task, scratch);
}

ptrdiff_t apus_winograd_weights_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc, int team) {
    const winograd_weights_plan p = plan_weights(kernels, desc);
    return p.zero_floats + p.slices * p.bias_pitch + p.partial_floats + team * p.scratch_floats;
}

void apus_winograd_weights_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *x, const float *dy,
                               float *dw, float *dbias, float *workspace, int team) {
    const winograd_weights_plan p = plan_weights(kernels, desc);
    winograd_weights_walk w = {.kernels = kernels, .plan = &p, .x = x, .dy = dy, .dw = dw, .zeros = workspace};
    float *bias_partial = workspace + p.zero_floats;
    w.bias_partial = dbias == NULL ? NULL : bias_partial;
    w.partial = bias_partial + p.slices * p.bias_pitch;
    w.scratch = w.partial + p.partial_floats;
    memset(w.zeros, 0, (size_t)p.zero_floats * sizeof(float));
    apus_parallel_for_team(team, p.slices * p.in_groups * p.out_groups, 1, slice_tasks, &w);
    if (p.slices > 1) apus_conv_add_slices(kernels, p.slices, p.weights, w.partial, dw, team);
    if (dbias != NULL) kernels->column_sums(p.slices, p.rows.out_c, bias_partial, p.bias_pitch, dbias);
}
