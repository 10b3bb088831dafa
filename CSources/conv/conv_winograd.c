// The forward and the backward-data pass by Winograd's algorithm: weights transformed once a call, then
// blocks of tiles, each transformed, multiplied plane by plane and transformed back, in cache throughout.
#include "conv_winograd.h"

#include <string.h>

enum {
    BLOCK_TILES = 56,
    BLOCK_FLOATS = 96 * 1024, // transformed input of a block: 384 KiB, in the second-level cache
    MIN_TASKS = 32,
    PACK_ROWS = 64
};

apus_winograd_rows apus_winograd_forward_rows(const apus_conv_desc *d) {
    apus_winograd_rows r = {.rows = d->batch * d->in_h, .in_w = d->in_w, .in_c = d->in_c, .out_c = d->out_c,
                            .taps = d->kernel_w, .origin = -d->pad_left};
    apus_conv_output(d, NULL, &r.out_w);
    r.outputs = APUS_WINOGRAD_POINTS + 1 - r.taps;
    r.row_tiles = apus_ceil_div(r.out_w, r.outputs);
    r.tiles = r.rows * r.row_tiles;
    return r;
}

// dx is dy's correlation with the taps reversed and their channels transposed.
static apus_winograd_rows backward_rows(const apus_conv_desc *d) {
    apus_winograd_rows r = apus_winograd_forward_rows(d);
    r.in_w = r.out_w;
    r.out_w = d->in_w;
    r.in_c = d->out_c;
    r.out_c = d->in_c;
    r.origin = d->pad_left - (r.taps - 1);
    r.row_tiles = apus_ceil_div(r.out_w, r.outputs);
    r.tiles = r.rows * r.row_tiles;
    return r;
}

void apus_winograd_pixels(const float *row, ptrdiff_t width, ptrdiff_t channels, ptrdiff_t first, ptrdiff_t count,
                          const float *zeros, const float **pixels) {
    for (ptrdiff_t i = 0; i < count; i++)
        pixels[i] = first + i >= 0 && first + i < width ? row + (first + i) * channels : zeros;
}

typedef struct winograd_plan {
    apus_winograd_rows rows;
    bool reversed; // backward-data's weights
    ptrdiff_t block, tasks, panel_width, panels, in_pitch;
    ptrdiff_t in_plane, product_plane, weights_plane; // floats of one point's plane
    ptrdiff_t zero_floats, panel_floats, scratch_floats;
} winograd_plan;

// Depends on the shape and the instruction set, never on the number of threads.
static winograd_plan plan_winograd(const apus_conv_kernels *kernels, const apus_conv_desc *desc, bool reversed) {
    winograd_plan p = {.rows = reversed ? backward_rows(desc) : apus_winograd_forward_rows(desc), .reversed = reversed};
    const apus_winograd_rows *r = &p.rows;
    p.panel_width = kernels->width * kernels->vectors;
    p.panels = apus_ceil_div(r->out_c, p.panel_width);
    p.in_pitch = apus_conv_line(r->in_c);
    const ptrdiff_t most = apus_min(BLOCK_TILES, BLOCK_FLOATS / (APUS_WINOGRAD_POINTS * p.in_pitch));
    const ptrdiff_t shared = apus_min(most, apus_ceil_div(r->tiles, MIN_TASKS));
    p.block = apus_max(1, shared / kernels->rows) * kernels->rows;
    p.tasks = apus_ceil_div(r->tiles, p.block);
    // A line more than the tiles: planes a page's fraction apart would share cache sets.
    p.in_plane = p.block * p.in_pitch + apus_conv_line(1);
    p.product_plane = p.block * p.panel_width + apus_conv_line(1);
    p.weights_plane = r->in_c * p.panel_width;
    p.zero_floats = p.in_pitch;
    p.panel_floats = apus_conv_line(p.panels * APUS_WINOGRAD_POINTS * p.weights_plane);
    const ptrdiff_t packing = reversed ? r->taps * PACK_ROWS * p.panel_width : 0;
    p.scratch_floats = apus_conv_line(apus_max(packing, APUS_WINOGRAD_POINTS * (p.in_plane + p.product_plane)));
    return p;
}

