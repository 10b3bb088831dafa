// Capsules against their definition in double, and their gradients against central differences of it.
#include "../../include/apus/capsule.h"
#include "harness.h"

typedef struct shape {
    ptrdiff_t batch, ins, in_dim, outs, dim;
    int iterations;
} shape;

static const shape shapes[] = {{1, 1, 1, 1, 1, 1},   {2, 5, 3, 2, 4, 3},    {3, 16, 8, 10, 16, 3}, {2, 37, 4, 3, 5, 2},
                               {9, 33, 8, 10, 16, 3}, {1, 50, 2, 2, 17, 4}, {4, 19, 7, 5, 32, 1},  {17, 8, 5, 4, 8, 3},
                               {2, 40, 17, 6, 20, 5}, {1, 144, 8, 10, 16, 3}, {19, 18, 8, 3, 16, 3}};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static ptrdiff_t columns_of(const shape *s) { return s->outs * s->dim; }
static apus_capsule_desc desc_of(const shape *s, apus_routing_gradient gradient) {
    return (apus_capsule_desc){s->batch, s->ins, s->in_dim, s->outs, s->dim, s->iterations, gradient};
}

static void squash_exactly(ptrdiff_t dim, const double *x, double *y) {
    double n2 = 0;
    for (ptrdiff_t d = 0; d < dim; d++) n2 += x[d] * x[d];
    for (ptrdiff_t d = 0; d < dim; d++) y[d] = n2 == 0 ? 0 : n2 / (1 + n2) * x[d] / sqrt(n2);
}

// Equation 2 and procedure 1 as they stand, for one item. coupling: the last one goes there; if `fixed`, it is
// taken from there and used in place of the routing. u_hat [ins, outs, dim] is written.
static void capsules_exactly(const shape *s, const double *u, const double *w, double *u_hat, double *v, double *coupling,
                             bool fixed) {
    ptrdiff_t columns = columns_of(s);
    double *logits = calloc((size_t)(s->ins * s->outs), sizeof *logits), *sum = calloc((size_t)columns, sizeof *sum);
    for (ptrdiff_t i = 0; i < s->ins; i++)
        for (ptrdiff_t c = 0; c < columns; c++) {
            double total = 0;
            for (ptrdiff_t k = 0; k < s->in_dim; k++) total += u[i * s->in_dim + k] * w[(i * s->in_dim + k) * columns + c];
            u_hat[i * columns + c] = total;
        }
    for (int t = fixed ? s->iterations - 1 : 0; t < s->iterations; t++) {
        for (ptrdiff_t i = 0; i < s->ins && !fixed; i++) {
            double largest = -INFINITY, total = 0;
            for (ptrdiff_t j = 0; j < s->outs; j++) largest = fmax(largest, logits[i * s->outs + j]);
            for (ptrdiff_t j = 0; j < s->outs; j++) total += exp(logits[i * s->outs + j] - largest);
            for (ptrdiff_t j = 0; j < s->outs; j++)
                coupling[i * s->outs + j] = exp(logits[i * s->outs + j] - largest) / total;
        }
        memset(sum, 0, (size_t)columns * sizeof *sum);
        for (ptrdiff_t i = 0; i < s->ins; i++)
            for (ptrdiff_t c = 0; c < columns; c++) sum[c] += coupling[i * s->outs + c / s->dim] * u_hat[i * columns + c];
        for (ptrdiff_t j = 0; j < s->outs; j++) squash_exactly(s->dim, sum + j * s->dim, v + j * s->dim);
        for (ptrdiff_t i = 0; i < s->ins; i++)
            for (ptrdiff_t c = 0; c < columns; c++) logits[i * s->outs + c / s->dim] += u_hat[i * columns + c] * v[c];
    }
    free(logits);
    free(sum);
}

static double *doubles(const float *x, ptrdiff_t n) {
    double *y = malloc((size_t)(n + 1) * sizeof *y);
    for (ptrdiff_t i = 0; i < n; i++) y[i] = x[i];
    return y;
}

typedef struct problem {
    guarded g[9];
    ptrdiff_t u_count, w_count, v_count, u_hat_count, coupling_count, sums_count;
    float *u, *w, *v, *u_hat, *sums, *coupling, *dv, *du, *dw;
} problem;

