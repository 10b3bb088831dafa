// Losses against PyTorch's numbers, against their definitions in double, and their gradients against
// central differences.
#include "../../include/apus/loss.h"
#include "Fixtures/losses.h"
#include "harness.h"

typedef enum kind { BINARY, SPARSE, SMOOTH, CATEGORICAL, SQUARED, MARGIN, KINDS } kind;

static apus_status run(kind which, ptrdiff_t rows, ptrdiff_t columns, const float *z, const float *t,
                       const int32_t *labels, const float *weights, float scale, double *loss, float *gradient) {
    switch (which) {
    case BINARY: return apus_sbinary_cross_entropy(rows, columns, z, t, weights, scale, loss, gradient);
    case SPARSE: return apus_ssparse_cross_entropy(rows, columns, z, labels, 0, weights, scale, loss, gradient);
    case SMOOTH: return apus_ssparse_cross_entropy(rows, columns, z, labels, 0.1f, weights, scale, loss, gradient);
    case CATEGORICAL: return apus_scategorical_cross_entropy(rows, columns, z, t, weights, scale, loss, gradient);
    case SQUARED: return apus_smean_squared_error(rows, columns, z, t, weights, scale, loss, gradient);
    default: return apus_smargin_loss(rows, columns, z, t, 0.9f, 0.1f, 0.5f, weights, scale, loss, gradient);
    }
}

// The loss of one row by its definition.
static double row_loss(kind which, ptrdiff_t columns, const double *z, const float *t, int32_t label) {
    double loss = 0, sum = 0, top = z[0];
    for (ptrdiff_t c = 1; c < columns; c++) top = fmax(top, z[c]);
    for (ptrdiff_t c = 0; c < columns; c++) sum += exp(z[c] - top);
    for (ptrdiff_t c = 0; c < columns; c++) {
        double share = which == SPARSE ? c == label : 0.1f / (double)columns + (c == label ? 1 - (double)0.1f : 0);
        switch (which) {
        case BINARY: loss += t[c] * log1p(exp(-z[c])) + (1 - (double)t[c]) * (z[c] > 500 ? z[c] : log1p(exp(z[c]))); break;
        case SPARSE:
        case SMOOTH: loss += share * (log(sum) - (z[c] - top)); break;
        case CATEGORICAL: loss += t[c] * (log(sum) - (z[c] - top)); break;
        case SQUARED: loss += (z[c] - t[c]) * (z[c] - t[c]) / (double)columns; break;
        default:
            loss += t[c] * pow(fmax(0, (double)0.9f - z[c]), 2) + 0.5 * (1 - (double)t[c]) * pow(fmax(0, z[c] - (double)0.1f), 2);
        }
    }
    return loss;
}

static void follows_pytorch(void) {
    static const struct { kind which; const float *targets; const double *loss, *gradient; } cases[] = {
        {BINARY, fixture_binary, &fixture_bce_loss, fixture_bce_gradient},
        {SPARSE, NULL, &fixture_sparse_loss, fixture_sparse_gradient},
        {SMOOTH, NULL, &fixture_smooth_loss, fixture_smooth_gradient},
        {CATEGORICAL, fixture_spread, &fixture_categorical_loss, fixture_categorical_gradient},
        {SQUARED, fixture_binary, &fixture_squared_loss, fixture_squared_gradient}};
    FOR_EACH_ISA(isa) {
        for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
            float gradient[FIXTURE_ROWS * FIXTURE_CLASSES];
            double loss;
            CHECK_STATUS(run(cases[k].which, FIXTURE_ROWS, FIXTURE_CLASSES, fixture_logits, cases[k].targets,
                             fixture_labels, fixture_weights, 1, &loss, gradient), APUS_OK);
            CHECK_RELATIVE(loss, *cases[k].loss, 3e-7);
            for (int i = 0; i < FIXTURE_ROWS * FIXTURE_CLASSES; i++)
                CHECK_ABSOLUTE(gradient[i], cases[k].gradient[i], 5e-7);
        }
    }
}

