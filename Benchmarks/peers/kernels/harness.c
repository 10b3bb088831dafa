#define _GNU_SOURCE
#include "harness.h"

#include <math.h>
#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "apus.h"
#include "checks.h"
#include "machine.h"

enum { MOST_SAMPLES = 400, LEAST_SAMPLES = 3, MOST_ROUNDS = 64 };

typedef struct options {
    const char *filter, *peer;
    int threads, rounds;
    double seconds; // of counted runs, a measurement
    bool list, machine;
} options;

// What a measuring process tells its parent.
typedef struct measurement {
    bool done, wrong;
    double median, minimum, error;
    int runs;
    char version[sizeof((bench_work *)0)->version];
    char why[sizeof((bench_work *)0)->why];
} measurement;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_of(double *values, int count) {
    qsort(values, (size_t)count, sizeof *values, by_size);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

void *bench_memory(size_t bytes) {
    void *block = apus_alloc(bytes);
    if (block == NULL) {
        fprintf(stderr, "no memory for %zu bytes\n", bytes);
        exit(1);
    }
    memset(block, 0, bytes); // so that no run is the first to touch a page
    return block;
}

float *bench_floats(unsigned long long seed, ptrdiff_t count) {
    float *x = bench_memory((size_t)count * sizeof *x);
    if (seed != 0) bench_fill(seed, count, x);
    return x;
}

double *bench_doubles(unsigned long long seed, ptrdiff_t count) {
    double *x = bench_memory((size_t)count * sizeof *x);
    if (seed != 0) bench_fill_double(seed, count, x);
    return x;
}

// A sample is one run, or as many as take a tenth of a millisecond, against the clock's own grain.
static void sample(const bench_work *work, double seconds, measurement *result) {
    static double samples[MOST_SAMPLES];
    double start = now();
    work->run(work->context);
    double once = now() - start;
    const double warm_until = now() + fmin(0.1, seconds);
    while (now() < warm_until) {
        start = now();
        work->run(work->context);
        once = fmin(once, now() - start);
    }
    const int repeats = once < 1e-4 ? (int)(1e-4 / fmax(once, 1e-8)) + 1 : 1;
    const double began = now();
    int count = 0;
    while (count < MOST_SAMPLES && (count < LEAST_SAMPLES || now() - began < seconds)) {
        start = now();
        for (int i = 0; i < repeats; i++) work->run(work->context);
        samples[count++] = (now() - start) / repeats;
    }
    result->median = median_of(samples, count);
    result->minimum = samples[0];
    result->runs = count * repeats;
}

static measurement measure(const bench_row *row, const options *options) {
    measurement result = {0};
    bench_work work = {.threads = options->threads};
    if (!row->prepare(row, &work)) {
        snprintf(result.why, sizeof result.why, "%s", work.why[0] ? work.why : "not available");
        return result;
    }
    memcpy(result.version, work.version, sizeof result.version);
    work.run(work.context);
    result.error = -1;
    if (work.error != NULL) {
        result.error = work.error(work.context);
        if (!(result.error <= (work.wrong > 0 ? work.wrong : BENCH_WRONG))) {
            result.wrong = true;
            snprintf(result.why, sizeof result.why, "wrong result: error %.3g", result.error);
            return result;
        }
    }
    sample(&work, options->seconds, &result);
    result.done = true;
    return result;
}

static measurement measure_apart(const bench_row *row, const options *options) {
    measurement result = {0};
    int ends[2];
    fflush(NULL);
    if (pipe(ends) != 0) return result;
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        result = measure(row, options);
        const ssize_t written = write(ends[1], &result, sizeof result);
        _exit(written != (ssize_t)sizeof result);
    }
    close(ends[1]);
    const ssize_t got = child < 0 ? -1 : read(ends[0], &result, sizeof result);
    close(ends[0]);
    int status = 0;
    if (child > 0) waitpid(child, &status, 0);
    if (got != (ssize_t)sizeof result) {
        memset(&result, 0, sizeof result);
        if (WIFSIGNALED(status)) snprintf(result.why, sizeof result.why, "ended by signal %d", WTERMSIG(status));
        else snprintf(result.why, sizeof result.why, "could not be measured");
    }
    return result;
}

// As a JSON string's inside: what the libraries say of themselves is plain text but for the odd control character.
static void print_text(const char *text) {
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') putchar('\\');
        if ((unsigned char)*text >= ' ') putchar(*text);
    }
}

static void print_row(const bench_row *row, double *medians, double *minima, int rounds, const measurement *last) {
    printf("{\"case\": \"%s\", \"family\": \"%s\", \"peer\": \"%s\", ", row->name, row->family, row->peer);
    if (rounds == 0) {
        printf("\"missing\": \"");
        print_text(last->why);
        printf("\"}\n");
        fflush(stdout);
        return;
    }
    printf("\"rounds\": [");
    for (int i = 0; i < rounds; i++) printf("%s%.9g", i ? ", " : "", medians[i]);
    const double median = median_of(medians, rounds), minimum = median_of(minima, rounds);
    printf("], \"median\": %.9g, \"min\": %.9g, \"runs\": %d, ", median, minimum, last->runs);
    if (row->operations > 0) printf("\"gflops\": %.4g, ", row->operations / median * 1e-9);
    if (row->bytes > 0) printf("\"gb_per_s\": %.4g, ", row->bytes / median * 1e-9);
    if (last->error >= 0) printf("\"error\": %.3g, ", last->error);
    printf("\"version\": \"");
    print_text(last->version);
    printf("\"}\n");
    fflush(stdout);
}

