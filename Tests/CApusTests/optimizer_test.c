// Optimizer steps against Keras' stored weights, and against the stated recurrences in double.
#include "../../include/apus/optimizer.h"
#include "Fixtures/optimizer_steps.h"
#include "harness.h"

typedef enum rule { SGD, MOMENTUM, NESTEROV, SGD_DECAY, RMSPROP, RMSPROP_MOMENTUM, ADAM, ADAM_DECAY, RULES } rule;

// One step with the fixtures' settings.
static apus_status step(rule r, ptrdiff_t n, int64_t t, const float *g, float *s1, float *s2, float *w) {
    switch (r) {
    case SGD: return apus_ssgd_step(n, 0.1f, 0, 0, 0, g, NULL, w);
    case MOMENTUM: return apus_ssgd_step(n, 0.1f, 0.9f, 0, 0, g, s1, w);
    case NESTEROV: return apus_ssgd_step(n, 0.1f, 0.9f, 1, 0, g, s1, w);
    case SGD_DECAY: return apus_ssgd_step(n, 0.1f, 0.9f, 1, 0.05f, g, s1, w);
    case RMSPROP: return apus_srmsprop_step(n, 0.01f, 0.9f, 0, 1e-7f, g, s1, NULL, w);
    case RMSPROP_MOMENTUM: return apus_srmsprop_step(n, 0.01f, 0.9f, 0.5f, 1e-7f, g, s1, s2, w);
    case ADAM: return apus_sadam_step(n, 0.01f, 0.9f, 0.999f, 1e-7f, 0, t, g, s1, s2, w);
    default: return apus_sadam_step(n, 0.01f, 0.9f, 0.999f, 1e-7f, 0.05f, t, g, s1, s2, w);
    }
}

// The header's recurrences, in double, one element.
static void exact_step(rule r, int64_t t, double g, double *s1, double *s2, double *w) {
    const double fast = 0.1f, slow = 0.01f, b1 = 0.9f, b2 = 0.999f, small = 1e-7f, decay = 0.05f;
    switch (r) {
    case SGD: *w -= fast * g; return;
    case MOMENTUM: *w += *s1 = b1 * *s1 - fast * g; return;
    case NESTEROV:
    case SGD_DECAY:
        if (r == SGD_DECAY) g += decay * *w;
        *s1 = b1 * *s1 - fast * g;
        *w += b1 * *s1 - fast * g;
        return;
    case RMSPROP:
    case RMSPROP_MOMENTUM: {
        *s1 = b1 * *s1 + (1 - b1) * g * g;
        double move = slow * g / sqrt(*s1 + small);
        if (r == RMSPROP_MOMENTUM) move = *s2 = 0.5 * *s2 + move;
        *w -= move;
        return;
    }
    default:
        if (r == ADAM_DECAY) *w -= slow * decay * *w;
        *s1 = b1 * *s1 + (1 - b1) * g;
        *s2 = b2 * *s2 + (1 - b2) * g * g;
        *w -= slow * sqrt(1 - pow(b2, (double)t)) / (1 - pow(b1, (double)t)) * *s1 / (sqrt(*s2) + small);
    }
}

static void follows_keras(void) {
    static const struct { rule r; const float (*weights)[FIXTURE_N]; } cases[] = {
        {SGD, fixture_sgd_plain},         {MOMENTUM, fixture_sgd_momentum},
        {NESTEROV, fixture_sgd_nesterov}, {RMSPROP, fixture_rmsprop_plain},
        {RMSPROP_MOMENTUM, fixture_rmsprop_momentum}, {ADAM, fixture_adam_plain}, {ADAM_DECAY, fixture_adam_decay}};
    FOR_EACH_ISA(isa) {
        for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
            float w[FIXTURE_N], s1[FIXTURE_N] = {0}, s2[FIXTURE_N] = {0};
            memcpy(w, fixture_start, sizeof w);
            for (int t = 0; t < FIXTURE_STEPS; t++) {
                CHECK_STATUS(step(cases[k].r, FIXTURE_N, t + 1, fixture_gradients[t], s1, s2, w), APUS_OK);
                for (int i = 0; i < FIXTURE_N; i++)
                    CHECK_MSG(fabsf(w[i] - cases[k].weights[t][i]) <= 1e-6f, "isa %d rule %d step %d [%d]: %.9g, Keras %.9g",
                              isa, (int)cases[k].r, t + 1, i, w[i], cases[k].weights[t][i]);
            }
        }
    }
}

static void every_length_follows_the_recurrence(void) {
    random_state random = {1};
    FOR_EACH_ISA(isa) {
        for (int r = 0; r < RULES; r++)
            for (ptrdiff_t n = 0; n <= 40; n++) {
                guarded area[4];
                for (int k = 0; k < 4; k++) area[k] = guard_alloc((size_t)n * 4, k % 2 ? GUARD_START : GUARD_END);
                float *g = area[0].data, *s1 = area[1].data, *s2 = area[2].data, *w = area[3].data;
                double d1[40] = {0}, d2[40] = {0}, dw[40];
                fill_f32(&random, w, n, -1, 1);
                memset(s1, 0, (size_t)n * 4);
                memset(s2, 0, (size_t)n * 4);
                for (ptrdiff_t i = 0; i < n; i++) dw[i] = w[i];
                for (int t = 1; t <= 4; t++) {
                    fill_f32(&random, g, n, -2, 2);
                    CHECK_STATUS(step((rule)r, n, t, g, s1, s2, w), APUS_OK);
                    for (ptrdiff_t i = 0; i < n; i++) exact_step((rule)r, t, g[i], d1 + i, d2 + i, dw + i);
                }
                bool close = true;
                for (ptrdiff_t i = 0; i < n; i++) close = close && fabs(w[i] - dw[i]) < 2e-6;
                CHECK_MSG(close, "isa %d rule %d n %td", isa, r, n);
                for (int k = 0; k < 4; k++) guard_free(&area[k]);
            }
    }
}

