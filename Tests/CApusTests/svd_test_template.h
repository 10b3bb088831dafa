// The tests of the decomposition for one type: T, P, SVD, SVD_WORKSPACE, EPSILON, TINY, HUGE_SIZE, IS_DOUBLE.

typedef struct {
    ptrdiff_t m, n, lda, ldu, ldvt, u_columns, vt_rows;
    apus_vectors vectors;
    guarded a, s, u, vt, workspace;
    size_t bytes;
} P(problem);

static P(problem) P(make)(ptrdiff_t m, ptrdiff_t n, apus_vectors vectors, ptrdiff_t gap, guard_side side) {
    ptrdiff_t k = m < n ? m : n;
    P(problem) p = {.m = m, .n = n, .vectors = vectors, .lda = n + gap, .u_columns = vectors == APUS_VECTORS_FULL ? m : k,
                    .vt_rows = vectors == APUS_VECTORS_FULL ? n : k};
    p.ldu = p.u_columns + gap;
    p.ldvt = n + gap;
    size_t extent_a = m > 0 && n > 0 ? (size_t)((m - 1) * p.lda + n) : 0;
    size_t extent_u = m > 0 && p.u_columns > 0 ? (size_t)((m - 1) * p.ldu + p.u_columns) : 0;
    size_t extent_vt = n > 0 && p.vt_rows > 0 ? (size_t)((p.vt_rows - 1) * p.ldvt + n) : 0;
    p.a = guard_alloc(extent_a * sizeof(T), side);
    p.s = guard_alloc((size_t)k * sizeof(T), side);
    p.u = guard_alloc(extent_u * sizeof(T), side);
    p.vt = guard_alloc(extent_vt * sizeof(T), side);
    for (size_t i = 0; i < extent_u; i++) ((T *)p.u.data)[i] = NAN;
    for (size_t i = 0; i < extent_vt; i++) ((T *)p.vt.data)[i] = NAN;
    apus_svd_desc d = {m, n, p.lda, p.ldu, p.ldvt, vectors};
    p.bytes = SVD_WORKSPACE(&d);
    p.workspace = guard_alloc(p.bytes, side);
    memset(p.workspace.data, 0xff, p.bytes); // NaN: what is used without being set shows
    return p;
}

static void P(discard)(P(problem) *p) {
    guard_free(&p->a), guard_free(&p->s), guard_free(&p->u), guard_free(&p->vt), guard_free(&p->workspace);
}

static apus_status P(run)(P(problem) *p, apus_linalg_info *info) {
    apus_svd_desc d = {p->m, p->n, p->lda, p->ldu, p->ldvt, p->vectors};
    return SVD(&d, p->a.data, p->s.data, p->u.data, p->vt.data, info, p->workspace.data, p->bytes);
}

