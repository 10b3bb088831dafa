// Activations, softmax and the small elementwise operations against libm in double.
#include <float.h>

#include "../../include/apus/activation.h"
#include "harness.h"

enum { FUNCTIONS = APUS_ACTIVATION_SILU + 1, SWEEP = 1 << 20, LARGE = 40961 };
static const char *const names[FUNCTIONS] = {"linear", "relu", "leaky", "elu", "sigmoid", "tanh", "softplus", "gelu", "silu"};
static float sweep_x[SWEEP], sweep_y[SWEEP];

static double exact_cdf(double x) { return 0.5 * erfc(-x / sqrt(2.0)); }

static double exact(int f, double alpha, double x) {
    switch (f) {
    case APUS_ACTIVATION_RELU: return x > 0 ? x : x * 0;
    case APUS_ACTIVATION_LEAKY_RELU: return x > 0 ? x : alpha * x;
    case APUS_ACTIVATION_ELU: return x > 0 ? x : alpha * expm1(x);
    case APUS_ACTIVATION_SIGMOID: return 1 / (1 + exp(-x));
    case APUS_ACTIVATION_TANH: return tanh(x);
    case APUS_ACTIVATION_SOFTPLUS: return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
    case APUS_ACTIVATION_GELU: return x == -INFINITY ? 0 : x * exact_cdf(x);
    case APUS_ACTIVATION_SILU: return x == -INFINITY ? 0 : x / (1 + exp(-x));
    default: return x;
    }
}

// Every 4096th float32 from both ends: zeros, denormals, infinities and NaN among them.
static void fill_sweep(void) {
    for (uint32_t i = 0; i < SWEEP; i++) {
        uint32_t bits = i << 12 | (i * 2654435761u >> 20);
        memcpy(&sweep_x[i], &bits, 4);
    }
    static const float special[] = {0.0f, -0.0f, INFINITY, -INFINITY, NAN, FLT_MIN, -FLT_MIN, 1e-45f, -1e-45f,
                                    FLT_MAX, -FLT_MAX, 88.7f, -87.4f, -103.9f, -104.1f, 1, -1};
    memcpy(sweep_x + 5, special, sizeof special);
}

// The errors that activation.h states, in ulp.
static void forward_errors_over_all_magnitudes(void) {
    static const double stated[FUNCTIONS] = {0, 0, 0.5, 3, 3, 3, 3, 6, 3};
    fill_sweep();
    FOR_EACH_ISA(isa) {
        for (int f = 0; f < FUNCTIONS; f++) {
            CHECK_STATUS(apus_sactivation_forward((apus_activation)f, 0.3f, SWEEP, sweep_x, sweep_y), APUS_OK);
            double worst = 0;
            float where = 0;
            for (ptrdiff_t i = 0; i < SWEEP; i++) {
                double x = sweep_x[i], y = exact(f, 0.3f, x), e;
                if (f == APUS_ACTIVATION_RELU && x == -INFINITY) y = 0;
                // Where a tail's probability is denormal, its steps are those of the probability, times x.
                e = ulp_error(sweep_y[i], y);
                if (f >= APUS_ACTIVATION_GELU && x < -1 && x > -200) e = fmin(e, fabs(sweep_y[i] - y) / (0x1p-149 * -x));
                if (!(e <= worst)) worst = e, where = sweep_x[i];
            }
            CHECK_MSG(worst <= stated[f], "isa %d %s: %.2f ulp at %g", isa, names[f], worst, where);
        }
    }
}

static const double slopes_at[] = {-20, -5, -1.7, -0.6, -0.01, 0.01, 0.4, 1.3, 3, 12};
enum { SLOPES = sizeof slopes_at / sizeof slopes_at[0] };