// A zero gradient at the first step divides 0 by epsilon, or by the root of zero; with epsilon > 0 nothing moves.
static void zero_gradients_move_nothing(void) {
    FOR_EACH_ISA(isa) {
        float g[19] = {0}, s1[19] = {0}, s2[19] = {0}, w[19];
        for (int i = 0; i < 19; i++) w[i] = (float)i;
        for (int r = 0; r < RULES; r++) {
            if (r == SGD_DECAY || r == ADAM_DECAY) continue;
            step((rule)r, 19, 1, g, s1, s2, w);
            for (int i = 0; i < 19; i++) CHECK(w[i] == (float)i);
        }
        CHECK_STATUS(apus_sadam_step(19, 0.01f, 0.9f, 0.999f, 1e-7f, 0, INT64_MAX, g, s1, s2, w), APUS_OK);
        CHECK(w[18] == 18);
    }
}

enum { LARGE = 100003 };
static float g[LARGE], s1[LARGE], s2[LARGE], w[LARGE], first[LARGE];

static void same_bits_on_any_number_of_threads(void) {
    int threads = apus_get_threads();
    FOR_EACH_ISA(isa) {
        for (int r = 0; r < RULES; r++) {
            for (int team = 1; team <= 16; team *= 2) {
                random_state random = {9};
                apus_set_threads(team);
                fill_f32(&random, w, LARGE, -1, 1);
                memset(s1, 0, sizeof s1);
                memset(s2, 0, sizeof s2);
                for (int t = 1; t <= 2; t++) {
                    fill_f32(&random, g, LARGE, -2, 2);
                    step((rule)r, LARGE, t, g, s1, s2, w);
                }
                if (team == 1) memcpy(first, w, sizeof w);
                else CHECK(same_bits(first, w, sizeof w));
            }
        }
        apus_set_threads(threads);
    }
}

static void refusals(void) {
    float a[8] = {1}, b[8] = {2}, c[8] = {3}, weights[8] = {42};
    CHECK_STATUS(apus_ssgd_step(-1, 0.1f, 0, 0, 0, a, b, weights), APUS_ERROR_SHAPE);
    CHECK_STATUS(apus_ssgd_step(PTRDIFF_MAX, 0.1f, 0, 0, 0, a, b, weights), APUS_ERROR_OVERFLOW);
    CHECK_STATUS(apus_ssgd_step(8, NAN, 0, 0, 0, a, b, weights), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_ssgd_step(8, 0.1f, 1, 0, 0, a, b, weights), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_ssgd_step(8, 0.1f, 0.9f, 0, -1, a, b, weights), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_ssgd_step(8, 0.1f, 0.9f, 0, 0, a, NULL, weights), APUS_ERROR_NULL);
    CHECK_STATUS(apus_ssgd_step(8, 0.1f, 0, 0, 0, NULL, NULL, weights), APUS_ERROR_NULL);
    CHECK_STATUS(apus_ssgd_step(8, 0.1f, 0, 0, 0, weights, NULL, weights), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_ssgd_step(4, 0.1f, 0.9f, 0, 0, a, weights + 2, weights), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_srmsprop_step(8, 0.1f, 1, 0, 1e-7f, a, b, NULL, weights), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_srmsprop_step(8, 0.1f, 0.9f, 0.5f, 1e-7f, a, b, NULL, weights), APUS_ERROR_NULL);
    CHECK_STATUS(apus_srmsprop_step(8, 0.1f, 0.9f, 0, 1e-7f, a, NULL, NULL, weights), APUS_ERROR_NULL);
    CHECK_STATUS(apus_srmsprop_step(8, 0.1f, 0.9f, 0, -1, a, b, NULL, weights), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_sadam_step(8, 0.1f, 0.9f, 0.999f, 1e-7f, 0, 0, a, b, c, weights), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_sadam_step(8, 0.1f, 1, 0.999f, 1e-7f, 0, 1, a, b, c, weights), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_sadam_step(8, 0.1f, 0.9f, 0.999f, 1e-7f, 0, 1, a, b, NULL, weights), APUS_ERROR_NULL);
    CHECK_STATUS(apus_sadam_step(8, 0.1f, 0.9f, 0.999f, 1e-7f, 0, 1, a, b, b, weights), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_sadam_step(0, 0.1f, 0.9f, 0.999f, 1e-7f, 0, 1, NULL, NULL, NULL, NULL), APUS_OK);
    CHECK(weights[0] == 42 && b[0] == 2 && c[0] == 3);
}

int main(void) {
    RUN(follows_keras);
    RUN(every_length_follows_the_recurrence);
    RUN(zero_gradients_move_nothing);
    RUN(same_bits_on_any_number_of_threads);
    RUN(refusals);
    return harness_finish();
}