// LAPACK's ratios: |A - U S V^T| / (|A| max(m, n) eps), |1 - U^T U| / (m eps), |1 - V^T V| / (n eps), in 1-norms.
static void P(check_ratios)(const P(problem) *p, const char *what) {
    ptrdiff_t m = p->m, n = p->n, k = m < n ? m : n;
    const T *a = p->a.data, *s = p->s.data, *u = p->u.data, *vt = p->vt.data;
    double largest = 0, norm = 0, residual = 0, off_u = 0, off_v = 0;
    for (ptrdiff_t i = 0; i < k; i++) {
        CHECK_MSG(s[i] >= 0 && (i == 0 || s[i] <= s[i - 1]), "%s %td x %td: s[%td] = %g", what, m, n, i, (double)s[i]);
    }
    for (ptrdiff_t i = 0; i < m; i++)
        for (ptrdiff_t j = 0; j < n; j++) largest = fmax(largest, fabs((double)a[i * p->lda + j]));
    if (p->vectors == APUS_VECTORS_NONE) return;
    double scale = largest > 0 ? 1 / largest : 1;
    for (ptrdiff_t j = 0; j < n; j++) {
        double column = 0, error = 0;
        for (ptrdiff_t i = 0; i < m; i++) {
            double product = 0;
            for (ptrdiff_t l = 0; l < k; l++) product += (double)u[i * p->ldu + l] * ((double)s[l] * scale) * (double)vt[l * p->ldvt + j];
            column += fabs((double)a[i * p->lda + j] * scale);
            error += fabs((double)a[i * p->lda + j] * scale - product);
            if (isnan(product)) error = INFINITY;
        }
        norm = fmax(norm, column);
        residual = fmax(residual, error);
    }
    for (ptrdiff_t i = 0; i < p->u_columns; i++) {
        double error = 0;
        for (ptrdiff_t j = 0; j < p->u_columns; j++) {
            double product = i == j ? -1 : 0;
            for (ptrdiff_t l = 0; l < m; l++) product += (double)u[l * p->ldu + i] * (double)u[l * p->ldu + j];
            error += isnan(product) ? INFINITY : fabs(product);
        }
        off_u = fmax(off_u, error);
    }
    for (ptrdiff_t i = 0; i < p->vt_rows; i++) {
        double error = 0;
        for (ptrdiff_t j = 0; j < p->vt_rows; j++) {
            double product = i == j ? -1 : 0;
            for (ptrdiff_t l = 0; l < n; l++) product += (double)vt[i * p->ldvt + l] * (double)vt[j * p->ldvt + l];
            error += isnan(product) ? INFINITY : fabs(product);
        }
        off_v = fmax(off_v, error);
    }
    double long_side = (double)(m > n ? m : n);
    if (norm > 0) residual /= norm;
    CHECK_MSG(k == 0 || residual / (long_side * EPSILON) < most_ratio, "%s %td x %td: residual %g", what, m, n, residual / (long_side * EPSILON));
    CHECK_MSG(m == 0 || off_u / ((double)m * EPSILON) < most_ratio, "%s %td x %td: U %g", what, m, n, off_u / ((double)m * EPSILON));
    CHECK_MSG(n == 0 || off_v / ((double)n * EPSILON) < most_ratio, "%s %td x %td: V %g", what, m, n, off_v / ((double)n * EPSILON));
}

static void P(fill)(random_state *random, P(problem) *p, int kind) {
    double *a = malloc((size_t)(p->m * p->n + 1) * 8);
    make_matrix(random, kind, p->m, p->n, TINY, HUGE_SIZE, 0.1 / EPSILON, a);
    for (ptrdiff_t i = 0; i < p->m; i++)
        for (ptrdiff_t j = 0; j < p->n; j++) ((T *)p->a.data)[i * p->lda + j] = (T)a[i * p->n + j];
    free(a);
}

static void P(ratios)(void) {
    FOR_EACH_ISA(isa) {
        random_state random = {3};
        for (int shape = 0; shape < SHAPES; shape++)
            for (int kind = 0; kind < KINDS; kind++) {
                if (harness_is_quick() && (shape + kind) % 13 != 0) continue;
                ptrdiff_t m = shapes[shape][0], n = shapes[shape][1], k = m < n ? m : n;
                char what[64];
                T values[256];
                for (int vectors = APUS_VECTORS_FULL; vectors >= APUS_VECTORS_NONE; vectors--) {
                    random.state = (uint64_t)(shape * 100 + kind); // the same matrix
                    P(problem) p = P(make)(m, n, (apus_vectors)vectors, (shape + kind) % 2 * 3, kind % 2 ? GUARD_END : GUARD_START);
                    P(fill)(&random, &p, kind);
                    snprintf(what, sizeof what, "isa %d kind %d vectors %d", isa, kind, vectors);
                    apus_linalg_info info;
                    CHECK_STATUS(P(run)(&p, &info), APUS_OK);
                    CHECK(info.row == -1 && info.column == -1);
                    P(check_ratios)(&p, what);
                    const T *s = p.s.data;
                    if (kind == ZERO) CHECK(info.rank == 0 && (k == 0 || s[0] == 0));
                    else if (kind == IDENTITY || kind == ARITHMETIC || kind == REPEATED) CHECK_INT(info.rank, k);
                    if (kind == IDENTITY)
                        for (ptrdiff_t i = 0; i < k; i++) CHECK_RELATIVE((double)s[i], 1, EPSILON);
                    // Values alone are those that come with vectors, and THIN those of FULL.
                    if (vectors == APUS_VECTORS_FULL && k > 0) memcpy(values, s, (size_t)k * sizeof(T));
                    for (ptrdiff_t i = 0; i < k && vectors != APUS_VECTORS_FULL; i++)
                        CHECK_MSG(fabs((double)s[i] - (double)values[i]) <= 0, "%s: s[%td]", what, i);
                    P(discard)(&p);
                }
            }
    }
}

