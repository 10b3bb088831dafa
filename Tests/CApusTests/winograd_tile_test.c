// Winograd's convolutions of 3x3 kernels, F(4x4, 3x3) and F(6x6, 3x3): every pass and instruction set against a
// float64 reference, at every size, padding and channel tail, and their errors beside the direct way's.
#define _GNU_SOURCE // popen
#include "winograd_problem.h"

static const apus_conv_algorithm algorithms[] = {APUS_CONV_WINOGRAD_4X4, APUS_CONV_WINOGRAD_6X6};
static apus_conv_desc image(ptrdiff_t batch, ptrdiff_t h, ptrdiff_t w, ptrdiff_t in_c, ptrdiff_t out_c, ptrdiff_t pad) {
    return (apus_conv_desc){batch, h, w, in_c, out_c, 3, 3, 1, 1, 1, 1, pad, pad, pad, pad, APUS_ACTIVATION_LINEAR};
}

// In the norm, and every number by itself, beside the scale of n sums of so many products of uniform numbers.
static void compare(const guarded *got, const double *want, ptrdiff_t n, double products, apus_conv_algorithm algorithm,
                    const char *what, const apus_conv_desc *d) {
    const double scale = sqrt(products / 9), allowed = algorithm == APUS_CONV_WINOGRAD_6X6 ? 2e-5 : 5e-6;
    double off = 0, worst = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        const double difference = fabs(((const float *)got->data)[i] - want[i]);
        off += difference * difference;
        if (!(difference <= worst)) worst = difference;
    }
    CHECK_MSG(n == 0 || (sqrt(off / (double)n) <= allowed * scale && worst <= 20 * allowed * scale),
              "%s %s: %s off by %.3g, at most %.3g, of %.3g: n%td %tdx%tdx%td->%td pad %td,%td,%td,%td",
              apus_isa_name(apus_get_isa()), apus_conv_algorithm_name(algorithm), what, sqrt(off / (double)n), worst, scale,
              d->batch, d->in_h, d->in_w, d->in_c, d->out_c, d->pad_top, d->pad_bottom, d->pad_left, d->pad_right);
}

// The problem with both tiles and every instruction set; also fused, without bias and without its gradient.
static void run_desc(apus_conv_desc d, uint64_t seed) {
    if (harness_skips_case()) return;
    problem p = problem_make(d, seed, UNIFORM);
    const guard_side side = seed % 2 == 0 ? GUARD_END : GUARD_START;
    FOR_EACH_ISA(isa) {
        for (int a = 0; a < 2; a++) {
            CHECK_STATUS(apus_set_conv_algorithm(algorithms[a]), APUS_OK);
            const bool winograd = isa != APUS_ISA_SCALAR && d.batch > 0;
            for (int pass = 0; pass < 3; pass++)
                CHECK_INT(apus_conv_algorithm_for(&d, (apus_conv_pass)pass), winograd ? algorithms[a] : APUS_CONV_DIRECT);
            results r = results_make(&p, side), s = results_make(&p, side);
            run_all(&p, &r);
            for (int k = 0; k < 4; k++)
                compare(&r.outputs[k], p.exact[k], p.counts[k], p.products[k], algorithms[a], names[k], &d);
            const float *y = r.outputs[0].data;
            float *again = s.outputs[0].data;
            ptrdiff_t wrong = 0;
            p.d.activation = APUS_ACTIVATION_RELU;
            CHECK_STATUS(run_pass(&p, 0, &s, NULL, 0), APUS_OK);
            for (ptrdiff_t i = 0; i < p.counts[0]; i++) wrong += !(again[i] == (y[i] < 0 ? 0 : y[i]));
            p.d.activation = APUS_ACTIVATION_LINEAR;
            CHECK_STATUS(apus_sconv_forward(&d, p.x.data, p.w.data, NULL, again, NULL, 0), APUS_OK);
            const float *bias = p.bias.data;
            for (ptrdiff_t i = 0; i < p.counts[0]; i++) wrong += !(again[i] + bias[i % d.out_c] == y[i]);
            CHECK_INT(wrong, 0);
            CHECK_STATUS(apus_sconv_backward_weights(&d, p.x.data, p.dy.data, s.outputs[2].data, NULL, NULL, 0), APUS_OK);
            CHECK(same_bits(r.outputs[2].data, s.outputs[2].data, (size_t)p.counts[2] * sizeof(float)));
            results_free(&r), results_free(&s);
        }
    }
    problem_free(&p);
}

