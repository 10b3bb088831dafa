// The gradients with respect to 3x3 kernels and bias by Winograd's algorithm: inputs and output gradients are
// transformed, their products summed over tiles plane by plane, and a task's sums transformed to taps at its
// end. A task is some channels in, some out and a slice of the tiles; slices are added in order, so that the
// bits do not depend on the number of threads. Planes are made two rows at a time from a block of tiles whose
// pixels stay in cache: of all rows at once only a third as many tiles would fit, and each block's products
// have to be added to the sums.
#include "winograd_tile.h"

#include <string.h>

enum {
    MOST_TILES = 96,      // of a block
    GROUP_CHANNELS = 128, // of a task, in and out
    MIN_TASKS = 32,
    MAX_SLICES = 32,
    SLICED_FLOATS = 4 << 20 // of all slices together
};

typedef struct weights_plan {
    apus_winograd_field x, dy; // dy: the tiles' outputs as inputs
    const apus_winograd_scheme *scheme;
    ptrdiff_t in_groups, out_groups, slices, block, planes, pair_planes;
    ptrdiff_t x_pitch, y_pitch, x_plane, y_plane, sum_plane; // floats of a pixel, and of one plane
    ptrdiff_t weights, partial_floats, bias_pitch, edge_floats, scratch_floats;
} weights_plan;

static weights_plan plan_weights(const apus_winograd_tiles *tiles, const apus_winograd_scheme *scheme, const apus_conv_desc *desc) {
    weights_plan p = {.scheme = scheme, .planes = scheme->points * scheme->points, .pair_planes = 2 * scheme->points};
    p.x = apus_winograd_plan_pass(tiles, scheme, desc, false).field;
    p.dy = p.x;
    p.dy.in_h = p.x.out_h, p.dy.in_w = p.x.out_w, p.dy.in_c = p.x.out_c;
    p.dy.origin_h = p.dy.origin_w = 0;
    const ptrdiff_t in_c = desc->in_c, out_c = desc->out_c, width = tiles->width;
    p.in_groups = apus_ceil_div(in_c, GROUP_CHANNELS);
    p.out_groups = apus_ceil_div(out_c, GROUP_CHANNELS);
    p.weights = APUS_WINOGRAD_TAPS * APUS_WINOGRAD_TAPS * in_c * out_c;
    const ptrdiff_t in_most = apus_min(in_c, apus_round_up(apus_ceil_div(in_c, p.in_groups), width));
    const ptrdiff_t out_most = apus_min(out_c, apus_round_up(apus_ceil_div(out_c, p.out_groups), width));
    p.x_pitch = apus_conv_line(in_most), p.y_pitch = apus_conv_line(out_most);
    if (p.x_pitch % 64 == 0) p.x_pitch += apus_conv_line(1); // rows a page's fraction apart share cache sets
    if (p.y_pitch % 64 == 0) p.y_pitch += apus_conv_line(1);
    // Planes of two rows, and the pixels that they come from, in the second-level cache.
    const ptrdiff_t l2 = (ptrdiff_t)apus_get_caches().l2 / (ptrdiff_t)sizeof(float), pixels = scheme->outputs * scheme->outputs;
    const ptrdiff_t tile_floats = (p.pair_planes + pixels) * (p.x_pitch + p.y_pitch);
    const ptrdiff_t most = apus_max(8, apus_min(MOST_TILES, l2 / tile_floats));
    p.slices = apus_min(MAX_SLICES, apus_ceil_div(MIN_TASKS, p.in_groups * p.out_groups));
    p.slices = apus_min(p.slices, apus_max(1, p.x.tiles / (4 * most)));
    p.slices = apus_min(p.slices, apus_max(1, SLICED_FLOATS / p.weights));
    p.block = apus_min(most, apus_ceil_div(p.x.tiles, p.slices));
    // A line more than the tiles: planes a page's fraction apart would share cache sets.
    p.x_plane = p.block * p.x_pitch + apus_conv_line(1);
    p.y_plane = p.block * p.y_pitch + apus_conv_line(1);
    p.sum_plane = in_most * p.y_pitch + apus_conv_line(1);
    p.partial_floats = p.slices > 1 ? p.slices * apus_conv_line(p.weights) : 0;
    p.bias_pitch = apus_conv_line(out_c);
    p.edge_floats = p.planes * apus_max(p.x_pitch, p.y_pitch);
    p.scratch_floats = p.edge_floats + p.pair_planes * (p.x_plane + p.y_plane) + p.planes * p.sum_plane + p.y_pitch;
    return p;
}

