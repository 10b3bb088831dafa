// How Winograd's 3x3 convolutions cut their tiles into rounds, blocks and tasks. Depends on the shape, the
// instruction set and the caches, never on the number of threads.
#include "winograd_tile.h"

#include <string.h>

enum {
    PRIVATE_TILES = 24,  // least tiles of a private round: fewer would stream the weights too often
    PACK_ROWS = 64
};

const apus_winograd_tiles *apus_winograd_tiles_of(const apus_conv_kernels *kernels) {
#if defined(APUS_X86)
    if (kernels == &apus_conv_kernels_avx512) return &apus_winograd_tiles_avx512;
    if (kernels == &apus_conv_kernels_avx2) return &apus_winograd_tiles_avx2;
#elif defined(APUS_ARM64)
    if (kernels == &apus_conv_kernels_neon) return &apus_winograd_tiles_neon;
#endif
    return NULL;
}

bool apus_winograd_tile_can(const apus_conv_desc *d) {
    const ptrdiff_t most = 1 << 20; // channels: bytes of transformed weights stay far below overflow
    return d->kernel_h == APUS_WINOGRAD_TAPS && d->kernel_w == APUS_WINOGRAD_TAPS && d->stride_h == 1 && d->stride_w == 1 &&
           d->dilation_h == 1 && d->dilation_w == 1 && d->batch > 0 && d->in_h > 0 && d->in_w > 0 && d->in_c > 0 &&
           d->out_c > 0 && d->in_c <= most && d->out_c <= most;
}

// Counts products for each pair of channels: a tile's 36 cost a quarter more with their transforms, and the
// weights' transform, shared by a few images, as much as 300. Measured on AVX-512 and AVX2 in all three passes;
// on NEON by the count alone. One image decides, so that a result's bits do not depend on the batch. F(6x6) is
// never the default: its error is over ten times the direct way's, and it is no faster by more than 5 %.
// Prepared weights are four times as many to read, which costs as much as 100.
static bool pays(const apus_conv_desc *d, apus_conv_pass pass, bool prepared) {
    enum { LEAST_CHANNELS = 16, MOST_WEIGHTS = 1024 * 1024 };
    if (d->in_c < LEAST_CHANNELS || d->out_c < LEAST_CHANNELS || d->in_c > MOST_WEIGHTS / d->out_c) return false;
    ptrdiff_t height = d->in_h, width = d->in_w;
    if (pass != APUS_CONV_BACKWARD_DATA) apus_conv_output(d, &height, &width);
    const double tiles = (double)apus_ceil_div(height, 4) * (double)apus_ceil_div(width, 4);
    return 1.25 * 36 * tiles + (prepared ? 100 : 300) < 9 * (double)height * (double)width;
}

apus_conv_algorithm apus_winograd_tile_choose(const apus_conv_desc *d, apus_conv_pass pass, apus_conv_algorithm wanted,
                                               bool prepared) {
    if (wanted == APUS_CONV_WINOGRAD_6X6) return wanted;
    return wanted != APUS_CONV_AUTO || pays(d, pass, prepared) ? APUS_CONV_WINOGRAD_4X4 : APUS_CONV_DIRECT;
}

static apus_winograd_field cut_tiles(apus_winograd_field f, ptrdiff_t outputs) {
    f.tiles_h = apus_ceil_div(f.out_h, outputs);
    f.tiles_w = apus_ceil_div(f.out_w, outputs);
    f.tiles = f.batch * f.tiles_h * f.tiles_w;
    return f;
}

static apus_winograd_field forward_field(const apus_conv_desc *d, ptrdiff_t outputs) {
    apus_winograd_field f = {.batch = d->batch, .in_h = d->in_h, .in_w = d->in_w, .in_c = d->in_c, .out_c = d->out_c,
                             .origin_h = -d->pad_top, .origin_w = -d->pad_left};
    apus_conv_output(d, &f.out_h, &f.out_w);
    return cut_tiles(f, outputs);
}