// Several panels, more than one block of QR, right vectors by solving; tall ones and wide ones, one side only.
static void P(large_matrices)(void) {
    static const ptrdiff_t sizes[][2] = {{150, 150}, {220, 131}, {140, 300}, {300, 270}};
    FOR_EACH_ISA(isa) {
        random_state random = {7};
        for (int shape = 0; shape < 4; shape++)
            for (int kind = RANDOM_NORMAL; kind < KINDS; kind += harness_is_quick() ? 20 : shape == 3 ? 5 : 3) {
                P(problem) p = P(make)(sizes[shape][0], sizes[shape][1], APUS_VECTORS_THIN, 1, GUARD_END);
                P(fill)(&random, &p, kind);
                char what[64];
                snprintf(what, sizeof what, "isa %d kind %d", isa, kind);
                CHECK_STATUS(P(run)(&p, NULL), APUS_OK);
                P(check_ratios)(&p, what);
                // One side alone is the same.
                ptrdiff_t k = p.u_columns;
                T *s = malloc((size_t)k * sizeof(T)), *vt = malloc((size_t)(k * p.n) * sizeof(T));
                apus_svd_desc d = {p.m, p.n, p.lda, 0, p.n, APUS_VECTORS_THIN};
                d.ldu = k;
                CHECK_STATUS(SVD(&d, p.a.data, s, NULL, vt, NULL, NULL, 0), APUS_OK);
                for (ptrdiff_t i = 0; i < k; i++) CHECK(same_bits(vt + i * p.n, (T *)p.vt.data + i * p.ldvt, (size_t)p.n * sizeof(T)));
                CHECK(same_bits(s, p.s.data, (size_t)k * sizeof(T)));
                free(s);
                free(vt);
                P(discard)(&p);
            }
    }
}

