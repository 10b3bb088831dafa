// The pooling passes of one instruction set, across channels, on the compilers' vector types (GCC and
// Clang). The including file defines APUS_POOL_TARGET, APUS_POOL_TABLE, APUS_POOL_WIDTH (floats a
// vector), and apus_pool_load_part / apus_pool_store_part: the first n < width floats of a vector.
// Backward passes gather, so every gradient is written once, by one thread, in the order of the outputs.
// Channels go four vectors at a time: their comparisons overlap, and share the walk over the window.
#include <string.h>

typedef float vec __attribute__((vector_size(APUS_POOL_WIDTH * 4)));
typedef float vec_unaligned __attribute__((vector_size(APUS_POOL_WIDTH * 4), aligned(4), may_alias));
typedef int32_t ivec __attribute__((vector_size(APUS_POOL_WIDTH * 4)));
typedef uint8_t bytes __attribute__((vector_size(APUS_POOL_WIDTH)));

#if defined(__clang__)
#define APUS_POOL_UNROLL _Pragma("clang loop unroll(full)")
#else
#define APUS_POOL_UNROLL _Pragma("GCC unroll 4")
#endif
#define APUS_POOL_VECTORS 4

// Runs `body` over a pixel's channels [first, last): with count = 4 and 1 whole vectors, then a part.
#define APUS_POOL_CHANNELS(first, last, body)                                                           \
    do {                                                                                                \
        ptrdiff_t c = (first);                                                                          \
        for (; c + APUS_POOL_VECTORS * APUS_POOL_WIDTH <= (last); c += APUS_POOL_VECTORS * APUS_POOL_WIDTH) \
            body(APUS_POOL_VECTORS, APUS_POOL_WIDTH);                                                   \
        for (; c + APUS_POOL_WIDTH <= (last); c += APUS_POOL_WIDTH) body(1, APUS_POOL_WIDTH);           \
        const int part = (int)((last) - c);                                                             \
        if (part > 0) body(1, part);                                                                    \
    } while (0)

// `part` is APUS_POOL_WIDTH for a whole vector.
APUS_ALWAYS_INLINE APUS_POOL_TARGET vec apus_pool_load(const float *p, int part) {
    return part == APUS_POOL_WIDTH ? (vec)*(const vec_unaligned *)p : (vec)apus_pool_load_part(p, part);
}
APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_store(float *p, int part, vec v) {
    if (part == APUS_POOL_WIDTH) *(vec_unaligned *)p = v;
    else apus_pool_store_part(p, part, v);
}
APUS_ALWAYS_INLINE APUS_POOL_TARGET ivec apus_pool_load_bytes(const uint8_t *p, int part) {
    bytes b = {0};
    if (part == APUS_POOL_WIDTH) memcpy(&b, p, sizeof b);
    else memcpy(&b, p, (size_t)part);
    return __builtin_convertvector(b, ivec);
}
APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_store_bytes(uint8_t *p, int part, ivec v) {
    const bytes b = __builtin_convertvector(v, bytes);
    if (part == APUS_POOL_WIDTH) memcpy(p, &b, sizeof b);
    else memcpy(p, &b, (size_t)part);
}
// Whether candidate displaces best: larger, or the first NaN.
APUS_ALWAYS_INLINE APUS_POOL_TARGET ivec apus_pool_takes(vec candidate, vec best) {
    return ~(candidate <= best) & (best == best);
}
APUS_ALWAYS_INLINE APUS_POOL_TARGET vec apus_pool_select(ivec mask, vec yes, vec no) {
    return (vec)(((ivec)yes & mask) | ((ivec)no & ~mask));
}
APUS_ALWAYS_INLINE APUS_POOL_TARGET ivec apus_pool_splat(int32_t value) {
    const ivec zero = {0};
    return value + zero;
}

// One output's best values and, where wanted, their places; count vectors from `image` on.
APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_best(const apus_pool_desc *d, const float *image, apus_pool_span rows,
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
                const ivec mask = apus_pool_takes(candidate, best[v]);
                best[v] = apus_pool_select(mask, candidate, best[v]);
                if (wanted) places[v] = (here & mask) | (places[v] & ~mask);
            }
        }
    }
}

APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_max_rows(const apus_pool_work *w, ptrdiff_t begin, ptrdiff_t end,
                                                            const bool wanted) {
    const apus_pool_desc copy = *w->d, *d = &copy; // a copy: stores of bytes may alias the caller's
    const ptrdiff_t out_h = w->out_h, out_w = w->out_w;
    float *y = w->y;
    uint8_t *argmax = w->argmax;
    for (ptrdiff_t row = begin; row < end; row++) {
        const ptrdiff_t oh = row % out_h, top = oh * d->stride_h - d->pad_top;
        const float *image = w->x + row / out_h * d->in_h * d->in_w * d->channels;
        const apus_pool_span rows = apus_pool_inside(oh, d->in_h, d->window_h, d->stride_h, d->pad_top);
        for (ptrdiff_t ow = 0; ow < out_w; ow++) {
            const apus_pool_span columns = apus_pool_inside(ow, d->in_w, d->window_w, d->stride_w, d->pad_left);
            const ptrdiff_t out = (row * out_w + ow) * d->channels, left = ow * d->stride_w - d->pad_left;
            vec best[APUS_POOL_VECTORS];
            ivec places[APUS_POOL_VECTORS];
#define APUS_POOL_BODY(count, part)                                                                             \
    do {                                                                                                        \
        apus_pool_best(d, image + c, rows, columns, top, left, count, part, wanted, best, places);              \
        APUS_POOL_UNROLL                                                                                        \
        for (int v = 0; v < count; v++) {                                                                       \
            apus_pool_store(y + out + c + v * APUS_POOL_WIDTH, part, best[v]);                                  \
            if (wanted) apus_pool_store_bytes(argmax + out + c + v * APUS_POOL_WIDTH, part, places[v]);         \
        }                                                                                                       \
    } while (0)
            APUS_POOL_CHANNELS(0, d->channels, APUS_POOL_BODY);
#undef APUS_POOL_BODY
        }
    }
}

APUS_POOL_TARGET static void apus_pool_max_forward(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const apus_pool_work *w = context;
    if (w->argmax != NULL) apus_pool_max_rows(w, begin, end, true);
    else apus_pool_max_rows(w, begin, end, false);
}

// One input's gradient: the dy of those covering outputs that it won.
APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_won(const apus_pool_work *w, ptrdiff_t image, ptrdiff_t ih, ptrdiff_t iw,
                                                       apus_pool_span down, apus_pool_span across, ptrdiff_t c,
                                                       const int count, int part, float *dx) {
    const apus_pool_desc *d = w->d;
    vec sums[APUS_POOL_VECTORS] = {{0}};
    for (ptrdiff_t oh = down.begin; oh < down.end; oh++) {
        ptrdiff_t out = ((image * w->out_h + oh) * w->out_w + across.begin) * d->channels + c;
        ptrdiff_t place = (ih - oh * d->stride_h + d->pad_top) * d->window_w + iw - across.begin * d->stride_w + d->pad_left;
        for (ptrdiff_t ow = across.begin; ow < across.end; ow++, out += d->channels, place -= d->stride_w) {
            const ivec here = apus_pool_splat((int32_t)place);
            APUS_POOL_UNROLL
            for (int v = 0; v < count; v++) {
                const ptrdiff_t at = out + v * APUS_POOL_WIDTH;
                const ivec mask = apus_pool_load_bytes(w->winners + at, part) == here;
                sums[v] += (vec)((ivec)apus_pool_load(w->dy + at, part) & mask);
            }
        }
    }
    APUS_POOL_UNROLL
    for (int v = 0; v < count; v++) apus_pool_store(dx + c + v * APUS_POOL_WIDTH, part, sums[v]);
}

APUS_POOL_TARGET static void apus_pool_max_backward(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const apus_pool_work *w = context;
    const apus_pool_desc *d = w->d;
    for (ptrdiff_t row = begin; row < end; row++) {
        const ptrdiff_t image = row / d->in_h, ih = row % d->in_h;
        const apus_pool_span down = apus_pool_covering(ih, w->out_h, d->window_h, d->stride_h, d->pad_top);
        for (ptrdiff_t iw = 0; iw < d->in_w; iw++) {
            const apus_pool_span across = apus_pool_covering(iw, w->out_w, d->window_w, d->stride_w, d->pad_left);
            float *dx = w->dx + (row * d->in_w + iw) * d->channels;
#define APUS_POOL_BODY(count, part) apus_pool_won(w, image, ih, iw, down, across, c, count, part, dx)
            APUS_POOL_CHANNELS(0, d->channels, APUS_POOL_BODY);
#undef APUS_POOL_BODY
        }
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
                apus_pool_store(at + v * APUS_POOL_WIDTH, part, before + (vec)((ivec)gradient[v] & (places[v] == here)));
            }
        }
    }
}

