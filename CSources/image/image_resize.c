// Resizing: checks, the filters' weights, and the two passes.
#include <math.h>
#include <string.h>

#include "image_kernels.h"

enum { MAX_SIDE = 1 << 24, MAX_CHANNELS = 4 };

// One direction's outputs: each is a weighted sum of `taps` inputs from `first` on.
typedef struct axis {
    ptrdiff_t in, out, most; // `most`: room for the taps of one output
    double scale;            // inputs a step of the output
    bool same;               // nothing to do
    int32_t *first, *taps, *weights;
} axis;

static double filter_scale(const axis *a) { return a->scale < 1 ? 1 : a->scale; }

static axis axis_make(ptrdiff_t in, ptrdiff_t out, apus_image_filter filter) {
    axis a = {.in = in, .out = out, .scale = (double)in / (double)out, .same = in == out};
    if (filter == APUS_IMAGE_NEAREST) a.most = 1;
    else if (filter == APUS_IMAGE_BILINEAR) a.most = (ptrdiff_t)ceil(filter_scale(&a)) * 2 + 1;
    else a.most = (ptrdiff_t)ceil(a.scale) + 1;
    a.most = apus_min(a.most, in);
    return a;
}

static int32_t fixed(double weight) { return (int32_t)(0.5 + weight * (1 << APUS_IMAGE_BITS)); }

// Pillow's arithmetic in Pillow's order (Resample.c), for the same bits: a triangle about the output's centre.
static void bilinear(axis *a, ptrdiff_t out, double *share) {
    const double width = filter_scale(a), center = ((double)out + 0.5) * a->scale, inverse = 1.0 / width;
    ptrdiff_t first = (ptrdiff_t)(center - width + 0.5), last = (ptrdiff_t)(center + width + 0.5);
    if (center - width + 0.5 < 0) first = 0;
    if (last > a->in) last = a->in;
    double sum = 0;
    for (ptrdiff_t i = first; i < last; i++) {
        double distance = fabs(((double)(i - first) + (double)first - center + 0.5) * inverse);
        share[i - first] = distance < 1 ? 1 - distance : 0;
        sum += share[i - first];
    }
    a->first[out] = (int32_t)first;
    a->taps[out] = (int32_t)(last - first);
    for (ptrdiff_t t = 0; t < last - first; t++) a->weights[out * a->most + t] = fixed(sum != 0 ? share[t] / sum : share[t]);
}

// The part of [out, out + 1) * scale that each input covers.
static void area(axis *a, ptrdiff_t out) {
    const double low = (double)out * a->scale, high = fmin((double)(out + 1) * a->scale, (double)a->in);
    const ptrdiff_t first = apus_min((ptrdiff_t)low, a->in - 1);
    ptrdiff_t last = apus_max(first + 1, apus_min((ptrdiff_t)ceil(high), a->in));
    last = apus_min(last, first + a->most);
    a->first[out] = (int32_t)first;
    a->taps[out] = (int32_t)(last - first);
    for (ptrdiff_t i = first; i < last; i++) {
        const double part = fmin(high, (double)i + 1) - fmax(low, (double)i);
        a->weights[out * a->most + i - first] = fixed(last - first == 1 ? 1 : fmax(0, part) / (high - low));
    }
}

static void axis_fill(axis *a, apus_image_filter filter, double *share) {
    // Pillow adds the steps up, so their rounding errors are part of the result.
    double position = a->scale * 0.5;
    for (ptrdiff_t out = 0; out < a->out; out++, position += a->scale) {
        if (filter == APUS_IMAGE_BILINEAR) bilinear(a, out, share);
        else if (filter == APUS_IMAGE_AREA) area(a, out);
        else a->first[out] = (int32_t)apus_min((ptrdiff_t)position, a->in - 1);
    }
}

typedef struct plan {
    axis rows, columns;
    ptrdiff_t in_bytes, out_bytes; // of a row of pixels
    size_t tables, strips, picture; // bytes of workspace
} plan;

static apus_status plan_make(const apus_image_resize_desc *d, plan *p) {
    if (d == NULL) return APUS_ERROR_NULL;
    if (d->in_h < 1 || d->in_w < 1 || d->out_h < 1 || d->out_w < 1 || d->in_h > MAX_SIDE || d->in_w > MAX_SIDE ||
        d->out_h > MAX_SIDE || d->out_w > MAX_SIDE || d->channels < 1 || d->channels > MAX_CHANNELS)
        return APUS_ERROR_SHAPE;
    if (d->in_stride < d->in_w * d->channels) return APUS_ERROR_STRIDE;
    if (d->filter < APUS_IMAGE_NEAREST || d->filter > APUS_IMAGE_AREA) return APUS_ERROR_VALUE;
    p->rows = axis_make(d->in_h, d->out_h, d->filter);
    p->columns = axis_make(d->in_w, d->out_w, d->filter);
    p->in_bytes = d->in_w * d->channels;
    p->out_bytes = d->out_w * d->channels;
    ptrdiff_t bytes;
    if (!apus_multiply_sizes(d->in_stride, d->in_h, &bytes) || !apus_multiply_sizes(p->out_bytes, d->out_h, &bytes))
        return APUS_ERROR_OVERFLOW;
    const ptrdiff_t row_table = d->out_h * (2 + p->rows.most), column_table = d->out_w * (2 + p->columns.most);
    const ptrdiff_t share = apus_max(p->rows.most, p->columns.most) + 1;
    p->tables = (size_t)apus_round_up((row_table + column_table) * (ptrdiff_t)sizeof(int32_t) + share * (ptrdiff_t)sizeof(double), 64);
    const bool filters = d->filter != APUS_IMAGE_NEAREST;
    p->strips = filters && !p->columns.same
                    ? (size_t)apus_round_up((p->in_bytes + p->out_bytes) * APUS_IMAGE_STRIP, 64) : 0;
    p->picture = filters && !p->columns.same && !p->rows.same ? (size_t)(d->in_h * p->out_bytes) : 0;
    return APUS_OK;
}