// The rows of one case, in turns. Returns whether all results were right.
static bool run_case(const bench_row *rows, const int *chosen, int count, const options *options) {
    double (*medians)[MOST_ROUNDS] = calloc((size_t)count, sizeof *medians);
    double (*minima)[MOST_ROUNDS] = calloc((size_t)count, sizeof *minima);
    measurement *last = calloc((size_t)count, sizeof *last);
    int *done = calloc((size_t)count, sizeof *done);
    bool right = medians != NULL && minima != NULL && last != NULL && done != NULL;
    for (int round = 0; right && round < options->rounds; round++)
        for (int turn = 0; turn < count; turn++) {
            const int i = (turn + round) % count;
            if (round > 0 && done[i] == 0) continue; // is not there, and will not come
            last[i] = measure_apart(&rows[chosen[i]], options);
            if (!last[i].done) continue;
            medians[i][done[i]] = last[i].median;
            minima[i][done[i]++] = last[i].minimum;
            fprintf(stderr, "round %d  %-24s %-10s %.4g s\n", round + 1, rows[chosen[i]].name, rows[chosen[i]].peer, last[i].median);
        }
    for (int i = 0; right && i < count; i++) {
        print_row(&rows[chosen[i]], medians[i], minima[i], done[i], &last[i]);
        if (last[i].wrong) fprintf(stderr, "%s, %s: %s\n", rows[chosen[i]].name, rows[chosen[i]].peer, last[i].why);
    }
    for (int i = 0; right && i < count; i++) right = !last[i].wrong;
    free(medians), free(minima), free(last), free(done);
    return right;
}

// The libraries read their settings when they are loaded. Each gets what is fastest here.
static void set_environment(int threads) {
    char number[16];
    snprintf(number, sizeof number, "%d", threads);
    static const char *const counts[] = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "BLIS_NUM_THREADS", "MKL_NUM_THREADS"};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) setenv(counts[i], number, 1);
    setenv("MKL_DYNAMIC", "FALSE", 1);
    unsetenv("OPENBLAS_L2_SIZE");
    // Their own choice on processors newer than they are is an older kernel; and a run of Apus with another
    // instruction set is compared with theirs.
    const apus_isa isa = apus_get_isa();
    if (isa == APUS_ISA_AVX512) {
        setenv("OPENBLAS_CORETYPE", "SkylakeX", 1);
        setenv("BLIS_ARCH_TYPE", "skx", 1);
    } else if (isa == APUS_ISA_AVX2) {
        setenv("OPENBLAS_CORETYPE", "Haswell", 1);
        setenv("BLIS_ARCH_TYPE", "haswell", 1);
        setenv("MKL_ENABLE_INSTRUCTIONS", "AVX2", 1);
        setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1);
    } else {
        unsetenv("OPENBLAS_CORETYPE");
        unsetenv("BLIS_ARCH_TYPE");
    }
}

static bool parse(int count, char **arguments, options *options) {
    for (int i = 1; i < count; i++) {
        const char *name = arguments[i];
        if (strcmp(name, "--list") == 0 || strcmp(name, "--machine") == 0) {
            *(name[2] == 'l' ? &options->list : &options->machine) = true;
            continue;
        }
        const char *value = i + 1 < count ? arguments[++i] : NULL;
        if (value == NULL) return false;
        if (strcmp(name, "--filter") == 0) options->filter = value;
        else if (strcmp(name, "--peer") == 0) options->peer = value;
        else if (strcmp(name, "--threads") == 0) options->threads = atoi(value);
        else if (strcmp(name, "--rounds") == 0) options->rounds = atoi(value);
        else if (strcmp(name, "--seconds") == 0) options->seconds = atof(value);
        else return false;
    }
    return options->threads >= 1 && options->rounds >= 1 && options->rounds <= MOST_ROUNDS && options->seconds > 0;
}

// The yardsticks of machine.h, in a process of their own like everything else.
static void print_machine(const options *options) {
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        printf("{\"isa\": \"%s\", \"threads\": %d, \"peak_gflops\": %.4g, \"tile_peak_gflops\": %.4g, \"read_gb_per_s\": %.3g}\n",
               apus_isa_name(apus_get_isa()), options->threads, bench_peak_gflops(4), bench_tile_peak_gflops(4), bench_bandwidth(1, 0, 0));
        fflush(stdout);
        _exit(0);
    }
    if (child > 0) waitpid(child, NULL, 0);
}

int bench_main(int count, char **arguments, const bench_row *rows, int row_count) {
    options options = {.filter = "", .peer = "", .threads = apus_get_threads(), .rounds = 3, .seconds = 0.5};
    regex_t filter, peer;
    if (!parse(count, arguments, &options) || regcomp(&filter, options.filter, REG_EXTENDED | REG_NOSUB) != 0 ||
        regcomp(&peer, options.peer, REG_EXTENDED | REG_NOSUB) != 0) {
        fprintf(stderr, "usage: %s [--filter REGEX] [--peer REGEX] [--threads N] [--rounds N] [--seconds S] [--list] [--machine]\n", arguments[0]);
        return 2;
    }
    apus_set_threads(options.threads);
    set_environment(options.threads);
    if (options.machine) print_machine(&options);
    int *chosen = calloc((size_t)row_count + 1, sizeof *chosen);
    bool right = chosen != NULL;
    for (int i = 0; chosen != NULL && i < row_count;) {
        int end = i, members = 0;
        for (; end < row_count && strcmp(rows[end].name, rows[i].name) == 0; end++)
            if (regexec(&peer, rows[end].peer, 0, NULL, 0) == 0) chosen[members++] = end;
        if (members > 0 && regexec(&filter, rows[i].name, 0, NULL, 0) == 0) {
            if (options.list) puts(rows[i].name);
            else right = run_case(rows, chosen, members, &options) && right;
        }
        i = end;
    }
    free(chosen);
    regfree(&filter), regfree(&peer);
    return !right;
}
