#define _GNU_SOURCE
#include <float.h>
#include <pthread.h>
#include <stdatomic.h>

#include "../../CSources/gemm/gemm_kernels.h"
#include "../../CSources/gemm/gemm_plan.h"
#include "harness.h"

static long paths_seen[GEMM_PACKED + 1];
static atomic_int nested_failures, nested_calls;

static void set_transposes(random_state *random, apus_gemm_desc *d, bool ta, bool tb) {
    d->transpose_a = ta ? APUS_TRANSPOSE : APUS_NO_TRANSPOSE;
    d->transpose_b = tb ? APUS_TRANSPOSE : APUS_NO_TRANSPOSE;
    d->lda = (ta ? d->m : d->k) + random_index(random, 3);
    d->ldb = (tb ? d->k : d->n) + random_index(random, 3);
}

static apus_gemm_desc random_desc(random_state *random, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
    static const double alphas[] = {1, 0.7, 1, 0}, betas[] = {0, 1, 1.3};
    apus_gemm_desc d = {.m = m, .n = n, .k = k};
    uint64_t bits = random_bits(random);
    set_transposes(random, &d, bits & 1, bits >> 1 & 1);
    d.ldc = n + random_index(random, 3);
    d.alpha = alphas[(bits >> 2) % 8 == 0 ? 3 : (bits >> 2) % 3];
    d.beta = betas[random_index(random, 3)];
    d.activation = bits >> 8 & 1 ? APUS_ACTIVATION_RELU : APUS_ACTIVATION_LINEAR;
    return d;
}

#define T float
#define P f32
#define GEMM apus_sgemm
#define GEMM_WORKSPACE apus_sgemm_workspace
#define EPSILON ((double)FLT_EPSILON)
#define REAL double
#include "gemm_test_template.h"

#define T double
#define P f64
#define GEMM apus_dgemm
#define GEMM_WORKSPACE apus_dgemm_workspace
#define EPSILON DBL_EPSILON
#if defined(__aarch64__)
// long double is arithmetic in software there, hours of it under an emulator; the tolerance has room for a double's sums.
#define REAL double
#else
#define REAL long double
#endif
#include "gemm_test_template.h"

static void every_path_was_taken(void) {
    for (int path = 0; path <= GEMM_PACKED; ++path) CHECK_MSG(paths_seen[path] >= 20, "path %d: %ld", path, paths_seen[path]);
}

int main(void) {
    RUN(f32_kernels_and_packing);
    RUN(f64_kernels_and_packing);
    RUN(f32_errors);
    RUN(f64_errors);
    RUN(f32_tiny_shapes);
    RUN(f64_tiny_shapes);
    RUN(f32_every_combination);
    RUN(f64_every_combination);
    RUN(f32_tile_edges);
    RUN(f64_tile_edges);
    RUN(f32_large_shapes);
    RUN(f64_large_shapes);
    if (getenv("APUS_TEST_SHARE") == NULL) RUN(every_path_was_taken);
    RUN(f32_same_bits_on_any_number_of_threads);
    RUN(f64_same_bits_on_any_number_of_threads);
    RUN(f32_workspace_is_respected);
    RUN(f64_workspace_is_respected);
    RUN(f32_nan_spreads_and_stays);
    RUN(f64_nan_spreads_and_stays);
    RUN(f32_nested_and_reentrant);
    RUN(f64_nested_and_reentrant);
    return harness_finish();
}
