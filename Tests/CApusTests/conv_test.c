// Convolution: every pass and instruction set against a float64 reference, exactly on small integers.
#include "conv_problem.h"

// magnitude null: exactly equal. Otherwise within 16 roundings of the sum of magnitudes.
static void compare(const array *got, const double *want, const double *magnitude, bool relu, const char *what,
                    const apus_conv_desc *d) {
    for (ptrdiff_t i = 0; i < got->n; i++) {
        const double exact = relu && want[i] < 0 ? 0 : want[i];
        const bool ok = magnitude == NULL ? got->data[i] == (float)exact
                                          : fabs(got->data[i] - exact) <= 16 * 0x1p-24 * magnitude[i];
        if (ok) continue;
        char text[160];
        describe(d, text, sizeof text);
        CHECK_MSG(ok, "%s[%td] is %.9g, not %.9g: %s", what, i, (double)got->data[i], exact, text);
        return;
    }
    CHECK(got->n >= 0);
}

typedef enum space_kind { SPACE_NONE, SPACE_EXACT } space_kind;

// All passes of a problem, in guarded arrays; sparse: zeros are expected in the outputs.
static void run_problem(const problem *p, bool exact, bool sparse, guard_side side, space_kind kind) {
    apus_conv_desc d = p->d;
    array x = array_of(p->x, p->nx, side), w = array_of(p->w, p->nw, side), bias = array_of(p->bias, p->nb, side);
    array dy = array_of(p->dy, p->ny, side), y = array_make(p->ny, side), dx = array_make(p->nx, side);
    array dw = array_make(p->nw, side), dbias = array_make(p->nb, side);
    for (int pass = 0; pass < 3; pass++) {
        const size_t bytes = kind == SPACE_NONE ? 0 : apus_sconv_workspace(&d, (apus_conv_pass)pass);
        // Ends flush with a page, so an odd address: the size asked for must suffice at any alignment.
        guarded space = guard_alloc(bytes + 3, GUARD_END);
        void *workspace = bytes == 0 ? NULL : (char *)space.data + 3;
        apus_status status = APUS_OK;
        if (pass == 0) status = apus_sconv_forward(&d, x.data, w.data, bias.data, y.data, workspace, bytes);
        if (pass == 1) status = apus_sconv_backward_data(&d, dy.data, w.data, dx.data, workspace, bytes);
        if (pass == 2) status = apus_sconv_backward_weights(&d, x.data, dy.data, dw.data, dbias.data, workspace, bytes);
        CHECK_STATUS(status, APUS_OK);
        guard_free(&space);
    }
    compare(&y, p->y, exact ? NULL : p->abs_y, false, "y", &d);
    compare(&dx, p->dx, exact ? NULL : p->abs_dx, false, "dx", &d);
    compare(&dw, p->dw, exact ? NULL : p->abs_dw, false, "dw", &d);
    compare(&dbias, p->dbias, exact ? NULL : p->abs_dbias, false, "dbias", &d);
    if (!sparse) {
        char text[160];
        describe(&d, text, sizeof text);
        CHECK_MSG(!mostly_zero(y.data, y.n), "y is mostly zero: %s", text);
        CHECK_MSG(!mostly_zero(dx.data, dx.n), "dx is mostly zero: %s", text);
        CHECK_MSG(!mostly_zero(dw.data, dw.n), "dw is mostly zero: %s", text);
    }
    // Without a bias, with the rectifier, without a bias gradient.
    d.activation = APUS_ACTIVATION_RELU;
    fill_nan_f32(y.data, y.n);
    CHECK_STATUS(apus_sconv_forward(&d, x.data, w.data, bias.data, y.data, NULL, 0), APUS_OK);
    compare(&y, p->y, exact ? NULL : p->abs_y, true, "relu y", &d);
    d.activation = APUS_ACTIVATION_LINEAR;
    for (ptrdiff_t i = 0; i < p->nb; i++) bias.data[i] = 0;
    array plain = array_make(p->ny, side);
    CHECK_STATUS(apus_sconv_forward(&d, x.data, w.data, NULL, plain.data, NULL, 0), APUS_OK);
    CHECK_STATUS(apus_sconv_forward(&d, x.data, w.data, bias.data, y.data, NULL, 0), APUS_OK);
    for (ptrdiff_t i = 0; i < p->ny; i++) y.data[i] += 0.0f, plain.data[i] += 0.0f; // -0 and 0 alike
    CHECK(same_bits(y.data, plain.data, (size_t)p->ny * sizeof(float)));
    array other = array_make(p->nw, side);
    CHECK_STATUS(apus_sconv_backward_weights(&d, x.data, dy.data, other.data, NULL, NULL, 0), APUS_OK);
    CHECK(same_bits(other.data, dw.data, (size_t)p->nw * sizeof(float)));
    array *all[] = {&x, &w, &bias, &dy, &y, &dx, &dw, &dbias, &plain, &other};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) guard_free(&all[i]->guard);
}

