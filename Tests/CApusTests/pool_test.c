// Pooling: every pass and instruction set against a float64 reference.
#include "../../include/apus/pool.h"
#include "harness.h"

typedef struct problem {
    apus_pool_desc d;
    ptrdiff_t out_h, out_w, nx, ny;
    double *x, *dy, *max, *max_dx, *average, *average_dx;
    int *place;
} problem;

static double *doubles(ptrdiff_t n) { return calloc((size_t)n + 1, sizeof(double)); }

// Scatters every output's window: the definition, written apart from the kernels' gathering.
static void reference(problem *p) {
    const apus_pool_desc *d = &p->d;
    memset(p->max_dx, 0, (size_t)p->nx * sizeof(double));
    memset(p->average_dx, 0, (size_t)p->nx * sizeof(double));
    for (ptrdiff_t out = 0; out < p->ny; out++) {
        const ptrdiff_t c = out % d->channels, ow = out / d->channels % p->out_w;
        const ptrdiff_t oh = out / d->channels / p->out_w % p->out_h, n = out / d->channels / p->out_w / p->out_h;
        ptrdiff_t best = -1, inside = 0;
        double sum = 0;
        for (int pass = 0; pass < 2; pass++)
            for (int place = 0; place < d->window_h * d->window_w; place++) {
                const ptrdiff_t ih = oh * d->stride_h - d->pad_top + place / d->window_w;
                const ptrdiff_t iw = ow * d->stride_w - d->pad_left + place % d->window_w;
                if (ih < 0 || iw < 0 || ih >= d->in_h || iw >= d->in_w) continue;
                const ptrdiff_t at = ((n * d->in_h + ih) * d->in_w + iw) * d->channels + c;
                const double count = d->count_padding ? (double)(d->window_h * d->window_w) : (double)inside;
                if (pass == 1) {
                    p->average_dx[at] += p->dy[out] / count;
                    p->average[out] = sum / count;
                    continue;
                }
                inside++;
                sum += p->x[at];
                if (best >= 0 && !(p->x[at] > p->x[best]) && !(isnan(p->x[at]) && !isnan(p->x[best]))) continue;
                if (best >= 0 && isnan(p->x[best])) continue;
                best = at;
                p->place[out] = place;
            }
        p->max[out] = p->x[best];
        p->max_dx[best] += p->dy[out];
    }
}

static problem problem_make(apus_pool_desc d, uint64_t seed, bool integers) {
    random_state random = {seed};
    problem p = {.d = d};
    CHECK_STATUS(apus_pool_output(&d, &p.out_h, &p.out_w), APUS_OK);
    p.nx = d.batch * d.in_h * d.in_w * d.channels;
    p.ny = d.batch * p.out_h * p.out_w * d.channels;
    p.x = doubles(p.nx), p.max_dx = doubles(p.nx), p.average_dx = doubles(p.nx);
    p.dy = doubles(p.ny), p.max = doubles(p.ny), p.average = doubles(p.ny);
    p.place = calloc((size_t)p.ny + 1, sizeof(int));
    // Few integers, so that ties abound; negative, so that padding's zeros would win if they could.
    for (ptrdiff_t i = 0; i < p.nx; i++)
        p.x[i] = integers ? -1 - (double)random_index(&random, 5) : (float)(2 * random_unit(&random) - 1);
    for (ptrdiff_t i = 0; i < p.ny; i++)
        p.dy[i] = integers ? 1 + (double)random_index(&random, 7) : (float)(2 * random_unit(&random) - 1);
    reference(&p);
    return p;
}

static void problem_free(problem *p) {
    double *all[] = {p->x, p->dy, p->max, p->max_dx, p->average, p->average_dx};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
    free(p->place);
}

typedef struct array {
    guarded guard;
    float *data;
} array;

static array array_of(const double *values, ptrdiff_t n, guard_side side) {
    array a = {.guard = guard_alloc((size_t)n * sizeof(float), side)};
    a.data = a.guard.data;
    fill_nan_f32(a.data, n);
    for (ptrdiff_t i = 0; i < n && values != NULL; i++) a.data[i] = (float)values[i];
    return a;
}