static void sizes_and_paddings(void) {
    uint64_t seed = 1;
    for (ptrdiff_t h = 1; h <= 15; h++)
        for (ptrdiff_t w = 1; w <= 15; w++)
            for (ptrdiff_t pad = 0; pad <= 2; pad++) {
                if (h + 2 * pad < 3 || w + 2 * pad < 3 || (harness_is_quick() && (h + 3 * w + pad) % 17 != 0)) continue;
                run_desc(image(2, h, w, 3, 5, pad), seed++);
            }
    // Unlike on every side, and beyond the kernel's reach: outputs that see zeros alone, dy beyond the input.
    for (ptrdiff_t sides = 0; sides < 81; sides++) {
        apus_conv_desc d = image(1, 6, 5, 4, 3, 0);
        d.pad_top = sides % 3, d.pad_bottom = sides / 3 % 3, d.pad_left = sides / 9 % 3, d.pad_right = sides / 27;
        if (!harness_is_quick() || sides % 10 == 3) run_desc(d, seed++);
    }
    apus_conv_desc far = image(1, 4, 3, 3, 4, 9);
    far.pad_top = 13, far.pad_right = 17;
    run_desc(far, seed);
}

static void channel_tails(void) {
    static const ptrdiff_t channels[] = {1, 2, 7, 16, 31, 33, 48, 130};
    uint64_t seed = 5000;
    for (size_t i = 0; i < 8; i++)
        for (size_t j = 0; j < 8; j++)
            if (!harness_is_quick() || (i + j) % 3 == 0) run_desc(image(1, 9, 11, channels[i], channels[j], 1), seed++);
}

// Rounds of a task's own and shared ones, several of them; groups of channels; slices of tiles.
static void many_tiles(void) {
    run_desc(image(0, 9, 9, 5, 7, 1), 6000);
    run_desc(image(5, 30, 26, 24, 20, 1), 6001);
    run_desc(image(1, 40, 47, 70, 36, 1), 6002);
    if (harness_is_quick()) return;
    run_desc(image(3, 60, 61, 8, 40, 0), 6003);
    run_desc(image(1, 50, 52, 520, 6, 1), 6004);
    run_desc(image(1, 50, 52, 6, 520, 1), 6005);
    run_desc(image(2, 33, 31, 140, 150, 2), 6006);
}

static void same_bits_on_any_threads(void) {
    const apus_conv_desc descs[] = {image(1, 13, 14, 9, 20, 1), image(2, 37, 26, 24, 40, 1), image(1, 40, 41, 300, 70, 1), image(1, 9, 11, 140, 270, 0)};
    const int before = apus_get_threads(), threads[] = {1, 2, 4, 8, 16};
    for (size_t c = 0; c < sizeof descs / sizeof *descs; c++) {
        if (harness_skips_case()) continue;
        problem p = problem_make(descs[c], 700 + c, UNIFORM);
        FOR_EACH_ISA(isa) {
            for (int a = 0; a < 2; a++) {
                CHECK_STATUS(apus_set_conv_algorithm(algorithms[a]), APUS_OK);
                results first = results_make(&p, GUARD_END), again = results_make(&p, GUARD_START);
                for (int t = 0; t < 5; t++) {
                    CHECK_STATUS(apus_set_threads(threads[t]), APUS_OK);
                    run_all(&p, t == 0 ? &first : &again);
                    for (int k = 0; k < 4 && t > 0; k++)
                        CHECK_MSG(same_bits(first.outputs[k].data, again.outputs[k].data, (size_t)p.counts[k] * sizeof(float)),
                                  "shape %zu, %s, %d threads, %s", c, names[k], threads[t], apus_isa_name((apus_isa)isa));
                }
                results_free(&first), results_free(&again);
            }
        }
        problem_free(&p);
    }
    apus_set_threads(before);
}