static void run_desc(apus_conv_desc d, uint64_t seed, bool sparse) {
    if (harness_skips_case()) return;
    random_state random = {seed};
    problem exact = problem_make(d, &random, true), real = problem_make(d, &random, false);
    const guard_side side = seed % 2 == 0 ? GUARD_END : GUARD_START;
    FOR_EACH_ISA(isa) {
        run_problem(&exact, true, sparse, side, SPACE_EXACT);
        run_problem(&real, false, true, side, SPACE_NONE);
    }
    problem_free(&exact);
    problem_free(&real);
}

static void channel_tails(void) {
    const ptrdiff_t channels[] = {1, 3, 5, 16, 17, 33, 64};
    uint64_t seed = 1;
    for (size_t i = 0; i < 7; i++)
        for (size_t j = 0; j < 7; j++) {
            run_desc(square(2, 7, channels[i], channels[j], 3, 1, 1, 1), seed++, false);
            run_desc(line(2, 31, channels[i], channels[j], 5, 1, 1, 2, 2), seed++, false);
        }
}

static void row_tails(void) {
    for (ptrdiff_t length = 1; length <= 45; length++) run_desc(line(2, length, 4, 9, 3, 1, 1, 1, 1), 100 + (uint64_t)length, length == 1);
    for (ptrdiff_t size = 1; size <= 17; size++) run_desc(square(2, size, 3, 5, 3, 1, 1, 1), 200 + (uint64_t)size, size == 1);
}

static void strides_and_dilations(void) {
    uint64_t seed = 300;
    for (ptrdiff_t stride = 1; stride <= 4; stride++)
        for (ptrdiff_t dilation = 1; dilation <= 4; dilation++)
            for (ptrdiff_t kernel = 1; kernel <= 5; kernel++) {
                const bool sparse = stride > 1; // inputs that no tap meets
                run_desc(square(2, 19, 3, 6, kernel, stride, dilation, kernel / 2), seed++, sparse);
                run_desc(line(3, 40, 9, 18, kernel, stride, dilation, 0, 0), seed++, sparse);
            }
    // Padding beyond the kernel's reach: outputs that see zeros alone, and dy beyond the input.
    run_desc(line(2, 12, 3, 4, 3, 1, 1, 7, 5), seed++, true);
    run_desc(square(1, 5, 2, 3, 2, 3, 2, 6), seed++, true);
    run_desc(line(1, 3, 2, 3, 2, 1, 9, 8, 8), seed++, true);
}