static void P(errors)(void) {
    T a[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13}, s[3] = {-7, -7, -7}, u[12], vt[9];
    const apus_svd_desc good = {4, 3, 3, 3, 3, APUS_VECTORS_THIN};
    apus_svd_desc d = good;
#define WITH(change, expected)                                                    \
    do {                                                                          \
        d = good;                                                                 \
        change;                                                                   \
        CHECK_STATUS(SVD(&d, a, s, u, vt, NULL, NULL, 0), expected);              \
        if ((expected) != APUS_OK) CHECK(SVD_WORKSPACE(&d) == 0 && s[0] == -7);   \
    } while (0)
    WITH(d.m = -1, APUS_ERROR_SHAPE);
    WITH(d.n = -1, APUS_ERROR_SHAPE);
    WITH(d.lda = 2, APUS_ERROR_STRIDE);
    WITH(d.ldu = 2, APUS_ERROR_STRIDE);
    WITH(d.ldvt = 2, APUS_ERROR_STRIDE);
    WITH((d.vectors = APUS_VECTORS_FULL, d.ldu = 3), APUS_ERROR_STRIDE);
    WITH(d.vectors = (apus_vectors)3, APUS_ERROR_VALUE);
    WITH(d.lda = PTRDIFF_MAX / 8, APUS_ERROR_OVERFLOW);
#undef WITH
    d = good;
    CHECK_STATUS(SVD(NULL, a, s, u, vt, NULL, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(SVD(&d, NULL, s, u, vt, NULL, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(SVD(&d, a, NULL, u, vt, NULL, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(SVD(&d, a, s, a + 11, vt, NULL, NULL, 0), APUS_ERROR_ALIAS);
    CHECK_STATUS(SVD(&d, a, s, u, u + 2, NULL, NULL, 0), APUS_ERROR_ALIAS);
    CHECK_STATUS(SVD(&d, a, u + 1, u, vt, NULL, NULL, 0), APUS_ERROR_ALIAS);
    size_t bytes = SVD_WORKSPACE(&d);
    char *workspace = malloc(bytes + 1);
    CHECK_STATUS(SVD(&d, a, s, u, vt, NULL, workspace, bytes - 1), APUS_ERROR_WORKSPACE);
    CHECK_STATUS(SVD(&d, a, s, u, vt, NULL, NULL, bytes), APUS_ERROR_WORKSPACE);
    CHECK(s[0] == -7);
    CHECK_STATUS(SVD(&d, a, s, u, vt, NULL, workspace + 1, bytes), APUS_OK);
    CHECK(s[0] > 25 && s[0] < 27);
    free(workspace);
}

static void P(not_finite)(void) {
    const T bad[] = {(T)NAN, (T)INFINITY, (T)-INFINITY};
    for (int which = 0; which < 3; which++)
        for (int row = 0; row < 5; row++)
            for (int column = 0; column < 7; column += 3) {
                T a[35], s[5], u[25], vt[35];
                for (int i = 0; i < 35; i++) a[i] = (T)(i % 6);
                for (int i = 0; i < 5; i++) s[i] = -7;
                a[row * 7 + column] = bad[which];
                a[34] = (T)NAN;
                apus_svd_desc d = {5, 7, 7, 5, 7, APUS_VECTORS_THIN};
                apus_linalg_info info;
                CHECK_STATUS(SVD(&d, a, s, u, vt, &info, NULL, 0), APUS_ERROR_NOT_FINITE);
                CHECK(info.row == row && info.column == column && s[0] == -7 && s[4] == -7);
            }
}

static void P(allocations_fail)(void) {
    P(problem) p = P(make)(90, 80, APUS_VECTORS_THIN, 0, GUARD_END);
    random_state random = {11};
    P(fill)(&random, &p, RANDOM_NORMAL);
    apus_svd_desc d = {90, 80, 80, 80, 80, APUS_VECTORS_THIN};
    ((T *)p.s.data)[0] = -7;
    long n = 0;
    apus_status status;
    do {
        harness_fail_allocation(++n);
        status = SVD(&d, p.a.data, p.s.data, p.u.data, p.vt.data, NULL, NULL, 0);
        if (status != APUS_OK) CHECK(status == APUS_ERROR_MEMORY && ((T *)p.s.data)[0] == -7);
    } while (status != APUS_OK && n < 100);
    harness_fail_allocation(0);
    CHECK_INT(n, 2);
    // With a workspace nothing is allocated.
    long before = harness_allocations();
    CHECK_STATUS(P(run)(&p, NULL), APUS_OK);
    CHECK_INT(harness_allocations(), before);
    P(discard)(&p);
}

static void P(same_bits_on_any_number_of_threads)(void) {
    static const ptrdiff_t sizes[][2] = {{20, 12}, {40, 40}, {130, 130}, {200, 90}, {100, 260}, {240, 240}};
    int threads = apus_get_threads();
    random_state random = {13};
    for (int shape = 0; shape < 6; shape++) {
        P(problem) reference = {0};
        for (int team = 1; team <= 4; team++) {
            apus_set_threads(team);
            P(problem) p = P(make)(sizes[shape][0], sizes[shape][1], APUS_VECTORS_FULL, 0, GUARD_END);
            random.state = 13;
            P(fill)(&random, &p, RANDOM_NORMAL);
            CHECK_STATUS(P(run)(&p, NULL), APUS_OK);
            if (team == 1) {
                reference = p;
                continue;
            }
            CHECK(same_bits(p.s.data, reference.s.data, (size_t)(p.m < p.n ? p.m : p.n) * sizeof(T)));
            CHECK(same_bits(p.u.data, reference.u.data, (size_t)(p.m * p.m) * sizeof(T)));
            CHECK(same_bits(p.vt.data, reference.vt.data, (size_t)(p.n * p.n) * sizeof(T)));
            P(discard)(&p);
        }
        P(discard)(&reference);
    }
    apus_set_threads(threads);
}

static void *P(caller)(void *context) {
    P(problem) *p = context;
    for (int i = 0; i < 3; i++) CHECK_STATUS(P(run)(p, NULL), APUS_OK);
    return NULL;
}

static void P(several_callers)(void) {
    enum { callers = 3 };
    P(problem) problems[callers];
    pthread_t threads[callers];
    for (int i = 0; i < callers; i++) {
        random_state random = {17};
        problems[i] = P(make)(80, 75, APUS_VECTORS_THIN, 0, GUARD_END);
        P(fill)(&random, &problems[i], GEOMETRIC);
    }
    for (int i = 0; i < callers; i++)
        if (pthread_create(&threads[i], NULL, P(caller), &problems[i]) != 0) exit(2);
    for (int i = 0; i < callers; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < callers; i++) {
        P(check_ratios)(&problems[i], "caller");
        CHECK(same_bits(problems[i].u.data, problems[0].u.data, 80 * 75 * sizeof(T)));
        if (i > 0) P(discard)(&problems[i]);
    }
    P(discard)(&problems[0]);
}

#undef T
#undef P
#undef SVD
#undef SVD_WORKSPACE
#undef EPSILON
#undef TINY
#undef HUGE_SIZE
#undef IS_DOUBLE
