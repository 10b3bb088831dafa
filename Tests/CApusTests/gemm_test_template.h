// Tests of matrix multiplication for one type: T, P (f32, f64), GEMM, GEMM_WORKSPACE, EPSILON, REAL (the
// type of the reference's sums).

#define CONCATENATE_(a, b, c) a##b##c
#define CONCATENATE(a, b, c) CONCATENATE_(a, b, c)
#define NAME(x) CONCATENATE(P, _, x)
#define KERNELS CONCATENATE(apus_, P, _gemm_kernels)
#define GET_KERNELS CONCATENATE(apus_, P, _gemm_get_kernels)
#define EPILOGUE CONCATENATE(apus_, P, _gemm_epilogue)

// A problem with its arrays between guard pages. Places between the rows of A and B hold NaN; those of C a
// mark that must survive.
typedef struct {
    apus_gemm_desc d;
    bool with_bias;
    guarded a, b, c, bias;
    size_t a_bytes, b_bytes, c_bytes;
    REAL *expected, *size;
} NAME(problem);

static const T NAME(mark) = (T)-12345.5;

static guarded NAME(matrix)(random_state *random, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t ld, guard_side side,
                            T between, size_t *bytes) {
    ptrdiff_t count = rows == 0 || columns == 0 ? 0 : (rows - 1) * ld + columns;
    *bytes = (size_t)count * sizeof(T);
    guarded g = guard_alloc(*bytes, side);
    T *x = g.data;
    for (ptrdiff_t i = 0; i < count; ++i) x[i] = i % ld < columns ? (T)(2 * random_unit(random) - 1) : between;
    return g;
}

static NAME(problem) NAME(make)(random_state *random, const apus_gemm_desc *d, bool with_bias, guard_side side) {
    NAME(problem) q = {.d = *d, .with_bias = with_bias};
    bool ta = d->transpose_a, tb = d->transpose_b;
    size_t bias_bytes;
    q.a = NAME(matrix)(random, ta ? d->k : d->m, ta ? d->m : d->k, d->lda, side, NAN, &q.a_bytes);
    q.b = NAME(matrix)(random, tb ? d->n : d->k, tb ? d->k : d->n, d->ldb, side, NAN, &q.b_bytes);
    q.c = NAME(matrix)(random, d->m, d->n, d->ldc, side, NAME(mark), &q.c_bytes);
    q.bias = NAME(matrix)(random, 1, d->n, d->n + 1, side, NAN, &bias_bytes);
    T *a = q.a.data, *b = q.b.data, *c = q.c.data, *bias = q.bias.data;
    T alpha = (T)d->alpha, beta = (T)d->beta;
    q.expected = calloc((size_t)(d->m * d->n + 1), sizeof(REAL));
    q.size = calloc((size_t)(d->m * d->n + 1), sizeof(REAL));
    for (ptrdiff_t i = 0; i < d->m; ++i)
        for (ptrdiff_t p = 0; p < d->k; ++p) {
            REAL x = ta ? a[p * d->lda + i] : a[i * d->lda + p];
            for (ptrdiff_t j = 0; j < d->n; ++j) {
                REAL y = x * (tb ? b[j * d->ldb + p] : b[p * d->ldb + j]);
                q.expected[i * d->n + j] += y;
                q.size[i * d->n + j] += y < 0 ? -y : y;
            }
        }
    for (ptrdiff_t i = 0; i < d->m; ++i)
        for (ptrdiff_t j = 0; j < d->n; ++j) {
            REAL old = beta == 0 ? 0 : (REAL)beta * c[i * d->ldc + j], extra = with_bias ? bias[j] : 0;
            REAL *e = &q.expected[i * d->n + j], *s = &q.size[i * d->n + j];
            *e = alpha * *e + old + extra;
            *s = (REAL)fabs((double)alpha) * *s + (REAL)fabs((double)old) + (REAL)fabs((double)extra);
            if (d->activation == APUS_ACTIVATION_RELU && *e < 0) *e = 0;
            if (beta == 0) c[i * d->ldc + j] = NAN;
        }
    return q;
}

static void NAME(free)(NAME(problem) *q) {
    guard_free(&q->a);
    guard_free(&q->b);
    guard_free(&q->c);
    guard_free(&q->bias);
    free(q->expected);
    free(q->size);
}

