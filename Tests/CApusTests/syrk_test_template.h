// Tests of the symmetric product for one type: T, P (f32, f64), SYRK, SYRK_WORKSPACE, EPSILON.

#define CONCATENATE_(a, b, c) a##b##c
#define CONCATENATE(a, b, c) CONCATENATE_(a, b, c)
#define NAME(x) CONCATENATE(P, _, x)

// Between guard pages. Places between A's rows hold NaN; those of C that may not be touched a mark.
typedef struct {
    apus_syrk_desc d;
    guarded a, c;
    size_t c_bytes;
    double *expected, *size;
} NAME(problem);

static const T NAME(mark) = (T)-12345.5;

static bool NAME(inside)(const apus_syrk_desc *d, ptrdiff_t i, ptrdiff_t j) {
    return d->triangle == APUS_BOTH_TRIANGLES || (d->triangle == APUS_LOWER ? i >= j : i <= j);
}

static T NAME(element)(const NAME(problem) *q, ptrdiff_t i, ptrdiff_t p) {
    const T *a = q->a.data;
    return q->d.transpose ? a[p * q->d.lda + i] : a[i * q->d.lda + p];
}

static NAME(problem) NAME(make)(random_state *random, apus_syrk_desc d, guard_side side) {
    NAME(problem) q = {.d = d};
    ptrdiff_t rows = d.transpose ? d.k : d.n, columns = d.transpose ? d.n : d.k;
    ptrdiff_t a_count = rows == 0 || columns == 0 ? 0 : (rows - 1) * d.lda + columns;
    ptrdiff_t c_count = d.n == 0 ? 0 : (d.n - 1) * d.ldc + d.n;
    q.c_bytes = (size_t)c_count * sizeof(T);
    q.a = guard_alloc((size_t)a_count * sizeof(T), side);
    q.c = guard_alloc(q.c_bytes, side);
    T *a = q.a.data, *c = q.c.data;
    for (ptrdiff_t i = 0; i < a_count; ++i) a[i] = i % d.lda < columns ? (T)(2 * random_unit(random) - 1) : (T)NAN;
    for (ptrdiff_t x = 0; x < c_count; ++x) c[x] = NAME(mark);
    q.expected = calloc((size_t)(d.n * d.n + 1), sizeof(double));
    q.size = calloc((size_t)(d.n * d.n + 1), sizeof(double));
    T alpha = (T)d.alpha, beta = (T)d.beta;
    for (ptrdiff_t i = 0; i < d.n; ++i)
        for (ptrdiff_t j = 0; j <= i; ++j) {
            double sum = 0, size = 0, old = 0;
            for (ptrdiff_t p = 0; p < d.k && alpha != 0; ++p) {
                double x = (double)NAME(element)(&q, i, p) * (double)NAME(element)(&q, j, p);
                sum += x;
                size += fabs(x);
            }
            // What may be read: the triangle named, the lower one for both. Everything else is the mark or NaN.
            bool upper = d.triangle == APUS_UPPER;
            ptrdiff_t at = upper ? j * d.ldc + i : i * d.ldc + j;
            if (beta != 0) {
                c[at] = (T)(2 * random_unit(random) - 1);
                old = (double)beta * (double)c[at];
            } else {
                c[at] = (T)NAN;
            }
            if (d.triangle == APUS_BOTH_TRIANGLES && i != j) c[j * d.ldc + i] = (T)NAN;
            ptrdiff_t places[] = {i * d.n + j, j * d.n + i};
            for (int s = 0; s < 2; ++s) {
                q.expected[places[s]] = (double)alpha * sum + old;
                q.size[places[s]] = fabs((double)alpha) * size + fabs(old);
            }
        }
    return q;
}

static void NAME(free)(NAME(problem) *q) {
    guard_free(&q->a);
    guard_free(&q->c);
    free(q->expected);
    free(q->size);
}

