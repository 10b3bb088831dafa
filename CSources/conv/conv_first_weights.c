// The weights' gradient of a first layer, with a few input channels: the whole of it fits a cache, so that
// each stretch of outputs meets all taps at once. dy, the large array, is read one time in all, its bias
// gradient included, and packed; the stretch's input, taps of a row side by side, is copied with its padding.
// Stretches are cut into a fixed number of slices, whose sums are added in order.
#include "conv_internal.h"

#include <string.h>

enum {
    FEW_CHANNELS = 8,
    STRETCH_PIXELS = 192,
    PACK_PIXELS = 16, // at a time for all panels, so that dy is read as it lies
    MIN_TASKS = 32,
    MAX_SLICES = 32,
    SLICED_FLOATS = 4 << 20 // of all slices together
};

typedef struct first_plan {
    apus_conv_grid grid;
    ptrdiff_t rows, columns, row_blocks, column_blocks, stretches; // outputs of one stretch; stretches of all images
    ptrdiff_t window_rows, pitch;                                  // of its input
    ptrdiff_t segment, tiles;                                      // the taps of a row, and tiles of them
    ptrdiff_t panel_width, panels, panel_groups;
    ptrdiff_t weights, slices;
    ptrdiff_t bias_floats, partial_floats, window_floats, scratch_floats;
} first_plan;

bool apus_conv_first_layer(const apus_conv_desc *d) {
    return d->in_c > 0 && d->in_c < FEW_CHANNELS && d->kernel_w > 1 && d->dilation_w == 1;
}

static first_plan plan_first(const apus_conv_kernels *kernels, const apus_conv_desc *desc) {
    first_plan p = {0};
    apus_conv_grid *g = &p.grid;
    apus_conv_forward_grid(desc, g);
    p.column_blocks = apus_ceil_div(g->out_w, STRETCH_PIXELS);
    p.columns = apus_ceil_div(g->out_w, apus_max(1, p.column_blocks));
    p.rows = apus_min(apus_max(1, g->out_h), apus_max(1, STRETCH_PIXELS / apus_max(1, p.columns)));
    p.row_blocks = apus_ceil_div(g->out_h, p.rows);
    p.stretches = g->batch * p.row_blocks * p.column_blocks;
    p.window_rows = (p.rows - 1) * g->stride_h + (g->taps_h - 1) * g->step_h + 1;
    p.pitch = ((p.columns - 1) * g->stride_w + g->taps_w) * g->in_c;
    p.segment = g->taps_w * g->in_c;
    p.tiles = apus_ceil_div(p.segment, kernels->rows);
    p.panel_width = kernels->width * kernels->vectors;
    p.panels = apus_ceil_div(g->out_c, p.panel_width);
    p.weights = g->taps_h * p.segment * g->out_c;
    p.slices = apus_max(1, apus_min(MAX_SLICES, apus_min(p.stretches, SLICED_FLOATS / apus_max(1, p.weights))));
    p.panel_groups = apus_min(p.panels, apus_ceil_div(MIN_TASKS, p.slices));
    p.bias_floats = p.slices * apus_conv_line(g->out_c);
    p.partial_floats = p.slices > 1 ? p.slices * apus_conv_line(p.weights) : 0;
    const ptrdiff_t runs = apus_conv_line(p.rows * (ptrdiff_t)(sizeof(apus_conv_run) / sizeof(float)));
    p.window_floats = apus_conv_line(p.window_rows * p.pitch);
    const ptrdiff_t most_panels = apus_ceil_div(p.panels, apus_max(1, p.panel_groups));
    p.scratch_floats = runs + p.window_floats + apus_conv_line(p.panel_width) +
                       p.rows * p.columns * most_panels * p.panel_width;
    return p;
}

typedef struct first_walk {
    const apus_conv_kernels *kernels;
    const first_plan *plan;
    const float *x, *dy;
    float *dw, *partial, *bias_partial, *scratch;
} first_walk;

// The outputs of one stretch.
typedef struct stretch {
    ptrdiff_t image, row, column, rows, columns;
} stretch;

