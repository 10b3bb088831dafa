// Average pooling; included by pool_kernel_template.h.

APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_mean(const apus_pool_desc *d, const float *image, apus_pool_span rows,
                                                        apus_pool_span columns, float share, const int count, int part,
                                                        float *y, const bool stream) {
    vec sums[APUS_POOL_VECTORS] = {{0}};
    for (ptrdiff_t ih = rows.begin; ih < rows.end; ih++) {
        const float *at = image + (ih * d->in_w + columns.begin) * d->channels;
        vec row[APUS_POOL_VECTORS] = {{0}};
        for (ptrdiff_t iw = columns.begin; iw < columns.end; iw++, at += d->channels) {
            APUS_POOL_UNROLL
            for (int v = 0; v < count; v++) {
                row[v] += apus_pool_load(at + v * APUS_POOL_WIDTH, part);
                APUS_POOL_AHEAD(at + v * APUS_POOL_WIDTH);
            }
        }
        APUS_POOL_UNROLL
        for (int v = 0; v < count; v++) sums[v] += row[v];
    }
    APUS_POOL_UNROLL
    for (int v = 0; v < count; v++) apus_pool_put(y + v * APUS_POOL_WIDTH, part, sums[v] * share, stream);
}

// One pixel's channels, `n` of them, added to its row's sums; from the last of a row on to those of the window.
APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_add_pixel(const float *at, ptrdiff_t n, const bool first, const bool last,
                                                             float *line, float *sums) {
#define APUS_POOL_BODY(count, part)                                                  \
    do {                                                                             \
        APUS_POOL_UNROLL                                                             \
        for (int v = 0; v < count; v++) {                                            \
            const ptrdiff_t k = c + v * APUS_POOL_WIDTH;                             \
            vec sum = {0};                                                           \
            if (!first) sum = apus_pool_load(line + k, APUS_POOL_WIDTH);             \
            sum += apus_pool_load(at + k, part);                                     \
            APUS_POOL_FAR_AHEAD(at + k);                                             \
            if (!last) apus_pool_store(line + k, APUS_POOL_WIDTH, sum);              \
            else apus_pool_store(sums + k, APUS_POOL_WIDTH, apus_pool_load(sums + k, APUS_POOL_WIDTH) + sum); \
        }                                                                            \
    } while (0)
    APUS_POOL_CHANNELS(0, n, APUS_POOL_BODY);
#undef APUS_POOL_BODY
}

// The same for large windows, in the same order; see APUS_POOL_WIDE.
APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_mean_wide(const apus_pool_desc *d, const float *image, apus_pool_span rows,
                                                             apus_pool_span columns, float share, float *y) {
    float line[APUS_POOL_WIDE], sums[APUS_POOL_WIDE];
    for (ptrdiff_t begin = 0; begin < d->channels; begin += APUS_POOL_WIDE) {
        const ptrdiff_t n = apus_min(APUS_POOL_WIDE, d->channels - begin), last = columns.end - 1;
        memset(sums, 0, sizeof sums);
        for (ptrdiff_t ih = rows.begin; ih < rows.end; ih++)
            for (ptrdiff_t iw = columns.begin; iw <= last; iw++) {
                const float *at = image + (ih * d->in_w + iw) * d->channels + begin;
                if (iw > columns.begin && iw < last) apus_pool_add_pixel(at, n, false, false, line, sums);
                else if (iw < last) apus_pool_add_pixel(at, n, true, false, line, sums);
                else if (iw > columns.begin) apus_pool_add_pixel(at, n, false, true, line, sums);
                else apus_pool_add_pixel(at, n, true, true, line, sums);
            }
#define APUS_POOL_BODY(count, part)                    \
    for (int v = 0; v < count; v++)                    \
    apus_pool_store(y + begin + c + v * APUS_POOL_WIDTH, part, apus_pool_load(sums + c + v * APUS_POOL_WIDTH, APUS_POOL_WIDTH) * share)
        APUS_POOL_CHANNELS(0, n, APUS_POOL_BODY);
#undef APUS_POOL_BODY
    }
}

// The same for windows of a constant size, in the same order.
APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_mean_fixed(const float *at, ptrdiff_t row, ptrdiff_t column,
                                                              const int height, const int width, float share,
                                                              const int count, int part, float *y, const bool stream) {
    APUS_POOL_UNROLL
    for (int v = 0; v < count; v++) {
        vec sum = {0};
        APUS_POOL_UNROLL_WINDOW
        for (int i = 0; i < height; i++) {
            vec line = {0};
            APUS_POOL_UNROLL_WINDOW
            for (int j = 0; j < width; j++) {
                const float *p = at + i * row + j * column + v * APUS_POOL_WIDTH;
                line += apus_pool_load(p, part);
                if (j < 2 && (height < 3 || i > 0)) APUS_POOL_AHEAD(p); // windows of three rows overlap
            }
            sum += line;
        }
        apus_pool_put(y + v * APUS_POOL_WIDTH, part, sum * share, stream);
    }
}

APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_average_rows(const apus_pool_work *w, ptrdiff_t begin, ptrdiff_t end,
                                                                const bool stream) {
    const apus_pool_desc copy = *w->d, *d = &copy; // a copy: stores of vectors may alias the caller's
    for (ptrdiff_t row = begin; row < end; row++) {
        const float *image = w->x + row / w->out_h * d->in_h * d->in_w * d->channels;
        const apus_pool_span rows = apus_pool_inside(row % w->out_h, d->in_h, d->window_h, d->stride_h, d->pad_top);
        if (apus_pool_narrow(d)) {
            apus_pool_narrow_row(d, image, rows, 0, w->out_w, true, false, w->y + row * w->out_w * d->channels, NULL);
            continue;
        }
        for (ptrdiff_t ow = 0; ow < w->out_w; ow++) {
            const apus_pool_span columns = apus_pool_inside(ow, d->in_w, d->window_w, d->stride_w, d->pad_left);
            const float share = apus_pool_share(d, rows, columns);
            float *y = w->y + (row * w->out_w + ow) * d->channels;
            const ptrdiff_t height = rows.end - rows.begin, width = columns.end - columns.begin, line = d->in_w * d->channels;
            const float *at = image + rows.begin * line + columns.begin * d->channels;
            if (apus_pool_wide(d, height, width)) {
                apus_pool_mean_wide(d, image, rows, columns, share, y);
                continue;
            }
#define APUS_POOL_BODY(count, part)                                                                             \
    do {                                                                                                        \
        if (height == 2 && width == 2)                                                                          \
            apus_pool_mean_fixed(at + c, line, d->channels, 2, 2, share, count, part, y + c, stream);           \
        else if (height == 3 && width == 3)                                                                     \
            apus_pool_mean_fixed(at + c, line, d->channels, 3, 3, share, count, part, y + c, stream);           \
        else                                                                                                    \
            apus_pool_mean(d, image + c, rows, columns, share, count, part, y + c, stream);                     \
    } while (0)
            APUS_POOL_CHANNELS(0, d->channels, APUS_POOL_BODY);
#undef APUS_POOL_BODY
        }
    }
}

APUS_POOL_TARGET static void apus_pool_average_forward(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const apus_pool_work work = *(const apus_pool_work *)context, *w = &work;
    if (apus_pool_streams(w, w->y)) {
        apus_pool_average_rows(w, begin, end, true);
        apus_pool_stream_end();
    } else {
        apus_pool_average_rows(w, begin, end, false);
    }
}

// One input's gradient where all windows that hold it lie inside: `height` rows of `width` outputs from dy on.
APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_equal_shares(const float *dy, ptrdiff_t row, ptrdiff_t column,
                                                                ptrdiff_t height, ptrdiff_t width, float share,
                                                                const int count, int part, float *dx, const bool stream) {
    vec sums[APUS_POOL_VECTORS] = {{0}};
    for (ptrdiff_t i = 0; i < height; i++, dy += row)
        for (ptrdiff_t j = 0; j < width; j++) {
            APUS_POOL_UNROLL
            for (int v = 0; v < count; v++) {
                sums[v] += apus_pool_load(dy + j * column + v * APUS_POOL_WIDTH, part);
                if (i == height - 1 && j == width - 1) APUS_POOL_AHEAD(dy + j * column + v * APUS_POOL_WIDTH);
            }
        }
    APUS_POOL_UNROLL
    for (int v = 0; v < count; v++) apus_pool_put(dx + v * APUS_POOL_WIDTH, part, sums[v] * share, stream);
}

// Whether the windows of the outputs in `span` lie inside the input along one axis, or count as if they did.
static inline bool apus_pool_all_inside(const apus_pool_desc *d, apus_pool_span span, ptrdiff_t in, ptrdiff_t window,
                                        ptrdiff_t stride, ptrdiff_t pad) {
    return d->count_padding || (span.begin * stride >= pad && (span.end - 1) * stride - pad + window <= in);
}

APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_shares(const apus_pool_work *w, const apus_pool_desc *d, ptrdiff_t image, apus_pool_span down,
                                                          apus_pool_span across, ptrdiff_t c, const int count, int part,
                                                          float *dx, const bool stream) {
    vec sums[APUS_POOL_VECTORS] = {{0}};
    for (ptrdiff_t oh = down.begin; oh < down.end; oh++) {
        const apus_pool_span rows = apus_pool_inside(oh, d->in_h, d->window_h, d->stride_h, d->pad_top);
        for (ptrdiff_t ow = across.begin; ow < across.end; ow++) {
            const apus_pool_span columns = apus_pool_inside(ow, d->in_w, d->window_w, d->stride_w, d->pad_left);
            const float *dy = w->dy + ((image * w->out_h + oh) * w->out_w + ow) * d->channels + c;
            const float share = apus_pool_share(d, rows, columns);
            APUS_POOL_UNROLL
            for (int v = 0; v < count; v++) sums[v] += apus_pool_load(dy + v * APUS_POOL_WIDTH, part) * share;
        }
    }
    APUS_POOL_UNROLL
    for (int v = 0; v < count; v++) apus_pool_put(dx + v * APUS_POOL_WIDTH, part, sums[v], stream);
}