static void kernels_of_note(void) {
    run_desc(square(3, 9, 17, 40, 1, 1, 1, 0), 400, false);  // 1x1
    run_desc(square(3, 9, 17, 40, 1, 2, 1, 0), 401, true);   // 1x1, strided
    run_desc(square(3, 7, 5, 33, 7, 1, 1, 0), 402, false);   // as large as the input
    run_desc(square(15, 3, 5, 16, 3, 1, 1, 0), 403, false);
    run_desc(square(2, 20, 16, 24, 9, 2, 1, 0), 404, false); // CapsNet's primary capsules, small
    run_desc(square(2, 28, 1, 32, 9, 1, 1, 0), 405, false);  // and its first layer
    run_desc(square(1, 20, 3, 64, 3, 1, 1, 1), 406, false);  // VGG's first layer
    run_desc(square(1, 14, 140, 40, 3, 1, 1, 1), 407, false); // deeper than a chunk
    run_desc(line(1, 20, 700, 20, 5, 1, 1, 2, 2), 408, false);
    run_desc(line(1, 9, 300, 20, 7, 1, 3, 9, 9), 409, false);
    run_desc(line(1, 700, 3, 8, 5, 1, 1, 2, 2), 410, false); // longer than a block
    run_desc(line(2, 250, 64, 64, 5, 1, 1, 2, 2), 411, false);
    run_desc(square(2, 5, 300, 20, 4, 2, 1, 1), 412, true);  // patches, in chunks, phases
    run_desc(square(1, 1, 3, 4, 1, 1, 1, 0), 413, false);
    // The scattering way of backward-data: few channels in, several images a task, groups of panels, deep dy.
    run_desc(line(1, 700, 1, 64, 5, 1, 1, 2, 2), 414, false);
    run_desc(line(2, 300, 3, 64, 5, 2, 1, 3, 1), 415, true);
    run_desc(square(70, 8, 9, 24, 5, 2, 1, 0), 416, false);
    run_desc(square(2, 11, 70, 40, 9, 2, 1, 1), 417, true);
    run_desc(square(1, 4, 2, 1100, 3, 1, 1, 1), 418, false);
    run_desc(square(1, 12, 20, 2100, 9, 2, 1, 0), 419, true);
    // First layers: bands of rows, several stretches and slices.
    run_desc(square(1, 50, 3, 20, 3, 1, 1, 1), 423, false);
    run_desc(square(2, 60, 1, 40, 5, 3, 1, 2), 424, true);
    run_desc(square(1, 41, 7, 33, 3, 1, 1, 0), 425, false);
    // Narrow outputs of a strided pass, gathered and put back in place.
    run_desc(square(5, 8, 40, 24, 2, 2, 1, 0), 420, false);
    run_desc(square(3, 13, 8, 40, 3, 4, 1, 1), 421, true);
    run_desc(line(1, 1700, 64, 4, 3, 1, 1, 1, 1), 422, false); // rows wider than the cache
}

static void uneven(void) {
    random_state random = {500};
    for (int i = 0; i < 150; i++) {
        apus_conv_desc d = {.batch = random_index(&random, 3) + 1, .in_h = random_index(&random, 12) + 1,
                            .in_w = random_index(&random, 24) + 1, .in_c = random_index(&random, 20) + 1,
                            .out_c = random_index(&random, 40) + 1, .kernel_h = random_index(&random, 4) + 1,
                            .kernel_w = random_index(&random, 4) + 1, .stride_h = random_index(&random, 3) + 1,
                            .stride_w = random_index(&random, 3) + 1, .dilation_h = random_index(&random, 3) + 1,
                            .dilation_w = random_index(&random, 3) + 1, .pad_top = random_index(&random, 4),
                            .pad_bottom = random_index(&random, 4), .pad_left = random_index(&random, 4),
                            .pad_right = random_index(&random, 4)};
        if (apus_conv_output(&d, NULL, NULL) != APUS_OK) continue;
        run_desc(d, 1000 + (uint64_t)i, true);
    }
}

// The reference's own gradients against central differences of its forward pass.
static void finite_differences(void) {
    const apus_conv_desc descs[] = {square(2, 5, 2, 3, 3, 2, 1, 1), line(2, 9, 3, 2, 3, 1, 2, 2, 1), square(1, 6, 1, 2, 2, 3, 2, 1)};
    for (size_t c = 0; c < 3; c++) {
        random_state random = {600 + c};
        problem p = problem_make(descs[c], &random, false);
        double *inputs[] = {p.x, p.w, p.bias}, *gradients[] = {p.dx, p.dw, p.dbias};
        const ptrdiff_t counts[] = {p.nx, p.nw, p.nb};
        for (int k = 0; k < 3; k++)
            for (ptrdiff_t i = 0; i < counts[k]; i++) {
                const double at = inputs[k][i], gradient = gradients[k][i];
                double loss[2];
                for (int side = 0; side < 2; side++) {
                    problem q = p;
                    inputs[k][i] = at + (side == 0 ? 1e-6 : -1e-6);
                    q.y = doubles(p.ny), q.dx = doubles(p.nx), q.dw = doubles(p.nw), q.dbias = doubles(p.nb);
                    q.abs_y = doubles(p.ny), q.abs_dx = doubles(p.nx), q.abs_dw = doubles(p.nw), q.abs_dbias = doubles(p.nb);
                    reference(&q);
                    loss[side] = 0;
                    for (ptrdiff_t j = 0; j < p.ny; j++) loss[side] += q.y[j] * p.dy[j];
                    q.x = q.w = q.bias = q.dy = NULL;
                    problem_free(&q);
                }
                inputs[k][i] = at;
                const double numeric = (loss[0] - loss[1]) / 2e-6;
                CHECK_ABSOLUTE(gradient, numeric, 1e-5 + 1e-3 * fabs(numeric));
            }
        problem_free(&p);
    }
}

