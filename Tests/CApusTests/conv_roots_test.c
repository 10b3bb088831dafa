// Convolution by values at roots of unity: every pass and instruction set against a float64 reference, over
// strides, kernels, paddings, channel tails and several tiles, and its error beside the direct way's.
#include "conv_problem.h"

enum { OUTPUTS = 4 };
static const char *const names[OUTPUTS] = {"y", "dx", "dw", "dbias"};

// The inputs and outputs of a problem as floats, in guarded arrays.
typedef struct arrays {
    array x, w, bias, dy, out[OUTPUTS];
} arrays;

static arrays arrays_make(const problem *p, guard_side side) {
    return (arrays){array_of(p->x, p->nx, side), array_of(p->w, p->nw, side), array_of(p->bias, p->nb, side),
                    array_of(p->dy, p->ny, side),
                    {array_make(p->ny, side), array_make(p->nx, side), array_make(p->nw, side), array_make(p->nb, side)}};
}

static void arrays_free(arrays *a) {
    array *all[] = {&a->x, &a->w, &a->bias, &a->dy, &a->out[0], &a->out[1], &a->out[2], &a->out[3]};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) guard_free(&all[i]->guard);
}

static apus_status run_pass(const apus_conv_desc *d, arrays *a, int pass, void *workspace, size_t bytes) {
    if (pass == 0) return apus_sconv_forward(d, a->x.data, a->w.data, a->bias.data, a->out[0].data, workspace, bytes);
    if (pass == 1) return apus_sconv_backward_data(d, a->dy.data, a->w.data, a->out[1].data, workspace, bytes);
    return apus_sconv_backward_weights(d, a->x.data, a->dy.data, a->out[2].data, a->out[3].data, workspace, bytes);
}

// All passes with exactly the workspace asked for, which ends flush with a page at an odd address.
static void run_all(const apus_conv_desc *d, arrays *a) {
    for (int pass = 0; pass < 3; pass++) {
        const size_t bytes = apus_sconv_workspace(d, (apus_conv_pass)pass);
        guarded space = guard_alloc(bytes + 3, GUARD_END);
        CHECK_STATUS(run_pass(d, a, pass, bytes == 0 ? NULL : (char *)space.data + 3, bytes), APUS_OK);
        guard_free(&space);
    }
}

static double largest(const double *x, ptrdiff_t n) {
    double most = 0;
    for (ptrdiff_t i = 0; i < n; i++) most = fmax(most, x[i]);
    return most;
}

// Within 16 roundings of the largest sum of magnitudes: a tile's errors are shared out among its outputs.
static void compare(const array *got, const double *want, const double *magnitude, bool relu, const char *what,
                    const apus_conv_desc *d) {
    const double limit = 16 * 0x1p-24 * largest(magnitude, got->n);
    for (ptrdiff_t i = 0; i < got->n; i++) {
        const double exact = relu && want[i] < 0 ? 0 : want[i];
        if (fabs(got->data[i] - exact) <= limit) continue; // false for a NaN
        char text[160];
        describe(d, text, sizeof text);
        CHECK_MSG(false, "%s[%td] is %.9g, not %.9g: %s", what, i, (double)got->data[i], exact, text);
        return;
    }
    CHECK(got->n > 0);
}

static void compare_all(const problem *p, const arrays *a) {
    const double *want[] = {p->y, p->dx, p->dw, p->dbias}, *magnitude[] = {p->abs_y, p->abs_dx, p->abs_dw, p->abs_dbias};
    for (int k = 0; k < OUTPUTS; k++) compare(&a->out[k], want[k], magnitude[k], false, names[k], &p->d);
}

static void run_desc(apus_conv_desc d, uint64_t seed) {
    random_state random = {seed};
    problem p = problem_make(d, &random, false);
    FOR_EACH_ISA(isa) {
        if (isa == APUS_ISA_SCALAR) continue;
        for (int pass = 0; pass < 3; pass++) CHECK_INT(apus_conv_algorithm_for(&d, (apus_conv_pass)pass), APUS_CONV_ROOTS);
        arrays a = arrays_make(&p, seed % 2 == 0 ? GUARD_END : GUARD_START);
        run_all(&d, &a);
        compare_all(&p, &a);
        CHECK_MSG(!mostly_zero(a.out[0].data, p.ny) && !mostly_zero(a.out[2].data, p.nw), "mostly zero, seed %d", (int)seed);
        // The rectifier; then no bias, and no gradient of it.
        d.activation = APUS_ACTIVATION_RELU;
        CHECK_STATUS(run_pass(&d, &a, 0, NULL, 0), APUS_OK);
        compare(&a.out[0], p.y, p.abs_y, true, "relu y", &d);
        d.activation = APUS_ACTIVATION_LINEAR;
        CHECK_STATUS(apus_sconv_forward(&d, a.x.data, a.w.data, NULL, a.out[0].data, NULL, 0), APUS_OK);
        for (ptrdiff_t i = 0; i < p.ny; i++) a.out[0].data[i] += a.bias.data[i % d.out_c];
        compare(&a.out[0], p.y, p.abs_y, false, "y without bias", &d);
        CHECK_STATUS(apus_sconv_backward_weights(&d, a.x.data, a.dy.data, a.out[2].data, NULL, NULL, 0), APUS_OK);
        compare(&a.out[2], p.dw, p.abs_dw, false, "dw alone", &d);
        arrays_free(&a);
    }
    problem_free(&p);
}

