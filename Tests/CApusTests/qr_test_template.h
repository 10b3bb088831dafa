// The tests of the factorization for one type: T, P, QR, QR_WORKSPACE, EPSILON, TINY, HUGE_SIZE.

static void P(factor)(int isa, ptrdiff_t m, ptrdiff_t n, int kind, apus_vectors vectors, int pivoting) {
    ptrdiff_t k = m < n ? m : n, columns = vectors == APUS_VECTORS_FULL ? m : k, lda = n + 1, ldq = columns + 2, ldr = n;
    guarded ga = guard_alloc((size_t)(m > 0 && n > 0 ? (m - 1) * lda + n : 0) * sizeof(T), GUARD_END);
    guarded gq = guard_alloc((size_t)(m > 0 && columns > 0 ? (m - 1) * ldq + columns : 0) * sizeof(T), GUARD_END);
    guarded gr = guard_alloc((size_t)(k * n) * sizeof(T), GUARD_START), gp = guard_alloc((size_t)n * sizeof(ptrdiff_t), GUARD_END);
    T *a = ga.data, *q = gq.data, *r = gr.data;
    ptrdiff_t *pivots = gp.data;
    random_state random = {(uint64_t)(m * 1000 + n)};
    double scale = kind == NEAR_UNDERFLOW ? TINY : kind == NEAR_OVERFLOW ? HUGE_SIZE : 1;
    for (ptrdiff_t i = 0; i < m; i++)
        for (ptrdiff_t j = 0; j < n; j++) {
            double x = 2 * random_unit(&random) - 1;
            if (kind == GRADED) x *= pow(10, -(double)((j * 7) % n) / (double)n * 20);
            a[i * lda + j] = kind == NOTHING ? 0 : (T)(x * scale);
        }
    for (ptrdiff_t i = 0; kind == TWICE_THE_SAME && i < m; i++)
        for (ptrdiff_t j = n / 2; j < n; j++) a[i * lda + j] = a[i * lda + j - n / 2];
    apus_qr_desc d = {m, n, lda, ldq, ldr, vectors, pivoting};
    size_t bytes = QR_WORKSPACE(&d);
    guarded workspace = guard_alloc(bytes, GUARD_END);
    memset(workspace.data, 0xff, bytes);
    apus_linalg_info info;
    CHECK_STATUS(QR(&d, a, q, r, pivots, &info, workspace.data, bytes), APUS_OK);
    CHECK(info.rank <= k && (kind != ORDINARY || info.rank == k) && (kind != NOTHING || !pivoting || info.rank == 0));
    bool seen[256] = {false};
    for (ptrdiff_t j = 0; j < n; j++) {
        CHECK(pivots[j] >= 0 && pivots[j] < n && !seen[pivots[j]] && (pivoting || pivots[j] == j));
        seen[pivots[j]] = true;
    }
    for (ptrdiff_t i = 0; i < k; i++)
        for (ptrdiff_t j = 0; j < i; j++) CHECK(r[i * ldr + j] == 0);
    // Each column by itself: the small ones of a graded matrix, too, are that accurate.
    double worst = 0, off = 0, long_side = (double)(m > n ? m : n) * EPSILON;
    for (ptrdiff_t j = 0; j < n && vectors != APUS_VECTORS_NONE; j++) {
        double size = 0, error = 0;
        for (ptrdiff_t i = 0; i < m; i++) {
            double product = 0, exact = (double)a[i * lda + pivots[j]] / scale;
            for (ptrdiff_t l = 0; l < k; l++) product += (double)q[i * ldq + l] * ((double)r[l * ldr + j] / scale);
            size += fabs(exact);
            error += isnan(product) ? INFINITY : fabs(product - exact);
        }
        worst = fmax(worst, size > 0 ? error / size : error);
    }
    for (ptrdiff_t i = 0; i < columns && vectors != APUS_VECTORS_NONE; i++)
        for (ptrdiff_t j = 0; j <= i; j++) {
            double product = i == j ? -1 : 0;
            for (ptrdiff_t l = 0; l < m; l++) product += (double)q[l * ldq + i] * (double)q[l * ldq + j];
            off = fmax(off, isnan(product) ? INFINITY : fabs(product));
        }
    CHECK_MSG(worst <= 8 * long_side, "isa %d %td x %td kind %d pivoting %d: residual %g", isa, m, n, kind, pivoting, worst / long_side);
    CHECK_MSG(off <= 8 * long_side, "isa %d %td x %td kind %d pivoting %d: orthogonality %g", isa, m, n, kind, pivoting, off / long_side);
    for (ptrdiff_t i = 0; i < info.rank && pivoting; i++)
        for (ptrdiff_t j = i + 1; j < n; j++) {
            double square = 0;
            for (ptrdiff_t l = i; l < k && l <= j; l++) square += pow((double)r[l * ldr + j] / scale, 2);
            double diagonal = fabs((double)r[i * ldr + i] / scale);
            CHECK_MSG(diagonal >= 0.499 * sqrt(square), "isa %d %td x %td kind %d: r[%td] %g beside %g", isa, m, n, kind, i, diagonal, sqrt(square));
        }
    guard_free(&ga), guard_free(&gq), guard_free(&gr), guard_free(&gp), guard_free(&workspace);
}

