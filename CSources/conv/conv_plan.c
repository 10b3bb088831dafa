// How a grid is cut into tasks, cache-sized chunks and pieces. Depends on the shape and the instruction
// set, never on the number of threads.
#include "conv_internal.h"

enum {
    PANEL_FLOATS = 32 * 1024,  // packed weights of one panel and chunk: 128 KiB, in the second-level cache
    WINDOW_FLOATS = 96 * 1024, // input of one task: 384 KiB, beside it
    PATCH_PIXELS = 56,
    MIN_TASKS = 32,
    BLOCK_PIXELS = 512
};

static bool outputs_contiguous(const apus_conv_grid *g) {
    return g->out_pixel == g->out_c && g->out_row == g->out_w * g->out_c && g->out_image == g->out_h * g->out_row;
}

// A 1x1 kernel's pixels, and a whole-input kernel's images, are the rows of one matrix product.
static void simplify(apus_conv_grid *g) {
    const bool plain = g->origin_h == 0 && g->origin_w == 0 && outputs_contiguous(g);
    const bool dense_h = g->step_h == 1 || g->taps_h == 1, dense_w = g->step_w == 1 || g->taps_w == 1;
    if (plain && g->taps_h == 1 && g->taps_w == 1 && g->stride_h == 1 && g->stride_w == 1 && g->out_h == g->in_h &&
        g->out_w == g->in_w) {
        g->in_w *= g->batch * g->in_h;
    } else if (plain && g->out_h == 1 && g->out_w == 1 && g->taps_h == g->in_h && g->taps_w == g->in_w && dense_h &&
               dense_w) {
        g->in_c *= g->in_h * g->in_w;
        g->in_w = g->batch;
        g->taps_h = g->taps_w = g->stride_h = g->stride_w = 1;
    } else {
        return;
    }
    g->batch = g->in_h = g->out_h = 1;
    g->out_w = g->in_w;
    g->out_row = g->out_image = g->out_w * g->out_c;
}

static ptrdiff_t window(ptrdiff_t outputs, ptrdiff_t stride, ptrdiff_t taps, ptrdiff_t step) {
    return (outputs - 1) * stride + (taps > 0 ? (taps - 1) * step + 1 : 1);
}

static ptrdiff_t window_floats(const apus_conv_grid *g, ptrdiff_t rows, ptrdiff_t columns) {
    return window(rows, g->stride_h, g->taps_h, g->step_h) * window(columns, g->stride_w, g->taps_w, g->step_w) * g->in_c;
}

static void plan_pieces(apus_conv_plan *plan, ptrdiff_t max_depth) {
    const apus_conv_grid *g = &plan->grid;
    const bool merged = g->step_w == 1 || g->taps_w == 1;
    plan->segments = merged ? 1 : g->taps_w;
    plan->segment = merged ? g->taps_w * g->in_c : g->in_c;
    plan->depth = g->taps_h * g->taps_w * g->in_c;
    if (plan->depth == 0) {
        plan->cuts = plan->chunk = 1;
        plan->pieces = 0;
        return;
    }
    plan->cuts = apus_ceil_div(plan->segment, max_depth);
    plan->pieces = g->taps_h * plan->segments * plan->cuts;
    const ptrdiff_t most = apus_max(1, max_depth / apus_ceil_div(plan->segment, plan->cuts));
    plan->chunk = apus_ceil_div(plan->pieces, apus_ceil_div(plan->pieces, most));
}

static void plan_rows(apus_conv_plan *plan, const apus_conv_kernels *kernels) {
    const apus_conv_grid *g = &plan->grid;
    const ptrdiff_t mr = kernels->rows;
    ptrdiff_t columns = g->out_w, rows = 1;
    while (columns > 4 * mr && window_floats(g, 1, columns) > WINDOW_FLOATS)
        columns = apus_round_up(apus_ceil_div(columns, 2), mr);
    while (rows < g->out_h && (rows + 1) * columns <= BLOCK_PIXELS &&
           window_floats(g, rows + 1, columns) <= WINDOW_FLOATS)
        rows++;
    const ptrdiff_t others = g->batch * apus_ceil_div(g->out_h, rows) * plan->panels;
    if (others * apus_ceil_div(g->out_w, columns) < MIN_TASKS && columns > 2 * mr) {
        const ptrdiff_t wanted = apus_ceil_div(g->out_w, apus_ceil_div(MIN_TASKS, others));
        columns = apus_min(columns, apus_max(2 * mr, apus_round_up(wanted, mr)));
    }
    plan->block_columns = columns;
    plan->block_rows = rows;
    plan->blocks_w = apus_ceil_div(g->out_w, columns);
    plan->blocks_h = apus_ceil_div(g->out_h, rows);
    plan->tasks = g->batch * plan->blocks_h * plan->blocks_w;
    const ptrdiff_t run_floats = plan->chunk * (ptrdiff_t)(sizeof(apus_conv_run) / sizeof(float));
    plan->scratch_floats = apus_conv_line(run_floats) + apus_conv_line(window_floats(g, rows, columns));
}

static void plan_patches(apus_conv_plan *plan, const apus_conv_kernels *kernels) {
    const apus_conv_grid *g = &plan->grid;
    const ptrdiff_t pixels = g->batch * g->out_h * g->out_w;
    plan->block_pixels = apus_min(pixels, kernels->rows * apus_max(1, PATCH_PIXELS / kernels->rows));
    plan->patch_pitch = apus_conv_line(plan->chunk * apus_ceil_div(plan->segment, plan->cuts));
    if (plan->patch_pitch % 512 == 0) plan->patch_pitch += 16; // rows a page's fraction apart share cache sets
    plan->tasks = apus_ceil_div(pixels, plan->block_pixels);
    plan->scratch_floats = plan->block_pixels * plan->patch_pitch;
    if (!outputs_contiguous(g)) plan->scratch_floats += apus_conv_line(plan->block_pixels * g->out_c);
}

void apus_conv_plan_grid(const apus_conv_kernels *kernels, const apus_conv_grid *grid, apus_conv_plan *plan) {
    *plan = (apus_conv_plan){.grid = *grid};
    simplify(&plan->grid);
    const apus_conv_grid *g = &plan->grid;
    const ptrdiff_t panel_width = kernels->width * kernels->vectors;
    plan->panels = apus_ceil_div(g->out_c, panel_width);
    plan_pieces(plan, PANEL_FLOATS / panel_width);
    plan->panel_floats = apus_conv_line(plan->panels * plan->depth * panel_width);
    if (g->batch == 0 || g->out_h == 0 || g->out_w == 0 || g->out_c == 0) return;

    // Half-empty tiles waste the weights' bandwidth: narrow outputs are gathered into full ones.
    const ptrdiff_t tile_rows = apus_ceil_div(g->out_w, apus_ceil_div(g->out_w, kernels->rows));
    const bool narrow = 2 * tile_rows <= kernels->rows && g->batch * g->out_h > 1 && plan->depth > 0;
    plan->algorithm = narrow ? APUS_CONV_PATCHES : APUS_CONV_ROWS;
    if (narrow) plan_patches(plan, kernels);
    else plan_rows(plan, kernels);
    plan->panel_groups = apus_min(plan->panels, apus_ceil_div(MIN_TASKS, plan->tasks));
    plan->tasks *= plan->panel_groups;
}