static void kernels_and_strides(void) {
    uint64_t seed = 1;
    for (ptrdiff_t stride = 1; stride <= 4; stride++)
        for (ptrdiff_t kernel = 2 * stride + 1; kernel <= 6 * stride; kernel += stride > 2 ? 3 : 1) {
            if (harness_is_quick() && kernel % 4 != 1) continue;
            // One tile and a part of the next, with padding; and a few outputs of one tile.
            run_desc(square(1, 8 * stride + kernel, 5, 6, kernel, stride, 1, kernel / 2), seed++);
            run_desc(square(2, 2 * stride + kernel, 9, 3, kernel, stride, 1, 0), seed++);
        }
    // Unlike ones down and across.
    apus_conv_desc d = {2, 23, 40, 7, 10, 5, 11, 1, 3, 1, 1, 1, 4, 3, 0, APUS_ACTIVATION_LINEAR};
    run_desc(d, seed++);
    d = (apus_conv_desc){1, 41, 17, 7, 10, 16, 3, 4, 1, 1, 1, 0, 0, 2, 2, APUS_ACTIVATION_LINEAR};
    run_desc(d, seed++);
}

static void channel_tails(void) {
    const ptrdiff_t channels[] = {1, 15, 16, 17, 31, 33, 48};
    uint64_t seed = 100;
    for (size_t i = 0; i < 7; i++)
        for (size_t j = 0; j < 7; j++)
            if (!harness_is_quick() || (i + j) % 4 == 0) run_desc(square(1, 9, channels[i], channels[j], 5, 1, 1, 2), seed++);
}

static void sizes(void) {
    for (ptrdiff_t size = 2; size <= 20; size++) run_desc(square(1, size, 3, 4, 5, 1, 1, 2), 200 + (uint64_t)size);
    for (ptrdiff_t size = 9; size <= 36; size += 3) run_desc(square(2, size, 3, 4, 9, 2, 1, 0), 230 + (uint64_t)size);
    for (ptrdiff_t pad = 0; pad <= 6; pad += 2) run_desc(square(1, 6, 3, 4, 5, 1, 1, pad), 270 + (uint64_t)pad); // outputs of zeros
    run_desc(square(1, 26, 2, 3, 12, 4, 1, 0), 290); // inputs beyond every tile
}

static void large(void) {
    run_desc(square(2, 20, 64, 130, 9, 2, 1, 0), 300);  // weights written past the caches; channels in several cuts
    run_desc(square(50, 21, 3, 4, 9, 4, 1, 0), 301);    // sixteen phases
    if (!harness_is_quick()) run_desc(square(61, 21, 700, 4, 5, 2, 1, 0), 304); // blocks of tiles that cut an image
    run_desc(square(1, 9, 300, 20, 3, 1, 1, 1), 302);
    run_desc(square(1, 9, 20, 300, 3, 1, 1, 1), 303);
}

// In the norm, beside the exact result: what conv.h states, and never ten times the direct way's.
static void error_beside_the_direct_way(void) {
    const apus_conv_desc descs[] = {square(4, 20, 64, 48, 9, 2, 1, 0), square(2, 14, 64, 48, 5, 1, 1, 2), square(2, 16, 32, 48, 3, 1, 1, 1)};
    for (size_t c = 0; c < 3; c++) {
        random_state random = {400 + c};
        problem p = problem_make(descs[c], &random, false);
        FOR_EACH_ISA(isa) {
            if (isa == APUS_ISA_SCALAR) continue;
            arrays a = arrays_make(&p, GUARD_END), b = arrays_make(&p, GUARD_END);
            run_all(&p.d, &a);
            apus_set_conv_algorithm(APUS_CONV_DIRECT);
            run_all(&p.d, &b);
            apus_set_conv_algorithm(APUS_CONV_ROOTS);
            const double *want[] = {p.y, p.dx, p.dw};
            for (int k = 0; k < 3; k++) {
                const double roots = relative_l2(a.out[k].data, want[k], a.out[k].n);
                const double direct = relative_l2(b.out[k].data, want[k], b.out[k].n);
                CHECK_MSG(roots < 1e-6 && roots < 3 * direct, "%s: %.3g, direct %.3g", names[k], roots, direct);
            }
            arrays_free(&a), arrays_free(&b);
        }
        problem_free(&p);
    }
}

