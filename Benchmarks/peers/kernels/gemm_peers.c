// Matrix products in Apus, OpenBLAS, BLIS and MKL, by turns. From the top folder, with libapus built by
// cmake -S CSources -B build -G Ninja && cmake --build build:
//   cc -O2 -Iinclude -IBenchmarks/machine/include -fopenmp Benchmarks/peers/kernels/gemm_peers.c \
//       Benchmarks/machine/machine.c build/libapus.a -ldl -lm -o build/gemm_peers
//   build/gemm_peers [--type s|d] [--threads N] [--isa avx512|avx2] [--filter TEXT] [--rounds N]
//       [--seconds S] [--library NAME=PATH]
// --filter: a group or MxNxK of gemm_cases.h. --library: openblas, blis or mkl from another place; a library that
// cannot be loaded is left out.
//
// Every library lives in a process of its own that is stopped (SIGSTOP) while another has its turn: thread pools
// spin for a while after a call, and on a machine with as many threads as cores that would spoil the neighbour's
// time. A turn warms up first. Prints one JSON line a case (seconds: best and median over all rounds; every
// library's result is held against Apus'), then the geometric means of each peer's time over Apus'.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "apus.h"
#include "gemm_cases.h"
#include "machine.h"

enum { libraries = 4, most_samples = 4096, row_major = 101, no_transpose = 111 };

typedef void (*sgemm_function)(int, int, int, int, int, int, float, const float *, int, const float *, int, float, float *, int);
typedef void (*dgemm_function)(int, int, int, int, int, int, double, const double *, int, const double *, int, double, double *, int);

typedef struct library {
    const char *name, *path, *set_threads;
    sgemm_function sgemm;
    dgemm_function dgemm;
    pid_t process;
    int order[2], answer[2];
    double samples[most_samples], best, median, log_ratio;
    int count, cases;
} library;

static library all[libraries] = {
    {.name = "apus"},
    {.name = "openblas", .path = "libopenblas.so.0", .set_threads = "openblas_set_num_threads"},
    {.name = "blis", .path = "libblis.so.4", .set_threads = "bli_thread_set_num_threads"},
    {.name = "mkl", .path = "libmkl_rt.so.3", .set_threads = "MKL_Set_Num_Threads"},
};

typedef struct answer {
    int count;
    double sum, size; // of the result's elements, and of their absolute values
    double samples[most_samples];
} answer;

static bool doubles;
static int threads;
static double turn_seconds = 0.03;

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool load(library *lib) {
    if (lib->path == NULL) {
        apus_set_threads(threads);
        return true;
    }
    void *handle = dlopen(lib->path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    if (handle == NULL) {
        fprintf(stderr, "%s left out: %s\n", lib->name, dlerror());
        return false;
    }
    lib->sgemm = (sgemm_function)dlsym(handle, "cblas_sgemm");
    lib->dgemm = (dgemm_function)dlsym(handle, "cblas_dgemm");
    if (lib->sgemm == NULL || lib->dgemm == NULL) return false;
    if (strcmp(lib->name, "blis") == 0) {
        void (*set)(long) = (void (*)(long))dlsym(handle, lib->set_threads);
        if (set != NULL) set(threads);
    } else {
        void (*set)(int) = (void (*)(int))dlsym(handle, lib->set_threads);
        if (set != NULL) set(threads);
    }
    return true;
}

// MARK: A library's process

typedef struct problem {
    const gemm_case *c;
    void *a, *b, *y, *workspace;
    size_t workspace_bytes;
    apus_gemm_desc d;
} problem;

static void fill(void *x, size_t count, uint64_t state) {
    for (size_t i = 0; i < count; ++i) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        double value = (double)(int64_t)state * 0x1p-63;
        if (doubles) ((double *)x)[i] = value;
        else ((float *)x)[i] = (float)value;
    }
}

static problem prepare(const library *lib, const gemm_case *c) {
    size_t size = doubles ? sizeof(double) : sizeof(float);
    size_t m = (size_t)c->m, n = (size_t)c->n, k = (size_t)c->k;
    problem q = {.c = c, .a = apus_alloc(m * k * size), .b = apus_alloc(k * n * size), .y = apus_alloc(m * n * size)};
    if (q.a == NULL || q.b == NULL || q.y == NULL) exit(1);
    fill(q.a, m * k, 1);
    fill(q.b, k * n, 2);
    memset(q.y, 0, m * n * size);
    bool ta = c->transposes[0] == 't', tb = c->transposes[1] == 't';
    q.d = (apus_gemm_desc){.transpose_a = ta, .transpose_b = tb, .m = c->m, .n = c->n, .k = c->k,
                           .lda = ta ? c->m : c->k, .ldb = tb ? c->k : c->n, .ldc = c->n, .alpha = 1};
    if (lib->path == NULL) {
        q.workspace_bytes = doubles ? apus_dgemm_workspace(&q.d) : apus_sgemm_workspace(&q.d);
        q.workspace = q.workspace_bytes > 0 ? apus_alloc(q.workspace_bytes) : NULL;
    }
    return q;
}