static void compare(const float *got, const double *want, ptrdiff_t n, double tolerance, const char *what, const apus_pool_desc *d) {
    for (ptrdiff_t i = 0; i < n; i++) {
        const bool ok = (isnan(got[i]) && isnan(want[i])) || fabs(got[i] - want[i]) <= tolerance * fmax(1, fabs(want[i]));
        if (ok) continue;
        CHECK_MSG(ok, "%s %s[%td] is %.9g, not %.9g: n%td %tdx%tdx%td w%tdx%td s%tdx%td p%td,%td,%td,%td",
                  apus_isa_name(apus_get_isa()), what, i, (double)got[i], want[i], d->batch, d->in_h, d->in_w, d->channels,
                  d->window_h, d->window_w, d->stride_h, d->stride_w, d->pad_top, d->pad_bottom, d->pad_left, d->pad_right);
        return;
    }
    CHECK(n >= 0);
}

static void run_problem(const problem *p, guard_side side, bool exact) {
    const apus_pool_desc *d = &p->d;
    const ptrdiff_t places = d->window_h * d->window_w;
    array x = array_of(p->x, p->nx, side), dy = array_of(p->dy, p->ny, side);
    array y = array_of(NULL, p->ny, side), dx = array_of(NULL, p->nx, side), again = array_of(NULL, p->nx, side);
    guarded winners = guard_alloc((size_t)p->ny, side);
    uint8_t *argmax = places <= 256 ? winners.data : NULL;
    CHECK_STATUS(apus_smaxpool_forward(d, x.data, y.data, argmax), APUS_OK);
    compare(y.data, p->max, p->ny, 0, "max", d);
    CHECK(!mostly_zero(y.data, p->ny));
    CHECK_STATUS(apus_smaxpool_backward_recompute(d, x.data, dy.data, again.data), APUS_OK);
    compare(again.data, p->max_dx, p->nx, exact ? 0 : 1e-6, "recomputed max dx", d);
    if (argmax != NULL) {
        bool same = true;
        for (ptrdiff_t i = 0; i < p->ny; i++) same &= argmax[i] == p->place[i];
        CHECK_MSG(same, "argmax, %s", apus_isa_name(apus_get_isa()));
        CHECK_STATUS(apus_smaxpool_backward(d, dy.data, argmax, dx.data), APUS_OK);
        CHECK(same_bits(dx.data, again.data, (size_t)p->nx * sizeof(float)));
        fill_nan_f32(y.data, p->ny);
        CHECK_STATUS(apus_smaxpool_forward(d, x.data, y.data, NULL), APUS_OK);
        compare(y.data, p->max, p->ny, 0, "max without argmax", d);
    }
    fill_nan_f32(y.data, p->ny), fill_nan_f32(dx.data, p->nx);
    CHECK_STATUS(apus_savgpool_forward(d, x.data, y.data), APUS_OK);
    CHECK_STATUS(apus_savgpool_backward(d, dy.data, dx.data), APUS_OK);
    compare(y.data, p->average, p->ny, 1e-6, "average", d);
    compare(dx.data, p->average_dx, p->nx, 1e-6, "average dx", d);
    CHECK(!mostly_zero(y.data, p->ny));
    if (d->stride_h <= d->window_h && d->stride_w <= d->window_w && (d->in_h + d->pad_top - d->window_h) % d->stride_h == 0 &&
        (d->in_w + d->pad_left - d->window_w) % d->stride_w == 0)
        CHECK(!mostly_zero(dx.data, p->nx));
    guard_free(&x.guard), guard_free(&dy.guard), guard_free(&y.guard), guard_free(&dx.guard), guard_free(&again.guard);
    guard_free(&winners);
}

static void run_desc(apus_pool_desc d, uint64_t seed) {
    for (int count_padding = 0; count_padding < 2; count_padding++) {
        d.count_padding = count_padding;
        problem integers = problem_make(d, seed, true), real = problem_make(d, seed, false);
        FOR_EACH_ISA(isa) {
            run_problem(&integers, seed % 2 == 0 ? GUARD_END : GUARD_START, true);
            run_problem(&real, seed % 2 == 0 ? GUARD_START : GUARD_END, false);
        }
        problem_free(&integers);
        problem_free(&real);
    }
}