apus_status apus_image_resize_workspace(const apus_image_resize_desc *desc, size_t *bytes) {
    plan p;
    const apus_status status = plan_make(desc, &p);
    if (status != APUS_OK) return status;
    if (bytes == NULL) return APUS_ERROR_NULL;
    *bytes = 64 + p.tables + p.strips + p.picture; // 64: for a start at a line of the cache
    return APUS_OK;
}

static void copy_nearest(const apus_image_resize_desc *d, const plan *p, const uint8_t *x, uint8_t *y) {
    for (ptrdiff_t row = 0; row < d->out_h; row++) {
        const uint8_t *from = x + p->rows.first[row] * d->in_stride;
        uint8_t *to = y + row * p->out_bytes;
        for (ptrdiff_t column = 0; column < d->out_w; column++)
            for (ptrdiff_t c = 0; c < d->channels; c++)
                to[column * d->channels + c] = from[p->columns.first[column] * d->channels + c];
    }
}

// Sixteen rows at a time lie side by side, so that a column's sum over its neighbours is one over whole vectors.
static void horizontal(const apus_image_resize_desc *d, const plan *p, const apus_image_kernels *k, const uint8_t *x,
                       uint8_t *y, uint8_t *strips) {
    uint8_t *in = strips, *out = strips + p->in_bytes * APUS_IMAGE_STRIP;
    const ptrdiff_t pixel = d->channels * APUS_IMAGE_STRIP;
    const axis *a = &p->columns;
    for (ptrdiff_t row = 0; row < d->in_h; row += APUS_IMAGE_STRIP) {
        const uint8_t *rows[APUS_IMAGE_STRIP];
        for (ptrdiff_t i = 0; i < APUS_IMAGE_STRIP; i++) rows[i] = x + apus_min(row + i, d->in_h - 1) * d->in_stride;
        k->gather(p->in_bytes, rows, in);
        for (ptrdiff_t column = 0; column < d->out_w; column++)
            k->weighted(pixel, in + a->first[column] * pixel, pixel, a->taps[column], a->weights + column * a->most,
                        out + column * pixel);
        k->scatter(p->out_bytes, apus_min(APUS_IMAGE_STRIP, d->in_h - row), out, y + row * p->out_bytes, p->out_bytes);
    }
}

static void vertical(const plan *p, const apus_image_kernels *k, const uint8_t *x, ptrdiff_t stride, uint8_t *y) {
    const axis *a = &p->rows;
    for (ptrdiff_t row = 0; row < a->out; row++)
        k->weighted(p->out_bytes, x + a->first[row] * stride, stride, a->taps[row], a->weights + row * a->most,
                    y + row * p->out_bytes);
}

apus_status apus_image_resize(const apus_image_resize_desc *desc, const uint8_t *x, uint8_t *y, void *workspace,
                              size_t workspace_bytes) {
    plan p;
    size_t needed;
    apus_status status = plan_make(desc, &p);
    if (status != APUS_OK) return status;
    status = apus_image_resize_workspace(desc, &needed);
    if (status != APUS_OK) return status;
    if (x == NULL || y == NULL || workspace == NULL) return APUS_ERROR_NULL;
    if (workspace_bytes < needed) return APUS_ERROR_WORKSPACE;
    const size_t read = (size_t)((desc->in_h - 1) * desc->in_stride + p.in_bytes), written = (size_t)(desc->out_h * p.out_bytes);
    if (apus_overlap(x, read, y, written) || apus_overlap(x, read, workspace, needed) || apus_overlap(y, written, workspace, needed))
        return APUS_ERROR_ALIAS;

    uint8_t *at = (uint8_t *)(((uintptr_t)workspace + 63) & ~(uintptr_t)63);
    double *share = (double *)(void *)at;
    int32_t *table = (int32_t *)(share + apus_max(p.rows.most, p.columns.most) + 1);
    axis *axes[2] = {&p.rows, &p.columns};
    for (int i = 0; i < 2; i++) {
        axis *a = axes[i];
        a->first = table;
        a->taps = a->first + a->out;
        a->weights = a->taps + a->out;
        table = a->weights + a->out * a->most;
        axis_fill(a, desc->filter, share);
    }
    if (desc->filter == APUS_IMAGE_NEAREST) {
        copy_nearest(desc, &p, x, y);
        return APUS_OK;
    }
    const apus_image_kernels *kernels = APUS_VARIANT(apus_image_kernels);
    uint8_t *strips = at + p.tables, *picture = strips + p.strips;
    if (p.columns.same && p.rows.same) {
        for (ptrdiff_t row = 0; row < desc->in_h; row++)
            memcpy(y + row * p.out_bytes, x + row * desc->in_stride, (size_t)p.out_bytes);
    } else if (p.columns.same) {
        vertical(&p, kernels, x, desc->in_stride, y);
    } else if (p.rows.same) {
        horizontal(desc, &p, kernels, x, y, strips);
    } else {
        horizontal(desc, &p, kernels, x, picture, strips);
        vertical(&p, kernels, picture, p.out_bytes, y);
    }
    return APUS_OK;
}