static apus_status NAME(call)(const NAME(problem) *q, void *c, void *workspace, size_t bytes) {
    return GEMM(&q->d, q->a.data, q->b.data, q->with_bias ? q->bias.data : NULL, c, workspace, bytes);
}

static void NAME(compare)(const NAME(problem) *q, const char *what) {
    const apus_gemm_desc *d = &q->d;
    const T *c = q->c.data;
    double worst = 0;
    bool kept = true;
    for (ptrdiff_t i = 0; i < d->m; ++i) {
        for (ptrdiff_t j = 0; j < d->n; ++j) {
            double difference = fabs((double)(c[i * d->ldc + j] - q->expected[i * d->n + j]));
            double size = (double)q->size[i * d->n + j] * EPSILON;
            double ratio = difference == 0 ? 0 : difference / size;
            if (!(ratio <= worst)) worst = isnan(ratio) ? INFINITY : ratio;
        }
        if (i + 1 < d->m && d->n > 0)
            for (ptrdiff_t j = d->n; j < d->ldc; ++j) kept &= c[i * d->ldc + j] == NAME(mark);
    }
    CHECK_MSG(worst < fmax(16, (double)d->k),
              "%s %s %s m=%td n=%td k=%td ta=%d tb=%d lda=%td ldb=%td ldc=%td alpha=%g beta=%g relu=%d bias=%d: error %g",
              what, apus_isa_name(apus_get_isa()), sizeof(T) == 4 ? "f32" : "f64", d->m, d->n, d->k, d->transpose_a,
              d->transpose_b, d->lda, d->ldb, d->ldc, d->alpha, d->beta, d->activation, q->with_bias, worst);
    CHECK_MSG(kept, "%s wrote between the rows of C, m=%td n=%td k=%td", what, d->m, d->n, d->k);
}

static void NAME(count_path)(const apus_gemm_desc *d) {
    const KERNELS *kernels = GET_KERNELS();
    gemm_tile tile = {kernels->mr, kernels->nr, sizeof(T)};
    paths_seen[apus_gemm_make_plan(d, d->alpha == 0, tile, apus_get_threads()).path]++;
}

static void NAME(try_shape)(random_state *random, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, guard_side side) {
    if (harness_skips_case()) return;
    apus_gemm_desc d = random_desc(random, m, n, k);
    NAME(problem) q = NAME(make)(random, &d, random_bits(random) & 1, side);
    CHECK_STATUS(NAME(call)(&q, q.c.data, NULL, 0), APUS_OK);
    NAME(compare)(&q, "product");
    NAME(count_path)(&d);
    NAME(free)(&q);
}

static void NAME(tiny_shapes)(void) {
    random_state random = {11};
    FOR_EACH_ISA(isa)
        for (ptrdiff_t m = 0; m < 10; ++m)
            for (ptrdiff_t n = 0; n < 10; ++n)
                for (ptrdiff_t k = 0; k < 10; ++k) NAME(try_shape)(&random, m, n, k, (guard_side)(random_bits(&random) & 1));
}

static void NAME(every_combination)(void) {
    random_state random = {12};
    static const double alphas[] = {0, 1, 0.7}, betas[] = {0, 1, 1.3};
    FOR_EACH_ISA(isa)
        for (int bits = 0; bits < 16; ++bits)
            for (int x = 0; x < 9; ++x)
                for (int shape = 0; shape < 5; ++shape) {
                    if ((harness_is_quick() && (bits + x + shape) % 8 != 0) || harness_skips_case()) continue;
                    static const ptrdiff_t shapes[5][3] = {{7, 9, 8}, {1, 33, 40}, {33, 1, 40}, {30, 300, 120}, {910, 70, 60}};
                    apus_gemm_desc d = random_desc(&random, shapes[shape][0], shapes[shape][1], shapes[shape][2]);
                    d.alpha = alphas[x / 3];
                    d.beta = betas[x % 3];
                    d.activation = bits & 1 ? APUS_ACTIVATION_RELU : APUS_ACTIVATION_LINEAR;
                    set_transposes(&random, &d, bits >> 2 & 1, bits >> 3 & 1);
                    NAME(problem) q = NAME(make)(&random, &d, bits >> 1 & 1, (guard_side)(x & 1));
                    CHECK_STATUS(NAME(call)(&q, q.c.data, NULL, 0), APUS_OK);
                    NAME(compare)(&q, "combination");
                    NAME(count_path)(&d);
                    NAME(free)(&q);
                }
}