static apus_status NAME(call)(const NAME(problem) *q, void *workspace, size_t bytes) {
    return SYRK(&q->d, q->a.data, q->c.data, workspace, bytes);
}

static void NAME(compare)(const NAME(problem) *q, const char *what) {
    const apus_syrk_desc *d = &q->d;
    const T *c = q->c.data;
    double worst = 0;
    bool kept = true, symmetric = true;
    for (ptrdiff_t i = 0; i < d->n; ++i)
        for (ptrdiff_t j = 0; j < (i + 1 < d->n ? d->ldc : d->n); ++j) {
            T value = c[i * d->ldc + j];
            if (j >= d->n || !NAME(inside)(d, i, j)) {
                kept &= value == NAME(mark);
                continue;
            }
            double error = fabs((double)value - q->expected[i * d->n + j]);
            double ratio = error == 0 ? 0 : error / (q->size[i * d->n + j] * EPSILON);
            if (!(ratio <= worst)) worst = isnan(ratio) ? INFINITY : ratio;
            if (d->triangle == APUS_BOTH_TRIANGLES) symmetric &= value == c[j * d->ldc + i];
        }
    CHECK_MSG(worst < fmax(16, (double)d->k), "%s %s n=%td k=%td transpose=%d %s lda=%td ldc=%td alpha=%g beta=%g: error %g",
              what, apus_isa_name(apus_get_isa()), d->n, d->k, d->transpose, triangles[d->triangle], d->lda, d->ldc,
              d->alpha, d->beta, worst);
    CHECK_MSG(kept, "%s wrote outside the triangle, n=%td k=%td %s", what, d->n, d->k, triangles[d->triangle]);
    CHECK_MSG(symmetric, "%s is not symmetric, n=%td k=%td", what, d->n, d->k);
}

static apus_syrk_desc NAME(random_desc)(random_state *random, ptrdiff_t n, ptrdiff_t k) {
    static const double alphas[] = {1, 0.7}, betas[] = {0, 1, 1.3};
    apus_syrk_desc d = {.n = n, .k = k};
    d.transpose = (apus_transpose)random_index(random, 2);
    d.triangle = (apus_triangle)random_index(random, 3);
    d.lda = (d.transpose ? n : k) + random_index(random, 3);
    d.ldc = n + random_index(random, 3);
    d.alpha = alphas[random_index(random, 2)];
    d.beta = betas[random_index(random, 3)];
    return d;
}

static void NAME(try)(random_state *random, apus_syrk_desc d, const char *what) {
    NAME(problem) q = NAME(make)(random, d, (guard_side)random_index(random, 2));
    CHECK_STATUS(NAME(call)(&q, NULL, 0), APUS_OK);
    NAME(compare)(&q, what);
    NAME(free)(&q);
}

static void NAME(small_shapes)(void) {
    static const ptrdiff_t ns[] = {0, 1, 2, 3, 5, 8, 13, 15, 16, 17, 31, 32, 33, 47, 64, 65, 100};
    static const ptrdiff_t ks[] = {0, 1, 2, 7, 16, 33};
    random_state random = {21};
    FOR_EACH_ISA(isa)
        for (size_t i = 0; i < sizeof ns / sizeof *ns; ++i)
            for (size_t j = 0; j < sizeof ks / sizeof *ks; ++j)
                for (int repeat = 0; repeat < (harness_is_quick() ? 1 : 4); ++repeat)
                    NAME(try)(&random, NAME(random_desc)(&random, ns[i], ks[j]), "small");
}

static void NAME(every_combination)(void) {
    static const double alphas[] = {0, 1, 0.7}, betas[] = {0, 1, 1.3};
    random_state random = {22};
    FOR_EACH_ISA(isa)
        for (int x = 0; x < 3 * 3 * 3 * 2; ++x) {
            apus_syrk_desc d = NAME(random_desc)(&random, 77, 40);
            d.transpose = (apus_transpose)(x & 1);
            d.lda = d.transpose ? d.n + 1 : d.k + 2;
            d.triangle = (apus_triangle)(x / 2 % 3);
            d.alpha = alphas[x / 6 % 3];
            d.beta = betas[x / 18];
            NAME(try)(&random, d, "combination");
        }
}