static problem make(random_state *random, const shape *s, guard_side side) {
    ptrdiff_t columns = columns_of(s);
    problem p = {.u_count = s->batch * s->ins * s->in_dim, .w_count = s->ins * s->in_dim * columns,
                 .v_count = s->batch * columns, .u_hat_count = s->batch * s->ins * columns,
                 .coupling_count = s->batch * s->ins * s->outs, .sums_count = s->batch * s->iterations * columns};
    float **arrays[] = {&p.u, &p.w, &p.v, &p.u_hat, &p.sums, &p.coupling, &p.dv, &p.du, &p.dw};
    ptrdiff_t counts[] = {p.u_count, p.w_count, p.v_count, p.u_hat_count, p.sums_count, p.coupling_count, p.v_count,
                          p.u_count, p.w_count};
    for (int i = 0; i < 9; i++) {
        p.g[i] = guard_alloc((size_t)counts[i] * 4, side);
        *arrays[i] = p.g[i].data;
        fill_nan_f32(*arrays[i], counts[i]);
    }
    fill_f32(random, p.u, p.u_count, -0.6, 1);
    // Predictions of about one in length: the routing has something to agree on.
    fill_f32(random, p.w, p.w_count, -0.7 / sqrt((double)s->in_dim), 1 / sqrt((double)s->in_dim));
    fill_f32(random, p.dv, p.v_count, -1, 1.5);
    return p;
}

static void discard(problem *p) {
    for (int i = 0; i < 9; i++) guard_free(&p->g[i]);
}

static void forward_is_the_procedure(void) {
    random_state random = {1};
    FOR_EACH_ISA(isa) {
        for (int k = 0; k < SHAPES; k++) {
            const shape *s = &shapes[k];
            problem p = make(&random, s, k % 2 ? GUARD_START : GUARD_END);
            apus_capsule_desc desc = desc_of(s, APUS_ROUTING_ALL_ITERATIONS);
            CHECK_INT(apus_scapsule_sums_count(&desc), p.sums_count);
            CHECK_STATUS(apus_scapsule_forward(&desc, p.u, p.w, p.v, p.u_hat, p.sums, p.coupling, NULL, 0), APUS_OK);
            double *u = doubles(p.u, p.u_count), *w = doubles(p.w, p.w_count), *v = doubles(p.v, p.v_count);
            double *u_hat = doubles(p.u_hat, p.u_hat_count), *coupling = doubles(p.coupling, p.coupling_count);
            for (ptrdiff_t b = 0; b < s->batch; b++)
                capsules_exactly(s, u + b * s->ins * s->in_dim, w, u_hat + b * s->ins * columns_of(s),
                                 v + b * columns_of(s), coupling + b * s->ins * s->outs, false);
            CHECK_MSG(relative_error(p.u_hat, u_hat, p.u_hat_count) < 1e-6, "isa %d shape %d: u_hat", isa, k);
            double error = relative_error(p.v, v, p.v_count), coupling_error = relative_error(p.coupling, coupling, p.coupling_count);
            CHECK_MSG(error < 3e-6, "isa %d shape %d: v off by %g", isa, k, error);
            CHECK_MSG(coupling_error < 3e-6, "isa %d shape %d: coupling off by %g", isa, k, coupling_error);
            CHECK(!mostly_zero(p.v, p.v_count));
            // The two steps one by one, inference without keeping anything, and the caller's own workspace: the same bits.
            float *v2 = malloc((size_t)p.v_count * 4), *hat2 = malloc((size_t)p.u_hat_count * 4);
            CHECK_STATUS(apus_scapsule_predict(&desc, p.u, p.w, hat2), APUS_OK);
            CHECK(same_bits(hat2, p.u_hat, (size_t)p.u_hat_count * 4));
            CHECK_STATUS(apus_srouting_forward(&desc, hat2, v2, NULL, NULL, NULL, 0), APUS_OK);
            CHECK(same_bits(v2, p.v, (size_t)p.v_count * 4));
            size_t bytes = apus_scapsule_workspace(&desc, APUS_CAPSULE_FORWARD);
            guarded space = guard_alloc(bytes, GUARD_END);
            fill_nan_f32(v2, p.v_count);
            CHECK_STATUS(apus_scapsule_forward(&desc, p.u, p.w, v2, NULL, NULL, NULL, space.data, bytes), APUS_OK);
            CHECK(same_bits(v2, p.v, (size_t)p.v_count * 4));
            CHECK_STATUS(apus_scapsule_forward(&desc, p.u, p.w, v2, NULL, NULL, NULL, space.data, bytes - 1), APUS_ERROR_WORKSPACE);
            guard_free(&space);
            free(u), free(w), free(v), free(u_hat), free(coupling), free(v2), free(hat2);
            discard(&p);
        }
    }
}