static void NAME(tile_edges)(void) {
    random_state random = {13};
    FOR_EACH_ISA(isa) {
        const KERNELS *kernels = GET_KERNELS();
        ptrdiff_t mr = kernels->mr, nr = kernels->nr, kb = CONCATENATE(apus_, P, _gemm_k_block)(100000);
        const ptrdiff_t ms[] = {1, 2, mr - 1, mr, mr + 1, 3 * mr + 2, 8 * mr, 8 * mr + 1, 11 * mr - 1};
        const ptrdiff_t ns[] = {1, 2, nr - 1, nr, nr + 1, 2 * nr, 5 * nr + 3, 9 * nr - 1};
        const ptrdiff_t ks[] = {1, 2, 15, 16, 17, 33, kb - 1, kb, kb + 1, 2 * kb + 3, 512, 513}; // 512: where B is read in place
        for (size_t i = 0; i < sizeof ms / sizeof *ms; ++i)
            for (size_t j = 0; j < sizeof ns / sizeof *ns; ++j)
                for (size_t l = 0; l < sizeof ks / sizeof *ks; ++l)
                    if (!harness_is_quick() || (i + j + l) % 11 == 0)
                        NAME(try_shape)(&random, ms[i], ns[j], ks[l], (guard_side)(random_bits(&random) & 1));
    }
}

// Several passes over B in both directions, more rows than a block, long vectors. One reference for all variants.
static void NAME(large_shapes)(void) {
    enum { every = 4, transposed_b = 2 };
    static const ptrdiff_t shapes[][4] = {
        {130, 2300, 300, 0},  {700, 33, 70, every},  {50, 40, 18000, 0},           {1, 5000, 777, every},
        {1, 777, 5000, every}, {5000, 1, 777, every}, {40, 40, 3000, every},        {3, 3000, 300, every},
        {25, 600, 550, every}, {150, 1024, 300, every}, {300, 1024, 300, 0},        {1000, 4200, 20, transposed_b},
        {120, 64, 40000, transposed_b}};
    random_state random = {14};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; ++i)
        for (int bits = 0; bits < 4; ++bits) {
            if (shapes[i][3] == every ? harness_is_quick() && bits > 0 : bits != shapes[i][3]) continue;
            if (harness_skips_case()) continue;
            apus_gemm_desc d = random_desc(&random, shapes[i][0], shapes[i][1], shapes[i][2]);
            set_transposes(&random, &d, bits & 1, bits >> 1);
            if (d.n == 1024 && bits < transposed_b) d.ldb = d.n; // rows of B that push each other out of the caches
            d.alpha = 0.7;
            NAME(problem) q = NAME(make)(&random, &d, bits & 1, GUARD_END);
            T *original = malloc(q.c_bytes);
            memcpy(original, q.c.data, q.c_bytes);
            FOR_EACH_ISA(isa) {
                memcpy(q.c.data, original, q.c_bytes);
                CHECK_STATUS(NAME(call)(&q, q.c.data, NULL, 0), APUS_OK);
                NAME(compare)(&q, "large product");
                NAME(count_path)(&d);
            }
            free(original);
            NAME(free)(&q);
        }
}