// More steps than a pass packs at a time, and next to the general product's result.
static void NAME(several_passes)(void) {
    random_state random = {23};
    FOR_EACH_ISA(isa)
        for (int transpose = 0; transpose < 2; ++transpose) {
            size_t l3 = apus_get_caches().l3;
            ptrdiff_t k = apus_min((ptrdiff_t)(l3 / 4 / 130 / sizeof(T)) + 900, harness_is_quick() ? 3000 : 40000);
            apus_syrk_desc d = NAME(random_desc)(&random, 130, k);
            d.transpose = (apus_transpose)transpose;
            d.lda = transpose ? d.n : d.k;
            d.triangle = APUS_BOTH_TRIANGLES;
            d.alpha = 1;
            d.beta = 0;
            NAME(problem) q = NAME(make)(&random, d, GUARD_END);
            CHECK_STATUS(NAME(call)(&q, NULL, 0), APUS_OK);
            NAME(compare)(&q, "several passes");
            apus_gemm_desc g = {.transpose_a = d.transpose, .transpose_b = (apus_transpose)!transpose, .m = d.n, .n = d.n, .k = d.k,
                                .lda = d.lda, .ldb = d.lda, .ldc = d.n, .alpha = 1};
            T *c = malloc((size_t)(d.n * d.n) * sizeof(T));
            CHECK_STATUS(GEMM(&g, q.a.data, q.a.data, NULL, c, NULL, 0), APUS_OK);
            double worst = 0;
            for (ptrdiff_t i = 0; i < d.n; ++i)
                for (ptrdiff_t j = 0; j < d.n; ++j)
                    worst = fmax(worst, fabs((double)(c[i * d.n + j] - ((T *)q.c.data)[i * d.ldc + j])) / q.size[i * d.n + j]);
            CHECK_MSG(worst <= 64 * EPSILON, "away from the general product by %g", worst);
            free(c);
            NAME(free)(&q);
        }
}

static void NAME(same_bits_on_any_number_of_threads)(void) {
    static const ptrdiff_t shapes[][2] = {{5, 7}, {40, 2000}, {300, 700}, {700, 60}};
    static const int threads[] = {1, 2, 3, 4, 8, 16};
    random_state random = {24};
    int before = apus_get_threads();
    FOR_EACH_ISA(isa)
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; ++s)
            for (int triangle = 0; triangle < 3; ++triangle) {
                if (harness_is_quick() && triangle > 0) continue;
                apus_syrk_desc d = NAME(random_desc)(&random, shapes[s][0], shapes[s][1]);
                d.triangle = (apus_triangle)triangle;
                NAME(problem) q = NAME(make)(&random, d, GUARD_END);
                T *original = malloc(q.c_bytes), *first = malloc(q.c_bytes);
                memcpy(original, q.c.data, q.c_bytes);
                for (size_t t = 0; t < sizeof threads / sizeof *threads; ++t) {
                    apus_set_threads(threads[t]);
                    memcpy(q.c.data, original, q.c_bytes);
                    CHECK_STATUS(NAME(call)(&q, NULL, 0), APUS_OK);
                    if (t == 0) {
                        NAME(compare)(&q, "one thread");
                        memcpy(first, q.c.data, q.c_bytes);
                    } else {
                        CHECK_MSG(same_bits(first, q.c.data, q.c_bytes), "n=%td k=%td %s on %d threads", d.n, d.k,
                                  triangles[triangle], threads[t]);
                    }
                }
                free(original);
                free(first);
                NAME(free)(&q);
            }
    apus_set_threads(before);
}

