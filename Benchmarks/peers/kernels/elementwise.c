// Times pooling, activations, softmax, batch normalization, optimizer steps, embeddings, losses and random
// numbers beside the machine's bandwidth for the same access mix, measured in turn with them:
//
//   cmake -S CSources -B build -G Ninja && cmake --build build
//   clang -O3 -march=native Benchmarks/peers/kernels/elementwise.c build/libapus.a -l:libomp.so.5 -lm -o elementwise
//   ./elementwise [--threads N] [--cached] [--repetitions N] [SUBSTRING...]
//
// Large arrays (the default) hold 128 MiB each, past any last-level cache; --cached shrinks every case until it
// fits a core's second-level cache. A line: case, threads, seconds (minimum, median), GB/s, the fraction of the
// mix's bandwidth (of the minima, of the medians), and whether the mix was fastest with non-temporal stores.
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bandwidth.h"

enum { ARRAYS = 6, MOST = 64, PHASES = 2 };
static float *array[ARRAYS];
static int32_t *labels;
static int64_t *offsets;
static uint8_t *winners;
static ptrdiff_t elements = (ptrdiff_t)1 << 25; // of an array

// A case: one call, what it must read and write at least, and how its elements are arranged.
typedef struct bench {
    const char *name;
    void (*call)(const struct bench *);
    mix phase[PHASES];
    int kind;          // the activation, the optimizer, ...
    ptrdiff_t columns; // of a row
    apus_pool_desc pool;
    double extra_bytes; // besides the mix: places of maxima
} bench;

static ptrdiff_t rows_of(const bench *b) { return b->phase[0].floats / b->columns; }

static void forward(const bench *b) { apus_sactivation_forward((apus_activation)b->kind, 0.3f, b->phase[0].floats, array[0], array[1]); }
static void backward(const bench *b) {
    apus_sactivation_backward((apus_activation)b->kind, 0.3f, b->phase[0].floats, array[0], array[0], array[1], array[2]);
}
static void softmax(const bench *b) { apus_ssoftmax_forward(rows_of(b), b->columns, array[0], array[1]); }
static void softmax_gradient(const bench *b) { apus_ssoftmax_backward(rows_of(b), b->columns, array[0], array[1], array[2]); }

static void accumulate(const bench *b) { apus_saccumulate(b->phase[0].floats, array[0], b->kind ? 0 : 1, array[1]); }
static void scale(const bench *b) { apus_sscale(b->phase[0].floats, 1.0000001f, array[1]); }
static void sum_rows(const bench *b) { apus_ssum_rows(rows_of(b), b->columns, array[0], array[1]); }
static void squares(const bench *b) {
    double result;
    apus_ssum_of_squares(b->phase[0].floats, array[0], &result);
}

// The channels' arrays lie in array[3], apart.
static float *channel_array(const bench *b, int k) { return array[3] + k * ((b->columns + 63) / 64 * 64); }
static apus_batchnorm_desc norm(const bench *b) { return (apus_batchnorm_desc){.rows = rows_of(b), .channels = b->columns, .epsilon = 1e-3f, .momentum = 0.99f}; }
static void norm_training(const bench *b) {
    const apus_batchnorm_desc d = norm(b);
    apus_sbatchnorm_training(&d, array[0], channel_array(b, 0), channel_array(b, 1), array[1], channel_array(b, 2),
                             channel_array(b, 3), channel_array(b, 4), channel_array(b, 5));
}
static void norm_inference(const bench *b) {
    const apus_batchnorm_desc d = norm(b);
    apus_sbatchnorm_inference(&d, array[0], channel_array(b, 0), channel_array(b, 1), channel_array(b, 2),
                              channel_array(b, 6), array[1]);
}
static void norm_backward(const bench *b) {
    const apus_batchnorm_desc d = norm(b);
    apus_sbatchnorm_backward(&d, array[0], array[1], channel_array(b, 0), channel_array(b, 2), channel_array(b, 3),
                             array[2], channel_array(b, 4), channel_array(b, 5));
}

