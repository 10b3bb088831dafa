// Prepared weights and fused pooling: bit for bit what the plain pass gives, by every algorithm and instruction set.
#include "conv_problem.h"

// The largest of each 2 x 2 of y.
static void pool_reference(const problem *p, const float *y, float *to) {
    const ptrdiff_t c = p->d.out_c, w = p->out_w;
    for (ptrdiff_t n = 0; n < p->d.batch; n++)
        for (ptrdiff_t h = 0; h < p->out_h / 2; h++)
            for (ptrdiff_t v = 0; v < w / 2; v++)
                for (ptrdiff_t k = 0; k < c; k++, to++) {
                    const float *at = y + (((n * p->out_h + 2 * h) * w) + 2 * v) * c + k;
                    *to = fmaxf(fmaxf(at[0], at[c]), fmaxf(at[w * c], at[w * c + c]));
                }
}

// Weights prepared for `other`, of other images, and the problem by them.
static void check_prepared(const problem *p, apus_conv_desc other, apus_conv_algorithm algorithm) {
    const apus_conv_desc *d = &p->d;
    const bool pools = p->out_h >= 2 && p->out_w >= 2;
    const ptrdiff_t pooled = pools ? d->batch * (p->out_h / 2) * (p->out_w / 2) * d->out_c : 0;
    array x = array_of(p->x, p->nx, GUARD_END), w = array_of(p->w, p->nw, GUARD_START), bias = array_of(p->bias, p->nb, GUARD_END);
    array plain = array_make(p->ny, GUARD_END), y[2] = {array_make(p->ny, GUARD_START), array_make(pooled, GUARD_END)};
    CHECK_STATUS(apus_set_conv_algorithm(algorithm), APUS_OK);
    CHECK_STATUS(apus_sconv_forward(d, x.data, w.data, bias.data, plain.data, NULL, 0), APUS_OK);
    const size_t bytes = apus_sconv_prepare_bytes(&other);
    guarded prepared = guard_alloc((bytes + 63) / 64 * 64, GUARD_END);
    CHECK_STATUS(apus_sconv_prepare(&other, w.data, prepared.data, bytes), APUS_OK);
    CHECK_INT(apus_sconv_prepared_algorithm(prepared.data), apus_get_isa() == APUS_ISA_SCALAR ? APUS_CONV_DIRECT : algorithm);
    for (int pool = 0; pool <= (pools ? 1 : 0); pool++) {
        const size_t wanted = apus_sconv_forward_prepared_workspace(d, (apus_conv_pool)pool, prepared.data);
        guarded space = guard_alloc(wanted + 3, GUARD_END);
        void *workspace = wanted == 0 ? NULL : (char *)space.data + 3;
        const long before = harness_allocations();
        CHECK_STATUS(apus_sconv_forward_prepared(d, (apus_conv_pool)pool, x.data, prepared.data, bytes, bias.data, y[pool].data,
                                                 workspace, wanted),
                     APUS_OK);
        CHECK_INT(harness_allocations(), before);
        if (wanted > 0)
            CHECK_STATUS(apus_sconv_forward_prepared(d, (apus_conv_pool)pool, x.data, prepared.data, bytes, bias.data, y[pool].data,
                                                     workspace, wanted - 1),
                         APUS_ERROR_WORKSPACE);
        guard_free(&space);
    }
    char text[160];
    describe(d, text, sizeof text);
    CHECK_MSG(same_bits(y[0].data, plain.data, (size_t)p->ny * sizeof(float)), "other bits by %s: %s",
              apus_conv_algorithm_name(algorithm), text);
    float *want = malloc((size_t)pooled * sizeof(float) + 1);
    if (pools) pool_reference(p, y[0].data, want);
    ptrdiff_t wrong = 0;
    for (ptrdiff_t i = 0; i < pooled; i++) wrong += !(y[1].data[i] == want[i]);
    CHECK_MSG(wrong == 0, "%td maxima wrong of %td by %s: %s", wrong, pooled, apus_conv_algorithm_name(algorithm), text);
    free(want);
    guard_free(&prepared);
    array *all[] = {&x, &w, &bias, &plain, &y[0], &y[1]};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) guard_free(&all[i]->guard);
}

static void check_all(apus_conv_desc d, uint64_t seed) {
    random_state random = {seed};
    d.activation = seed % 3 == 0 ? APUS_ACTIVATION_LINEAR : APUS_ACTIVATION_RELU;
    problem p = problem_make(d, &random, false);
    apus_conv_desc other = d; // the weights serve any batch, size and padding
    if (seed % 2 == 0) other.batch = 1, other.in_w += 9, other.pad_left += 2;
    FOR_EACH_ISA(isa) {
        for (int a = APUS_CONV_DIRECT; a <= APUS_CONV_ROOTS; a++) {
            const apus_conv_algorithm algorithm = (apus_conv_algorithm)a;
            CHECK_STATUS(apus_set_conv_algorithm(algorithm), APUS_OK);
            if (a > APUS_CONV_DIRECT && apus_conv_algorithm_for(&d, APUS_CONV_FORWARD) != algorithm) continue;
            check_prepared(&p, other, algorithm);
        }
    }
    problem_free(&p);
}