static void same_bits_on_any_threads(void) {
    const apus_conv_desc descs[] = {square(3, 20, 20, 40, 9, 2, 1, 0), square(2, 17, 12, 20, 5, 1, 1, 2)};
    const int before = apus_get_threads(), threads[] = {1, 2, 4, 8, 16};
    for (size_t c = 0; c < 2; c++) {
        random_state random = {500 + c};
        problem p = problem_make(descs[c], &random, false);
        FOR_EACH_ISA(isa) {
            if (isa == APUS_ISA_SCALAR) continue;
            arrays first = arrays_make(&p, GUARD_END), again = arrays_make(&p, GUARD_END);
            for (int t = 0; t < 5; t++) {
                apus_set_threads(threads[t]);
                run_all(&p.d, t == 0 ? &first : &again);
                for (int k = 0; k < OUTPUTS && t > 0; k++)
                    CHECK_MSG(same_bits(first.out[k].data, again.out[k].data, (size_t)first.out[k].n * sizeof(float)),
                              "%s on %d threads", names[k], threads[t]);
            }
            arrays_free(&first), arrays_free(&again);
        }
        problem_free(&p);
    }
    apus_set_threads(before);
}

static void workspace(void) {
    FOR_EACH_ISA(isa) {
        const apus_conv_desc few = square(1024, 20, 256, 256, 9, 2, 1, 0), many = square(65536, 20, 256, 256, 9, 2, 1, 0);
        const apus_conv_desc batch = square(128, 20, 256, 256, 9, 2, 1, 0); // one phase of the stride after another
        const apus_conv_desc small = square(1, 9, 3, 4, 5, 1, 1, 2);
        if (isa == APUS_ISA_SCALAR) { // which has the direct way only, in no workspace
            CHECK_INT(apus_sconv_workspace(&small, APUS_CONV_FORWARD), 0);
            continue;
        }
        CHECK(2 * apus_sconv_workspace(&batch, APUS_CONV_FORWARD) < apus_sconv_workspace(&few, APUS_CONV_FORWARD));
        random_state random = {600};
        problem p = problem_make(small, &random, false);
        arrays a = arrays_make(&p, GUARD_END);
        for (int pass = 0; pass < 3; pass++) {
            CHECK(apus_sconv_workspace(&many, (apus_conv_pass)pass) <= 2 * apus_sconv_workspace(&few, (apus_conv_pass)pass));
            const size_t bytes = apus_sconv_workspace(&small, (apus_conv_pass)pass);
            char *space = malloc(bytes);
            CHECK_STATUS(run_pass(&small, &a, pass, space, bytes - 1), APUS_ERROR_WORKSPACE);
            harness_fail_allocation(1);
            CHECK_STATUS(run_pass(&small, &a, pass, NULL, 0), APUS_ERROR_MEMORY);
            harness_fail_allocation(0);
            for (int k = 0; k < OUTPUTS; k++) CHECK(isnan(a.out[k].data[0]));
            free(space);
        }
        arrays_free(&a);
        problem_free(&p);
    }
}

// Which problems go by it, asked for and unasked.
static void choice(void) {
    FOR_EACH_ISA(isa) {
        if (isa == APUS_ISA_SCALAR || isa == APUS_ISA_NEON) continue;
        const apus_conv_desc capsules = square(128, 20, 256, 256, 9, 2, 1, 0), one = square(1, 20, 256, 256, 9, 2, 1, 0);
        const apus_conv_desc others[] = {square(8, 20, 64, 64, 1, 1, 1, 0), square(8, 20, 64, 64, 5, 1, 2, 0),
                                         square(8, 20, 64, 64, 3, 2, 1, 0), square(8, 20, 64, 64, 7, 1, 1, 0), line(8, 99, 64, 64, 5, 1, 1, 2, 2)};
        for (size_t i = 0; i < 5; i++) CHECK_INT(apus_conv_algorithm_for(&others[i], APUS_CONV_FORWARD), APUS_CONV_DIRECT);
        apus_set_conv_algorithm(APUS_CONV_AUTO);
        for (int pass = 0; pass < 3; pass++) {
            CHECK_INT(apus_conv_algorithm_for(&capsules, (apus_conv_pass)pass), APUS_CONV_ROOTS);
            CHECK_INT(apus_conv_algorithm_for(&one, (apus_conv_pass)pass), APUS_CONV_DIRECT);
        }
        apus_set_conv_algorithm(APUS_CONV_ROOTS);
    }
    apus_set_conv_algorithm(APUS_CONV_ROOTS);
    CHECK_INT(apus_get_conv_algorithm(), APUS_CONV_ROOTS);
}

int main(void) {
    apus_set_conv_algorithm(APUS_CONV_ROOTS);
    RUN(kernels_and_strides);
    RUN(channel_tails);
    RUN(sizes);
    RUN(large);
    RUN(error_beside_the_direct_way);
    RUN(same_bits_on_any_threads);
    RUN(workspace);
    RUN(choice);
    return harness_finish();
}
