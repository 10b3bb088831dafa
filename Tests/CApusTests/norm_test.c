// Batch normalization against the definition in double, and its gradient against central differences.
#include "../../include/apus/norm.h"
#include "harness.h"

static const ptrdiff_t shapes[][2] = {{1, 1},   {2, 3},    {7, 8},    {64, 100}, {65, 15},   {128, 16},  {129, 17},
                                      {300, 33}, {1000, 5}, {50, 600}, {20000, 3}, {17000, 20}, {63, 40}};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static float *array(guarded *g, ptrdiff_t n) {
    *g = guard_alloc((size_t)n * 4, GUARD_END);
    return g->data;
}

typedef struct problem {
    guarded g[13];
    float *x, *dy, *gamma, *beta, *y, *mean, *inverse, *moving_mean, *moving_variance, *dx, *dgamma, *dbeta, *y2;
} problem;

static problem make(random_state *random, ptrdiff_t rows, ptrdiff_t channels, double offset) {
    problem p;
    ptrdiff_t n = rows * channels;
    p.x = array(&p.g[0], n), p.dy = array(&p.g[1], n), p.gamma = array(&p.g[2], channels), p.beta = array(&p.g[3], channels);
    p.y = array(&p.g[4], n), p.mean = array(&p.g[5], channels), p.inverse = array(&p.g[6], channels);
    p.moving_mean = array(&p.g[7], channels), p.moving_variance = array(&p.g[8], channels), p.dx = array(&p.g[9], n);
    p.dgamma = array(&p.g[10], channels), p.dbeta = array(&p.g[11], channels), p.y2 = array(&p.g[12], n);
    fill_f32(random, p.x, n, offset - 2, offset + 3);
    fill_f32(random, p.dy, n, -1, 1.5);
    fill_f32(random, p.gamma, channels, 0.5, 2);
    fill_f32(random, p.beta, channels, -1, 1);
    fill_f32(random, p.moving_mean, channels, -1, 1);
    fill_f32(random, p.moving_variance, channels, 0.5, 1);
    fill_nan_f32(p.y, n);
    fill_nan_f32(p.dx, n);
    return p;
}

static void discard(problem *p) {
    for (int i = 0; i < 13; i++) guard_free(&p->g[i]);
}