static void definitions_and_differences(void) {
    static const ptrdiff_t shapes[][2] = {{1, 1}, {2, 2}, {3, 5}, {7, 7}, {5, 8}, {4, 9}, {3, 15}, {2, 16}, {2, 17}, {2, 31}, {1, 33}, {1, 40}, {39, 1}, {16, 1}, {5, 10}};
    random_state random = {1};
    FOR_EACH_ISA(isa) {
        for (int which = 0; which < KINDS; which++)
            for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++)
                for (int weighted = 0; weighted < 2; weighted++) {
                    ptrdiff_t rows = shapes[s][0], columns = shapes[s][1], n = rows * columns;
                    guarded g[5] = {guard_alloc((size_t)n * 4, GUARD_END), guard_alloc((size_t)n * 4, GUARD_END),
                                    guard_alloc((size_t)rows * 4, GUARD_END), guard_alloc((size_t)n * 4, GUARD_END),
                                    guard_alloc((size_t)rows * 4, GUARD_END)};
                    float *z = g[0].data, *t = g[1].data, *weights = g[2].data, *gradient = g[3].data;
                    int32_t *labels = g[4].data;
                    fill_f32(&random, z, n, which == MARGIN ? 0 : -6, which == MARGIN ? 1 : 6);
                    fill_f32(&random, t, n, 0, 1);
                    fill_f32(&random, weights, rows, 0.25, 2);
                    for (ptrdiff_t r = 0; r < rows; r++) labels[r] = (int32_t)random_index(&random, columns);
                    for (ptrdiff_t i = 0; which == MARGIN && i < n; i++) t[i] = t[i] > 0.5f;
                    double loss = NAN, only = NAN, exact = 0, worst = 0, row[40];
                    CHECK_STATUS(run((kind)which, rows, columns, z, t, labels, weighted ? weights : NULL, 0.5f, &loss, gradient), APUS_OK);
                    CHECK_STATUS(run((kind)which, rows, columns, z, t, labels, weighted ? weights : NULL, 0.5f, &only, NULL), APUS_OK);
                    CHECK(loss == only);
                    for (ptrdiff_t r = 0; r < rows; r++) {
                        double w = weighted ? weights[r] : 1;
                        for (ptrdiff_t c = 0; c < columns; c++) row[c] = z[r * columns + c];
                        exact += w * row_loss((kind)which, columns, row, t + r * columns, labels[r]);
                        for (ptrdiff_t c = 0; c < columns; c++) {
                            double up, down, keep = row[c];
                            row[c] = keep + 1e-5, up = row_loss((kind)which, columns, row, t + r * columns, labels[r]);
                            row[c] = keep - 1e-5, down = row_loss((kind)which, columns, row, t + r * columns, labels[r]);
                            row[c] = keep;
                            worst = fmax(worst, fabs(gradient[r * columns + c] - 0.5 * w * (up - down) / 2e-5));
                        }
                    }
                    CHECK_MSG(fabs(loss - exact) <= 1e-6 * fabs(exact) + 1e-7 * (double)n, "isa %d loss %d %td x %td: %.9g, exact %.9g", isa, which, rows, columns, loss, exact);
                    CHECK_MSG(worst < 1.2e-5, "isa %d loss %d %td x %td: gradient off by %g", isa, which, rows, columns, worst);
                    // In the values' own array.
                    CHECK_STATUS(run((kind)which, rows, columns, z, t, labels, weighted ? weights : NULL, 0.5f, &loss, z), APUS_OK);
                    CHECK(loss == only && same_bits(z, gradient, (size_t)n * 4));
                    for (int k = 0; k < 5; k++) guard_free(&g[k]);
                }
    }
}