static void NAME(same_bits_on_any_number_of_threads)(void) {
    static const ptrdiff_t shapes[][3] = {{5, 6, 7}, {1, 3000, 500}, {3000, 1, 500}, {40, 700, 500}, {400, 300, 700},
                                          {700, 60, 200}, {100, 100, 100}, {20, 500, 700}, {130, 1100, 530}, {1000, 70, 60}};
    random_state random = {15};
    int before = apus_get_threads();
    FOR_EACH_ISA(isa)
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; ++i)
            for (int bits = 0; bits < 4; bits += harness_is_quick() ? 3 : 1) {
                if (harness_skips_case()) continue;
                apus_gemm_desc d = random_desc(&random, shapes[i][0], shapes[i][1], shapes[i][2]);
                set_transposes(&random, &d, bits & 1, bits >> 1);
                d.alpha = 0.7;
                NAME(problem) q = NAME(make)(&random, &d, true, GUARD_END);
                static const int threads[] = {1, 2, 3, 4, 8, 16};
                T *original = malloc(q.c_bytes), *first = malloc(q.c_bytes);
                memcpy(original, q.c.data, q.c_bytes);
                for (size_t t = 0; t < sizeof threads / sizeof *threads; ++t) {
                    apus_set_threads(threads[t]);
                    memcpy(q.c.data, original, q.c_bytes);
                    CHECK_STATUS(NAME(call)(&q, q.c.data, NULL, 0), APUS_OK);
                    if (t == 0) {
                        NAME(compare)(&q, "one thread");
                        memcpy(first, q.c.data, q.c_bytes);
                    } else {
                        CHECK_MSG(same_bits(first, q.c.data, q.c_bytes), "%s m=%td n=%td k=%td on %d threads",
                                  apus_isa_name((apus_isa)isa), d.m, d.n, d.k, threads[t]);
                    }
                }
                free(original);
                free(first);
                NAME(free)(&q);
            }
    apus_set_threads(before);
}

static void NAME(workspace_is_respected)(void) {
    static const ptrdiff_t shapes[][3] = {{5, 6, 7}, {1, 300, 500}, {300, 1, 500}, {40, 700, 500}, {400, 300, 700}};
    random_state random = {16};
    FOR_EACH_ISA(isa)
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; ++i)
            for (int bits = 0; bits < 4; ++bits) {
                if (harness_skips_case()) continue;
                apus_gemm_desc d = random_desc(&random, shapes[i][0], shapes[i][1], shapes[i][2]);
                set_transposes(&random, &d, bits & 1, bits >> 1);
                d.alpha = 1;
                NAME(problem) q = NAME(make)(&random, &d, false, GUARD_END);
                T *original = malloc(q.c_bytes);
                memcpy(original, q.c.data, q.c_bytes);
                size_t bytes = GEMM_WORKSPACE(&d);
                if (bytes > 0) {
                    guarded small = guard_alloc(bytes - 1, GUARD_END);
                    CHECK_STATUS(NAME(call)(&q, q.c.data, small.data, bytes - 1), APUS_ERROR_WORKSPACE);
                    CHECK_STATUS(NAME(call)(&q, q.c.data, NULL, bytes), APUS_ERROR_WORKSPACE);
                    guard_free(&small);
                    harness_fail_allocation(1);
                    CHECK_STATUS(NAME(call)(&q, q.c.data, NULL, 0), APUS_ERROR_MEMORY);
                    harness_fail_allocation(0);
                    CHECK(same_bits(original, q.c.data, q.c_bytes));
                }
                long allocations = harness_allocations();
                // At every alignment, with a page after it that may not be touched.
                for (size_t shift = 0; shift < 64; shift += 21) {
                    guarded w = guard_alloc(bytes + shift, GUARD_END);
                    memcpy(q.c.data, original, q.c_bytes);
                    CHECK_STATUS(NAME(call)(&q, q.c.data, w.data, bytes + shift), APUS_OK);
                    NAME(compare)(&q, "workspace");
                    guard_free(&w);
                }
                CHECK_INT(harness_allocations(), allocations);
                free(original);
                NAME(free)(&q);
            }
}