static stretch stretch_at(const first_plan *p, ptrdiff_t i) {
    const ptrdiff_t across = i % p->column_blocks, down = i / p->column_blocks % p->row_blocks;
    stretch s = {.image = i / p->column_blocks / p->row_blocks, .row = down * p->rows, .column = across * p->columns};
    s.rows = apus_min(p->rows, p->grid.out_h - s.row);
    s.columns = apus_min(p->columns, p->grid.out_w - s.column);
    return s;
}

static void copy_window(const first_walk *w, const stretch *s, float *to) {
    const first_plan *p = w->plan;
    const apus_conv_grid *g = &p->grid;
    const ptrdiff_t first = s->column * g->stride_w + g->origin_w, columns = (s->columns - 1) * g->stride_w + g->taps_w;
    const ptrdiff_t from = apus_min(g->in_w, apus_max(0, first)), until = apus_max(from, apus_min(g->in_w, first + columns));
    const ptrdiff_t left = apus_min(columns, from - apus_min(first, from)) * g->in_c, middle = (until - from) * g->in_c;
    const ptrdiff_t rows = (s->rows - 1) * g->stride_h + (g->taps_h - 1) * g->step_h + 1;
    for (ptrdiff_t i = 0; i < rows; i++, to += p->pitch) {
        const ptrdiff_t ih = s->row * g->stride_h + g->origin_h + i;
        if (ih < 0 || ih >= g->in_h || middle == 0) {
            memset(to, 0, (size_t)(columns * g->in_c) * sizeof(float));
            continue;
        }
        memset(to, 0, (size_t)left * sizeof(float));
        memcpy(to + left, w->x + ((s->image * g->in_h + ih) * g->in_w + from) * g->in_c, (size_t)middle * sizeof(float));
        memset(to + left + middle, 0, (size_t)(columns * g->in_c - left - middle) * sizeof(float));
    }
}

static const float *dy_of(const first_walk *w, const stretch *s) {
    const apus_conv_grid *g = &w->plan->grid;
    return w->dy + ((s->image * g->out_h + s->row) * g->out_w + s->column) * g->out_c;
}

// Asks for part `i` of `parts` of a stretch's dy, which lies in one piece.
static void fetch(const first_walk *w, const stretch *s, ptrdiff_t i, ptrdiff_t parts) {
    const ptrdiff_t floats = s->rows * s->columns * w->plan->grid.out_c, line = APUS_CACHE_LINE / (ptrdiff_t)sizeof(float);
    const float *dy = dy_of(w, s), *end = dy + floats * (i + 1) / parts;
    for (const float *at = dy + floats * i / parts; at < end; at += line) __builtin_prefetch(at, 0, 2);
}