// The errors that conv.h states: F(4x4) within ten times the direct way's in every pass.
static void error_beside_direct(void) {
    const apus_conv_algorithm all[] = {APUS_CONV_DIRECT, APUS_CONV_WINOGRAD_4X4, APUS_CONV_WINOGRAD_6X6};
    const ptrdiff_t channels[] = {64, 256, 512};
    for (int c = 0; c < (harness_is_quick() ? 1 : 3); c++)
        for (int relu = 0; relu < 2; relu++) {
            problem p = problem_make(image(1, 14, 14, channels[c], channels[c], 1), 800, relu ? RECTIFIED : UNIFORM);
            FOR_EACH_ISA(isa) {
                if (isa == APUS_ISA_SCALAR) continue;
                double errors[3][3];
                for (int a = 0; a < 3; a++) {
                    CHECK_STATUS(apus_set_conv_algorithm(all[a]), APUS_OK);
                    results r = results_make(&p, GUARD_END);
                    run_all(&p, &r);
                    for (int k = 0; k < 3; k++) errors[a][k] = relative_l2(r.outputs[k].data, p.exact[k], p.counts[k]);
                    results_free(&r);
                }
                for (int k = 0; k < 3; k++) {
                    const double direct = errors[0][k], f4 = errors[1][k], f6 = errors[2][k];
                    if (getenv("APUS_TEST_VERBOSE") != NULL)
                        printf("%s %td channels%s, %s: direct %.2g, F(4x4) %.2g (%.1f times), F(6x6) %.2g (%.1f times)\n",
                               apus_isa_name((apus_isa)isa), channels[c], relu ? " rectified" : "", names[k], direct, f4,
                               f4 / direct, f6, f6 / direct);
                    CHECK_MSG(direct > 0 && f4 <= 10 * direct && f4 <= 3e-6 && f6 <= 1e-5, "%s %td channels, %s: %.3g, %.3g, %.3g",
                              apus_isa_name((apus_isa)isa), channels[c], names[k], direct, f4, f6);
                }
            }
            problem_free(&p);
        }
}

// A NaN reaches every output that depends on it, and none outside the tiles that see it.
static void not_a_number_stays_in_its_tiles(void) {
    FOR_EACH_ISA(isa) {
        if (isa == APUS_ISA_SCALAR) { // which has no tiles, whatever is asked for
            const apus_conv_desc d = image(1, 30, 30, 3, 20, 1);
            CHECK_INT(apus_conv_algorithm_for(&d, APUS_CONV_FORWARD), APUS_CONV_DIRECT);
            continue;
        }
        for (int a = 0; a < 2; a++) {
            CHECK_STATUS(apus_set_conv_algorithm(algorithms[a]), APUS_OK);
            problem p = problem_make(image(1, 30, 30, 3, 20, 1), 900, UNIFORM);
            results r = results_make(&p, GUARD_END);
            const ptrdiff_t row = 13, column = 8, tile = a == 0 ? 4 : 6;
            ((float *)p.x.data)[(row * 30 + column) * 3 + 1] = NAN;
            CHECK_STATUS(run_pass(&p, 0, &r, NULL, 0), APUS_OK);
            const float *y = r.outputs[0].data;
            ptrdiff_t missing = 0, strayed = 0;
            for (ptrdiff_t i = 0; i < p.counts[0]; i++) {
                const ptrdiff_t h = i / 20 / 30, w = i / 20 % 30, top = h / tile * tile, left = w / tile * tile;
                const bool sees = labs(h - row) <= 1 && labs(w - column) <= 1;
                const bool near = row >= top - 1 && row <= top + tile && column >= left - 1 && column <= left + tile;
                missing += sees && !isnan(y[i]);
                strayed += !near && !isfinite(y[i]);
            }
            CHECK_INT(missing, 0);
            CHECK_INT(strayed, 0);
            results_free(&r);
            problem_free(&p);
        }
    }
}

// Outputs too large for the caches are written past them.
static void large_outputs(void) {
    const apus_caches caches = apus_get_caches();
    if (harness_is_quick() || caches.l3 > (size_t)64 << 20) {
        CHECK(caches.l3 > 0);
        return;
    }
    const ptrdiff_t side = (ptrdiff_t)sqrt((double)caches.l3 / 64) + 3;
    problem p = problem_make(image(1, side, side + 1, 1, 16, 1), 950, UNIFORM);
    FOR_EACH_ISA(isa) {
        if (isa == APUS_ISA_SCALAR) continue;
        for (int a = 0; a < 2; a++) {
            CHECK_STATUS(apus_set_conv_algorithm(algorithms[a]), APUS_OK);
            results r = results_make(&p, GUARD_END);
            run_all(&p, &r);
            compare(&r.outputs[0], p.exact[0], p.counts[0], p.products[0], algorithms[a], "y", &p.d);
            results_free(&r);
        }
    }
    problem_free(&p);
}