static void NAME(errors)(void) {
    T a[16] = {1}, b[16] = {1}, c[16], saved[16];
    for (int i = 0; i < 16; ++i) c[i] = saved[i] = (T)i;
    const apus_gemm_desc good = {.m = 2, .n = 3, .k = 4, .lda = 4, .ldb = 3, .ldc = 3, .alpha = 1, .beta = 1};
    apus_gemm_desc d = good;
#define EXPECT(status) CHECK_STATUS(GEMM(&d, a, b, NULL, c, NULL, 0), status)
#define WITH(change, status) \
    d = good;                \
    change;                  \
    EXPECT(status);          \
    CHECK_INT(GEMM_WORKSPACE(&d), 0)
    CHECK_STATUS(GEMM(NULL, a, b, NULL, c, NULL, 0), APUS_ERROR_NULL);
    WITH(d.m = -1, APUS_ERROR_SHAPE);
    WITH(d.n = -1, APUS_ERROR_SHAPE);
    WITH(d.k = -1, APUS_ERROR_SHAPE);
    WITH(d.lda = 3, APUS_ERROR_STRIDE);
    WITH(d.ldb = 2, APUS_ERROR_STRIDE);
    WITH(d.ldc = 2, APUS_ERROR_STRIDE);
    WITH(d.transpose_a = APUS_TRANSPOSE; d.lda = 1, APUS_ERROR_STRIDE);
    WITH(d.transpose_b = APUS_TRANSPOSE; d.ldb = 3, APUS_ERROR_STRIDE);
    WITH(d.lda = PTRDIFF_MAX / 2, APUS_ERROR_OVERFLOW);
    WITH(d.ldb = PTRDIFF_MAX / 4, APUS_ERROR_OVERFLOW);
    WITH(d.ldc = PTRDIFF_MAX, APUS_ERROR_OVERFLOW);
    WITH(d.m = PTRDIFF_MAX / 8, APUS_ERROR_OVERFLOW);
    WITH(d.activation = APUS_ACTIVATION_TANH, APUS_ERROR_UNSUPPORTED);
    WITH(d.transpose_b = (apus_transpose)2, APUS_ERROR_VALUE);
    d = good;
    CHECK_STATUS(GEMM(&d, NULL, b, NULL, c, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(GEMM(&d, a, NULL, NULL, c, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(GEMM(&d, a, b, NULL, NULL, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(GEMM(&d, a, b, NULL, a, NULL, 0), APUS_ERROR_ALIAS);
    CHECK_STATUS(GEMM(&d, a, c + 5, NULL, c, NULL, 0), APUS_ERROR_ALIAS);
    CHECK_STATUS(GEMM(&d, a, b, c + 5, c, NULL, 0), APUS_ERROR_ALIAS);
    CHECK(same_bits(c, saved, sizeof c));
    CHECK_STATUS(GEMM(&d, a, b, c + 6, c, NULL, 0), APUS_OK); // just behind
    d.m = 0;
    CHECK_STATUS(GEMM(&d, NULL, NULL, NULL, NULL, NULL, 0), APUS_OK);
    // Never read: null where there is nothing to read.
    d = good;
    d.alpha = 0;
    CHECK_STATUS(GEMM(&d, NULL, NULL, NULL, c, NULL, 0), APUS_OK);
    d = good;
    d.k = 0;
    CHECK_STATUS(GEMM(&d, NULL, NULL, NULL, c, NULL, 0), APUS_OK);
#undef EXPECT
#undef WITH
}

static void NAME(nan_spreads_and_stays)(void) {
    random_state random = {17};
    static const ptrdiff_t shapes[][3] = {{5, 6, 7}, {1, 300, 50}, {40, 700, 500}, {200, 300, 100}};
    FOR_EACH_ISA(isa)
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; ++i)
            for (int relu = 0; relu < 2; ++relu) {
                apus_gemm_desc d = {.m = shapes[i][0], .n = shapes[i][1], .k = shapes[i][2], .alpha = 1};
                d.lda = d.k, d.ldb = d.n, d.ldc = d.n;
                d.activation = relu ? APUS_ACTIVATION_RELU : APUS_ACTIVATION_LINEAR;
                NAME(problem) q = NAME(make)(&random, &d, false, GUARD_END);
                T *a = q.a.data, *c = q.c.data;
                a[d.k - 1] = NAN; // row 0
                CHECK_STATUS(NAME(call)(&q, c, NULL, 0), APUS_OK);
                ptrdiff_t wrong = 0;
                for (ptrdiff_t x = 0; x < d.m * d.n; ++x) wrong += (isnan(c[x]) != 0) != (x < d.n);
                CHECK_INT(wrong, 0);
                NAME(free)(&q);
            }
}

// The contract of gemm_kernels.h, which convolution relies on.
static void NAME(kernels_and_packing)(void) {
    random_state random = {18};
    FOR_EACH_ISA(isa) {
        const KERNELS *kernels = GET_KERNELS();
        ptrdiff_t mr = kernels->mr, nr = kernels->nr;
        CHECK(mr <= apus_gemm_most_mr && nr * (ptrdiff_t)sizeof(T) <= apus_gemm_most_nr * (ptrdiff_t)sizeof(float));
        for (int round = 0; round < 600; ++round) {
            ptrdiff_t rows = 1 + random_index(&random, mr), cols = 1 + random_index(&random, nr), kc = random_index(&random, 50);
            if (round % 4 == 0) rows = mr;
            if (round % 5 == 0) cols = nr;
            bool across = random_bits(&random) & 1, down = random_bits(&random) & 1;
            ptrdiff_t a_row = down ? 1 : kc + 3, a_column = down ? rows + 1 : 1;
            ptrdiff_t b_row = across ? cols + random_index(&random, 3) : 1, b_column = across ? 1 : kc + 1;
            size_t a_count = kc == 0 ? 0 : (size_t)((rows - 1) * a_row + (kc - 1) * a_column + 1);
            size_t b_count = kc == 0 ? 0 : (size_t)((kc - 1) * b_row + (cols - 1) * b_column + 1);
            guarded a = guard_alloc(a_count * sizeof(T), (guard_side)(round & 1));
            guarded b = guard_alloc(b_count * sizeof(T), (guard_side)(round & 1));
            guarded pa = guard_alloc((size_t)(kc * mr) * sizeof(T), GUARD_END);
            guarded pb = guard_alloc((size_t)(kc * nr) * sizeof(T), GUARD_END);
            guarded bias = guard_alloc((size_t)cols * sizeof(T), GUARD_END);
            for (size_t i = 0; i < a_count; ++i) ((T *)a.data)[i] = (T)(random_unit(&random) - 0.5);
            for (size_t i = 0; i < b_count; ++i) ((T *)b.data)[i] = (T)(random_unit(&random) - 0.5);
            for (ptrdiff_t i = 0; i < cols; ++i) ((T *)bias.data)[i] = (T)(random_unit(&random) - 0.5);
            kernels->pack(mr, rows, kc, a.data, a_row, a_column, pa.data);
            kernels->pack(nr, cols, kc, b.data, b_column, b_row, pb.data);
            ptrdiff_t wrong = 0;
            for (ptrdiff_t p = 0; p < kc; ++p) {
                for (ptrdiff_t i = 0; i < mr; ++i)
                    wrong += ((T *)pa.data)[p * mr + i] != (i < rows ? ((T *)a.data)[i * a_row + p * a_column] : 0);
                for (ptrdiff_t j = 0; j < nr; ++j)
                    wrong += ((T *)pb.data)[p * nr + j] != (j < cols ? ((T *)b.data)[p * b_row + j * b_column] : 0);
            }
            CHECK_MSG(wrong == 0, "packing, %s rows=%td cols=%td kc=%td", apus_isa_name((apus_isa)isa), rows, cols, kc);

            static const T factors[] = {0, 1, (T)0.7};
            EPILOGUE e = {.alpha = factors[1 + round % 2], .beta = factors[round % 3],
                          .bias = round % 7 < 3 ? bias.data : NULL, .relu = round % 11 < 4};
            ptrdiff_t ldc = cols + random_index(&random, 4);
            size_t c_bytes = (size_t)((rows - 1) * ldc + cols) * sizeof(T);
            guarded c1 = guard_alloc(c_bytes, (guard_side)(round & 1)), c2 = guard_alloc(c_bytes, GUARD_END);
            T *x = c1.data, *y = c2.data;
            for (ptrdiff_t i = 0; i < rows; ++i)
                for (ptrdiff_t j = 0; j < (i + 1 < rows ? ldc : cols); ++j)
                    x[i * ldc + j] = y[i * ldc + j] = j >= cols ? NAME(mark) : e.beta == 0 ? (T)NAN : (T)random_unit(&random);
            T old[apus_gemm_most_mr * (apus_gemm_most_nr + 4)];
            memcpy(old, x, c_bytes);
            kernels->kernel(rows, cols, kc, pa.data, pb.data, x, ldc, &e);
            double worst = 0;
            for (ptrdiff_t i = 0; i < rows; ++i)
                for (ptrdiff_t j = 0; j < cols; ++j) {
                    REAL sum = 0;
                    for (ptrdiff_t p = 0; p < kc; ++p)
                        sum += (REAL)((T *)a.data)[i * a_row + p * a_column] * ((T *)b.data)[p * b_row + j * b_column];
                    sum *= e.alpha;
                    if (e.beta != 0) sum += (REAL)e.beta * old[i * ldc + j];
                    if (e.bias != NULL) sum += e.bias[j];
                    if (e.relu && sum < 0) sum = 0;
                    double error = fabs((double)(sum - x[i * ldc + j]));
                    if (!(error <= worst)) worst = error;
                }
            CHECK_MSG(worst <= 60 * EPSILON, "kernel, %s rows=%td cols=%td kc=%td: error %g", apus_isa_name((apus_isa)isa), rows, cols, kc, worst);
            ptrdiff_t touched = 0;
            for (ptrdiff_t i = 0; i + 1 < rows; ++i)
                for (ptrdiff_t j = cols; j < ldc; ++j) touched += x[i * ldc + j] != NAME(mark);
            CHECK_INT(touched, 0);
            if (b_column == 1) {
                kernels->strided(rows, cols, kc, a.data, a_row, a_column, b.data, b_row, y, ldc, &e);
                CHECK_MSG(same_bits(x, y, c_bytes), "strided kernel, %s rows=%td cols=%td kc=%td", apus_isa_name((apus_isa)isa), rows, cols, kc);
            }
            guard_free(&a), guard_free(&b), guard_free(&pa), guard_free(&pb), guard_free(&bias), guard_free(&c1), guard_free(&c2);
        }
    }
}

// MARK: Calls from many threads

static void NAME(nested_body)(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const NAME(problem) *q = context;
    for (ptrdiff_t i = begin; i < end; ++i) {
        T *c = malloc(q->c_bytes);
        memcpy(c, q->c.data, q->c_bytes);
        bool ok = NAME(call)(q, c, NULL, 0) == APUS_OK && same_bits(c, (const char *)q->expected, q->c_bytes);
        if (!ok) atomic_fetch_add(&nested_failures, 1);
        atomic_fetch_add(&nested_calls, 1);
        free(c);
    }
}

static void *NAME(nested_thread)(void *context) {
    apus_parallel_for(12, 1, NAME(nested_body), context);
    NAME(nested_body)(context, 0, 2);
    return NULL;
}

static void NAME(nested_and_reentrant)(void) {
    random_state random = {19};
    int before = apus_get_threads();
    apus_set_threads(3);
    static const ptrdiff_t shapes[][3] = {{5, 6, 7}, {40, 300, 200}, {200, 130, 100}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; ++i) {
        apus_gemm_desc d = random_desc(&random, shapes[i][0], shapes[i][1], shapes[i][2]);
        d.ldc = d.n;
        d.alpha = 0.7;
        NAME(problem) q = NAME(make)(&random, &d, true, GUARD_END);
        T *c = malloc(q.c_bytes);
        memcpy(c, q.c.data, q.c_bytes);
        CHECK_STATUS(NAME(call)(&q, q.c.data, NULL, 0), APUS_OK);
        NAME(compare)(&q, "before nesting");
        memcpy(q.expected, q.c.data, q.c_bytes); // now the bits to find again
        memcpy(q.c.data, c, q.c_bytes);
        atomic_store(&nested_failures, 0);
        atomic_store(&nested_calls, 0);
        pthread_t threads[3];
        for (int t = 0; t < 3; ++t) CHECK(pthread_create(&threads[t], NULL, NAME(nested_thread), &q) == 0);
        for (int t = 0; t < 3; ++t) pthread_join(threads[t], NULL);
        CHECK_INT(atomic_load(&nested_failures), 0);
        CHECK_INT(atomic_load(&nested_calls), 3 * 14);
        free(c);
        NAME(free)(&q);
    }
    apus_set_threads(before);
}

#undef CONCATENATE_
#undef CONCATENATE
#undef NAME
#undef KERNELS
#undef GET_KERNELS
#undef EPILOGUE
#undef T
#undef P
#undef GEMM
#undef GEMM_WORKSPACE
#undef EPSILON
#undef REAL
