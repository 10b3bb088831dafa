// The specification of the pooling passes: plain loops.
#include "pool_internal.h"

static bool takes(float candidate, float best) { return best == best && (candidate > best || candidate != candidate); }

static apus_pool_span rows_of(const apus_pool_desc *d, ptrdiff_t oh) {
    return apus_pool_inside(oh, d->in_h, d->window_h, d->stride_h, d->pad_top);
}
static apus_pool_span columns_of(const apus_pool_desc *d, ptrdiff_t ow) {
    return apus_pool_inside(ow, d->in_w, d->window_w, d->stride_w, d->pad_left);
}

// The winning input of one output, as an offset in floats from its image.
static ptrdiff_t winner(const apus_pool_desc *d, const float *image, ptrdiff_t oh, ptrdiff_t ow, ptrdiff_t c) {
    const apus_pool_span rows = rows_of(d, oh), columns = columns_of(d, ow);
    ptrdiff_t best = (rows.begin * d->in_w + columns.begin) * d->channels + c;
    for (ptrdiff_t ih = rows.begin; ih < rows.end; ih++)
        for (ptrdiff_t iw = columns.begin; iw < columns.end; iw++) {
            const ptrdiff_t at = (ih * d->in_w + iw) * d->channels + c;
            if (takes(image[at], image[best])) best = at;
        }
    return best;
}

static void max_forward(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const apus_pool_work *w = context;
    const apus_pool_desc *d = w->d;
    for (ptrdiff_t row = begin; row < end; row++) {
        const ptrdiff_t oh = row % w->out_h;
        const float *image = w->x + row / w->out_h * d->in_h * d->in_w * d->channels;
        for (ptrdiff_t ow = 0; ow < w->out_w; ow++)
            for (ptrdiff_t c = 0; c < d->channels; c++) {
                const ptrdiff_t best = winner(d, image, oh, ow, c), out = (row * w->out_w + ow) * d->channels + c;
                const ptrdiff_t ih = best / d->channels / d->in_w, iw = best / d->channels % d->in_w;
                w->y[out] = image[best];
                if (w->argmax != NULL)
                    w->argmax[out] = (uint8_t)((ih - oh * d->stride_h + d->pad_top) * d->window_w + iw -
                                               ow * d->stride_w + d->pad_left);
            }
    }
}

static void max_backward(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const apus_pool_work *w = context;
    const apus_pool_desc *d = w->d;
    for (ptrdiff_t row = begin; row < end; row++) {
        const ptrdiff_t image = row / d->in_h, ih = row % d->in_h;
        const apus_pool_span down = apus_pool_covering(ih, w->out_h, d->window_h, d->stride_h, d->pad_top);
        for (ptrdiff_t iw = 0; iw < d->in_w; iw++) {
            const apus_pool_span across = apus_pool_covering(iw, w->out_w, d->window_w, d->stride_w, d->pad_left);
            for (ptrdiff_t c = 0; c < d->channels; c++) {
                float sum = 0;
                for (ptrdiff_t oh = down.begin; oh < down.end; oh++)
                    for (ptrdiff_t ow = across.begin; ow < across.end; ow++) {
                        const ptrdiff_t out = ((image * w->out_h + oh) * w->out_w + ow) * d->channels + c;
                        const ptrdiff_t place = (ih - oh * d->stride_h + d->pad_top) * d->window_w + iw -
                                                ow * d->stride_w + d->pad_left;
                        if (w->winners[out] == place) sum += w->dy[out];
                    }
                w->dx[(row * d->in_w + iw) * d->channels + c] = sum;
            }
        }
    }
}

