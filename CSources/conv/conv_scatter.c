// Backward-data, the other way: dy times each tap's transposed weights, added where the tap points. Only
// true products are made: no zeros of padding, as when a 9x9 kernel meets a 6x6 dy. With few input
// channels all taps are one product, whose sums go through a buffer (rows of dx overlap there), a band of
// dx's rows a task; else a tile is added to dx in place, an image's block of channels a task. A task adds
// in a fixed order.
#include "conv_internal.h"

#include <string.h>

enum {
    FEW_CHANNELS = 8,
    PANEL_FLOATS = 32 * 1024,
    BUFFER_FLOATS = 32 * 1024, // 128 KiB: the second-level cache
    TASK_FLOATS = 128 * 1024, // of dx and dy: images that meet a tap's weights while these are in cache
    MIN_TASKS = 32
};

typedef struct scatter_plan {
    const apus_conv_kernels *kernels;
    const apus_conv_desc *desc;
    ptrdiff_t out_h, out_w;
    bool merged;                // one segment of all taps, else one a tap
    ptrdiff_t segments, segment; // their count, and columns of one
    ptrdiff_t panel_width, panels, panel_groups, chunk; // chunk: channels of dy that a panel's part holds
    ptrdiff_t images, image_groups; // images of one task, and groups of them
    ptrdiff_t bands, buffer_pixels; // merged: of an image; outputs whose sums the buffer holds
    ptrdiff_t panel_floats, buffer_floats;
} scatter_plan;

static scatter_plan plan_scatter(const apus_conv_kernels *kernels, const apus_conv_desc *d) {
    scatter_plan p = {.kernels = kernels, .desc = d};
    apus_conv_output(d, &p.out_h, &p.out_w);
    p.merged = d->in_c < FEW_CHANNELS && d->dilation_w == 1 && d->kernel_w > 1;
    const ptrdiff_t taps = d->kernel_h * d->kernel_w;
    p.segments = p.merged ? 1 : taps;
    p.segment = p.merged ? taps * d->in_c : d->in_c;
    p.panel_width = kernels->width * kernels->vectors;
    p.panels = apus_ceil_div(p.segment, p.panel_width);
    p.panel_groups = p.merged ? 1 : apus_min(p.panels, apus_ceil_div(MIN_TASKS, apus_max(1, d->batch)));
    const ptrdiff_t image = d->in_h * d->in_w * p.panel_width + p.out_h * p.out_w * d->out_c;
    const ptrdiff_t most = apus_max(1, d->batch * p.panel_groups / MIN_TASKS);
    p.images = p.merged ? 1 : apus_min(most, apus_max(1, TASK_FLOATS / apus_max(1, image)));
    p.image_groups = apus_ceil_div(d->batch, p.images);
    p.chunk = PANEL_FLOATS / p.panel_width;
    p.panel_floats = p.segments * p.panels * d->out_c * p.panel_width;
    // Bands share rows of dy, as many as the kernel reaches over: worth it where they are few.
    const ptrdiff_t reach = (d->kernel_h - 1) * d->dilation_h + 1;
    p.bands = p.merged ? apus_max(1, apus_min(apus_ceil_div(MIN_TASKS, apus_max(1, d->batch)), d->in_h / (4 * reach))) : 1;
    const ptrdiff_t columns = p.panels * p.panel_width;
    p.buffer_pixels = apus_min(p.out_w, apus_round_up(apus_max(1, BUFFER_FLOATS / columns), kernels->rows));
    p.buffer_floats = p.merged ? p.buffer_pixels * columns : 0;
    return p;
}

// The outputs o with 0 <= o * stride + shift < in.
typedef struct span {
    ptrdiff_t begin, end;
} span;

static span inside(ptrdiff_t out, ptrdiff_t stride, ptrdiff_t shift, ptrdiff_t in) {
    span s = {shift < 0 ? apus_min(out, apus_ceil_div(-shift, stride)) : 0, 0};
    s.end = shift >= in ? s.begin : apus_max(s.begin, apus_min(out, (in - 1 - shift) / stride + 1));
    return s;
}