static apus_pool_desc square(ptrdiff_t batch, ptrdiff_t size, ptrdiff_t channels, ptrdiff_t window, ptrdiff_t stride, ptrdiff_t pad) {
    return (apus_pool_desc){batch, size, size, channels, window, window, stride, stride, pad, pad, pad, pad, 0};
}

static void channel_tails(void) {
    const ptrdiff_t channels[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 130};
    for (size_t i = 0; i < sizeof channels / sizeof *channels; i++) {
        run_desc(square(2, 8, channels[i], 2, 2, 0), 10 + i);
        run_desc(square(3, 7, channels[i], 3, 2, 1), 40 + i);
    }
}

static void windows(void) {
    uint64_t seed = 100;
    for (ptrdiff_t window = 1; window <= 5; window++)
        for (ptrdiff_t stride = 1; stride <= 4; stride++)
            for (ptrdiff_t pad = 0; pad < window; pad++) run_desc(square(2, 9, 5, window, stride, pad), seed++);
    run_desc(square(2, 16, 6, 16, 16, 0), seed++); // global, 256 places
    run_desc(square(2, 17, 6, 17, 1, 0), seed++);  // more than a byte tells apart
    run_desc((apus_pool_desc){3, 1, 250, 64, 1, 2, 1, 2, 0, 0, 0, 0, 0}, seed++); // one dimension
    run_desc((apus_pool_desc){2, 1, 125, 12, 1, 125, 1, 1, 0, 0, 0, 0, 0}, seed++);
    run_desc((apus_pool_desc){2, 5, 11, 9, 3, 4, 2, 3, 2, 0, 1, 3, 0}, seed++); // uneven in every way
    run_desc((apus_pool_desc){1, 1, 1, 3, 3, 3, 2, 2, 1, 2, 2, 1, 0}, seed++);
}

// Rows longer than what is worked on at a time: runs of few channels, neighbours that share columns, many channels.
static void long_rows(void) {
    uint64_t seed = 500;
    for (ptrdiff_t channels = 1; channels <= 5; channels++) {
        run_desc((apus_pool_desc){1, 4, 1503, channels, 2, 2, 2, 2, 0, 0, 0, 0, 0}, seed++);
        run_desc((apus_pool_desc){1, 5, 1501, channels, 3, 3, 2, 2, 1, 1, 1, 1, 0}, seed++);
        run_desc((apus_pool_desc){2, 4, 1400, channels, 2, 3, 3, 5, 0, 0, 0, 0, 0}, seed++);
        run_desc((apus_pool_desc){1, 4, 1400, channels, 3, 3, 1, 1, 2, 1, 2, 1, 0}, seed++);
    }
    const ptrdiff_t channels[] = {6, 16, 37, 64, 130};
    for (int i = 0; i < 5; i++) run_desc((apus_pool_desc){2, 6, 39, channels[i], 3, 3, 1, 1, i % 3, 1, 1, i % 2, 0}, seed++);
    run_desc(square(2, 7, 301, 7, 7, 0), seed++);
    run_desc((apus_pool_desc){1, 5, 9, 2500, 4, 5, 3, 4, 1, 0, 2, 0, 0}, seed++);
}

static void not_a_number_wins_in(ptrdiff_t stride, ptrdiff_t window, ptrdiff_t most_channels, ptrdiff_t step) {
    FOR_EACH_ISA(isa) {
        for (ptrdiff_t channels = 1; channels <= most_channels; channels += step) {
            problem p = problem_make(square(1, 6, channels, window, stride, 1), 200, false);
            for (ptrdiff_t i = 0; i < p.nx; i += 7) p.x[i] = NAN;
            for (ptrdiff_t i = 3; i < p.nx; i += 11) p.x[i] = i % 2 == 0 ? INFINITY : -INFINITY;
            reference(&p);
            array x = array_of(p.x, p.nx, GUARD_END), y = array_of(NULL, p.ny, GUARD_END);
            uint8_t *argmax = malloc((size_t)p.ny);
            CHECK_STATUS(apus_smaxpool_forward(&p.d, x.data, y.data, argmax), APUS_OK);
            bool same = true, any = false;
            for (ptrdiff_t i = 0; i < p.ny; i++) {
                same &= argmax[i] == p.place[i] && (isnan(y.data[i]) ? isnan(p.max[i]) : y.data[i] == p.max[i]);
                any |= isnan(y.data[i]);
            }
            CHECK_MSG(same && any, "%s, %td channels", apus_isa_name((apus_isa)isa), channels);
            fill_nan_f32(y.data, p.ny);
            CHECK_STATUS(apus_smaxpool_forward(&p.d, x.data, y.data, NULL), APUS_OK);
            for (ptrdiff_t i = 0; i < p.ny; i++) CHECK(isnan(y.data[i]) ? isnan(p.max[i]) : y.data[i] == p.max[i]);
            free(argmax), guard_free(&x.guard), guard_free(&y.guard), problem_free(&p);
        }
    }
}