// The slope against central differences of the exact function in double.
static void backward_is_the_slope(void) {
    FOR_EACH_ISA(isa) {
        for (int f = 0; f < FUNCTIONS; f++)
            for (int negative = 0; negative < 2; negative++) {
                float alpha = negative ? -0.4f : 0.3f, x[SLOPES], y[SLOPES], dy[SLOPES], dx[SLOPES];
                for (int i = 0; i < SLOPES; i++) x[i] = (float)slopes_at[i], dy[i] = 0.5f + (float)i;
                apus_sactivation_forward((apus_activation)f, alpha, SLOPES, x, y);
                CHECK_STATUS(apus_sactivation_backward((apus_activation)f, alpha, SLOPES, x, y, dy, dx), APUS_OK);
                for (int i = 0; i < SLOPES; i++) {
                    double h = 1e-5, slope = (exact(f, alpha, x[i] + h) - exact(f, alpha, x[i] - h)) / (2 * h);
                    CHECK_MSG(fabs(dx[i] - dy[i] * slope) <= 1e-6 * dy[i] + 1e-6 * fabs(dy[i] * slope),
                              "isa %d %s alpha %g x %g: %g, exact %g", isa, names[f], alpha, x[i], dx[i], dy[i] * slope);
                }
                // What the contract lets be null.
                bool from_x = f >= APUS_ACTIVATION_SOFTPLUS || (negative && (f == APUS_ACTIVATION_LEAKY_RELU || f == APUS_ACTIVATION_ELU));
                float again[SLOPES];
                CHECK_STATUS(apus_sactivation_backward((apus_activation)f, alpha, SLOPES, from_x ? x : NULL,
                                                       from_x ? NULL : y, dy, again), APUS_OK);
                CHECK(same_bits(again, dx, sizeof dx));
                if (f != APUS_ACTIVATION_LINEAR)
                    CHECK_STATUS(apus_sactivation_backward((apus_activation)f, alpha, SLOPES, from_x ? NULL : x,
                                                           from_x ? y : NULL, dy, again), APUS_ERROR_NULL);
            }
    }
}

static void slopes_at_zero_and_infinity(void) {
    FOR_EACH_ISA(isa) {
        const float x[4] = {0, INFINITY, -INFINITY, NAN}, dy[4] = {1, 1, 1, 1};
        float y[4], dx[4];
        static const double at[FUNCTIONS][3] = {{1, 1, 1},      {0, 1, 0},   {0.3f, 1, 0.3f}, {0.3f, 1, 0}, {0.25, 0, 0},
                                                {1, 0, 0},      {0.5, 1, 0}, {0.5, 1, 0},   {0.5, 1, 0}};
        for (int f = 0; f < FUNCTIONS; f++) {
            apus_sactivation_forward((apus_activation)f, 0.3f, 4, x, y);
            apus_sactivation_backward((apus_activation)f, 0.3f, 4, x, y, dy, dx);
            for (int i = 0; i < 3; i++)
                CHECK_MSG(fabs(dx[i] - at[f][i]) < 1e-7, "isa %d %s slope at %g: %g", isa, names[f], x[i], dx[i]);
            CHECK_MSG(isnan(y[3]), "isa %d %s(NaN) = %g", isa, names[f], y[3]);
        }
    }
}

// Every length to 40 between guard pages on both sides, in and out of place, misaligned throughout.
static void tails_stay_inside_their_arrays(void) {
    random_state random = {3};
    FOR_EACH_ISA(isa) {
        for (int f = 0; f < FUNCTIONS; f++)
            for (ptrdiff_t n = 0; n <= 40; n++)
                for (int side = 0; side < 2; side++) {
                    guarded a = guard_alloc((size_t)n * 4, (guard_side)side), b = guard_alloc((size_t)n * 4, (guard_side)side);
                    float *x = a.data, *y = b.data;
                    fill_f32(&random, x, n, -4, 4);
                    fill_nan_f32(y, n);
                    CHECK_STATUS(apus_sactivation_forward((apus_activation)f, 0.3f, n, x, y), APUS_OK);
                    bool close = true;
                    for (ptrdiff_t i = 0; i < n; i++) close = close && fabs(y[i] - exact(f, 0.3f, x[i])) <= 1e-6;
                    CHECK_MSG(close, "isa %d %s n %td", isa, names[f], n);
                    float keep[40];
                    memcpy(keep, y, (size_t)n * 4);
                    CHECK_STATUS(apus_sactivation_forward((apus_activation)f, 0.3f, n, x, x), APUS_OK);
                    CHECK(same_bits(x, keep, (size_t)n * 4));
                    fill_f32(&random, x, n, -1, 1);
                    float *dy = x, dx[41];
                    bool from_y = f < APUS_ACTIVATION_SOFTPLUS;
                    CHECK_STATUS(apus_sactivation_backward((apus_activation)f, 0.3f, n, from_y ? NULL : y, from_y ? y : NULL, dy, dx), APUS_OK);
                    CHECK_STATUS(apus_sactivation_backward((apus_activation)f, 0.3f, n, from_y ? NULL : y, from_y ? y : NULL, dy, dy), APUS_OK);
                    CHECK(same_bits(dx, dy, (size_t)n * 4));
                    guard_free(&a);
                    guard_free(&b);
                }
    }
}