static void multiply(const library *lib, const problem *q) {
    const apus_gemm_desc *d = &q->d;
    int ta = no_transpose + (int)d->transpose_a, tb = no_transpose + (int)d->transpose_b;
    int lda = (int)d->lda, ldb = (int)d->ldb, ldc = (int)d->ldc;
    if (lib->path == NULL) {
        apus_status status = doubles ? apus_dgemm(d, q->a, q->b, NULL, q->y, q->workspace, q->workspace_bytes)
                                     : apus_sgemm(d, q->a, q->b, NULL, q->y, q->workspace, q->workspace_bytes);
        if (status != APUS_OK) exit(1);
    } else if (doubles) {
        lib->dgemm(row_major, ta, tb, q->c->m, q->c->n, q->c->k, 1, q->a, lda, q->b, ldb, 0, q->y, ldc);
    } else {
        lib->sgemm(row_major, ta, tb, q->c->m, q->c->n, q->c->k, 1, q->a, lda, q->b, ldb, 0, q->y, ldc);
    }
}

// Calls in batches long enough for the clock, for a while.
static void take_turn(const library *lib, const problem *q, answer *result) {
    double start = seconds();
    int warm = 0;
    while (warm < 2 || (seconds() - start < 0.2 * turn_seconds)) multiply(lib, q), ++warm;
    double once = (seconds() - start) / warm;
    int batch = once > 2e-5 ? 1 : (int)(2e-5 / once) + 1;
    start = seconds();
    result->count = 0;
    double before = start;
    while (result->count < 3 || (before - start < turn_seconds && result->count < most_samples / 4)) {
        for (int i = 0; i < batch; ++i) multiply(lib, q);
        double after = seconds();
        result->samples[result->count++] = (after - before) / batch;
        before = after;
    }
    result->sum = result->size = 0;
    size_t count = (size_t)q->c->m * (size_t)q->c->n;
    for (size_t i = 0; i < count; ++i) {
        double value = doubles ? ((double *)q->y)[i] : ((float *)q->y)[i];
        result->sum += (double)(i % 7 + 1) * value;
        result->size += fabs(value);
    }
}

static void serve(library *lib) {
    bool loaded = load(lib);
    if (write(lib->answer[1], &loaded, sizeof loaded) != sizeof loaded || !loaded) _exit(1);
    static answer result;
    problem q = {0};
    int index;
    while (read(lib->order[0], &index, sizeof index) == sizeof index) {
        if (q.c != &gemm_cases[index]) {
            apus_free(q.a), apus_free(q.b), apus_free(q.y), apus_free(q.workspace);
            q = prepare(lib, &gemm_cases[index]);
        }
        take_turn(lib, &q, &result);
        const char *bytes = (const char *)&result;
        for (size_t sent = 0; sent < sizeof result;) {
            ssize_t count = write(lib->answer[1], bytes + sent, sizeof result - sent);
            if (count <= 0) _exit(1);
            sent += (size_t)count;
        }
    }
    _exit(0);
}

// MARK: The referee

static bool receive(int from, void *to, size_t bytes) {
    for (size_t got = 0; got < bytes;) {
        ssize_t count = read(from, (char *)to + got, bytes - got);
        if (count <= 0) return false;
        got += (size_t)count;
    }
    return true;
}

static bool start(library *lib) {
    if (pipe(lib->order) != 0 || pipe(lib->answer) != 0) return false;
    lib->process = fork();
    if (lib->process == 0) {
        close(lib->order[1]), close(lib->answer[0]);
        serve(lib);
    }
    close(lib->order[0]), close(lib->answer[1]);
    bool loaded = false;
    if (!receive(lib->answer[0], &loaded, sizeof loaded)) loaded = false;
    if (loaded) kill(lib->process, SIGSTOP);
    else waitpid(lib->process, NULL, 0), lib->process = 0;
    return loaded;
}

