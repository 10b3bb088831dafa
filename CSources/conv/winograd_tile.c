// The forward and the backward-data pass of 3x3 kernels by Winograd's algorithm: weights transformed once,
// then rounds of tiles, each transformed, multiplied plane by plane and transformed back, in cache throughout.
#include "winograd_tile.h"

enum { TRANSFORM_TILES = 4 };

typedef struct correlation {
    const apus_winograd_tiles *tiles;
    const apus_winograd_plan *plan;
    const float *x, *panels, *bias;
    bool relu, pool, stream;
    float *y;
    float *shared, *scratch;
    ptrdiff_t begin, count; // the round's tiles
} correlation;

// Tiles first ... first + count - 1 of all, to the planes from their tile `at`.
static void transform_tiles(const correlation *c, ptrdiff_t first, ptrdiff_t count, float *planes, ptrdiff_t at, float *edge) {
    const apus_winograd_plan *p = c->plan;
    for (ptrdiff_t i = 0; i < count; i++) {
        ptrdiff_t row, pixel;
        const float *from = apus_winograd_tile_pixels(&p->field, p->scheme->outputs, p->scheme->points, c->x, first + i, 0,
                                                      p->field.in_c, edge, &row, &pixel);
        p->scheme->input(from, row, pixel, p->field.in_c, planes + (at + i) * p->in_pitch, p->in_plane);
    }
}

// Tiles first ... of all, whose planes begin at `planes`, by one panel of weights.
static void multiply_tiles(const correlation *c, ptrdiff_t first, ptrdiff_t count, const float *planes, ptrdiff_t panel,
                           float *products) {
    const apus_winograd_plan *p = c->plan;
    const apus_winograd_field *f = &p->field;
    const ptrdiff_t column = panel * p->panel_width, columns = apus_min(p->panel_width, f->out_c - column);
    const ptrdiff_t groups = apus_ceil_div(count, c->tiles->rows), outputs = p->scheme->outputs;
    const apus_winograd_multiply_fn *multiply = c->tiles->multiply[apus_ceil_div(columns, c->tiles->width) - 1];
    const float *weights = c->panels + panel * p->planes * p->weights_plane;
    const ptrdiff_t step_floats = f->in_c * (APUS_CACHE_LINE / (ptrdiff_t)sizeof(float)); // that a group fetches
    const bool last_panel = panel + 1 == p->panels;
    for (ptrdiff_t plane = 0; plane < p->planes; plane++) {
        const float *b = weights + plane * p->weights_plane;
        for (ptrdiff_t g = 0; g < groups; g++) {
            const ptrdiff_t from = count * g / groups, to = count * (g + 1) / groups;
            // The next plane's weights, which for a few tiles come from memory and take longer than the products.
            const bool more = (g + 1) * step_floats <= p->weights_plane && !(last_panel && plane + 1 == p->planes);
            multiply[to - from - 1](f->in_c, planes + plane * p->in_plane + from * p->in_pitch, p->in_pitch, b, p->panel_width,
                                    products + plane * p->product_plane + from * p->panel_width, p->panel_width, false,
                                    more ? b + p->weights_plane + g * step_floats : b);
        }
    }
    const float *bias = c->bias == NULL ? NULL : c->bias + column;
    const ptrdiff_t step = c->pool ? 2 : 1, height = f->out_h / step, width = f->out_w / step, side = outputs / step;
    for (ptrdiff_t i = 0; i < count; i++) {
        const ptrdiff_t tile = first + i, image = tile / (f->tiles_h * f->tiles_w);
        const ptrdiff_t h = tile / f->tiles_w % f->tiles_h * side, w = tile % f->tiles_w * side;
        if (h >= height || w >= width) continue; // a last row or column that no 2 x 2 has
        (c->pool ? p->scheme->pool : p->scheme->output)(
            products + i * p->panel_width, p->product_plane, columns, apus_min(side, height - h), apus_min(side, width - w), bias,
            c->relu, c->stream, c->y + ((image * height + h) * width + w) * f->out_c + column, width * f->out_c, f->out_c);
    }
}

static void private_rounds(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const correlation *c = context;
    const apus_winograd_plan *p = c->plan;
    float *planes = c->scratch + apus_team_member() * p->scratch_floats;
    float *products = planes + apus_conv_line(p->planes * p->in_plane);
    for (ptrdiff_t round = begin; round < end; round++) {
        const ptrdiff_t first = round * p->round, count = apus_min(p->round, p->field.tiles - first);
        transform_tiles(c, first, count, planes, 0, products);
        for (ptrdiff_t panel = 0; panel < p->panels; panel++) multiply_tiles(c, first, count, planes, panel, products);
    }
    c->tiles->flush();
}