static void refusals(void) {
    FOR_EACH_ISA(isa) {
        if (isa == APUS_ISA_SCALAR) { // which has no tiles, whatever is asked for
            const apus_conv_desc d = image(1, 12, 13, 33, 36, 1);
            CHECK_INT(apus_conv_algorithm_for(&d, APUS_CONV_FORWARD), APUS_CONV_DIRECT);
            continue;
        }
        for (int a = 0; a < 2; a++) {
            CHECK_STATUS(apus_set_conv_algorithm(algorithms[a]), APUS_OK);
            problem p = problem_make(image(1, 12, 13, 33, 36, 1), 900, UNIFORM);
            results r = results_make(&p, GUARD_END);
            for (int pass = 0; pass < 3; pass++) {
                const size_t bytes = apus_sconv_workspace(&p.d, (apus_conv_pass)pass);
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
                const apus_conv_desc few = image(64, 56, 56, 64, 64, 1), many = image(4096, 56, 56, 64, 64, 1);
                CHECK(apus_sconv_workspace(&many, (apus_conv_pass)pass) <= 2 * apus_sconv_workspace(&few, (apus_conv_pass)pass));
            }
            results_free(&r);
            problem_free(&p);
        }
    }
}

static void choice(void) {
    FOR_EACH_ISA(isa) {
        const bool vectors = isa != APUS_ISA_SCALAR;
        const apus_conv_desc good = image(8, 56, 56, 64, 64, 1);
        apus_conv_desc bad[9];
        for (int i = 0; i < 9; i++) bad[i] = good;
        bad[0].kernel_h = 1, bad[0].pad_top = 0;
        bad[1].kernel_w = 5;
        bad[2].stride_h = 2;
        bad[3].stride_w = 2;
        bad[4].dilation_h = 2;
        bad[5].dilation_w = 2;
        bad[6].batch = 0;
        bad[7].in_c = 0;
        bad[8].kernel_w = 0; // invalid
        for (int pass = 0; pass < 3; pass++) {
            for (int a = 0; a < 2; a++) {
                CHECK_STATUS(apus_set_conv_algorithm(algorithms[a]), APUS_OK);
                CHECK_INT(apus_conv_algorithm_for(&good, (apus_conv_pass)pass), vectors ? algorithms[a] : APUS_CONV_DIRECT);
                for (int i = 0; i < 9; i++) CHECK_INT(apus_conv_algorithm_for(&bad[i], (apus_conv_pass)pass), APUS_CONV_DIRECT);
            }
            CHECK_STATUS(apus_set_conv_algorithm(APUS_CONV_DIRECT), APUS_OK);
            CHECK_INT(apus_conv_algorithm_for(&good, (apus_conv_pass)pass), APUS_CONV_DIRECT);
            // Left to itself: where it pays, never for few channels; whatever the batch.
            CHECK_STATUS(apus_set_conv_algorithm(APUS_CONV_AUTO), APUS_OK);
            const apus_conv_algorithm expected = vectors ? APUS_CONV_WINOGRAD_4X4 : APUS_CONV_DIRECT;
            const apus_conv_desc one = image(1, 14, 14, 512, 512, 1), first = image(8, 224, 224, 3, 64, 1), small = image(8, 7, 7, 64, 64, 1);
            CHECK_INT(apus_conv_algorithm_for(&good, (apus_conv_pass)pass), expected);
            CHECK_INT(apus_conv_algorithm_for(&one, (apus_conv_pass)pass), expected);
            CHECK_INT(apus_conv_algorithm_for(&first, (apus_conv_pass)pass), APUS_CONV_DIRECT);
            CHECK_INT(apus_conv_algorithm_for(&small, (apus_conv_pass)pass), APUS_CONV_DIRECT);
        }
    }
}

static void choice_follows_the_environment(void) {
    char self[4096] = "";
    harness_own_path(self, sizeof self);
    CHECK(strcmp(apus_conv_algorithm_name((apus_conv_algorithm)99), "unknown") == 0);
    for (int a = APUS_CONV_AUTO; a <= APUS_CONV_ROOTS && self[0] != 0; a++)
        CHECK(environment_gives(self, apus_conv_algorithm_name((apus_conv_algorithm)a), (apus_conv_algorithm)a));
}

int main(int argc, char **argv) {
    (void)argv;
    if (argc > 1) {
        printf("%d\n", (int)apus_get_conv_algorithm());
        return 0;
    }
    RUN(sizes_and_paddings);
    RUN(channel_tails);
    RUN(many_tiles);
    RUN(same_bits_on_any_threads);
    RUN(error_beside_direct);
    RUN(not_a_number_stays_in_its_tiles);
    RUN(large_outputs);
    RUN(refusals);
    RUN(choice);
    RUN(choice_follows_the_environment);
    return harness_finish();
}
