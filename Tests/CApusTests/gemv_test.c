// A few vectors times a matrix, as it comes from memory: too large a matrix for a test of the whole product, so the
// kernel is asked itself. Rows are called ahead of their use, which must change neither a bit nor what is touched.
#include "../../CSources/gemm/gemm_gemv.h"
#include "harness.h"

#define TEST(T, P, EPSILON, FILL)                                                                                     \
    static void P##_try(random_state *random, ptrdiff_t vectors, ptrdiff_t n, ptrdiff_t k, guard_side side) {         \
        const ptrdiff_t ld = n + random_index(random, 3);                                                             \
        guarded gx = guard_alloc((size_t)(vectors * k) * sizeof(T), side), gy = guard_alloc((size_t)(vectors * n) * sizeof(T), side); \
        guarded gm = guard_alloc((size_t)((k - 1) * ld + n) * sizeof(T), side);                                       \
        T *x = gx.data, *m = gm.data, *y = gy.data, *near = malloc((size_t)(vectors * n) * sizeof(T));                \
        FILL(random, x, vectors * k, -1, 1);                                                                          \
        FILL(random, m, (k - 1) * ld + n, -1, 1);                                                                     \
        apus_##P##_gemv g = {.vectors = vectors, .k = k, .ld = ld, .x_vector = k, .x_stride = 1, .y_vector = n,       \
                             .y_stride = 1, .x = x, .matrix = m, .y = near, .alpha = 1};                              \
        apus_##P##_gemv_rows(&g, 0, n);                                                                               \
        g.y = y;                                                                                                      \
        g.call_ahead = 1;                                                                                             \
        /* In two parts, as two threads would. */                                                                     \
        const ptrdiff_t half = n / 2 / apus_gemm_gemv_step * apus_gemm_gemv_step;                                     \
        apus_##P##_gemv_rows(&g, half, n);                                                                            \
        apus_##P##_gemv_rows(&g, 0, half);                                                                            \
        CHECK_MSG(same_bits(y, near, (size_t)(vectors * n) * sizeof(T)), "%td x %td x %td: other bits", vectors, n, k); \
        double worst = 0;                                                                                             \
        for (ptrdiff_t r = 0; r < vectors; ++r)                                                                       \
            for (ptrdiff_t j = 0; j < n; ++j) {                                                                       \
                double exact = 0, size = 0;                                                                           \
                for (ptrdiff_t p = 0; p < k; ++p) {                                                                   \
                    const double term = (double)x[r * k + p] * (double)m[p * ld + j];                                 \
                    exact += term;                                                                                    \
                    size += fabs(term);                                                                               \
                }                                                                                                     \
                worst = fmax(worst, fabs((double)y[r * n + j] - exact) / (EPSILON * size));                           \
            }                                                                                                         \
        CHECK_MSG(worst <= fmax(16, (double)k), "%td x %td x %td: error %g", vectors, n, k, worst);                   \
        free(near);                                                                                                   \
        guard_free(&gx), guard_free(&gy), guard_free(&gm);                                                            \
    }                                                                                                                 \
    static void P##_rows_called_ahead(void) {                                                                         \
        static const ptrdiff_t widths[] = {1, 15, 16, 17, 33, 100, 2100}, depths[] = {1, 7, 8, 9, 16, 37};            \
        random_state random = {7};                                                                                    \
        for (ptrdiff_t vectors = 1; vectors <= apus_gemm_gemv_most; ++vectors)                                        \
            for (size_t i = 0; i < sizeof widths / sizeof *widths; ++i)                                               \
                for (size_t j = 0; j < sizeof depths / sizeof *depths; ++j)                                           \
                    P##_try(&random, vectors, widths[i], depths[j], (guard_side)((i + j) % 2));                       \
    }

TEST(float, f32, 0x1p-23, fill_f32)
TEST(double, f64, 0x1p-52, fill_f64)

int main(void) {
    RUN(f32_rows_called_ahead);
    RUN(f64_rows_called_ahead);
    return harness_finish();
}