static void against_the_definition(void) {
    random_state random = {1};
    FOR_EACH_ISA(isa) {
        for (int s = 0; s < SHAPES; s++) {
            ptrdiff_t rows = shapes[s][0], channels = shapes[s][1], n = rows * channels;
            problem p = make(&random, rows, channels, 0.5);
            apus_batchnorm_desc desc = {rows, channels, 1e-3f, 0.9f};
            float old_mean = p.moving_mean[channels - 1], old_variance = p.moving_variance[channels - 1];
            CHECK_STATUS(apus_sbatchnorm_training(&desc, p.x, p.gamma, p.beta, p.y, p.mean, p.inverse, p.moving_mean, p.moving_variance), APUS_OK);
            CHECK_STATUS(apus_sbatchnorm_backward(&desc, p.x, p.dy, p.gamma, p.mean, p.inverse, p.dx, p.dgamma, p.dbeta), APUS_OK);
            double worst_y = 0, worst_dx = 0, worst_sums = 0, mean = 0, variance = 0;
            for (ptrdiff_t c = 0; c < channels; c++) {
                mean = variance = 0;
                for (ptrdiff_t r = 0; r < rows; r++) mean += p.x[r * channels + c] / (double)rows;
                for (ptrdiff_t r = 0; r < rows; r++) variance += pow(p.x[r * channels + c] - mean, 2) / (double)rows;
                double inverse = 1 / sqrt(variance + (double)desc.epsilon), dgamma = 0, dbeta = 0, size = 0;
                CHECK_ABSOLUTE(p.mean[c], mean, 1e-6);
                CHECK_RELATIVE(p.inverse[c], inverse, 1e-6);
                for (ptrdiff_t r = 0; r < rows; r++) {
                    double hat = (p.x[r * channels + c] - mean) * inverse, g = p.dy[r * channels + c];
                    worst_y = fmax(worst_y, fabs(p.y[r * channels + c] - (p.gamma[c] * hat + p.beta[c])));
                    dgamma += g * hat;
                    dbeta += g;
                    size += fabs(g) * (1 + fabs(hat));
                }
                worst_sums = fmax(worst_sums, fmax(fabs(p.dgamma[c] - dgamma), fabs(p.dbeta[c] - dbeta)) / size);
                for (ptrdiff_t r = 0; r < rows; r++) {
                    double hat = (p.x[r * channels + c] - mean) * inverse, g = p.dy[r * channels + c];
                    double dx = p.gamma[c] * inverse / (double)rows * ((double)rows * g - dbeta - hat * dgamma);
                    worst_dx = fmax(worst_dx, fabs(p.dx[r * channels + c] - dx) / (p.gamma[c] * inverse));
                }
            }
            CHECK_MSG(worst_y < 5e-6, "isa %d %td x %td: y %g", isa, rows, channels, worst_y);
            CHECK_MSG(worst_dx < 5e-6, "isa %d %td x %td: dx %g", isa, rows, channels, worst_dx);
            CHECK_MSG(worst_sums < 2e-6, "isa %d %td x %td: sums %g", isa, rows, channels, worst_sums);
            // The last channel's mean and variance stand.
            CHECK_ABSOLUTE(p.moving_mean[channels - 1], 0.9f * (double)old_mean + (1 - (double)0.9f) * mean, 1e-6);
            CHECK_ABSOLUTE(p.moving_variance[channels - 1], 0.9f * (double)old_variance + (1 - (double)0.9f) * variance, 2e-6);
            CHECK(rows == 1 || !mostly_zero(p.y, n));

            fill_f32(&random, p.moving_variance, channels, 0.1, 3);
            CHECK_STATUS(apus_sbatchnorm_inference(&desc, p.x, p.gamma, p.beta, p.moving_mean, p.moving_variance, p.y2), APUS_OK);
            double worst = 0;
            for (ptrdiff_t i = 0; i < n; i++) {
                ptrdiff_t c = i % channels;
                double y = p.gamma[c] * ((double)p.x[i] - p.moving_mean[c]) / sqrt((double)p.moving_variance[c] + (double)desc.epsilon) + p.beta[c];
                worst = fmax(worst, fabs(p.y2[i] - y) / (1 + fabs(y)));
            }
            CHECK_MSG(worst < 2e-6, "isa %d %td x %td: inference %g", isa, rows, channels, worst);
            // In place, and a gradient in dy's own array, are the same bits; without moving statistics too.
            apus_sbatchnorm_inference(&desc, p.x, p.gamma, p.beta, p.moving_mean, p.moving_variance, p.x);
            CHECK(same_bits(p.x, p.y2, (size_t)n * 4));
            apus_sbatchnorm_training(&desc, p.x, p.gamma, p.beta, p.y, p.mean, p.inverse, NULL, NULL);
            apus_sbatchnorm_backward(&desc, p.x, p.dy, p.gamma, p.mean, p.inverse, p.dx, p.dgamma, p.dbeta);
            CHECK_STATUS(apus_sbatchnorm_backward(&desc, p.x, p.dy, p.gamma, p.mean, p.inverse, NULL, p.dgamma, p.dbeta), APUS_OK);
            apus_sbatchnorm_backward(&desc, p.x, p.dy, p.gamma, p.mean, p.inverse, p.dy, p.dgamma, p.dbeta);
            CHECK(same_bits(p.dx, p.dy, (size_t)n * 4));
            discard(&p);
        }
    }
}

// A mean of 10000 against a deviation of about 1.4: a variance from sums of squares would be lost.
static void large_means_keep_the_variance(void) {
    random_state random = {2};
    FOR_EACH_ISA(isa) {
        problem p = make(&random, 30000, 19, 10000);
        apus_batchnorm_desc desc = {30000, 19, 1e-6f, 0.5f};
        apus_sbatchnorm_training(&desc, p.x, p.gamma, p.beta, p.y, p.mean, p.inverse, NULL, NULL);
        for (int c = 0; c < 19; c++) {
            double mean = 0, variance = 0;
            for (int r = 0; r < 30000; r++) mean += p.x[r * 19 + c] / 30000.0;
            for (int r = 0; r < 30000; r++) variance += pow(p.x[r * 19 + c] - mean, 2) / 30000.0;
            CHECK_RELATIVE(p.mean[c], mean, 2e-7);
            CHECK_RELATIVE(p.inverse[c], 1 / sqrt(variance + 1e-6), 2e-6);
        }
        discard(&p);
    }
}

