// Maximum pooling; included by pool_kernel_template.h.

// One output's best values and, where wanted, their places; count vectors from `image` on.
APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_best_any(const apus_pool_desc *d, const float *image, apus_pool_span rows,
                                                            apus_pool_span columns, ptrdiff_t top, ptrdiff_t left,
                                                            const int count, int part, const bool wanted, vec *best,
                                                            ivec *places) {
    const float *row = image + (rows.begin * d->in_w + columns.begin) * d->channels;
    const ivec first = apus_pool_splat((int32_t)((rows.begin - top) * d->window_w + columns.begin - left));
    APUS_POOL_UNROLL
    for (int v = 0; v < count; v++) {
        best[v] = apus_pool_load(row + v * APUS_POOL_WIDTH, part);
        places[v] = first;
    }
    for (ptrdiff_t ih = rows.begin; ih < rows.end; ih++, row += d->in_w * d->channels) {
        int32_t place = (int32_t)((ih - top) * d->window_w + columns.begin - left);
        const float *at = row;
        for (ptrdiff_t iw = columns.begin; iw < columns.end; iw++, at += d->channels, place++) {
            const ivec here = apus_pool_splat(place);
            APUS_POOL_UNROLL
            for (int v = 0; v < count; v++) {
                const vec candidate = apus_pool_load(at + v * APUS_POOL_WIDTH, part);
                const apus_pool_mask mask = apus_pool_takes(candidate, best[v]);
                best[v] = apus_pool_pick_floats(mask, candidate, best[v]);
                if (wanted) places[v] = apus_pool_pick(mask, here, places[v]);
            }
        }
    }
}

// The same for windows of a constant size, without NaN: false where there is one. The first place that holds the
// maximum follows from the maximum, so that no comparison waits for the one before.
APUS_ALWAYS_INLINE APUS_POOL_TARGET bool apus_pool_best_fixed(const float *at, ptrdiff_t row, ptrdiff_t column,
                                                              const int height, const int width, int32_t window_w,
                                                              int32_t first, const int count, int part,
                                                              const bool wanted, vec *best, ivec *places) {
    apus_pool_mask odd = apus_pool_no_lane();
    APUS_POOL_UNROLL
    for (int v = 0; v < count; v++) {
        vec c[9];
        APUS_POOL_UNROLL_WINDOW
        for (int i = 0; i < height * width; i++) {
            const float *p = at + i / width * row + i % width * column + v * APUS_POOL_WIDTH;
            c[i] = apus_pool_load(p, part);
            if (i % width < 2 && (height < 3 || i >= width)) APUS_POOL_AHEAD(p); // windows of three rows overlap
        }
        best[v] = c[0];
        APUS_POOL_UNROLL_WINDOW
        for (int i = 1; i < height * width; i++) best[v] = apus_pool_larger(c[i], best[v]);
        APUS_POOL_UNROLL_WINDOW
        for (int i = 0; i < height * width; i += 2)
            odd = apus_pool_either(odd, apus_pool_unordered(c[i], c[i + 1 < height * width ? i + 1 : i]));
        if (!wanted) continue;
        places[v] = apus_pool_splat(first + (height - 1) * window_w + width - 1);
        APUS_POOL_UNROLL_WINDOW
        for (int i = height * width - 2; i >= 0; i--)
            places[v] = apus_pool_pick(apus_pool_equal(c[i], best[v]),
                                       apus_pool_splat(first + i / width * window_w + i % width), places[v]);
    }
    return !apus_pool_any(odd);
}

// Any window without NaN, the maximum only.
APUS_ALWAYS_INLINE APUS_POOL_TARGET bool apus_pool_best_plain(const float *at, ptrdiff_t row, ptrdiff_t column,
                                                              ptrdiff_t height, ptrdiff_t width, const int count,
                                                              int part, vec *best) {
    apus_pool_mask odd = apus_pool_no_lane();
    APUS_POOL_UNROLL
    for (int v = 0; v < count; v++) best[v] = apus_pool_load(at + v * APUS_POOL_WIDTH, part);
    for (ptrdiff_t i = 0; i < height; i++, at += row)
        for (ptrdiff_t j = 0; j < width; j++) {
            APUS_POOL_UNROLL
            for (int v = 0; v < count; v++) {
                const vec candidate = apus_pool_load(at + j * column + v * APUS_POOL_WIDTH, part);
                best[v] = apus_pool_larger(candidate, best[v]);
                odd = apus_pool_either(odd, apus_pool_unordered(candidate, candidate));
            }
        }
    return !apus_pool_any(odd);
}