static void same_bits_on_any_threads(void) {
    const apus_conv_desc descs[] = {line(5, 125, 24, 40, 3, 1, 1, 1, 1), square(3, 11, 12, 20, 3, 2, 1, 1),
                                    square(2, 30, 3, 8, 3, 1, 1, 1), square(9, 5, 40, 70, 4, 1, 1, 1), line(1, 400, 1, 7, 5, 1, 1, 2, 2)};
    const int before = apus_get_threads(), threads[] = {1, 2, 4, 8, 16};
    FOR_EACH_ISA(isa) {
        for (size_t c = 0; c < 5; c++) {
            if (harness_skips_case()) continue;
            random_state random = {700 + c};
            problem p = problem_make(descs[c], &random, false);
            array x = array_of(p.x, p.nx, GUARD_END), w = array_of(p.w, p.nw, GUARD_END), dy = array_of(p.dy, p.ny, GUARD_END);
            const ptrdiff_t counts[] = {p.ny, p.nx, p.nw, p.nb};
            array first[4], again[4];
            for (int k = 0; k < 4; k++) first[k] = array_make(counts[k], GUARD_END), again[k] = array_make(counts[k], GUARD_END);
            for (int t = 0; t < 5; t++) {
                apus_set_threads(threads[t]);
                array *to = t == 0 ? first : again;
                CHECK_STATUS(apus_sconv_forward(&p.d, x.data, w.data, NULL, to[0].data, NULL, 0), APUS_OK);
                CHECK_STATUS(apus_sconv_backward_data(&p.d, dy.data, w.data, to[1].data, NULL, 0), APUS_OK);
                CHECK_STATUS(apus_sconv_backward_weights(&p.d, x.data, dy.data, to[2].data, to[3].data, NULL, 0), APUS_OK);
                for (int k = 0; k < 4 && t > 0; k++)
                    CHECK_MSG(same_bits(first[k].data, again[k].data, (size_t)counts[k] * sizeof(float)),
                              "shape %zu, output %d, %d threads, %s", c, k, threads[t], apus_isa_name((apus_isa)isa));
            }
            for (int k = 0; k < 4; k++) guard_free(&first[k].guard), guard_free(&again[k].guard);
            guard_free(&x.guard), guard_free(&w.guard), guard_free(&dy.guard);
            problem_free(&p);
        }
    }
    apus_set_threads(before);
}

// Outputs larger than the caches, written past them where they are aligned, are those written through them.
static void past_the_caches(void) {
    for (ptrdiff_t in_c = 1; in_c <= 8; in_c += 7) { // a first layer, and another
        apus_conv_desc d = square(2, 640, in_c, 16, 3, 1, 1, 1);
        d.activation = APUS_ACTIVATION_RELU;
        const size_t pixels = 2 * 640 * 640, nx = pixels * (size_t)in_c, nw = 144 * (size_t)in_c, ny = pixels * 16;
        random_state random = {750};
        float *x = malloc(nx * sizeof(float)), *w = malloc(nw * sizeof(float)), bias[16];
        float *storage = malloc((2 * ny + 32) * sizeof(float));
        float *aligned = (float *)(((uintptr_t)storage + 63) & ~(uintptr_t)63), *unaligned = aligned + ny + 1;
        fill_f32(&random, x, (ptrdiff_t)nx, -1, 1), fill_f32(&random, w, (ptrdiff_t)nw, -1, 1), fill_f32(&random, bias, 16, -1, 1);
        FOR_EACH_ISA(isa) {
            fill_nan_f32(aligned, (ptrdiff_t)(2 * ny + 1));
            CHECK_STATUS(apus_sconv_forward(&d, x, w, bias, aligned, NULL, 0), APUS_OK);
            CHECK_STATUS(apus_sconv_forward(&d, x, w, bias, unaligned, NULL, 0), APUS_OK);
            CHECK_MSG(same_bits(aligned, unaligned, ny * sizeof(float)), "%s, %td channels", apus_isa_name((apus_isa)isa), in_c);
        }
        free(x), free(w), free(storage);
    }
}

