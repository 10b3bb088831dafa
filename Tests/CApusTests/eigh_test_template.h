// The tests of eigenvalues for one type: T, P, EIGH, EIGH_WORKSPACE, EPSILON.

static void P(known_spectrum)(int isa, int kind, ptrdiff_t n, ptrdiff_t count, guard_side side) {
    random_state random = {(uint64_t)(n + kind)};
    ptrdiff_t lda = n + 2, ldvt = n + 1;
    double *exact = malloc((size_t)(n * n + 1) * 8), *w0 = calloc((size_t)(n + 1), 8);
    for (ptrdiff_t i = 0; i < n; i++) w0[i] = spectrum(kind, i, n);
    with_spectrum(&random, n, w0, exact);
    guarded ga = guard_alloc((size_t)(n == 0 ? 0 : (n - 1) * lda + n) * sizeof(T), side), gw = guard_alloc((size_t)count * sizeof(T), side);
    guarded gv = guard_alloc((size_t)(count == 0 ? 0 : (count - 1) * ldvt + n) * sizeof(T), side);
    T *a = ga.data, *w = gw.data, *vt = gv.data;
    for (ptrdiff_t i = 0; i < n; i++)
        for (ptrdiff_t j = 0; j < n; j++) a[i * lda + j] = j < i ? (T)NAN : (T)exact[i * n + j]; // the lower triangle is not read
    apus_eigh_desc d = {n, count, lda, ldvt};
    size_t bytes = EIGH_WORKSPACE(&d);
    guarded workspace = guard_alloc(bytes, side);
    memset(workspace.data, 0xff, bytes);
    apus_linalg_info info;
    CHECK_STATUS(EIGH(&d, a, w, vt, &info, workspace.data, bytes), APUS_OK);
    double size = n > 0 && w0[0] > 0 ? w0[0] : 1, tolerance = 8 * (double)n * EPSILON * size, worst_w = 0, worst_r = 0, worst_o = 0;
    double total = 0;
    for (ptrdiff_t i = 0; i < count; i++) {
        CHECK(w[i] >= 0 && (i == 0 || w[i] <= w[i - 1]));
        worst_w = fmax(worst_w, fabs((double)w[i] - w0[i]));
        for (ptrdiff_t j = 0; j < n; j++) {
            double image = 0;
            for (ptrdiff_t l = 0; l < n; l++) image += exact[j * n + l] * (double)vt[i * ldvt + l];
            worst_r = fmax(worst_r, fabs(image - (double)w[i] * (double)vt[i * ldvt + j]));
            total += fabs(image);
        }
        for (ptrdiff_t j = 0; j <= i; j++) {
            double product = i == j ? -1 : 0;
            for (ptrdiff_t l = 0; l < n; l++) product += (double)vt[i * ldvt + l] * (double)vt[j * ldvt + l];
            worst_o = fmax(worst_o, fabs(product));
        }
    }
    CHECK_MSG(worst_w <= tolerance, "isa %d kind %d n %td count %td: values %g", isa, kind, n, count, worst_w / tolerance * 8);
    CHECK_MSG(worst_r <= tolerance, "isa %d kind %d n %td count %td: residual %g", isa, kind, n, count, worst_r / tolerance * 8);
    CHECK_MSG(worst_o <= tolerance / size, "isa %d kind %d n %td count %td: orthogonality %g", isa, kind, n, count, worst_o / tolerance * size * 8);
    CHECK(isfinite(total) && (total > 0 || kind == NOTHING || count == 0));
    if (kind == LOW_RANK && n > 0 && count == n) CHECK_INT(info.rank, n / 4 + 1);
    if (kind == NOTHING && count > 0) CHECK_INT(info.rank, 0);
    // Values alone.
    T *values = malloc((size_t)(count + 1) * sizeof(T));
    CHECK_STATUS(EIGH(&d, a, values, NULL, NULL, NULL, 0), APUS_OK);
    for (ptrdiff_t i = 0; i < count; i++) CHECK(fabs((double)values[i] - (double)w[i]) <= 0);
    free(values), free(exact), free(w0);
    guard_free(&ga), guard_free(&gw), guard_free(&gv), guard_free(&workspace);
}

static void P(known_spectra)(void) {
    static const ptrdiff_t sizes[] = {0, 1, 2, 5, 16, 17, 33, 70, 121};
    FOR_EACH_ISA(isa) {
        for (int kind = 0; kind < SPECTRA; kind++) {
            for (int s = 0; s < 9; s++) {
                if (harness_is_quick() && (s + kind) % 3 != 0) continue;
                P(known_spectrum)(isa, kind, sizes[s], sizes[s], s % 2 ? GUARD_END : GUARD_START);
                P(known_spectrum)(isa, kind, sizes[s], sizes[s] / 3, GUARD_END);
            }
            // A few of many: by iteration, where the spectrum falls, and else all the same.
            if (!harness_is_quick() || kind == FALLING) P(known_spectrum)(isa, kind, 270, 9, GUARD_END);
        }
    }
}