typedef struct weights_walk {
    const apus_winograd_tiles *tiles;
    const apus_conv_kernels *kernels;
    const weights_plan *plan;
    const float *x, *dy;
    float *dw, *bias_partial; // bias_partial: null where no bias gradient is wanted
    float *partial, *scratch;
} weights_walk;

// One task: some channels in and out, and where its parts of the scratch area are.
typedef struct target {
    ptrdiff_t in_begin, in_count, out_begin, out_count;
    float *edge, *xs, *ys, *sums, *bias_sums, *bias;
} target;

static void transform_block(const weights_walk *w, const target *t, int pair, ptrdiff_t begin, ptrdiff_t count) {
    const weights_plan *p = w->plan;
    const apus_winograd_scheme *scheme = p->scheme;
    ptrdiff_t row, pixel;
    const bool add_bias = pair == 0 && t->bias != NULL;
    for (ptrdiff_t i = 0; i < count; i++) {
        const float *from = apus_winograd_tile_pixels(&p->x, scheme->outputs, scheme->points, w->x, begin + i, t->in_begin,
                                                      t->in_count, t->edge, &row, &pixel);
        scheme->input_pair(pair, from, row, pixel, t->in_count, t->xs + i * p->x_pitch, p->x_plane);
    }
    if (add_bias) memset(t->bias_sums, 0, (size_t)p->y_pitch * sizeof(float));
    for (ptrdiff_t i = 0; i < count; i++) {
        const float *from = apus_winograd_tile_pixels(&p->dy, scheme->outputs, scheme->outputs, w->dy, begin + i, t->out_begin,
                                                      t->out_count, t->edge, &row, &pixel);
        scheme->unfold_pair(pair, from, row, pixel, t->out_count, t->ys + i * p->y_pitch, p->y_plane,
                            add_bias ? t->bias_sums : NULL);
    }
    if (add_bias) w->kernels->add(1, t->out_count, t->bias_sums, p->y_pitch, t->bias, p->y_pitch);
}

static void multiply_block(const weights_walk *w, const target *t, int pair, ptrdiff_t count, bool accumulate) {
    const weights_plan *p = w->plan;
    const ptrdiff_t width = w->tiles->width, panel_width = width * w->tiles->vectors;
    const ptrdiff_t groups = apus_ceil_div(t->in_count, w->tiles->rows), columns = apus_round_up(t->out_count, width);
    for (ptrdiff_t plane = 0; plane < p->pair_planes; plane++) {
        float *sums = t->sums + (pair * p->pair_planes + plane) * p->sum_plane;
        for (ptrdiff_t column = 0; column < columns; column += panel_width) {
            const apus_winograd_outer_fn *outer = w->tiles->outer[apus_min(panel_width, columns - column) / width - 1];
            for (ptrdiff_t g = 0; g < groups; g++) {
                const ptrdiff_t from = t->in_count * g / groups, to = t->in_count * (g + 1) / groups;
                outer[to - from - 1](count, t->xs + plane * p->x_plane + from, p->x_pitch, t->ys + plane * p->y_plane + column,
                                     p->y_pitch, sums + from * p->y_pitch + column, p->y_pitch, accumulate);
            }
        }
    }
}