static void empty(void) {
    FOR_EACH_ISA(isa) {
        apus_conv_desc d = line(0, 8, 3, 4, 3, 1, 1, 1, 1);
        float dw[36], dbias[4], y[80], bias[4] = {1, 2, 3, 4}, x[24] = {0};
        fill_nan_f32(dw, 36), fill_nan_f32(dbias, 4);
        CHECK_STATUS(apus_sconv_forward(&d, NULL, dw, NULL, NULL, NULL, 0), APUS_OK);
        CHECK_STATUS(apus_sconv_backward_data(&d, NULL, dw, NULL, NULL, 0), APUS_OK);
        CHECK_STATUS(apus_sconv_backward_weights(&d, NULL, NULL, dw, dbias, NULL, 0), APUS_OK);
        for (int i = 0; i < 36; i++) CHECK(dw[i] == 0);
        for (int i = 0; i < 4; i++) CHECK(dbias[i] == 0);
        d.batch = 2, d.in_c = 0; // no input channels: the bias alone
        CHECK_STATUS(apus_sconv_forward(&d, NULL, NULL, bias, y, NULL, 0), APUS_OK);
        for (int i = 0; i < 64; i++) CHECK(y[i] == bias[i % 4]);
        d = line(1, 8, 3, 0, 3, 1, 1, 1, 1); // no output channels: a gradient of zeros
        fill_nan_f32(x, 24);
        CHECK_STATUS(apus_sconv_backward_data(&d, NULL, NULL, x, NULL, 0), APUS_OK);
        for (int i = 0; i < 24; i++) CHECK(x[i] == 0);
        d = line(2, 0, 3, 4, 2, 1, 1, 1, 2); // no input, only padding
        fill_nan_f32(dw, 24);
        CHECK_STATUS(apus_sconv_forward(&d, NULL, x, bias, y, NULL, 0), APUS_OK);
        for (int i = 0; i < 16; i++) CHECK(y[i] == bias[i % 4]);
        CHECK_STATUS(apus_sconv_backward_weights(&d, NULL, y, dw, NULL, NULL, 0), APUS_OK);
        for (int i = 0; i < 24; i++) CHECK(dw[i] == 0);
    }
}