static void max_recompute(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const apus_pool_work *w = context;
    const apus_pool_desc *d = w->d;
    const ptrdiff_t blocks = apus_ceil_div(d->channels, APUS_POOL_CHANNEL_BLOCK), pixels = d->in_h * d->in_w;
    for (ptrdiff_t task = begin; task < end; task++) {
        const ptrdiff_t first = task % blocks * APUS_POOL_CHANNEL_BLOCK;
        const ptrdiff_t last = apus_min(d->channels, first + APUS_POOL_CHANNEL_BLOCK);
        const float *x = w->x + task / blocks * pixels * d->channels;
        const float *dy = w->dy + task / blocks * w->out_h * w->out_w * d->channels;
        float *dx = w->dx + task / blocks * pixels * d->channels;
        for (ptrdiff_t pixel = 0; pixel < pixels; pixel++)
            for (ptrdiff_t c = first; c < last; c++) dx[pixel * d->channels + c] = 0;
        for (ptrdiff_t oh = 0; oh < w->out_h; oh++)
            for (ptrdiff_t ow = 0; ow < w->out_w; ow++)
                for (ptrdiff_t c = first; c < last; c++)
                    dx[winner(d, x, oh, ow, c)] += dy[(oh * w->out_w + ow) * d->channels + c];
    }
}

static void max_recompute_apart(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const apus_pool_work *w = context;
    const apus_pool_desc *d = w->d;
    for (ptrdiff_t row = begin; row < end; row++) {
        const ptrdiff_t oh = row % w->out_h, image = row / w->out_h * d->in_h * d->in_w * d->channels;
        const ptrdiff_t first = oh * d->stride_h, end_row = oh == w->out_h - 1 ? d->in_h : first + d->stride_h;
        for (ptrdiff_t at = first * d->in_w * d->channels; at < end_row * d->in_w * d->channels; at++) w->dx[image + at] = 0;
        for (ptrdiff_t ow = 0; ow < w->out_w; ow++)
            for (ptrdiff_t c = 0; c < d->channels; c++)
                w->dx[image + winner(d, w->x + image, oh, ow, c)] = w->dy[(row * w->out_w + ow) * d->channels + c];
    }
}

static void average_forward(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const apus_pool_work *w = context;
    const apus_pool_desc *d = w->d;
    for (ptrdiff_t row = begin; row < end; row++) {
        const float *image = w->x + row / w->out_h * d->in_h * d->in_w * d->channels;
        const apus_pool_span rows = rows_of(d, row % w->out_h);
        for (ptrdiff_t ow = 0; ow < w->out_w; ow++) {
            const apus_pool_span columns = columns_of(d, ow);
            for (ptrdiff_t c = 0; c < d->channels; c++) {
                float sum = 0;
                for (ptrdiff_t ih = rows.begin; ih < rows.end; ih++) {
                    float part = 0;
                    for (ptrdiff_t iw = columns.begin; iw < columns.end; iw++)
                        part += image[(ih * d->in_w + iw) * d->channels + c];
                    sum += part;
                }
                w->y[(row * w->out_w + ow) * d->channels + c] = sum * apus_pool_share(d, rows, columns);
            }
        }
    }
}

static void average_backward(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const apus_pool_work *w = context;
    const apus_pool_desc *d = w->d;
    for (ptrdiff_t row = begin; row < end; row++) {
        const ptrdiff_t image = row / d->in_h;
        const apus_pool_span down = apus_pool_covering(row % d->in_h, w->out_h, d->window_h, d->stride_h, d->pad_top);
        for (ptrdiff_t iw = 0; iw < d->in_w; iw++) {
            const apus_pool_span across = apus_pool_covering(iw, w->out_w, d->window_w, d->stride_w, d->pad_left);
            for (ptrdiff_t c = 0; c < d->channels; c++) {
                float sum = 0;
                for (ptrdiff_t oh = down.begin; oh < down.end; oh++)
                    for (ptrdiff_t ow = across.begin; ow < across.end; ow++)
                        sum += w->dy[((image * w->out_h + oh) * w->out_w + ow) * d->channels + c] *
                               apus_pool_share(d, rows_of(d, oh), columns_of(d, ow));
                w->dx[(row * d->in_w + iw) * d->channels + c] = sum;
            }
        }
    }
}

const apus_pool_kernels apus_pool_kernels_reference = {max_forward,         max_backward,    max_recompute,
                                                       max_recompute_apart, average_forward, average_backward};
