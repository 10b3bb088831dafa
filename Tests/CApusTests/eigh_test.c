// The leading eigenvectors of symmetric matrices: residuals, orthogonality, and eigenvalues that are known.
#include "../../include/apus/linalg.h"
#include "harness.h"

static const double epsilon = 2.22e-16;

typedef struct problem {
    ptrdiff_t n, lda, ldvt;
    guarded ga, gw, gv;
    double *a, *w, *vt;
} problem;

// Zeros; what lies above the diagonal and between the rows is NaN, for nobody may read it.
static problem make(ptrdiff_t n, ptrdiff_t count, ptrdiff_t padding) {
    problem p = {.n = n, .lda = n + padding, .ldvt = n + 2 * padding};
    size_t a = (size_t)((n - 1) * p.lda + n) * 8, v = count == 0 ? 0 : (size_t)((count - 1) * p.ldvt + n) * 8;
    p.ga = guard_alloc(a, GUARD_END), p.gw = guard_alloc((size_t)count * 8, GUARD_END), p.gv = guard_alloc(v, GUARD_START);
    p.a = p.ga.data, p.w = p.gw.data, p.vt = p.gv.data;
    for (ptrdiff_t i = 0; i < (n - 1) * p.lda + n; i++) p.a[i] = i % p.lda <= i / p.lda ? 0 : NAN;
    fill_nan_f64(p.w, count);
    for (size_t i = 0; i < v / 8; i++) p.vt[i] = -77;
    return p;
}

static void discard(problem *p) { guard_free(&p->ga), guard_free(&p->gw), guard_free(&p->gv); }

static double at(const problem *p, ptrdiff_t i, ptrdiff_t j) { return i >= j ? p->a[i * p->lda + j] : p->a[j * p->lda + i]; }

// Solves, and checks what must hold of any matrix. Returns its size: the largest sum of a row.
static double solve(problem *p, ptrdiff_t count, const char *name) {
    ptrdiff_t n = p->n;
    apus_eigh_desc desc = {n, count, p->lda, p->ldvt};
    size_t bytes = apus_deigh_workspace(&desc);
    guarded work = guard_alloc(bytes, GUARD_END);
    CHECK_STATUS(apus_deigh(&desc, p->a, p->w, p->vt, NULL, work.data, bytes), APUS_OK);
    guard_free(&work);
    double norm = 0, worst_residual = 0, worst_product = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        double sum = 0;
        for (ptrdiff_t j = 0; j < n; j++) sum += fabs(at(p, i, j));
        norm = fmax(norm, sum);
    }
    for (ptrdiff_t k = 0; k < count; k++) {
        const double *v = p->vt + k * p->ldvt;
        CHECK(k == 0 || p->w[k] <= p->w[k - 1]);
        for (ptrdiff_t i = 0; i < n; i++) {
            double sum = -p->w[k] * v[i];
            for (ptrdiff_t j = 0; j < n; j++) sum += at(p, i, j) * v[j];
            worst_residual = fmax(worst_residual, fabs(sum));
        }
        for (ptrdiff_t l = 0; l <= k; l++) {
            double sum = l == k ? -1 : 0;
            for (ptrdiff_t i = 0; i < n; i++) sum += v[i] * p->vt[l * p->ldvt + i];
            worst_product = fmax(worst_product, fabs(sum));
        }
        for (ptrdiff_t i = n; i < p->ldvt && k + 1 < count; i++) CHECK(v[i] == -77);
    }
    double rounding = epsilon * (double)(n + 4);
    CHECK_MSG(worst_residual <= 4 * rounding * norm, "%s, n %td: residual %g of %g", name, n, worst_residual, norm);
    CHECK_MSG(worst_product <= rounding, "%s, n %td: orthogonality %g", name, n, worst_product);
    return norm;
}

static void known(problem *p, ptrdiff_t count, const char *name, double (*eigenvalue)(ptrdiff_t n, ptrdiff_t k)) {
    double norm = solve(p, count, name);
    for (ptrdiff_t k = 0; k < count; k++) {
        double exact = eigenvalue(p->n, k), error = fabs(p->w[k] - exact);
        CHECK_MSG(error <= 2 * epsilon * (double)(p->n + 4) * norm, "%s, n %td: eigenvalue %td %.17g, exactly %.17g", name, p->n, k, p->w[k], exact);
    }
}

static const double pi = 3.14159265358979323846;
static double of_second_differences(ptrdiff_t n, ptrdiff_t k) { return 2 - 2 * cos(pi * (double)(n - k) / (double)(n + 1)); }
static double of_ones(ptrdiff_t n, ptrdiff_t k) { return k == 0 ? (double)n : 0; }
static double of_identity(ptrdiff_t n, ptrdiff_t k) { return (void)n, (void)k, 1; }
static double of_zero(ptrdiff_t n, ptrdiff_t k) { return (void)n, (void)k, 0; }
static double of_steps(ptrdiff_t n, ptrdiff_t k) { return (double)((n - 1 - k) / 4) - 3; }
// Of min(i, j), counted from 1.
static double of_minima(ptrdiff_t n, ptrdiff_t k) { return pow(2 * sin((double)(2 * k + 1) * pi / (double)(4 * n + 2)), -2); }

