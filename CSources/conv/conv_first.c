// The forward pass of a first layer, with a few input channels. Its inner product is so short that the outputs'
// way to memory, not the products, decides: all taps of up to APUS_CONV_FIRST_VECTORS vectors of channels stay in
// the first-level cache, and bands of outputs meet them one panel after another, each output written once.
#include "conv_internal.h"

#include <string.h>

enum {
    FEW_CHANNELS = 8,
    MOST_DEPTH = 256,         // taps of one panel: in the first- and second-level cache
    BAND_PIXELS = 2048,
    LEAST_PIXELS = 48,
    WINDOW_FLOATS = 6 * 1024, // input of a band: 24 KiB, in the first-level cache beside the weights
    WIDEST_WINDOW = 32 * 1024,
    MIN_TASKS = 32
};

typedef struct band_plan {
    apus_conv_grid grid;
    ptrdiff_t depth, packed_width, wide, panels, panel_groups; // channels of a packed panel, and of a tile; panels of tiles
    ptrdiff_t rows, columns, row_blocks, column_blocks, tasks; // outputs of one band
    ptrdiff_t window_pitch;
    ptrdiff_t scratch_floats;
} band_plan;

static ptrdiff_t window_columns(const apus_conv_grid *g, ptrdiff_t columns) { return (columns - 1) * g->stride_w + g->taps_w; }
static ptrdiff_t window_rows(const apus_conv_grid *g, ptrdiff_t rows) {
    return (rows - 1) * g->stride_h + (g->taps_h - 1) * g->step_h + 1;
}

// As few parts of a row as keep a band small, and all threads busy.
static ptrdiff_t band_columns(const apus_conv_grid *g) {
    const ptrdiff_t rows = apus_max(1, g->batch * g->out_h), least = apus_ceil_div(g->out_w, BAND_PIXELS / 2);
    const ptrdiff_t wanted = apus_min(apus_ceil_div(MIN_TASKS, rows), g->out_w / LEAST_PIXELS);
    return apus_ceil_div(g->out_w, apus_max(1, apus_max(least, wanted)));
}

bool apus_conv_first_forward(const apus_conv_desc *d) {
    if (d->in_c < 1 || d->in_c >= FEW_CHANNELS || d->dilation_w != 1 || d->kernel_h > MOST_DEPTH || d->kernel_w > MOST_DEPTH ||
        d->kernel_h * d->kernel_w * d->in_c > MOST_DEPTH)
        return false;
    apus_conv_grid g;
    apus_conv_forward_grid(d, &g);
    return window_rows(&g, 1) * window_columns(&g, band_columns(&g)) * g.in_c <= WIDEST_WINDOW;
}

static band_plan plan_bands(const apus_conv_kernels *kernels, const apus_conv_desc *desc) {
    band_plan p = {0};
    apus_conv_grid *g = &p.grid;
    apus_conv_forward_grid(desc, g);
    p.depth = g->taps_h * g->taps_w * g->in_c;
    p.packed_width = kernels->width * kernels->vectors;
    p.wide = kernels->width * kernels->first->vectors;
    p.panels = apus_ceil_div(g->out_c, p.wide);
    if (g->batch == 0 || g->out_h == 0 || g->out_w == 0 || p.panels == 0) return p;
    // A band is contiguous in y: whole rows, or a part of one.
    p.columns = band_columns(g);
    p.rows = 1;
    if (p.columns == g->out_w)
        while (p.rows < g->out_h && (p.rows + 1) * p.columns <= BAND_PIXELS &&
               window_rows(g, p.rows + 1) * window_columns(g, p.columns) * g->in_c <= WINDOW_FLOATS)
            p.rows++;
    const ptrdiff_t others = apus_ceil_div(MIN_TASKS, g->batch * apus_ceil_div(g->out_w, p.columns));
    const ptrdiff_t spread = apus_max(apus_ceil_div(g->out_h, others), apus_ceil_div(LEAST_PIXELS, p.columns));
    p.rows = apus_min(p.rows, spread);
    p.row_blocks = apus_ceil_div(g->out_h, p.rows);
    p.column_blocks = apus_ceil_div(g->out_w, p.columns);
    const ptrdiff_t bands = g->batch * p.row_blocks * p.column_blocks;
    p.panel_groups = apus_min(p.panels, apus_ceil_div(MIN_TASKS, bands));
    p.tasks = bands * p.panel_groups;
    p.window_pitch = window_columns(g, p.columns) * g->in_c;
    p.scratch_floats = apus_conv_line(window_rows(g, p.rows) * p.window_pitch);
    return p;
}

