// The tests of one element type: T, NAME, P (the functions' prefix), EPSILON (half a unit in the last place of 1).

// Elements between the rows are NaN: whoever reads one shows it.
static T *NAME(table)(random_state *random, guarded *g, const ptrdiff_t shape[3], guard_side side, double offset) {
    ptrdiff_t count = (shape[0] - 1) * shape[2] + shape[1];
    *g = guard_alloc((size_t)count * sizeof(T), side);
    T *x = g->data;
    for (ptrdiff_t i = 0; i < count; i++)
        x[i] = i % shape[2] < shape[1] ? (T)(offset + (double)(i % shape[2] % 7) + 3 * random_unit(random)) : (T)NAN;
    return x;
}

static double NAME(mean)(const T *x, const ptrdiff_t shape[3], ptrdiff_t c) {
    long double sum = 0;
    for (ptrdiff_t r = 0; r < shape[0]; r++) sum += (long double)x[r * shape[2] + c];
    return (double)(sum / shape[0]);
}

static void NAME(sums)(void) {
    random_state random = {1};
    FOR_EACH_ISA(isa) {
        for (int s = 0; s < SHAPES; s++) {
            const ptrdiff_t *shape = shapes[s], rows = shape[0], columns = shape[1], ldx = shape[2], ldy = columns + 3;
            guarded gx, gm = guard_alloc((size_t)columns * 8, GUARD_END), gq = guard_alloc((size_t)columns * 8, GUARD_END);
            guarded gy = guard_alloc((size_t)((rows - 1) * ldy + columns) * sizeof(T), GUARD_END);
            guarded gs = guard_alloc((size_t)columns * 8, GUARD_END), gf = guard_alloc((size_t)columns * 8, GUARD_END);
            T *x = NAME(table)(&random, &gx, shape, s % 2 ? GUARD_END : GUARD_START, 100), *y = gy.data;
            double *means = gm.data, *squares = gq.data, *shift = gs.data, *factor = gf.data;
            CHECK_STATUS(P(column_means)(rows, columns, x, ldx, means), APUS_OK);
            CHECK_STATUS(P(column_squares)(rows, columns, x, ldx, means, squares), APUS_OK);
            for (ptrdiff_t c = 0; c < columns; c++) {
                double mean = NAME(mean)(x, shape, c), square = 0;
                for (ptrdiff_t r = 0; r < rows; r++) square += pow((double)x[r * ldx + c] - mean, 2);
                CHECK_RELATIVE(means[c], mean, 1e-14);
                CHECK_ABSOLUTE(squares[c], square, 1e-11 * (square + 1e-12));
                shift[c] = mean, factor[c] = 1 + c % 3;
            }
            for (ptrdiff_t i = 0; i < (rows - 1) * ldy + columns; i++) y[i] = -77;
            for (int with = 0; with < 2; with++) {
                CHECK_STATUS(P(center)(rows, columns, x, ldx, shift, with ? factor : NULL, y, ldy), APUS_OK);
                ptrdiff_t wrong = 0;
                for (ptrdiff_t r = 0; r < rows; r++)
                    for (ptrdiff_t c = 0; c < columns; c++)
                        wrong += y[r * ldy + c] != (T)(((double)x[r * ldx + c] - shift[c]) * (with ? factor[c] : 1));
                for (ptrdiff_t i = 0; i < (rows - 1) * ldy + columns; i++) wrong += i % ldy >= columns && y[i] != -77;
                CHECK_INT(wrong, 0);
            }
            guard_free(&gx), guard_free(&gm), guard_free(&gq), guard_free(&gy), guard_free(&gs), guard_free(&gf);
        }
    }
}