// The same where windows lie apart: one output's share for one pixel, or 0 (share 0) past the window.
APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_share_apart(const float *dy, float share, const int count, int part,
                                                               float *dx, const bool stream) {
    APUS_POOL_UNROLL
    for (int v = 0; v < count; v++) {
        const vec gradient = share == 0 ? (vec){0} : apus_pool_load(dy + v * APUS_POOL_WIDTH, part) * share;
        apus_pool_put(dx + v * APUS_POOL_WIDTH, part, gradient, stream);
    }
}

APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_average_backward_rows(const apus_pool_work *w, ptrdiff_t begin,
                                                                         ptrdiff_t end, const bool stream) {
    const apus_pool_desc copy = *w->d, *d = &copy;
    const ptrdiff_t channels = copy.channels;
    const float whole = apus_pool_share(d, (apus_pool_span){0, d->window_h}, (apus_pool_span){0, d->window_w});
    for (ptrdiff_t row = begin; row < end; row++) {
        const ptrdiff_t image = row / d->in_h, ih = row % d->in_h;
        if (w->apart) {
            const apus_pool_cell down = apus_pool_cell_of(ih, w->out_h, d->window_h, d->stride_h);
            if (apus_pool_narrow(d)) {
                float *dx = w->dx + row * d->in_w * channels;
                if (!down.inside) memset(dx, 0, (size_t)(d->in_w * channels) * sizeof *dx);
                else
                    apus_pool_narrow_apart(d, w->out_w, w->dy + (image * w->out_h + down.output) * w->out_w * channels, NULL, 0,
                                           whole, true, dx);
                continue;
            }
            for (ptrdiff_t ow = 0; ow < w->out_w; ow++) {
                const float *dy = w->dy + ((image * w->out_h + down.output) * w->out_w + ow) * d->channels;
                const ptrdiff_t first = ow * d->stride_w, window = down.inside ? d->window_w : 0;
                const ptrdiff_t cell = (ow == w->out_w - 1 ? d->in_w : first + d->stride_w) - first;
                float *dx = w->dx + (row * d->in_w + first) * channels;
                for (ptrdiff_t i = 0; i < cell; i++, dx += channels) { // pixel by pixel: one run of memory
                    const float share = i < window ? whole : 0;
#define APUS_POOL_BODY(count, part) apus_pool_share_apart(dy + c, share, count, part, dx + c, stream)
                    APUS_POOL_CHANNELS(0, channels, APUS_POOL_BODY);
#undef APUS_POOL_BODY
                }
            }
            continue;
        }
        const apus_pool_span down = apus_pool_covering(ih, w->out_h, d->window_h, d->stride_h, d->pad_top);
        const bool even = apus_pool_all_inside(d, down, d->in_h, d->window_h, d->stride_h, d->pad_top);
        for (ptrdiff_t iw = 0; iw < d->in_w; iw++) {
            const apus_pool_span across = apus_pool_covering(iw, w->out_w, d->window_w, d->stride_w, d->pad_left);
            float *dx = w->dx + (row * d->in_w + iw) * d->channels;
            const float *dy = w->dy + ((image * w->out_h + down.begin) * w->out_w + across.begin) * d->channels;
            const ptrdiff_t height = down.end - down.begin, width = across.end - across.begin;
            const bool equal = even && apus_pool_all_inside(d, across, d->in_w, d->window_w, d->stride_w, d->pad_left);
#define APUS_POOL_SHARES(height, width, count, part) \
    apus_pool_equal_shares(dy + c, w->out_w * d->channels, d->channels, height, width, whole, count, part, dx + c, stream)
#define APUS_POOL_BODY(count, part)                                                             \
    do {                                                                                        \
        if (equal && height == 3 && width == 3) APUS_POOL_SHARES(3, 3, count, part);            \
        else if (equal) APUS_POOL_SHARES(height, width, count, part);                           \
        else apus_pool_shares(w, d, image, down, across, c, count, part, dx + c, stream);       \
    } while (0)
            APUS_POOL_CHANNELS(0, d->channels, APUS_POOL_BODY);
#undef APUS_POOL_BODY
        }
    }
}

APUS_POOL_TARGET static void apus_pool_average_backward(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const apus_pool_work work = *(const apus_pool_work *)context, *w = &work;
    if (apus_pool_streams(w, w->dx)) {
        apus_pool_average_backward_rows(w, begin, end, true);
        apus_pool_stream_end();
    } else {
        apus_pool_average_backward_rows(w, begin, end, false);
    }
}