// The normalized value before ReLU, in double; gradients of those next to 0, whose side float cannot tell, are cleared.
static void before_relu(const problem *p, ptrdiff_t rows, ptrdiff_t channels, double epsilon, double *z, double *hat, double *inverse) {
    for (ptrdiff_t c = 0; c < channels; c++) {
        double mean = 0, variance = 0;
        for (ptrdiff_t r = 0; r < rows; r++) mean += p->x[r * channels + c] / (double)rows;
        for (ptrdiff_t r = 0; r < rows; r++) variance += pow(p->x[r * channels + c] - mean, 2) / (double)rows;
        inverse[c] = 1 / sqrt(variance + epsilon);
        for (ptrdiff_t i = c; i < rows * channels; i += channels) {
            hat[i] = (p->x[i] - mean) * inverse[c];
            z[i] = p->gamma[c] * hat[i] + p->beta[c];
            if (fabs(z[i]) < 1e-4) p->dy[i] = 0;
        }
    }
}

static void relu_against_the_definition(void) {
    random_state random = {6};
    FOR_EACH_ISA(isa) {
        for (int s = 0; s < SHAPES; s++) {
            const ptrdiff_t rows = shapes[s][0], channels = shapes[s][1], n = rows * channels;
            problem p = make(&random, rows, channels, 0.5);
            for (ptrdiff_t c = 1; c < channels; c += 2) p.gamma[c] = -p.gamma[c];
            const apus_batchnorm_desc desc = {rows, channels, 1e-3f, 0.9f};
            double *z = malloc((size_t)n * 8), *hat = malloc((size_t)n * 8), *inverse = malloc((size_t)channels * 8);
            before_relu(&p, rows, channels, (double)desc.epsilon, z, hat, inverse);
            const float old_mean = p.moving_mean[0], old_variance = p.moving_variance[0];
            CHECK_STATUS(apus_sbatchnorm_relu_training(&desc, p.x, p.gamma, p.beta, p.y, p.mean, p.inverse, p.moving_mean, p.moving_variance), APUS_OK);
            CHECK_STATUS(apus_sbatchnorm_relu_backward(&desc, p.x, p.dy, p.gamma, p.beta, p.mean, p.inverse, p.dx, p.dgamma, p.dbeta), APUS_OK);
            double worst_y = 0, worst_dx = 0, worst_sums = 0;
            ptrdiff_t cut = 0, kept = 0;
            for (ptrdiff_t c = 0; c < channels; c++) {
                double dgamma = 0, dbeta = 0, size = 1e-30;
                CHECK_RELATIVE(p.inverse[c], inverse[c], 1e-6);
                for (ptrdiff_t i = c; i < n; i += channels) {
                    const double g = z[i] > 0 ? p.dy[i] : 0;
                    z[i] > 0 ? kept++ : cut++;
                    worst_y = fmax(worst_y, fabs(p.y[i] - fmax(0, z[i])));
                    CHECK(p.y[i] >= 0 && (z[i] > -1e-4 || p.y[i] == 0));
                    dgamma += g * hat[i], dbeta += g, size += fabs(g) * (1 + fabs(hat[i]));
                }
                worst_sums = fmax(worst_sums, fmax(fabs(p.dgamma[c] - dgamma), fabs(p.dbeta[c] - dbeta)) / size);
                for (ptrdiff_t i = c; i < n; i += channels) {
                    const double g = z[i] > 0 ? p.dy[i] : 0, scale = p.gamma[c] * inverse[c];
                    const double dx = scale / (double)rows * ((double)rows * g - dbeta - hat[i] * dgamma);
                    worst_dx = fmax(worst_dx, fabs(p.dx[i] - dx) / fabs(scale));
                }
            }
            CHECK(n < 20 || (cut > n / 8 && kept > n / 8));
            CHECK_MSG(worst_y < 5e-6, "isa %d %td x %td: y %g", isa, rows, channels, worst_y);
            CHECK_MSG(worst_dx < 5e-6, "isa %d %td x %td: dx %g", isa, rows, channels, worst_dx);
            CHECK_MSG(worst_sums < 2e-6, "isa %d %td x %td: sums %g", isa, rows, channels, worst_sums);
            double mean = 0;
            for (ptrdiff_t r = 0; r < rows; r++) mean += p.x[r * channels] / (double)rows;
            CHECK_ABSOLUTE(p.moving_mean[0], 0.9f * (double)old_mean + (1 - (double)0.9f) * mean, 1e-6);
            const double variance = 1 / (inverse[0] * inverse[0]) - (double)desc.epsilon;
            CHECK_ABSOLUTE(p.moving_variance[0], 0.9f * (double)old_variance + (1 - (double)0.9f) * variance, 2e-6);

            fill_f32(&random, p.moving_variance, channels, 0.1, 3);
            CHECK_STATUS(apus_sbatchnorm_relu_inference(&desc, p.x, p.gamma, p.beta, p.moving_mean, p.moving_variance, p.y2), APUS_OK);
            double worst = 0;
            for (ptrdiff_t i = 0; i < n; i++) {
                const ptrdiff_t c = i % channels;
                const double y = p.gamma[c] * ((double)p.x[i] - p.moving_mean[c]) / sqrt((double)p.moving_variance[c] + (double)desc.epsilon) + p.beta[c];
                worst = fmax(worst, fabs(p.y2[i] - fmax(0, y)) / (1 + fabs(y)));
            }
            CHECK_MSG(worst < 2e-6, "isa %d %td x %td: inference %g", isa, rows, channels, worst);
            // Without dx, and with dx in dy's own array, the same bits.
            memcpy(p.y2, p.dgamma, (size_t)channels * 4);
            CHECK_STATUS(apus_sbatchnorm_relu_backward(&desc, p.x, p.dy, p.gamma, p.beta, p.mean, p.inverse, NULL, p.dgamma, p.dbeta), APUS_OK);
            CHECK(same_bits(p.dgamma, p.y2, (size_t)channels * 4));
            CHECK_STATUS(apus_sbatchnorm_relu_backward(&desc, p.x, p.dy, p.gamma, p.beta, p.mean, p.inverse, p.dy, p.dgamma, p.dbeta), APUS_OK);
            CHECK(same_bits(p.dx, p.dy, (size_t)n * 4));
            CHECK_STATUS(apus_sbatchnorm_relu_inference(&desc, p.x, p.gamma, p.beta, p.moving_mean, p.moving_variance, p.y), APUS_OK);
            CHECK_STATUS(apus_sbatchnorm_relu_inference(&desc, p.x, p.gamma, p.beta, p.moving_mean, p.moving_variance, p.x), APUS_OK);
            CHECK(same_bits(p.x, p.y, (size_t)n * 4));
            free(z), free(hat), free(inverse);
            discard(&p);
        }
    }
}

