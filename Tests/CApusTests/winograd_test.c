// Winograd's convolution of rows: every pass and instruction set against a float64 reference, at every
// length, padding and channel tail, and its error beside the direct way's.
#define _GNU_SOURCE // popen
#include "winograd_problem.h"

static void describe(const apus_conv_desc *d, char *text, size_t bytes) {
    snprintf(text, bytes, "%s n%td %tdx%tdx%td->%td k%td p%td,%td", apus_isa_name(apus_get_isa()), d->batch, d->in_h, d->in_w,
             d->in_c, d->out_c, d->kernel_w, d->pad_left, d->pad_right);
}

static apus_conv_desc line(ptrdiff_t batch, ptrdiff_t length, ptrdiff_t in_c, ptrdiff_t out_c, ptrdiff_t kernel,
                           ptrdiff_t left, ptrdiff_t right) {
    return (apus_conv_desc){batch, 1, length, in_c, out_c, 1, kernel, 1, 1, 1, 1, 0, 0, left, right, APUS_ACTIVATION_LINEAR};
}

// Small integers: a result is an integer, and the error stays so far below a half that rounding gives it.
static void compare_integers(const guarded *got, const double *want, ptrdiff_t n, const char *what, const apus_conv_desc *d) {
    for (ptrdiff_t i = 0; i < n; i++) {
        const double value = ((const float *)got->data)[i];
        if (fabs(value - want[i]) <= 0.02) continue;
        char text[120];
        describe(d, text, sizeof text);
        CHECK_MSG(false, "%s[%td] is %.9g, not %.9g: %s", what, i, value, want[i], text);
        return;
    }
    CHECK(n >= 0);
}

// Real numbers: in the norm, beside the exact result's or, where its few values happen to cancel, the norm
// expected of n sums of so many products of uniform numbers.
static void compare_reals(const guarded *got, const double *want, ptrdiff_t n, double products, const char *what,
                          const apus_conv_desc *d) {
    double norm = 0, off = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        const double difference = ((const float *)got->data)[i] - want[i];
        norm += want[i] * want[i];
        off += difference * difference;
    }
    char text[120];
    describe(d, text, sizeof text);
    const double scale = sqrt(fmax(norm, (double)n * products / 9));
    CHECK_MSG(sqrt(off) <= 3e-6 * scale, "%s is off by %.3g of %.3g: %s", what, sqrt(off), scale, text);
}

// The problem on integers and on real numbers, with every instruction set; also fused and without bias.
static void run_desc(apus_conv_desc d, uint64_t seed) {
    if (harness_skips_case()) return;
    problem whole = problem_make(d, seed, INTEGERS), real = problem_make(d, seed, UNIFORM);
    const guard_side side = seed % 2 == 0 ? GUARD_END : GUARD_START;
    FOR_EACH_ISA(isa) {
        for (int pass = 0; pass < 3; pass++)
            CHECK((apus_conv_algorithm_for(&d, (apus_conv_pass)pass) == APUS_CONV_WINOGRAD) ==
                  (isa != APUS_ISA_SCALAR && d.batch > 0));
        for (int kind = 0; kind < 2; kind++) {
            problem *p = kind == 0 ? &whole : &real;
            results r = results_make(p, side), s = results_make(p, side);
            run_all(p, &r);
            for (int k = 0; k < 4; k++) {
                if (kind == 0) compare_integers(&r.outputs[k], p->exact[k], p->counts[k], names[k], &d);
                else compare_reals(&r.outputs[k], p->exact[k], p->counts[k], p->products[k], names[k], &d);
            }
            // The rectifier, applied to the same sums; no bias and a bias of zeros; no bias gradient.
            const float *y = r.outputs[0].data;
            float *again = s.outputs[0].data, *kept = malloc((size_t)p->counts[0] * sizeof(float) + 1);
            p->d.activation = APUS_ACTIVATION_RELU;
            CHECK_STATUS(run_pass(p, 0, &s, NULL, 0), APUS_OK);
            ptrdiff_t wrong = 0;
            for (ptrdiff_t i = 0; i < p->counts[0]; i++) wrong += !(again[i] == (y[i] < 0 ? 0 : y[i]));
            p->d.activation = APUS_ACTIVATION_LINEAR;
            CHECK_STATUS(apus_sconv_forward(&p->d, p->x.data, p->w.data, NULL, again, NULL, 0), APUS_OK);
            if (p->counts[0] > 0) memcpy(kept, again, (size_t)p->counts[0] * sizeof(float));
            fill_nan_f32(again, p->counts[0]);
            guarded zeros = guard_alloc((size_t)p->counts[3] * sizeof(float), side);
            memset(zeros.data, 0, (size_t)p->counts[3] * sizeof(float));
            CHECK_STATUS(apus_sconv_forward(&p->d, p->x.data, p->w.data, zeros.data, again, NULL, 0), APUS_OK);
            for (ptrdiff_t i = 0; i < p->counts[0]; i++) wrong += !(again[i] == kept[i]);
            CHECK_INT(wrong, 0);
            CHECK_STATUS(apus_sconv_backward_weights(&p->d, p->x.data, p->dy.data, s.outputs[2].data, NULL, NULL, 0), APUS_OK);
            CHECK(same_bits(r.outputs[2].data, s.outputs[2].data, (size_t)p->counts[2] * sizeof(float)));
            guard_free(&zeros);
            free(kept);
            results_free(&r), results_free(&s);
        }
    }
    problem_free(&whole);
    problem_free(&real);
}