enum { SGD, MOMENTUM, NESTEROV, RMSPROP, ADAM, ADAMW };
static void optimizer(const bench *b) {
    const ptrdiff_t n = b->phase[0].floats;
    const float *g = array[0];
    float *w = array[1], *m = array[2], *v = array[4];
    switch (b->kind) {
    case SGD: apus_ssgd_step(n, 1e-6f, 0, 0, 0, g, NULL, w); break;
    case MOMENTUM: apus_ssgd_step(n, 1e-6f, 0.9f, 0, 0, g, m, w); break;
    case NESTEROV: apus_ssgd_step(n, 1e-6f, 0.9f, 1, 1e-4f, g, m, w); break;
    case RMSPROP: apus_srmsprop_step(n, 1e-6f, 0.9f, 0, 1e-7f, g, v, NULL, w); break;
    case ADAM: apus_sadam_step(n, 1e-6f, 0.9f, 0.999f, 1e-7f, 0, 100, g, m, v, w); break;
    case ADAMW: apus_sadam_step(n, 1e-6f, 0.9f, 0.999f, 1e-7f, 0.01f, 100, g, m, v, w); break;
    }
}

static ptrdiff_t vocabulary(const bench *b) { return rows_of(b) / 2; }
static void gather(const bench *b) { apus_sembedding_forward(rows_of(b), vocabulary(b), b->columns, labels, array[0], array[1]); }
static void scatter(const bench *b) { apus_sembedding_backward(rows_of(b), vocabulary(b), b->columns, labels, array[0], array[1]); }
static void bag(const bench *b) { // of four entries
    apus_sembedding_bag_forward(rows_of(b) / 4, vocabulary(b), b->columns, offsets, labels, NULL, array[0], array[1]);
}

enum { BINARY, SPARSE, CATEGORICAL, SQUARED, MARGIN };
static void loss(const bench *b) {
    double value;
    const ptrdiff_t rows = rows_of(b), columns = b->columns;
    const float *x = array[0], *t = array[1];
    float *g = array[2];
    switch (b->kind) {
    case BINARY: apus_sbinary_cross_entropy(rows, columns, x, t, NULL, 1, &value, g); break;
    case SPARSE: apus_ssparse_cross_entropy(rows, columns, x, labels, 0, NULL, 1, &value, g); break;
    case CATEGORICAL: apus_scategorical_cross_entropy(rows, columns, x, t, NULL, 1, &value, g); break;
    case SQUARED: apus_smean_squared_error(rows, columns, x, t, NULL, 1, &value, g); break;
    case MARGIN: apus_smargin_loss(rows, columns, x, t, 0.9f, 0.1f, 0.5f, NULL, 1, &value, g); break;
    }
}

enum { BITS, UNIFORM, NORMAL, DROPOUT };
static void randoms(const bench *b) {
    const ptrdiff_t n = b->phase[0].floats;
    switch (b->kind) {
    case BITS: apus_random_bits(1, 2, 0, n, (uint32_t *)(void *)array[1]); break;
    case UNIFORM: apus_random_uniform(1, 2, 0, n, 0, 1, array[1]); break;
    case NORMAL: apus_random_normal(1, 2, 0, n, 0, 1, array[1]); break;
    case DROPOUT: apus_sdropout(1, 2, 0, 0.5f, n, array[0], array[1]); break;
    }
}

enum { MAX, MAX_PLACES, MAX_BACKWARD, MAX_RECOMPUTE, AVERAGE, AVERAGE_BACKWARD };
static void pool(const bench *b) {
    switch (b->kind) {
    case MAX: apus_smaxpool_forward(&b->pool, array[0], array[1], NULL); break;
    case MAX_PLACES: apus_smaxpool_forward(&b->pool, array[0], array[1], winners); break;
    case MAX_BACKWARD: apus_smaxpool_backward(&b->pool, array[1], winners, array[2]); break;
    case MAX_RECOMPUTE: apus_smaxpool_backward_recompute(&b->pool, array[0], array[1], array[2]); break;
    case AVERAGE: apus_savgpool_forward(&b->pool, array[0], array[1]); break;
    case AVERAGE_BACKWARD: apus_savgpool_backward(&b->pool, array[1], array[2]); break;
    }
}

static bench benches[128];
static int count;

