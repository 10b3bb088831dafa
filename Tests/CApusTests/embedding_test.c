// Table look-up, embedding bags and their gradients.
#include "../../include/apus/embedding.h"
#include "harness.h"

static int32_t *random_indices(random_state *random, guarded *area, ptrdiff_t n, ptrdiff_t vocabulary) {
    *area = guard_alloc((size_t)n * sizeof(int32_t), GUARD_END);
    int32_t *indices = area->data;
    // A third are the padding's index 0, as in padded texts.
    for (ptrdiff_t i = 0; i < n; i++) indices[i] = i % 3 == 0 ? 0 : (int32_t)random_index(random, vocabulary);
    return indices;
}

static float *floats(random_state *random, guarded *area, ptrdiff_t n) {
    *area = guard_alloc((size_t)n * sizeof(float), GUARD_END);
    fill_f32(random, area->data, n, -1, 1);
    return area->data;
}

static const ptrdiff_t widths[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 50, 63, 64, 65, 100, 128, 130};
enum { WIDTHS = sizeof widths / sizeof widths[0] };

static void look_up_copies_rows(void) {
    random_state random = {1};
    FOR_EACH_ISA(isa) {
        for (int k = 0; k < WIDTHS; k++)
            for (ptrdiff_t count = 0; count <= 40; count += 1 + count / 6) {
                ptrdiff_t width = widths[k], vocabulary = 37;
                guarded a, b, c;
                int32_t *indices = random_indices(&random, &a, count, vocabulary);
                float *table = floats(&random, &b, vocabulary * width), *y = floats(&random, &c, count * width);
                CHECK_STATUS(apus_sembedding_forward(count, vocabulary, width, indices, table, y), APUS_OK);
                bool same = true;
                for (ptrdiff_t i = 0; i < count; i++)
                    same = same && same_bits(y + i * width, table + indices[i] * width, (size_t)width * 4);
                CHECK_MSG(same, "isa %d count %td width %td", isa, count, width);
                guard_free(&a), guard_free(&b), guard_free(&c);
            }
    }
}

// Every sum in order of occurrence is the same float additions in any variant: bits, not tolerances.
static void gradient_adds_in_order(void) {
    random_state random = {2};
    FOR_EACH_ISA(isa) {
        for (int k = 0; k < WIDTHS; k++)
            for (ptrdiff_t count = 0; count <= 90; count += 1 + count / 3) {
                ptrdiff_t width = widths[k], vocabulary = 11;
                guarded a, b, c;
                int32_t *indices = random_indices(&random, &a, count, vocabulary);
                float *dy = floats(&random, &b, count * width), *dtable = floats(&random, &c, vocabulary * width);
                CHECK_STATUS(apus_sembedding_backward(count, vocabulary, width, indices, dy, dtable), APUS_OK);
                float *exact = calloc((size_t)(vocabulary * width), sizeof(float));
                for (ptrdiff_t i = 0; i < count; i++)
                    for (ptrdiff_t j = 0; j < width; j++) exact[indices[i] * width + j] += dy[i * width + j];
                CHECK_MSG(same_bits(exact, dtable, (size_t)(vocabulary * width) * 4), "isa %d count %td width %td", isa, count, width);
                free(exact);
                guard_free(&a), guard_free(&b), guard_free(&c);
            }
    }
}

