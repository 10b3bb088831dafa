// The specification of the convolution's three passes: plain loops over the definition.
#include "conv_internal.h"

typedef struct shape {
    const apus_conv_desc *d;
    ptrdiff_t out_h, out_w;
    const float *x, *dy, *w, *bias; // x: forward and backward-weights; dy: both backward passes
    float *y, *dx, *dw, *dbias;
} shape;

static shape shape_of(const apus_conv_desc *d) {
    shape s = {.d = d};
    apus_conv_output(d, &s.out_h, &s.out_w);
    return s;
}

static void forward_rows(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const shape *s = context;
    const apus_conv_desc *d = s->d;
    for (ptrdiff_t row = begin; row < end; row++) {
        const ptrdiff_t image = row / s->out_h, oh = row % s->out_h;
        for (ptrdiff_t ow = 0; ow < s->out_w; ow++) {
            float *y = s->y + (row * s->out_w + ow) * d->out_c;
            for (ptrdiff_t co = 0; co < d->out_c; co++) y[co] = 0;
            for (ptrdiff_t kh = 0; kh < d->kernel_h; kh++) {
                const ptrdiff_t ih = oh * d->stride_h - d->pad_top + kh * d->dilation_h;
                if (ih < 0 || ih >= d->in_h) continue;
                for (ptrdiff_t kw = 0; kw < d->kernel_w; kw++) {
                    const ptrdiff_t iw = ow * d->stride_w - d->pad_left + kw * d->dilation_w;
                    if (iw < 0 || iw >= d->in_w) continue;
                    const float *x = s->x + ((image * d->in_h + ih) * d->in_w + iw) * d->in_c;
                    const float *w = s->w + (kh * d->kernel_w + kw) * d->in_c * d->out_c;
                    for (ptrdiff_t ci = 0; ci < d->in_c; ci++, w += d->out_c)
                        for (ptrdiff_t co = 0; co < d->out_c; co++) y[co] += x[ci] * w[co];
                }
            }
            for (ptrdiff_t co = 0; co < d->out_c; co++) {
                if (s->bias != NULL) y[co] += s->bias[co];
                if (d->activation == APUS_ACTIVATION_RELU && y[co] < 0) y[co] = 0;
            }
        }
    }
}

void apus_conv_forward_reference(const apus_conv_desc *desc, const float *x, const float *w, const float *bias, float *y) {
    shape s = shape_of(desc);
    s.x = x;
    s.w = w;
    s.bias = bias;
    s.y = y;
    apus_parallel_for(desc->batch * s.out_h, 1, forward_rows, &s);
}

static void backward_data_rows(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const shape *s = context;
    const apus_conv_desc *d = s->d;
    for (ptrdiff_t row = begin; row < end; row++) {
        const ptrdiff_t image = row / d->in_h, ih = row % d->in_h;
        for (ptrdiff_t iw = 0; iw < d->in_w; iw++) {
            float *dx = s->dx + (row * d->in_w + iw) * d->in_c;
            for (ptrdiff_t ci = 0; ci < d->in_c; ci++) dx[ci] = 0;
            for (ptrdiff_t kh = 0; kh < d->kernel_h; kh++) {
                const ptrdiff_t down = ih + d->pad_top - kh * d->dilation_h, oh = down / d->stride_h;
                if (down < 0 || down % d->stride_h != 0 || oh >= s->out_h) continue;
                for (ptrdiff_t kw = 0; kw < d->kernel_w; kw++) {
                    const ptrdiff_t across = iw + d->pad_left - kw * d->dilation_w, ow = across / d->stride_w;
                    if (across < 0 || across % d->stride_w != 0 || ow >= s->out_w) continue;
                    const float *dy = s->dy + ((image * s->out_h + oh) * s->out_w + ow) * d->out_c;
                    const float *w = s->w + (kh * d->kernel_w + kw) * d->in_c * d->out_c;
                    for (ptrdiff_t ci = 0; ci < d->in_c; ci++, w += d->out_c)
                        for (ptrdiff_t co = 0; co < d->out_c; co++) dx[ci] += dy[co] * w[co];
                }
            }
        }
    }
}

void apus_conv_backward_data_reference(const apus_conv_desc *desc, const float *dy, const float *w, float *dx) {
    shape s = shape_of(desc);
    s.dy = dy;
    s.w = w;
    s.dx = dx;
    apus_parallel_for(desc->batch * desc->in_h, 1, backward_data_rows, &s);
}

static void backward_weights_taps(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const shape *s = context;
    const apus_conv_desc *d = s->d;
    for (ptrdiff_t tap = begin; tap < end; tap++) {
        float *dw = s->dw + tap * d->in_c * d->out_c;
        for (ptrdiff_t i = 0; i < d->in_c * d->out_c; i++) dw[i] = 0;
        for (ptrdiff_t row = 0; row < d->batch * s->out_h; row++) {
            const ptrdiff_t ih = row % s->out_h * d->stride_h - d->pad_top + tap / d->kernel_w * d->dilation_h;
            if (ih < 0 || ih >= d->in_h) continue;
            for (ptrdiff_t ow = 0; ow < s->out_w; ow++) {
                const ptrdiff_t iw = ow * d->stride_w - d->pad_left + tap % d->kernel_w * d->dilation_w;
                if (iw < 0 || iw >= d->in_w) continue;
                const float *x = s->x + ((row / s->out_h * d->in_h + ih) * d->in_w + iw) * d->in_c;
                const float *dy = s->dy + (row * s->out_w + ow) * d->out_c;
                for (ptrdiff_t ci = 0; ci < d->in_c; ci++)
                    for (ptrdiff_t co = 0; co < d->out_c; co++) dw[ci * d->out_c + co] += x[ci] * dy[co];
            }
        }
    }
}

void apus_conv_backward_weights_reference(const apus_conv_desc *desc, const float *x, const float *dy, float *dw,
                                          float *dbias) {
    shape s = shape_of(desc);
    s.x = x;
    s.dy = dy;
    s.dw = dw;
    apus_parallel_for(desc->kernel_h * desc->kernel_w, 1, backward_weights_taps, &s);
    if (dbias == NULL) return;
    for (ptrdiff_t co = 0; co < desc->out_c; co++) dbias[co] = 0;
    for (ptrdiff_t pixel = 0; pixel < desc->batch * s.out_h * s.out_w; pixel++)
        for (ptrdiff_t co = 0; co < desc->out_c; co++) dbias[co] += dy[pixel * desc->out_c + co];
}