static void square_kernels(void) {
    uint64_t seed = 300;
    for (ptrdiff_t size = 1; size <= 15; size++)
        for (ptrdiff_t channels = 3; channels <= 40; channels += 37) {
            apus_conv_desc d = square(2, size, channels, 43 - channels, 3, 1, 1, 1);
            d.in_w = 17 - size;
            seed++;
            if (!harness_is_quick() || size % 4 == 2) check_all(d, seed);
        }
}

static void other_kernels(void) {
    check_all(square(3, 20, 17, 40, 9, 2, 1, 0), 400); // CapsNet's primary capsules, small
    check_all(square(2, 28, 1, 70, 9, 1, 1, 0), 401);  // and its first layer
    check_all(square(2, 26, 12, 33, 5, 1, 1, 2), 402);
    check_all(square(3, 9, 17, 40, 1, 1, 1, 0), 403);
    check_all(square(3, 9, 17, 40, 1, 2, 1, 0), 404);
    check_all(square(15, 3, 5, 16, 3, 1, 1, 0), 405); // as large as the input
    check_all(square(2, 19, 9, 18, 3, 2, 2, 3), 406);
    check_all(line(3, 60, 20, 36, 5, 1, 1, 2, 2), 407);
    check_all(line(2, 41, 9, 50, 3, 1, 1, 1, 1), 408);
}

// Left to itself: CapsNet's weights are prepared for what suits the batch. A call's stride must be theirs.
static void choice(void) {
    const apus_conv_desc one = square(1, 20, 256, 256, 9, 2, 1, 0), many = square(128, 20, 256, 256, 9, 2, 1, 0);
    FOR_EACH_ISA(isa) {
        CHECK_STATUS(apus_set_conv_algorithm(APUS_CONV_AUTO), APUS_OK);
        const size_t few_bytes = apus_sconv_prepare_bytes(&one), many_bytes = apus_sconv_prepare_bytes(&many);
        const size_t plain = (size_t)(81 * 256 * 256) * sizeof(float) + 64;
        // 3x3 kernels by tiles for smaller images than where each call transforms the weights.
        const apus_conv_desc small = square(1, 7, 512, 512, 3, 1, 1, 1);
        CHECK_INT(apus_conv_algorithm_for(&small, APUS_CONV_FORWARD), APUS_CONV_DIRECT);
        CHECK((apus_sconv_prepare_bytes(&small) > 9 * 512 * 512 * 2 * sizeof(float)) == (isa != APUS_ISA_SCALAR));
        const bool measured = isa == APUS_ISA_AVX2 || isa == APUS_ISA_AVX512;
        CHECK(few_bytes == plain);
        CHECK(measured ? many_bytes > 4 * plain : many_bytes == plain);
    }
    FOR_EACH_ISA(isa) {
        apus_conv_desc d = square(1, 20, 4, 5, 9, 2, 1, 0);
        CHECK_STATUS(apus_set_conv_algorithm(APUS_CONV_ROOTS), APUS_OK);
        const size_t bytes = apus_sconv_prepare_bytes(&d);
        float *w = calloc(81 * 20, sizeof *w), *x = calloc(400 * 4, sizeof *x), y[36 * 5 * 4];
        void *prepared = apus_alloc(bytes);
        CHECK_STATUS(apus_sconv_prepare(&d, w, prepared, bytes), APUS_OK);
        CHECK_STATUS(apus_sconv_forward_prepared(&d, 0, x, prepared, bytes, NULL, y, NULL, 0), APUS_OK);
        d.stride_w = 3;
        CHECK_STATUS(apus_sconv_forward_prepared(&d, 0, x, prepared, bytes, NULL, y, NULL, 0),
                     APUS_ERROR_SHAPE);
        apus_free(prepared);
        free(w), free(x);
    }
}

static void same_bits_on_any_threads(void) {
    const apus_conv_desc descs[] = {square(2, 50, 3, 70, 3, 1, 1, 1), square(2, 20, 33, 70, 9, 2, 1, 0), line(9, 80, 40, 40, 5, 1, 1, 2, 2)};
    const int before = apus_get_threads(), threads[] = {1, 2, 5, 16};
    CHECK_STATUS(apus_set_conv_algorithm(APUS_CONV_AUTO), APUS_OK);
    for (int c = 0; c < 3; c++) {
        random_state random = {(uint64_t)(500 + c)};
        problem p = problem_make(descs[c], &random, false);
        array x = array_of(p.x, p.nx, GUARD_END), w = array_of(p.w, p.nw, GUARD_END);
        FOR_EACH_ISA(isa) {
            float *first = malloc((size_t)p.ny * sizeof(float)), *again = malloc((size_t)p.ny * sizeof(float));
            const size_t bytes = apus_sconv_prepare_bytes(&p.d);
            void *prepared = apus_alloc(bytes);
            for (int t = 0; t < 4; t++) {
                CHECK_STATUS(apus_set_threads(threads[t]), APUS_OK);
                CHECK_STATUS(apus_sconv_prepare(&p.d, w.data, prepared, bytes), APUS_OK);
                CHECK_STATUS(apus_sconv_forward_prepared(&p.d, 0, x.data, prepared, bytes, NULL, t == 0 ? first : again, NULL, 0),
                             APUS_OK);
                CHECK_MSG(t == 0 || same_bits(first, again, (size_t)p.ny * sizeof(float)), "shape %d, %d threads, %s", c, threads[t],
                          apus_isa_name((apus_isa)isa));
            }
            apus_free(prepared);
            free(first), free(again);
        }
        guard_free(&x.guard), guard_free(&w.guard);
        problem_free(&p);
    }
    apus_set_threads(before);
}