// The same for large windows, all channels: false where there is a NaN, with y undefined; see APUS_POOL_WIDE.
APUS_ALWAYS_INLINE APUS_POOL_TARGET bool apus_pool_best_wide(const apus_pool_desc *d, const float *image, apus_pool_span rows,
                                                             apus_pool_span columns, float *y) {
    float best[APUS_POOL_WIDE];
    apus_pool_mask odd = apus_pool_no_lane();
    for (ptrdiff_t begin = 0; begin < d->channels; begin += APUS_POOL_WIDE) {
        const ptrdiff_t n = apus_min(APUS_POOL_WIDE, d->channels - begin);
        const float *at = image + (rows.begin * d->in_w + columns.begin) * d->channels + begin;
        memcpy(best, at, (size_t)n * sizeof *best);
        memset(best + n, 0, (size_t)apus_min(APUS_POOL_WIDTH, APUS_POOL_WIDE - n) * sizeof *best);
        for (ptrdiff_t ih = rows.begin; ih < rows.end; ih++)
            for (ptrdiff_t iw = columns.begin; iw < columns.end; iw++) {
                at = image + (ih * d->in_w + iw) * d->channels + begin;
#define APUS_POOL_BODY(count, part)                                                                 \
    do {                                                                                            \
        APUS_POOL_UNROLL                                                                            \
        for (int v = 0; v < count; v++) {                                                           \
            float *to = best + c + v * APUS_POOL_WIDTH;                                             \
            const vec x = apus_pool_load(at + c + v * APUS_POOL_WIDTH, part);                       \
            APUS_POOL_FAR_AHEAD(at + c + v * APUS_POOL_WIDTH);                                      \
            odd = apus_pool_either(odd, apus_pool_unordered(x, x));                                 \
            apus_pool_store(to, APUS_POOL_WIDTH, apus_pool_larger(x, apus_pool_load(to, APUS_POOL_WIDTH))); \
        }                                                                                           \
    } while (0)
                APUS_POOL_CHANNELS(0, n, APUS_POOL_BODY);
#undef APUS_POOL_BODY
            }
        memcpy(y + begin, best, (size_t)n * sizeof *y);
    }
    return !apus_pool_any(odd);
}

APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_best(const apus_pool_desc *d, const float *image, apus_pool_span rows,
                                                        apus_pool_span columns, ptrdiff_t top, ptrdiff_t left,
                                                        const int count, int part, const bool wanted, vec *best,
                                                        ivec *places) {
    const ptrdiff_t height = rows.end - rows.begin, width = columns.end - columns.begin;
    const ptrdiff_t row = d->in_w * d->channels, column = d->channels;
    const float *at = image + rows.begin * row + columns.begin * column;
    const int32_t window_w = (int32_t)d->window_w;
    const int32_t first = (int32_t)((rows.begin - top) * d->window_w + columns.begin - left);
    bool found = false;
    if (height == 2 && width == 2)
        found = apus_pool_best_fixed(at, row, column, 2, 2, window_w, first, count, part, wanted, best, places);
    else if (height == 3 && width == 3)
        found = apus_pool_best_fixed(at, row, column, 3, 3, window_w, first, count, part, wanted, best, places);
    else if (height == 1 && width == 2)
        found = apus_pool_best_fixed(at, row, column, 1, 2, window_w, first, count, part, wanted, best, places);
    else if (!wanted)
        found = apus_pool_best_plain(at, row, column, height, width, count, part, best);
    if (!found) apus_pool_best_any(d, image, rows, columns, top, left, count, part, wanted, best, places);
}

// Of `count` vectors, after all their values: lines that are streamed are written whole, one after the other.
APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_put_places(uint8_t *to, const int count, int part, const ivec *places,
                                                              const bool stream) {
    APUS_POOL_UNROLL
    for (int v = 0; v < count; v++) {
        if (stream) apus_pool_stream_bytes(to + v * APUS_POOL_WIDTH, places[v]);
        else apus_pool_store_bytes(to + v * APUS_POOL_WIDTH, part, places[v]);
    }
}

