// The three passes by the ten-point way: transforms of a block of tiles, then one matrix product a plane.
#include "roots.h"

#include <string.h>

enum {
    PACK_ROWS = 64,    // channels transposed at a time, for the data gradient
    WEIGHT_ROWS = 16,  // of one task of the weights' transforms
    TASK_PANELS = 4,
    DEPTH = 256        // channels whose weights stay in the first-level cache while all tiles meet them
};

typedef struct walk {
    const apus_conv_kernels *kernels;
    const apus_roots_plan *plan;
    bool reversed, prepared; // the data gradient; weights of all phases are given
    ptrdiff_t phase; // the first one held
    ptrdiff_t count; // tiles of the block
    bool accumulate;
    const float *w;
    float *dw, *zeros, *weights, *in, *out, *scratch;
} walk;

static ptrdiff_t zero_floats(const apus_roots_plan *p) { return apus_conv_line(apus_max(p->d.in_c, p->d.out_c)); }
static ptrdiff_t scratch_floats(const apus_roots_plan *p) {
    return APUS_ROOTS_MOST_TAPS * APUS_ROOTS_MOST_TAPS * PACK_ROWS * p->panel_width;
}

static const float *tap(const apus_roots_plan *p, const apus_roots_phase *phase, const float *w, ptrdiff_t k, ptrdiff_t l) {
    const apus_conv_desc *d = &p->d;
    const ptrdiff_t kh = k * d->stride_h + phase->down, kw = l * d->stride_w + phase->across;
    return w + (kh * d->kernel_w + kw) * d->in_c * d->out_c;
}

// weights[phase][plane][panel][channel][column], the channel being out_c's for the data gradient.
static float *weights_at(const walk *s, ptrdiff_t phase, ptrdiff_t plane) {
    return s->weights + ((phase - (s->prepared ? 0 : s->phase)) * APUS_ROOTS_PLANES + plane) * s->plan->weights_plane;
}

static float *in_at(const walk *s, ptrdiff_t phase, ptrdiff_t plane) {
    return s->in + ((phase - s->phase) * APUS_ROOTS_PLANES + plane) * s->plan->in_plane;
}

static void spread_weights(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const walk *s = context;
    const apus_roots_plan *p = s->plan;
    const ptrdiff_t channels = s->reversed ? p->d.out_c : p->d.in_c, all_columns = s->reversed ? p->d.in_c : p->d.out_c;
    const ptrdiff_t panels = s->reversed ? p->in_panels : p->out_panels;
    const ptrdiff_t rows = s->reversed ? PACK_ROWS : WEIGHT_ROWS;
    float *packed = s->reversed ? s->scratch + apus_team_member() * scratch_floats(p) : NULL;
    for (ptrdiff_t i = begin; i < end; i++) {
        const apus_roots_phase phase = apus_roots_phase_of(p, s->phase + i % p->held);
        const ptrdiff_t panel = i / p->held % panels, first = i / p->held / panels * rows;
        const ptrdiff_t count = apus_min(rows, channels - first), column = panel * p->panel_width;
        const ptrdiff_t columns = apus_min(p->panel_width, all_columns - column);
        apus_roots_window window = {.rows = phase.taps_h, .columns = phase.taps_w, .infinite_h = phase.infinite_h,
                                    .infinite_w = phase.infinite_w, .stream = p->held_weights > APUS_ROOTS_STREAM_FLOATS};
        const int taps = phase.taps_h * phase.taps_w;
        for (int t = 0; t < taps; t++) {
            const float *at = tap(p, &phase, s->w, t / phase.taps_w, t % phase.taps_w);
            if (s->reversed) {
                float *to = packed + t * PACK_ROWS * p->panel_width;
                s->kernels->pack_transposed(count, columns, p->panel_width, at + column * p->d.out_c + first, p->d.out_c, to);
                window.from[t] = to;
            } else {
                window.from[t] = at + first * p->d.out_c + column;
            }
        }
        const ptrdiff_t step = s->reversed ? p->panel_width : p->d.out_c;
        float *to = weights_at(s, phase.number, 0) + (panel * channels + first) * p->panel_width;
        for (ptrdiff_t c = 0; c < count; c++) {
            s->kernels->roots->spread[APUS_ROOTS_WEIGHTS](&window, columns, to + c * p->panel_width, p->weights_plane);
            for (int t = 0; t < taps; t++) window.from[t] += step;
        }
    }
}

