// Singular values and vectors: LAPACK's test ratios on its kinds of matrices, truth from high precision, errors, threads.
#define _GNU_SOURCE
#include <float.h>
#include <pthread.h>

#include "../../include/apus/linalg.h"
#include "Fixtures/singular_values.h"
#include "harness.h"

// LAPACK's own bound on its ratios (svd.in in its TESTING folder has 35 and 50).
static const double most_ratio = 30;

// Kinds of matrices, after LAPACK's xDRVBD and xLATMS.
enum {
    ZERO, IDENTITY, RANDOM_NORMAL, ONE_LARGE, ONE_SMALL, GEOMETRIC, ARITHMETIC, LOG_RANDOM, NEAR_UNDERFLOW, NEAR_OVERFLOW,
    GRADED_COLUMNS, GRADED_ROWS, REPEATED, RANK_DEFICIENT, KINDS
};

static double normal(random_state *random) {
    return sqrt(-2 * log(random_unit(random) + 0x1p-60)) * cos(6.283185307179586 * random_unit(random));
}

// Rows of q: `count` orthonormal vectors of n elements, by Gram and Schmidt, twice.
static void orthonormal(random_state *random, ptrdiff_t count, ptrdiff_t n, double *q) {
    for (ptrdiff_t i = 0; i < count; i++) {
        double *row = q + i * n, square = 0;
        for (ptrdiff_t j = 0; j < n; j++) row[j] = normal(random);
        for (int pass = 0; pass < 2; pass++)
            for (ptrdiff_t k = 0; k < i; k++) {
                double dot = 0;
                for (ptrdiff_t j = 0; j < n; j++) dot += row[j] * q[k * n + j];
                for (ptrdiff_t j = 0; j < n; j++) row[j] -= dot * q[k * n + j];
            }
        for (ptrdiff_t j = 0; j < n; j++) square += row[j] * row[j];
        for (ptrdiff_t j = 0; j < n; j++) row[j] /= sqrt(square);
    }
}

// a [m, n], elements about 1 at most but for NEAR_*: multiplied by `tiny` and `huge`.
static void make_matrix(random_state *random, int kind, ptrdiff_t m, ptrdiff_t n, double tiny, double huge, double condition, double *a) {
    ptrdiff_t k = m < n ? m : n;
    if (kind == ZERO || kind == IDENTITY || kind == RANDOM_NORMAL || kind == GRADED_COLUMNS || kind == GRADED_ROWS) {
        for (ptrdiff_t i = 0; i < m; i++)
            for (ptrdiff_t j = 0; j < n; j++) {
                double x = kind == ZERO ? 0 : kind == IDENTITY ? i == j : normal(random);
                double at = kind == GRADED_COLUMNS ? (double)j / (double)n : kind == GRADED_ROWS ? (double)i / (double)m : 0;
                a[i * n + j] = x * pow(condition, -2 * at);
            }
        return;
    }
    double *u = malloc((size_t)(k * m) * 8), *v = malloc((size_t)(k * n) * 8);
    orthonormal(random, k, m, u);
    orthonormal(random, k, n, v);
    memset(a, 0, (size_t)(m * n) * 8);
    for (ptrdiff_t l = 0; l < k; l++) {
        double at = k == 1 ? 0 : (double)l / (double)(k - 1), s = 1;
        switch (kind) {
        case ONE_LARGE: s = l == 0 ? 1 : 1 / condition; break;
        case ONE_SMALL: s = l < k - 1 ? 1 : 1 / condition; break;
        case ARITHMETIC: s = 1 - at * (1 - 1 / condition); break;
        case LOG_RANDOM: s = pow(condition, -random_unit(random)); break;
        case REPEATED: s = l < k / 2 ? 1 : 0.5; break;
        case RANK_DEFICIENT: s = l < (k + 1) / 2 ? 1 - at / 2 : 0; break;
        default: s = pow(condition, -at); break;
        }
        if (kind == NEAR_UNDERFLOW) s *= tiny;
        if (kind == NEAR_OVERFLOW) s *= huge;
        for (ptrdiff_t i = 0; i < m; i++)
            for (ptrdiff_t j = 0; j < n; j++) a[i * n + j] += s * u[l * m + i] * v[l * n + j];
    }
    free(u);
    free(v);
}

static const ptrdiff_t shapes[][2] = {{0, 0}, {0, 3}, {3, 0}, {1, 1}, {1, 2}, {2, 1}, {1, 40}, {40, 1}, {2, 2}, {3, 3}, {5, 3},
                                      {3, 5}, {8, 8}, {9, 7}, {15, 17}, {16, 16}, {17, 17}, {17, 40}, {31, 33}, {32, 32},
                                      {33, 32}, {33, 33}, {40, 40}, {40, 17}, {65, 64}, {64, 65}, {66, 66}, {70, 97}, {100, 69},
                                      {130, 35}, {20, 150}};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

#define T float
#define P(x) f32_##x
#define SVD apus_ssvd
#define SVD_WORKSPACE apus_ssvd_workspace
#define EPSILON ((double)FLT_EPSILON)
#define TINY 1e-36
#define HUGE_SIZE 1e37
#define IS_DOUBLE 0
#include "svd_test_template.h"

#define T double
#define P(x) f64_##x
#define SVD apus_dsvd
#define SVD_WORKSPACE apus_dsvd_workspace
#define EPSILON DBL_EPSILON
#define TINY 1e-300
#define HUGE_SIZE 1e306
#define IS_DOUBLE 1
#include "svd_test_template.h"

