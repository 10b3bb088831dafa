/* A small network trained with Apus' kernels alone: 2 numbers, 32 hidden units (ReLU), 3 classes. Each class is an
 * arm of a spiral, which no straight line separates.
 *
 *   cc mlp.c $(pkg-config --cflags --libs apus) -lm
 */
#include <apus.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { samples = 300, in = 2, hidden = 32, classes = 3, steps = 600 };

/* A dense layer with its gradients and Adam's two running means. Weights are [inputs, outputs], as in every call here. */
typedef struct layer {
    int inputs, outputs;
    float *w, *b, *dw, *db, *m, *v;
} layer;

static void must(apus_status status, const char *what) {
    if (status == APUS_OK) return;
    fprintf(stderr, "%s: %s\n", what, apus_status_string(status));
    exit(1);
}

static float *zeros(int n) {
    float *block = (float *)apus_alloc((size_t)n * sizeof(float));
    must(block == NULL ? APUS_ERROR_MEMORY : APUS_OK, "apus_alloc");
    memset(block, 0, (size_t)n * sizeof(float));
    return block;
}

/* Weights and biases lie in one block each, so that one optimizer step reaches both. */
static layer layer_make(int inputs, int outputs, uint64_t seed) {
    layer l = {inputs, outputs, NULL, NULL, NULL, NULL, NULL, NULL};
    int weights = inputs * outputs, all = weights + outputs;
    l.w = zeros(all), l.dw = zeros(all), l.m = zeros(all), l.v = zeros(all);
    l.b = l.w + weights, l.db = l.dw + weights;
    must(apus_random_normal(seed, 0, 0, weights, 0, sqrtf(2.0f / (float)inputs), l.w), "apus_random_normal");
    return l;
}

static void layer_free(layer *l) { apus_free(l->w), apus_free(l->dw), apus_free(l->m), apus_free(l->v); }

static apus_gemm_desc product(int m, int n, int k) {
    apus_gemm_desc d = {};
    d.m = m, d.n = n, d.k = k;
    d.lda = k, d.ldb = n, d.ldc = n;
    d.alpha = 1;
    return d;
}

/* y = f(x w + b): bias and ReLU are part of the product. */
static void forward(const layer *l, const float *x, apus_activation f, float *y) {
    apus_gemm_desc d = product(samples, l->outputs, l->inputs);
    d.activation = f;
    must(apus_sgemm(&d, x, l->w, l->b, y, NULL, 0), "apus_sgemm");
}

/* dw = x' dy, db = the column sums of dy and, unless null, dx = dy w'. */
static void backward(layer *l, const float *x, const float *dy, float *dx) {
    apus_gemm_desc d = product(l->inputs, l->outputs, samples);
    d.transpose_a = APUS_TRANSPOSE;
    d.lda = l->inputs;
    must(apus_sgemm(&d, x, dy, NULL, l->dw, NULL, 0), "apus_sgemm");
    must(apus_ssum_rows(samples, l->outputs, dy, l->db), "apus_ssum_rows");
    if (dx == NULL) return;
    d = product(samples, l->inputs, l->outputs);
    d.transpose_b = APUS_TRANSPOSE;
    d.ldb = l->outputs;
    must(apus_sgemm(&d, dy, l->w, NULL, dx, NULL, 0), "apus_sgemm");
}

static void step(layer *l, int number) {
    must(apus_sadam_step(l->inputs * l->outputs + l->outputs, 0.01f, 0.9f, 0.999f, 1e-7f, 0, number, l->dw, l->m, l->v, l->w),
         "apus_sadam_step");
}

int main(void) {
    float *x = zeros(samples * in), *h = zeros(samples * hidden), *dh = zeros(samples * hidden);
    float *z = zeros(samples * classes), *dz = zeros(samples * classes);
    int32_t labels[samples];
    for (int i = 0; i < samples; ++i) {
        int arm = i % classes;
        double radius = (i / classes + 1.0) / (samples / classes), angle = 4 * radius + 2 * 3.14159265 * arm / classes;
        labels[i] = arm;
        x[in * i] = (float)(radius * cos(angle)), x[in * i + 1] = (float)(radius * sin(angle));
    }
    layer first = layer_make(in, hidden, 1), second = layer_make(hidden, classes, 2);
    double loss = 0, loss_before = 0;
    for (int number = 1; number <= steps; ++number) {
        forward(&first, x, APUS_ACTIVATION_RELU, h);
        forward(&second, h, APUS_ACTIVATION_LINEAR, z);
        must(apus_ssparse_cross_entropy(samples, classes, z, labels, 0, NULL, 1.0f / samples, &loss, dz), "cross-entropy");
        if (number == 1) loss_before = loss;
        backward(&second, h, dz, dh);
        /* ReLU's slope follows from its output; in place. */
        must(apus_sactivation_backward(APUS_ACTIVATION_RELU, 0, samples * hidden, NULL, h, dh, dh), "activation");
        backward(&first, x, dh, NULL);
        step(&first, number);
        step(&second, number);
    }
    int hits = 0;
    for (int i = 0; i < samples; ++i) {
        int best = 0;
        for (int c = 1; c < classes; ++c)
            if (z[classes * i + c] > z[classes * i + best]) best = c;
        hits += best == labels[i];
    }
    printf("loss %.3f before, %.3f after %d steps; %d of %d points on their arm\n", loss_before / samples, loss / samples, steps,
           hits, samples);
    layer_free(&first), layer_free(&second);
    apus_free(x), apus_free(h), apus_free(dh), apus_free(z), apus_free(dz);
    int right = hits > samples * 95 / 100 && loss < loss_before / 5;
    puts(right ? "right" : "WRONG");
    return right ? 0 : 1;
}