// Many rows and many classes against the gradients' formulas in double; every fifth row is sure of its label.
static void many_rows_and_classes(void) {
    static const ptrdiff_t shapes[][2] = {{150, 2}, {37, 3}, {165, 10}, {37, 16}, {35, 64}, {5, 65}, {4, 100}, {5, 1000}, {3, 4096}, {2, 4099}};
    random_state random = {11};
    FOR_EACH_ISA(isa) {
        for (int which = SPARSE; which <= CATEGORICAL; which++)
            for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++)
                for (int weighted = 0; weighted < 2; weighted++) {
                    const ptrdiff_t rows = shapes[s][0], columns = shapes[s][1], n = rows * columns;
                    guarded g[5] = {guard_alloc((size_t)n * 4, GUARD_END), guard_alloc((size_t)n * 4, GUARD_END),
                                    guard_alloc((size_t)rows * 4, GUARD_END), guard_alloc((size_t)n * 4, GUARD_START),
                                    guard_alloc((size_t)rows * 4, GUARD_END)};
                    float *logits = g[0].data, *targets = g[1].data, *weight = g[2].data, *slope = g[3].data;
                    int32_t *label = g[4].data;
                    double loss = NAN, only = NAN, exact = 0, worst = 0;
                    fill_f32(&random, logits, n, -6, 6);
                    fill_f32(&random, targets, n, 0, 2 / (float)columns);
                    fill_f32(&random, weight, rows, 0.25, 2);
                    for (ptrdiff_t r = 0; r < rows; r++) {
                        label[r] = (int32_t)random_index(&random, columns);
                        if (r % 5 == 4) logits[r * columns + label[r]] = 25;
                    }
                    const float *w = weighted ? weight : NULL;
                    CHECK_STATUS(run((kind)which, rows, columns, logits, targets, label, w, 0.5f, &loss, slope), APUS_OK);
                    CHECK_STATUS(run((kind)which, rows, columns, logits, targets, label, w, 0.5f, &only, NULL), APUS_OK);
                    CHECK(loss == only);
                    for (ptrdiff_t r = 0; r < rows; r++) {
                        const float *row = logits + r * columns;
                        double sum = 0, others = 0, mass = 0, here = 0, outer = weighted ? weight[r] : 1;
                        for (ptrdiff_t c = 0; c < columns; c++) {
                            sum += exp((double)row[c]);
                            if (c != label[r]) others += exp((double)row[c]);
                            mass += targets[r * columns + c];
                        }
                        for (ptrdiff_t c = 0; c < columns; c++) {
                            const double p = exp((double)row[c]) / sum, floor = which == SMOOTH ? (double)0.1f / (double)columns : 0;
                            double t = floor + (c == label[r] ? (which == SMOOTH ? 1 - (double)0.1f : 1) : 0);
                            double want = p - t, size = p + t;
                            if (which == CATEGORICAL) t = targets[r * columns + c], want = p * mass - t, size = p * mass + t;
                            if (which == SPARSE && c == label[r]) size = fabs(want = -others / sum); // keeps its digits
                            here += t * (log(sum) - row[c]);
                            worst = fmax(worst, fabs(slope[r * columns + c] - 0.5 * outer * want) / (0.5 * outer * size));
                        }
                        if (which == SPARSE && r % 5 == 4) here = log1p(others / exp((double)row[label[r]]));
                        exact += outer * here;
                    }
                    CHECK_MSG(fabs(loss - exact) <= 1e-6 * exact, "isa %d loss %d %td x %td: %.9g, exact %.9g", isa, which, rows, columns, loss, exact);
                    CHECK_MSG(worst < 3e-6, "isa %d loss %d %td x %td: gradient off by %g of itself", isa, which, rows, columns, worst);
                    CHECK_STATUS(run((kind)which, rows, columns, logits, targets, label, w, 0.5f, &loss, logits), APUS_OK);
                    CHECK(loss == only && same_bits(logits, slope, (size_t)n * 4));
                    for (int k = 0; k < 5; k++) guard_free(&g[k]);
                }
        // Sure of it: both keep their digits, alone and among other rows.
        for (int sure = 0; sure < 17; sure++) {
            float logits[17 * 10] = {0}, slope[17 * 10];
            int32_t label[17] = {0};
            double loss;
            for (int r = 0; r < 17; r++) logits[r * 10 + 3] = 30, label[r] = 3;
            apus_ssparse_cross_entropy(sure + 1, 10, logits, label, 0, NULL, 1, &loss, slope);
            CHECK_RELATIVE(loss, (sure + 1) * log1p(9 * exp(-30)), 1e-6);
            CHECK_RELATIVE(slope[sure * 10 + 3], -9 * exp(-30) / (1 + 9 * exp(-30)), 1e-6);
            float targets[17 * 10] = {0};
            for (int r = 0; r < 17; r++) targets[r * 10 + 3] = 1;
            apus_scategorical_cross_entropy(sure + 1, 10, logits, targets, NULL, 1, &loss, slope);
            CHECK_RELATIVE(loss, (sure + 1) * log1p(9 * exp(-30)), 1e-6);
        }
    }
}

static void extreme_logits_stay_finite(void) {
    FOR_EACH_ISA(isa) {
        float z[4] = {1000, -1000, 1e30f, -1e30f}, t[4] = {1, 0, 1, 0}, gradient[4];
        double loss;
        CHECK_STATUS(apus_sbinary_cross_entropy(4, 1, z, t, NULL, 1, &loss, gradient), APUS_OK);
        CHECK(loss == 0);
        for (int i = 0; i < 4; i++) CHECK(gradient[i] == 0);
        t[0] = 0;
        apus_sbinary_cross_entropy(4, 1, z, t, NULL, 1, &loss, gradient);
        CHECK(loss == 1000 && gradient[0] == 1);
        const int32_t label = 1;
        const float logits[3] = {5000, 4990, -INFINITY}, target[3] = {0.25f, 0.75f, 0};
        apus_ssparse_cross_entropy(1, 3, logits, &label, 0, NULL, 1, &loss, gradient);
        CHECK_RELATIVE(loss, 10 + log1p(exp(-10)), 1e-7);
        CHECK(gradient[2] == 0);
        apus_scategorical_cross_entropy(1, 3, logits, target, NULL, 1, &loss, gradient);
        CHECK_RELATIVE(loss, 7.5 + log1p(exp(-10)), 1e-7);
        // Confidently right: the loss keeps its digits.
        const float sure[2] = {30, 0};
        const int32_t first = 0;
        apus_ssparse_cross_entropy(1, 2, sure, &first, 0, NULL, 1, &loss, gradient);
        CHECK_ABSOLUTE(loss, log1p(exp(-30)), 1e-15);
        const float one[1] = {30}, yes[1] = {1};
        apus_sbinary_cross_entropy(1, 1, one, yes, NULL, 1, &loss, gradient);
        CHECK_RELATIVE(loss, log1p(exp(-30)), 1e-6);
        const float bad[2] = {NAN, 0};
        for (int which = 0; which < KINDS; which++) {
            run((kind)which, 1, 2, bad, target, &first, NULL, 1, &loss, gradient);
            CHECK_MSG(isnan(loss) && isnan(gradient[0]), "isa %d loss %d hides NaN", isa, which);
        }
    }
}