// The derivative of sum dv v along one element, by central differences; `fixed` coupling or routed anew.
static double slope(const shape *s, double *u, double *w, const float *dv, double *x, const double *coupling, bool fixed) {
    ptrdiff_t columns = columns_of(s), hats = s->ins * columns, pairs = s->ins * s->outs;
    double *u_hat = malloc((size_t)hats * 8), *v = malloc((size_t)columns * 8), *c = malloc((size_t)pairs * 8);
    double saved = *x, h = 1e-5, value[2];
    for (int side = 0; side < 2; side++) {
        *x = saved + (side ? h : -h);
        value[side] = 0;
        for (ptrdiff_t b = 0; b < s->batch; b++) {
            if (fixed) memcpy(c, coupling + b * pairs, (size_t)pairs * 8);
            capsules_exactly(s, u + b * s->ins * s->in_dim, w, u_hat, v, c, fixed);
            for (ptrdiff_t k = 0; k < columns; k++) value[side] += dv[b * columns + k] * v[k];
        }
    }
    *x = saved;
    free(u_hat), free(v), free(c);
    return (value[1] - value[0]) / (2 * h);
}

static bool equal_numbers(const float *a, const float *b, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i++)
        if (a[i] != b[i]) return false;
    return true;
}

static void check_gradients(random_state *random, int isa, const shape *s, apus_routing_gradient gradient) {
    problem p = make(random, s, GUARD_END);
    apus_capsule_desc desc = desc_of(s, gradient);
    apus_scapsule_forward(&desc, p.u, p.w, p.v, p.u_hat, p.sums, p.coupling, NULL, 0);
    double *u = doubles(p.u, p.u_count), *w = doubles(p.w, p.w_count), *c = doubles(p.coupling, p.coupling_count);
    bool fixed = gradient == APUS_ROUTING_LAST_ITERATION;
    // In two steps, into an array of its own.
    float *hats = malloc((size_t)p.u_hat_count * 4), *du = malloc((size_t)p.u_count * 4), *dw = malloc((size_t)p.w_count * 4);
    size_t bytes = apus_scapsule_workspace(&desc, APUS_CAPSULE_BACKWARD);
    guarded space = guard_alloc(bytes, GUARD_END);
    CHECK_STATUS(apus_srouting_backward(&desc, p.u_hat, p.sums, p.dv, hats, space.data, bytes), APUS_OK);
    guard_free(&space);
    CHECK_STATUS(apus_scapsule_predict_backward(&desc, p.u, p.w, hats, du, dw), APUS_OK);
    CHECK_STATUS(apus_scapsule_backward(&desc, p.u, p.w, p.u_hat, p.sums, p.dv, p.du, p.dw, NULL, 0), APUS_OK);
    CHECK(same_bits(p.du, du, (size_t)p.u_count * 4));
    CHECK(same_bits(p.dw, dw, (size_t)p.w_count * 4));
    double largest = 0, worst = 0;
    for (ptrdiff_t i = 0; i < p.u_count; i++) largest = fmax(largest, fabs((double)p.du[i]));
    ptrdiff_t step = 1 + p.u_count / 60;
    for (ptrdiff_t i = 0; i < p.u_count; i += step)
        worst = fmax(worst, fabs(p.du[i] - slope(s, u, w, p.dv, u + i, c, fixed)));
    CHECK_MSG(worst < 1e-5 * largest + 1e-7, "isa %d, %td to %td capsules, gradient %d: du off by %g of %g", isa, s->ins,
              s->outs, gradient, worst, largest);
    largest = worst = 0;
    for (ptrdiff_t i = 0; i < p.w_count; i++) largest = fmax(largest, fabs((double)p.dw[i]));
    step = 1 + p.w_count / 60;
    for (ptrdiff_t i = 0; i < p.w_count; i += step)
        worst = fmax(worst, fabs(p.dw[i] - slope(s, u, w, p.dv, w + i, c, fixed)));
    CHECK_MSG(worst < 1e-5 * largest + 1e-7, "isa %d, %td to %td capsules, gradient %d: dw off by %g of %g", isa, s->ins,
              s->outs, gradient, worst, largest);
    CHECK(!mostly_zero(p.du, p.u_count) && !mostly_zero(p.dw, p.w_count));
    // Either gradient alone.
    CHECK_STATUS(apus_scapsule_predict_backward(&desc, p.u, p.w, hats, p.du, NULL), APUS_OK);
    CHECK_STATUS(apus_scapsule_predict_backward(&desc, p.u, p.w, hats, NULL, p.dw), APUS_OK);
    CHECK(same_bits(p.du, du, (size_t)p.u_count * 4) && same_bits(p.dw, dw, (size_t)p.w_count * 4));
    // From the coupling: the same bits, but for the sign of zeros.
    bytes = apus_scapsule_workspace(&desc, APUS_CAPSULE_BACKWARD_COUPLED);
    space = guard_alloc(bytes, GUARD_END);
    fill_nan_f32(p.du, p.u_count), fill_nan_f32(p.dw, p.w_count);
    if (fixed) {
        CHECK_STATUS(apus_scapsule_backward_coupled(&desc, p.u, p.w, p.coupling, p.sums, p.dv, p.du, p.dw, space.data, bytes), APUS_OK);
        CHECK(equal_numbers(p.du, du, p.u_count) && equal_numbers(p.dw, dw, p.w_count));
        fill_nan_f32(p.du, p.u_count), fill_nan_f32(p.dw, p.w_count);
        CHECK_STATUS(apus_scapsule_backward_coupled(&desc, p.u, p.w, p.coupling, p.sums, p.dv, p.du, NULL, NULL, 0), APUS_OK);
        CHECK_STATUS(apus_scapsule_backward_coupled(&desc, p.u, p.w, p.coupling, p.sums, p.dv, NULL, p.dw, NULL, 0), APUS_OK);
        CHECK(equal_numbers(p.du, du, p.u_count) && equal_numbers(p.dw, dw, p.w_count));
        CHECK_STATUS(apus_scapsule_backward_coupled(&desc, p.u, p.w, p.coupling, p.sums, p.dv, p.du, p.dw, space.data, bytes - 1),
                     APUS_ERROR_WORKSPACE);
    } else {
        CHECK_STATUS(apus_scapsule_backward_coupled(&desc, p.u, p.w, p.coupling, p.sums, p.dv, p.du, p.dw, space.data, bytes),
                     APUS_ERROR_VALUE);
    }
    guard_free(&space);
    free(u), free(w), free(c), free(hats), free(du), free(dw);
    discard(&p);
}