static void softmax_rows(void) {
    random_state random = {5};
    FOR_EACH_ISA(isa) {
        for (ptrdiff_t columns = 1; columns <= 70; columns += columns < 40 ? 1 : 13)
            for (ptrdiff_t rows = 1; rows <= 3; rows++) {
                ptrdiff_t n = rows * columns;
                guarded a = guard_alloc((size_t)n * 4, GUARD_END), b = guard_alloc((size_t)n * 4, GUARD_END), c = guard_alloc((size_t)n * 4, GUARD_END);
                float *x = a.data, *y = b.data, *dy = c.data, dx[240], keep[240];
                fill_f32(&random, x, n, 60, 120); // exp would overflow
                CHECK_STATUS(apus_ssoftmax_forward(rows, columns, x, y), APUS_OK);
                fill_f32(&random, dy, n, -1, 1);
                CHECK_STATUS(apus_ssoftmax_backward(rows, columns, y, dy, dx), APUS_OK);
                for (ptrdiff_t r = 0; r < rows; r++) {
                    double top = -INFINITY, sum = 0, dot = 0, p[70];
                    for (ptrdiff_t i = 0; i < columns; i++) top = fmax(top, x[r * columns + i]);
                    for (ptrdiff_t i = 0; i < columns; i++) sum += p[i] = exp(x[r * columns + i] - top);
                    for (ptrdiff_t i = 0; i < columns; i++) dot += (p[i] /= sum) * dy[r * columns + i];
                    for (ptrdiff_t i = 0; i < columns; i++) {
                        CHECK_RELATIVE(y[r * columns + i], p[i], 1e-6);
                        CHECK_ABSOLUTE(dx[r * columns + i], p[i] * (dy[r * columns + i] - dot), 5e-7);
                    }
                }
                memcpy(keep, y, (size_t)n * 4);
                apus_ssoftmax_forward(rows, columns, x, x);
                CHECK(same_bits(x, keep, (size_t)n * 4));
                apus_ssoftmax_backward(rows, columns, y, dy, dy);
                CHECK(same_bits(dy, dx, (size_t)n * 4));
                guard_free(&a);
                guard_free(&b);
                guard_free(&c);
            }
        float spread[3] = {-1e30f, 0, 1e30f}, nan_row[19];
        CHECK_STATUS(apus_ssoftmax_forward(1, 3, spread, spread), APUS_OK);
        CHECK(spread[0] == 0 && spread[1] == 0 && spread[2] == 1);
        for (int i = 0; i < 19; i++) nan_row[i] = i == 4 ? NAN : 1;
        apus_ssoftmax_forward(1, 19, nan_row, nan_row);
        for (int i = 0; i < 19; i++) CHECK(isnan(nan_row[i]));
    }
}