static void NAME(workspace_is_respected)(void) {
    random_state random = {25};
    FOR_EACH_ISA(isa)
        for (int transpose = 0; transpose < 2; ++transpose) {
            apus_syrk_desc d = NAME(random_desc)(&random, 90, 500);
            d.transpose = (apus_transpose)transpose;
            d.lda = transpose ? d.n : d.k;
            d.beta = 0;
            NAME(problem) q = NAME(make)(&random, d, GUARD_END);
            size_t bytes = SYRK_WORKSPACE(&d);
            CHECK(bytes > 0);
            CHECK_STATUS(NAME(call)(&q, NULL, bytes), APUS_ERROR_WORKSPACE);
            CHECK_STATUS(NAME(call)(&q, &q, bytes - 1), APUS_ERROR_WORKSPACE);
            harness_fail_allocation(1);
            CHECK_STATUS(NAME(call)(&q, NULL, 0), APUS_ERROR_MEMORY);
            harness_fail_allocation(0);
            long allocations = harness_allocations();
            for (size_t shift = 0; shift < 64; shift += 21) {
                guarded w = guard_alloc(bytes + shift, GUARD_END);
                CHECK_STATUS(NAME(call)(&q, w.data, bytes + shift), APUS_OK);
                NAME(compare)(&q, "workspace");
                guard_free(&w);
            }
            CHECK_INT(harness_allocations(), allocations);
            NAME(free)(&q);
        }
}

static void NAME(errors)(void) {
    T a[16] = {1}, c[16], saved[16];
    for (int i = 0; i < 16; ++i) c[i] = saved[i] = (T)i;
    const apus_syrk_desc good = {.n = 3, .k = 4, .lda = 4, .ldc = 3, .alpha = 1, .beta = 1};
    apus_syrk_desc d = good;
#define WITH(change, status)                              \
    d = good;                                             \
    change;                                               \
    CHECK_STATUS(SYRK(&d, a, c, NULL, 0), status);        \
    CHECK_INT(SYRK_WORKSPACE(&d), 0)
    CHECK_STATUS(SYRK(NULL, a, c, NULL, 0), APUS_ERROR_NULL);
    WITH(d.n = -1, APUS_ERROR_SHAPE);
    WITH(d.k = -1, APUS_ERROR_SHAPE);
    WITH(d.lda = 3, APUS_ERROR_STRIDE);
    WITH(d.ldc = 2, APUS_ERROR_STRIDE);
    WITH(d.transpose = APUS_TRANSPOSE; d.lda = 2, APUS_ERROR_STRIDE);
    WITH(d.lda = PTRDIFF_MAX / 2, APUS_ERROR_OVERFLOW);
    WITH(d.ldc = PTRDIFF_MAX / 2, APUS_ERROR_OVERFLOW);
    WITH(d.transpose = (apus_transpose)2, APUS_ERROR_VALUE);
    WITH(d.triangle = (apus_triangle)3, APUS_ERROR_VALUE);
    WITH(d.triangle = (apus_triangle)-1, APUS_ERROR_VALUE);
#undef WITH
    d = good;
    CHECK_STATUS(SYRK(&d, NULL, c, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(SYRK(&d, a, NULL, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(SYRK(&d, c + 8, c, NULL, 0), APUS_ERROR_ALIAS);
    CHECK(same_bits(c, saved, sizeof c));
    d.n = 0;
    CHECK_STATUS(SYRK(&d, NULL, NULL, NULL, 0), APUS_OK);
    d = good;
    d.alpha = 0;
    CHECK_STATUS(SYRK(&d, NULL, c, NULL, 0), APUS_OK);
    CHECK(same_bits(c, saved, sizeof c));
}

#undef CONCATENATE_
#undef CONCATENATE
#undef NAME
#undef T
#undef P
#undef SYRK
#undef GEMM
#undef SYRK_WORKSPACE
#undef EPSILON
