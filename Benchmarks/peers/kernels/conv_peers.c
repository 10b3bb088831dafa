// The 3x3 convolutions of VGG16 in Apus and in oneDNN 2 (its C interface), by turns in one process. From the top
// folder, with libapus built by cmake -S CSources -B build -G Ninja && cmake --build build:
//   cc -O2 -Iinclude Benchmarks/peers/kernels/conv_peers.c build/libapus.a -ldnnl -l:libomp.so.5 -lm -o build/conv_peers
//   build/conv_peers [--batch N] [--rounds N] [--filter TEXT]
//
// oneDNN runs its direct algorithm on plain channels-last arrays and on whatever blocked layouts it asks for
// (reorders are not timed), and its Winograd algorithm where it has one; the quickest of them counts. Apus runs
// what it chooses by itself, on channels-last arrays, its own transforms of the weights included. A turn is a
// call that is not counted and one that is; before each the other library's threads get time to stop spinning.
// Prints a table of milliseconds (minimum / median) and oneDNN's time over Apus'.
#define _GNU_SOURCE
#include <oneapi/dnnl/dnnl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "apus.h"

enum { PASSES = 3, WAYS = 3, MOST_ROUNDS = 64, MOST_ARGUMENTS = 4, SPIN_MICROSECONDS = 3000 };

static const char *const pass_names[] = {"forward", "backward-data", "backward-weights"};
static const char *const way_names[] = {"direct, channels last", "direct, its layout", "Winograd"};

typedef struct layer {
    ptrdiff_t size, in_c, out_c;
} layer;
static const layer layers[] = {{224, 3, 64}, {224, 64, 64}, {112, 64, 128}, {112, 128, 128}, {56, 128, 256},
                               {56, 256, 256}, {28, 256, 512}, {28, 512, 512}, {14, 512, 512}};

// One pass of one layer in oneDNN.
typedef struct dnnl_pass {
    bool there;
    dnnl_primitive_t primitive;
    dnnl_exec_arg_t arguments[MOST_ARGUMENTS];
    void *blocks[MOST_ARGUMENTS];
    int count;
} dnnl_pass;

typedef struct timing {
    double samples[MOST_ROUNDS];
    int count;
} timing;

static dnnl_engine_t engine;
static dnnl_stream_t stream;

static double milliseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
static double least(timing *t) {
    qsort(t->samples, (size_t)t->count, sizeof *t->samples, ascending);
    return t->count == 0 ? 0 : t->samples[0];
}
static double median(timing *t) {
    qsort(t->samples, (size_t)t->count, sizeof *t->samples, ascending);
    return t->count == 0 ? 0 : t->samples[t->count / 2];
}

static float *numbers(size_t count) {
    float *x = apus_alloc(count * sizeof *x);
    if (x == NULL) exit(1);
    uint32_t state = 1;
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        x[i] = (float)(state >> 8) * 0x1p-23f - 1;
    }
    return x;
}

static void check(dnnl_status_t status) {
    if (status == dnnl_success) return;
    fprintf(stderr, "oneDNN: status %d\n", (int)status);
    exit(1);
}

static void add_argument(dnnl_pass *p, const_dnnl_primitive_desc_t desc, dnnl_query_t what, int index, int argument) {
    const dnnl_memory_desc_t *md = dnnl_primitive_desc_query_md(desc, what, index);
    const int i = p->count++;
    p->blocks[i] = numbers(dnnl_memory_desc_get_size(md) / sizeof(float) + 1);
    p->arguments[i].arg = argument;
    check(dnnl_memory_create(&p->arguments[i].memory, md, engine, p->blocks[i]));
}