// Many rows, and long ones, against double: groups of rows and what is left of them, every kind of pass.
static void softmax_of_many_and_long_rows(void) {
    static const ptrdiff_t shapes[][2] = {{37, 1}, {150, 2}, {37, 3}, {101, 10}, {37, 16}, {35, 17}, {33, 64}, {5, 65}, {4, 100},
                                          {5, 1000}, {3, 4096}, {3, 16384}, {2, 16385}, {2, 20011}};
    random_state random = {15};
    FOR_EACH_ISA(isa) {
        for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
            const ptrdiff_t rows = shapes[s][0], columns = shapes[s][1], n = rows * columns;
            guarded g[4];
            for (int k = 0; k < 4; k++) g[k] = guard_alloc((size_t)n * 4, k % 2 ? GUARD_START : GUARD_END);
            float *x = g[0].data, *y = g[1].data, *dy = g[2].data, *dx = g[3].data;
            fill_f32(&random, x, n, -9, 9);
            fill_f32(&random, dy, n, -1, 1);
            CHECK_STATUS(apus_ssoftmax_forward(rows, columns, x, y), APUS_OK);
            CHECK_STATUS(apus_ssoftmax_backward(rows, columns, y, dy, dx), APUS_OK);
            double worst = 0, worst_slope = 0;
            for (ptrdiff_t r = 0; r < rows; r++) {
                double sum = 0, dot = 0;
                for (ptrdiff_t c = 0; c < columns; c++) sum += exp((double)x[r * columns + c]);
                for (ptrdiff_t c = 0; c < columns; c++) dot += exp((double)x[r * columns + c]) / sum * dy[r * columns + c];
                for (ptrdiff_t c = 0; c < columns; c++) {
                    const double p = exp((double)x[r * columns + c]) / sum;
                    worst = fmax(worst, fabs(y[r * columns + c] - p) / p);
                    worst_slope = fmax(worst_slope, fabs(dx[r * columns + c] - p * (dy[r * columns + c] - dot)) / p);
                }
            }
            CHECK_MSG(worst < 2e-6, "isa %d %td x %td: off by %g of itself", isa, rows, columns, worst);
            CHECK_MSG(worst_slope < 6e-6, "isa %d %td x %td: slope off by %g of y", isa, rows, columns, worst_slope);
            // In place the same, and each row alone the same.
            memcpy(dx, x, (size_t)n * 4);
            apus_ssoftmax_forward(rows, columns, x, x);
            CHECK(same_bits(x, y, (size_t)n * 4));
            for (ptrdiff_t r = 0; r < rows; r++) apus_ssoftmax_forward(1, columns, dx + r * columns, dx + r * columns);
            CHECK(same_bits(dx, y, (size_t)n * 4));
            for (int k = 0; k < 4; k++) guard_free(&g[k]);
        }
    }
}

// Softmax's gradient against central differences of the function in double.
static void softmax_gradient_by_differences(void) {
    FOR_EACH_ISA(isa) {
        enum { N = 7 };
        float x[N] = {0.3f, -1.2f, 2.1f, 0.9f, -0.5f, 1.7f, 0}, dy[N] = {0.2f, -0.7f, 1.1f, 0.4f, -0.3f, 0.8f, 0.6f}, y[N], dx[N];
        apus_ssoftmax_forward(1, N, x, y);
        apus_ssoftmax_backward(1, N, y, dy, dx);
        for (int k = 0; k < N; k++) {
            double value[2];
            for (int s = 0; s < 2; s++) {
                double sum = 0, dot = 0;
                for (int i = 0; i < N; i++) {
                    double e = exp(x[i] + (i == k ? (s ? 1e-6 : -1e-6) : 0));
                    sum += e;
                    dot += e * dy[i];
                }
                value[s] = dot / sum;
            }
            CHECK_ABSOLUTE(dx[k], (value[1] - value[0]) / 2e-6, 1e-6);
        }
    }
}