// sum dy * y of the definition in double, y cut at 0 if `relu`.
static double objective(const double *x, const double *gamma, const double *beta, const float *dy, int rows, int channels, bool relu) {
    double sum = 0;
    for (int c = 0; c < channels; c++) {
        double mean = 0, variance = 0;
        for (int r = 0; r < rows; r++) mean += x[r * channels + c] / rows;
        for (int r = 0; r < rows; r++) variance += (x[r * channels + c] - mean) * (x[r * channels + c] - mean) / rows;
        for (int r = 0; r < rows; r++) {
            const double y = gamma[c] * (x[r * channels + c] - mean) / sqrt(variance + (double)1e-3f) + beta[c];
            sum += dy[r * channels + c] * (relu && y < 0 ? 0 : y);
        }
    }
    return sum;
}

static void differences(bool relu, int rows, int channels) {
    random_state random = {3};
    const int n = rows * channels;
    double v[256], z[256], hat[256], inverse[256];
    FOR_EACH_ISA(isa) {
        problem p = make(&random, rows, channels, 0);
        const apus_batchnorm_desc desc = {rows, channels, 1e-3f, 0.9f};
        if (relu) {
            before_relu(&p, rows, channels, (double)desc.epsilon, z, hat, inverse);
            apus_sbatchnorm_relu_training(&desc, p.x, p.gamma, p.beta, p.y, p.mean, p.inverse, NULL, NULL);
            apus_sbatchnorm_relu_backward(&desc, p.x, p.dy, p.gamma, p.beta, p.mean, p.inverse, p.dx, p.dgamma, p.dbeta);
        } else {
            apus_sbatchnorm_training(&desc, p.x, p.gamma, p.beta, p.y, p.mean, p.inverse, NULL, NULL);
            apus_sbatchnorm_backward(&desc, p.x, p.dy, p.gamma, p.mean, p.inverse, p.dx, p.dgamma, p.dbeta);
        }
        for (int i = 0; i < n; i++) v[i] = p.x[i];
        for (int c = 0; c < channels; c++) v[n + c] = p.gamma[c], v[n + channels + c] = p.beta[c];
        for (int i = 0; i < n + 2 * channels; i++) {
            double keep = v[i], up, down;
            v[i] = keep + 1e-6;
            up = objective(v, v + n, v + n + channels, p.dy, rows, channels, relu);
            v[i] = keep - 1e-6;
            down = objective(v, v + n, v + n + channels, p.dy, rows, channels, relu);
            v[i] = keep;
            float got = i < n ? p.dx[i] : i < n + channels ? p.dgamma[i - n] : p.dbeta[i - n - channels];
            CHECK_MSG(fabs(got - (up - down) / 2e-6) < 1e-5, "isa %d relu %d variable %d: %g, %g", isa, relu, i, got, (up - down) / 2e-6);
        }
        discard(&p);
    }
}