// dx is dy's correlation with the taps reversed and their channels transposed.
static apus_winograd_field backward_field(const apus_conv_desc *d, ptrdiff_t outputs) {
    apus_winograd_field f = {.batch = d->batch, .out_h = d->in_h, .out_w = d->in_w, .in_c = d->out_c, .out_c = d->in_c,
                             .origin_h = d->pad_top - (APUS_WINOGRAD_TAPS - 1),
                             .origin_w = d->pad_left - (APUS_WINOGRAD_TAPS - 1)};
    apus_conv_output(d, &f.in_h, &f.in_w);
    return cut_tiles(f, outputs);
}

static ptrdiff_t whole_groups(ptrdiff_t tiles, ptrdiff_t rows) { return apus_max(1, tiles / rows) * rows; }

apus_winograd_plan apus_winograd_plan_pass(const apus_winograd_tiles *tiles, const apus_winograd_scheme *scheme,
                                           const apus_conv_desc *desc, bool backward_data) {
    apus_winograd_plan p = {
        .field = backward_data ? backward_field(desc, scheme->outputs) : forward_field(desc, scheme->outputs),
        .scheme = scheme, .reversed = backward_data, .planes = scheme->points * scheme->points,
        .panel_width = tiles->width * tiles->vectors};
    const apus_winograd_field *f = &p.field;
    const apus_caches caches = apus_get_caches();
    const ptrdiff_t size = sizeof(float), l2 = (ptrdiff_t)caches.l2 / size, l3 = (ptrdiff_t)caches.l3 / size;
    p.panels = apus_ceil_div(f->out_c, p.panel_width);
    p.in_pitch = apus_conv_line(f->in_c);
    if (p.in_pitch % 128 == 0) p.in_pitch += apus_conv_line(1); // rows a page's fraction apart share cache sets
    p.weights_plane = f->in_c * p.panel_width;
    p.panel_floats = p.panels * p.planes * p.weights_plane;

    const ptrdiff_t in_floats = p.planes * p.in_pitch, product_floats = p.planes * p.panel_width;
    const ptrdiff_t private_tiles = 7 * l2 / 8 / (in_floats + product_floats);
    p.shared = private_tiles < PRIVATE_TILES;
    if (!p.shared) {
        p.round = p.block = whole_groups(apus_min(private_tiles, apus_ceil_div(f->tiles, 8)), tiles->rows);
    } else {
        p.block = whole_groups(l2 / 2 / product_floats, tiles->rows);
        p.block = apus_min(p.block, apus_round_up(f->tiles, tiles->rows));
        const ptrdiff_t blocks = apus_max(1, l3 / 8 / in_floats / p.block);
        p.round = apus_min(blocks * p.block, apus_round_up(f->tiles, tiles->rows));
    }
    // A line more than the tiles: planes a page's fraction apart would share cache sets.
    p.in_plane = p.round * p.in_pitch + apus_conv_line(1);
    p.product_plane = p.block * p.panel_width + apus_conv_line(1);
    const ptrdiff_t inputs = apus_conv_line(p.planes * p.in_plane), edge = apus_conv_line(p.planes * f->in_c);
    const ptrdiff_t products = apus_conv_line(p.planes * p.product_plane);
    const ptrdiff_t packing = backward_data ? APUS_WINOGRAD_TAPS * APUS_WINOGRAD_TAPS * PACK_ROWS * p.panel_width : 0;
    p.shared_floats = p.shared ? inputs : 0;
    p.scratch_floats = apus_max(packing, apus_max(edge, products) + (p.shared ? 0 : inputs));
    return p;
}