// The gradient is the transpose of the look-up: <dy, lookup(T)> = <dT, T>, whose central differences
// in any entry of T are exactly dT, the function being linear.
static void bags_and_their_gradient(void) {
    random_state random = {3};
    FOR_EACH_ISA(isa) {
        for (int k = 0; k < WIDTHS; k++)
            for (int weighted = 0; weighted < 2; weighted++)
                for (ptrdiff_t bags = 1; bags <= 20; bags += 6) {
                    ptrdiff_t width = widths[k], vocabulary = 13;
                    guarded o, a, b, c, d, e, f;
                    o = guard_alloc((size_t)(bags + 1) * sizeof(int64_t), GUARD_END);
                    int64_t *offsets = o.data;
                    offsets[0] = 0;
                    for (ptrdiff_t i = 0; i < bags; i++) offsets[i + 1] = offsets[i] + (i % 4 == 1 ? 0 : random_index(&random, 9));
                    ptrdiff_t entries = (ptrdiff_t)offsets[bags];
                    int32_t *indices = random_indices(&random, &a, entries, vocabulary);
                    float *weights = floats(&random, &b, entries), *table = floats(&random, &c, vocabulary * width);
                    float *y = floats(&random, &d, bags * width), *dy = floats(&random, &e, bags * width);
                    float *dtable = floats(&random, &f, vocabulary * width);
                    if (!weighted) {
                        for (ptrdiff_t i = 0; i < entries; i++) weights[i] = 1;
                    }
                    CHECK_STATUS(apus_sembedding_bag_forward(bags, vocabulary, width, offsets, indices, weighted ? weights : NULL, table, y), APUS_OK);
                    CHECK_STATUS(apus_sembedding_bag_backward(bags, vocabulary, width, offsets, indices, weighted ? weights : NULL, dy, dtable), APUS_OK);
                    double *exact_y = calloc((size_t)(bags * width), sizeof(double));
                    double *exact_d = calloc((size_t)(vocabulary * width), sizeof(double));
                    for (ptrdiff_t bag = 0; bag < bags; bag++)
                        for (int64_t n = offsets[bag]; n < offsets[bag + 1]; n++)
                            for (ptrdiff_t j = 0; j < width; j++) {
                                exact_y[bag * width + j] += (double)weights[n] * table[indices[n] * width + j];
                                exact_d[indices[n] * width + j] += (double)weights[n] * dy[bag * width + j];
                            }
                    double worst = 0; // sums of a few terms below 1, which may cancel: an absolute bound
                    for (ptrdiff_t i = 0; i < bags * width; i++) worst = fmax(worst, fabs(y[i] - exact_y[i]));
                    for (ptrdiff_t i = 0; i < vocabulary * width; i++) worst = fmax(worst, fabs(dtable[i] - exact_d[i]));
                    CHECK_MSG(worst < 3e-6, "isa %d width %td: %g", isa, width, worst);
                    free(exact_y), free(exact_d);
                    guard_free(&o), guard_free(&a), guard_free(&b), guard_free(&c), guard_free(&d), guard_free(&e), guard_free(&f);
                }
    }
}

static void same_bits_on_any_number_of_threads(void) {
    enum { COUNT = 9000, VOCABULARY = 700, WIDTH = 50, BAGS = COUNT / 9 };
    random_state random = {4};
    guarded g[4];
    int32_t *indices = random_indices(&random, &g[0], COUNT, VOCABULARY);
    float *table = floats(&random, &g[1], VOCABULARY * WIDTH), *dy = floats(&random, &g[2], COUNT * WIDTH);
    float *weights = floats(&random, &g[3], COUNT);
    static int64_t offsets[BAGS + 1];
    static float y[2][COUNT * WIDTH], d[2][VOCABULARY * WIDTH], bag_y[2][BAGS * WIDTH], bag_d[2][VOCABULARY * WIDTH];
    for (int b = 0; b <= BAGS; b++) offsets[b] = 9 * b;
    int threads = apus_get_threads();
    FOR_EACH_ISA(isa) {
        for (int team = 1; team <= 16; team *= 2) {
            int to = team > 1;
            apus_set_threads(team);
            apus_sembedding_forward(COUNT, VOCABULARY, WIDTH, indices, table, y[to]);
            apus_sembedding_backward(COUNT, VOCABULARY, WIDTH, indices, dy, d[to]);
            apus_sembedding_bag_forward(BAGS, VOCABULARY, WIDTH, offsets, indices, weights, table, bag_y[to]);
            apus_sembedding_bag_backward(BAGS, VOCABULARY, WIDTH, offsets, indices, weights, dy, bag_d[to]);
            if (to) CHECK(same_bits(y[0], y[1], sizeof y[0]) && same_bits(d[0], d[1], sizeof d[0]) &&
                          same_bits(bag_y[0], bag_y[1], sizeof bag_y[0]) && same_bits(bag_d[0], bag_d[1], sizeof bag_d[0]));
        }
        apus_set_threads(threads);
    }
    for (int k = 0; k < 4; k++) guard_free(&g[k]);
}

