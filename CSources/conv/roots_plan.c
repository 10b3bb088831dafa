// The ten-point way's sizes, and when it pays.
#include "roots.h"

enum {
    BLOCK_FLOATS = 20 << 20, // transformed input of one block of tiles: 80 MiB
    MIN_BLOCK = 112          // tiles, so that reading a plane's weights costs little beside the products
};

static ptrdiff_t most_taps(ptrdiff_t kernel, ptrdiff_t stride) { return apus_ceil_div(kernel, stride); }

static bool axis_can(ptrdiff_t kernel, ptrdiff_t stride, ptrdiff_t dilation) {
    const ptrdiff_t taps = most_taps(kernel, stride);
    return dilation == 1 && stride <= APUS_ROOTS_MOST_STRIDE && taps >= APUS_ROOTS_LEAST_TAPS && taps <= APUS_ROOTS_MOST_TAPS;
}

bool apus_roots_can(const apus_conv_desc *d) {
    const ptrdiff_t most = 1 << 16; // channels: bytes of transformed weights stay far below overflow
    return axis_can(d->kernel_h, d->stride_h, d->dilation_h) && axis_can(d->kernel_w, d->stride_w, d->dilation_w) &&
           d->batch > 0 && d->in_c > 0 && d->out_c > 0 && d->in_c <= most && d->out_c <= most && d->in_h > 0 && d->in_w > 0;
}

// A tile's products: 13 for a pair of real and any value, 30 for a complex and any; fewer without infinity.
static ptrdiff_t products_of(const apus_roots_phase *phase) {
    ptrdiff_t count = 0;
    for (ptrdiff_t plane = 0; plane < APUS_ROOTS_PLANES; plane++) count += apus_roots_has(phase, plane);
    return count;
}

// Multiply-adds of the direct way that a transformed number costs on its way through memory, beside the products: those
// of the tiles, and the weights', whatever the batch. Measured on AVX-512 and AVX2 with CapsNet's 9x9 kernels: the weight
// gradients read and write their sums again for each block, prepared weights are only read.
static double memory_of_weights(apus_isa isa, apus_conv_pass pass, bool prepared) {
    const double avx512 = prepared ? 25 : pass == APUS_CONV_FORWARD ? 30 : pass == APUS_CONV_BACKWARD_DATA ? 15 : 75;
    return isa == APUS_ISA_AVX512 ? avx512 : 0.6 * avx512;
}

bool apus_roots_pays(const apus_conv_kernels *kernels, const apus_conv_desc *d, apus_conv_pass pass, bool prepared) {
    enum { LEAST_CHANNELS = 32 };
    const apus_isa isa = apus_get_isa();
    if (isa == APUS_ISA_NEON || d->in_c < LEAST_CHANNELS || d->out_c < LEAST_CHANNELS) return false; // not measured
    const apus_roots_plan p = apus_roots_plan_for(kernels, d, pass);
    const double memory = isa == APUS_ISA_AVX512 ? 75 : 45, weights = memory_of_weights(isa, pass, prepared);
    const double in = (double)d->in_c, out = (double)d->out_c, tiles = (double)p.tiles;
    double products = 0;
    for (ptrdiff_t i = 0; i < p.phases; i++) {
        const apus_roots_phase phase = apus_roots_phase_of(&p, i);
        products += (double)products_of(&phase);
    }
    const double roots = products * (tiles * in * out + weights * in * out + memory * tiles * in) +
                         memory * APUS_ROOTS_PLANES * tiles * out;
    const double outputs = (double)(d->batch * p.out_h * p.out_w);
    const double direct = (outputs + (prepared ? weights : 0)) * (double)(d->kernel_h * d->kernel_w) * in * out;
    return 1.1 * roots < direct;
}