static bench *add(const char *name, void (*call)(const bench *), int kind, ptrdiff_t columns, int read, int update, int write) {
    bench *b = &benches[count++];
    *b = (bench){.name = name, .call = call, .kind = kind, .columns = columns};
    b->phase[0] = (mix){read, update, write, elements / columns * columns};
    return b;
}
static void then(bench *b, int read, int update, int write) { b->phase[1] = (mix){read, update, write, b->phase[0].floats}; }

static void add_pools(const char *const names[6], apus_pool_desc d) {
    ptrdiff_t out_h = 0, out_w = 0;
    if (elements < (ptrdiff_t)1 << 25) d.batch = 1, d.channels = 16;
    while (d.batch * d.in_h * d.in_w * d.channels > elements && d.in_w > 8) {
        const int whole = d.window_h == d.in_h && d.window_w == d.in_w;
        if (d.in_h > 1) d.in_h /= 2;
        d.in_w /= 2;
        if (whole) d.window_h = d.in_h, d.window_w = d.in_w;
    }
    apus_pool_output(&d, &out_h, &out_w);
    const ptrdiff_t x = d.batch * d.in_h * d.in_w * d.channels, y = d.batch * out_h * out_w * d.channels;
    for (int kind = MAX; kind <= AVERAGE_BACKWARD; kind++) {
        if (names[kind] == NULL) continue;
        const int gradient = kind == MAX_BACKWARD || kind == MAX_RECOMPUTE || kind == AVERAGE_BACKWARD;
        bench *b = add(names[kind], pool, kind, 1, 1, 0, 1);
        b->pool = d;
        // As many arrays of y's length as make up x; a whole array where the output is as large or next to nothing.
        const int parts = y == 0 || x / y > 8 ? 0 : (int)((x + y / 2) / y);
        b->phase[0] = parts == 0   ? (mix){!gradient, 0, gradient, x}
                      : gradient   ? (mix){1, 0, parts, y}
                                   : (mix){parts, 0, 1, y};
        if (parts != 0) b->phase[0].floats = (x + y) / (parts + 1);
        if (kind == MAX_RECOMPUTE) b->phase[1] = (mix){1, 0, 0, x};
        if (kind == MAX_PLACES || kind == MAX_BACKWARD) b->extra_bytes = (double)y;
    }
}