typedef struct winograd_walk {
    const apus_conv_kernels *kernels;
    const winograd_plan *plan;
    const float *x, *w, *bias;
    bool relu;
    float *y, *zeros, *panels, *scratch;
} winograd_walk;

// Transforms the weights: panels[panel][point][in channel][column].
static void transform_weights(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const winograd_walk *w = context;
    const winograd_plan *p = w->plan;
    const apus_winograd_rows *r = &p->rows;
    const ptrdiff_t blocks = apus_ceil_div(r->in_c, PACK_ROWS);
    float *packed = p->reversed ? w->scratch + apus_team_member() * p->scratch_floats : NULL;
    for (ptrdiff_t i = begin; i < end; i++) {
        const ptrdiff_t panel = i / blocks, first = i % blocks * PACK_ROWS, column = panel * p->panel_width;
        const ptrdiff_t count = apus_min(PACK_ROWS, r->in_c - first), columns = apus_min(p->panel_width, r->out_c - column);
        float *to = w->panels + panel * APUS_WINOGRAD_POINTS * p->weights_plane + first * p->panel_width;
        const float *taps[APUS_WINOGRAD_MOST_TAPS];
        ptrdiff_t step;
        for (ptrdiff_t t = 0; t < r->taps; t++) {
            if (p->reversed) {
                float *tap = packed + t * PACK_ROWS * p->panel_width;
                w->kernels->pack_transposed(count, columns, p->panel_width,
                                            w->w + ((r->taps - 1 - t) * r->out_c + column) * r->in_c + first, r->in_c, tap);
                taps[t] = tap;
            } else {
                taps[t] = w->w + (t * r->in_c + first) * r->out_c + column;
            }
        }
        step = p->reversed ? p->panel_width : r->out_c;
        for (ptrdiff_t k = 0; k < count; k++) {
            w->kernels->winograd->spread[r->taps - 3](taps, columns, to + k * p->panel_width, p->weights_plane, NULL);
            for (ptrdiff_t t = 0; t < r->taps; t++) taps[t] += step;
        }
    }
}

static void block_task(const winograd_walk *w, ptrdiff_t block, float *inputs) {
    const winograd_plan *p = w->plan;
    const apus_winograd_rows *r = &p->rows;
    const apus_conv_kernels *kernels = w->kernels;
    const ptrdiff_t begin = block * p->block, count = apus_min(p->block, r->tiles - begin);
    float *products = inputs + APUS_WINOGRAD_POINTS * p->in_plane;
    for (ptrdiff_t i = 0; i < count; i++) {
        const ptrdiff_t row = (begin + i) / r->row_tiles, column = (begin + i) % r->row_tiles * r->outputs;
        const float *pixels[APUS_WINOGRAD_POINTS];
        apus_winograd_pixels(w->x + row * r->in_w * r->in_c, r->in_w, r->in_c, column + r->origin, APUS_WINOGRAD_POINTS,
                             w->zeros, pixels);
        kernels->winograd->input(pixels, r->in_c, inputs + i * p->in_pitch, p->in_plane);
    }
    for (ptrdiff_t panel = 0; panel < p->panels; panel++) {
        const ptrdiff_t column = panel * p->panel_width, columns = apus_min(p->panel_width, r->out_c - column);
        const apus_conv_tile_fn *tiles = kernels->rows_tile[apus_ceil_div(columns, kernels->width) - 1];
        apus_conv_run run = {.count = r->in_c, .stride = p->in_pitch};
        apus_conv_tile tile = {.runs = &run, .run_count = 1, .ldb = p->panel_width, .ldc = p->panel_width,
                               .columns = apus_round_up(columns, kernels->width)};
        const ptrdiff_t groups = apus_ceil_div(count, kernels->rows);
        for (ptrdiff_t point = 0; point < APUS_WINOGRAD_POINTS; point++) {
            run.a = inputs + point * p->in_plane;
            run.b = w->panels + (panel * APUS_WINOGRAD_POINTS + point) * p->weights_plane;
            for (ptrdiff_t g = 0; g < groups; g++) {
                const ptrdiff_t first = count * g / groups, last = count * (g + 1) / groups;
                tile.a_shift = first * p->in_pitch;
                tile.c = products + point * p->product_plane + first * p->panel_width;
                tiles[last - first - 1](&tile);
            }
        }
        for (ptrdiff_t i = 0; i < count; i++) {
            const ptrdiff_t row = (begin + i) / r->row_tiles, pixel = (begin + i) % r->row_tiles * r->outputs;
            kernels->winograd->collect[r->outputs - 3](products + i * p->panel_width, p->product_plane, columns,
                                                       apus_min(r->outputs, r->out_w - pixel),
                                                       w->bias == NULL ? NULL : w->bias + column, w->relu,
                                                       w->y + (row * r->out_w + pixel) * r->out_c + column, r->out_c);
        }
    }
}