// The largest error of a covariance, relative to the product of the two standard deviations.
static double NAME(worst)(const T *x, const ptrdiff_t shape[3], const double *means, const double *factor, const double *c) {
    ptrdiff_t n = shape[1];
    double worst = 0;
    // Every pair of narrow tables; of wide ones some.
    ptrdiff_t step = n > 100 ? 37 : 1;
    for (ptrdiff_t i = 0; i < n; i += step)
        for (ptrdiff_t j = 0; j < n; j += step) {
            long double sum = 0, own = 0, other = 0;
            for (ptrdiff_t r = 0; r < shape[0]; r++) {
                long double a = (long double)x[r * shape[2] + i] - means[i], b = (long double)x[r * shape[2] + j] - means[j];
                sum += a * b, own += a * a, other += b * b;
            }
            double f = factor == NULL ? 1 : factor[i] * factor[j], divisor = (double)shape[0];
            double size = f * sqrt((double)(own * other)) / divisor, error = fabs(c[i * n + j] - f * (double)sum / divisor);
            worst = fmax(worst, size == 0 ? error : error / size);
            if (c[i * n + j] != c[j * n + i] || isnan(error)) return INFINITY;
        }
    return worst;
}

static void NAME(covariances)(void) {
    random_state random = {2};
    FOR_EACH_ISA(isa) {
        for (int s = 0; s < SHAPES; s++) {
            const ptrdiff_t *shape = shapes[s], rows = shape[0], columns = shape[1];
            apus_covariance_desc desc = {rows, columns, shape[2], (double)rows};
            size_t bytes = P(covariance_workspace)(&desc);
            guarded gx, gc = guard_alloc((size_t)(columns * columns) * 8, GUARD_END), gw = guard_alloc(bytes, GUARD_START);
            T *x = NAME(table)(&random, &gx, shape, GUARD_END, 0);
            double *c = gc.data, *means = malloc((size_t)columns * 8), *factor = malloc((size_t)columns * 8);
            for (ptrdiff_t i = 0; i < columns; i++) means[i] = NAME(mean)(x, shape, i), factor[i] = (T)(0.5 + random_unit(&random));
            for (int with = 0; with < 2; with++) {
                fill_nan_f64(c, columns * columns);
                CHECK_STATUS(P(covariance)(&desc, x, means, with ? factor : NULL, c, with ? NULL : gw.data, with ? 0 : bytes), APUS_OK);
                double worst = NAME(worst)(x, shape, means, with ? factor : NULL, c);
                CHECK_MSG(worst < EPSILON * (16 + 4 * sqrt((double)rows)), "isa %d shape %d: %g", isa, s, worst);
            }
            free(means), free(factor), guard_free(&gx), guard_free(&gc), guard_free(&gw);
        }
    }
}

// Means that are 1e4 (float) or 1e9 (double) deviations: sums of plain products would leave no digit.
static void NAME(large_means_cost_nothing)(void) {
    random_state random = {3};
    const ptrdiff_t shape[3] = {5000, 9, 9};
    FOR_EACH_ISA(isa) {
        guarded gx;
        T *x = NAME(table)(&random, &gx, shape, GUARD_END, sizeof(T) == 4 ? 1e4 : 1e9);
        double means[9], squares[9], c[81];
        P(column_means)(shape[0], 9, x, 9, means);
        P(column_squares)(shape[0], 9, x, 9, means, squares);
        apus_covariance_desc desc = {shape[0], 9, 9, (double)shape[0]};
        CHECK_STATUS(P(covariance)(&desc, x, means, NULL, c, NULL, 0), APUS_OK);
        // The mean itself has an error of about 1e-16 of its size, which the squares are freed of.
        double worst = NAME(worst)(x, shape, means, NULL, c);
        CHECK_MSG(worst < (sizeof(T) == 4 ? 1e-6 : 1e-12), "isa %d: %g", isa, worst);
        for (int i = 0; i < 9; i++) CHECK_RELATIVE(c[i * 10] * (double)shape[0], squares[i], sizeof(T) == 4 ? 1e-6 : 1e-12);
        guard_free(&gx);
    }
}