static void gradients_are_derivatives(void) {
    random_state random = {2};
    FOR_EACH_ISA(isa) {
        for (int k = 0; k < (harness_is_quick() ? 4 : SHAPES); k++) {
            check_gradients(&random, isa, &shapes[k], APUS_ROUTING_ALL_ITERATIONS);
            check_gradients(&random, isa, &shapes[k], APUS_ROUTING_LAST_ITERATION);
        }
    }
}

static void squash_and_length(void) {
    random_state random = {3};
    static const ptrdiff_t sizes[][2] = {{1, 1}, {3, 8}, {16, 16}, {17, 5}, {40, 16}, {1000, 8}, {33, 40}};
    FOR_EACH_ISA(isa) {
        for (int k = 0; k < 7; k++) {
            ptrdiff_t rows = sizes[k][0], dim = sizes[k][1], n = rows * dim;
            guarded g[6];
            for (int i = 0; i < 6; i++) g[i] = guard_alloc((size_t)(i < 4 ? n : rows) * 4, GUARD_END);
            float *x = g[0].data, *y = g[1].data, *dy = g[2].data, *dx = g[3].data, *l = g[4].data, *dl = g[5].data;
            fill_f32(&random, x, n, -1, 1.3), fill_f32(&random, dy, n, -1, 1), fill_f32(&random, dl, rows, -1, 1);
            for (ptrdiff_t d = 0; d < dim; d++) x[(rows - 1) * dim + d] = 0; // a zero row
            CHECK_STATUS(apus_ssquash_forward(rows, dim, x, y), APUS_OK);
            CHECK_STATUS(apus_slength_forward(rows, dim, x, l), APUS_OK);
            CHECK_STATUS(apus_ssquash_backward(rows, dim, x, dy, dx), APUS_OK);
            double worst = 0, worst_dx = 0;
            double *v = malloc((size_t)dim * 8), *low = malloc((size_t)dim * 8), *high = malloc((size_t)dim * 8);
            for (ptrdiff_t r = 0; r < rows; r++) {
                double *row = doubles(x + r * dim, dim), n2 = 0;
                for (ptrdiff_t d = 0; d < dim; d++) n2 += row[d] * row[d];
                CHECK_ABSOLUTE(l[r], sqrt(n2), 1e-6 * (1 + sqrt(n2)));
                squash_exactly(dim, row, v);
                for (ptrdiff_t d = 0; d < dim; d++) {
                    worst = fmax(worst, fabs(y[r * dim + d] - v[d]));
                    double saved = row[d], slope_d = 0;
                    row[d] = saved + 1e-6, squash_exactly(dim, row, high);
                    row[d] = saved - 1e-6, squash_exactly(dim, row, low);
                    row[d] = saved;
                    for (ptrdiff_t e = 0; e < dim; e++) slope_d += dy[r * dim + e] * (high[e] - low[e]) / 2e-6;
                    worst_dx = fmax(worst_dx, fabs(dx[r * dim + d] - slope_d));
                }
                free(row);
            }
            CHECK_MSG(worst < 3e-7, "isa %d %td x %td: squash off by %g", isa, rows, dim, worst);
            CHECK_MSG(worst_dx < 5e-6, "isa %d %td x %td: squash's gradient off by %g", isa, rows, dim, worst_dx);
            for (ptrdiff_t d = 0; d < dim; d++) CHECK(y[(rows - 1) * dim + d] == 0 && dx[(rows - 1) * dim + d] == 0);
            // In place: the same bits.
            CHECK_STATUS(apus_ssquash_backward(rows, dim, x, dy, dy), APUS_OK);
            CHECK(same_bits(dy, dx, (size_t)n * 4));
            CHECK_STATUS(apus_slength_backward(rows, dim, x, dl, dx), APUS_OK);
            for (ptrdiff_t r = 0; r < rows; r++)
                for (ptrdiff_t d = 0; d < dim; d++)
                    CHECK_ABSOLUTE(dx[r * dim + d], l[r] > 0 ? (double)dl[r] * x[r * dim + d] / l[r] : 0, 1e-6);
            CHECK_STATUS(apus_ssquash_forward(rows, dim, x, x), APUS_OK);
            CHECK(same_bits(x, y, (size_t)n * 4));
            free(v), free(low), free(high);
            for (int i = 0; i < 6; i++) guard_free(&g[i]);
        }
        // Lengths stay below one, and the smallest and largest numbers bring no NaN.
        float extremes[] = {1e30f, -1e30f, 1e-30f, 0, 1e18f, 0}, squashed[6];
        CHECK_STATUS(apus_ssquash_forward(3, 2, extremes, squashed), APUS_OK);
        for (int i = 0; i < 6; i++) CHECK(isfinite(squashed[i]));
        CHECK_ABSOLUTE(squashed[4], 1, 1e-6);
        CHECK(squashed[2] == 0);
    }
}