static void refusals(void) {
    float x[64] = {0}, w[64] = {0}, y[64] = {0};
    const apus_conv_desc good = line(1, 8, 2, 2, 3, 1, 1, 1, 1);
    CHECK_STATUS(apus_conv_output(NULL, NULL, NULL), APUS_ERROR_NULL);
    CHECK_STATUS(apus_sconv_forward(NULL, x, w, NULL, y, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(apus_sconv_forward(&good, NULL, w, NULL, y, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(apus_sconv_forward(&good, x, NULL, NULL, y, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(apus_sconv_forward(&good, x, w, NULL, NULL, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(apus_sconv_backward_data(&good, NULL, w, x, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(apus_sconv_backward_weights(&good, x, NULL, w, NULL, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(apus_sconv_backward_weights(&good, x, y, NULL, NULL, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(apus_sconv_forward(&good, x, w, NULL, x + 15, NULL, 0), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_sconv_forward(&good, x, w, y + 3, y, NULL, 0), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_sconv_backward_data(&good, y, w, w + 5, NULL, 0), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_sconv_backward_weights(&good, x, y, w, w + 11, NULL, 0), APUS_ERROR_ALIAS);
    apus_conv_desc d = good;
    d.activation = APUS_ACTIVATION_TANH;
    CHECK_STATUS(apus_sconv_forward(&d, x, w, NULL, y, NULL, 0), APUS_ERROR_UNSUPPORTED);
    const struct { size_t field; ptrdiff_t value; apus_status status; } bad[] = {
        {offsetof(apus_conv_desc, batch), -1, APUS_ERROR_SHAPE},      {offsetof(apus_conv_desc, in_w), -1, APUS_ERROR_SHAPE},
        {offsetof(apus_conv_desc, in_c), -1, APUS_ERROR_SHAPE},       {offsetof(apus_conv_desc, out_c), -1, APUS_ERROR_SHAPE},
        {offsetof(apus_conv_desc, kernel_h), 0, APUS_ERROR_SHAPE},    {offsetof(apus_conv_desc, kernel_w), 11, APUS_ERROR_SHAPE},
        {offsetof(apus_conv_desc, stride_w), 0, APUS_ERROR_SHAPE},    {offsetof(apus_conv_desc, dilation_h), 0, APUS_ERROR_SHAPE},
        {offsetof(apus_conv_desc, dilation_w), 5, APUS_ERROR_SHAPE},  {offsetof(apus_conv_desc, pad_left), -1, APUS_ERROR_SHAPE},
        {offsetof(apus_conv_desc, batch), PTRDIFF_MAX, APUS_ERROR_OVERFLOW},
        {offsetof(apus_conv_desc, in_w), PTRDIFF_MAX, APUS_ERROR_OVERFLOW},
        {offsetof(apus_conv_desc, dilation_w), PTRDIFF_MAX, APUS_ERROR_OVERFLOW},
        {offsetof(apus_conv_desc, in_c), PTRDIFF_MAX / 4, APUS_ERROR_OVERFLOW},
        {offsetof(apus_conv_desc, stride_w), PTRDIFF_MAX / 8, APUS_ERROR_OVERFLOW},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        d = good;
        memcpy((char *)&d + bad[i].field, &bad[i].value, sizeof(ptrdiff_t));
        y[0] = 7;
        CHECK_MSG(apus_sconv_forward(&d, x, w, NULL, y, NULL, 0) == bad[i].status, "bad descriptor %zu", i);
        CHECK(y[0] == 7);
        CHECK(apus_sconv_workspace(&d, APUS_CONV_FORWARD) == 0);
    }
    FOR_EACH_ISA(isa) {
        for (int pass = 0; pass < 3; pass++) {
            const size_t bytes = apus_sconv_workspace(&good, (apus_conv_pass)pass);
            CHECK((bytes == 0) == (isa == APUS_ISA_SCALAR));
            char *space = malloc(bytes + 1);
            apus_status status = APUS_OK;
            const size_t given = bytes == 0 ? 0 : bytes - 1;
            void *workspace = bytes == 0 ? NULL : space;
            if (pass == 0) status = apus_sconv_forward(&good, x, w, NULL, y, workspace, given);
            if (pass == 1) status = apus_sconv_backward_data(&good, y, w, x, workspace, given);
            if (pass == 2) status = apus_sconv_backward_weights(&good, x, y, w, NULL, workspace, given);
            CHECK_STATUS(status, bytes == 0 ? APUS_OK : APUS_ERROR_WORKSPACE);
            free(space);
        }
    }
}

static void workspace_does_not_grow_with_the_batch(void) {
    FOR_EACH_ISA(isa) {
        for (int pass = 0; pass < 3; pass++) {
            const apus_conv_desc few = square(64, 14, 32, 64, 3, 1, 1, 1), many = square(4096, 14, 32, 64, 3, 1, 1, 1);
            CHECK(apus_sconv_workspace(&many, (apus_conv_pass)pass) <= 2 * apus_sconv_workspace(&few, (apus_conv_pass)pass));
        }
    }
}

static void out_of_memory(void) {
    FOR_EACH_ISA(isa) {
        const apus_conv_desc d = line(2, 9, 3, 5, 3, 1, 1, 1, 1);
        float x[54], w[45], y[90], kept[90];
        random_state random = {800};
        fill_f32(&random, x, 54, -1, 1), fill_f32(&random, w, 45, -1, 1), fill_nan_f32(y, 90);
        memcpy(kept, y, sizeof y);
        for (long n = 1;; n++) {
            harness_fail_allocation(n);
            const apus_status status = apus_sconv_forward(&d, x, w, NULL, y, NULL, 0);
            harness_fail_allocation(0);
            CHECK(status == APUS_OK || (status == APUS_ERROR_MEMORY && same_bits(y, kept, sizeof y)));
            if (status == APUS_OK) break;
        }
        // With a workspace given, nothing is allocated.
        const size_t bytes = apus_sconv_workspace(&d, APUS_CONV_FORWARD);
        void *space = malloc(bytes + 1);
        const long before = harness_allocations();
        CHECK_STATUS(apus_sconv_forward(&d, x, w, NULL, y, bytes == 0 ? NULL : space, bytes), APUS_OK);
        CHECK_INT(harness_allocations(), before);
        free(space);
    }
}

int main(void) {
    apus_set_conv_algorithm(APUS_CONV_DIRECT); // exact on integers; winograd_test.c has the other way
    RUN(finite_differences);
    RUN(channel_tails);
    RUN(row_tails);
    RUN(strides_and_dilations);
    RUN(kernels_of_note);
    RUN(uneven);
    RUN(same_bits_on_any_threads);
    if (!harness_is_quick()) RUN(past_the_caches);
    RUN(empty);
    RUN(refusals);
    RUN(workspace_does_not_grow_with_the_batch);
    RUN(out_of_memory);
    return harness_finish();
}
