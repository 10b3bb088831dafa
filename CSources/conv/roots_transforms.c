// The ten-point way's transforms of all tiles of a block: which pixels each meets.
#include "roots.h"

typedef struct transforms {
    const apus_conv_kernels *kernels;
    const apus_roots_plan *plan;
    ptrdiff_t phase;        // the first one held
    ptrdiff_t first, count; // tiles
    const float *from, *zeros, *bias;
    bool relu;
    float *to, *planes;
} transforms;

// A tile's place: its image, and its first output.
typedef struct place {
    ptrdiff_t image, down, across;
} place;

static place place_of(const apus_roots_plan *p, ptrdiff_t tile) {
    const ptrdiff_t across = tile % p->tiles_w, down = tile / p->tiles_w % p->tiles_h;
    return (place){tile / p->tiles_w / p->tiles_h, down * p->outputs_h, across * p->outputs_w};
}

// The offset of a phase's input k rows and l columns from a tile's first, or -1 outside the image.
static ptrdiff_t input_offset(const apus_roots_plan *p, const place *at, const apus_roots_phase *phase, ptrdiff_t k, ptrdiff_t l) {
    const apus_conv_desc *d = &p->d;
    const ptrdiff_t row = (at->down + k) * d->stride_h + phase->down - d->pad_top;
    const ptrdiff_t column = (at->across + l) * d->stride_w + phase->across - d->pad_left;
    if (row < 0 || column < 0 || row >= d->in_h || column >= d->in_w) return -1;
    return ((at->image * d->in_h + row) * d->in_w + column) * d->in_c;
}

static void spread_inputs(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const transforms *t = context;
    const apus_roots_plan *p = t->plan;
    for (ptrdiff_t i = begin; i < end; i++) {
        const ptrdiff_t tile = i / p->held;
        const apus_roots_phase phase = apus_roots_phase_of(p, t->phase + i % p->held);
        const place at = place_of(p, t->first + tile);
        apus_roots_window window = {.infinite_h = phase.infinite_h, .infinite_w = phase.infinite_w,
                                    .stream = p->in_floats > APUS_ROOTS_STREAM_FLOATS};
        for (int k = 0; k < APUS_ROOTS_POINTS; k++)
            for (int l = 0; l < APUS_ROOTS_POINTS; l++) {
                const ptrdiff_t offset = input_offset(p, &at, &phase, k, l);
                window.from[k * APUS_ROOTS_POINTS + l] = offset < 0 ? t->zeros : t->from + offset;
            }
        t->kernels->roots->spread[APUS_ROOTS_INPUT](
            &window, p->d.in_c, t->planes + i % p->held * APUS_ROOTS_PLANES * p->in_plane + tile * p->in_pitch, p->in_plane);
    }
}

void apus_roots_spread_input(const apus_conv_kernels *kernels, const apus_roots_plan *p, ptrdiff_t phase, ptrdiff_t first,
                             ptrdiff_t count, const float *x, const float *zeros, float *planes, int team) {
    transforms t = {.kernels = kernels, .plan = p, .phase = phase, .first = first, .count = count, .from = x, .zeros = zeros,
                    .planes = planes};
    apus_parallel_for_team(team, count * p->held, 1, spread_inputs, &t);
}

// An image's tiles of a phase, in order: a tile adds to the inputs that earlier ones reached, and stores the others.
static void gather_inputs(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const transforms *t = context;
    const apus_roots_plan *p = t->plan;
    const ptrdiff_t per_image = p->tiles_h * p->tiles_w, first_image = t->first / per_image;
    for (ptrdiff_t i = begin; i < end; i++) {
        const ptrdiff_t image = first_image + i / p->held;
        const apus_roots_phase phase = apus_roots_phase_of(p, t->phase + i % p->held);
        const ptrdiff_t last = apus_min((image + 1) * per_image, t->first + t->count);
        for (ptrdiff_t tile = apus_max(image * per_image, t->first); tile < last; tile++) {
            const place at = place_of(p, tile);
            apus_roots_window window = {
                .infinite_h = phase.infinite_h, .infinite_w = phase.infinite_w,
                .begun_h = at.down > 0 ? (int)p->taps_h - 1 : 0, .begun_w = at.across > 0 ? (int)p->taps_w - 1 : 0,
            };
            for (int k = 0; k < APUS_ROOTS_POINTS; k++)
                for (int l = 0; l < APUS_ROOTS_POINTS; l++) {
                    const ptrdiff_t offset = input_offset(p, &at, &phase, k, l);
                    window.to[k * APUS_ROOTS_POINTS + l] = offset < 0 ? NULL : t->to + offset;
                }
            t->kernels->roots->gather[APUS_ROOTS_INPUT](
                &window, p->d.in_c,
                t->planes + i % p->held * APUS_ROOTS_PLANES * p->in_plane + (tile - t->first) * p->in_pitch, p->in_plane);
        }
    }
}