// Means near zero, where products are summed as they are; and data whose few sampled rows only look so.
static void NAME(small_means)(void) {
    random_state random = {7};
    const ptrdiff_t shape[3] = {6400, 11, 13};
    FOR_EACH_ISA(isa)
        for (int misleading = 0; misleading < 2; misleading++)
            for (int with = 0; with < 2; with++) {
                guarded gx;
                T *x = NAME(table)(&random, &gx, shape, GUARD_END, 0);
                double means[11], factor[11], c[121];
                for (ptrdiff_t r = 0; r < 6400; r++)
                    for (ptrdiff_t k = 0; k < 11; k++) {
                        double u = 2 * random_unit(&random) - 1;
                        x[r * 13 + k] = (T)(!misleading ? u + 0.3 : r % 100 == 0 ? 30 * u : 1000 + u);
                    }
                for (int k = 0; k < 11; k++) factor[k] = (T)(0.5 + k);
                P(column_means)(6400, 11, x, 13, means);
                apus_covariance_desc desc = {6400, 11, 13, 6400};
                CHECK_STATUS(P(covariance)(&desc, x, means, with ? factor : NULL, c, NULL, 0), APUS_OK);
                double worst = NAME(worst)(x, shape, means, with ? factor : NULL, c);
                CHECK_MSG(worst < EPSILON * 64, "isa %d misleading %d: %g", isa, misleading, worst);
                guard_free(&gx);
            }
}

static void NAME(threads_do_not_matter)(void) {
    random_state random = {4};
    const ptrdiff_t shape[3] = {3001, 70, 70};
    guarded gx;
    T *x = NAME(table)(&random, &gx, shape, GUARD_END, 5);
    double first[70 * 70 + 140], now[70 * 70 + 140];
    int threads = apus_get_threads();
    FOR_EACH_ISA(isa)
        for (int team = 1; team <= 5; team += 2) {
            apus_set_threads(team);
            double *c = team == 1 ? first : now, *means = c + 4900, *squares = means + 70;
            apus_covariance_desc desc = {3001, 70, 70, 3000};
            P(column_means)(3001, 70, x, 70, means);
            P(column_squares)(3001, 70, x, 70, means, squares);
            CHECK_STATUS(P(covariance)(&desc, x, means, NULL, c, NULL, 0), APUS_OK);
            CHECK(team == 1 || same_bits(first, now, sizeof first));
        }
    apus_set_threads(threads);
    guard_free(&gx);
}

static void NAME(shows_what_is_not_finite)(void) {
    random_state random = {5};
    const ptrdiff_t shape[3] = {700, 20, 20};
    const double bad[3] = {NAN, INFINITY, -INFINITY};
    FOR_EACH_ISA(isa)
        for (int k = 0; k < 3; k++) {
            guarded gx;
            T *x = NAME(table)(&random, &gx, shape, GUARD_END, 0);
            double means[20];
            ptrdiff_t column = random_index(&random, 20);
            x[random_index(&random, 700) * 20 + column] = (T)bad[k];
            CHECK_STATUS(P(column_means)(700, 20, x, 20, means), APUS_OK);
            for (ptrdiff_t c = 0; c < 20; c++) CHECK(isfinite(means[c]) == (c != column));
            guard_free(&gx);
        }
}

