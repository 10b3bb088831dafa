#include "checks.h"

#include <math.h>
#include <stdint.h>

enum { SAMPLES = 48 };

// One entry: the sum of products in float64, and the sum of their sizes.
typedef struct entry {
    double sum, size;
} entry;

static void add(entry *e, double a, double b) {
    e->sum += a * b;
    e->size += fabs(a * b);
}

static double error_of(entry e, double got, double worst) {
    if (isnan(got)) return INFINITY;
    const double error = fabs(got - e.sum) / (e.size > 0 ? e.size : 1);
    return error > worst ? error : worst;
}

// The first and the last entry and others between; a large odd step visits every remainder.
static ptrdiff_t sample(int i, ptrdiff_t count) {
    if (i == 0) return 0;
    if (i == 1) return count - 1;
    return (ptrdiff_t)(((uint64_t)i * 0x9e3779b97f4a7c15u) % (uint64_t)count);
}

#define GEMM_ERROR(name, type)                                                                     \
    double name(const bench_gemm_shape *s, const type *a, const type *b, const type *c) {          \
        double worst = 0;                                                                          \
        for (int i = 0; i < SAMPLES; i++) {                                                        \
            const ptrdiff_t at = sample(i, s->m * s->n), row = at / s->n, column = at % s->n;      \
            entry e = {0, 0};                                                                      \
            for (ptrdiff_t p = 0; p < s->k; p++)                                                   \
                add(&e, (double)(s->transpose_a ? a[p * s->m + row] : a[row * s->k + p]),          \
                    (double)(s->transpose_b ? b[column * s->k + p] : b[p * s->n + column]));       \
            worst = error_of(e, (double)c[at], worst);                                             \
        }                                                                                          \
        return worst;                                                                              \
    }
GEMM_ERROR(bench_sgemm_error, float)
GEMM_ERROR(bench_dgemm_error, double)

double bench_conv_forward_error(const bench_conv_shape *s, const float *x, const float *w, const float *bias,
                                const float *y) {
    const apus_conv_desc *d = &s->desc;
    double worst = 0;
    for (int i = 0; i < SAMPLES; i++) {
        const ptrdiff_t at = sample(i, d->batch * s->out_h * s->out_w * d->out_c), o = at % d->out_c;
        const ptrdiff_t column = at / d->out_c % s->out_w, row = at / d->out_c / s->out_w % s->out_h;
        const ptrdiff_t image = at / d->out_c / s->out_w / s->out_h;
        entry e = {0, 0};
        if (bias != NULL) add(&e, (double)bias[o], 1);
        for (ptrdiff_t p = 0; p < d->kernel_h; p++)
            for (ptrdiff_t q = 0; q < d->kernel_w; q++) {
                const ptrdiff_t h = row * d->stride_h + p * d->dilation_h - d->pad_top;
                const ptrdiff_t v = column * d->stride_w + q * d->dilation_w - d->pad_left;
                if (h < 0 || h >= d->in_h || v < 0 || v >= d->in_w) continue;
                for (ptrdiff_t c = 0; c < d->in_c; c++)
                    add(&e, (double)x[((image * d->in_h + h) * d->in_w + v) * d->in_c + c],
                        (double)w[((p * d->kernel_w + q) * d->in_c + c) * d->out_c + o]);
            }
        worst = error_of(e, (double)y[at], worst);
    }
    return worst;
}

// The output row or column that reads `in` through tap `tap`, or -1.
static ptrdiff_t output_at(ptrdiff_t in, ptrdiff_t tap, ptrdiff_t dilation, ptrdiff_t pad, ptrdiff_t stride, ptrdiff_t out) {
    const ptrdiff_t place = in + pad - tap * dilation;
    return place >= 0 && place % stride == 0 && place / stride < out ? place / stride : -1;
}

double bench_conv_backward_data_error(const bench_conv_shape *s, const float *dy, const float *w, const float *dx) {
    const apus_conv_desc *d = &s->desc;
    double worst = 0;
    for (int i = 0; i < SAMPLES; i++) {
        const ptrdiff_t at = sample(i, d->batch * d->in_h * d->in_w * d->in_c), c = at % d->in_c;
        const ptrdiff_t v = at / d->in_c % d->in_w, h = at / d->in_c / d->in_w % d->in_h;
        const ptrdiff_t image = at / d->in_c / d->in_w / d->in_h;
        entry e = {0, 0};
        for (ptrdiff_t p = 0; p < d->kernel_h; p++)
            for (ptrdiff_t q = 0; q < d->kernel_w; q++) {
                const ptrdiff_t row = output_at(h, p, d->dilation_h, d->pad_top, d->stride_h, s->out_h);
                const ptrdiff_t column = output_at(v, q, d->dilation_w, d->pad_left, d->stride_w, s->out_w);
                if (row < 0 || column < 0) continue;
                for (ptrdiff_t o = 0; o < d->out_c; o++)
                    add(&e, (double)dy[((image * s->out_h + row) * s->out_w + column) * d->out_c + o],
                        (double)w[((p * d->kernel_w + q) * d->in_c + c) * d->out_c + o]);
            }
        worst = error_of(e, (double)dx[at], worst);
    }
    return worst;
}

double bench_conv_backward_weights_error(const bench_conv_shape *s, const float *x, const float *dy, const float *dw) {
    const apus_conv_desc *d = &s->desc;
    double worst = 0;
    for (int i = 0; i < SAMPLES / 4; i++) { // each a sum over the whole batch
        const ptrdiff_t at = sample(i, d->kernel_h * d->kernel_w * d->in_c * d->out_c), o = at % d->out_c;
        const ptrdiff_t c = at / d->out_c % d->in_c, q = at / d->out_c / d->in_c % d->kernel_w;
        const ptrdiff_t p = at / d->out_c / d->in_c / d->kernel_w;
        entry e = {0, 0};
        for (ptrdiff_t image = 0; image < d->batch; image++)
            for (ptrdiff_t row = 0; row < s->out_h; row++)
                for (ptrdiff_t column = 0; column < s->out_w; column++) {
                    const ptrdiff_t h = row * d->stride_h + p * d->dilation_h - d->pad_top;
                    const ptrdiff_t v = column * d->stride_w + q * d->dilation_w - d->pad_left;
                    if (h < 0 || h >= d->in_h || v < 0 || v >= d->in_w) continue;
                    add(&e, (double)x[((image * d->in_h + h) * d->in_w + v) * d->in_c + c],
                        (double)dy[((image * s->out_h + row) * s->out_w + column) * d->out_c + o]);
                }
        worst = error_of(e, (double)dw[at], worst);
    }
    return worst;
}

// splitmix64's finalizer of a counter: no state from one number to the next.
static inline uint64_t mixed(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void bench_fill(unsigned long long seed, ptrdiff_t n, float *x) {
    for (ptrdiff_t i = 0; i < n; i++)
        x[i] = (float)(int32_t)(mixed(seed * 0x9e3779b97f4a7c15u + (uint64_t)i) >> 32) * 0x1p-31f;
}

void bench_fill_double(unsigned long long seed, ptrdiff_t n, double *x) {
    for (ptrdiff_t i = 0; i < n; i++)
        x[i] = (double)(int64_t)mixed(seed * 0x9e3779b97f4a7c15u + (uint64_t)i) * 0x1p-63;
}
