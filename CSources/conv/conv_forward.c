// The forward pass: weights packed into panels, then one grid.
#include "conv_internal.h"

enum { PACK_ROWS = 512 };

typedef struct packing {
    const apus_conv_kernels *kernels;
    ptrdiff_t k, columns, blocks;
    const float *w;
    float *panels;
} packing;

static void pack_blocks(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const packing *p = context;
    const ptrdiff_t panel_width = p->kernels->width * p->kernels->vectors;
    for (ptrdiff_t i = begin; i < end; i++) {
        const ptrdiff_t panel = i / p->blocks, row = i % p->blocks * PACK_ROWS, column = panel * panel_width;
        p->kernels->pack(apus_min(PACK_ROWS, p->k - row), apus_min(panel_width, p->columns - column), panel_width,
                         p->w + row * p->columns + column, p->columns, p->panels + (panel * p->k + row) * panel_width);
    }
}

void apus_conv_pack_weights(const apus_conv_kernels *kernels, ptrdiff_t k, ptrdiff_t columns, const float *w, float *panels,
                            int team) {
    packing p = {kernels, k, columns, apus_ceil_div(k, PACK_ROWS), w, panels};
    const ptrdiff_t panel_count = apus_ceil_div(columns, kernels->width * kernels->vectors);
    apus_parallel_for_team(team, panel_count * p.blocks, 1, pack_blocks, &p);
}

void apus_conv_forward_grid(const apus_conv_desc *desc, apus_conv_grid *grid) {
    ptrdiff_t out_h = 0, out_w = 0;
    apus_conv_output(desc, &out_h, &out_w);
    *grid = (apus_conv_grid){
        .batch = desc->batch, .in_h = desc->in_h, .in_w = desc->in_w, .in_c = desc->in_c,
        .out_h = out_h, .out_w = out_w, .out_c = desc->out_c,
        .out_pixel = desc->out_c, .out_row = out_w * desc->out_c, .out_image = out_h * out_w * desc->out_c,
        .taps_h = desc->kernel_h, .taps_w = desc->kernel_w,
        .stride_h = desc->stride_h, .stride_w = desc->stride_w,
        .step_h = desc->dilation_h, .step_w = desc->dilation_w,
        .origin_h = -desc->pad_top, .origin_w = -desc->pad_left,
    };
}

static apus_conv_plan plan_forward(const apus_conv_kernels *kernels, const apus_conv_desc *desc) {
    apus_conv_grid grid;
    apus_conv_plan plan;
    apus_conv_forward_grid(desc, &grid);
    apus_conv_plan_grid(kernels, &grid, &plan);
    return plan;
}

ptrdiff_t apus_conv_packed_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc) {
    return plan_forward(kernels, desc).panel_floats;
}

ptrdiff_t apus_conv_packed_scratch(const apus_conv_kernels *kernels, const apus_conv_desc *desc, int team) {
    if (apus_conv_first_forward(desc)) return apus_conv_first_floats(kernels, desc, team);
    return team * plan_forward(kernels, desc).scratch_floats;
}

void apus_conv_packed_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *x, const float *panels,
                          const float *bias, float *y, float *scratch, int team) {
    if (apus_conv_first_forward(desc)) {
        apus_conv_first_run(kernels, desc, x, panels, bias, y, scratch, team);
        return;
    }
    const apus_conv_plan plan = plan_forward(kernels, desc);
    apus_conv_run_plan(kernels, &plan, x, panels, bias, desc->activation == APUS_ACTIVATION_RELU, y, scratch, team);
}

ptrdiff_t apus_conv_forward_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc, int team) {
    return apus_conv_packed_floats(kernels, desc) + apus_conv_packed_scratch(kernels, desc, team);
}

void apus_conv_forward_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *x, const float *w,
                           const float *bias, float *y, float *workspace, int team) {
    const apus_conv_plan plan = plan_forward(kernels, desc);
    apus_conv_pack_weights(kernels, plan.depth, desc->out_c, w, workspace, team);
    apus_conv_packed_run(kernels, desc, x, workspace, bias, y, workspace + plan.panel_floats, team);
}