#include "pool_max_dense_template.h"

APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_max_rows(const apus_pool_work *w, ptrdiff_t begin, ptrdiff_t end,
                                                            const bool wanted, const bool stream) {
    const apus_pool_desc copy = *w->d, *d = &copy; // a copy: stores of bytes may alias the caller's
    const ptrdiff_t out_h = w->out_h, out_w = w->out_w;
    float *y = w->y;
    uint8_t *argmax = w->argmax;
    for (ptrdiff_t row = begin; row < end; row++) {
        const ptrdiff_t oh = row % out_h, top = oh * d->stride_h - d->pad_top;
        const float *image = w->x + row / out_h * d->in_h * d->in_w * d->channels;
        const apus_pool_span rows = apus_pool_inside(oh, d->in_h, d->window_h, d->stride_h, d->pad_top);
        const ptrdiff_t start = row * out_w * d->channels;
        if (apus_pool_narrow(d) &&
            apus_pool_narrow_row(d, image, rows, top, out_w, false, wanted, y + start, wanted ? argmax + start : NULL))
            continue;
        const bool dense = d->window_w == 3 && d->stride_w == 1 && rows.end - rows.begin == 3;
        const ptrdiff_t inside = dense ? apus_min(out_w, d->in_w - 2 + d->pad_left) : 0;
        for (ptrdiff_t ow = 0; ow < out_w; ow++) {
            if (ow == d->pad_left && ow < inside) {
                apus_pool_dense_row(d, image, rows, ow, inside, wanted, y + start, wanted ? argmax + start : NULL, stream);
                ow = inside - 1;
                continue;
            }
            const apus_pool_span columns = apus_pool_inside(ow, d->in_w, d->window_w, d->stride_w, d->pad_left);
            const ptrdiff_t out = (row * out_w + ow) * d->channels, left = ow * d->stride_w - d->pad_left;
            vec best[APUS_POOL_VECTORS];
            ivec places[APUS_POOL_VECTORS];
            if (!wanted && apus_pool_wide(d, rows.end - rows.begin, columns.end - columns.begin) &&
                apus_pool_best_wide(d, image, rows, columns, y + out))
                continue;
#define APUS_POOL_BODY(count, part)                                                                             \
    do {                                                                                                        \
        apus_pool_best(d, image + c, rows, columns, top, left, count, part, wanted, best, places);              \
        APUS_POOL_UNROLL                                                                                        \
        for (int v = 0; v < count; v++) apus_pool_put(y + out + c + v * APUS_POOL_WIDTH, part, best[v], stream); \
        if (wanted) apus_pool_put_places(argmax + out + c, count, part, places, stream);                        \
        if (wanted && !stream) __builtin_prefetch(argmax + out + c + 1024, 1, 3); /* a store that waits holds up all later */ \
    } while (0)
            APUS_POOL_CHANNELS(0, d->channels, APUS_POOL_BODY);
#undef APUS_POOL_BODY
        }
    }
}

APUS_POOL_TARGET static void apus_pool_max_forward(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const apus_pool_work *w = context;
    const bool stream = apus_pool_streams(w, w->y) && (uintptr_t)w->argmax % APUS_POOL_WIDTH == 0;
    if (w->argmax != NULL && stream) apus_pool_max_rows(w, begin, end, true, true);
    else if (w->argmax != NULL) apus_pool_max_rows(w, begin, end, true, false);
    else if (stream) apus_pool_max_rows(w, begin, end, false, true);
    else apus_pool_max_rows(w, begin, end, false, false);
    if (stream) apus_pool_stream_end();
}

