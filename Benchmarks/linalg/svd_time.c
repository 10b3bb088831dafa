// Times apus_dsvd and apus_ssvd over sizes; see README.md in this folder.
//   svd_time [sizes...]        default: 8 16 32 64 128 256 512 1024 2048
// Prints, a line a size and type: n, type, thin or values, sweeps, minimum and median seconds.
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <apus.h>

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

enum { most_runs = 200 };

// Runs for about a second, at least three times.
#define DEFINE_TIME(T, SVD, LETTER)                                                                            \
    static int time_##SVD(ptrdiff_t n, apus_vectors vectors) {                                                 \
        apus_svd_desc d = {n, n, n, n, n, vectors};                                                            \
        size_t bytes = apus_##SVD##_workspace(&d), square = (size_t)(n * n) * sizeof(T);                       \
        T *a = apus_alloc(square), *u = apus_alloc(square), *vt = apus_alloc(square), *s = apus_alloc(square); \
        void *workspace = apus_alloc(bytes);                                                                   \
        if (!a || !u || !vt || !s || !workspace) return 1;                                                     \
        for (ptrdiff_t i = 0; i < n * n; i++) a[i] = (T)normal();                                              \
        apus_linalg_info info;                                                                                 \
        double seconds[most_runs], begin = now();                                                              \
        int runs = 0;                                                                                          \
        while (runs < 3 || (runs < most_runs && now() - begin < 0.7)) {                                        \
            double start = now();                                                                              \
            apus_status status = apus_##SVD(&d, a, s, u, vt, &info, workspace, bytes);                         \
            seconds[runs++] = now() - start;                                                                   \
            if (status != APUS_OK) {                                                                           \
                fprintf(stderr, "%s\n", apus_status_string(status));                                           \
                return 1;                                                                                      \
            }                                                                                                  \
        }                                                                                                      \
        qsort(seconds, (size_t)runs, sizeof *seconds, ascending);                                              \
        printf("%5td %s %s sweeps %2d  minimum %.3e  median %.3e\n", n, LETTER,                                \
               vectors == APUS_VECTORS_NONE ? "values" : "thin  ", info.sweeps, seconds[0], seconds[runs / 2]); \
        fflush(stdout);                                                                                        \
        apus_free(a), apus_free(u), apus_free(vt), apus_free(s), apus_free(workspace);                         \
        return 0;                                                                                              \
    }
DEFINE_TIME(double, dsvd, "float64")
DEFINE_TIME(float, ssvd, "float32")

int main(int argc, char **argv) {
    static const ptrdiff_t usual[] = {8, 16, 32, 64, 128, 256, 512, 1024, 2048};
    int count = argc > 1 ? argc - 1 : (int)(sizeof usual / sizeof usual[0]);
    for (int i = 0; i < count; i++) {
        ptrdiff_t n = argc > 1 ? atol(argv[i + 1]) : usual[i];
        if (n < 1) return 2;
        if (time_dsvd(n, APUS_VECTORS_THIN) || time_dsvd(n, APUS_VECTORS_NONE) || time_ssvd(n, APUS_VECTORS_THIN)) return 1;
    }
    return 0;
}
