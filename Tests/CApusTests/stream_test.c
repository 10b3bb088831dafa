// Calls so large that they write past the caches give, bit for bit, what small calls on their parts give, from
// arrays that begin aligned or not.
#include "../../include/apus.h"
#include "harness.h"

static ptrdiff_t rows; // of COLUMNS floats, in all
enum { COLUMNS = 1056, PART = 64 };
static float *x, *dy, *large, *small;
static int32_t *indices, *labels; // below 1000, below 11
static int64_t *offsets; // 0, 1, 2, ...
static uint8_t *places;

typedef void work(ptrdiff_t count, ptrdiff_t columns, const float *x, const float *dy, float *out, ptrdiff_t first);

#define WORK (ptrdiff_t count, ptrdiff_t columns, const float *x, const float *dy, float *out, ptrdiff_t first)
#define UNUSED (void)x, (void)columns, (void)dy, (void)first
static void relu WORK { UNUSED; apus_sactivation_forward(APUS_ACTIVATION_RELU, 0, count * columns, x, out); }
static void gelu_slope WORK { UNUSED; apus_sactivation_backward(APUS_ACTIVATION_GELU, 0, count * columns, x, NULL, dy, out); }
static void softmax WORK { UNUSED; apus_ssoftmax_forward(count, columns, x, out); }
static void softmax_slope WORK { UNUSED; apus_ssoftmax_backward(count, columns, x, dy, out); }
static void normalize WORK {
    UNUSED;
    const apus_batchnorm_desc d = {count, columns, 1e-3f, 0.9f};
    static float statistics[COLUMNS];
    for (int c = 0; c < COLUMNS; c++) statistics[c] = 0.5f + (float)c;
    apus_sbatchnorm_relu_inference(&d, x, statistics, statistics, statistics, statistics, out);
}
static void look_up WORK {
    UNUSED;
    apus_sembedding_forward(count, 1000, columns, indices + first, dy, out);
}
static void bags WORK {
    UNUSED;
    apus_sembedding_bag_forward(count, 1000, columns, offsets, indices + first, NULL, dy, out);
}
static double losses[1];
static void margin WORK { UNUSED; apus_smargin_loss(count, columns, x, dy, 0.9f, 0.1f, 0.5f, NULL, 1, losses, out); }
static void binary WORK { UNUSED; apus_sbinary_cross_entropy(count, columns, x, dy, NULL, 1, losses, out); }
static void sparse WORK { UNUSED; apus_ssparse_cross_entropy(count, columns, x, labels + first, 0.1f, NULL, 1, losses, out); }
static void categorical WORK { UNUSED; apus_scategorical_cross_entropy(count, columns, x, dy, NULL, 1, losses, out); }
// Pixels of `columns` channels; pieces are whole images of 8 by 8.
static apus_pool_desc pools(ptrdiff_t count, ptrdiff_t columns, ptrdiff_t window, ptrdiff_t stride, ptrdiff_t pad) {
    return (apus_pool_desc){count / 64, 8, 8, columns, window, window, stride, stride, pad, pad, pad, pad, 0};
}
static void pool WORK { UNUSED; const apus_pool_desc d = pools(count, columns, 3, 1, 1); apus_smaxpool_forward(&d, x, out, NULL); }
static void pool_places WORK {
    UNUSED;
    const apus_pool_desc d = pools(count, columns, 3, 1, 1);
    apus_smaxpool_forward(&d, x, out, places);
    for (ptrdiff_t i = 0; i < count * columns; i++) out[i] += 64 * (float)places[i];
}
static void pool_slope WORK { UNUSED; const apus_pool_desc d = pools(count, columns, 2, 2, 0); apus_smaxpool_backward_recompute(&d, x, dy, out); }
static void mean WORK { UNUSED; const apus_pool_desc d = pools(count, columns, 3, 1, 1); apus_savgpool_forward(&d, x, out); }
static void mean_slope WORK { UNUSED; const apus_pool_desc d = pools(count, columns, 3, 1, 1); apus_savgpool_backward(&d, dy, out); }
static void share_slope WORK { UNUSED; const apus_pool_desc d = pools(count, columns, 4, 4, 0); apus_savgpool_backward(&d, dy, out); }

