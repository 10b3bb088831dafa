// Tests of products with a packed B for one type: T, P, GEMM, PACK_B, PACK_B_BYTES, PACKED, PACKED_WORKSPACE, EPSILON.

#define CONCATENATE_(a, b, c) a##b##c
#define CONCATENATE(a, b, c) CONCATENATE_(a, b, c)
#define NAME(x) CONCATENATE(P, _, x)
#define GET_KERNELS CONCATENATE(apus_, P, _gemm_get_kernels)

static guarded NAME(numbers)(random_state *random, ptrdiff_t count, guard_side side) {
    guarded g = guard_alloc((size_t)count * sizeof(T), side);
    for (ptrdiff_t i = 0; i < count; ++i) ((T *)g.data)[i] = (T)(2 * random_unit(random) - 1);
    return g;
}

// B packed between guard pages, at an odd address where `shift` is one.
static guarded NAME(packed)(const apus_gemm_desc *d, const T *b, size_t shift, void **packed, size_t *bytes) {
    *bytes = PACK_B_BYTES(d->n, d->k);
    CHECK(*bytes >= 64 + (size_t)(d->n * d->k) * sizeof(T));
    guarded g = guard_alloc(*bytes + shift, GUARD_END);
    *packed = (char *)g.data + shift;
    CHECK_STATUS(PACK_B(d->transpose_b, d->n, d->k, b, d->ldb, *packed, *bytes), APUS_OK);
    return g;
}

// One product against a plain one in float64.
static void NAME(try)(random_state *random, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
    static const double alphas[] = {1, 0.7, 0}, betas[] = {0, 1, 1.3};
    uint64_t bits = random_bits(random);
    bool ta = bits & 1, tb = bits >> 1 & 1, with_bias = bits >> 2 & 1, relu = bits >> 3 & 1;
    apus_gemm_desc d = {.transpose_a = (apus_transpose)ta, .transpose_b = (apus_transpose)tb, .m = m, .n = n, .k = k};
    d.lda = (ta ? m : k) + random_index(random, 3), d.ldb = (tb ? k : n) + random_index(random, 3);
    d.ldc = n + random_index(random, 3);
    d.alpha = alphas[(bits >> 4) % 7 == 0 ? 2 : (bits >> 4) % 2], d.beta = betas[(bits >> 8) % 3];
    d.activation = relu ? APUS_ACTIVATION_RELU : APUS_ACTIVATION_LINEAR;
    guard_side side = (guard_side)(bits >> 12 & 1);
    ptrdiff_t a_rows = ta ? k : m, b_rows = tb ? n : k;
    guarded ga = NAME(numbers)(random, a_rows == 0 ? 0 : (a_rows - 1) * d.lda + (ta ? m : k), side);
    guarded gb = NAME(numbers)(random, b_rows == 0 ? 0 : (b_rows - 1) * d.ldb + (tb ? k : n), side);
    guarded gc = NAME(numbers)(random, m == 0 ? 0 : (m - 1) * d.ldc + n, side), gbias = NAME(numbers)(random, n, side);
    const T *a = ga.data, *b = gb.data, *bias = gbias.data, alpha = (T)d.alpha, beta = (T)d.beta;
    T *c = gc.data;
    size_t c_bytes = m == 0 ? 0 : (size_t)((m - 1) * d.ldc + n) * sizeof(T);
    T *old = malloc(c_bytes + 1);
    memcpy(old, c, c_bytes);
    if (beta == 0)
        for (ptrdiff_t i = 0; i < m; ++i)
            for (ptrdiff_t j = 0; j < n; ++j) c[i * d.ldc + j] = (T)NAN; // never read
    void *packed;
    size_t bytes;
    guarded gp = NAME(packed)(&d, b, bits >> 13 & 1 ? sizeof(T) : 0, &packed, &bytes);
    const ptrdiff_t ldb = d.ldb;
    d.ldb = -5; // not looked at any more
    CHECK_STATUS(PACKED(&d, a, packed, bytes, with_bias ? bias : NULL, c, NULL, 0), APUS_OK);
    double worst = 0;
    bool kept = true;
    for (ptrdiff_t i = 0; i < m; ++i) {
        for (ptrdiff_t j = 0; j < n; ++j) {
            double sum = 0, size = 0;
            for (ptrdiff_t p = 0; p < k; ++p) {
                double y = (double)(ta ? a[p * d.lda + i] : a[i * d.lda + p]) * (double)(tb ? b[j * ldb + p] : b[p * ldb + j]);
                sum += y, size += fabs(y);
            }
            double before = beta == 0 ? 0 : (double)beta * (double)old[i * d.ldc + j], extra = with_bias ? (double)bias[j] : 0;
            sum = (double)alpha * sum + before + extra;
            size = fabs((double)alpha) * size + fabs(before) + fabs(extra);
            if (relu && sum < 0) sum = 0;
            double difference = fabs((double)c[i * d.ldc + j] - sum), ratio = difference == 0 ? 0 : difference / (size * EPSILON);
            if (!(ratio <= worst)) worst = isnan(ratio) ? INFINITY : ratio;
        }
        for (ptrdiff_t j = n; i + 1 < m && j < d.ldc; ++j) kept &= c[i * d.ldc + j] == old[i * d.ldc + j];
    }
    CHECK_MSG(worst < fmax(16, (double)k), "%s m=%td n=%td k=%td ta=%d tb=%d alpha=%g beta=%g relu=%d bias=%d: error %g",
              apus_isa_name(apus_get_isa()), m, n, k, ta, tb, d.alpha, d.beta, relu, with_bias, worst);
    CHECK_MSG(kept, "wrote between the rows of C, m=%td n=%td k=%td", m, n, k);
    free(old);
    guard_free(&ga), guard_free(&gb), guard_free(&gc), guard_free(&gbias), guard_free(&gp);
}