static void gradients_by_differences(void) { differences(false, 5, 3); }
static void relu_gradients_by_differences(void) {
    differences(true, 5, 3);
    differences(true, 9, 19);
}

static void same_bits_on_any_number_of_threads(void) {
    static const ptrdiff_t wide[][2] = {{40000, 20}, {70, 1500}, {64, 100}};
    int threads = apus_get_threads();
    FOR_EACH_ISA(isa) {
        for (int s = 0; s < 3; s++) {
            random_state random = {4};
            ptrdiff_t rows = wide[s][0], channels = wide[s][1], n = rows * channels;
            problem p = make(&random, rows, channels, 0.5);
            apus_batchnorm_desc desc = {rows, channels, 1e-3f, 0.9f};
            float *first[7];
            for (int team = 1; team <= 16; team *= 2) {
                apus_set_threads(team);
                apus_sbatchnorm_training(&desc, p.x, p.gamma, p.beta, p.y, p.mean, p.inverse, NULL, NULL);
                apus_sbatchnorm_backward(&desc, p.x, p.dy, p.gamma, p.mean, p.inverse, p.dx, p.dgamma, p.dbeta);
                const float *now[7] = {p.y, p.dx, p.dgamma, p.inverse, p.y, p.dx, p.dgamma};
                for (int k = 0; k < 7; k++) {
                    if (k == 4) { // from here on with ReLU
                        apus_sbatchnorm_relu_training(&desc, p.x, p.gamma, p.beta, p.y, p.mean, p.inverse, NULL, NULL);
                        apus_sbatchnorm_relu_backward(&desc, p.x, p.dy, p.gamma, p.beta, p.mean, p.inverse, p.dx, p.dgamma, p.dbeta);
                    }
                    size_t bytes = (size_t)(k % 4 < 2 ? n : channels) * 4;
                    if (team == 1) memcpy(first[k] = malloc(bytes), now[k], bytes);
                    else CHECK(same_bits(first[k], now[k], bytes));
                }
            }
            for (int k = 0; k < 7; k++) free(first[k]);
            discard(&p);
        }
        apus_set_threads(threads);
    }
}

// Every output laid over every other array of its call, by one element.
static void outputs_overlap_nothing(void) {
    enum { ROWS = 3, CHANNELS = 2, N = ROWS * CHANNELS };
    apus_batchnorm_desc d = {ROWS, CHANNELS, 1e-3f, 0.9f};
    float area[10][2 * N], kept[10][2 * N];
    random_state random = {5};
    fill_f32(&random, &area[0][0], 10 * 2 * N, 0.5, 1);
    memcpy(kept, area, sizeof area);
    // training: x, gamma, beta, y, saved_mean, saved_inverse_deviation, moving_mean, moving_variance
    // backward: x, gamma, saved_mean, saved_inverse_deviation, dy, dx, dgamma, dbeta
    static const ptrdiff_t sizes[2][8] = {{N, CHANNELS, CHANNELS, N, CHANNELS, CHANNELS, CHANNELS, CHANNELS},
                                          {N, CHANNELS, CHANNELS, CHANNELS, N, N, CHANNELS, CHANNELS}};
    static const int first_output[2] = {3, 5};
    for (int call = 0; call < 2; call++)
        for (int out = first_output[call]; out < 8; out++)
            for (int other = 0; other < 8; other++) {
                if (other == out) continue;
                float *p[8];
                for (int i = 0; i < 8; i++) p[i] = area[i];
                p[out] = p[other] + sizes[call][other] - 1;
                const apus_status status = call == 0
                    ? apus_sbatchnorm_training(&d, p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7])
                    : apus_sbatchnorm_backward(&d, p[0], p[4], p[1], p[2], p[3], p[5], p[6], p[7]);
                CHECK_MSG(status == APUS_ERROR_ALIAS, "call %d: array %d over %d: %s", call, out, other, apus_status_string(status));
                CHECK(same_bits(area, kept, sizeof area));
            }
    // Arrays that only touch are apart.
    float *b = &area[0][0];
    CHECK_STATUS(apus_sbatchnorm_training(&d, b, b + 6, b + 8, b + 10, b + 16, b + 18, b + 20, b + 22), APUS_OK);
    CHECK_STATUS(apus_sbatchnorm_backward(&d, b, b + 10, b + 6, b + 16, b + 18, b + 24, b + 30, b + 32), APUS_OK);
}