static void add_all(void) {
    static const char *const functions[][2] = {
        {"linear", NULL}, {"relu", "relu backward"}, {"leaky relu", "leaky relu backward"}, {"elu", "elu backward"},
        {"sigmoid", "sigmoid backward"}, {"tanh", "tanh backward"}, {"softplus", "softplus backward"},
        {"gelu", "gelu backward"}, {"silu", "silu backward"}};
    for (int f = 0; f <= APUS_ACTIVATION_SILU; f++) {
        add(functions[f][0], forward, f, 1, 1, 0, 1);
        if (functions[f][1] != NULL) add(functions[f][1], backward, f, 1, 2, 0, 1);
    }
    add("softmax 10", softmax, 0, 10, 1, 0, 1);
    add("softmax 1000", softmax, 0, 1000, 1, 0, 1);
    add("softmax 10 backward", softmax_gradient, 0, 10, 2, 0, 1);
    add("softmax 1000 backward", softmax_gradient, 0, 1000, 2, 0, 1);
    if (elements >= 1 << 20) {
        add("softmax 1000000", softmax, 0, 1000000, 1, 0, 1);
        add("softmax 1000000 backward", softmax_gradient, 0, 1000000, 2, 0, 1);
    }
    add("add into", accumulate, 0, 1, 1, 1, 0);
    add("scale", scale, 0, 1, 0, 1, 0);
    add("sum rows 10", sum_rows, 0, 10, 1, 0, 0);
    add("sum rows 4096", sum_rows, 0, 4096, 1, 0, 0);
    add("sum of squares", squares, 0, 1, 1, 0, 0);
    then(add("batch norm 64 training", norm_training, 0, 64, 1, 0, 0), 1, 0, 1);
    then(add("batch norm 512 training", norm_training, 0, 512, 1, 0, 0), 1, 0, 1);
    add("batch norm 64 inference", norm_inference, 0, 64, 1, 0, 1);
    then(add("batch norm 64 backward", norm_backward, 0, 64, 2, 0, 0), 2, 0, 1);
    then(add("batch norm 512 backward", norm_backward, 0, 512, 2, 0, 0), 2, 0, 1);
    add("sgd", optimizer, SGD, 1, 1, 1, 0);
    add("sgd momentum", optimizer, MOMENTUM, 1, 1, 2, 0);
    add("sgd nesterov", optimizer, NESTEROV, 1, 1, 2, 0);
    add("rmsprop", optimizer, RMSPROP, 1, 1, 2, 0);
    add("adam", optimizer, ADAM, 1, 1, 3, 0);
    add("adamw", optimizer, ADAMW, 1, 1, 3, 0);
    add("embedding 128", gather, 0, 128, 1, 0, 1);
    add("embedding 128 backward", scatter, 0, 128, 2, 0, 1)->phase[0].floats = elements;
    add("embedding bag 128", bag, 0, 128, 4, 0, 1);
    add("binary cross-entropy", loss, BINARY, 1, 2, 0, 1);
    add("sparse cross-entropy 10", loss, SPARSE, 10, 1, 0, 1);
    add("sparse cross-entropy 1000", loss, SPARSE, 1000, 1, 0, 1);
    add("categorical cross-entropy 10", loss, CATEGORICAL, 10, 2, 0, 1);
    add("mean squared error", loss, SQUARED, 10, 2, 0, 1);
    add("margin loss 10", loss, MARGIN, 10, 2, 0, 1);
    add("random bits", randoms, BITS, 1, 0, 0, 1);
    add("random uniform", randoms, UNIFORM, 1, 0, 0, 1);
    add("random normal", randoms, NORMAL, 1, 0, 0, 1);
    add("dropout", randoms, DROPOUT, 1, 1, 0, 1);
    static const char *const two[6] = {"max pool 2x2", "max pool 2x2 places", "max pool 2x2 backward", "max pool 2x2 recompute",
                                       "average pool 2x2", "average pool 2x2 backward"};
    add_pools(two, (apus_pool_desc){10, 224, 224, 64, 2, 2, 2, 2, 0, 0, 0, 0, 0});
    static const char *const three[6] = {"max pool 3x3/2", "max pool 3x3/2 places", "max pool 3x3/2 backward", "max pool 3x3/2 recompute",
                                         "average pool 3x3/2", "average pool 3x3/2 backward"};
    add_pools(three, (apus_pool_desc){10, 224, 224, 64, 3, 3, 2, 2, 1, 1, 1, 1, 0});
    static const char *const overlapping[6] = {"max pool 3x3/1", "max pool 3x3/1 places", "max pool 3x3/1 backward", NULL,
                                               "average pool 3x3/1", "average pool 3x3/1 backward"};
    add_pools(overlapping, (apus_pool_desc){10, 224, 224, 64, 3, 3, 1, 1, 1, 1, 1, 1, 0});
    static const char *const line[6] = {"max pool 1-D 2/2", NULL, NULL, NULL, "average pool 1-D 2/2", NULL};
    add_pools(line, (apus_pool_desc){512, 1, 1024, 64, 1, 2, 1, 2, 0, 0, 0, 0, 0});
    static const char *const global[6] = {"global max pool", NULL, NULL, "global max pool recompute", "global average pool", "global average pool backward"};
    add_pools(global, (apus_pool_desc){1280, 7, 7, 512, 7, 7, 1, 1, 0, 0, 0, 0, 0});
}

static void prepare(void) {
    for (int k = 0; k < ARRAYS; k++) {
        array[k] = apus_alloc((size_t)elements * sizeof(float) + 4096);
        if (array[k] == NULL) exit(2);
        apus_random_uniform(1, (uint64_t)k, 0, elements, k == 3 || k == 4 ? 0.1f : -1, 1, array[k]);
    }
    labels = apus_alloc((size_t)elements * sizeof *labels);
    offsets = apus_alloc((size_t)(elements / 128 + 2) * sizeof *offsets);
    winners = apus_alloc((size_t)elements);
    if (labels == NULL || offsets == NULL || winners == NULL) exit(2);
    memset(winners, 0, (size_t)elements);
    for (ptrdiff_t i = 0; i <= elements / 128 + 1; i++) offsets[i] = 4 * i;
}