static void P(errors)(void) {
    T a[9] = {2, 1, 0, 1, 2, 0, 0, 0, 1}, w[3] = {-7, -7, -7}, vt[9];
    const apus_eigh_desc good = {3, 3, 3, 3};
    apus_eigh_desc d = good;
    apus_linalg_info info;
#define WITH(change, expected)                                                      \
    do {                                                                            \
        d = good;                                                                   \
        change;                                                                     \
        CHECK_STATUS(EIGH(&d, a, w, vt, NULL, NULL, 0), expected);                  \
        CHECK(EIGH_WORKSPACE(&d) == 0 && w[0] == -7);                               \
    } while (0)
    WITH(d.n = -1, APUS_ERROR_SHAPE);
    WITH(d.count = -1, APUS_ERROR_SHAPE);
    WITH(d.count = 4, APUS_ERROR_SHAPE);
    WITH(d.lda = 2, APUS_ERROR_STRIDE);
    WITH(d.ldvt = 2, APUS_ERROR_STRIDE);
    WITH(d.lda = PTRDIFF_MAX / 8, APUS_ERROR_OVERFLOW);
#undef WITH
    d = good;
    CHECK_STATUS(EIGH(NULL, a, w, vt, NULL, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(EIGH(&d, NULL, w, vt, NULL, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(EIGH(&d, a, NULL, vt, NULL, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(EIGH(&d, a, w, a + 8, NULL, NULL, 0), APUS_ERROR_ALIAS);
    CHECK_STATUS(EIGH(&d, a, vt + 8, vt, NULL, NULL, 0), APUS_ERROR_ALIAS);
    size_t bytes = EIGH_WORKSPACE(&d);
    char *workspace = malloc(bytes);
    CHECK_STATUS(EIGH(&d, a, w, vt, NULL, workspace, bytes - 1), APUS_ERROR_WORKSPACE);
    CHECK_STATUS(EIGH(&d, a, w, vt, NULL, NULL, bytes), APUS_ERROR_WORKSPACE);
    harness_fail_allocation(1);
    CHECK_STATUS(EIGH(&d, a, w, vt, NULL, NULL, 0), APUS_ERROR_MEMORY);
    harness_fail_allocation(0);
    long before = harness_allocations();
    a[5] = (T)NAN;
    CHECK_STATUS(EIGH(&d, a, w, vt, &info, workspace, bytes), APUS_ERROR_NOT_FINITE);
    CHECK(info.row == 1 && info.column == 2 && w[0] == -7);
    a[5] = 0;
    a[1] = 3; // indefinite
    CHECK_STATUS(EIGH(&d, a, w, vt, NULL, workspace, bytes), APUS_ERROR_VALUE);
    a[1] = 1, a[8] = -1;
    CHECK_STATUS(EIGH(&d, a, w, vt, NULL, workspace, bytes), APUS_ERROR_VALUE);
    CHECK(w[0] == -7);
    a[8] = 1;
    CHECK_STATUS(EIGH(&d, a, w, vt, NULL, workspace, bytes), APUS_OK);
    CHECK_RELATIVE((double)w[0], 3, 4 * EPSILON);
    CHECK_RELATIVE((double)w[1], 1, 4 * EPSILON);
    CHECK_RELATIVE((double)w[2], 1, 4 * EPSILON);
    CHECK_INT(harness_allocations(), before);
    // Near the ends of the range: scaled, and scaled back.
    const T sizes[] = {(T)(sizeof(T) == 4 ? 1e-37 : 1e-306), (T)(sizeof(T) == 4 ? 1e37 : 1e306)};
    for (int i = 0; i < 2; i++) {
        T scaled[9];
        for (int j = 0; j < 9; j++) scaled[j] = a[j] * sizes[i];
        CHECK_STATUS(EIGH(&d, scaled, w, vt, NULL, workspace, bytes), APUS_OK);
        CHECK_RELATIVE((double)w[0], 3 * (double)sizes[i], 8 * EPSILON);
        CHECK_RELATIVE((double)w[2], (double)sizes[i], 8 * EPSILON);
    }
    free(workspace);
}

static void P(same_bits_on_any_number_of_threads)(void) {
    enum { n = 280, few = 12 };
    static double exact[n * n], w0[n];
    static T a[n * n], w[5][n], vt[5][n * n];
    int threads = apus_get_threads();
    random_state random = {19};
    for (ptrdiff_t i = 0; i < n; i++) w0[i] = spectrum(FALLING, i, n);
    with_spectrum(&random, n, w0, exact);
    for (ptrdiff_t i = 0; i < n * n; i++) a[i] = (T)exact[i];
    for (int part = 0; part < 2; part++) {
        apus_eigh_desc d = {n, part == 0 ? few : n, n, n};
        for (int team = 1; team <= 4; team++) {
            apus_set_threads(team);
            CHECK_STATUS(EIGH(&d, a, w[team], vt[team], NULL, NULL, 0), APUS_OK);
            CHECK(same_bits(w[team], w[1], (size_t)d.count * sizeof(T)));
            CHECK(same_bits(vt[team], vt[1], (size_t)(d.count * n) * sizeof(T)));
        }
    }
    apus_set_threads(threads);
}

#undef T
#undef P
#undef EIGH
#undef EIGH_WORKSPACE
#undef EPSILON
