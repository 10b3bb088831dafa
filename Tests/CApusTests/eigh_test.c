// Eigenvalues of symmetric positive semidefinite matrices with known spectra.
#include <float.h>

#include "../../include/apus/linalg.h"
#include "Fixtures/singular_values.h"
#include "harness.h"

// a := H diag(w) H with the product H of three reflections: eigenvectors that are spread over all elements.
static void with_spectrum(random_state *random, ptrdiff_t n, const double *w, double *a) {
    memset(a, 0, (size_t)(n * n) * 8);
    for (ptrdiff_t i = 0; i < n; i++) a[i * n + i] = w[i];
    double *v = malloc((size_t)n * 8), *y = malloc((size_t)n * 8);
    for (int turn = 0; turn < 3; turn++) {
        double square = 0, inner = 0;
        for (ptrdiff_t i = 0; i < n; i++) {
            v[i] = random_unit(random) - 0.5;
            square += v[i] * v[i];
        }
        for (ptrdiff_t i = 0; i < n; i++) v[i] *= sqrt(2 / square); // H = 1 - v v^T
        for (ptrdiff_t i = 0; i < n; i++) {
            y[i] = 0;
            for (ptrdiff_t j = 0; j < n; j++) y[i] += a[i * n + j] * v[j];
            inner += y[i] * v[i];
        }
        for (ptrdiff_t i = 0; i < n; i++)
            for (ptrdiff_t j = 0; j < n; j++) a[i * n + j] += inner * v[i] * v[j] - v[i] * y[j] - y[i] * v[j];
    }
    free(v);
    free(y);
}

enum { FALLING, FLAT, LOW_RANK, REPEATED, NOTHING, SPECTRA };

static double spectrum(int kind, ptrdiff_t i, ptrdiff_t n) {
    double at = (double)i / (double)n;
    switch (kind) {
    case FALLING: return exp(-8 * at) / (1 + (double)i);
    case FLAT: return 1.2 - 0.4 * at;
    case LOW_RANK: return i < n / 4 + 1 ? 2 - at : 0;
    case REPEATED: return i < n / 2 ? 3 : 1;
    default: return 0;
    }
}

#define T float
#define P(x) f32_##x
#define EIGH apus_seigh
#define EIGH_WORKSPACE apus_seigh_workspace
#define EPSILON ((double)FLT_EPSILON)
#include "eigh_test_template.h"

#define T double
#define P(x) f64_##x
#define EIGH apus_deigh
#define EIGH_WORKSPACE apus_deigh_workspace
#define EPSILON DBL_EPSILON
#include "eigh_test_template.h"

// Truth: mpmath, Fixtures/singular_values.py. The condition is about 1e240; the smallest have 13 digits all the same.
static void small_eigenvalues_keep_their_digits(void) {
    FOR_EACH_ISA(isa) {
        double w[10];
        apus_eigh_desc d = {10, 10, 10, 10};
        CHECK_STATUS(apus_deigh(&d, scaled_covariance, w, NULL, NULL, NULL, 0), APUS_OK);
        for (int i = 0; i < 10; i++) CHECK_RELATIVE(w[i], scaled_covariance_eigenvalues[i], 1e-13);
    }
}

int main(void) {
    RUN(f32_known_spectra);
    RUN(f64_known_spectra);
    RUN(f32_errors);
    RUN(f64_errors);
    RUN(f32_same_bits_on_any_number_of_threads);
    RUN(f64_same_bits_on_any_number_of_threads);
    RUN(small_eigenvalues_keep_their_digits);
    return harness_finish();
}