static void not_a_number_wins(void) {
    not_a_number_wins_in(2, 3, 20, 1);
    not_a_number_wins_in(1, 3, 80, 3);
    not_a_number_wins_in(1, 6, 100, 9);
}

// The reference's gradients against central differences of its forward passes.
static void finite_differences(void) {
    problem p = problem_make(square(2, 5, 2, 3, 2, 1), 300, false);
    double *gradient[] = {doubles(p.nx), doubles(p.nx)}, *outputs[] = {p.max, p.average};
    memcpy(gradient[0], p.max_dx, (size_t)p.nx * sizeof(double));
    memcpy(gradient[1], p.average_dx, (size_t)p.nx * sizeof(double));
    for (ptrdiff_t i = 0; i < p.nx; i++) {
        const double at = p.x[i];
        double loss[2][2] = {{0}};
        for (int side = 0; side < 2; side++) {
            p.x[i] = at + (side == 0 ? 1e-6 : -1e-6);
            reference(&p);
            for (int k = 0; k < 2; k++)
                for (ptrdiff_t j = 0; j < p.ny; j++) loss[k][side] += outputs[k][j] * p.dy[j];
        }
        p.x[i] = at;
        for (int k = 0; k < 2; k++) {
            const double numeric = (loss[k][0] - loss[k][1]) / 2e-6;
            CHECK_ABSOLUTE(gradient[k][i], numeric, 1e-5 + 1e-3 * fabs(numeric));
        }
    }
    free(gradient[0]), free(gradient[1]), problem_free(&p);
}

static void same_bits_on_any_threads(void) {
    const int before = apus_get_threads(), threads[] = {1, 2, 4, 8, 16};
    problem p = problem_make(square(3, 61, 70, 3, 2, 1), 400, false);
    FOR_EACH_ISA(isa) {
        array x = array_of(p.x, p.nx, GUARD_END), dy = array_of(p.dy, p.ny, GUARD_END), results[2][5];
        uint8_t *argmax = malloc((size_t)p.ny);
        for (int t = 0; t < 5; t++) {
            apus_set_threads(threads[t]);
            array *to = results[t > 0];
            for (int k = 0; k < 5 && t < 2; k++) to[k] = array_of(NULL, k < 2 ? p.ny : p.nx, GUARD_END);
            CHECK_STATUS(apus_smaxpool_forward(&p.d, x.data, to[0].data, argmax), APUS_OK);
            CHECK_STATUS(apus_savgpool_forward(&p.d, x.data, to[1].data), APUS_OK);
            CHECK_STATUS(apus_smaxpool_backward(&p.d, dy.data, argmax, to[2].data), APUS_OK);
            CHECK_STATUS(apus_smaxpool_backward_recompute(&p.d, x.data, dy.data, to[3].data), APUS_OK);
            CHECK_STATUS(apus_savgpool_backward(&p.d, dy.data, to[4].data), APUS_OK);
            for (int k = 0; k < 5; k++)
                CHECK_MSG(same_bits(results[0][k].data, to[k].data, (size_t)(k < 2 ? p.ny : p.nx) * sizeof(float)),
                          "output %d, %d threads, %s", k, threads[t], apus_isa_name((apus_isa)isa));
        }
        for (int k = 0; k < 5; k++) guard_free(&results[0][k].guard), guard_free(&results[1][k].guard);
        guard_free(&x.guard), guard_free(&dy.guard), free(argmax);
    }
    apus_set_threads(before);
    problem_free(&p);
}