static dnnl_pass open_pass(const layer *l, ptrdiff_t batch, int pass, int way) {
    const dnnl_format_tag_t tag = way == 0 ? dnnl_nhwc : dnnl_format_tag_any;
    const dnnl_alg_kind_t algorithm = way == 2 ? dnnl_convolution_winograd : dnnl_convolution_direct;
    const dnnl_dims_t src_dims = {batch, l->in_c, l->size, l->size}, dst_dims = {batch, l->out_c, l->size, l->size};
    const dnnl_dims_t weights_dims = {l->out_c, l->in_c, 3, 3}, bias_dims = {l->out_c}, ones = {1, 1};
    dnnl_memory_desc_t src, weights, bias, dst;
    check(dnnl_memory_desc_init_by_tag(&src, 4, src_dims, dnnl_f32, tag));
    check(dnnl_memory_desc_init_by_tag(&dst, 4, dst_dims, dnnl_f32, tag));
    check(dnnl_memory_desc_init_by_tag(&weights, 4, weights_dims, dnnl_f32, dnnl_format_tag_any));
    check(dnnl_memory_desc_init_by_tag(&bias, 1, bias_dims, dnnl_f32, dnnl_a));
    dnnl_pass p = {0};
    dnnl_convolution_desc_t forward, backward;
    dnnl_primitive_desc_t hint = NULL, desc = NULL;
    if (dnnl_convolution_forward_desc_init(&forward, dnnl_forward_training, algorithm, &src, &weights, &bias, &dst, ones, ones,
                                           ones) != dnnl_success ||
        dnnl_primitive_desc_create(&hint, &forward, NULL, engine, NULL) != dnnl_success)
        return p;
    dnnl_status_t status = dnnl_success;
    if (pass == 0) {
        desc = hint;
    } else {
        status = pass == 1 ? dnnl_convolution_backward_data_desc_init(&backward, algorithm, &src, &weights, &dst, ones, ones, ones)
                           : dnnl_convolution_backward_weights_desc_init(&backward, algorithm, &src, &weights, &bias, &dst, ones,
                                                                         ones, ones);
        if (status == dnnl_success) status = dnnl_primitive_desc_create(&desc, &backward, NULL, engine, hint);
    }
    if (status != dnnl_success || dnnl_primitive_create(&p.primitive, desc) != dnnl_success) return p;
    if (pass == 0) {
        add_argument(&p, desc, dnnl_query_src_md, 0, DNNL_ARG_SRC);
        add_argument(&p, desc, dnnl_query_weights_md, 0, DNNL_ARG_WEIGHTS);
        add_argument(&p, desc, dnnl_query_weights_md, 1, DNNL_ARG_BIAS);
        add_argument(&p, desc, dnnl_query_dst_md, 0, DNNL_ARG_DST);
    } else if (pass == 1) {
        add_argument(&p, desc, dnnl_query_diff_src_md, 0, DNNL_ARG_DIFF_SRC);
        add_argument(&p, desc, dnnl_query_weights_md, 0, DNNL_ARG_WEIGHTS);
        add_argument(&p, desc, dnnl_query_diff_dst_md, 0, DNNL_ARG_DIFF_DST);
    } else {
        add_argument(&p, desc, dnnl_query_src_md, 0, DNNL_ARG_SRC);
        add_argument(&p, desc, dnnl_query_diff_weights_md, 0, DNNL_ARG_DIFF_WEIGHTS);
        add_argument(&p, desc, dnnl_query_diff_weights_md, 1, DNNL_ARG_DIFF_BIAS);
        add_argument(&p, desc, dnnl_query_diff_dst_md, 0, DNNL_ARG_DIFF_DST);
    }
    if (pass != 0) dnnl_primitive_desc_destroy(desc);
    dnnl_primitive_desc_destroy(hint);
    p.there = true;
    return p;
}

static void run_pass(const dnnl_pass *p) {
    check(dnnl_primitive_execute(p->primitive, stream, p->count, p->arguments));
    check(dnnl_stream_wait(stream));
}

static void close_pass(dnnl_pass *p) {
    if (!p->there) return;
    dnnl_primitive_destroy(p->primitive);
    for (int i = 0; i < p->count; i++) dnnl_memory_destroy(p->arguments[i].memory), apus_free(p->blocks[i]);
}

typedef struct ours {
    apus_conv_desc d;
    float *x, *w, *bias, *y, *dx, *dw, *dbias;
    void *workspace[PASSES];
    size_t bytes[PASSES];
} ours;

static ours open_ours(const layer *l, ptrdiff_t batch) {
    const size_t pixels = (size_t)(batch * l->size * l->size), nx = pixels * (size_t)l->in_c, ny = pixels * (size_t)l->out_c;
    const size_t nw = (size_t)(9 * l->in_c * l->out_c), nb = (size_t)l->out_c;
    ours o = {.d = {batch, l->size, l->size, l->in_c, l->out_c, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, APUS_ACTIVATION_LINEAR},
              .x = numbers(nx), .w = numbers(nw), .bias = numbers(nb), .y = numbers(ny), .dx = numbers(nx), .dw = numbers(nw),
              .dbias = numbers(nb)};
    for (int pass = 0; pass < PASSES; pass++) {
        o.bytes[pass] = apus_sconv_workspace(&o.d, (apus_conv_pass)pass);
        o.workspace[pass] = o.bytes[pass] == 0 ? NULL : apus_alloc(o.bytes[pass]);
    }
    return o;
}