static void lengths_and_paddings(void) {
    uint64_t seed = 1;
    for (ptrdiff_t kernel = 3; kernel <= 6; kernel++)
        for (ptrdiff_t length = 1; length <= 20; length++)
            for (ptrdiff_t left = 0; left <= 3; left++)
                for (ptrdiff_t right = 0; right <= 3; right++) {
                    if (length + left + right < kernel) continue;
                    if (!harness_is_quick() || (kernel + length + left + 2 * right) % 5 == 0)
                        run_desc(line(3, length, 5, 7, kernel, left, right), seed);
                    seed++;
                }
    // Padding beyond the kernel's reach: outputs that see zeros alone, and dy beyond the input.
    run_desc(line(2, 12, 3, 4, 3, 9, 13), seed++);
    run_desc(line(2, 3, 3, 4, 5, 11, 7), seed++);
}

static void channel_tails(void) {
    static const ptrdiff_t channels[] = {1, 4, 13, 16, 31, 33, 48, 129};
    uint64_t seed = 5000;
    for (size_t i = 0; i < 8; i++)
        for (size_t j = 0; j < 8; j++)
            for (ptrdiff_t kernel = 3; kernel <= (harness_is_quick() ? 3 : 5); kernel += 2)
                run_desc(line(2, 17, channels[i], channels[j], kernel, kernel / 2, kernel / 2), seed++);
}

static void batches(void) {
    static const ptrdiff_t counts[] = {0, 1, 3, 64};
    for (size_t i = 0; i < 4; i++) {
        run_desc(line(counts[i], 41, 9, 20, 3, 1, 1), 6000 + i);
        run_desc(line(counts[i], 50, 12, 5, 5, 2, 2), 6010 + i);
    }
    apus_conv_desc images = line(2, 19, 8, 24, 5, 2, 2); // images whose rows are independent
    images.in_h = 7;
    run_desc(images, 6020);
    run_desc(line(2, 700, 20, 36, 4, 1, 2), 6021);  // many blocks of a row
    run_desc(line(40, 60, 140, 70, 3, 1, 1), 6022); // groups of channels, slices
    run_desc(line(3, 30, 40, 300, 5, 2, 2), 6023);
    run_desc(line(1, 30, 600, 33, 5, 2, 2), 6024);
}

static void same_bits_on_any_threads(void) {
    const apus_conv_desc descs[] = {line(5, 125, 24, 40, 3, 1, 1), line(64, 60, 32, 33, 5, 2, 2), line(30, 40, 150, 140, 3, 0, 0)};
    const int before = apus_get_threads(), threads[] = {1, 2, 4, 8, 16};
    FOR_EACH_ISA(isa) {
        for (size_t c = 0; c < 3; c++) {
            if (harness_skips_case()) continue;
            problem p = problem_make(descs[c], 700 + c, UNIFORM);
            results first = results_make(&p, GUARD_END), again = results_make(&p, GUARD_START);
            for (int t = 0; t < 5; t++) {
                CHECK_STATUS(apus_set_threads(threads[t]), APUS_OK);
                run_all(&p, t == 0 ? &first : &again);
                if (t == 0) continue;
                for (int k = 0; k < 4; k++)
                    CHECK_MSG(same_bits(first.outputs[k].data, again.outputs[k].data, (size_t)p.counts[k] * sizeof(float)),
                              "shape %zu, output %d, %d threads, %s", c, k, threads[t], apus_isa_name((apus_isa)isa));
            }
            results_free(&first), results_free(&again);
            problem_free(&p);
        }
    }
    apus_set_threads(before);
}