static void empty(void) {
    FOR_EACH_ISA(isa) {
        apus_pool_desc d = square(0, 4, 3, 2, 2, 0);
        for (int i = 0; i < 2; i++) {
            CHECK_STATUS(apus_smaxpool_forward(&d, NULL, NULL, NULL), APUS_OK);
            CHECK_STATUS(apus_smaxpool_backward(&d, NULL, NULL, NULL), APUS_OK);
            CHECK_STATUS(apus_smaxpool_backward_recompute(&d, NULL, NULL, NULL), APUS_OK);
            CHECK_STATUS(apus_savgpool_forward(&d, NULL, NULL), APUS_OK);
            CHECK_STATUS(apus_savgpool_backward(&d, NULL, NULL), APUS_OK);
            d = square(2, 4, 0, 2, 2, 0);
        }
    }
}

static void refusals(void) {
    float x[16] = {0}, y[4] = {0};
    uint8_t argmax[4] = {0};
    const apus_pool_desc good = square(1, 4, 1, 2, 2, 0);
    CHECK_STATUS(apus_pool_output(NULL, NULL, NULL), APUS_ERROR_NULL);
    CHECK_STATUS(apus_smaxpool_forward(&good, NULL, y, argmax), APUS_ERROR_NULL);
    CHECK_STATUS(apus_smaxpool_forward(&good, x, NULL, argmax), APUS_ERROR_NULL);
    CHECK_STATUS(apus_smaxpool_backward(&good, y, NULL, x), APUS_ERROR_NULL);
    CHECK_STATUS(apus_smaxpool_backward_recompute(&good, NULL, y, x), APUS_ERROR_NULL);
    CHECK_STATUS(apus_savgpool_forward(&good, x, NULL), APUS_ERROR_NULL);
    CHECK_STATUS(apus_savgpool_backward(&good, NULL, x), APUS_ERROR_NULL);
    CHECK_STATUS(apus_smaxpool_forward(&good, x, x + 13, NULL), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_smaxpool_forward(&good, x, y, (uint8_t *)x + 63), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_smaxpool_backward(&good, x, argmax, x), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_savgpool_backward(&good, x + 2, x), APUS_ERROR_ALIAS);
    const apus_pool_desc large = square(1, 20, 1, 17, 1, 0);
    CHECK_STATUS(apus_smaxpool_forward(&large, x, y, argmax), APUS_ERROR_UNSUPPORTED);
    CHECK_STATUS(apus_smaxpool_backward(&large, y, argmax, x), APUS_ERROR_UNSUPPORTED);
    const struct { size_t field; ptrdiff_t value; apus_status status; } bad[] = {
        {offsetof(apus_pool_desc, batch), -1, APUS_ERROR_SHAPE},    {offsetof(apus_pool_desc, channels), -1, APUS_ERROR_SHAPE},
        {offsetof(apus_pool_desc, in_h), 0, APUS_ERROR_SHAPE},      {offsetof(apus_pool_desc, in_w), -3, APUS_ERROR_SHAPE},
        {offsetof(apus_pool_desc, window_h), 0, APUS_ERROR_SHAPE},  {offsetof(apus_pool_desc, window_w), 5, APUS_ERROR_SHAPE},
        {offsetof(apus_pool_desc, stride_w), 0, APUS_ERROR_SHAPE},  {offsetof(apus_pool_desc, pad_top), 2, APUS_ERROR_SHAPE},
        {offsetof(apus_pool_desc, pad_right), -1, APUS_ERROR_SHAPE},
        {offsetof(apus_pool_desc, in_w), PTRDIFF_MAX, APUS_ERROR_OVERFLOW},
        {offsetof(apus_pool_desc, batch), PTRDIFF_MAX / 2, APUS_ERROR_OVERFLOW},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        apus_pool_desc d = good;
        memcpy((char *)&d + bad[i].field, &bad[i].value, sizeof(ptrdiff_t));
        y[0] = 7;
        CHECK_MSG(apus_smaxpool_forward(&d, x, y, NULL) == bad[i].status, "bad descriptor %zu", i);
        CHECK_STATUS(apus_savgpool_forward(&d, x, y), bad[i].status);
        CHECK(y[0] == 7);
    }
}

int main(void) {
    RUN(finite_differences);
    RUN(channel_tails);
    RUN(windows);
    RUN(long_rows);
    RUN(not_a_number_wins);
    RUN(same_bits_on_any_threads);
    RUN(empty);
    RUN(refusals);
    return harness_finish();
}
