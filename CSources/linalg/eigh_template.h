// Checks, scaling and the choice of the way, for one type: T, TYPED, NAME and the macros that eigh.c defines.

typedef struct {
    T *a; // [n, n], scaled, both triangles
    bool few;
    NAME(leading_room) leading;
    NAME(whole_room) whole;
} NAME(eigh_room);

static size_t NAME(eigh_cut)(const apus_eigh_desc *d, NAME(eigh_room) *room, void *workspace) {
    linalg_room r = {workspace == NULL ? 0 : linalg_align(workspace), 0};
    room->few = few_of_many(d->count, d->n);
    room->a = room->few ? linalg_take(&r, (size_t)d->n * (size_t)d->n * sizeof(T)) : NULL;
    if (room->few) NAME(leading_take)(&room->leading, &r, d->n, d->count);
    NAME(whole_take)(&room->whole, &r, d->n);
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

static apus_status NAME(eigh_run)(const apus_eigh_desc *d, const T *a, T *w, T *vt, apus_linalg_info *info, NAME(eigh_room) *room) {
    ptrdiff_t n = d->n;
    T largest = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        T top;
        apus_status status = TYPED(linalg_scan)(1, n - i, a + i * d->lda + i, d->lda, &top, info);
        if (status != APUS_OK) {
            info->row = i;
            info->column += i;
            return status;
        }
        largest = top > largest ? top : largest;
    }
    // To about 1: squares of eigenvalues appear.
    int exponent = 0;
    if (largest > 0) frexp((double)largest, &exponent);
    exponent = -exponent / 2 * 2;
    info->scale_exponent = exponent;
    T once = LDEXP(1, exponent / 2), *scaled = room->few ? room->a : room->whole.residual;
    for (ptrdiff_t i = 0; i < n; i++)
        for (ptrdiff_t j = i; j < n; j++) scaled[i * n + j] = scaled[j * n + i] = a[i * d->lda + j] * once * once;
    T down = LDEXP(1, -(exponent / 2));
    apus_status status;
    if (room->few) {
        bool found = false;
        status = NAME(leading)(&room->leading, n, d->count, scaled, &found, info);
        if (status != APUS_OK && status != APUS_ERROR_VALUE) return status;
        if (found) {
            for (ptrdiff_t i = 0; i < d->count; i++) {
                w[i] = room->leading.values[i] * down * down;
                if (vt != NULL) memcpy(vt + i * d->ldvt, room->leading.vectors + i * n, (size_t)n * sizeof(T));
            }
            return APUS_OK;
        }
        memcpy(room->whole.residual, scaled, (size_t)(n * n) * sizeof(T));
    }
    status = NAME(diagonalize_whole)(&room->whole, n, info);
    if (status != APUS_OK) return status;
    const TYPED(jacobi) *jacobi = &room->whole.jacobi;
    if (vt != NULL) status = NAME(whole_vectors)(&room->whole, d->count, vt, d->ldvt);
    if (status != APUS_OK) return status;
    for (ptrdiff_t i = 0; i < d->count; i++) {
        T root = i < info->rank ? jacobi->norms[jacobi->order[i]] * down : 0;
        w[i] = root * root;
    }
    return APUS_OK;
}

apus_status EIGH(const apus_eigh_desc *d, const T *a, T *w, T *vt, apus_linalg_info *info, void *workspace,
                 size_t workspace_bytes) {
    apus_status status = NAME(eigh_check)(d);
    if (status != APUS_OK) return status;
    apus_linalg_info unused;
    if (info == NULL) info = &unused;
    if (d->n > 0 && d->count > 0 && (a == NULL || w == NULL)) return APUS_ERROR_NULL;
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
    *info = (apus_linalg_info){.row = -1, .column = -1};
    NAME(eigh_cut)(d, &room, workspace);
    if (d->n > 0 && d->count > 0) status = NAME(eigh_run)(d, a, w, vt, info, &room);
    apus_free(own);
    return status;
}

#undef T
#undef TYPED
#undef NAME
#undef EIGH
#undef EIGH_WORKSPACE
#undef EPSILON
#undef FABS
#undef SQRT
#undef LDEXP