// next, or null: the stretch after this.
static void run_stretch(const first_walk *w, const stretch *s, const stretch *next, ptrdiff_t panel_begin, ptrdiff_t panel_end,
                        bool accumulate, float *dw, float *bias, float *scratch) {
    const first_plan *p = w->plan;
    const apus_conv_grid *g = &p->grid;
    const apus_conv_kernels *kernels = w->kernels;
    apus_conv_run *runs = (apus_conv_run *)scratch;
    float *window = scratch + apus_conv_line(p->rows * (ptrdiff_t)(sizeof(apus_conv_run) / sizeof(float)));
    float *sums = window + p->window_floats, *packed = sums + apus_conv_line(p->panel_width);
    const ptrdiff_t panel_floats = s->rows * s->columns * p->panel_width;
    copy_window(w, s, window);
    for (ptrdiff_t i = 0; i < s->rows; i++) {
        const float *dy = dy_of(w, s) + i * g->out_w * g->out_c;
        float *to = packed + i * s->columns * p->panel_width;
        for (ptrdiff_t pixel = 0; pixel < s->columns; pixel += PACK_PIXELS)
            for (ptrdiff_t panel = panel_begin; panel < panel_end; panel++)
                kernels->pack(apus_min(PACK_PIXELS, s->columns - pixel), apus_min(p->panel_width, g->out_c - panel * p->panel_width),
                              p->panel_width, dy + pixel * g->out_c + panel * p->panel_width, g->out_c,
                              to + (panel - panel_begin) * panel_floats + pixel * p->panel_width);
        runs[i] = (apus_conv_run){
            .a = window + i * g->stride_h * p->pitch,
            .b = packed + i * s->columns * p->panel_width,
            .count = s->columns,
            .stride = g->stride_w * g->in_c,
        };
    }
    apus_conv_tile tile = {.runs = runs, .run_count = s->rows, .ldb = p->panel_width, .ldc = g->out_c, .accumulate = accumulate};
    const ptrdiff_t steps = (panel_end - panel_begin) * g->taps_h;
    for (ptrdiff_t panel = panel_begin; panel < panel_end; panel++) {
        const ptrdiff_t column = panel * p->panel_width;
        tile.columns = apus_min(p->panel_width, g->out_c - column);
        tile.b_shift = (panel - panel_begin) * panel_floats;
        const apus_conv_tile_fn *tiles = kernels->outer_tile[apus_ceil_div(tile.columns, kernels->width) - 1];
        for (ptrdiff_t tap_row = 0; tap_row < g->taps_h; tap_row++) {
            if (next != NULL) fetch(w, next, (panel - panel_begin) * g->taps_h + tap_row, steps);
            for (ptrdiff_t t = 0; t < p->tiles; t++) {
                const ptrdiff_t begin = p->segment * t / p->tiles, end = p->segment * (t + 1) / p->tiles;
                tile.a_shift = tap_row * g->step_h * p->pitch + begin;
                tile.c = dw + (tap_row * p->segment + begin) * g->out_c + column;
                tiles[end - begin - 1](&tile);
            }
        }
        float *total = accumulate ? sums : bias + column;
        kernels->column_sums(s->rows * s->columns, tile.columns, packed + tile.b_shift, p->panel_width, total);
        if (accumulate) kernels->add(1, tile.columns, sums, p->panel_width, bias + column, p->panel_width);
    }
}

static void first_tasks(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const first_walk *w = context;
    const first_plan *p = w->plan;
    float *scratch = w->scratch + apus_team_member() * p->scratch_floats;
    for (ptrdiff_t task = begin; task < end; task++) {
        const ptrdiff_t slice = task / p->panel_groups, group = task % p->panel_groups;
        const ptrdiff_t first = p->stretches * slice / p->slices, last = p->stretches * (slice + 1) / p->slices;
        float *dw = p->slices > 1 ? w->partial + slice * apus_conv_line(p->weights) : w->dw;
        for (ptrdiff_t i = first; i < last; i++) {
            const stretch s = stretch_at(p, i), next = stretch_at(p, i + 1);
            run_stretch(w, &s, i + 1 < last && p->panel_groups == 1 ? &next : NULL, p->panels * group / p->panel_groups,
                        p->panels * (group + 1) / p->panel_groups, i > first, dw,
                        w->bias_partial + slice * apus_conv_line(p->grid.out_c), scratch);
        }
    }
}

ptrdiff_t apus_conv_first_weights_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc, int team) {
    const first_plan p = plan_first(kernels, desc);
    return p.bias_floats + p.partial_floats + team * p.scratch_floats;
}

void apus_conv_first_weights_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *x, const float *dy,
                                 float *dw, float *dbias, float *workspace, int team) {
    const first_plan p = plan_first(kernels, desc);
    if (p.stretches == 0) {
        memset(dw, 0, (size_t)p.weights * sizeof(float));
        if (dbias != NULL) memset(dbias, 0, (size_t)p.grid.out_c * sizeof(float));
        return;
    }
    first_walk w = {.kernels = kernels, .plan = &p, .x = x, .dy = dy, .dw = dw, .bias_partial = workspace};
    w.partial = w.bias_partial + p.bias_floats;
    w.scratch = w.partial + p.partial_floats;
    apus_parallel_for_team(team, p.slices * p.panel_groups, 1, first_tasks, &w);
    if (p.slices > 1) apus_conv_add_slices(kernels, p.slices, p.weights, w.partial, dw, team);
    if (dbias != NULL) kernels->column_sums(p.slices, p.grid.out_c, w.bias_partial, apus_conv_line(p.grid.out_c), dbias);
}
