// A = L L^T by Cholesky with pivoting, L^T = U S V^T by Jacobi rotations: A = V S^2 V^T. (Veselic and Hari, A note on a
// one-sided Jacobi algorithm, Numer. Math. 56, 1989.) For one type: T, NAME and the macros that eigh.c defines.

typedef struct {
    T *residual, *factor, *s, *vt;
    void *svd;
    size_t svd_bytes;
} NAME(eigh_room);

static apus_svd_desc NAME(factor_desc)(ptrdiff_t rank, ptrdiff_t n, bool vectors) {
    return (apus_svd_desc){rank, n, n, apus_max(rank, 1), n, vectors ? APUS_VECTORS_FULL : APUS_VECTORS_NONE};
}

static size_t NAME(eigh_cut)(const apus_eigh_desc *d, NAME(eigh_room) *room, void *workspace) {
    linalg_room r = {workspace == NULL ? 0 : linalg_align(workspace), 0};
    size_t square = (size_t)d->n * (size_t)d->n * sizeof(T);
    room->residual = linalg_take(&r, square);
    room->factor = linalg_take(&r, square);
    room->vt = linalg_take(&r, square);
    room->s = linalg_take(&r, (size_t)d->n * sizeof(T));
    apus_svd_desc svd = NAME(factor_desc)(d->n, d->n, true);
    room->svd_bytes = SVD_WORKSPACE(&svd);
    room->svd = linalg_take(&r, room->svd_bytes);
    return r.used + APUS_CACHE_LINE;
}

static apus_status NAME(eigh_check)(const apus_eigh_desc *d) {
    if (d == NULL) return APUS_ERROR_NULL;
    if (d->n < 0 || d->count < 0 || d->count > d->n) return APUS_ERROR_SHAPE;
    apus_status status = apus_linalg_check_matrix(d->n, d->n, d->lda, sizeof(T));
    return status != APUS_OK ? status : apus_linalg_check_matrix(d->count, d->n, d->ldvt, sizeof(T));
}

size_t EIGH_WORKSPACE(const apus_eigh_desc *d) {
    NAME(eigh_room) room;
    return NAME(eigh_check)(d) != APUS_OK ? 0 : NAME(eigh_cut)(d, &room, NULL);
}

// Row k of factor becomes column k of L, in the order of A's rows. Returns the rank; -1 if A is indefinite.
static ptrdiff_t NAME(cholesky)(ptrdiff_t n, T *residual, T *factor) {
    T stop = 0;
    for (ptrdiff_t k = 0; k < n; k++) {
        ptrdiff_t best = 0;
        T least = 0;
        for (ptrdiff_t i = 0; i < n; i++) {
            if (residual[i * n + i] > residual[best * n + best]) best = i;
            if (residual[i * n + i] < least) least = residual[i * n + i];
        }
        T pivot = residual[best * n + best];
        if (k == 0) stop = (T)n * (T)EPSILON * pivot;
        if (least < -4 * stop || (k == 0 && pivot <= 0 && least < 0)) return -1;
        if (pivot <= stop) {
            // What remains must be rounding: in a semidefinite matrix no element exceeds the diagonal.
            for (ptrdiff_t i = 0; i < n * n; i++)
                if (residual[i] > 8 * stop || residual[i] < -8 * stop) return -1;
            return k;
        }
        T root = (T)sqrt((double)pivot);
        T *column = factor + k * n;
        for (ptrdiff_t i = 0; i < n; i++) column[i] = residual[best * n + i] / root;
        for (ptrdiff_t i = 0; i < n; i++)
            for (ptrdiff_t j = 0; j < n; j++) residual[i * n + j] -= column[i] * column[j];
        for (ptrdiff_t i = 0; i < n; i++) residual[i * n + best] = residual[best * n + i] = 0;
    }
    return n;
}

static apus_status NAME(eigh_run)(const apus_eigh_desc *d, const T *a, T *w, T *vt, apus_linalg_info *info,
                                  const NAME(eigh_room) *room) {
    ptrdiff_t n = d->n;
    T largest = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        for (ptrdiff_t j = i; j < n; j++) {
            T x = a[i * d->lda + j];
            if (!(x <= LARGEST && x >= -LARGEST)) {
                info->row = i, info->column = j;
                return APUS_ERROR_NOT_FINITE;
            }
            largest = x > largest ? x : -x > largest ? -x : largest;
        }
    int exponent = 0;
    if (largest > 0) frexp((double)largest, &exponent);
    exponent = -(exponent & ~1);
    for (ptrdiff_t i = 0; i < n; i++)
        for (ptrdiff_t j = i; j < n; j++)
            room->residual[i * n + j] = room->residual[j * n + i] = (T)ldexp((double)a[i * d->lda + j], exponent);
    ptrdiff_t rank = NAME(cholesky)(n, room->residual, room->factor);
    if (rank < 0) return APUS_ERROR_VALUE;
    apus_svd_desc svd = NAME(factor_desc)(rank, n, vt != NULL);
    apus_status status = SVD(&svd, room->factor, room->s, NULL, vt == NULL ? NULL : room->vt, info, room->svd, room->svd_bytes);
    info->scale_exponent = exponent;
    info->rank = rank;
    if (status != APUS_OK) return status;
    for (ptrdiff_t i = 0; i < d->count; i++) {
        w[i] = i < rank ? (T)ldexp((double)(room->s[i] * room->s[i]), -exponent) : 0;
        if (vt != NULL) memcpy(vt + i * d->ldvt, room->vt + i * n, (size_t)n * sizeof(T));
    }
    return APUS_OK;
}

apus_status EIGH(const apus_eigh_desc *d, const T *a, T *w, T *vt, apus_linalg_info *info, void *workspace,
                 size_t workspace_bytes) {
    apus_status status = NAME(eigh_check)(d);
    if (status != APUS_OK) return status;
    apus_linalg_info unused;
    if (info == NULL) info = &unused;
    *info = (apus_linalg_info){.row = -1, .column = -1};
    if (d->n == 0 || d->count == 0) return APUS_OK;
    if (a == NULL || w == NULL) return APUS_ERROR_NULL;
    const linalg_extent arrays[] = {linalg_extent_of(w, 1, d->count, d->count, sizeof(T)),
                                    linalg_extent_of(vt, d->count, d->n, d->ldvt, sizeof(T)),
                                    linalg_extent_of(a, d->n, d->n, d->lda, sizeof(T))};
    if (apus_linalg_outputs_overlap(arrays, 2, 3)) return APUS_ERROR_ALIAS;
    NAME(eigh_room) room;
    size_t bytes = NAME(eigh_cut)(d, &room, NULL);
    void *own = NULL;
    if (workspace == NULL && workspace_bytes == 0) {
        workspace = own = apus_alloc(bytes);
        if (own == NULL) return APUS_ERROR_MEMORY;
    } else if (workspace == NULL || workspace_bytes < bytes) {
        return APUS_ERROR_WORKSPACE;
    }
    NAME(eigh_cut)(d, &room, workspace);
    status = NAME(eigh_run)(d, a, w, vt, info, &room);
    apus_free(own);
    return status;
}

#undef T
#undef NAME
#undef EIGH
#undef EIGH_WORKSPACE
#undef SVD
#undef SVD_WORKSPACE
#undef EPSILON
#undef LARGEST