// The errors that conv.h states, with room to spare: within ten times the direct way's, and 2e-6 in all.
static void error_beside_direct(void) {
    for (ptrdiff_t channels = 32; channels <= (harness_is_quick() ? 64 : 256); channels *= 2)
        for (ptrdiff_t kernel = 3; kernel <= 6; kernel++) {
            problem p = problem_make(line(4, 60, channels, channels, kernel, kernel / 2, kernel / 2), 800, UNIFORM);
            FOR_EACH_ISA(isa) {
                if (isa == APUS_ISA_SCALAR) continue;
                double errors[2][3];
                for (int a = 0; a < 2; a++) {
                    CHECK_STATUS(apus_set_conv_algorithm(a == 0 ? APUS_CONV_DIRECT : APUS_CONV_WINOGRAD), APUS_OK);
                    results r = results_make(&p, GUARD_END);
                    run_all(&p, &r);
                    for (int k = 0; k < 3; k++) errors[a][k] = relative_l2(r.outputs[k].data, p.exact[k], p.counts[k]);
                    results_free(&r);
                }
                for (int k = 0; k < 3; k++) {
                    if (getenv("APUS_TEST_VERBOSE") != NULL)
                        printf("%s %td channels, %td taps, %s: %.2g, direct %.2g, ratio %.1f\n", apus_isa_name((apus_isa)isa),
                               channels, kernel, names[k], errors[1][k], errors[0][k], errors[1][k] / errors[0][k]);
                    CHECK_MSG(errors[0][k] > 0 && errors[1][k] <= 10 * errors[0][k] && errors[1][k] < 2e-6,
                              "%s %td channels, %td taps, %s: %.3g, direct %.3g", apus_isa_name((apus_isa)isa), channels, kernel,
                              names[k], errors[1][k], errors[0][k]);
                }
            }
            problem_free(&p);
        }
}

static void refusals(void) {
    FOR_EACH_ISA(isa) {
        const apus_conv_desc d = line(2, 40, 33, 36, 3, 1, 1);
        if (isa == APUS_ISA_SCALAR) { // asks for none
            CHECK_INT(apus_sconv_workspace(&d, APUS_CONV_FORWARD), 0);
            continue;
        }
        problem p = problem_make(d, 900, UNIFORM);
        results r = results_make(&p, GUARD_END);
        for (int pass = 0; pass < 3; pass++) {
            const size_t bytes = apus_sconv_workspace(&d, (apus_conv_pass)pass);
            char *space = malloc(bytes);
            CHECK_STATUS(run_pass(&p, pass, &r, space, bytes - 1), APUS_ERROR_WORKSPACE);
            harness_fail_allocation(1);
            CHECK_STATUS(run_pass(&p, pass, &r, NULL, 0), APUS_ERROR_MEMORY);
            harness_fail_allocation(0);
            CHECK(isnan(*(const float *)r.outputs[pass].data)); // untouched
            const long before = harness_allocations();
            CHECK_STATUS(run_pass(&p, pass, &r, space, bytes), APUS_OK);
            CHECK_INT(harness_allocations(), before);
            free(space);
            const apus_conv_desc few = line(64, 250, 64, 64, 5, 2, 2), many = line(8192, 250, 64, 64, 5, 2, 2);
            CHECK(apus_sconv_workspace(&many, (apus_conv_pass)pass) <= 2 * apus_sconv_workspace(&few, (apus_conv_pass)pass));
        }
        results_free(&r);
        problem_free(&p);
    }
}