static void transform_weights(walk *s, int team) {
    const apus_roots_plan *p = s->plan;
    const ptrdiff_t groups = s->reversed ? apus_ceil_div(p->d.out_c, PACK_ROWS) * p->in_panels
                                         : apus_ceil_div(p->d.in_c, WEIGHT_ROWS) * p->out_panels;
    apus_parallel_for_team(team, groups * p->held, 1, spread_weights, s);
}

// One panel's columns of a plane: c = (c +) one run's products. next: the weights that are wanted after these, or null.
static void multiply(const walk *s, apus_conv_run whole, ptrdiff_t columns, bool accumulate, float *c, ptrdiff_t ldc,
                     const float *next) {
    const apus_conv_kernels *kernels = s->kernels;
    const apus_conv_tile_fn *tiles = kernels->rows_tile[apus_ceil_div(columns, kernels->width) - 1];
    const ptrdiff_t groups = apus_ceil_div(s->count, kernels->rows), cuts = apus_ceil_div(whole.count, DEPTH);
    for (ptrdiff_t cut = 0; cut < cuts; cut++) {
        const ptrdiff_t from = whole.count * cut / cuts, to = whole.count * (cut + 1) / cuts;
        const apus_conv_run run = {whole.a + from, whole.b + from * s->plan->panel_width, to - from, whole.stride};
        apus_conv_tile tile = {.runs = &run, .run_count = 1, .ldb = s->plan->panel_width, .ldc = ldc,
                               .columns = apus_round_up(columns, kernels->width), .accumulate = accumulate || cut > 0};
        for (ptrdiff_t g = 0; g < groups; g++) { // tiles of even height
            const ptrdiff_t first = s->count * g / groups, last = s->count * (g + 1) / groups;
            tile.a_shift = first * whole.stride;
            tile.c = c + first * ldc;
            tile.fetch = g > 0 ? NULL : cut + 1 < cuts ? run.b + run.count * s->plan->panel_width : next;
            tiles[last - first - 1](&tile);
        }
    }
}

// The first phase held from `number` on that has a value for a plane, or the one after them.
static ptrdiff_t phase_from(const walk *s, ptrdiff_t number, ptrdiff_t plane) {
    for (; number < s->phase + s->plan->held; number++) {
        const apus_roots_phase phase = apus_roots_phase_of(s->plan, number);
        if (apus_roots_has(&phase, plane)) break;
    }
    return number;
}

// Forward: a plane's products of all phases, summed. The first phase has a value for every plane.
static void multiply_forward(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const walk *s = context;
    const apus_roots_plan *p = s->plan;
    const ptrdiff_t groups = apus_ceil_div(p->out_panels, TASK_PANELS);
    for (ptrdiff_t i = begin; i < end; i++) {
        const ptrdiff_t plane = i / groups, first = i % groups * TASK_PANELS;
        for (ptrdiff_t panel = first; panel < apus_min(p->out_panels, first + TASK_PANELS); panel++) {
            const ptrdiff_t column = panel * p->panel_width, columns = apus_min(p->panel_width, p->d.out_c - column);
            const ptrdiff_t panel_floats = p->d.in_c * p->panel_width, begin_phase = phase_from(s, s->phase, plane);
            for (ptrdiff_t number = begin_phase; number < s->phase + p->held;) {
                const ptrdiff_t after = phase_from(s, number + 1, plane);
                const apus_conv_run run = {
                    .a = in_at(s, number, plane),
                    .b = weights_at(s, number, plane) + panel * panel_floats,
                    .count = p->d.in_c,
                    .stride = p->in_pitch,
                };
                const float *next = after < s->phase + p->held ? weights_at(s, after, plane) + panel * panel_floats
                                    : panel + 1 < p->out_panels ? weights_at(s, begin_phase, plane) + (panel + 1) * panel_floats
                                                                : NULL;
                multiply(s, run, columns, number > 0, s->out + plane * p->out_plane + column, p->out_pitch, next);
                number = after;
            }
        }
    }
}

