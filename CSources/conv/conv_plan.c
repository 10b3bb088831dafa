// Which algorithm a pass goes by, and how the direct one cuts a grid into tasks, cache-sized chunks and
// pieces. Depends on the shape and the instruction set, never on the number of threads.
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "conv_winograd.h"

enum {
    PANEL_FLOATS = 12 * 1024,  // packed weights of one panel and chunk: 128 KiB, in the second-level cache
    WINDOW_FLOATS = 96 * 1024, // input of one task: 384 KiB, beside it
    PATCH_PIXELS = 112,
    MIN_TASKS = 32,
    BLOCK_PIXELS = 512,
    ENOUGH_SUMS = 12
};

// -1 until the first call. Two threads that resolve at once find the same answer.
static atomic_int wanted_algorithm = -1;

static const char *const algorithm_names[] = {"auto", "direct", "winograd", "winograd-4x4", "winograd-6x6", "roots"};
enum { ALGORITHMS = sizeof algorithm_names / sizeof *algorithm_names };

static apus_conv_algorithm algorithm_from_environment(void) {
    const char *name = getenv("APUS_CONV");
    for (int i = 0; name != NULL && i < ALGORITHMS; i++)
        if (strcmp(name, algorithm_names[i]) == 0) return (apus_conv_algorithm)i;
    return APUS_CONV_AUTO;
}

const char *apus_conv_algorithm_name(apus_conv_algorithm algorithm) {
    return (unsigned)algorithm < ALGORITHMS ? algorithm_names[algorithm] : "unknown";
}

apus_conv_algorithm apus_get_conv_algorithm(void) {
    const int wanted = atomic_load_explicit(&wanted_algorithm, memory_order_relaxed);
    if (wanted >= 0) return (apus_conv_algorithm)wanted;
    int unresolved = -1;
    const int resolved = (int)algorithm_from_environment();
    // A choice made by apus_set_conv_algorithm in the meantime wins.
    if (atomic_compare_exchange_strong(&wanted_algorithm, &unresolved, resolved)) return (apus_conv_algorithm)resolved;
    return (apus_conv_algorithm)unresolved;
}

apus_status apus_set_conv_algorithm(apus_conv_algorithm algorithm) {
    if ((unsigned)algorithm >= ALGORITHMS) return APUS_ERROR_VALUE;
    atomic_store(&wanted_algorithm, (int)algorithm);
    return APUS_OK;
}

bool apus_winograd_can(const apus_conv_desc *d) {
    const ptrdiff_t most = 1 << 20; // channels: bytes of transformed weights stay far below overflow
    return d->kernel_h == 1 && d->pad_top == 0 && d->pad_bottom == 0 && d->stride_h == 1 && d->stride_w == 1 &&
           d->dilation_w == 1 && d->kernel_w >= APUS_WINOGRAD_LEAST_TAPS && d->kernel_w <= APUS_WINOGRAD_MOST_TAPS &&
           d->batch > 0 && d->in_h > 0 && d->in_w > 0 && d->in_c > 0 && d->out_c > 0 && d->in_c <= most && d->out_c <= most;
}

// Counts products for each pair of channels. A tile's eight cost 15 % more with their transforms, and the
// weights' transform as much as 40 products: found by measurement on AVX-512 and AVX2, between these
// numbers of channels and weights, alike in all three passes. One image's rows decide, so that a result's
// bits do not depend on the batch.
static bool winograd_pays(const apus_conv_desc *d, apus_conv_pass pass) {
    enum { LEAST_CHANNELS = 32, MOST_WEIGHTS = 512 * 512 };
    if (apus_get_isa() == APUS_ISA_NEON) return false; // not measured
    if (d->in_c < LEAST_CHANNELS || d->out_c < LEAST_CHANNELS || d->in_c > MOST_WEIGHTS / d->out_c) return false;
    ptrdiff_t width = d->in_w;
    if (pass != APUS_CONV_BACKWARD_DATA) apus_conv_output(d, NULL, &width);
    const double tiles = (double)d->in_h * (double)apus_ceil_div(width, APUS_WINOGRAD_POINTS + 1 - d->kernel_w);
    const double winograd = 1.15 * APUS_WINOGRAD_POINTS * tiles + 40;
    return 1.1 * winograd < (double)d->in_h * (double)width * (double)d->kernel_w;
}

static apus_conv_algorithm choose(const apus_conv_kernels *kernels, const apus_conv_desc *desc, apus_conv_pass pass, bool prepared) {
    const apus_conv_algorithm wanted = apus_get_conv_algorithm();
    if (kernels == NULL || wanted == APUS_CONV_DIRECT) return APUS_CONV_DIRECT;
    if (wanted == APUS_CONV_ROOTS) return apus_roots_can(desc) ? APUS_CONV_ROOTS : APUS_CONV_DIRECT;
    if (apus_winograd_tile_can(desc)) return apus_winograd_tile_choose(desc, pass, wanted, prepared);
    if (wanted == APUS_CONV_AUTO && apus_roots_can(desc) && apus_roots_pays(kernels, desc, pass, prepared)) return APUS_CONV_ROOTS;
    if (!apus_winograd_can(desc) || wanted > APUS_CONV_WINOGRAD) return APUS_CONV_DIRECT;
    return wanted == APUS_CONV_WINOGRAD || winograd_pays(desc, pass) ? APUS_CONV_WINOGRAD : APUS_CONV_DIRECT;
}

apus_conv_algorithm apus_conv_choose(const apus_conv_kernels *kernels, const apus_conv_desc *desc, apus_conv_pass pass) {
    return choose(kernels, desc, pass, false);
}

apus_conv_algorithm apus_conv_choose_prepared(const apus_conv_kernels *kernels, const apus_conv_desc *desc) {
    return choose(kernels, desc, APUS_CONV_FORWARD, true);
}

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

    // Half-empty tiles waste the weights' bandwidth: narrow outputs are gathered into full ones, unless they have sums
    // enough to hide the multiply-adds' latency, which costs less than gathering.
    const ptrdiff_t tile_rows = apus_ceil_div(g->out_w, apus_ceil_div(g->out_w, kernels->rows));
    const bool narrow = 2 * tile_rows <= kernels->rows && tile_rows * kernels->vectors < ENOUGH_SUMS && g->batch * g->out_h > 1 &&
                        plan->depth > 0;
    plan->order = narrow ? APUS_CONV_PATCHES : APUS_CONV_ROWS;
    if (narrow) plan_patches(plan, kernels);
    else plan_rows(plan, kernels);
    plan->panel_groups = apus_min(plan->panels, apus_ceil_div(MIN_TASKS, plan->tasks));
    plan->tasks *= plan->panel_groups;
}
