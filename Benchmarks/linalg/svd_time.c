// Times apus_dsvd and apus_ssvd over sizes, and LAPACK's gesdd in the same process if compiled with -DLAPACK; see README.md
// in this folder.
//   svd_time [sizes...]        default: 2 4 8 12 16 24 32 64 128 256 512 1024 2048
// Prints rows of a Markdown table: minimum and median microseconds of a call. The two take turns, some calls at a time.
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <apus.h>

#ifdef LAPACK
void dgesdd_(const char *, const int *, const int *, double *, const int *, double *, double *, const int *, double *,
             const int *, double *, const int *, int *, int *);
void sgesdd_(const char *, const int *, const int *, float *, const int *, float *, float *, const int *, float *,
             const int *, float *, const int *, int *, int *);
#endif

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static uint64_t state = 1;
static double uniform(void) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(state >> 11) + 0.5) * 0x1p-53;
}
static double normal(void) { return sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform()); }

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

enum { most_samples = 100 };
typedef struct {
    double seconds[most_samples];
    int count;
} samples;

static double quantile(samples *s, int part, int of) {
    qsort(s->seconds, (size_t)s->count, sizeof(double), ascending);
    return s->count == 0 ? NAN : s->seconds[(s->count - 1) * part / of];
}

// A sample is several calls where one is too short for the clock.
static int calls_for(ptrdiff_t n) { return n <= 4 ? 200 : n <= 16 ? 50 : n <= 32 ? 20 : n <= 64 ? 5 : 1; }

#define MORE(s, start, share) ((s).count < most_samples && ((s).count < 3 || now() - (start) < (share)))

#ifdef LAPACK
// gesdd destroys its input, so a call has a copy, as a caller has who needs it still.
#define LAPACK_SAMPLES(T, GESDD)                                                                                     \
    int order = (int)n, size = -1, failed = 0, *integers = malloc((size_t)n * 8 * sizeof(int));                      \
    const char job = vectors == APUS_VECTORS_NONE ? 'N' : 'S';                                                       \
    T best, *copy = apus_alloc(square);                                                                              \
    GESDD(&job, &order, &order, copy, &order, s, u, &order, vt, &order, &best, &size, integers, &failed);            \
    size = (int)best + 1;                                                                                            \
    T *work = apus_alloc((size_t)size * sizeof(T));                                                                  \
    if (integers == NULL || copy == NULL || work == NULL) return 1;                                                  \
    for (int round = 0; round < 2; round++) {                                                                        \
        pause_between(n);                                                                                            \
        double begin = now();                                                                                        \
        for (int first = 1; MORE(lapack, begin, 0.1) || first; first = 0) {                                          \
            double start = now();                                                                                    \
            for (int i = 0; i < calls; i++) {                                                                        \
                memcpy(copy, a, square);                                                                             \
                GESDD(&job, &order, &order, copy, &order, s, u, &order, vt, &order, work, &size, integers, &failed); \
            }                                                                                                        \
            if (failed != 0) return 1;                                                                               \
            if (!first) lapack.seconds[lapack.count++] = (now() - start) / calls;                                    \
        }                                                                                                            \
    }                                                                                                                \
    free(integers), apus_free(copy), apus_free(work);
#else
#define LAPACK_SAMPLES(T, GESDD) (void)pause_between;
#endif

// Each library's threads spin for a while after a call, and would take the other one's processors.
static void pause_between(ptrdiff_t n) { nanosleep(&(struct timespec){0, n > 32 ? 200000000 : 0}, NULL); }

#define DEFINE_TIME(T, SVD, GESDD, LETTERS)                                                                          \
    static int time_##SVD(ptrdiff_t n, apus_vectors vectors) {                                                       \
        apus_svd_desc d = {n, n, n, n, n, vectors};                                                                  \
        size_t bytes = apus_##SVD##_workspace(&d), square = (size_t)(n * n) * sizeof(T);                             \
        T *a = apus_alloc(square), *u = apus_alloc(square), *vt = apus_alloc(square), *s = apus_alloc(square);       \
        void *workspace = apus_alloc(bytes);                                                                         \
        if (!a || !u || !vt || !s || !workspace) return 1;                                                           \
        for (ptrdiff_t i = 0; i < n * n; i++) a[i] = (T)normal();                                                    \
        apus_linalg_info info;                                                                                       \
        samples apus = {.count = 0}, lapack = {.count = 0};                                                          \
        const int calls = calls_for(n);                                                                              \
        double begin = now();                                                                                        \
        for (int first = 1; MORE(apus, begin, 0.2) || first; first = 0) {                                            \
            double start = now();                                                                                    \
            for (int i = 0; i < calls; i++)                                                                          \
                if (apus_##SVD(&d, a, s, u, vt, &info, workspace, bytes) != APUS_OK) return 1;                       \
            if (!first) apus.seconds[apus.count++] = (now() - start) / calls;                                        \
        }                                                                                                            \
        LAPACK_SAMPLES(T, GESDD)                                                                                     \
        double mine = quantile(&apus, 0, 2), its = quantile(&lapack, 0, 2);                                          \
        printf("| %td | " LETTERS " | %s | %d | %.2f (%.2f) |", n, vectors == APUS_VECTORS_NONE ? "values" : "thin", \
               info.sweeps, mine * 1e6, quantile(&apus, 1, 2) * 1e6);                                                \
        if (lapack.count > 0) printf(" %.2f (%.2f) | %.2f |", its * 1e6, quantile(&lapack, 1, 2) * 1e6, its / mine); \
        printf("\n");                                                                                                \
        fflush(stdout);                                                                                              \
        apus_free(a), apus_free(u), apus_free(vt), apus_free(s), apus_free(workspace);                               \
        return 0;                                                                                                    \
    }
DEFINE_TIME(double, dsvd, dgesdd_, "float64")
DEFINE_TIME(float, ssvd, sgesdd_, "float32")

int main(int argc, char **argv) {
    static const ptrdiff_t usual[] = {2, 4, 8, 12, 16, 24, 32, 64, 128, 256, 512, 1024, 2048};
    int count = argc > 1 ? argc - 1 : (int)(sizeof usual / sizeof usual[0]);
    printf("| n | type | vectors | sweeps | Apus us (median) | gesdd us (median) | gesdd / Apus |\n");
    printf("| ---: | --- | --- | ---: | ---: | ---: | ---: |\n");
    for (int i = 0; i < count; i++) {
        ptrdiff_t n = argc > 1 ? atoi(argv[i + 1]) : usual[i];
        if (time_dsvd(n, APUS_VECTORS_THIN) || time_dsvd(n, APUS_VECTORS_NONE) || time_ssvd(n, APUS_VECTORS_THIN) ||
            time_ssvd(n, APUS_VECTORS_NONE))
            return 1;
    }
    return 0;
}