static void run_case(int index, int rounds, double peak) {
    const gemm_case *c = &gemm_cases[index];
    static answer result;
    double sum = 0, size = 0;
    for (int l = 0; l < libraries; ++l) all[l].count = 0;
    for (int round = 0; round < rounds; ++round)
        for (int turn = 0; turn < libraries; ++turn) {
            int l = round % 2 == 0 ? turn : libraries - 1 - turn;
            if (round == 0) l = turn; // Apus first: the others are held against it
            library *lib = &all[l];
            if (lib->process == 0) continue;
            kill(lib->process, SIGCONT);
            bool ok = write(lib->order[1], &index, sizeof index) == sizeof index &&
                      receive(lib->answer[0], &result, sizeof result);
            if (!ok) {
                fprintf(stderr, "%s ended\n", lib->name);
                exit(1);
            }
            kill(lib->process, SIGSTOP);
            if (l == 0 && round == 0) sum = result.sum, size = result.size;
            if (!(fabs(result.sum - sum) <= 1e-4 * size))
                fprintf(stderr, "%s: another result at %dx%dx%d %s\n", lib->name, c->m, c->n, c->k, c->transposes);
            for (int i = 0; i < result.count && lib->count < most_samples; ++i)
                lib->samples[lib->count++] = result.samples[i];
        }
    double operations = 2.0 * c->m * c->n * c->k;
    printf("{\"case\": \"%cgemm %dx%dx%d %s\", \"group\": \"%s\"", doubles ? 'd' : 's', c->m, c->n, c->k, c->transposes,
           c->group);
    for (int l = 0; l < libraries; ++l) {
        library *lib = &all[l];
        if (lib->process == 0) continue;
        qsort(lib->samples, (size_t)lib->count, sizeof(double), ascending);
        lib->best = lib->samples[0];
        lib->median = lib->samples[lib->count / 2];
        printf(", \"%s\": {\"best\": %.4g, \"median\": %.4g, \"gflops\": %.1f", lib->name, lib->best, lib->median,
               operations / lib->median * 1e-9);
        if (l == 0) {
            printf(", \"of_peak\": %.3f", operations / lib->median * 1e-9 / peak);
        } else {
            double ratio = lib->median / all[0].median;
            printf(", \"ratio\": %.3f", ratio);
            lib->log_ratio += log(ratio);
            lib->cases++;
        }
        printf("}");
    }
    printf("}\n");
    fflush(stdout);
}

static bool chosen(const gemm_case *c, const char *filter) {
    char name[64];
    snprintf(name, sizeof name, "%dx%dx%d", c->m, c->n, c->k);
    return filter == NULL || strcmp(filter, c->group) == 0 || strcmp(filter, name) == 0;
}

int main(int count, char **arguments) {
    const char *filter = NULL, *isa = NULL;
    int rounds = 4;
    for (int i = 1; i + 1 < count; i += 2) {
        const char *option = arguments[i], *value = arguments[i + 1];
        if (strcmp(option, "--type") == 0) doubles = value[0] == 'd';
        else if (strcmp(option, "--threads") == 0) threads = atoi(value);
        else if (strcmp(option, "--isa") == 0) isa = value;
        else if (strcmp(option, "--filter") == 0) filter = value;
        else if (strcmp(option, "--rounds") == 0) rounds = atoi(value);
        else if (strcmp(option, "--seconds") == 0) turn_seconds = atof(value);
        else if (strcmp(option, "--library") == 0) {
            for (int l = 1; l < libraries; ++l) {
                size_t length = strlen(all[l].name);
                if (strncmp(value, all[l].name, length) == 0 && value[length] == '=') all[l].path = value + length + 1;
            }
        } else {
            fprintf(stderr, "unknown option %s; see the head of gemm_peers.c\n", option);
            return 2;
        }
    }
    if (isa != NULL) setenv("APUS_ISA", isa, 1);
    if (threads < 1) threads = apus_get_threads();
    // The same instructions for everyone. On processors of other makers MKL and BLIS would choose for themselves.
    bool wide = apus_get_isa() == APUS_ISA_AVX512;
    setenv("OPENBLAS_CORETYPE", wide ? "SkylakeX" : "Haswell", 1);
    setenv("BLIS_ARCH_TYPE", wide ? "skx" : "haswell", 1);
    setenv("MKL_ENABLE_INSTRUCTIONS", wide ? "AVX512" : "AVX2", 1);
    char number[16];
    snprintf(number, sizeof number, "%d", threads);
    setenv("BLIS_NUM_THREADS", number, 1);
    setenv("OMP_NUM_THREADS", number, 1);
    for (int l = 0; l < libraries; ++l) start(&all[l]);
    if (all[0].process == 0) return 1;
    // The yardstick is measured in a process too: this one must have no threads of its own.
    int pipes[2];
    double peak = 0;
    if (pipe(pipes) != 0) return 1;
    pid_t yardstick = fork();
    if (yardstick == 0) {
        apus_set_threads(threads);
        peak = bench_peak_gflops() / (doubles ? 2 : 1);
        _exit(write(pipes[1], &peak, sizeof peak) != sizeof peak);
    }
    if (!receive(pipes[0], &peak, sizeof peak)) return 1;
    waitpid(yardstick, NULL, 0);
    printf("{\"isa\": \"%s\", \"threads\": %d, \"peak_gflops\": %.1f}\n", apus_isa_name(apus_get_isa()), threads, peak);
    for (int i = 0; i < gemm_case_count; ++i)
        if (chosen(&gemm_cases[i], filter)) run_case(i, rounds, peak);
    printf("{\"geometric_mean_of_ratios\": {");
    const char *separator = "";
    for (int l = 1; l < libraries; ++l) {
        if (all[l].cases > 0) {
            printf("%s\"%s\": %.3f", separator, all[l].name, exp(all[l].log_ratio / all[l].cases));
            separator = ", ";
        }
    }
    printf("}}\n");
    for (int l = 0; l < libraries; ++l)
        if (all[l].process != 0) kill(all[l].process, SIGKILL), waitpid(all[l].process, NULL, 0);
    return 0;
}
