// How large products and convolutions, and memory, go faster with more threads: 1, 2, 4, ... and all cores.
//
// Efficiency is time on one thread / (threads * time on so many). The peak's own is given beside it: cores that run
// slower together, or share a core's units two by two, cost everybody as much. Every count of threads is measured in
// a process of its own, in turns, and the least time of the rounds counts.
//
//   scaling [--filter REGEX] [--most N] [--rounds N] [--seconds S] [--json FILE]
#define _GNU_SOURCE
#include <regex.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "apus.h"
#include "checks.h"
#include "machine.h"

enum { MOST_COUNTS = 16, LEAST_RUNS = 3 };

static double seconds_of_runs = 0.5;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static float *floats(unsigned long long seed, ptrdiff_t count) {
    float *x = apus_alloc((size_t)count * sizeof *x);
    if (x == NULL) exit(1);
    bench_fill(seed, count, x);
    return x;
}

// The least time of a call, after one that is not counted.
typedef apus_status (*call_fn)(void *context);
static double least_time(call_fn call, void *context) {
    if (call(context) != APUS_OK) return 0;
    double least = 0, total = 0;
    for (int runs = 0; runs < LEAST_RUNS || total < seconds_of_runs; runs++) {
        const double start = now();
        if (call(context) != APUS_OK) return 0;
        const double took = now() - start;
        total += took;
        if (runs == 0 || took < least) least = took;
    }
    return least;
}

// MARK: Cases: each gives the seconds of a run, 0 where something is wrong

typedef struct product {
    apus_gemm_desc desc;
    float *a, *b, *c;
    void *workspace;
    size_t bytes;
} product;

static apus_status run_product(void *context) {
    const product *p = context;
    return apus_sgemm(&p->desc, p->a, p->b, NULL, p->c, p->workspace, p->bytes);
}

static double time_product(const char *name) {
    const ptrdiff_t n = atoi(name + strlen("sgemm"));
    const bench_gemm_shape shape = {.name = name, .m = n, .n = n, .k = n};
    product p = {.desc = bench_gemm_desc(&shape), .a = floats(1, n * n), .b = floats(2, n * n), .c = floats(3, n * n)};
    p.bytes = apus_sgemm_workspace(&p.desc);
    p.workspace = apus_alloc(p.bytes);
    const double time = least_time(run_product, &p);
    return bench_sgemm_error(&shape, p.a, p.b, p.c) < BENCH_WRONG ? time : 0;
}

typedef struct convolution {
    bench_conv_shape shape;
    bool backward;
    float *x, *w, *bias, *y, *dx, *dw, *dbias;
    void *workspace;
    size_t bytes;
} convolution;

static apus_status run_convolution(void *context) {
    const convolution *c = context;
    const apus_conv_desc *d = &c->shape.desc;
    apus_status status = apus_sconv_forward(d, c->x, c->w, c->bias, c->y, c->workspace, c->bytes);
    if (!c->backward) return status;
    // The output serves as the gradient.
    if (status == APUS_OK) status = apus_sconv_backward_data(d, c->y, c->w, c->dx, c->workspace, c->bytes);
    if (status == APUS_OK) status = apus_sconv_backward_weights(d, c->x, c->y, c->dw, c->dbias, c->workspace, c->bytes);
    return status;
}

static double time_convolution(const char *name) {
    convolution c = {.backward = strncmp(name, "conv_fwdbwd_", 12) == 0};
    const char *layer = name + (c.backward ? 12 : 9);
    int i = 0;
    while (i < bench_conv_shape_count() && strcmp(bench_conv_shape_at(i).name, layer) != 0) i++;
    if (i == bench_conv_shape_count()) return 0;
    c.shape = bench_conv_shape_at(i);
    const apus_conv_desc *d = &c.shape.desc;
    const ptrdiff_t inputs = d->batch * d->in_h * d->in_w * d->in_c, weights = d->kernel_h * d->kernel_w * d->in_c * d->out_c;
    c.x = floats(1, inputs), c.w = floats(2, weights), c.bias = floats(3, d->out_c);
    c.y = floats(4, d->batch * c.shape.out_h * c.shape.out_w * d->out_c);
    c.dx = floats(5, inputs), c.dw = floats(6, weights), c.dbias = floats(7, d->out_c);
    for (int pass = 0; pass < 3; pass++) {
        const size_t bytes = apus_sconv_workspace(d, (apus_conv_pass)pass);
        if (bytes > c.bytes) c.bytes = bytes;
    }
    c.workspace = apus_alloc(c.bytes);
    const double time = least_time(run_convolution, &c);
    return bench_conv_forward_error(&c.shape, c.x, c.w, c.bias, c.y) < BENCH_WRONG ? time : 0;
}

// As times, so that all rows read alike: 1 / rate.
static double time_peak(const char *name) {
    (void)name;
    return 1 / bench_peak_gflops(4);
}
static double time_tile_peak(const char *name) {
    (void)name;
    return 1 / bench_tile_peak_gflops(4);
}
static double time_reading(const char *name) {
    (void)name;
    return 1 / bench_bandwidth(1, 0, 0);
}