// Scatters within one image's block of channels: overlapping windows meet in one thread only.
APUS_POOL_TARGET static void apus_pool_max_recompute(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const apus_pool_work *w = context;
    const apus_pool_desc *d = w->d;
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

APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_mean(const apus_pool_desc *d, const float *image, apus_pool_span rows,
                                                        apus_pool_span columns, float share, const int count, int part,
                                                        float *y) {
    vec sums[APUS_POOL_VECTORS] = {{0}};
    for (ptrdiff_t ih = rows.begin; ih < rows.end; ih++) {
        const float *at = image + (ih * d->in_w + columns.begin) * d->channels;
        vec row[APUS_POOL_VECTORS] = {{0}};
        for (ptrdiff_t iw = columns.begin; iw < columns.end; iw++, at += d->channels) {
            APUS_POOL_UNROLL
            for (int v = 0; v < count; v++) row[v] += apus_pool_load(at + v * APUS_POOL_WIDTH, part);
        }
        APUS_POOL_UNROLL
        for (int v = 0; v < count; v++) sums[v] += row[v];
    }
    APUS_POOL_UNROLL
    for (int v = 0; v < count; v++) apus_pool_store(y + v * APUS_POOL_WIDTH, part, sums[v] * share);
}

APUS_POOL_TARGET static void apus_pool_average_forward(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const apus_pool_work *w = context;
    const apus_pool_desc *d = w->d;
    for (ptrdiff_t row = begin; row < end; row++) {
        const float *image = w->x + row / w->out_h * d->in_h * d->in_w * d->channels;
        const apus_pool_span rows = apus_pool_inside(row % w->out_h, d->in_h, d->window_h, d->stride_h, d->pad_top);
        for (ptrdiff_t ow = 0; ow < w->out_w; ow++) {
            const apus_pool_span columns = apus_pool_inside(ow, d->in_w, d->window_w, d->stride_w, d->pad_left);
            const float share = apus_pool_share(d, rows, columns);
            float *y = w->y + (row * w->out_w + ow) * d->channels;
#define APUS_POOL_BODY(count, part) apus_pool_mean(d, image + c, rows, columns, share, count, part, y + c)
            APUS_POOL_CHANNELS(0, d->channels, APUS_POOL_BODY);
#undef APUS_POOL_BODY
        }
    }
}

APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_shares(const apus_pool_work *w, ptrdiff_t image, apus_pool_span down,
                                                          apus_pool_span across, ptrdiff_t c, const int count, int part,
                                                          float *dx) {
    const apus_pool_desc *d = w->d;
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
    for (int v = 0; v < count; v++) apus_pool_store(dx + v * APUS_POOL_WIDTH, part, sums[v]);
}

APUS_POOL_TARGET static void apus_pool_average_backward(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const apus_pool_work *w = context;
    const apus_pool_desc *d = w->d;
    for (ptrdiff_t row = begin; row < end; row++) {
        const ptrdiff_t image = row / d->in_h;
        const apus_pool_span down = apus_pool_covering(row % d->in_h, w->out_h, d->window_h, d->stride_h, d->pad_top);
        for (ptrdiff_t iw = 0; iw < d->in_w; iw++) {
            const apus_pool_span across = apus_pool_covering(iw, w->out_w, d->window_w, d->stride_w, d->pad_left);
            float *dx = w->dx + (row * d->in_w + iw) * d->channels;
#define APUS_POOL_BODY(count, part) apus_pool_shares(w, image, down, across, c, count, part, dx + c)
            APUS_POOL_CHANNELS(0, d->channels, APUS_POOL_BODY);
#undef APUS_POOL_BODY
        }
    }
}

const apus_pool_kernels APUS_POOL_TABLE = {apus_pool_max_forward, apus_pool_max_backward, apus_pool_max_recompute,
                                           apus_pool_average_forward, apus_pool_average_backward};