void apus_roots_gather_input(const apus_conv_kernels *kernels, const apus_roots_plan *p, ptrdiff_t phase, ptrdiff_t first,
                             ptrdiff_t count, const float *planes, float *dx, int team) {
    transforms t = {.kernels = kernels, .plan = p, .phase = phase, .first = first, .count = count, .to = dx, .planes = (float *)planes};
    const ptrdiff_t per_image = p->tiles_h * p->tiles_w;
    const ptrdiff_t images = (first + count - 1) / per_image - first / per_image + 1;
    apus_parallel_for_team(team, images * p->held, 1, gather_inputs, &t);
}

static ptrdiff_t output_offset(const apus_roots_plan *p, const place *at, ptrdiff_t k, ptrdiff_t l) {
    const ptrdiff_t row = at->down + k, column = at->across + l;
    return row >= p->out_h || column >= p->out_w ? -1 : ((at->image * p->out_h + row) * p->out_w + column) * p->d.out_c;
}

static void spread_outputs(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const transforms *t = context;
    const apus_roots_plan *p = t->plan;
    for (ptrdiff_t i = begin; i < end; i++) {
        const place at = place_of(p, t->first + i);
        apus_roots_window window = {.rows = (int)p->outputs_h, .columns = (int)p->outputs_w, .infinite_h = true, .infinite_w = true};
        for (ptrdiff_t k = 0; k < p->outputs_h; k++)
            for (ptrdiff_t l = 0; l < p->outputs_w; l++) {
                const ptrdiff_t offset = output_offset(p, &at, k, l);
                window.from[k * p->outputs_w + l] = offset < 0 ? t->zeros : t->from + offset;
            }
        t->kernels->roots->spread[APUS_ROOTS_OUTPUT](&window, p->d.out_c, t->planes + i * p->out_pitch, p->out_plane);
    }
}

void apus_roots_spread_output(const apus_conv_kernels *kernels, const apus_roots_plan *p, ptrdiff_t first, ptrdiff_t count,
                              const float *dy, const float *zeros, float *planes, int team) {
    transforms t = {.kernels = kernels, .plan = p, .first = first, .count = count, .from = dy, .zeros = zeros, .planes = planes};
    apus_parallel_for_team(team, count, 1, spread_outputs, &t);
}

static void gather_outputs(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const transforms *t = context;
    const apus_roots_plan *p = t->plan;
    for (ptrdiff_t i = begin; i < end; i++) {
        const place at = place_of(p, t->first + i);
        apus_roots_window window = {.rows = (int)p->outputs_h, .columns = (int)p->outputs_w, .infinite_h = true, .infinite_w = true,
                                    .bias = t->bias, .relu = t->relu};
        for (ptrdiff_t k = 0; k < p->outputs_h; k++)
            for (ptrdiff_t l = 0; l < p->outputs_w; l++) {
                const ptrdiff_t offset = output_offset(p, &at, k, l);
                window.to[k * p->outputs_w + l] = offset < 0 ? NULL : t->to + offset;
            }
        t->kernels->roots->gather[APUS_ROOTS_OUTPUT](&window, p->d.out_c, t->planes + i * p->out_pitch, p->out_plane);
    }
}

void apus_roots_gather_output(const apus_conv_kernels *kernels, const apus_roots_plan *p, ptrdiff_t first, ptrdiff_t count,
                              const float *planes, const float *bias, bool relu, float *y, int team) {
    transforms t = {.kernels = kernels, .plan = p, .first = first, .count = count, .bias = bias, .relu = relu, .to = y,
                    .planes = (float *)planes};
    apus_parallel_for_team(team, count, 1, gather_outputs, &t);
}