enum { ROWS = 40000, CLASSES = 10 };
static float z[ROWS * CLASSES], t[ROWS * CLASSES], weights[ROWS], gradient[2][ROWS * CLASSES];
static int32_t labels[ROWS];

static void same_bits_on_any_number_of_threads(void) {
    random_state random = {2};
    fill_f32(&random, z, ROWS * CLASSES, -4, 4);
    fill_f32(&random, t, ROWS * CLASSES, 0, 1);
    fill_f32(&random, weights, ROWS, 0, 1);
    for (int r = 0; r < ROWS; r++) labels[r] = (int32_t)random_index(&random, CLASSES);
    int threads = apus_get_threads();
    FOR_EACH_ISA(isa) {
        for (int which = 0; which < KINDS; which++) {
            double loss[2];
            for (int team = 1; team <= 16; team *= 2) {
                int to = team > 1;
                apus_set_threads(team);
                run((kind)which, ROWS, CLASSES, z, t, labels, weights, 0.1f, &loss[to], gradient[to]);
                if (to) CHECK(loss[0] == loss[1] && same_bits(gradient[0], gradient[1], sizeof gradient[0]));
            }
        }
        apus_set_threads(threads);
    }
}

static void refusals(void) {
    float a[6] = {1, 2, 3, 4, 5, 6}, b[6] = {0}, g[6] = {42};
    int32_t label[2] = {0, 3};
    double loss = 42;
    CHECK_STATUS(apus_sbinary_cross_entropy(-1, 3, a, b, NULL, 1, &loss, g), APUS_ERROR_SHAPE);
    CHECK_STATUS(apus_sbinary_cross_entropy(PTRDIFF_MAX / 2, 3, a, b, NULL, 1, &loss, g), APUS_ERROR_OVERFLOW);
    CHECK_STATUS(apus_sbinary_cross_entropy(2, 3, NULL, b, NULL, 1, &loss, g), APUS_ERROR_NULL);
    CHECK_STATUS(apus_sbinary_cross_entropy(2, 3, a, NULL, NULL, 1, &loss, g), APUS_ERROR_NULL);
    CHECK_STATUS(apus_sbinary_cross_entropy(2, 3, a, b, NULL, 1, NULL, g), APUS_ERROR_NULL);
    CHECK_STATUS(apus_sbinary_cross_entropy(2, 3, a, b, NULL, NAN, &loss, g), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_smean_squared_error(2, 3, a, b, NULL, 1, &loss, b), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_scategorical_cross_entropy(1, 3, a, b, NULL, 1, &loss, a + 1), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_ssparse_cross_entropy(2, 3, a, label, 0, NULL, 1, &loss, g), APUS_ERROR_INDEX);
    label[1] = -1;
    CHECK_STATUS(apus_ssparse_cross_entropy(2, 3, a, label, 0, NULL, 1, &loss, g), APUS_ERROR_INDEX);
    label[1] = 1;
    CHECK_STATUS(apus_ssparse_cross_entropy(2, 3, a, NULL, 0, NULL, 1, &loss, g), APUS_ERROR_NULL);
    CHECK_STATUS(apus_ssparse_cross_entropy(2, 3, a, label, 1, NULL, 1, &loss, g), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_ssparse_cross_entropy(2, 3, a, label, -0.1f, NULL, 1, &loss, g), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_smargin_loss(2, 3, a, b, NAN, 0.1f, 0.5f, NULL, 1, &loss, g), APUS_ERROR_VALUE);
    CHECK(loss == 42 && g[0] == 42);
    CHECK_STATUS(apus_smean_squared_error(0, 3, NULL, NULL, NULL, 1, &loss, NULL), APUS_OK);
    CHECK(loss == 0);
}

int main(void) {
    RUN(follows_pytorch);
    RUN(definitions_and_differences);
    RUN(many_rows_and_classes);
    RUN(extreme_logits_stay_finite);
    RUN(same_bits_on_any_number_of_threads);
    RUN(refusals);
    return harness_finish();
}