static void slice_task(const weights_walk *w, ptrdiff_t task, float *scratch) {
    const weights_plan *p = w->plan;
    const ptrdiff_t in_c = p->x.in_c, out_c = p->x.out_c, width = w->tiles->width;
    const ptrdiff_t out_group = task % p->out_groups, in_group = task / p->out_groups % p->in_groups;
    const ptrdiff_t slice = task / p->out_groups / p->in_groups;
    const ptrdiff_t in_step = apus_round_up(apus_ceil_div(in_c, p->in_groups), width);
    const ptrdiff_t out_step = apus_round_up(apus_ceil_div(out_c, p->out_groups), width);
    target t = {.in_begin = apus_min(in_c, in_group * in_step), .out_begin = apus_min(out_c, out_group * out_step),
                .edge = scratch};
    t.in_count = apus_min(in_step, in_c - t.in_begin);
    t.out_count = apus_min(out_step, out_c - t.out_begin);
    t.xs = t.edge + p->edge_floats;
    t.ys = t.xs + p->pair_planes * p->x_plane;
    t.sums = t.ys + p->pair_planes * p->y_plane;
    t.bias_sums = t.sums + p->planes * p->sum_plane;
    if (w->bias_partial != NULL && in_group == 0) {
        t.bias = w->bias_partial + slice * p->bias_pitch + t.out_begin;
        memset(t.bias, 0, (size_t)t.out_count * sizeof(float));
    }
    const ptrdiff_t begin = p->x.tiles * slice / p->slices, end = p->x.tiles * (slice + 1) / p->slices;
    const ptrdiff_t blocks = apus_ceil_div(end - begin, p->block);
    for (ptrdiff_t b = 0; b < blocks; b++) {
        const ptrdiff_t from = begin + (end - begin) * b / blocks, to = begin + (end - begin) * (b + 1) / blocks;
        for (int pair = 0; pair < (int)p->scheme->points / 2; pair++) {
            transform_block(w, &t, pair, from, to - from);
            multiply_block(w, &t, pair, to - from, b > 0);
        }
    }
    float *dw = p->slices > 1 ? w->partial + slice * apus_conv_line(p->weights) : w->dw;
    for (ptrdiff_t i = 0; i < t.in_count; i++)
        p->scheme->gather(t.sums + i * p->y_pitch, p->sum_plane, t.out_count, dw + (t.in_begin + i) * out_c + t.out_begin,
                          APUS_WINOGRAD_TAPS * in_c * out_c, in_c * out_c);
}

static void slice_tasks(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const weights_walk *w = context;
    float *scratch = w->scratch + apus_team_member() * w->plan->scratch_floats;
    for (ptrdiff_t task = begin; task < end; task++) slice_task(w, task, scratch);
}

ptrdiff_t apus_winograd_tile_weights_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc,
                                            apus_conv_algorithm algorithm, int team) {
    const apus_winograd_tiles *tiles = apus_winograd_tiles_of(kernels);
    const weights_plan p = plan_weights(tiles, apus_winograd_scheme_of(tiles, algorithm), desc);
    return p.slices * p.bias_pitch + p.partial_floats + team * p.scratch_floats;
}

void apus_winograd_tile_weights_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, apus_conv_algorithm algorithm,
                                    const float *x, const float *dy, float *dw, float *dbias, float *workspace, int team) {
    const apus_winograd_tiles *tiles = apus_winograd_tiles_of(kernels);
    const weights_plan p = plan_weights(tiles, apus_winograd_scheme_of(tiles, algorithm), desc);
    weights_walk w = {.tiles = tiles, .kernels = kernels, .plan = &p, .x = x, .dy = dy, .dw = dw};
    w.bias_partial = dbias == NULL ? NULL : workspace;
    w.partial = workspace + p.slices * p.bias_pitch;
    w.scratch = w.partial + p.partial_floats;
    apus_parallel_for_team(team, p.slices * p.in_groups * p.out_groups, 1, slice_tasks, &w);
    if (p.slices > 1) apus_conv_add_slices(kernels, p.slices, p.weights, w.partial, dw, team);
    if (dbias != NULL) kernels->column_sums(p.slices, p.x.out_c, workspace, p.bias_pitch, dbias);
}