static void choice(void) {
    CHECK_INT(apus_get_conv_algorithm(), APUS_CONV_WINOGRAD); // as main has set it
    CHECK_STATUS(apus_set_conv_algorithm((apus_conv_algorithm)6), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_set_conv_algorithm((apus_conv_algorithm)-1), APUS_ERROR_VALUE);
    CHECK_INT(apus_get_conv_algorithm(), APUS_CONV_WINOGRAD);
    FOR_EACH_ISA(isa) {
        const bool vectors = isa != APUS_ISA_SCALAR;
        const apus_conv_desc good = line(64, 250, 64, 64, 5, 2, 2);
        apus_conv_desc bad[11];
        for (int i = 0; i < 11; i++) bad[i] = good;
        bad[0].kernel_h = 3, bad[0].in_h = 5;
        bad[1].stride_w = 2;
        bad[2].dilation_w = 2;
        bad[3].kernel_w = 2;
        bad[4].kernel_w = 7;
        bad[5].pad_top = 1;
        bad[6].stride_h = 2, bad[6].in_h = 5;
        bad[7].batch = 0;
        bad[8].out_c = 0;
        bad[9].kernel_w = 0; // invalid
        bad[10].pad_bottom = 1;
        for (int pass = 0; pass < 3; pass++) {
            CHECK_STATUS(apus_set_conv_algorithm(APUS_CONV_WINOGRAD), APUS_OK);
            CHECK((apus_conv_algorithm_for(&good, (apus_conv_pass)pass) == APUS_CONV_WINOGRAD) == vectors);
            for (int i = 0; i < 11; i++) CHECK_INT(apus_conv_algorithm_for(&bad[i], (apus_conv_pass)pass), APUS_CONV_DIRECT);
            CHECK_STATUS(apus_set_conv_algorithm(APUS_CONV_DIRECT), APUS_OK);
            CHECK_INT(apus_conv_algorithm_for(&good, (apus_conv_pass)pass), APUS_CONV_DIRECT);
            // Left to itself: where it pays, whatever the batch; not for few channels or short rows.
            CHECK_STATUS(apus_set_conv_algorithm(APUS_CONV_AUTO), APUS_OK);
            const apus_conv_desc paying[] = {good, line(1, 250, 64, 64, 5, 2, 2), line(64, 250, 64, 64, 3, 1, 1),
                                             line(64, 125, 64, 128, 3, 1, 1), line(1, 125, 128, 128, 3, 1, 1)};
            const apus_conv_desc others[] = {line(64, 250, 3, 64, 5, 2, 2), line(64, 250, 64, 31, 5, 2, 2),
                                             line(64, 8, 64, 64, 3, 1, 1), line(1, 60, 1024, 1024, 3, 1, 1)};
            for (int i = 0; i < 5; i++)
                CHECK((apus_conv_algorithm_for(&paying[i], (apus_conv_pass)pass) == APUS_CONV_WINOGRAD) ==
                      (isa == APUS_ISA_AVX2 || isa == APUS_ISA_AVX512));
            for (int i = 0; i < 4; i++) CHECK_INT(apus_conv_algorithm_for(&others[i], (apus_conv_pass)pass), APUS_CONV_DIRECT);
        }
        CHECK_INT(apus_conv_algorithm_for(NULL, APUS_CONV_FORWARD), APUS_CONV_DIRECT);
    }
    CHECK_STATUS(apus_set_conv_algorithm(APUS_CONV_WINOGRAD), APUS_OK);
}

static void choice_follows_the_environment(void) {
    char self[4096] = "";
    harness_own_path(self, sizeof self);
    if (self[0] == 0) return;
    CHECK(environment_gives(self, "direct", APUS_CONV_DIRECT));
    CHECK(environment_gives(self, "winograd", APUS_CONV_WINOGRAD));
    CHECK(environment_gives(self, "nonsense", APUS_CONV_AUTO));
}

int main(int argc, char **argv) {
    (void)argv;
    if (argc > 1) {
        printf("%d\n", (int)apus_get_conv_algorithm());
        return 0;
    }
    apus_set_conv_algorithm(APUS_CONV_WINOGRAD);
    RUN(lengths_and_paddings);
    RUN(channel_tails);
    RUN(batches);
    RUN(same_bits_on_any_threads);
    RUN(error_beside_direct);
    RUN(refusals);
    RUN(choice);
    RUN(choice_follows_the_environment);
    return harness_finish();
}