static void P(factors)(void) {
    FOR_EACH_ISA(isa)
        for (int shape = 0; shape < SHAPES; shape++)
            for (int kind = 0; kind < KINDS; kind++)
                for (int pivoting = 0; pivoting <= 1; pivoting++)
                    for (int vectors = APUS_VECTORS_NONE; vectors <= APUS_VECTORS_FULL; vectors++)
                        if (!harness_is_quick() || (shape + kind + vectors) % 4 == 0)
                            P(factor)(isa, shapes[shape][0], shapes[shape][1], kind, (apus_vectors)vectors, pivoting);
}

static void P(errors)(void) {
    T a[6] = {1, 2, 3, 4, 5, 7}, q[6], r[4] = {-7};
    ptrdiff_t pivots[2];
    const apus_qr_desc good = {3, 2, 2, 2, 2, APUS_VECTORS_THIN, 1};
    apus_qr_desc d;
#define WITH(change, expected)                                                           \
    do {                                                                                 \
        d = good;                                                                        \
        change;                                                                          \
        CHECK_STATUS(QR(&d, a, q, r, pivots, NULL, NULL, 0), expected);                  \
        CHECK(QR_WORKSPACE(&d) == 0 && r[0] == -7);                                      \
    } while (0)
    WITH(d.m = -1, APUS_ERROR_SHAPE);
    WITH(d.n = -1, APUS_ERROR_SHAPE);
    WITH(d.lda = 1, APUS_ERROR_STRIDE);
    WITH(d.ldq = 1, APUS_ERROR_STRIDE);
    WITH(d.ldr = 1, APUS_ERROR_STRIDE);
    WITH(d.vectors = APUS_VECTORS_FULL, APUS_ERROR_STRIDE);
    WITH(d.vectors = (apus_vectors)-1, APUS_ERROR_VALUE);
    WITH(d.pivoting = 2, APUS_ERROR_VALUE);
    WITH(d.lda = PTRDIFF_MAX / 8, APUS_ERROR_OVERFLOW);
#undef WITH
    d = good;
    CHECK_STATUS(QR(NULL, a, q, r, pivots, NULL, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(QR(&d, NULL, q, r, pivots, NULL, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(QR(&d, a, NULL, r, pivots, NULL, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(QR(&d, a, q, NULL, pivots, NULL, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(QR(&d, a, q, r, NULL, NULL, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(QR(&d, a, q, a + 5, pivots, NULL, NULL, 0), APUS_ERROR_ALIAS);
    CHECK_STATUS(QR(&d, a, q, q + 5, pivots, NULL, NULL, 0), APUS_ERROR_ALIAS);
    size_t bytes = QR_WORKSPACE(&d);
    char *workspace = malloc(bytes);
    CHECK_STATUS(QR(&d, a, q, r, pivots, NULL, workspace, bytes - 1), APUS_ERROR_WORKSPACE);
    harness_fail_allocation(1);
    CHECK_STATUS(QR(&d, a, q, r, pivots, NULL, NULL, 0), APUS_ERROR_MEMORY);
    harness_fail_allocation(0);
    a[3] = (T)INFINITY;
    apus_linalg_info info;
    CHECK_STATUS(QR(&d, a, q, r, pivots, &info, workspace, bytes), APUS_ERROR_NOT_FINITE);
    CHECK(info.row == 1 && info.column == 1 && r[0] == -7);
    a[3] = 4;
    CHECK_STATUS(QR(&d, a, q, r, pivots, &info, workspace, bytes), APUS_OK);
    CHECK(pivots[0] == 1 && pivots[1] == 0);
    CHECK_RELATIVE(fabs((double)r[0]), sqrt(4 + 16 + 49), 4 * EPSILON);
    // Without pivoting nobody need take pivots.
    d.pivoting = 0;
    CHECK_STATUS(QR(&d, a, q, r, NULL, NULL, NULL, 0), APUS_OK);
    CHECK_RELATIVE(fabs((double)r[0]), sqrt(1 + 9 + 25), 4 * EPSILON);
    free(workspace);
}

#undef T
#undef P
#undef QR
#undef QR_WORKSPACE
#undef EPSILON
#undef TINY
#undef HUGE_SIZE