static const ptrdiff_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 32, 33, 34, 63, 65, 70, 129, 150};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static void matrices_with_known_eigenvalues(void) {
    FOR_EACH_ISA(isa)
        for (int s = 0; s < SIZES; s++) {
            ptrdiff_t n = sizes[s];
            for (int few = 0; few < 2; few++) {
                ptrdiff_t count = few ? (n + 5) / 6 : n;
                problem p = make(n, count, few * 3);
                for (ptrdiff_t i = 0; i < n; i++) p.a[i * p.lda + i] = 2, i > 0 ? p.a[i * p.lda + i - 1] = -1 : 0;
                known(&p, count, "second differences", of_second_differences);
                for (ptrdiff_t i = 0; i < n; i++)
                    for (ptrdiff_t j = 0; j <= i; j++) p.a[i * p.lda + j] = 1;
                known(&p, count, "ones", of_ones);
                for (ptrdiff_t i = 0; i < n; i++)
                    for (ptrdiff_t j = 0; j <= i; j++) p.a[i * p.lda + j] = (double)(j + 1);
                known(&p, count, "minima", of_minima);
                for (ptrdiff_t i = 0; i < n; i++)
                    for (ptrdiff_t j = 0; j <= i; j++) p.a[i * p.lda + j] = i == j;
                known(&p, count, "identity", of_identity);
                for (ptrdiff_t i = 0; i < n; i++) p.a[i * p.lda + i] = (double)((i * 7 % n) / 4) - 3;
                // A permuted diagonal, in fours, where 7 and n have no common divisor.
                if (n % 7 != 0) known(&p, count, "steps", of_steps);
                for (ptrdiff_t i = 0; i < n; i++) p.a[i * p.lda + i] = 0;
                known(&p, count, "zero", of_zero);
                discard(&p);
            }
        }
}

// Q diag Q^T for the product Q of random reflections, accumulated in long double.
static void conjugate(random_state *random, problem *p, const double *eigenvalues) {
    ptrdiff_t n = p->n;
    long double *m = calloc((size_t)(n * n), sizeof(long double)), *u = malloc((size_t)n * sizeof(long double)), *t = malloc((size_t)n * sizeof(long double));
    for (ptrdiff_t i = 0; i < n; i++) m[i * n + i] = eigenvalues[i];
    for (int round = 0; round < 3; round++) {
        long double size = 0;
        for (ptrdiff_t i = 0; i < n; i++) u[i] = random_unit(random) - 0.5, size += u[i] * u[i];
        for (int side = 0; side < 2; side++)
            for (ptrdiff_t i = 0; i < n; i++) {
                long double dot = 0;
                for (ptrdiff_t j = 0; j < n; j++) dot += (t[j] = side ? m[j * n + i] : m[i * n + j]) * u[j];
                for (ptrdiff_t j = 0; j < n; j++) *(side ? &m[j * n + i] : &m[i * n + j]) = t[j] - 2 * dot / size * u[j];
            }
    }
    for (ptrdiff_t i = 0; i < n; i++)
        for (ptrdiff_t j = 0; j <= i; j++) p->a[i * p->lda + j] = (double)m[i * n + j];
    free(m), free(u), free(t);
}

static void spectra_of_all_kinds(void) {
    random_state random = {1};
    FOR_EACH_ISA(isa)
        for (int s = 0; s < SIZES; s++)
            for (int kind = 0; kind < 6; kind++) {
                ptrdiff_t n = sizes[s], count = kind % 2 ? n : (n + 3) / 4;
                problem p = make(n, count, kind);
                double *e = malloc((size_t)n * 8);
                for (ptrdiff_t i = 0; i < n; i++)
                    e[i] = kind == 0   ? 1 - (double)i / (double)n
                           : kind == 1 ? pow(10, -16 * (double)i / (double)n)         // graded
                           : kind == 2 ? 1 + 1e-15 * (double)i                         // one cluster
                           : kind == 3 ? (double)(1 - i * 3 / n) + 1e-13 * (double)(-i) // three clusters, one below zero
                           : kind == 4 ? (i < 2 ? 1 : 1e-9 - 1e-12 * (double)i)        // little but noise
                                       : -1 - (double)i;                               // all below zero
                conjugate(&random, &p, e);
                double norm = solve(&p, count, "conjugated");
                for (ptrdiff_t k = 0; k < count; k++)
                    if (kind != 2) CHECK_ABSOLUTE(p.w[k], e[k], 4 * epsilon * (double)(n + 4) * norm);
                free(e);
                discard(&p);
            }
}