// One input's gradient: the dy of those covering outputs that it won, `height` rows of `width` outputs from `out` on;
// its place in the window of the first one is `place`.
APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_won(const apus_pool_work *w, const apus_pool_desc *d, ptrdiff_t out,
                                                       ptrdiff_t place, ptrdiff_t height, ptrdiff_t width,
                                                       const int count, int part, float *dx, const bool stream) {
    vec sums[APUS_POOL_VECTORS] = {{0}};
    for (ptrdiff_t i = 0; i < height; i++, out += w->out_w * d->channels, place -= d->stride_h * d->window_w) {
        for (ptrdiff_t j = 0; j < width; j++) {
            const ivec here = apus_pool_splat((int32_t)(place - j * d->stride_w));
            APUS_POOL_UNROLL
            for (int v = 0; v < count; v++) {
                const ptrdiff_t at = out + j * d->channels + v * APUS_POOL_WIDTH;
                const apus_pool_mask mask = apus_pool_same(apus_pool_load_bytes(w->winners + at, part), here);
                sums[v] += apus_pool_keep(mask, apus_pool_load(w->dy + at, part));
                if (i == height - 1 && j == width - 1) APUS_POOL_AHEAD(w->dy + at); // the others were read before
            }
        }
    }
    APUS_POOL_UNROLL
    for (int v = 0; v < count; v++) apus_pool_put(dx + v * APUS_POOL_WIDTH, part, sums[v], stream);
}

// The same where windows lie apart: one output's gradients in one row of its cell, the pixels up to the next window.
// The first `window` pixels have the places from `place` on; the rest belong to none.
APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_won_apart(const apus_pool_work *w, ptrdiff_t channels, ptrdiff_t out, int32_t place,
                                                             ptrdiff_t window, ptrdiff_t cell, const int count,
                                                             int part, float *dx, const bool stream) {
    vec gradient[APUS_POOL_VECTORS];
    ivec winners[APUS_POOL_VECTORS];
    APUS_POOL_UNROLL
    for (int v = 0; v < count; v++) {
        gradient[v] = apus_pool_load(w->dy + out + v * APUS_POOL_WIDTH, part);
        winners[v] = apus_pool_load_bytes(w->winners + out + v * APUS_POOL_WIDTH, part);
    }
    for (ptrdiff_t i = 0; i < cell; i++, dx += channels) {
        const ivec here = apus_pool_splat(i < window ? place + (int32_t)i : -1);
        APUS_POOL_UNROLL
        for (int v = 0; v < count; v++)
            apus_pool_put(dx + v * APUS_POOL_WIDTH, part,
                          apus_pool_keep(apus_pool_same(winners[v], here), gradient[v]), stream);
    }
}

APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_max_backward_rows(const apus_pool_work *w, ptrdiff_t begin,
                                                                     ptrdiff_t end, const bool stream) {
    const apus_pool_desc copy = *w->d, *d = &copy;
    for (ptrdiff_t row = begin; row < end; row++) {
        const ptrdiff_t image = row / d->in_h, ih = row % d->in_h;
        if (w->apart) {
            const apus_pool_cell down = apus_pool_cell_of(ih, w->out_h, d->window_h, d->stride_h);
            if (apus_pool_narrow(d)) {
                const ptrdiff_t first = (image * w->out_h + down.output) * w->out_w * d->channels;
                float *dx = w->dx + row * d->in_w * d->channels;
                if (!down.inside) memset(dx, 0, (size_t)(d->in_w * d->channels) * sizeof *dx);
                else
                    apus_pool_narrow_apart(d, w->out_w, w->dy + first, w->winners + first, (int32_t)(down.place * d->window_w), 0,
                                           false, dx);
                continue;
            }
            for (ptrdiff_t ow = 0; ow < w->out_w; ow++) {
                const ptrdiff_t out = ((image * w->out_h + down.output) * w->out_w + ow) * d->channels;
                const ptrdiff_t first = ow * d->stride_w, window = down.inside ? d->window_w : 0;
                const ptrdiff_t cell = (ow == w->out_w - 1 ? d->in_w : first + d->stride_w) - first;
                const int32_t place = (int32_t)(down.place * d->window_w);
                float *dx = w->dx + (row * d->in_w + first) * d->channels;
#define APUS_POOL_BODY(count, part) apus_pool_won_apart(w, d->channels, out + c, place, window, cell, count, part, dx + c, stream)
                APUS_POOL_CHANNELS(0, d->channels, APUS_POOL_BODY);
#undef APUS_POOL_BODY
            }
            continue;
        }
        const apus_pool_span down = apus_pool_covering(ih, w->out_h, d->window_h, d->stride_h, d->pad_top);
        for (ptrdiff_t iw = 0; iw < d->in_w; iw++) {
            const apus_pool_span across = apus_pool_covering(iw, w->out_w, d->window_w, d->stride_w, d->pad_left);
            float *dx = w->dx + (row * d->in_w + iw) * d->channels;
            const ptrdiff_t out = ((image * w->out_h + down.begin) * w->out_w + across.begin) * d->channels;
            const ptrdiff_t place = (ih - down.begin * d->stride_h + d->pad_top) * d->window_w + iw -
                                    across.begin * d->stride_w + d->pad_left;
            const ptrdiff_t height = down.end - down.begin, width = across.end - across.begin;
#define APUS_POOL_BODY(count, part)                                                                          \
    do {                                                                                                     \
        if (height == 3 && width == 3) apus_pool_won(w, d, out + c, place, 3, 3, count, part, dx + c, stream); \
        else if (height == 2 && width == 2) apus_pool_won(w, d, out + c, place, 2, 2, count, part, dx + c, stream); \
        else apus_pool_won(w, d, out + c, place, height, width, count, part, dx + c, stream);                \
    } while (0)
            APUS_POOL_CHANNELS(0, d->channels, APUS_POOL_BODY);
#undef APUS_POOL_BODY
        }
    }
}