typedef struct row {
    const char *name;
    double (*time)(const char *name);
} row;
static const row rows[] = {
    {"peak", time_peak},
    {"peak on random numbers", time_tile_peak},
    {"read", time_reading},
    {"sgemm1024", time_product},
    {"sgemm2048", time_product},
    {"sgemm4096", time_product},
    {"conv_fwd_vgg1_2", time_convolution},
    {"conv_fwdbwd_vgg1_2", time_convolution},
    {"conv_fwd_vgg3_2", time_convolution},
    {"conv_fwdbwd_vgg3_2", time_convolution},
    {"conv_fwd_vgg5_2", time_convolution},
    {"conv_fwdbwd_vgg5_2", time_convolution},
    {"conv_fwd_caps_primary_b128", time_convolution},
    {"conv_fwdbwd_caps_primary_b128", time_convolution},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

// In a process of its own, so that no team of another size is left over.
static double time_apart(const row *r, int threads) {
    int ends[2];
    double time = 0;
    fflush(NULL);
    if (pipe(ends) != 0) return 0;
    const pid_t child = fork();
    if (child == 0) {
        apus_set_threads(threads);
        time = r->time(r->name);
        _exit(write(ends[1], &time, sizeof time) != (ssize_t)sizeof time);
    }
    close(ends[1]);
    if (child < 0 || read(ends[0], &time, sizeof time) != (ssize_t)sizeof time) time = 0;
    close(ends[0]);
    if (child > 0) waitpid(child, NULL, 0);
    return time;
}

static int cores(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

int main(int count, char **arguments) {
    const char *filter = "", *json = NULL;
    int most = cores(), rounds = 3;
    for (int i = 1; i < count; i += 2) {
        const char *name = arguments[i], *value = i + 1 < count ? arguments[i + 1] : "";
        if (strcmp(name, "--filter") == 0) filter = value;
        else if (strcmp(name, "--most") == 0) most = atoi(value);
        else if (strcmp(name, "--rounds") == 0) rounds = atoi(value);
        else if (strcmp(name, "--seconds") == 0) seconds_of_runs = atof(value);
        else if (strcmp(name, "--json") == 0) json = value;
        else most = 0;
    }
    regex_t expression;
    if (most < 1 || rounds < 1 || regcomp(&expression, filter, REG_EXTENDED | REG_NOSUB) != 0) {
        fprintf(stderr, "usage: %s [--filter REGEX] [--most N] [--rounds N] [--seconds S] [--json FILE]\n", arguments[0]);
        return 2;
    }
    FILE *file = json == NULL ? NULL : fopen(json, "w");
    if (json != NULL && file == NULL) {
        perror(json);
        return 1;
    }
    int threads[MOST_COUNTS], counts = 0;
    for (int n = 1; n < most && counts < MOST_COUNTS - 1; n *= 2) threads[counts++] = n;
    threads[counts++] = most;

    printf("| case |");
    for (int i = 0; i < counts; i++) printf(" %d thread%s |", threads[i], threads[i] == 1 ? "" : "s");
    printf("\n| --- |");
    for (int i = 0; i < counts; i++) printf(" ---: |");
    printf("\n");
    if (file) fprintf(file, "{\"isa\": \"%s\", \"cores\": %d, \"cases\": [", apus_isa_name(apus_get_isa()), cores());
    bool right = true, first = true;
    for (int r = 0; r < ROWS; r++) {
        if (regexec(&expression, rows[r].name, 0, NULL, 0) != 0) continue;
        double least[MOST_COUNTS] = {0};
        for (int round = 0; round < rounds; round++)
            for (int i = 0; i < counts; i++) {
                const double time = time_apart(&rows[r], threads[i]);
                right = right && time > 0;
                if (round == 0 || time < least[i]) least[i] = time;
            }
        printf("| %s |", rows[r].name);
        if (file) fprintf(file, "%s\n  {\"case\": \"%s\", \"threads\": [", first ? "" : ",", rows[r].name);
        first = false;
        const bool reading = rows[r].time == time_reading;
        const bool rate = reading || rows[r].time == time_peak || rows[r].time == time_tile_peak;
        for (int i = 0; i < counts; i++) {
            const double efficiency = least[i] > 0 ? least[0] / (threads[i] * least[i]) : 0;
            if (rate) printf(" %.0f %s (%.0f %%) |", 1 / least[i], reading ? "GB/s" : "GFLOP/s", efficiency * 100);
            else printf(" %.2f ms (%.0f %%) |", least[i] * 1e3, efficiency * 100);
            if (file)
                fprintf(file, "%s{\"threads\": %d, \"%s\": %.6g, \"efficiency\": %.4f}", i ? ", " : "", threads[i],
                        rate ? "rate" : "seconds", rate ? 1 / least[i] : least[i], efficiency);
        }
        printf("\n");
        fflush(stdout);
        if (file) fprintf(file, "]}");
    }
    if (file) fprintf(file, "\n]}\n");
    const bool written = file == NULL || fclose(file) == 0;
    regfree(&expression);
    if (!right) fprintf(stderr, "a result was wrong, or there was no memory\n");
    return right && written ? 0 : 1;
}
