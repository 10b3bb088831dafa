// The gradient with respect to the input. Inputs whose place in the stride is the same (a phase) all
// meet the same taps of the kernel, so each phase is a correlation of dy with those taps, reversed, the
// channels transposed: every input is written once. Where that multiplies too many zeros (a kernel much
// larger than dy, or very few channels), conv_scatter.c does the pass instead.
#include "conv_internal.h"

// One dimension of a phase.
typedef struct phase {
    ptrdiff_t outputs; // inputs first, first + stride, ...
    ptrdiff_t taps;    // kernel places tap, tap + tap_step, ...
    ptrdiff_t tap, tap_step;
    ptrdiff_t origin, step; // of the grid over dy, for the taps in reverse
} phase;

static ptrdiff_t greatest_divisor(ptrdiff_t a, ptrdiff_t b) {
    while (b != 0) {
        const ptrdiff_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

// Input i and kernel place t meet at output o where o * stride = i + pad - t * dilation.
static phase phase_of(ptrdiff_t first, ptrdiff_t in, ptrdiff_t kernel, ptrdiff_t stride, ptrdiff_t dilation, ptrdiff_t pad) {
    const ptrdiff_t divisor = greatest_divisor(stride, dilation);
    phase p = {.outputs = apus_ceil_div(in - first, stride), .tap_step = stride / divisor, .step = dilation / divisor};
    const ptrdiff_t candidates = apus_min(p.tap_step, kernel);
    while (p.tap < candidates && (first + pad - p.tap * dilation) % stride != 0) p.tap++;
    if (p.tap == candidates) return p; // no tap ever meets these inputs: zeros
    p.taps = (kernel - 1 - p.tap) / p.tap_step + 1;
    p.origin = (first + pad - p.tap * dilation) / stride - (p.taps - 1) * p.step;
    return p;
}

static void phase_grid(const apus_conv_desc *d, const phase *h, const phase *w, apus_conv_grid *grid) {
    ptrdiff_t out_h = 0, out_w = 0;
    apus_conv_output(d, &out_h, &out_w);
    const bool none = h->taps == 0 || w->taps == 0;
    *grid = (apus_conv_grid){
        .batch = d->batch, .in_h = out_h, .in_w = out_w, .in_c = d->out_c,
        .out_h = h->outputs, .out_w = w->outputs, .out_c = d->in_c,
        .out_pixel = d->stride_w * d->in_c, .out_row = d->stride_h * d->in_w * d->in_c,
        .out_image = d->in_h * d->in_w * d->in_c,
        .taps_h = none ? 0 : h->taps, .taps_w = none ? 0 : w->taps,
        .stride_h = 1, .stride_w = 1, .step_h = h->step, .step_w = w->step,
        .origin_h = h->origin, .origin_w = w->origin,
    };
}

typedef struct packing {
    const apus_conv_kernels *kernels;
    const apus_conv_desc *desc;
    const phase *h, *w;
    ptrdiff_t depth;
    const float *weights;
    float *panels;
} packing;

static void pack_taps(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const packing *p = context;
    const ptrdiff_t panel_width = p->kernels->width * p->kernels->vectors, taps = p->h->taps * p->w->taps;
    const ptrdiff_t in_c = p->desc->in_c, out_c = p->desc->out_c;
    for (ptrdiff_t i = begin; i < end; i++) {
        const ptrdiff_t panel = i / taps, tap = i % taps, column = panel * panel_width;
        const ptrdiff_t kh = p->h->tap + (p->h->taps - 1 - tap / p->w->taps) * p->h->tap_step;
        const ptrdiff_t kw = p->w->tap + (p->w->taps - 1 - tap % p->w->taps) * p->w->tap_step;
        p->kernels->pack_transposed(out_c, apus_min(panel_width, in_c - column), panel_width,
                                    p->weights + ((kh * p->desc->kernel_w + kw) * in_c + column) * out_c, out_c,
                                    p->panels + (panel * p->depth + tap * out_c) * panel_width);
    }
}

static ptrdiff_t phases_h(const apus_conv_desc *d) { return apus_min(d->stride_h, d->in_h); }
static ptrdiff_t phases_w(const apus_conv_desc *d) { return apus_min(d->stride_w, d->in_w); }
static phase phase_h(const apus_conv_desc *d, ptrdiff_t i) {
    return phase_of(i, d->in_h, d->kernel_h, d->stride_h, d->dilation_h, d->pad_top);
}
static phase phase_w(const apus_conv_desc *d, ptrdiff_t i) {
    return phase_of(i, d->in_w, d->kernel_w, d->stride_w, d->dilation_w, d->pad_left);
}

ptrdiff_t apus_conv_backward_data_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc, int team) {
    if (apus_conv_scatter_pays(kernels, desc)) return apus_conv_scatter_floats(kernels, desc, team);
    ptrdiff_t most = 0;
    for (ptrdiff_t i = 0; i < phases_h(desc); i++) {
        const phase h = phase_h(desc, i);
        for (ptrdiff_t j = 0; j < phases_w(desc); j++) {
            const phase w = phase_w(desc, j);
            apus_conv_grid grid;
            apus_conv_plan plan;
            phase_grid(desc, &h, &w, &grid);
            apus_conv_plan_grid(kernels, &grid, &plan);
            most = apus_max(most, plan.panel_floats + team * plan.scratch_floats);
        }
    }
    return most;
}

void apus_conv_backward_data_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *dy,
                                 const float *w, float *dx, float *workspace, int team) {
    if (apus_conv_scatter_pays(kernels, desc)) {
        apus_conv_scatter_run(kernels, desc, dy, w, dx, workspace, team);
        return;
    }
    for (ptrdiff_t i = 0; i < phases_h(desc); i++) {
        const phase down = phase_h(desc, i);
        for (ptrdiff_t j = 0; j < phases_w(desc); j++) {
            const phase across = phase_w(desc, j);
            apus_conv_grid grid;
            apus_conv_plan plan;
            phase_grid(desc, &down, &across, &grid);
            apus_conv_plan_grid(kernels, &grid, &plan);
            packing p = {kernels, desc, &down, &across, plan.depth, w, workspace};
            if (plan.depth > 0) apus_parallel_for_team(team, plan.panels * down.taps * across.taps, 1, pack_taps, &p);
            apus_conv_run_plan(kernels, &plan, dy, workspace, NULL, false, dx + (i * desc->in_w + j) * desc->in_c,
                               workspace + plan.panel_floats, team);
        }
    }
}