APUS_POOL_TARGET static void apus_pool_max_backward(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const apus_pool_work work = *(const apus_pool_work *)context, *w = &work;
    if (apus_pool_streams(w, w->dx)) {
        apus_pool_max_backward_rows(w, begin, end, true);
        apus_pool_stream_end();
    } else {
        apus_pool_max_backward_rows(w, begin, end, false);
    }
}

// Adds one output's gradient to its winners; x and dx from the image's channel c on, dy likewise.
APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_scatter(const apus_pool_desc *d, const float *x, const float *dy,
                                                           apus_pool_span rows, apus_pool_span columns, ptrdiff_t top,
                                                           ptrdiff_t left, const int count, int part, float *dx) {
    vec best[APUS_POOL_VECTORS], gradient[APUS_POOL_VECTORS];
    ivec places[APUS_POOL_VECTORS];
    apus_pool_best(d, x, rows, columns, top, left, count, part, true, best, places);
    APUS_POOL_UNROLL
    for (int v = 0; v < count; v++) gradient[v] = apus_pool_load(dy + v * APUS_POOL_WIDTH, part);
    for (ptrdiff_t ih = rows.begin; ih < rows.end; ih++) {
        float *at = dx + (ih * d->in_w + columns.begin) * d->channels;
        for (ptrdiff_t iw = columns.begin; iw < columns.end; iw++, at += d->channels) {
            const ivec here = apus_pool_splat((int32_t)((ih - top) * d->window_w + iw - left));
            APUS_POOL_UNROLL
            for (int v = 0; v < count; v++) {
                const vec before = apus_pool_load(at + v * APUS_POOL_WIDTH, part);
                apus_pool_store(at + v * APUS_POOL_WIDTH, part, before + apus_pool_keep(apus_pool_same(places[v], here), gradient[v]));
            }
        }
    }
}

// Scatters within one image's block of channels: overlapping windows meet in one thread only.
APUS_POOL_TARGET static void apus_pool_max_recompute(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const apus_pool_work work = *(const apus_pool_work *)context, *w = &work;
    const apus_pool_desc copy = *w->d, *d = &copy;
    const ptrdiff_t blocks = apus_ceil_div(d->channels, APUS_POOL_CHANNEL_BLOCK), pixels = d->in_h * d->in_w;
    for (ptrdiff_t task = begin; task < end; task++) {
        const ptrdiff_t first = task % blocks * APUS_POOL_CHANNEL_BLOCK;
        const ptrdiff_t last = apus_min(d->channels, first + APUS_POOL_CHANNEL_BLOCK);
        const float *x = w->x + task / blocks * pixels * d->channels;
        const float *dy = w->dy + task / blocks * w->out_h * w->out_w * d->channels;
        float *dx = w->dx + task / blocks * pixels * d->channels;
        ptrdiff_t cleared = 0; // rows of dx, just before the first window that reaches them
        for (ptrdiff_t oh = 0; oh <= w->out_h; oh++) {
            const apus_pool_span rows = oh == w->out_h ? (apus_pool_span){d->in_h, d->in_h}
                                                       : apus_pool_inside(oh, d->in_h, d->window_h, d->stride_h, d->pad_top);
            for (; cleared < rows.end; cleared++)
                for (ptrdiff_t iw = 0; iw < d->in_w; iw++)
                    memset(dx + (cleared * d->in_w + iw) * d->channels + first, 0, (size_t)(last - first) * sizeof(float));
            for (ptrdiff_t ow = 0; ow < w->out_w && oh < w->out_h; ow++) {
                const apus_pool_span columns = apus_pool_inside(ow, d->in_w, d->window_w, d->stride_w, d->pad_left);
                const ptrdiff_t top = oh * d->stride_h - d->pad_top, left = ow * d->stride_w - d->pad_left;
                const float *gradients = dy + (oh * w->out_w + ow) * d->channels;
#define APUS_POOL_BODY(count, part) \
    apus_pool_scatter(d, x + c, gradients + c, rows, columns, top, left, count, part, dx + c)
                APUS_POOL_CHANNELS(first, last, APUS_POOL_BODY);
#undef APUS_POOL_BODY
            }
        }
    }
}