apus_roots_plan apus_roots_plan_for(const apus_conv_kernels *kernels, const apus_conv_desc *desc, apus_conv_pass pass) {
    apus_roots_plan p = {.d = *desc};
    apus_conv_output(desc, &p.out_h, &p.out_w);
    p.taps_h = most_taps(desc->kernel_h, desc->stride_h);
    p.taps_w = most_taps(desc->kernel_w, desc->stride_w);
    p.outputs_h = APUS_ROOTS_POINTS + 1 - p.taps_h;
    p.outputs_w = APUS_ROOTS_POINTS + 1 - p.taps_w;
    p.tiles_h = apus_ceil_div(p.out_h, p.outputs_h);
    p.tiles_w = apus_ceil_div(p.out_w, p.outputs_w);
    p.phases = desc->stride_h * desc->stride_w;
    p.tiles = desc->batch * p.tiles_h * p.tiles_w;
    p.panel_width = kernels->width * kernels->vectors;
    p.in_panels = apus_ceil_div(desc->in_c, p.panel_width);
    p.out_panels = apus_ceil_div(desc->out_c, p.panel_width);
    // A line more: tiles, and planes, a page's fraction apart would share cache sets.
    const ptrdiff_t line = apus_conv_line(1);
    p.in_pitch = apus_round_up(desc->in_c, p.panel_width) + line;
    p.out_pitch = apus_round_up(desc->out_c, p.panel_width) + line;
    // One phase after another needs a third of the memory, but only where a block has all tiles: another block would need
    // the other phases' weights again. The weights' gradient takes 5 % longer for it where all phases fit.
    const ptrdiff_t tiles_of_one = BLOCK_FLOATS / (APUS_ROOTS_PLANES * p.in_pitch);
    const bool all_fit = p.tiles <= apus_max(MIN_BLOCK, tiles_of_one / p.phases);
    p.held = p.tiles <= tiles_of_one && !(all_fit && pass == APUS_CONV_BACKWARD_WEIGHTS) ? 1 : p.phases;
    const ptrdiff_t most = apus_max(MIN_BLOCK, tiles_of_one / p.held);
    p.blocks = apus_ceil_div(p.tiles, most);
    p.block = apus_ceil_div(p.tiles, apus_max(1, p.blocks));
    p.in_plane = p.block * p.in_pitch + 1024 + line;
    p.out_plane = p.block * p.out_pitch + line;
    p.in_floats = p.held * APUS_ROOTS_PLANES * p.in_plane;
    p.out_floats = APUS_ROOTS_PLANES * p.out_plane;
    const ptrdiff_t weights = pass == APUS_CONV_FORWARD         ? desc->in_c * p.out_panels * p.panel_width
                              : pass == APUS_CONV_BACKWARD_DATA ? desc->out_c * p.in_panels * p.panel_width
                                                                : desc->in_c * p.out_panels * p.panel_width;
    p.weights_plane = apus_conv_line(weights) + 1024 + line;
    p.held_weights = p.held * APUS_ROOTS_PLANES * p.weights_plane;
    p.weights_floats = p.phases * APUS_ROOTS_PLANES * p.weights_plane;
    return p;
}

apus_roots_phase apus_roots_phase_of(const apus_roots_plan *p, ptrdiff_t number) {
    const apus_conv_desc *d = &p->d;
    apus_roots_phase phase = {.number = number, .down = number / d->stride_w, .across = number % d->stride_w};
    phase.taps_h = (int)apus_ceil_div(d->kernel_h - phase.down, d->stride_h);
    phase.taps_w = (int)apus_ceil_div(d->kernel_w - phase.across, d->stride_w);
    phase.infinite_h = phase.taps_h == p->taps_h;
    phase.infinite_w = phase.taps_w == p->taps_w;
    return phase;
}

bool apus_roots_has(const apus_roots_phase *phase, ptrdiff_t plane) {
    const ptrdiff_t real = 4 * APUS_ROOTS_REAL_PLANES;
    if (plane < real)
        return (phase->infinite_h || plane / APUS_ROOTS_REAL_PLANES != 1) &&
               (phase->infinite_w || plane % APUS_ROOTS_REAL_PLANES != 1);
    return phase->infinite_w || (plane - real) % APUS_ROOTS_COMPLEX_PLANES / 3 != 1;
}