static void threads_give_the_same_bits(void) {
    random_state random = {4};
    const shape s = {37, 45, 8, 10, 16, 3};
    int before = apus_get_threads();
    FOR_EACH_ISA(isa) {
        problem p = make(&random, &s, GUARD_END), q = make(&random, &s, GUARD_END);
        apus_capsule_desc desc = desc_of(&s, APUS_ROUTING_ALL_ITERATIONS);
        for (int threads = 1; threads <= 16; threads *= 2) {
            problem *out = threads == 1 ? &p : &q;
            apus_set_threads(threads);
            CHECK_STATUS(apus_scapsule_forward(&desc, p.u, p.w, out->v, out->u_hat, out->sums, out->coupling, NULL, 0), APUS_OK);
            CHECK_STATUS(apus_scapsule_backward(&desc, p.u, p.w, out->u_hat, out->sums, p.dv, out->du, out->dw, NULL, 0), APUS_OK);
            if (threads == 1) continue;
            CHECK(same_bits(p.v, q.v, (size_t)p.v_count * 4) && same_bits(p.coupling, q.coupling, (size_t)p.coupling_count * 4));
            CHECK(same_bits(p.du, q.du, (size_t)p.u_count * 4) && same_bits(p.dw, q.dw, (size_t)p.w_count * 4));
        }
        desc.gradient = APUS_ROUTING_LAST_ITERATION;
        for (int threads = 1; threads <= 16; threads *= 2) {
            problem *out = threads == 1 ? &p : &q;
            apus_set_threads(threads);
            CHECK_STATUS(apus_scapsule_backward_coupled(&desc, p.u, p.w, p.coupling, p.sums, p.dv, out->du, out->dw, NULL, 0), APUS_OK);
            CHECK(same_bits(p.du, out->du, (size_t)p.u_count * 4) && same_bits(p.dw, out->dw, (size_t)p.w_count * 4));
        }
        apus_set_threads(before);
        discard(&p), discard(&q);
    }
}

