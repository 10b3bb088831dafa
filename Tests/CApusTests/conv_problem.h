// A convolution's data and its exact results, for the tests of every way to compute it.
#ifndef APUS_TEST_CONV_PROBLEM_H
#define APUS_TEST_CONV_PROBLEM_H

#include "../../include/apus/conv.h"
#include "harness.h"

typedef struct problem {
    apus_conv_desc d;
    ptrdiff_t out_h, out_w, nx, nw, ny, nb;
    double *x, *w, *bias, *dy;             // the data, as doubles
    double *y, *dx, *dw, *dbias;           // exact results; y before the activation
    double *abs_y, *abs_dx, *abs_dw, *abs_dbias; // the same sums over magnitudes: the scale of rounding
} problem;

static inline double *doubles(ptrdiff_t n) { return calloc((size_t)n + 1, sizeof(double)); }

// Every product of the definition, scattered into all three passes.
static inline void reference(problem *p) {
    const apus_conv_desc *d = &p->d;
    for (ptrdiff_t i = 0; i < p->ny; i++) {
        p->y[i] = p->bias[i % d->out_c];
        p->abs_y[i] = fabs(p->bias[i % d->out_c]);
        p->dbias[i % d->out_c] += p->dy[i];
        p->abs_dbias[i % d->out_c] += fabs(p->dy[i]);
    }
    for (ptrdiff_t n = 0; n < d->batch; n++)
        for (ptrdiff_t oh = 0; oh < p->out_h; oh++)
            for (ptrdiff_t ow = 0; ow < p->out_w; ow++)
                for (ptrdiff_t kh = 0; kh < d->kernel_h; kh++)
                    for (ptrdiff_t kw = 0; kw < d->kernel_w; kw++) {
                        const ptrdiff_t ih = oh * d->stride_h + kh * d->dilation_h - d->pad_top;
                        const ptrdiff_t iw = ow * d->stride_w + kw * d->dilation_w - d->pad_left;
                        if (ih < 0 || iw < 0 || ih >= d->in_h || iw >= d->in_w) continue;
                        const ptrdiff_t out = ((n * p->out_h + oh) * p->out_w + ow) * d->out_c;
                        const ptrdiff_t in = ((n * d->in_h + ih) * d->in_w + iw) * d->in_c;
                        for (ptrdiff_t ci = 0; ci < d->in_c; ci++)
                            for (ptrdiff_t co = 0; co < d->out_c; co++) {
                                const ptrdiff_t at = ((kh * d->kernel_w + kw) * d->in_c + ci) * d->out_c + co;
                                const double x = p->x[in + ci], w = p->w[at], dy = p->dy[out + co];
                                p->y[out + co] += x * w;
                                p->dx[in + ci] += dy * w;
                                p->dw[at] += dy * x;
                                p->abs_y[out + co] += fabs(x * w);
                                p->abs_dx[in + ci] += fabs(dy * w);
                                p->abs_dw[at] += fabs(dy * x);
                            }
                    }
}

static inline double draw(random_state *random, bool integers, int low, int high) {
    if (integers) return (double)(low + (int)random_index(random, high - low + 1));
    return (float)(2 * random_unit(random) - 1);
}

static inline problem problem_make(apus_conv_desc d, random_state *random, bool integers) {
    problem p = {.d = d};
    CHECK_STATUS(apus_conv_output(&d, &p.out_h, &p.out_w), APUS_OK);
    p.nx = d.batch * d.in_h * d.in_w * d.in_c;
    p.nw = d.kernel_h * d.kernel_w * d.in_c * d.out_c;
    p.ny = d.batch * p.out_h * p.out_w * d.out_c;
    p.nb = d.out_c;
    p.x = doubles(p.nx), p.dx = doubles(p.nx), p.abs_dx = doubles(p.nx);
    p.w = doubles(p.nw), p.dw = doubles(p.nw), p.abs_dw = doubles(p.nw);
    p.y = doubles(p.ny), p.dy = doubles(p.ny), p.abs_y = doubles(p.ny);
    p.bias = doubles(p.nb), p.dbias = doubles(p.nb), p.abs_dbias = doubles(p.nb);
    for (ptrdiff_t i = 0; i < p.nx; i++) p.x[i] = draw(random, integers, 1, 4);
    for (ptrdiff_t i = 0; i < p.nw; i++) p.w[i] = draw(random, integers, -3, 5);
    for (ptrdiff_t i = 0; i < p.ny; i++) p.dy[i] = draw(random, integers, -3, 5);
    for (ptrdiff_t i = 0; i < p.nb; i++) p.bias[i] = draw(random, integers, 1, 9);
    reference(&p);
    return p;
}

static inline void problem_free(problem *p) {
    double *all[] = {p->x, p->w, p->bias, p->dy, p->y, p->dx, p->dw, p->dbias, p->abs_y, p->abs_dx, p->abs_dw, p->abs_dbias};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

// A float array flush with an untouchable page.
typedef struct array {
    guarded guard;
    float *data;
    ptrdiff_t n;
} array;

static inline array array_make(ptrdiff_t n, guard_side side) {
    array a = {guard_alloc((size_t)n * sizeof(float), side), NULL, n};
    a.data = a.guard.data;
    fill_nan_f32(a.data, n);
    return a;
}

static inline array array_of(const double *values, ptrdiff_t n, guard_side side) {
    array a = array_make(n, side);
    for (ptrdiff_t i = 0; i < n; i++) a.data[i] = (float)values[i];
    return a;
}

static inline void describe(const apus_conv_desc *d, char *text, size_t bytes) {
    snprintf(text, bytes, "%s n%td %tdx%tdx%td->%td k%tdx%td s%tdx%td d%tdx%td p%td,%td,%td,%td", apus_isa_name(apus_get_isa()),
             d->batch, d->in_h, d->in_w, d->in_c, d->out_c, d->kernel_h, d->kernel_w, d->stride_h, d->stride_w,
             d->dilation_h, d->dilation_w, d->pad_top, d->pad_bottom, d->pad_left, d->pad_right);
}

static inline apus_conv_desc square(ptrdiff_t batch, ptrdiff_t size, ptrdiff_t in_c, ptrdiff_t out_c, ptrdiff_t kernel,
                             ptrdiff_t stride, ptrdiff_t dilation, ptrdiff_t pad) {
    return (apus_conv_desc){batch, size, size, in_c, out_c, kernel, kernel, stride, stride, dilation, dilation,
                            pad, pad, pad, pad, APUS_ACTIVATION_LINEAR};
}

static inline apus_conv_desc line(ptrdiff_t batch, ptrdiff_t length, ptrdiff_t in_c, ptrdiff_t out_c, ptrdiff_t kernel,
                           ptrdiff_t stride, ptrdiff_t dilation, ptrdiff_t left, ptrdiff_t right) {
    return (apus_conv_desc){batch, 1, length, in_c, out_c, 1, kernel, 1, stride, 1, dilation,
                            0, 0, left, right, APUS_ACTIVATION_LINEAR};
}

#endif