static void multiply_data(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const walk *s = context;
    const apus_roots_plan *p = s->plan;
    for (ptrdiff_t i = begin; i < end; i++) {
        const ptrdiff_t plane = i / p->held;
        const apus_roots_phase phase = apus_roots_phase_of(p, s->phase + i % p->held);
        if (!apus_roots_has(&phase, plane)) continue;
        for (ptrdiff_t panel = 0; panel < p->in_panels; panel++) {
            const ptrdiff_t column = panel * p->panel_width;
            const apus_conv_run run = {
                .a = s->out + plane * p->out_plane,
                .b = weights_at(s, phase.number, plane) + panel * p->d.out_c * p->panel_width,
                .count = p->d.out_c,
                .stride = p->out_pitch,
            };
            multiply(s, run, apus_min(p->panel_width, p->d.in_c - column), false,
                     in_at(s, phase.number, plane) + column, p->in_pitch,
                     panel + 1 < p->in_panels ? run.b + p->d.out_c * p->panel_width : NULL);
        }
    }
}

// The gradient of a plane's weights: [channel][column], of whole panels.
static void multiply_weights(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const walk *s = context;
    const apus_roots_plan *p = s->plan;
    const apus_conv_kernels *kernels = s->kernels;
    const ptrdiff_t ldc = p->out_panels * p->panel_width, tiles = apus_ceil_div(p->d.in_c, kernels->rows);
    for (ptrdiff_t i = begin; i < end; i++) {
        const ptrdiff_t plane = i / p->held;
        const apus_roots_phase phase = apus_roots_phase_of(p, s->phase + i % p->held);
        if (!apus_roots_has(&phase, plane)) continue;
        const apus_conv_run run = {
            .a = in_at(s, phase.number, plane),
            .b = s->out + plane * p->out_plane,
            .count = s->count,
            .stride = p->in_pitch,
        };
        apus_conv_tile tile = {.runs = &run, .run_count = 1, .ldb = p->out_pitch, .ldc = ldc, .accumulate = s->accumulate};
        for (ptrdiff_t panel = 0; panel < p->out_panels; panel++) {
            const ptrdiff_t column = panel * p->panel_width;
            tile.columns = apus_round_up(apus_min(p->panel_width, p->d.out_c - column), kernels->width);
            tile.b_shift = column;
            for (ptrdiff_t t = 0; t < tiles; t++) {
                const ptrdiff_t first = p->d.in_c * t / tiles, last = p->d.in_c * (t + 1) / tiles;
                tile.a_shift = first;
                tile.c = weights_at(s, phase.number, plane) + first * ldc + column;
                kernels->outer_tile[tile.columns / kernels->width - 1][last - first - 1](&tile);
            }
        }
    }
}