static void mistakes_give_a_status(void) {
    float a[64] = {0}, b[64] = {0}, c[64] = {0}, d[64] = {0};
    apus_capsule_desc good = {1, 2, 2, 2, 2, 2, APUS_ROUTING_ALL_ITERATIONS}, bad = good;
    CHECK_STATUS(apus_scapsule_forward(&good, a, b, c, NULL, NULL, NULL, NULL, 0), APUS_OK);
    CHECK_STATUS(apus_scapsule_forward(NULL, a, b, c, NULL, NULL, NULL, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(apus_scapsule_forward(&good, NULL, b, c, NULL, NULL, NULL, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(apus_scapsule_forward(&good, a, NULL, c, NULL, NULL, NULL, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(apus_scapsule_forward(&good, a, b, NULL, NULL, NULL, NULL, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(apus_scapsule_forward(&good, a, b, a, NULL, NULL, NULL, NULL, 0), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_scapsule_forward(&good, a, b, c, d, d + 1, NULL, NULL, 0), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_scapsule_forward(&good, a, b, c, NULL, NULL, NULL, NULL, 9), APUS_ERROR_NULL);
    CHECK_STATUS(apus_srouting_forward(&good, a, a + 1, NULL, NULL, NULL, 0), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_srouting_backward(&good, a, b, c, NULL, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(apus_srouting_backward(&good, a, b, c, a + 1, NULL, 0), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_scapsule_backward(&good, a, b, c, d, d + 20, d + 10, NULL, NULL, 0), APUS_OK);
    CHECK_STATUS(apus_scapsule_backward(&good, a, b, c, d, d + 20, a, NULL, NULL, 0), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_scapsule_predict(&good, a, b, b), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_scapsule_predict_backward(&good, a, b, c, c, NULL), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_scapsule_backward_coupled(&good, a, b, c, d, d + 20, d + 40, NULL, NULL, 0), APUS_ERROR_VALUE);
    bad = good, bad.gradient = APUS_ROUTING_LAST_ITERATION;
    CHECK_STATUS(apus_scapsule_backward_coupled(&bad, a, b, c, d, d + 20, d + 40, NULL, NULL, 0), APUS_OK);
    CHECK_STATUS(apus_scapsule_backward_coupled(&bad, a, b, NULL, d, d + 20, d + 40, NULL, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(apus_scapsule_backward_coupled(&bad, a, b, c, d, d + 20, c, NULL, NULL, 0), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_scapsule_backward_coupled(&bad, a, b, c, d, d + 20, a + 32, a + 34, NULL, 0), APUS_ERROR_ALIAS);
    harness_fail_allocation(1);
    CHECK_STATUS(apus_scapsule_backward_coupled(&bad, a, b, c, d, d + 20, d + 40, NULL, NULL, 0), APUS_ERROR_MEMORY);
    // Nothing is seen: no gradient, but of weights without a batch, which is zero.
    bad.batch = 0, d[0] = 5;
    CHECK_STATUS(apus_scapsule_backward_coupled(&bad, NULL, b, NULL, NULL, NULL, NULL, d, NULL, 0), APUS_OK);
    CHECK(d[0] == 0);
    bad.batch = 1, bad.out_dim = 0, d[0] = 5;
    CHECK_STATUS(apus_scapsule_backward_coupled(&bad, a, NULL, c, NULL, NULL, d, NULL, NULL, 0), APUS_OK);
    CHECK(d[0] == 0);
    bad = good, bad.iterations = 0;
    CHECK_STATUS(apus_scapsule_predict(&bad, a, b, c), APUS_ERROR_VALUE);
    CHECK_INT(apus_scapsule_workspace(&bad, APUS_CAPSULE_FORWARD), 0);
    bad = good, bad.gradient = (apus_routing_gradient)7;
    CHECK_STATUS(apus_scapsule_predict(&bad, a, b, c), APUS_ERROR_VALUE);
    bad = good, bad.in_dim = -1;
    CHECK_STATUS(apus_scapsule_predict(&bad, a, b, c), APUS_ERROR_SHAPE);
    bad = good, bad.in_capsules = PTRDIFF_MAX / 4;
    CHECK_STATUS(apus_scapsule_predict(&bad, a, b, c), APUS_ERROR_OVERFLOW);
    bad = good, bad.in_capsules = PTRDIFF_MAX;
    CHECK_STATUS(apus_srouting_forward(&bad, a, c, NULL, NULL, NULL, 0), APUS_ERROR_OVERFLOW);
    CHECK_STATUS(apus_ssquash_forward(-1, 2, a, b), APUS_ERROR_SHAPE);
    CHECK_STATUS(apus_ssquash_forward(PTRDIFF_MAX, 2, a, b), APUS_ERROR_OVERFLOW);
    CHECK_STATUS(apus_ssquash_forward(2, 2, a, a + 1), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_ssquash_backward(2, 2, a, NULL, b), APUS_ERROR_NULL);
    CHECK_STATUS(apus_slength_forward(2, 2, a, NULL), APUS_ERROR_NULL);
    CHECK_STATUS(apus_slength_backward(2, 2, a, b, b), APUS_ERROR_ALIAS);
    // Nothing to do, and sums of nothing.
    bad = good, bad.batch = 0;
    CHECK_STATUS(apus_scapsule_forward(&bad, NULL, b, NULL, NULL, NULL, NULL, NULL, 0), APUS_OK);
    bad = good, bad.in_capsules = 0, c[0] = 5;
    CHECK_STATUS(apus_scapsule_forward(&bad, NULL, NULL, c, NULL, NULL, NULL, NULL, 0), APUS_OK);
    CHECK(c[0] == 0);
    bad = good, bad.out_dim = 0;
    CHECK_STATUS(apus_scapsule_forward(&bad, a, NULL, NULL, NULL, NULL, d, NULL, 0), APUS_OK);
    CHECK(d[0] == 0.5f && d[3] == 0.5f);
    harness_fail_allocation(1);
    CHECK_STATUS(apus_scapsule_forward(&good, a, b, c, NULL, NULL, NULL, NULL, 0), APUS_ERROR_MEMORY);
}

int main(void) {
    RUN(squash_and_length);
    RUN(forward_is_the_procedure);
    RUN(gradients_are_derivatives);
    RUN(threads_give_the_same_bits);
    RUN(mistakes_give_a_status);
    return harness_finish();
}