static void NAME(shapes_against_float64)(void) {
    random_state random = {41};
    FOR_EACH_ISA(isa) {
        const ptrdiff_t mr = GET_KERNELS()->mr, nr = GET_KERNELS()->nr;
        for (ptrdiff_t m = 0; m < 4; ++m)
            for (ptrdiff_t n = 0; n < 4; ++n)
                for (ptrdiff_t k = 0; k < 4; ++k) NAME(try)(&random, m, n, k);
        const ptrdiff_t ms[] = {1, 2, mr, mr + 1, 4 * mr + 3}, ns[] = {1, nr - 1, nr, nr + 1, 6 * nr + 5}, ks[] = {1, 17, 129, 600};
        for (int i = 0; i < 5; ++i)
            for (int j = 0; j < 5; ++j)
                for (int l = 0; l < 4; ++l)
                    if (!harness_is_quick() || (i + j + l) % 5 == 0) NAME(try)(&random, ms[i], ns[j], ks[l]);
        if (!harness_is_quick()) NAME(try)(&random, 190, 700, 530);
    }
}

// A row alone, among others and on any number of threads; and apus_sgemm where k is a single block.
static void NAME(bits_depend_on_the_row_alone)(void) {
    static const int threads[] = {1, 2, 3, 16};
    static const ptrdiff_t shapes[][3] = {{37, 100, 700}, {150, 333, 1030}, {60, 200, 128}};
    random_state random = {42};
    int before = apus_get_threads();
    FOR_EACH_ISA(isa)
        for (int s = 0; s < 3; ++s) {
            ptrdiff_t m = shapes[s][0], n = shapes[s][1], k = shapes[s][2];
            apus_gemm_desc d = {.m = m, .n = n, .k = k, .lda = k, .ldb = n, .ldc = n, .alpha = 1};
            guarded ga = NAME(numbers)(&random, m * k, GUARD_END), gb = NAME(numbers)(&random, k * n, GUARD_END);
            size_t c_bytes = (size_t)(m * n) * sizeof(T), bytes, bytes2;
            T *c = malloc(c_bytes), *again = malloc(c_bytes);
            void *packed, *packed2;
            apus_set_threads(1);
            guarded g = NAME(packed)(&d, gb.data, 0, &packed, &bytes);
            CHECK_STATUS(PACKED(&d, ga.data, packed, bytes, NULL, c, NULL, 0), APUS_OK);
            for (int t = 1; t < 4; ++t) {
                apus_set_threads(threads[t]);
                guarded g2 = NAME(packed)(&d, gb.data, 0, &packed2, &bytes2);
                CHECK(bytes == bytes2 && same_bits(packed, packed2, bytes));
                memset(again, 0xff, c_bytes);
                CHECK_STATUS(PACKED(&d, ga.data, packed2, bytes2, NULL, again, NULL, 0), APUS_OK);
                CHECK_MSG(same_bits(c, again, c_bytes), "%s m=%td n=%td k=%td on %d threads", apus_isa_name((apus_isa)isa), m, n, k, threads[t]);
                guard_free(&g2);
            }
            apus_gemm_desc row = d;
            row.m = 1;
            for (ptrdiff_t i = 0; i < m; i += 7) {
                CHECK_STATUS(PACKED(&row, (T *)ga.data + i * k, packed, bytes, NULL, again, NULL, 0), APUS_OK);
                CHECK_MSG(same_bits(c + i * n, again, (size_t)n * sizeof(T)), "%s, row %td of %td alone", apus_isa_name((apus_isa)isa), i, m);
            }
            if (k <= 128) {
                CHECK_STATUS(GEMM(&d, ga.data, gb.data, NULL, again, NULL, 0), APUS_OK);
                CHECK_MSG(same_bits(c, again, c_bytes), "%s: other bits than without packing", apus_isa_name((apus_isa)isa));
            }
            free(c), free(again);
            guard_free(&ga), guard_free(&gb), guard_free(&g);
        }
    apus_set_threads(before);
}