static void accumulate_and_scale(void) {
    random_state random = {6};
    FOR_EACH_ISA(isa) {
        static const float betas[] = {0, 1, 1.3f, -0.5f};
        for (ptrdiff_t n = 0; n <= 40; n++)
            for (int k = 0; k < 4; k++) {
                guarded a = guard_alloc((size_t)n * 4, GUARD_END), b = guard_alloc((size_t)n * 4, GUARD_END);
                float *x = a.data, *y = b.data, old[40];
                fill_f32(&random, x, n, -2, 2);
                if (k == 0) fill_nan_f32(y, n);
                else fill_f32(&random, y, n, -2, 2);
                memcpy(old, y, (size_t)n * 4);
                CHECK_STATUS(apus_saccumulate(n, x, betas[k], y), APUS_OK);
                for (ptrdiff_t i = 0; i < n; i++)
                    CHECK_ABSOLUTE(y[i], x[i] + (k ? (double)old[i] * betas[k] : 0), 4e-7);
                CHECK_STATUS(apus_saccumulate(n, x, 1, x), APUS_OK); // doubles
                memcpy(old, x, (size_t)n * 4);
                CHECK_STATUS(apus_sscale(n, -1.5f, x), APUS_OK);
                for (ptrdiff_t i = 0; i < n; i++) CHECK(x[i] == old[i] * -1.5f);
                guard_free(&a);
                guard_free(&b);
            }
    }
}

static void sums(void) {
    static const ptrdiff_t shapes[][2] = {{0, 5},   {1, 1},    {3, 1},   {40, 3},   {129, 7},   {31, 15},    {33, 16},
                                          {64, 17}, {200, 40}, {5, 100}, {1000, 1}, {40000, 3}, {17000, 10}, {300, 1100}, {513, 64}, {64, 2}};
    random_state random = {7};
    FOR_EACH_ISA(isa) {
        for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
            ptrdiff_t rows = shapes[s][0], columns = shapes[s][1], n = rows * columns;
            guarded a = guard_alloc((size_t)n * 4, GUARD_END), b = guard_alloc((size_t)columns * 4, GUARD_END);
            float *x = a.data, *sum = b.data;
            double squares = 0, result = -1;
            fill_f32(&random, x, n, -1, 3);
            CHECK_STATUS(apus_ssum_rows(rows, columns, x, sum), APUS_OK);
            for (ptrdiff_t c = 0; c < columns; c++) {
                double exact_sum = 0, size = 1e-30;
                for (ptrdiff_t r = 0; r < rows; r++) exact_sum += x[r * columns + c], size += fabs(x[r * columns + c]);
                CHECK_MSG(fabs(sum[c] - exact_sum) <= 1e-6 * size, "isa %d %td x %td column %td: %g, exact %g", isa, rows, columns, c, sum[c], exact_sum);
            }
            for (ptrdiff_t i = 0; i < n; i++) squares += (double)x[i] * x[i];
            CHECK_STATUS(apus_ssum_of_squares(n, x, &result), APUS_OK);
            CHECK_RELATIVE(result, squares, 1e-12);
            guard_free(&a);
            guard_free(&b);
        }
    }
}

static float big_x[LARGE * 8], big_y[LARGE * 8];

static void same_bits_on_any_number_of_threads(void) {
    random_state random = {8};
    int threads = apus_get_threads();
    fill_f32(&random, big_x, LARGE * 8, -5, 5);
    FOR_EACH_ISA(isa) {
        static float first[LARGE * 8], sums_first[LARGE], sums_now[LARGE];
        double squares_first = 0, squares_now;
        for (int team = 1; team <= 16; team *= 2) {
            apus_set_threads(team);
            for (int f = APUS_ACTIVATION_ELU; f < FUNCTIONS; f += 2) {
                apus_sactivation_forward((apus_activation)f, 1, LARGE * 8, big_x, team == 1 ? first : big_y);
                if (team == 1) apus_sactivation_forward((apus_activation)f, 1, LARGE * 8, big_x, big_y);
                CHECK(same_bits(first, big_y, sizeof first) || team > 1);
            }
            apus_ssoftmax_forward(LARGE, 8, big_x, team == 1 ? first : big_y);
            apus_ssum_rows(LARGE, 8, big_x, team == 1 ? sums_first : sums_now);
            apus_ssum_rows(40, LARGE / 5, big_x, team == 1 ? sums_first + 8 : sums_now + 8);
            apus_ssum_of_squares(LARGE * 8, big_x, &squares_now);
            if (team == 1) squares_first = squares_now;
            else {
                CHECK(same_bits(first, big_y, sizeof first));
                CHECK(same_bits(sums_first, sums_now, (8 + LARGE / 5) * 4));
            }
            CHECK(squares_first == squares_now);
        }
        apus_set_threads(threads);
    }
}

