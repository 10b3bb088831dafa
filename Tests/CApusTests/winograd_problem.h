// What the tests of Winograd's convolutions share: problems on guard pages with exact results in float64, their
// passes, and the algorithm that a fresh process resolves. A test includes it after defining _GNU_SOURCE (popen).
#ifndef APUS_TEST_WINOGRAD_PROBLEM_H
#define APUS_TEST_WINOGRAD_PROBLEM_H

#include "../../include/apus/conv.h"
#include "harness.h"

static const char *const names[] = {"y", "dx", "dw", "dbias"};

// What is computed: inputs on guard pages, and the exact results of the three passes (y, dx, dw, dbias).
typedef struct problem {
    apus_conv_desc d;
    ptrdiff_t out_h, out_w, counts[4]; // counts: of the results
    guarded x, w, bias, dy;
    double *exact[4], products[4]; // products: in one sum
} problem;

typedef struct results {
    guarded outputs[4];
} results;

// Every product of the definition, scattered into all three passes. Strides and dilations are 1.
static inline void reference(problem *p) {
    const apus_conv_desc *d = &p->d;
    const float *x = p->x.data, *w = p->w.data, *bias = p->bias.data, *dy = p->dy.data;
    double *y = p->exact[0], *dx = p->exact[1], *dw = p->exact[2], *dbias = p->exact[3];
    for (ptrdiff_t i = 0; i < p->counts[0]; i++) {
        y[i] = bias[i % d->out_c];
        dbias[i % d->out_c] += dy[i];
    }
    for (ptrdiff_t pixel = 0; pixel < d->batch * p->out_h * p->out_w; pixel++)
        for (ptrdiff_t tap = 0; tap < d->kernel_h * d->kernel_w; tap++) {
            const ptrdiff_t image = pixel / p->out_w / p->out_h;
            const ptrdiff_t h = pixel / p->out_w % p->out_h + tap / d->kernel_w - d->pad_top;
            const ptrdiff_t v = pixel % p->out_w + tap % d->kernel_w - d->pad_left;
            if (h < 0 || h >= d->in_h || v < 0 || v >= d->in_w) continue;
            const ptrdiff_t in = ((image * d->in_h + h) * d->in_w + v) * d->in_c, out = pixel * d->out_c;
            for (ptrdiff_t ci = 0; ci < d->in_c; ci++) {
                const ptrdiff_t at = (tap * d->in_c + ci) * d->out_c;
                const double value = x[in + ci];
                double sum = 0;
                for (ptrdiff_t co = 0; co < d->out_c; co++) {
                    y[out + co] += value * w[at + co];
                    dw[at + co] += value * dy[out + co];
                    sum += (double)dy[out + co] * w[at + co];
                }
                dx[in + ci] += sum;
            }
        }
}

typedef enum numbers { UNIFORM, RECTIFIED, INTEGERS } numbers; // from -1 to 1, none of x's below 0, from -3 to 4

static inline guarded random_floats(random_state *random, ptrdiff_t n, guard_side side, numbers kind) {
    guarded g = guard_alloc((size_t)n * sizeof(float), side);
    float *data = g.data;
    if (kind != INTEGERS) fill_f32(random, data, n, -1, 1);
    for (ptrdiff_t i = 0; i < n; i++) {
        if (kind == INTEGERS) data[i] = (float)(random_index(random, 8) - 3);
        else if (kind == RECTIFIED) data[i] = fmaxf(data[i], 0);
    }
    return g;
}

static inline problem problem_make(apus_conv_desc d, uint64_t seed, numbers kind) {
    random_state random = {seed};
    const guard_side side = seed % 2 == 0 ? GUARD_END : GUARD_START;
    problem p = {.d = d};
    CHECK_STATUS(apus_conv_output(&d, &p.out_h, &p.out_w), APUS_OK);
    const ptrdiff_t nx = d.batch * d.in_h * d.in_w * d.in_c, pixels = d.batch * p.out_h * p.out_w;
    const ptrdiff_t taps = d.kernel_h * d.kernel_w;
    const ptrdiff_t counts[] = {pixels * d.out_c, nx, taps * d.in_c * d.out_c, d.out_c};
    const double products[] = {(double)(taps * d.in_c), (double)(taps * d.out_c), (double)pixels, (double)pixels};
    memcpy(p.counts, counts, sizeof counts);
    memcpy(p.products, products, sizeof products);
    for (int k = 0; k < 4; k++) p.exact[k] = calloc((size_t)counts[k] + 1, sizeof(double));
    const numbers rest = kind == RECTIFIED ? UNIFORM : kind;
    p.x = random_floats(&random, nx, side, kind), p.w = random_floats(&random, counts[2], side, rest);
    p.bias = random_floats(&random, d.out_c, side, rest), p.dy = random_floats(&random, counts[0], side, rest);
    reference(&p);
    return p;
}

static inline void problem_free(problem *p) {
    for (int k = 0; k < 4; k++) free(p->exact[k]);
    guard_free(&p->x), guard_free(&p->w), guard_free(&p->bias), guard_free(&p->dy);
}

static inline results results_make(const problem *p, guard_side side) {
    results r;
    for (int k = 0; k < 4; k++) {
        r.outputs[k] = guard_alloc((size_t)p->counts[k] * sizeof(float), side);
        fill_nan_f32(r.outputs[k].data, p->counts[k]);
    }
    return r;
}

static inline void results_free(results *r) {
    for (int k = 0; k < 4; k++) guard_free(&r->outputs[k]);
}

static inline apus_status run_pass(const problem *p, int pass, results *r, void *workspace, size_t bytes) {
    const apus_conv_desc *d = &p->d;
    if (pass == 0) return apus_sconv_forward(d, p->x.data, p->w.data, p->bias.data, r->outputs[0].data, workspace, bytes);
    if (pass == 1) return apus_sconv_backward_data(d, p->dy.data, p->w.data, r->outputs[1].data, workspace, bytes);
    return apus_sconv_backward_weights(d, p->x.data, p->dy.data, r->outputs[2].data, r->outputs[3].data, workspace, bytes);
}

// All passes with exactly the workspace asked for, which ends flush with a page at an odd address.
static inline void run_all(const problem *p, results *r) {
    for (int pass = 0; pass < 3; pass++) {
        const size_t bytes = apus_sconv_workspace(&p->d, (apus_conv_pass)pass);
        guarded space = guard_alloc(bytes + 3, GUARD_END);
        CHECK_STATUS(run_pass(p, pass, r, bytes == 0 ? NULL : (char *)space.data + 3, bytes), APUS_OK);
        guard_free(&space);
    }
}

// The algorithm that a fresh process resolves with APUS_CONV set to `value`.
static inline bool environment_gives(const char *self, const char *value, apus_conv_algorithm expected) {
    char command[4200], text[16] = "";
    snprintf(command, sizeof command, "APUS_CONV=%s '%s' --print", value, self);
    FILE *pipe = popen(command, "r");
    const bool read = pipe != NULL && fgets(text, sizeof text, pipe) != NULL;
    return pipe != NULL && pclose(pipe) == 0 && read && atoi(text) == (int)expected;
}

#endif