static void refusals(void) {
    CHECK_STATUS(apus_set_conv_algorithm(APUS_CONV_WINOGRAD_4X4), APUS_OK);
    apus_conv_desc d = square(1, 8, 20, 24, 3, 1, 1, 1);
    random_state random = {970};
    problem p = problem_make(d, &random, false);
    array xs = array_of(p.x, p.nx, GUARD_END), ws = array_of(p.w, p.nw, GUARD_END), ys = array_make(p.ny, GUARD_END);
    const float *x = xs.data, *w = ws.data, *bias = ws.data;
    float *y = ys.data;
    const size_t bytes = apus_sconv_prepare_bytes(&d);
    char *space = apus_alloc(bytes + 64);
    CHECK_STATUS(apus_sconv_prepare(&d, w, space + 4, bytes), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_sconv_prepare(&d, w, space, bytes - 1), APUS_ERROR_WORKSPACE);
    CHECK_STATUS(apus_sconv_prepare(&d, NULL, space, bytes), APUS_ERROR_NULL);
    CHECK_STATUS(apus_sconv_prepare(&d, w, NULL, bytes), APUS_ERROR_NULL);
    memset(space, 0, bytes);
    CHECK_INT(apus_sconv_prepared_algorithm(space), APUS_CONV_AUTO);
    CHECK_INT(apus_sconv_prepared_algorithm(NULL), APUS_CONV_AUTO);
    CHECK_STATUS(apus_sconv_forward_prepared(&d, 0, x, space, bytes, bias, y, NULL, 0), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_sconv_prepare(&d, w, space, bytes), APUS_OK);
    CHECK_STATUS(apus_sconv_forward_prepared(&d, (apus_conv_pool)2, x, space, bytes, bias, y, NULL, 0), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_sconv_forward_prepared(&d, 0, x, space, bytes - 1, bias, y, NULL, 0), APUS_ERROR_WORKSPACE);
    CHECK_STATUS(apus_sconv_forward_prepared(&d, 0, NULL, space, bytes, bias, y, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(apus_sconv_forward_prepared(&d, 0, x, NULL, bytes, bias, y, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(apus_sconv_forward_prepared(&d, 0, y, space, bytes, bias, y, NULL, 0), APUS_ERROR_ALIAS);
    apus_conv_desc other = d;
    other.out_c = 23;
    CHECK_STATUS(apus_sconv_forward_prepared(&other, 0, x, space, bytes, bias, y, NULL, 0), APUS_ERROR_SHAPE);
    other = d;
    other.in_h = 1;
    CHECK_STATUS(apus_sconv_forward_prepared(&other, APUS_CONV_POOL_MAX_2X2, x, space, bytes, bias, y, NULL, 0), APUS_ERROR_SHAPE);
    other = d;
    other.stride_h = 2;
    const bool tiles = apus_get_isa() != APUS_ISA_SCALAR;
    CHECK_STATUS(apus_sconv_forward_prepared(&other, 0, x, space, bytes, bias, y, NULL, 0), APUS_ERROR_SHAPE);
    CHECK(isnan(y[0])); // untouched
    harness_fail_allocation(1);
    CHECK_STATUS(apus_sconv_forward_prepared(&d, 0, x, space, bytes, bias, y, NULL, 0), tiles ? APUS_ERROR_MEMORY : APUS_OK);
    harness_fail_allocation(0);
    const int saved = (int)apus_get_isa();
    apus_set_isa(APUS_ISA_SCALAR);
    CHECK_STATUS(apus_sconv_forward_prepared(&d, 0, x, space, bytes, bias, y, NULL, 0), tiles ? APUS_ERROR_UNSUPPORTED : APUS_OK);
    apus_set_isa((apus_isa)saved);
    apus_free(space);
    guard_free(&xs.guard), guard_free(&ws.guard), guard_free(&ys.guard);
    problem_free(&p);
}

int main(void) {
    RUN(square_kernels);
    RUN(other_kernels);
    RUN(choice);
    RUN(same_bits_on_any_threads);
    RUN(refusals);
    return harness_finish();
}