// Counts vector products across the width (the rows that padding leaves out are skipped either way). The
// allowances for adding into dx, in products a pixel, and for change at all were found by measurement.
bool apus_conv_scatter_pays(const apus_conv_kernels *kernels, const apus_conv_desc *d) {
    if (d->out_c == 0 || d->in_c == 0) return false;
    const scatter_plan p = plan_scatter(kernels, d);
    const double lanes = (double)apus_round_up(d->in_c, kernels->width);
    // All phases of the grid together: every input meets every tap of its phase, a stride-th of them.
    const double grid = (double)d->in_w * (double)apus_ceil_div(d->kernel_w, d->stride_w) * lanes;
    double scatter = 0;
    if (p.merged) {
        scatter = (double)p.out_w * (double)apus_round_up(p.segment, kernels->width) / (double)d->kernel_h *
                  (1 + 40.0 / (double)d->out_c);
    } else {
        for (ptrdiff_t kw = 0; kw < d->kernel_w; kw++) {
            const span s = inside(p.out_w, d->stride_w, kw * d->dilation_w - d->pad_left, d->in_w);
            scatter += (double)(s.end - s.begin) * lanes * (1 + 8.0 / (double)d->out_c);
        }
    }
    return 1.15 * scatter < grid;
}

ptrdiff_t apus_conv_scatter_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc, int team) {
    const scatter_plan p = plan_scatter(kernels, desc);
    return p.panel_floats + team * p.buffer_floats;
}

typedef struct scatter_walk {
    const scatter_plan *plan;
    const float *dy, *w;
    float *dx, *panels, *buffers;
} scatter_walk;

static void pack_segments(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const scatter_walk *s = context;
    const scatter_plan *p = s->plan;
    const ptrdiff_t out_c = p->desc->out_c;
    for (ptrdiff_t i = begin; i < end; i++) {
        const ptrdiff_t segment = i / p->panels, column = i % p->panels * p->panel_width;
        p->kernels->pack_transposed(out_c, apus_min(p->panel_width, p->segment - column), p->panel_width,
                                    s->w + (segment * p->segment + column) * out_c, out_c,
                                    s->panels + i * out_c * p->panel_width);
    }
}

// c (+)= dy's `rows` pixels times one panel of a segment.
static void multiply(const scatter_walk *s, ptrdiff_t segment, ptrdiff_t panel, const float *dy, ptrdiff_t rows, float *c,
                     ptrdiff_t ldc, bool accumulate) {
    const scatter_plan *p = s->plan;
    const ptrdiff_t out_c = p->desc->out_c, columns = apus_min(p->panel_width, p->segment - panel * p->panel_width);
    const apus_conv_tile_fn *tiles = p->kernels->rows_tile[apus_ceil_div(columns, p->kernels->width) - 1];
    apus_conv_run run = {.stride = out_c};
    apus_conv_tile tile = {.runs = &run, .run_count = 1, .ldb = p->panel_width, .ldc = ldc, .columns = columns};
    const float *weights = s->panels + (segment * p->panels + panel) * out_c * p->panel_width;
    const ptrdiff_t count = apus_ceil_div(rows, p->kernels->rows);
    for (ptrdiff_t channel = 0; channel < out_c; channel += p->chunk) {
        run.a = dy + channel;
        run.b = weights + channel * p->panel_width;
        run.count = apus_min(p->chunk, out_c - channel);
        tile.accumulate = accumulate || channel > 0;
        for (ptrdiff_t t = 0; t < count; t++) {
            const ptrdiff_t begin = rows * t / count, end = rows * (t + 1) / count;
            tile.a_shift = begin * out_c;
            tile.c = c + begin * ldc;
            tiles[end - begin - 1](&tile);
        }
    }
}

// One panel of all taps, for images [first, last).
static void scatter_taps(const scatter_walk *s, ptrdiff_t first, ptrdiff_t last, ptrdiff_t panel) {
    const scatter_plan *p = s->plan;
    const apus_conv_desc *d = p->desc;
    for (ptrdiff_t tap = 0; tap < p->segments; tap++) {
        const ptrdiff_t down = tap / d->kernel_w * d->dilation_h - d->pad_top;
        const ptrdiff_t across = tap % d->kernel_w * d->dilation_w - d->pad_left;
        const span rows = inside(p->out_h, d->stride_h, down, d->in_h), pixels = inside(p->out_w, d->stride_w, across, d->in_w);
        if (pixels.begin == pixels.end) continue;
        for (ptrdiff_t image = first; image < last; image++) {
            for (ptrdiff_t oh = rows.begin; oh < rows.end; oh++) {
                const ptrdiff_t ih = oh * d->stride_h + down, iw = pixels.begin * d->stride_w + across;
                const float *dy = s->dy + ((image * p->out_h + oh) * p->out_w + pixels.begin) * d->out_c;
                float *dx = s->dx + ((image * d->in_h + ih) * d->in_w + iw) * d->in_c + panel * p->panel_width;
                multiply(s, tap, panel, dy, pixels.end - pixels.begin, dx, d->stride_w * d->in_c, true);
            }
        }
    }
}