static void NAME(workspace_and_memory)(void) {
    static const ptrdiff_t shapes[][3] = {{5, 6, 7}, {3, 900, 600}, {150, 300, 400}};
    random_state random = {43};
    FOR_EACH_ISA(isa)
        for (int s = 0; s < 3; ++s) {
            ptrdiff_t m = shapes[s][0], n = shapes[s][1], k = shapes[s][2];
            apus_gemm_desc d = {.m = m, .n = n, .k = k, .lda = k, .ldb = n, .ldc = n, .alpha = 1};
            guarded ga = NAME(numbers)(&random, m * k, GUARD_END), gb = NAME(numbers)(&random, k * n, GUARD_END);
            size_t c_bytes = (size_t)(m * n) * sizeof(T), bytes, want = PACKED_WORKSPACE(&d);
            T *c = malloc(c_bytes), *again = malloc(c_bytes);
            void *packed;
            guarded g = NAME(packed)(&d, gb.data, 0, &packed, &bytes);
            CHECK_STATUS(PACKED(&d, ga.data, packed, bytes, NULL, c, NULL, 0), APUS_OK);
            CHECK(s == 0 || want > 0);
            if (want > 0) {
                guarded small = guard_alloc(want - 1, GUARD_END);
                memcpy(again, c, c_bytes);
                CHECK_STATUS(PACKED(&d, ga.data, packed, bytes, NULL, c, small.data, want - 1), APUS_ERROR_WORKSPACE);
                harness_fail_allocation(1);
                CHECK_STATUS(PACKED(&d, ga.data, packed, bytes, NULL, c, NULL, 0), APUS_ERROR_MEMORY);
                harness_fail_allocation(0);
                CHECK(same_bits(c, again, c_bytes));
                guard_free(&small);
            }
            long allocations = harness_allocations();
            for (size_t shift = 0; shift < 64; shift += 21) {
                guarded w = guard_alloc(want + shift, GUARD_END);
                CHECK_STATUS(PACKED(&d, ga.data, packed, bytes, NULL, again, w.data, want + shift), APUS_OK);
                CHECK(same_bits(c, again, c_bytes));
                guard_free(&w);
            }
            CHECK_INT(harness_allocations(), allocations);
            free(c), free(again);
            guard_free(&ga), guard_free(&gb), guard_free(&g);
        }
}