static void prepare_labels(const bench *b) {
    uint32_t state = 12345;
    const ptrdiff_t limit = b->call == loss ? b->columns : vocabulary(b);
    if (b->call == gather || b->call == scatter || b->call == bag || b->call == loss)
        for (ptrdiff_t i = 0; i < rows_of(b); i++) {
            state = state * 1664525u + 1013904223u;
            labels[i] = (int32_t)((uint64_t)state * (uint64_t)limit >> 32);
        }
}

static int ascending(const void *a, const void *b) { return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b); }

typedef struct result {
    double least, median;
} result;
static result summary(double *times, int n) {
    qsort(times, (size_t)n, sizeof *times, ascending);
    return (result){times[0], times[n / 2]};
}

typedef struct setting {
    int streaming;
    ptrdiff_t grain;
} setting;

static double reference(const bench *b, const setting *s) {
    double total = 0;
    for (int k = 0; k < PHASES; k++)
        if (b->phase[k].floats > 0) total += mix_seconds(b->phase[k], array, s[k].streaming, s[k].grain);
    return total;
}

// The fastest way to run each phase's mix.
static void choose(const bench *b, setting *best) {
    for (int k = 0; k < PHASES; k++) {
        const mix m = b->phase[k];
        double least = INFINITY;
        for (int way = 0; way < 4 && m.floats > 0; way++) {
            const ptrdiff_t share = (m.floats / apus_get_threads() + 63) / 64 * 64;
            setting s = {way & 1, way & 2 ? share : (ptrdiff_t)1 << 18};
            if (s.streaming && m.write == 0) continue;
            for (int r = 0; r < 3; r++) {
                const double t = mix_seconds(m, array, s.streaming, s.grain);
                if (t < least) least = t, best[k] = s;
            }
        }
    }
}

static void measure(const bench *b, int repetitions) {
    double own[MOST], mixed[MOST], bytes = b->extra_bytes;
    setting settings[PHASES] = {{0, 1}, {0, 1}};
    int inner = 1;
    prepare_labels(b);
    choose(b, settings);
    for (int k = 0; k < PHASES; k++) bytes += mix_bytes(b->phase[k]);
    const double start = seconds_now();
    b->call(b);
    while (seconds_now() - start < 3e-4) b->call(b), inner++;
    for (int r = 0; r < repetitions; r++) {
        double t = seconds_now();
        for (int i = 0; i < inner; i++) b->call(b);
        own[r] = (seconds_now() - t) / inner;
        t = 0;
        for (int i = 0; i < inner; i++) t += reference(b, settings);
        mixed[r] = t / inner;
    }
    const result o = summary(own, repetitions), m = summary(mixed, repetitions);
    const double scaled = bytes / (bytes - b->extra_bytes);
    const int last = b->phase[1].floats > 0 && b->phase[1].write > 0;
    printf("%-30s %d  %.6f %.6f  %6.1f GB/s  %.2f %.2f %s\n", b->name, apus_get_threads(), o.least, o.median,
           bytes / o.least * 1e-9, m.least * scaled / o.least, m.median * scaled / o.median,
           settings[last].streaming ? "nt" : "");
    fflush(stdout);
}

int main(int argc, char **argv) {
    int repetitions = 7, wanted = 0;
    const char *filters[32];
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--cached") == 0) elements = 20480;
        else if (strcmp(argv[i], "--threads") == 0 && i + 1 < argc) apus_set_threads(atoi(argv[++i]));
        else if (strcmp(argv[i], "--repetitions") == 0 && i + 1 < argc) repetitions = atoi(argv[++i]);
        else if (wanted < 32) filters[wanted++] = argv[i];
    }
    if (repetitions < 1 || repetitions > MOST) return 2;
    prepare();
    add_all();
    for (int i = 0; i < count; i++) {
        int chosen = wanted == 0;
        for (int k = 0; k < wanted; k++) chosen |= strstr(benches[i].name, filters[k]) != NULL;
        if (chosen) measure(&benches[i], repetitions);
    }
    return 0;
}