const float *apus_winograd_tile_pixels(const apus_winograd_field *f, ptrdiff_t step, ptrdiff_t size, const float *x,
                                       ptrdiff_t tile, ptrdiff_t channel, ptrdiff_t channels, float *edge, ptrdiff_t *row,
                                       ptrdiff_t *pixel) {
    const ptrdiff_t image = tile / (f->tiles_h * f->tiles_w), h = tile / f->tiles_w % f->tiles_h * step + f->origin_h;
    const ptrdiff_t w = tile % f->tiles_w * step + f->origin_w;
    const float *from = x + image * f->in_h * f->in_w * f->in_c + channel;
    if (h >= 0 && w >= 0 && h + size <= f->in_h && w + size <= f->in_w) {
        *row = f->in_w * f->in_c;
        *pixel = f->in_c;
        return from + (h * f->in_w + w) * f->in_c;
    }
    *row = size * channels;
    *pixel = channels;
    const size_t bytes = (size_t)channels * sizeof(float);
    const ptrdiff_t left = apus_min(size, apus_max(0, -w)), right = apus_max(left, apus_min(size, f->in_w - w));
    for (ptrdiff_t i = 0; i < size; i++) {
        float *to = edge + i * size * channels;
        if (h + i < 0 || h + i >= f->in_h || left == right) {
            memset(to, 0, (size_t)size * bytes);
            continue;
        }
        const float *pixels = from + ((h + i) * f->in_w + w) * f->in_c;
        memset(to, 0, (size_t)left * bytes);
        if (channels == f->in_c) {
            memcpy(to + left * channels, pixels + left * channels, (size_t)(right - left) * bytes);
        } else {
            for (ptrdiff_t j = left; j < right; j++) memcpy(to + j * channels, pixels + j * f->in_c, bytes);
        }
        memset(to + right * channels, 0, (size_t)(size - right) * bytes);
    }
    return edge;
}

const apus_winograd_scheme *apus_winograd_scheme_of(const apus_winograd_tiles *tiles, apus_conv_algorithm algorithm) {
    return algorithm == APUS_CONV_WINOGRAD_6X6 ? &tiles->f6 : &tiles->f4;
}

typedef struct transforming {
    const apus_conv_kernels *kernels;
    const apus_winograd_plan *plan;
    const float *w;
    float *panels, *scratch;
} transforming;

static void transform_blocks(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const transforming *t = context;
    const apus_winograd_plan *p = t->plan;
    const apus_winograd_field *f = &p->field;
    const ptrdiff_t blocks = apus_ceil_div(f->in_c, PACK_ROWS), taps = APUS_WINOGRAD_TAPS * APUS_WINOGRAD_TAPS;
    float *packed = p->reversed ? t->scratch + apus_team_member() * p->scratch_floats : NULL;
    for (ptrdiff_t b = begin; b < end; b++) {
        const ptrdiff_t panel = b / blocks, first = b % blocks * PACK_ROWS, column = panel * p->panel_width;
        const ptrdiff_t count = apus_min(PACK_ROWS, f->in_c - first), columns = apus_min(p->panel_width, f->out_c - column);
        float *to = t->panels + panel * p->planes * p->weights_plane + first * p->panel_width;
        const float *from;
        ptrdiff_t tap, step;
        if (p->reversed) {
            from = packed;
            tap = PACK_ROWS * p->panel_width;
            step = p->panel_width;
            for (ptrdiff_t i = 0; i < taps; i++)
                t->kernels->pack_transposed(count, columns, p->panel_width,
                                            t->w + ((taps - 1 - i) * f->out_c + column) * f->in_c + first, f->in_c,
                                            packed + i * tap);
        } else {
            from = t->w + first * f->out_c + column;
            tap = f->in_c * f->out_c;
            step = f->out_c;
        }
        for (ptrdiff_t k = 0; k < count; k++)
            p->scheme->filter(from + k * step, APUS_WINOGRAD_TAPS * tap, tap, columns, to + k * p->panel_width, p->weights_plane);
    }
}

void apus_winograd_transform_weights(const apus_conv_kernels *kernels, const apus_winograd_plan *plan, const float *w,
                                     float *panels, float *scratch, int team) {
    transforming t = {kernels, plan, w, panels, scratch};
    apus_parallel_for_team(team, plan->panels * apus_ceil_div(plan->field.in_c, PACK_ROWS), 1, transform_blocks, &t);
}