static void refusals(void) {
    float a[4] = {1, 2, 3, 4}, b[4] = {0}, y[4] = {42}, m[4], v[4];
    apus_batchnorm_desc d = {2, 2, 1e-3f, 0.9f};
#define TRAIN(desc, x, y) apus_sbatchnorm_training(desc, x, a, b, y, m, v, NULL, NULL)
    CHECK_STATUS(TRAIN(NULL, a, y), APUS_ERROR_NULL);
    CHECK_STATUS(TRAIN(&d, NULL, y), APUS_ERROR_NULL);
    CHECK_STATUS(TRAIN(&d, y, y), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_sbatchnorm_training(&d, a, a, b, y, m, v, b, NULL), APUS_ERROR_NULL);
    apus_batchnorm_desc bad = d;
    bad.rows = 0;
    CHECK_STATUS(TRAIN(&bad, a, y), APUS_ERROR_SHAPE);
    bad.channels = 0;
    CHECK_STATUS(TRAIN(&bad, a, y), APUS_OK);
    bad = d, bad.channels = -1;
    CHECK_STATUS(TRAIN(&bad, a, y), APUS_ERROR_SHAPE);
    bad = d, bad.rows = PTRDIFF_MAX / 2;
    CHECK_STATUS(TRAIN(&bad, a, y), APUS_ERROR_OVERFLOW);
    bad = d, bad.epsilon = 0;
    CHECK_STATUS(TRAIN(&bad, a, y), APUS_ERROR_VALUE);
    bad = d, bad.momentum = 1.5f;
    CHECK_STATUS(TRAIN(&bad, a, y), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_sbatchnorm_inference(&d, a, m, b, m, v, NULL), APUS_ERROR_NULL);
    CHECK_STATUS(apus_sbatchnorm_backward(&d, a, b, m, m, v, a, y, v), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_sbatchnorm_backward(&d, a, b, m, m, v, NULL, NULL, v), APUS_ERROR_NULL);
    CHECK(y[0] == 42);
    memset(b, 0, sizeof b);
    for (long k = 1;; k++) { // every allocation failing in turn, until none is left to fail
        long before = harness_allocations();
        harness_fail_allocation(k);
        apus_status status = TRAIN(&d, a, y);
        harness_fail_allocation(0);
        if (status == APUS_OK) break;
        CHECK_STATUS(status, APUS_ERROR_MEMORY);
        CHECK(y[0] == 42 && harness_allocations() > before);
    }
    float dx[4] = {42}, dg[2], db[2], g[2] = {1, 1}, mean[2] = {0, 0}, inverse[2] = {1, 1};
    for (long k = 1; k <= 2; k++) {
        harness_fail_allocation(k);
        CHECK_STATUS(apus_sbatchnorm_backward(&d, a, a, g, mean, inverse, dx, dg, db), APUS_ERROR_MEMORY);
        CHECK(dx[0] == 42);
    }
    harness_fail_allocation(0);
}

int main(void) {
    RUN(against_the_definition);
    RUN(large_means_keep_the_variance);
    RUN(gradients_by_differences);
    RUN(relu_against_the_definition);
    RUN(relu_gradients_by_differences);
    RUN(same_bits_on_any_number_of_threads);
    RUN(outputs_overlap_nothing);
    RUN(refusals);
    return harness_finish();
}