static void run_ours(const ours *o, int pass) {
    apus_status status;
    if (pass == 0) status = apus_sconv_forward(&o->d, o->x, o->w, o->bias, o->y, o->workspace[0], o->bytes[0]);
    else if (pass == 1) status = apus_sconv_backward_data(&o->d, o->y, o->w, o->dx, o->workspace[1], o->bytes[1]);
    else status = apus_sconv_backward_weights(&o->d, o->x, o->y, o->dw, o->dbias, o->workspace[2], o->bytes[2]);
    if (status != APUS_OK) {
        fprintf(stderr, "apus: %s\n", apus_status_string(status));
        exit(1);
    }
}

static void close_ours(ours *o) {
    float *all[] = {o->x, o->w, o->bias, o->y, o->dx, o->dw, o->dbias};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) apus_free(all[i]);
    for (int pass = 0; pass < PASSES; pass++) apus_free(o->workspace[pass]);
}

// All of a layer's times; the sums over passes of the least times go to `total`: Apus, oneDNN.
static void measure(const layer *l, ptrdiff_t batch, int passes, int rounds, double total[2]) {
    ours o = open_ours(l, batch);
    for (int pass = 0; pass < passes; pass++) {
        dnnl_pass theirs[WAYS];
        timing mine = {0}, times[WAYS] = {0};
        for (int way = 0; way < WAYS; way++) theirs[way] = open_pass(l, batch, pass, way);
        for (int round = 0; round < rounds; round++)
            for (int turn = 0; turn <= WAYS; turn++) {
                if (turn > 0 && !theirs[turn - 1].there) continue;
                double start = 0;
                usleep(SPIN_MICROSECONDS);
                for (int call = 0; call < 2; call++) {
                    start = milliseconds();
                    if (turn == 0) run_ours(&o, pass);
                    else run_pass(&theirs[turn - 1]);
                }
                timing *t = turn == 0 ? &mine : &times[turn - 1];
                t->samples[t->count++] = milliseconds() - start;
            }
        int best = 0;
        for (int way = 1; way < WAYS; way++)
            if (theirs[way].there && least(&times[way]) < least(&times[best])) best = way;
        const double operations = 18.0 * (double)(batch * l->size * l->size * l->in_c * l->out_c);
        printf("%4td %4td->%-4td %-17s %-13s %7.2f / %7.2f  %5.0f GFLOP/s | oneDNN", l->size, l->in_c, l->out_c, pass_names[pass],
               apus_conv_algorithm_name(apus_conv_algorithm_for(&o.d, (apus_conv_pass)pass)), least(&mine), median(&mine),
               operations / least(&mine) / 1e6);
        for (int way = 0; way < WAYS; way++) {
            if (theirs[way].there) printf(" %s %.2f / %.2f,", way_names[way], least(&times[way]), median(&times[way]));
            close_pass(&theirs[way]);
        }
        printf(" ratio %.2f / %.2f\n", least(&times[best]) / least(&mine), median(&times[best]) / median(&mine));
        fflush(stdout);
        total[0] += least(&mine), total[1] += least(&times[best]);
    }
    close_ours(&o);
}

int main(int count, char **arguments) {
    ptrdiff_t batch = 8;
    int rounds = 7;
    const char *filter = "";
    for (int i = 1; i + 1 < count; i += 2) {
        if (strcmp(arguments[i], "--batch") == 0) batch = atoi(arguments[i + 1]);
        else if (strcmp(arguments[i], "--rounds") == 0) rounds = atoi(arguments[i + 1]);
        else if (strcmp(arguments[i], "--filter") == 0) filter = arguments[i + 1];
    }
    if (batch < 1 || rounds < 1 || rounds > MOST_ROUNDS) return 1;
    // Read by the runtimes at their first region: their threads would spin into the other's turn.
    setenv("KMP_BLOCKTIME", "1", 0);
    setenv("GOMP_SPINCOUNT", "100000", 0);
    check(dnnl_engine_create(&engine, dnnl_cpu, 0));
    check(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags));
    printf("oneDNN %d.%d.%d, Apus %s, %d threads, batch %td: milliseconds, minimum / median of %d\n", dnnl_version()->major,
           dnnl_version()->minor, dnnl_version()->patch, apus_isa_name(apus_get_isa()), apus_get_threads(), batch, rounds);
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        char name[40];
        snprintf(name, sizeof name, "%td:%td-%td:", layers[i].size, layers[i].in_c, layers[i].out_c);
        if (strstr(name, filter) == NULL) continue;
        double total[2] = {0, 0};
        measure(&layers[i], batch, batch == 1 ? 1 : PASSES, rounds, total);
        if (batch > 1)
            printf("%4td %4td->%-4td forward + backward %38.2f | oneDNN %.2f, ratio %.2f\n", layers[i].size, layers[i].in_c,
                   layers[i].out_c, total[0], total[1], total[1] / total[0]);
    }
    return 0;
}