// Adds the sums of outputs [begin, end) of a row, `buffer` being output begin's, to an input row.
static void add_overlapping(const scatter_plan *p, ptrdiff_t begin, ptrdiff_t end, const float *buffer, ptrdiff_t ld, float *row) {
    const apus_conv_desc *d = p->desc;
    for (ptrdiff_t ow = begin; ow < end;) {
        const ptrdiff_t first = ow * d->stride_w - d->pad_left, last = first + d->kernel_w;
        const ptrdiff_t from = apus_max(0, first), to = apus_min(d->in_w, last);
        // From the first output that lies wholly inside on, all that do so in one call.
        ptrdiff_t count = 1;
        if (first >= 0 && last <= d->in_w) count = apus_min(end - ow, (d->in_w - last) / d->stride_w + 1);
        if (from < to)
            p->kernels->add(count, (to - from) * d->in_c, buffer + (ow - begin) * ld + (from - first) * d->in_c, ld,
                            row + from * d->in_c, d->stride_w * d->in_c);
        ow += count;
    }
}

// Rows [row_begin, row_end) of an image's dx.
static void scatter_band(const scatter_walk *s, const float *dy, float *dx, ptrdiff_t row_begin, ptrdiff_t row_end, float *buffer) {
    const scatter_plan *p = s->plan;
    const apus_conv_desc *d = p->desc;
    const ptrdiff_t ld = p->panels * p->panel_width, row_floats = d->in_w * d->in_c;
    memset(dx + row_begin * row_floats, 0, (size_t)((row_end - row_begin) * row_floats) * sizeof(float));
    for (ptrdiff_t oh = 0; oh < p->out_h; oh++) {
        const ptrdiff_t first = oh * d->stride_h - d->pad_top, last = first + (d->kernel_h - 1) * d->dilation_h;
        if (last < row_begin || first >= row_end) continue;
        for (ptrdiff_t begin = 0; begin < p->out_w; begin += p->buffer_pixels) {
            const ptrdiff_t end = apus_min(p->out_w, begin + p->buffer_pixels);
            for (ptrdiff_t panel = 0; panel < p->panels; panel++)
                multiply(s, 0, panel, dy + (oh * p->out_w + begin) * d->out_c, end - begin, buffer + panel * p->panel_width, ld,
                         false);
            for (ptrdiff_t kh = 0; kh < d->kernel_h; kh++) {
                const ptrdiff_t ih = first + kh * d->dilation_h;
                if (ih >= row_begin && ih < row_end)
                    add_overlapping(p, begin, end, buffer + kh * d->kernel_w * d->in_c, ld, dx + ih * row_floats);
            }
        }
    }
}

static void scatter_tasks(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const scatter_walk *s = context;
    const scatter_plan *p = s->plan;
    const apus_conv_desc *d = p->desc;
    const ptrdiff_t in_pixels = d->in_h * d->in_w, out_floats = p->out_h * p->out_w * d->out_c;
    for (ptrdiff_t task = begin; task < end; task++) {
        if (p->merged) {
            const ptrdiff_t image = task / p->bands, band = task % p->bands;
            scatter_band(s, s->dy + image * out_floats, s->dx + image * in_pixels * d->in_c, d->in_h * band / p->bands,
                         d->in_h * (band + 1) / p->bands, s->buffers + apus_team_member() * p->buffer_floats);
            continue;
        }
        const ptrdiff_t group = task % p->panel_groups, image = task / p->panel_groups * p->images;
        const ptrdiff_t image_end = apus_min(d->batch, image + p->images);
        float *dx = s->dx + image * in_pixels * d->in_c;
        const ptrdiff_t first = p->panels * group / p->panel_groups, last = p->panels * (group + 1) / p->panel_groups;
        const ptrdiff_t column = first * p->panel_width, columns = apus_min(d->in_c, last * p->panel_width) - column;
        for (ptrdiff_t i = 0; i < (image_end - image) * in_pixels; i++)
            memset(dx + i * d->in_c + column, 0, (size_t)columns * sizeof(float));
        for (ptrdiff_t panel = first; panel < last; panel++) scatter_taps(s, image, image_end, panel);
    }
}

void apus_conv_scatter_run(const apus_conv_kernels *kernels, const apus_conv_desc *desc, const float *dy, const float *w,
                           float *dx, float *workspace, int team) {
    const scatter_plan p = plan_scatter(kernels, desc);
    scatter_walk s = {.plan = &p, .dy = dy, .w = w, .dx = dx, .panels = workspace, .buffers = workspace + p.panel_floats};
    apus_parallel_for_team(team, p.segments * p.panels, 1, pack_segments, &s);
    apus_parallel_for_team(team, p.image_groups * p.panel_groups * p.bands, 1, scatter_tasks, &s);
}