static void gather_weights(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const walk *s = context;
    const apus_roots_plan *p = s->plan;
    const ptrdiff_t ldc = p->out_panels * p->panel_width;
    for (ptrdiff_t i = begin; i < end; i++) {
        const apus_roots_phase phase = apus_roots_phase_of(p, s->phase + i % p->held);
        const ptrdiff_t first = i / p->held * WEIGHT_ROWS, last = apus_min(p->d.in_c, first + WEIGHT_ROWS);
        apus_roots_window window = {.rows = phase.taps_h, .columns = phase.taps_w, .infinite_h = phase.infinite_h,
                                    .infinite_w = phase.infinite_w};
        for (int t = 0; t < phase.taps_h * phase.taps_w; t++)
            window.to[t] = (float *)tap(p, &phase, s->dw, t / phase.taps_w, t % phase.taps_w) + first * p->d.out_c;
        for (ptrdiff_t c = first; c < last; c++) {
            s->kernels->roots->gather[APUS_ROOTS_WEIGHTS](&window, p->d.out_c, weights_at(s, phase.number, 0) + c * ldc,
                                                          p->weights_plane);
            for (int t = 0; t < phase.taps_h * phase.taps_w; t++) window.to[t] += p->d.out_c;
        }
    }
}

ptrdiff_t apus_roots_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc, apus_conv_pass pass, int team) {
    const apus_roots_plan p = apus_roots_plan_for(kernels, desc, pass);
    ptrdiff_t floats = zero_floats(&p) + p.held_weights + p.in_floats + p.out_floats;
    if (pass == APUS_CONV_BACKWARD_DATA) floats += team * scratch_floats(&p);
    if (pass == APUS_CONV_BACKWARD_WEIGHTS) floats += apus_conv_bias_floats(desc);
    return floats;
}

// weights: or null, for a place in the workspace.
static walk open_walk(const apus_conv_kernels *kernels, const apus_roots_plan *p, const float *weights, float *workspace) {
    walk s = {.kernels = kernels, .plan = p, .prepared = weights != NULL, .zeros = workspace, .weights = (float *)weights};
    float *rest = workspace + zero_floats(p);
    if (weights == NULL) {
        s.weights = rest;
        rest += p->held_weights;
    }
    s.in = rest;
    s.out = s.in + p->in_floats;
    s.scratch = s.out + p->out_floats;
    memset(s.zeros, 0, (size_t)zero_floats(p) * sizeof(float));
    return s;
}

static void run_forward(walk *s, const float *x, const float *bias, float *y, int team) {
    const apus_roots_plan *p = s->plan;
    for (ptrdiff_t first = 0; first < p->tiles; first += p->block) {
        s->count = apus_min(p->block, p->tiles - first);
        for (s->phase = 0; s->phase < p->phases; s->phase += p->held) {
            if (!s->prepared && first == 0) transform_weights(s, team);
            apus_roots_spread_input(s->kernels, p, s->phase, first, s->count, x, s->zeros, s->in, team);
            apus_parallel_for_team(team, APUS_ROOTS_PLANES * apus_ceil_div(p->out_panels, TASK_PANELS), 1, multiply_forward, s);
        }
        apus_roots_gather_output(s->kernels, p, first, s->count, s->out, bias, p->d.activation == APUS_ACTIVATION_RELU, y, team);
    }
}

void apus_roots_forward_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *x, const float *w,
                            const float *bias, float *y, float *workspace, int team) {
    const apus_roots_plan p = apus_roots_plan_for(kernels, desc, APUS_CONV_FORWARD);
    walk s = open_walk(kernels, &p, NULL, workspace);
    s.w = w;
    run_forward(&s, x, bias, y, team);
}

ptrdiff_t apus_roots_weights_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc) {
    return apus_roots_plan_for(kernels, desc, APUS_CONV_FORWARD).weights_floats;
}

void apus_roots_prepare(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *w, float *weights, int team) {
    const apus_roots_plan p = apus_roots_plan_for(kernels, desc, APUS_CONV_FORWARD);
    walk s = {.kernels = kernels, .plan = &p, .prepared = true, .w = w, .weights = weights};
    for (; s.phase < p.phases; s.phase += p.held) transform_weights(&s, team);
}

ptrdiff_t apus_roots_prepared_scratch(const apus_conv_kernels *kernels, const apus_conv_desc *desc) {
    const apus_roots_plan p = apus_roots_plan_for(kernels, desc, APUS_CONV_FORWARD);
    return zero_floats(&p) + p.in_floats + p.out_floats;
}

