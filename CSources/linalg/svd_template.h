// The decomposition for one type: T, NAME, SVD, SVD_WORKSPACE and the macros that svd.c defines.
//
// For m >= n (else of the transpose): A P = Q1 R1, R1^T = Q2 R2, X = R2^T; rotations make the columns of X
// orthogonal, X V = U S; then A = (Q1 U) S (P Q2 V)^T.

static T NAME(dot)(ptrdiff_t n, const T *x, const T *y) {
    T sum = 0;
    for (ptrdiff_t i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

// The Euclidean norm. Elements are at most two to the LARGEST_EXPONENT; a norm whose square is too small is
// computed from scaled elements.
static T NAME(norm)(ptrdiff_t n, const T *x) {
    T square = NAME(dot)(n, x, x);
    const T small = LDEXP(1, -2 * LARGEST_EXPONENT);
    if (square >= small) return SQRT(square);
    const T up = LDEXP(1, 2 * LARGEST_EXPONENT);
    square = 0;
    for (ptrdiff_t i = 0; i < n; i++) square += (x[i] * up) * (x[i] * up);
    return SQRT(square) / up;
}

// x := (1 - tau v v^T) x with v[0] = 1, whose place holds something else.
static void NAME(reflect)(ptrdiff_t n, const T *v, T tau, T *x) {
    T sum = tau * (x[0] + NAME(dot)(n - 1, v + 1, x + 1));
    x[0] -= sum;
    for (ptrdiff_t i = 1; i < n; i++) x[i] -= sum * v[i];
}

// x becomes beta, v[1 ...]: the reflection that takes x to (beta, 0 ... 0). Returns tau.
static T NAME(make_reflector)(ptrdiff_t n, T *x) {
    T rest = NAME(norm)(n - 1, x + 1);
    if (rest == 0) return 0;
    T size = NAME(norm)(2, (T[]){x[0], rest}), beta = x[0] > 0 ? -size : size;
    T tau = (beta - x[0]) / beta, first = x[0] - beta;
    for (ptrdiff_t i = 1; i < n; i++) x[i] /= first;
    x[0] = beta;
    return tau;
}

// Householder QR of n columns of m elements; with pivots, the largest remaining column comes next. Returns
// the number of steps before all that remains is zero, at most min(m, n).
static ptrdiff_t NAME(factor)(ptrdiff_t m, ptrdiff_t n, T *x, ptrdiff_t ld, T *tau, ptrdiff_t *pivots) {
    for (ptrdiff_t j = 0; pivots != NULL && j < n; j++) pivots[j] = j;
    for (ptrdiff_t k = 0; k < apus_min(m, n); k++) {
        if (pivots != NULL) {
            ptrdiff_t best = k;
            T largest = -1;
            for (ptrdiff_t j = k; j < n; j++) {
                T size = NAME(norm)(m - k, x + j * ld + k);
                if (size > largest) largest = size, best = j;
            }
            if (largest == 0) return k;
            if (best != k) {
                for (ptrdiff_t i = 0; i < m; i++) {
                    T swap = x[k * ld + i];
                    x[k * ld + i] = x[best * ld + i];
                    x[best * ld + i] = swap;
                }
                ptrdiff_t swap = pivots[k];
                pivots[k] = pivots[best];
                pivots[best] = swap;
            }
        }
        tau[k] = NAME(make_reflector)(m - k, x + k * ld + k);
        if (tau[k] == 0) continue;
        for (ptrdiff_t j = k + 1; j < n; j++) NAME(reflect)(m - k, x + k * ld + k, tau[k], x + j * ld + k);
    }
    return apus_min(m, n);
}

// y := Q y for `count` columns y of m elements; Q from `steps` reflectors.
static void NAME(apply_q)(ptrdiff_t m, ptrdiff_t steps, const T *x, ptrdiff_t ld, const T *tau, ptrdiff_t count, T *y,
                          ptrdiff_t ldy) {
    for (ptrdiff_t k = steps - 1; k >= 0; k--)
        for (ptrdiff_t j = 0; j < count; j++)
            if (tau[k] != 0) NAME(reflect)(m - k, x + k * ld + k, tau[k], y + j * ldy + k);
}

static void NAME(rotate)(ptrdiff_t n, T *x, T *y, T c, T s) {
    for (ptrdiff_t i = 0; i < n; i++) {
        T a = x[i], b = y[i];
        x[i] = c * a - s * b;
        y[i] = s * a + c * b;
    }
}

// Rotates the n columns of x until all are orthogonal, and those of v with them; leaves their norms in s.
static apus_status NAME(jacobi)(ptrdiff_t n, T *x, T *v, T *s, apus_linalg_info *info) {
    const T tolerance = EPSILON * SQRT((T)apus_max(n, 16)) / 2;
    for (ptrdiff_t p = 0; p < n; p++) s[p] = NAME(norm)(n, x + p * n);
    for (info->sweeps = 1; info->sweeps <= 60; info->sweeps++) {
        double largest = 0;
        for (ptrdiff_t p = 0; p < n; p++)
            for (ptrdiff_t q = p + 1; q < n; q++) {
                T *xp = x + p * n, *xq = x + q * n;
                if (s[p] == 0 || s[q] == 0) continue;
                // Scaled so that no product under- or overflows.
                T cosine = 0, up = 1 / s[p], uq = 1 / s[q];
                for (ptrdiff_t i = 0; i < n; i++) cosine += (xp[i] * up) * (xq[i] * uq);
                largest = fmax(largest, FABS(cosine));
                bool ordered = s[p] >= s[q];
                if (ordered && FABS(cosine) <= tolerance) continue;
                T ratio = s[q] / s[p], zeta = (ratio - 1 / ratio) / (2 * cosine);
                T t = FABS(cosine) <= tolerance ? 0 : 1 / (FABS(zeta) + SQRT(1 + zeta * zeta));
                if (zeta < 0) t = -t;
                T c = 1 / SQRT(1 + t * t), sine = c * t;
                // The larger norm goes first: a further quarter turn.
                if (!ordered) {
                    T keep = c;
                    c = -sine, sine = keep;
                }
                NAME(rotate)(n, xp, xq, c, sine);
                NAME(rotate)(n, v + p * n, v + q * n, c, sine);
                s[p] = NAME(norm)(n, xp);
                s[q] = NAME(norm)(n, xq);
            }
        info->off_diagonal = largest;
        if (largest <= (double)tolerance) return APUS_OK;
    }
    return APUS_ERROR_NO_CONVERGENCE;
}

typedef struct {
    T *x, *tau, *y, *y_tau, *rotated, *v, *s, *column;
    ptrdiff_t *pivots;
} NAME(svd_room);

static size_t NAME(svd_cut)(const apus_svd_desc *d, NAME(svd_room) *room, void *workspace) {
    ptrdiff_t m = apus_max(d->m, d->n), n = apus_min(d->m, d->n);
    linalg_room r = {workspace == NULL ? 0 : linalg_align(workspace), 0};
    size_t square = (size_t)n * (size_t)n * sizeof(T);
    room->x = linalg_take(&r, (size_t)m * (size_t)n * sizeof(T));
    room->y = linalg_take(&r, square);
    room->rotated = linalg_take(&r, square);
    room->v = linalg_take(&r, square);
    room->tau = linalg_take(&r, (size_t)n * sizeof(T));
    room->y_tau = linalg_take(&r, (size_t)n * sizeof(T));
    room->s = linalg_take(&r, (size_t)n * sizeof(T));
    room->column = linalg_take(&r, (size_t)m * sizeof(T));
    room->pivots = linalg_take(&r, (size_t)n * sizeof(ptrdiff_t));
    return r.used + APUS_CACHE_LINE;
}

static apus_status NAME(svd_check)(const apus_svd_desc *d) {
    if (d == NULL) return APUS_ERROR_NULL;
    if (d->m < 0 || d->n < 0) return APUS_ERROR_SHAPE;
    if ((unsigned)d->vectors > APUS_VECTORS_FULL) return APUS_ERROR_VALUE;
    ptrdiff_t k = apus_min(d->m, d->n);
    bool full = d->vectors == APUS_VECTORS_FULL;
    apus_status status = apus_linalg_check_matrix(d->m, d->n, d->lda, sizeof(T));
    if (d->vectors == APUS_VECTORS_NONE || status != APUS_OK) return status;
    status = apus_linalg_check_matrix(d->m, full ? d->m : k, d->ldu, sizeof(T));
    return status != APUS_OK ? status : apus_linalg_check_matrix(full ? d->n : k, d->n, d->ldvt, sizeof(T));
}

size_t SVD_WORKSPACE(const apus_svd_desc *d) {
    NAME(svd_room) room;
    return NAME(svd_check)(d) != APUS_OK ? 0 : NAME(svd_cut)(d, &room, NULL);
}

// Vector i of `count` of one side, Q (w, 0), to out[i * across + ...]; past the rank, w is a unit vector.
// order: column i of w in sorted order.
static void NAME(vectors)(ptrdiff_t m, ptrdiff_t steps, ptrdiff_t rank, const T *x, ptrdiff_t ld, const T *tau, const T *w, ptrdiff_t ldw,
                          const T *inverse_norms, const ptrdiff_t *pivots, ptrdiff_t count, T *column, T *out, ptrdiff_t across, ptrdiff_t along) {
    for (ptrdiff_t i = 0; i < count; i++) {
        memset(column, 0, (size_t)m * sizeof(T));
        if (i < rank)
            for (ptrdiff_t j = 0; j < rank; j++) column[j] = inverse_norms == NULL ? w[i * ldw + j] : w[i * ldw + j] / inverse_norms[i];
        else
            column[i] = 1;
        NAME(apply_q)(m, steps, x, ld, tau, 1, column, m);
        for (ptrdiff_t j = 0; j < m; j++) out[i * across + (pivots == NULL ? j : pivots[j]) * along] = column[j];
    }
}

static apus_status NAME(svd_run)(const apus_svd_desc *d, const T *a, T *s, T *u, T *vt, apus_linalg_info *info,
                                 const NAME(svd_room) *room) {
    bool wide = d->m < d->n;
    ptrdiff_t m = wide ? d->n : d->m, n = wide ? d->m : d->n;
    ptrdiff_t row_step = wide ? 1 : d->lda, column_step = wide ? d->lda : 1;
    T largest = 0;
    for (ptrdiff_t i = 0; i < d->m; i++)
        for (ptrdiff_t j = 0; j < d->n; j++) {
            T x = FABS(a[i * d->lda + j]);
            if (!(x <= (sizeof(T) == 4 ? (T)FLT_MAX : (T)DBL_MAX))) {
                info->row = i, info->column = j;
                return APUS_ERROR_NOT_FINITE;
            }
            if (x > largest) largest = x;
        }
    int exponent = 0;
    if (largest > 0) frexp((double)largest, &exponent);
    info->scale_exponent = largest > 0 ? LARGEST_EXPONENT - exponent : 0;
    for (ptrdiff_t j = 0; j < n; j++)
        for (ptrdiff_t i = 0; i < m; i++)
            room->x[j * m + i] = LDEXP(a[i * row_step + j * column_step], info->scale_exponent);

    ptrdiff_t rank = NAME(factor)(m, n, room->x, m, room->tau, room->pivots);
    // y: the columns of R1^T are the rows of R1.
    for (ptrdiff_t i = 0; i < rank; i++)
        for (ptrdiff_t j = 0; j < n; j++) room->y[i * n + j] = j < i ? 0 : room->x[j * m + i];
    NAME(factor)(n, rank, room->y, n, room->y_tau, NULL);
    for (ptrdiff_t i = 0; i < rank; i++)
        for (ptrdiff_t j = 0; j < rank; j++) {
            room->rotated[i * rank + j] = j < i ? 0 : room->y[j * n + i];
            room->v[i * rank + j] = i == j;
        }
    info->rank = rank;
    apus_status status = NAME(jacobi)(rank, room->rotated, room->v, room->s, info);
    if (status != APUS_OK) return status;
    // Sort, descending.
    for (ptrdiff_t i = 0; i < rank; i++) {
        ptrdiff_t best = i;
        for (ptrdiff_t j = i + 1; j < rank; j++)
            if (room->s[j] > room->s[best]) best = j;
        if (best == i) continue;
        for (ptrdiff_t k = 0; k < rank; k++) {
            T swap = room->rotated[i * rank + k];
            room->rotated[i * rank + k] = room->rotated[best * rank + k];
            room->rotated[best * rank + k] = swap;
            swap = room->v[i * rank + k];
            room->v[i * rank + k] = room->v[best * rank + k];
            room->v[best * rank + k] = swap;
        }
        T swap = room->s[i];
        room->s[i] = room->s[best];
        room->s[best] = swap;
    }
    for (ptrdiff_t i = 0; i < n; i++) s[i] = i < rank ? LDEXP(room->s[i], -info->scale_exponent) : 0;
    if (d->vectors == APUS_VECTORS_NONE) return APUS_OK;
    bool full = d->vectors == APUS_VECTORS_FULL;
    // R1 = R2^T Q2^T = (U S V^T) Q2^T: the left vectors are Q1 U, the right ones P Q2 V.
    T *left = wide ? vt : u, *right = wide ? u : vt;
    ptrdiff_t left_across = wide ? d->ldvt : 1, left_along = wide ? 1 : d->ldu;
    ptrdiff_t right_across = wide ? 1 : d->ldvt, right_along = wide ? d->ldu : 1;
    if (left != NULL)
        NAME(vectors)(m, rank, rank, room->x, m, room->tau, room->rotated, rank, room->s, NULL, full ? m : n, room->column, left,
                      left_across, left_along);
    if (right != NULL)
        NAME(vectors)(n, rank, rank, room->y, n, room->y_tau, room->v, rank, NULL, room->pivots, n, room->column, right,
                      right_across, right_along);
    return APUS_OK;
}

apus_status SVD(const apus_svd_desc *d, const T *a, T *s, T *u, T *vt, apus_linalg_info *info, void *workspace,
                size_t workspace_bytes) {
    apus_status status = NAME(svd_check)(d);
    if (status != APUS_OK) return status;
    apus_linalg_info unused;
    if (info == NULL) info = &unused;
    ptrdiff_t k = apus_min(d->m, d->n);
    bool wants = d->vectors != APUS_VECTORS_NONE, full = d->vectors == APUS_VECTORS_FULL;
    if (k > 0 && (a == NULL || s == NULL)) return APUS_ERROR_NULL;
    if (!wants) u = vt = NULL;
    ptrdiff_t u_columns = full ? d->m : k, vt_rows = full ? d->n : k;
    const linalg_extent arrays[] = {linalg_extent_of(s, 1, k, k, sizeof(T)), linalg_extent_of(u, d->m, u_columns, d->ldu, sizeof(T)),
                                    linalg_extent_of(vt, vt_rows, d->n, d->ldvt, sizeof(T)),
                                    linalg_extent_of(a, d->m, d->n, d->lda, sizeof(T))};
    if (apus_linalg_outputs_overlap(arrays, 3, 4)) return APUS_ERROR_ALIAS;
    NAME(svd_room) room;
    size_t bytes = NAME(svd_cut)(d, &room, NULL);
    void *own = NULL;
    if (workspace == NULL && workspace_bytes == 0) {
        workspace = own = apus_alloc(bytes);
        if (own == NULL) return APUS_ERROR_MEMORY;
    } else if (workspace == NULL || workspace_bytes < bytes) {
        return APUS_ERROR_WORKSPACE;
    }
    *info = (apus_linalg_info){.row = -1, .column = -1};
    NAME(svd_cut)(d, &room, workspace);
    status = NAME(svd_run)(d, a, s, u, vt, info, &room);
    apus_free(own);
    return status;
}

#undef T
#undef NAME
#undef SVD
#undef SVD_WORKSPACE
#undef EPSILON
#undef LARGEST_EXPONENT
#undef SQRT
#undef FABS
#undef LDEXP