static void refusals(void) {
    float a[16] = {42}, b[16] = {42};
    double result = 42;
    CHECK_STATUS(apus_sactivation_forward((apus_activation)9, 0, 4, a, b), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_sactivation_forward((apus_activation)-1, 0, 4, a, b), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_sactivation_forward(APUS_ACTIVATION_RELU, 0, -1, a, b), APUS_ERROR_SHAPE);
    CHECK_STATUS(apus_sactivation_forward(APUS_ACTIVATION_RELU, 0, PTRDIFF_MAX, a, b), APUS_ERROR_OVERFLOW);
    CHECK_STATUS(apus_sactivation_forward(APUS_ACTIVATION_RELU, 0, 4, NULL, b), APUS_ERROR_NULL);
    CHECK_STATUS(apus_sactivation_forward(APUS_ACTIVATION_RELU, 0, 4, a, NULL), APUS_ERROR_NULL);
    CHECK_STATUS(apus_sactivation_forward(APUS_ACTIVATION_RELU, 0, 4, a, a + 1), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_sactivation_forward(APUS_ACTIVATION_RELU, 0, 0, NULL, NULL), APUS_OK);
    CHECK_STATUS(apus_sactivation_backward(APUS_ACTIVATION_RELU, 0, 4, NULL, a, b, b + 1), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_ssoftmax_forward(-1, 4, a, b), APUS_ERROR_SHAPE);
    CHECK_STATUS(apus_ssoftmax_forward(PTRDIFF_MAX / 2, 4, a, b), APUS_ERROR_OVERFLOW);
    CHECK_STATUS(apus_ssoftmax_forward(2, 4, a, NULL), APUS_ERROR_NULL);
    CHECK_STATUS(apus_ssoftmax_forward(2, 4, a, a + 1), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_ssoftmax_backward(2, 4, a, NULL, b), APUS_ERROR_NULL);
    CHECK_STATUS(apus_ssum_rows(2, -4, a, b), APUS_ERROR_SHAPE);
    CHECK_STATUS(apus_ssum_rows(2, 4, NULL, b), APUS_ERROR_NULL);
    CHECK_STATUS(apus_ssum_rows(2, 4, a, a + 4), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_ssum_rows(PTRDIFF_MAX / 2, 4, a, b), APUS_ERROR_OVERFLOW);
    CHECK_STATUS(apus_ssum_of_squares(-1, a, &result), APUS_ERROR_SHAPE);
    CHECK_STATUS(apus_ssum_of_squares(1, a, NULL), APUS_ERROR_NULL);
    CHECK_STATUS(apus_saccumulate(4, a, 1, a + 1), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_sscale(-1, 1, a), APUS_ERROR_SHAPE);
    CHECK(a[0] == 42 && b[0] == 42 && result == 42);
    static float many[1000 * 8];
    harness_fail_allocation(1);
    CHECK_STATUS(apus_ssum_rows(1000, 8, many, b), APUS_ERROR_MEMORY);
    CHECK(b[0] == 42);
    harness_fail_allocation(0);
}

int main(void) {
    RUN(forward_errors_over_all_magnitudes);
    RUN(backward_is_the_slope);
    RUN(slopes_at_zero_and_infinity);
    RUN(tails_stay_inside_their_arrays);
    RUN(softmax_rows);
    RUN(softmax_of_many_and_long_rows);
    RUN(softmax_gradient_by_differences);
    RUN(accumulate_and_scale);
    RUN(sums);
    RUN(same_bits_on_any_number_of_threads);
    RUN(refusals);
    return harness_finish();
}