static void refusals(void) {
    int32_t indices[4] = {0, 2, 1, 2};
    float table[6] = {1, 2, 3, 4, 5, 6}, y[8] = {42}, dtable[6] = {42};
    int64_t offsets[3] = {0, 1, 4};
    CHECK_STATUS(apus_sembedding_forward(-1, 3, 2, indices, table, y), APUS_ERROR_SHAPE);
    CHECK_STATUS(apus_sembedding_forward(4, 3, -2, indices, table, y), APUS_ERROR_SHAPE);
    CHECK_STATUS(apus_sembedding_forward(4, PTRDIFF_MAX / 2, 4, indices, table, y), APUS_ERROR_OVERFLOW);
    CHECK_STATUS(apus_sembedding_forward(4, 3, 2, NULL, table, y), APUS_ERROR_NULL);
    CHECK_STATUS(apus_sembedding_forward(4, 3, 2, indices, NULL, y), APUS_ERROR_NULL);
    CHECK_STATUS(apus_sembedding_forward(4, 3, 2, indices, table, NULL), APUS_ERROR_NULL);
    CHECK_STATUS(apus_sembedding_forward(4, 2, 2, indices, table, y), APUS_ERROR_INDEX);
    CHECK_STATUS(apus_sembedding_forward(1, 0, 2, indices, table, y), APUS_ERROR_INDEX);
    CHECK_STATUS(apus_sembedding_forward(2, 3, 2, indices, table, table + 2), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_sembedding_backward(4, 2, 2, indices, y, dtable), APUS_ERROR_INDEX);
    CHECK_STATUS(apus_sembedding_backward(4, 3, 2, indices, y, NULL), APUS_ERROR_NULL);
    CHECK_STATUS(apus_sembedding_backward(4, 3, 2, indices, NULL, dtable), APUS_ERROR_NULL);
    CHECK_STATUS(apus_sembedding_bag_forward(2, 2, 2, offsets, indices, NULL, table, y), APUS_ERROR_INDEX);
    CHECK_STATUS(apus_sembedding_bag_forward(2, 3, 2, NULL, indices, NULL, table, y), APUS_ERROR_NULL);
    CHECK_STATUS(apus_sembedding_bag_forward(2, 3, 2, offsets, NULL, NULL, table, y), APUS_ERROR_NULL);
    offsets[1] = 5;
    CHECK_STATUS(apus_sembedding_bag_forward(2, 3, 2, offsets, indices, NULL, table, y), APUS_ERROR_VALUE);
    offsets[1] = 1, offsets[0] = 1;
    CHECK_STATUS(apus_sembedding_bag_backward(2, 3, 2, offsets, indices, NULL, y, dtable), APUS_ERROR_VALUE);
    offsets[0] = 0;
    indices[3] = -1;
    CHECK_STATUS(apus_sembedding_forward(4, 3, 2, indices, table, y), APUS_ERROR_INDEX);
    CHECK_STATUS(apus_sembedding_bag_backward(2, 3, 2, offsets, indices, NULL, y, dtable), APUS_ERROR_INDEX);
    indices[3] = 2;
    // Valid bags, and an output within each of the arrays read.
    union { int64_t offsets[8]; int32_t indices[16]; float floats[16]; } shared = {.offsets = {0, 1, 4}};
    CHECK_STATUS(apus_sembedding_bag_forward(2, 3, 2, shared.offsets, indices, NULL, table, shared.floats + 5), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_sembedding_bag_backward(2, 3, 2, shared.offsets, indices, NULL, y, shared.floats + 5), APUS_ERROR_ALIAS);
    CHECK(shared.offsets[0] == 0 && shared.offsets[1] == 1 && shared.offsets[2] == 4);
    CHECK_STATUS(apus_sembedding_bag_forward(2, 3, 2, shared.offsets, indices, NULL, table, shared.floats + 6), APUS_OK);
    CHECK_STATUS(apus_sembedding_bag_backward(2, 3, 2, shared.offsets, indices, NULL, y, shared.floats + 6), APUS_OK);
    memcpy(shared.indices, indices, sizeof indices);
    CHECK_STATUS(apus_sembedding_bag_forward(2, 3, 2, offsets, shared.indices, NULL, table, shared.floats + 3), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_sembedding_bag_backward(2, 3, 2, offsets, shared.indices, NULL, y, shared.floats + 3), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_sembedding_bag_forward(2, 3, 2, offsets, indices, NULL, table, table + 3), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_sembedding_bag_forward(2, 3, 2, offsets, indices, y + 3, table, y), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_sembedding_bag_backward(2, 3, 2, offsets, indices, dtable + 5, y, dtable), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_sembedding_bag_backward(2, 3, 2, offsets, indices, NULL, y + 2, y), APUS_ERROR_ALIAS);
    harness_fail_allocation(1);
    CHECK_STATUS(apus_sembedding_backward(4, 3, 2, indices, y, dtable), APUS_ERROR_MEMORY);
    harness_fail_allocation(1);
    CHECK_STATUS(apus_sembedding_bag_backward(2, 3, 2, offsets, indices, NULL, y, dtable), APUS_ERROR_MEMORY);
    harness_fail_allocation(0);
    CHECK(y[0] == 42 && dtable[0] == 42);
    // Nothing looked up: a gradient of zeros.
    CHECK_STATUS(apus_sembedding_backward(0, 3, 2, NULL, NULL, dtable), APUS_OK);
    for (int i = 0; i < 6; i++) CHECK(dtable[i] == 0);
    dtable[0] = 42;
    CHECK_STATUS(apus_sembedding_bag_backward(0, 3, 2, NULL, NULL, NULL, NULL, dtable), APUS_OK);
    CHECK(dtable[0] == 0);
}

int main(void) {
    RUN(look_up_copies_rows);
    RUN(gradient_adds_in_order);
    RUN(bags_and_their_gradient);
    RUN(same_bits_on_any_number_of_threads);
    RUN(refusals);
    return harness_finish();
}