static void block_tasks(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const winograd_walk *w = context;
    float *scratch = w->scratch + apus_team_member() * w->plan->scratch_floats;
    for (ptrdiff_t block = begin; block < end; block++) block_task(w, block, scratch);
}

ptrdiff_t apus_winograd_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc, bool backward_data, int team) {
    const winograd_plan p = plan_winograd(kernels, desc, backward_data);
    return p.zero_floats + p.panel_floats + team * p.scratch_floats;
}

static void transform(const apus_conv_kernels *kernels, const winograd_plan *p, const float *w, float *panels, float *scratch, int team) {
    winograd_walk walk = {.kernels = kernels, .plan = p, .w = w, .panels = panels, .scratch = scratch};
    apus_parallel_for_team(team, p->panels * apus_ceil_div(p->rows.in_c, PACK_ROWS), 1, transform_weights, &walk);
}

// scratch: the zeros, and a scratch area for each thread.
static void correlate(const apus_conv_kernels *kernels, const winograd_plan *p, const float *x, const float *panels,
                      const float *bias, bool relu, float *y, float *scratch, int team) {
    winograd_walk walk = {.kernels = kernels, .plan = p, .x = x, .bias = bias, .relu = relu, .y = y, .zeros = scratch,
                          .panels = (float *)panels, .scratch = scratch + p->zero_floats};
    memset(walk.zeros, 0, (size_t)p->zero_floats * sizeof(float));
    apus_parallel_for_team(team, p->tasks, 1, block_tasks, &walk);
}

static void run(const apus_conv_kernels *kernels, const winograd_plan *p, const float *x, const float *w, const float *bias,
                bool relu, float *y, float *workspace, int team) {
    float *scratch = workspace + p->panel_floats;
    transform(kernels, p, w, workspace, scratch + p->zero_floats, team);
    correlate(kernels, p, x, workspace, bias, relu, y, scratch, team);
}

void apus_winograd_forward_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *x, const float *w,
                               const float *bias, float *y, float *workspace, int team) {
    const winograd_plan p = plan_winograd(kernels, desc, false);
    run(kernels, &p, x, w, bias, desc->activation == APUS_ACTIVATION_RELU, y, workspace, team);
}

ptrdiff_t apus_winograd_panel_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc) {
    return plan_winograd(kernels, desc, false).panel_floats;
}

void apus_winograd_prepare(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *w, float *panels, int team) {
    const winograd_plan p = plan_winograd(kernels, desc, false);
    transform(kernels, &p, w, panels, NULL, team);
}

ptrdiff_t apus_winograd_prepared_scratch(const apus_conv_kernels *kernels, const apus_conv_desc *desc, int team) {
    const winograd_plan p = plan_winograd(kernels, desc, false);
    return p.zero_floats + team * p.scratch_floats;
}

void apus_winograd_prepared_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *x, const float *panels,
                                const float *bias, float *y, float *scratch, int team) {
    const winograd_plan p = plan_winograd(kernels, desc, false);
    correlate(kernels, &p, x, panels, bias, desc->activation == APUS_ACTIVATION_RELU, y, scratch, team);
}

void apus_winograd_backward_data_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *dy,
                                     const float *w, float *dx, float *workspace, int team) {
    const winograd_plan p = plan_winograd(kernels, desc, true);
    run(kernels, &p, dy, w, NULL, false, dx, workspace, team);
}