static void shared_transforms(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const correlation *c = context;
    float *edge = c->scratch + apus_team_member() * c->plan->scratch_floats;
    transform_tiles(c, c->begin + begin, end - begin, c->shared, begin, edge);
}

static void shared_products(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const correlation *c = context;
    const apus_winograd_plan *p = c->plan;
    const ptrdiff_t blocks = apus_ceil_div(c->count, p->block);
    float *products = c->scratch + apus_team_member() * p->scratch_floats;
    for (ptrdiff_t task = begin; task < end; task++) {
        const ptrdiff_t first = task % blocks * p->block;
        multiply_tiles(c, c->begin + first, apus_min(p->block, c->count - first), c->shared + first * p->in_pitch,
                       task / blocks, products);
    }
    c->tiles->flush();
}

// Outputs that no cache could keep are better written without being read first.
static bool streams(const apus_winograd_field *f, bool pool, const float *y) {
    const ptrdiff_t floats = f->batch * f->out_h * f->out_w * f->out_c / (pool ? 4 : 1), line = APUS_CACHE_LINE / (ptrdiff_t)sizeof(float);
    return (uintptr_t)y % APUS_CACHE_LINE == 0 && f->out_c % line == 0 &&
           floats > (ptrdiff_t)(apus_get_caches().l3 / sizeof(float));
}

void apus_winograd_correlate(const apus_winograd_tiles *tiles, const apus_winograd_plan *p, const float *x,
                             const float *panels, const float *bias, bool relu, bool pool, float *y, float *scratch,
                             int team) {
    correlation c = {.tiles = tiles, .plan = p, .x = x, .panels = panels, .bias = bias, .relu = relu, .pool = pool,
                     .stream = streams(&p->field, pool, y), .y = y,
                     .shared = scratch, .scratch = scratch + p->shared_floats};
    if (!p->shared) {
        apus_parallel_for_team(team, apus_ceil_div(p->field.tiles, p->round), 1, private_rounds, &c);
        return;
    }
    for (; c.begin < p->field.tiles; c.begin += p->round) {
        c.count = apus_min(p->round, p->field.tiles - c.begin);
        apus_parallel_for_team(team, c.count, TRANSFORM_TILES, shared_transforms, &c);
        apus_parallel_for_team(team, apus_ceil_div(c.count, p->block) * p->panels, 1, shared_products, &c);
    }
}

ptrdiff_t apus_winograd_tile_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc, apus_conv_algorithm algorithm,
                                    bool backward_data, int team) {
    const apus_winograd_tiles *tiles = apus_winograd_tiles_of(kernels);
    const apus_winograd_plan p = apus_winograd_plan_pass(tiles, apus_winograd_scheme_of(tiles, algorithm), desc, backward_data);
    return p.panel_floats + p.shared_floats + team * p.scratch_floats;
}

static void run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, apus_conv_algorithm algorithm, bool backward_data,
                const float *x, const float *w, const float *bias, bool relu, float *y, float *workspace, int team) {
    const apus_winograd_tiles *tiles = apus_winograd_tiles_of(kernels);
    const apus_winograd_plan p = apus_winograd_plan_pass(tiles, apus_winograd_scheme_of(tiles, algorithm), desc, backward_data);
    float *scratch = workspace + p.panel_floats;
    apus_winograd_transform_weights(kernels, &p, w, workspace, scratch + p.shared_floats, team);
    apus_winograd_correlate(tiles, &p, x, workspace, bias, relu, false, y, scratch, team);
}

void apus_winograd_tile_forward_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, apus_conv_algorithm algorithm,
                                    const float *x, const float *w, const float *bias, float *y, float *workspace, int team) {
    run(kernels, desc, algorithm, false, x, w, bias, desc->activation == APUS_ACTIVATION_RELU, y, workspace, team);
}

void apus_winograd_tile_backward_data_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc,
                                          apus_conv_algorithm algorithm, const float *dy, const float *w, float *dx,
                                          float *workspace, int team) {
    run(kernels, desc, algorithm, true, dy, w, NULL, false, dx, workspace, team);
}