static void NAME(refusals)(void) {
    T x[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, y[12] = {0};
    double shift[3] = {0}, means[3] = {42, 42, 42}, squares[3] = {42, 42, 42}, c[9] = {42}, work[64];
    CHECK_STATUS(P(column_means)(-1, 3, x, 3, means), APUS_ERROR_SHAPE);
    CHECK_STATUS(P(column_means)(0, 3, x, 3, means), APUS_ERROR_SHAPE);
    CHECK_STATUS(P(column_means)(4, 3, x, 2, means), APUS_ERROR_STRIDE);
    CHECK_STATUS(P(column_means)(PTRDIFF_MAX / 2, 3, x, 3, means), APUS_ERROR_OVERFLOW);
    CHECK_STATUS(P(column_means)(4, 3, NULL, 3, means), APUS_ERROR_NULL);
    CHECK_STATUS(P(column_means)(4, 3, x, 3, NULL), APUS_ERROR_NULL);
    CHECK_STATUS(P(column_means)(4, 0, NULL, 0, NULL), APUS_OK);
    CHECK_STATUS(P(column_squares)(4, 3, x, 3, means, means), APUS_ERROR_ALIAS);
    CHECK_STATUS(P(column_squares)(4, 3, x, 3, NULL, squares), APUS_ERROR_NULL);
    CHECK_STATUS(P(center)(4, 3, x, 3, shift, NULL, x, 3), APUS_ERROR_ALIAS);
    CHECK_STATUS(P(center)(4, 3, x, 3, shift, NULL, y, 2), APUS_ERROR_STRIDE);
    CHECK_STATUS(P(center)(4, 3, x, 3, NULL, NULL, y, 3), APUS_ERROR_NULL);
    CHECK_STATUS(P(center)(0, 3, NULL, 3, NULL, NULL, NULL, 3), APUS_OK);
    apus_covariance_desc desc = {4, 3, 3, 3}, bad = desc;
    CHECK_STATUS(P(covariance)(NULL, x, means, NULL, c, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(P(covariance)(&desc, NULL, means, NULL, c, NULL, 0), APUS_ERROR_NULL);
    CHECK_STATUS(P(covariance)(&desc, x, means, NULL, c, work, 8), APUS_ERROR_WORKSPACE);
    CHECK_STATUS(P(covariance)(&desc, x, c, NULL, c, NULL, 0), APUS_ERROR_ALIAS);
    bad.divisor = 0;
    CHECK_STATUS(P(covariance)(&bad, x, means, NULL, c, NULL, 0), APUS_ERROR_VALUE);
    CHECK(P(covariance_workspace)(&bad) == 0 && P(covariance_workspace)(&desc) > 0);
    bad.divisor = NAN;
    CHECK_STATUS(P(covariance)(&bad, x, means, NULL, c, NULL, 0), APUS_ERROR_VALUE);
    bad = desc, bad.ldx = 2;
    CHECK_STATUS(P(covariance)(&bad, x, means, NULL, c, NULL, 0), APUS_ERROR_STRIDE);
    bad = desc, bad.rows = 0;
    CHECK_STATUS(P(covariance)(&bad, x, means, NULL, c, NULL, 0), APUS_ERROR_SHAPE);
    bad = desc, bad.columns = bad.ldx = (ptrdiff_t)1 << 40, bad.rows = 1;
    CHECK_STATUS(P(covariance)(&bad, x, means, NULL, c, NULL, 0), APUS_ERROR_OVERFLOW);
    CHECK(means[0] == 42 && squares[0] == 42 && c[0] == 42 && y[0] == 0);
}

static void NAME(every_allocation_may_fail)(void) {
    random_state random = {6};
    const ptrdiff_t shape[3] = {100, 30, 30};
    guarded gx;
    T *x = NAME(table)(&random, &gx, shape, GUARD_END, 0);
    double means[30], squares[30], c[900];
    apus_covariance_desc desc = {100, 30, 30, 99};
    for (int what = 0; what < 3; what++) {
        long failures = 0;
        for (long n = 1;; n++) {
            means[0] = squares[0] = c[0] = 42;
            if (what > 0) P(column_means)(100, 30, x, 30, means);
            harness_fail_allocation(n);
            apus_status status = what == 0   ? P(column_means)(100, 30, x, 30, means)
                                 : what == 1 ? P(column_squares)(100, 30, x, 30, means, squares)
                                             : P(covariance)(&desc, x, means, NULL, c, NULL, 0);
            harness_fail_allocation(0);
            double seen = what == 0 ? means[0] : what == 1 ? squares[0] : c[0];
            if (status == APUS_OK) {
                CHECK(seen != 42);
                break;
            }
            failures++;
            CHECK(status == APUS_ERROR_MEMORY && seen == 42);
        }
        CHECK(failures >= 1);
    }
    guard_free(&gx);
}

#undef T
#undef NAME
#undef P
#undef EPSILON