typedef struct band_walk {
    const apus_conv_kernels *kernels;
    const band_plan *plan;
    const float *x, *panels, *bias;
    bool relu, stream;
    float *y, *scratch;
} band_walk;

// The input that outputs from (row, column) on see, zeros outside the image.
static void copy_window(const band_plan *p, const float *image, ptrdiff_t row, ptrdiff_t column, ptrdiff_t rows, ptrdiff_t columns,
                        float *to) {
    const apus_conv_grid *g = &p->grid;
    const ptrdiff_t first = column * g->stride_w + g->origin_w, width = window_columns(g, columns);
    const ptrdiff_t from = apus_min(g->in_w, apus_max(0, first)), until = apus_max(from, apus_min(g->in_w, first + width));
    const ptrdiff_t left = apus_min(width, from - apus_min(first, from)) * g->in_c, middle = (until - from) * g->in_c;
    const ptrdiff_t right = width * g->in_c - left - middle, count = window_rows(g, rows);
    for (ptrdiff_t i = 0; i < count; i++, to += p->window_pitch) {
        const ptrdiff_t ih = row * g->stride_h + g->origin_h + i;
        if (ih < 0 || ih >= g->in_h || middle == 0) {
            memset(to, 0, (size_t)(width * g->in_c) * sizeof(float));
            continue;
        }
        memset(to, 0, (size_t)left * sizeof(float));
        memcpy(to + left, image + (ih * g->in_w + from) * g->in_c, (size_t)middle * sizeof(float));
        memset(to + left + middle, 0, (size_t)right * sizeof(float));
    }
}

static void band_tasks(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const band_walk *w = context;
    const band_plan *p = w->plan;
    const apus_conv_grid *g = &p->grid;
    float *window = w->scratch + apus_team_member() * p->scratch_floats;
    for (ptrdiff_t task = begin; task < end; task++) {
        const ptrdiff_t group = task % p->panel_groups, band = task / p->panel_groups;
        const ptrdiff_t across = band % p->column_blocks, down = band / p->column_blocks % p->row_blocks;
        const ptrdiff_t image = band / p->column_blocks / p->row_blocks;
        const ptrdiff_t row = down * p->rows, column = across * p->columns;
        const ptrdiff_t rows = apus_min(p->rows, g->out_h - row), columns = apus_min(p->columns, g->out_w - column);
        copy_window(p, w->x + image * g->in_h * g->in_w * g->in_c, row, column, rows, columns, window);
        apus_conv_first_call call = {
            .window = window, .row_step = g->stride_h * p->window_pitch, .column_step = g->stride_w * g->in_c,
            .columns = columns, .pixels = rows * columns,
            .taps_h = g->taps_h, .segment = g->taps_w * g->in_c, .tap_step = g->step_h * p->window_pitch,
            .panel = p->depth * p->packed_width, .pitch = g->out_c, .relu = w->relu, .stream = w->stream,
        };
        float *y = w->y + ((image * g->out_h + row) * g->out_w + column) * g->out_c;
        const ptrdiff_t panel_end = p->panels * (group + 1) / p->panel_groups;
        for (ptrdiff_t panel = p->panels * group / p->panel_groups; panel < panel_end; panel++) {
            const ptrdiff_t channel = panel * p->wide;
            call.channels = apus_min(p->wide, g->out_c - channel);
            call.weights = w->panels + channel * p->depth;
            call.bias = w->bias == NULL ? NULL : w->bias + channel;
            call.y = y + channel;
            w->kernels->first->run[apus_ceil_div(call.channels, w->kernels->width) - 1](&call);
        }
    }
    if (w->stream) w->kernels->drain();
}

ptrdiff_t apus_conv_first_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc, int team) {
    return team * plan_bands(kernels, desc).scratch_floats;
}

void apus_conv_first_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *x, const float *panels,
                         const float *bias, float *y, float *scratch, int team) {
    const band_plan p = plan_bands(kernels, desc);
    const apus_conv_grid *g = &p.grid;
    // Outputs that no cache could keep are better written without being read first.
    const ptrdiff_t floats = g->batch * g->out_h * g->out_w * g->out_c;
    band_walk w = {.kernels = kernels, .plan = &p, .x = x, .panels = panels, .bias = bias,
                   .relu = desc->activation == APUS_ACTIVATION_RELU, .y = y, .scratch = scratch};
    w.stream = floats > (ptrdiff_t)(apus_get_caches().l3 / sizeof(float)) && apus_conv_line(g->out_c) == g->out_c &&
               (uintptr_t)y % APUS_CACHE_LINE == 0;
    apus_parallel_for_team(team, p.tasks, 1, band_tasks, &w);
}