void apus_roots_prepared_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *x, const float *weights,
                             const float *bias, float *y, float *scratch, int team) {
    const apus_roots_plan p = apus_roots_plan_for(kernels, desc, APUS_CONV_FORWARD);
    walk s = open_walk(kernels, &p, weights, scratch);
    run_forward(&s, x, bias, y, team);
}

// Inputs that no tile reaches have a gradient of zero.
static void clear_unreached(const apus_roots_plan *p, float *dx) {
    const apus_conv_desc *d = &p->d;
    const ptrdiff_t rows = (p->tiles_h * p->outputs_h + p->taps_h - 1) * d->stride_h - d->pad_top;
    const ptrdiff_t columns = (p->tiles_w * p->outputs_w + p->taps_w - 1) * d->stride_w - d->pad_left;
    const ptrdiff_t row_floats = d->in_w * d->in_c;
    const ptrdiff_t from_row = apus_min(d->in_h, apus_max(0, rows)), from_column = apus_min(d->in_w, apus_max(0, columns));
    for (ptrdiff_t image = 0; image < d->batch; image++) {
        float *at = dx + image * d->in_h * row_floats;
        memset(at + from_row * row_floats, 0, (size_t)((d->in_h - from_row) * row_floats) * sizeof(float));
        if (from_column == d->in_w) continue;
        for (ptrdiff_t row = 0; row < from_row; row++)
            memset(at + row * row_floats + from_column * d->in_c, 0, (size_t)((d->in_w - from_column) * d->in_c) * sizeof(float));
    }
}

void apus_roots_backward_data_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *dy, const float *w,
                                  float *dx, float *workspace, int team) {
    const apus_roots_plan p = apus_roots_plan_for(kernels, desc, APUS_CONV_BACKWARD_DATA);
    walk s = open_walk(kernels, &p, NULL, workspace);
    s.w = w;
    s.reversed = true;
    clear_unreached(&p, dx);
    for (ptrdiff_t first = 0; first < p.tiles; first += p.block) {
        s.count = apus_min(p.block, p.tiles - first);
        apus_roots_spread_output(kernels, &p, first, s.count, dy, s.zeros, s.out, team);
        for (s.phase = 0; s.phase < p.phases; s.phase += p.held) {
            if (first == 0) transform_weights(&s, team);
            apus_parallel_for_team(team, APUS_ROOTS_PLANES * p.held, 1, multiply_data, &s);
            apus_roots_gather_input(kernels, &p, s.phase, first, s.count, s.in, dx, team);
        }
    }
}

void apus_roots_weights_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *x, const float *dy,
                            float *dw, float *dbias, float *workspace, int team) {
    const apus_roots_plan p = apus_roots_plan_for(kernels, desc, APUS_CONV_BACKWARD_WEIGHTS);
    walk s = open_walk(kernels, &p, NULL, workspace);
    s.dw = dw;
    for (ptrdiff_t first = 0; first < p.tiles; first += p.block) {
        s.count = apus_min(p.block, p.tiles - first);
        s.accumulate = first > 0;
        apus_roots_spread_output(kernels, &p, first, s.count, dy, s.zeros, s.out, team);
        for (s.phase = 0; s.phase < p.phases; s.phase += p.held) {
            apus_roots_spread_input(kernels, &p, s.phase, first, s.count, x, s.zeros, s.in, team);
            apus_parallel_for_team(team, APUS_ROOTS_PLANES * p.held, 1, multiply_weights, &s);
            if (first + p.block >= p.tiles)
                apus_parallel_for_team(team, apus_ceil_div(p.d.in_c, WEIGHT_ROWS) * p.held, 1, gather_weights, &s);
        }
    }
    if (dbias != NULL) apus_conv_bias_gradient(kernels, desc, dy, dbias, s.scratch, team);
}