// `shift`: floats by which the output misses its alignment. dy_rows: rows of dy to a row of x, as a share 1 / dy_rows.
static void large_as_small(const char *name, work *w, ptrdiff_t columns, ptrdiff_t shift, ptrdiff_t dy_rows) {
    const ptrdiff_t count = rows * COLUMNS / columns / PART * PART;
    fill_nan_f32(large, rows * COLUMNS + 8);
    w(count, columns, x, dy, large + shift, 0);
    for (ptrdiff_t first = 0; first < count; first += PART) {
        const ptrdiff_t at = first * columns;
        w(PART, columns, x + at, w == look_up || w == bags ? dy : dy + at / dy_rows, small, first);
        const bool same = same_bits(small, large + shift + at, PART * (size_t)columns * sizeof(float));
        if (same && first > 0) continue;
        CHECK_MSG(same, "%s, %s, %td columns, row %td, output off by %td", apus_isa_name(apus_get_isa()), name, columns, first, shift);
        if (!same) return;
    }
}

static void large_calls_equal_small_ones(void) {
    FOR_EACH_ISA(isa) {
        if (isa == APUS_ISA_SCALAR) continue; // writes nothing past the caches
        for (ptrdiff_t shift = 0; shift < 2; shift++) {
            large_as_small("relu", relu, COLUMNS, shift, 1);
            large_as_small("gelu's slope", gelu_slope, COLUMNS, 3 * shift, 1);
            large_as_small("softmax", softmax, 11, shift, 1);
            large_as_small("softmax", softmax, COLUMNS, shift, 1);
            large_as_small("softmax", softmax, 67, shift, 1);
            large_as_small("softmax's slope", softmax_slope, 11, shift, 1);
            large_as_small("softmax's slope", softmax_slope, 100, shift, 1);
            large_as_small("normalization", normalize, COLUMNS, shift, 1);
            large_as_small("look-up", look_up, 96, shift, 1);
            large_as_small("look-up", look_up, 97, shift, 1);
            large_as_small("maximum pooling", pool, 96, shift, 1);
            large_as_small("bags", bags, 128, shift, 1);
            large_as_small("bags", bags, 97, shift, 1);
            large_as_small("margin loss", margin, 32, shift, 1);
            large_as_small("binary cross-entropy", binary, 32, shift, 1);
            large_as_small("sparse cross-entropy", sparse, 11, shift, 1);
            large_as_small("sparse cross-entropy", sparse, 100, shift, 1);
            large_as_small("categorical cross-entropy", categorical, 11, shift, 1);
            large_as_small("categorical cross-entropy", categorical, 100, shift, 1);
            large_as_small("maximum pooling with places", pool_places, 96, shift, 1);
            large_as_small("maximum pooling's slope", pool_slope, 80, shift, 4);
            large_as_small("average pooling", mean, 48, shift, 1);
            large_as_small("average pooling's slope", mean_slope, 48, shift, 1);
            large_as_small("average pooling's slope, apart", share_slope, 16, shift, 16);
        }
    }
    CHECK(rows > 0);
}

int main(void) {
    // Twice the last-level cache in input and output together, and some more; little where only memory faults count.
    const ptrdiff_t bytes = harness_is_quick() ? 4 << 20 : (ptrdiff_t)apus_get_caches().l3 + (4 << 20);
    if (bytes > 160 << 20) puts("the caches are so large that these calls stay inside them");
    rows = (bytes > 160 << 20 ? 160 << 20 : bytes) / 4 / COLUMNS / PART * PART + PART;
    const size_t all = (size_t)(rows * COLUMNS + 64) * sizeof(float);
    x = apus_alloc(all), dy = apus_alloc(all), large = apus_alloc(all);
    small = apus_alloc((size_t)PART * COLUMNS * sizeof(float));
    const ptrdiff_t most = rows * COLUMNS / 11 + PART; // rows of the shortest, those of the losses
    indices = apus_alloc((size_t)most * sizeof *indices);
    labels = apus_alloc((size_t)most * sizeof *labels);
    offsets = apus_alloc((size_t)(most + 1) * sizeof *offsets);
    places = apus_alloc((size_t)(rows * COLUMNS));
    if (x == NULL || dy == NULL || large == NULL || small == NULL || indices == NULL || labels == NULL || offsets == NULL ||
        places == NULL)
        return 2;
    random_state random = {9};
    fill_f32(&random, x, rows * COLUMNS + 64, -2, 2);
    fill_f32(&random, dy, rows * COLUMNS + 64, -1, 1);
    for (ptrdiff_t i = 0; i < most; i++) indices[i] = (int32_t)random_index(&random, 1000), labels[i] = indices[i] % 11;
    for (ptrdiff_t i = 0; i <= most; i++) offsets[i] = i;
    RUN(large_calls_equal_small_ones);
    apus_free(x), apus_free(dy), apus_free(large), apus_free(small), apus_free(indices);
    apus_free(labels), apus_free(offsets), apus_free(places);
    return harness_finish();
}