// Truth: mpmath, Fixtures/singular_values.py. Tolerances in epsilon; LAPACK's gesdd misses most by many orders.
static void small_singular_values_keep_their_digits(void) {
    FOR_EACH_ISA(isa) {
        for (size_t c = 0; c < sizeof singular_value_cases / sizeof singular_value_cases[0]; c++) {
            const singular_value_case *test = &singular_value_cases[c];
            ptrdiff_t m = test->m, n = test->n, k = m < n ? m : n;
            double s[16], u[16 * 16], vt[16 * 16], turned[16 * 16];
            for (int transposed = 0; transposed < 2; transposed++) {
                for (ptrdiff_t i = 0; i < m; i++)
                    for (ptrdiff_t j = 0; j < n; j++) turned[transposed ? j * m + i : i * n + j] = test->a[i * n + j];
                ptrdiff_t rows = transposed ? n : m, columns = transposed ? m : n;
                for (int vectors = 0; vectors < 2; vectors++) {
                    apus_svd_desc d = {rows, columns, columns, k, columns, vectors ? APUS_VECTORS_THIN : APUS_VECTORS_NONE};
                    CHECK_STATUS(apus_dsvd(&d, turned, s, u, vt, NULL, NULL, 0), APUS_OK);
                    double worst = 0;
                    for (ptrdiff_t i = 0; i < k; i++) worst = fmax(worst, fabs(s[i] - test->s[i]) / test->s[i] / DBL_EPSILON);
                    CHECK_MSG(worst <= test->tolerance, "isa %d %s, transposed %d: %g eps", isa, test->name, transposed, worst);
                }
            }
        }
    }
}

// One-sided rotations in long double, in no hurry: the singular values of a [n, n], which is used up, descending.
static void singular_values_in_long_double(ptrdiff_t n, long double *a, double *s) {
    for (int turned = 1; turned;) {
        turned = 0;
        for (ptrdiff_t p = 0; p < n; p++)
            for (ptrdiff_t q = p + 1; q < n; q++) {
                long double *x = a + p * n, *y = a + q * n, xx = 0, yy = 0, xy = 0;
                for (ptrdiff_t i = 0; i < n; i++) xx += x[i] * x[i], yy += y[i] * y[i], xy += x[i] * y[i];
                if (fabsl(xy) <= 1e-18L * sqrtl(xx) * sqrtl(yy)) continue;
                turned = 1;
                long double zeta = (yy - xx) / (2 * xy), t = (zeta < 0 ? -1 : 1) / (fabsl(zeta) + sqrtl(1 + zeta * zeta));
                long double c = 1 / sqrtl(1 + t * t);
                for (ptrdiff_t i = 0; i < n; i++) {
                    long double left = x[i];
                    x[i] = c * (left - t * y[i]), y[i] = c * (y[i] + t * left);
                }
            }
    }
    for (ptrdiff_t p = 0; p < n; p++) {
        long double square = 0;
        for (ptrdiff_t i = 0; i < n; i++) square += a[p * n + i] * a[p * n + i];
        double value = (double)sqrtl(square);
        ptrdiff_t at = p;
        for (; at > 0 && s[at - 1] < value; at--) s[at] = s[at - 1];
        s[at] = value;
    }
}

// With columns scaled by powers of two from 2^-e to 2^e: what a method loses that is accurate beside the largest value is
// about that spread, 2^(2 e) epsilon. Large enough for eigenvectors of the Gram matrix to come first; with the wider
// spread these cannot be told apart, and rotations do it alone.
static void large_scaled_matrices_keep_their_digits(void) {
    enum { n = 230 };
    static long double exact[n * n];
    static double a[n * n], truth[n], s[n], u[n * n], vt[n * n];
    const double spreads[] = {6, 60};
    for (int c = 0; c < 2; c++) {
        random_state random = {23};
        double scale[n];
        for (int j = 0; j < n; j++) scale[j] = pow(2, floor(spreads[c] * (2 * random_unit(&random) - 1)));
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) a[i * n + j] = (normal(&random) / sqrt(n) + (i == j ? 3 : 0)) * scale[j];
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) exact[j * n + i] = a[i * n + j];
        singular_values_in_long_double(n, exact, truth);
        FOR_EACH_ISA(isa) {
            apus_svd_desc d = {n, n, n, n, n, APUS_VECTORS_THIN};
            apus_linalg_info info;
            CHECK_STATUS(apus_dsvd(&d, a, s, u, vt, &info, NULL, 0), APUS_OK);
            double worst = 0;
            for (int i = 0; i < n; i++) worst = fmax(worst, fabs(s[i] - truth[i]) / truth[i] / DBL_EPSILON);
            CHECK_MSG(worst <= 100, "isa %d, spread %g: %g eps", isa, spreads[c], worst);
            CHECK_MSG(c != 0 || info.sweeps <= 5, "isa %d: %d sweeps", isa, info.sweeps);
        }
    }
}

int main(void) {
    RUN(f32_ratios);
    RUN(f64_ratios);
    RUN(f32_large_matrices);
    RUN(f64_large_matrices);
    RUN(f32_errors);
    RUN(f64_errors);
    RUN(f32_not_finite);
    RUN(f64_not_finite);
    RUN(f32_allocations_fail);
    RUN(f64_allocations_fail);
    RUN(f32_same_bits_on_any_number_of_threads);
    RUN(f64_same_bits_on_any_number_of_threads);
    RUN(f32_several_callers);
    RUN(f64_several_callers);
    RUN(small_singular_values_keep_their_digits);
    // Where a long double is made of software, the truth takes minutes.
    if (!harness_is_quick()) RUN(large_scaled_matrices_keep_their_digits);
    return harness_finish();
}