static void NAME(errors)(void) {
    enum { m = 2, n = 3, k = 4, room = 1 << 14 };
    T a[m * k] = {1}, b[n * k] = {1}, c[m * n] = {5}, bias[n] = {0};
    T *packed = apus_alloc(room);
    const size_t bytes = PACK_B_BYTES(n, k);
    CHECK(bytes > 64 && bytes < room / 2);
    CHECK_INT(PACK_B_BYTES(-1, k), 0);
    CHECK_INT(PACK_B_BYTES(n, -1), 0);
    CHECK_INT(PACK_B_BYTES(PTRDIFF_MAX, 1), 0);
    CHECK_INT(PACK_B_BYTES(PTRDIFF_MAX / 4, 8), 0);
    CHECK_INT(PACK_B_BYTES(0, 5), 64);
    memset(packed, 3, room);
    CHECK_STATUS(PACK_B(APUS_NO_TRANSPOSE, n, k, NULL, n, packed, bytes), APUS_ERROR_NULL);
    CHECK_STATUS(PACK_B(APUS_NO_TRANSPOSE, n, k, b, n, NULL, bytes), APUS_ERROR_NULL);
    CHECK_STATUS(PACK_B(APUS_NO_TRANSPOSE, -1, k, b, n, packed, bytes), APUS_ERROR_SHAPE);
    CHECK_STATUS(PACK_B(APUS_NO_TRANSPOSE, n, -1, b, n, packed, bytes), APUS_ERROR_SHAPE);
    CHECK_STATUS(PACK_B(APUS_NO_TRANSPOSE, n, k, b, n - 1, packed, bytes), APUS_ERROR_STRIDE);
    CHECK_STATUS(PACK_B(APUS_TRANSPOSE, n, k, b, k - 1, packed, bytes), APUS_ERROR_STRIDE);
    CHECK_STATUS(PACK_B(APUS_NO_TRANSPOSE, n, k, b, PTRDIFF_MAX / 2, packed, bytes), APUS_ERROR_OVERFLOW);
    CHECK_STATUS(PACK_B((apus_transpose)2, n, k, b, n, packed, bytes), APUS_ERROR_VALUE);
    CHECK_STATUS(PACK_B(APUS_NO_TRANSPOSE, n, k, b, n, packed, bytes - 1), APUS_ERROR_WORKSPACE);
    CHECK_STATUS(PACK_B(APUS_NO_TRANSPOSE, n, k, packed + 4, n, packed, bytes), APUS_ERROR_ALIAS);
    CHECK(((unsigned char *)packed)[0] == 3 && ((unsigned char *)packed)[bytes - 1] == 3);
    CHECK_STATUS(PACK_B(APUS_NO_TRANSPOSE, n, k, b, n, packed, bytes), APUS_OK);

    const apus_gemm_desc good = {.m = m, .n = n, .k = k, .lda = k, .ldb = n, .ldc = n, .alpha = 1};
    apus_gemm_desc d = good;
    CHECK_STATUS(PACKED(NULL, a, packed, bytes, NULL, c, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(PACKED(&d, NULL, packed, bytes, NULL, c, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(PACKED(&d, a, NULL, bytes, NULL, c, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(PACKED(&d, a, packed, bytes, NULL, NULL, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(PACKED(&d, a, packed, bytes - 1, NULL, c, NULL, 0), APUS_ERROR_WORKSPACE);
    CHECK_STATUS(PACKED(&d, a, packed, 8, NULL, c, NULL, 0), APUS_ERROR_WORKSPACE);
    CHECK_STATUS(PACKED(&d, a, packed, bytes, NULL, packed + 20, NULL, 0), APUS_ERROR_ALIAS);
    CHECK_STATUS(PACKED(&d, a, packed, bytes, NULL, a + 1, NULL, 0), APUS_ERROR_ALIAS);
    CHECK_STATUS(PACKED(&d, a, packed, bytes, bias, bias, NULL, 0), APUS_ERROR_ALIAS);
#define WITH(change, status)                                                                 \
    d = good;                                                                                \
    change;                                                                                  \
    CHECK_STATUS(PACKED(&d, a, packed, bytes, NULL, c, NULL, 0), status)
    WITH(d.m = -1, APUS_ERROR_SHAPE);
    WITH(d.n = 2; d.ldc = 2, APUS_ERROR_SHAPE);
    WITH(d.k = 3, APUS_ERROR_SHAPE);
    WITH(d.k = 0; d.lda = 0, APUS_ERROR_SHAPE);
    WITH(d.lda = 3, APUS_ERROR_STRIDE);
    WITH(d.ldc = 2, APUS_ERROR_STRIDE);
    WITH(d.activation = APUS_ACTIVATION_TANH, APUS_ERROR_UNSUPPORTED);
    WITH(d.transpose_a = (apus_transpose)2, APUS_ERROR_VALUE);
    WITH(d.lda = PTRDIFF_MAX / 2, APUS_ERROR_OVERFLOW);
    CHECK(c[0] == 5 && c[1] == 0);
    WITH(d.m = 0, APUS_OK);
    WITH(d.ldb = 0, APUS_OK);
#undef WITH
    CHECK_INT(PACKED_WORKSPACE(NULL), 0);
    // Nothing to pack, and nothing to read.
    CHECK_STATUS(PACK_B(APUS_NO_TRANSPOSE, n, 0, NULL, n, packed, 64), APUS_OK);
    d = good;
    d.k = 0;
    c[0] = 7;
    CHECK_STATUS(PACKED(&d, NULL, packed, 64, NULL, c, NULL, 0), APUS_OK);
    CHECK(c[0] == 0);
    apus_free(packed);
}

#undef CONCATENATE_
#undef CONCATENATE
#undef NAME
#undef GET_KERNELS
#undef T
#undef P
#undef GEMM
#undef PACK_B
#undef PACK_B_BYTES
#undef PACKED
#undef PACKED_WORKSPACE
#undef EPSILON