// Scaled by a power of two, everything is the same but the eigenvalues' exponent.
static void extreme_scales(void) {
    random_state random = {2};
    const int exponents[] = {1000, -950, 500, -501};
    double e[40];
    for (int i = 0; i < 40; i++) e[i] = 1.0 / (1 + i);
    problem p = make(40, 10, 0), q = make(40, 10, 0);
    conjugate(&random, &p, e);
    solve(&p, 10, "unscaled");
    for (int k = 0; k < 4; k++) {
        for (int i = 0; i < 40; i++)
            for (int j = 0; j <= i; j++) q.a[i * 40 + j] = ldexp(p.a[i * 40 + j], exponents[k]);
        apus_eigh_desc desc = {40, 10, 40, 40};
        CHECK_STATUS(apus_deigh(&desc, q.a, q.w, q.vt, NULL, NULL, 0), APUS_OK);
        CHECK(same_bits(q.vt, p.vt, 400 * 8));
        for (int i = 0; i < 10; i++) CHECK(q.w[i] == ldexp(p.w[i], exponents[k]));
        // Eigenvalues alone are the same.
        CHECK_STATUS(apus_deigh(&desc, p.a, q.w, NULL, NULL, NULL, 0), APUS_OK);
        CHECK(same_bits(q.w, p.w, 80));
    }
    discard(&p), discard(&q);
}

static void threads_do_not_matter(void) {
    random_state random = {3};
    int threads = apus_get_threads();
    double e[300], first[20 * 300 + 20];
    for (int i = 0; i < 300; i++) e[i] = random_unit(&random);
    problem p = make(300, 20, 0);
    conjugate(&random, &p, e);
    FOR_EACH_ISA(isa)
        for (int team = 1; team <= 5; team += 2) {
            apus_set_threads(team);
            solve(&p, 20, "threads");
            if (team == 1) memcpy(first, p.vt, 6000 * 8), memcpy(first + 6000, p.w, 160);
            CHECK(same_bits(first, p.vt, 6000 * 8) && same_bits(first + 6000, p.w, 160));
        }
    apus_set_threads(threads);
    discard(&p);
}

static void refusals(void) {
    double a[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, w[3] = {42, 42, 42}, vt[9] = {42}, work[8];
    apus_eigh_desc desc = {3, 2, 3, 3}, bad = desc;
    CHECK_STATUS(apus_deigh(NULL, a, w, vt, NULL, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(apus_deigh(&desc, NULL, w, vt, NULL, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(apus_deigh(&desc, a, NULL, vt, NULL, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(apus_deigh(&desc, a, w, a, NULL, NULL, 0), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_deigh(&desc, a, a, vt, NULL, NULL, 0), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_deigh(&desc, a, vt, vt, NULL, NULL, 0), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_deigh(&desc, a, w, vt, NULL, work, sizeof work), APUS_ERROR_WORKSPACE);
    bad.count = 4;
    CHECK_STATUS(apus_deigh(&bad, a, w, vt, NULL, NULL, 0), APUS_ERROR_SHAPE);
    CHECK(apus_deigh_workspace(&bad) == 0);
    bad = desc, bad.n = -1;
    CHECK_STATUS(apus_deigh(&bad, a, w, vt, NULL, NULL, 0), APUS_ERROR_SHAPE);
    bad = desc, bad.ldvt = 2;
    CHECK_STATUS(apus_deigh(&bad, a, w, vt, NULL, NULL, 0), APUS_ERROR_STRIDE);
    bad = (apus_eigh_desc){PTRDIFF_MAX / 4, 1, PTRDIFF_MAX / 4, PTRDIFF_MAX / 4};
    CHECK_STATUS(apus_deigh(&bad, a, w, vt, NULL, NULL, 0), APUS_ERROR_OVERFLOW);
    bad = desc, bad.count = 0;
    CHECK_STATUS(apus_deigh(&bad, NULL, NULL, NULL, NULL, NULL, 0), APUS_OK);
    a[7] = INFINITY;
    CHECK_STATUS(apus_deigh(&desc, a, w, vt, NULL, NULL, 0), APUS_ERROR_NOT_FINITE);
    a[7] = NAN;
    apus_linalg_info info;
    CHECK_STATUS(apus_deigh(&desc, a, w, vt, &info, NULL, 0), APUS_ERROR_NOT_FINITE);
    CHECK(info.row == 2 && info.column == 1);
    CHECK(w[0] == 42 && vt[0] == 42);
    for (long n = 1;; n++) {
        a[7] = 8;
        harness_fail_allocation(n);
        apus_status status = apus_deigh(&desc, a, w, vt, NULL, NULL, 0);
        harness_fail_allocation(0);
        if (status == APUS_OK) {
            CHECK(n > 1);
            break;
        }
        CHECK(status == APUS_ERROR_MEMORY && w[0] == 42 && vt[0] == 42);
    }
}

int main(void) {
    RUN(matrices_with_known_eigenvalues);
    RUN(spectra_of_all_kinds);
    RUN(extreme_scales);
    RUN(threads_do_not_matter);
    RUN(refusals);
    return harness_finish();
}