// One output's cell where windows lie apart: its winner has dy, everything else of the cell 0.
APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_cell_gradient(const apus_pool_desc *d, const float *x, const float *dy,
                                                                 apus_pool_span rows, apus_pool_span columns,
                                                                 const int count, int part, float *dx, const bool stream) {
    vec best[APUS_POOL_VECTORS], gradient[APUS_POOL_VECTORS];
    ivec places[APUS_POOL_VECTORS];
    const apus_pool_span down = {rows.begin, apus_min(rows.end, rows.begin + d->window_h)};
    const apus_pool_span across = {columns.begin, apus_min(columns.end, columns.begin + d->window_w)};
    apus_pool_best(d, x, down, across, rows.begin, columns.begin, count, part, true, best, places);
    APUS_POOL_UNROLL
    for (int v = 0; v < count; v++) gradient[v] = apus_pool_load(dy + v * APUS_POOL_WIDTH, part);
    for (ptrdiff_t ih = rows.begin; ih < rows.end; ih++) {
        float *at = dx + (ih * d->in_w + columns.begin) * d->channels;
        for (ptrdiff_t iw = columns.begin; iw < columns.end; iw++, at += d->channels) {
            const ptrdiff_t place = (ih - rows.begin) * d->window_w + iw - columns.begin;
            const ivec here = apus_pool_splat(ih < down.end && iw < across.end ? (int32_t)place : -1);
            APUS_POOL_UNROLL
            for (int v = 0; v < count; v++)
                apus_pool_put(at + v * APUS_POOL_WIDTH, part,
                              apus_pool_keep(apus_pool_same(places[v], here), gradient[v]), stream);
        }
    }
}

APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_cell_rows(const apus_pool_work *w, ptrdiff_t begin, ptrdiff_t end,
                                                             const bool stream) {
    const apus_pool_desc copy = *w->d, *d = &copy;
    for (ptrdiff_t row = begin; row < end; row++) {
        const ptrdiff_t oh = row % w->out_h, image = row / w->out_h * d->in_h * d->in_w * d->channels;
        const apus_pool_span rows = {oh * d->stride_h, oh == w->out_h - 1 ? d->in_h : (oh + 1) * d->stride_h};
        for (ptrdiff_t ow = 0; ow < w->out_w; ow++) {
            const apus_pool_span columns = {ow * d->stride_w, ow == w->out_w - 1 ? d->in_w : (ow + 1) * d->stride_w};
            const float *dy = w->dy + (row * w->out_w + ow) * d->channels;
#define APUS_POOL_BODY(count, part) \
    apus_pool_cell_gradient(d, w->x + image + c, dy + c, rows, columns, count, part, w->dx + image + c, stream)
            APUS_POOL_CHANNELS(0, d->channels, APUS_POOL_BODY);
#undef APUS_POOL_BODY
        }
    }
}

APUS_POOL_TARGET static void apus_pool_max_recompute_apart(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const apus_pool_work work = *(const apus_pool_work *)context, *w = &work;
    if (apus_pool_streams(w, w->dx)) {
        apus_pool_cell_rows(w, begin, end, true);
        apus_pool_stream_end();
    } else {
        apus_pool_cell_rows(w, begin, end, false);
    }
}
