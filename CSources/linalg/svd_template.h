// The decomposition for one type: T, TYPED, NAME and the macros that svd.c defines.
//
// For m >= n (else of the transpose): A P = Q1 R1, R1^T = Q2 R2, X = R2^T; rotations make the columns of X
// orthogonal, X V = U S; then A = (Q1 U) S (P Q2 V)^T. Small matrices (svd_small_template.h) and large ones
// (svd_turned_template.h) do without the second factorization.

static size_t NAME(svd_cut)(const apus_svd_desc *d, NAME(svd_room) *room, void *workspace) {
    ptrdiff_t m = apus_max(d->m, d->n), n = apus_min(d->m, d->n);
    linalg_room r = {workspace == NULL ? 0 : linalg_align(workspace), 0};
    bool vectors = d->vectors != APUS_VECTORS_NONE;
    if (NAME(is_small)(m, n)) NAME(small_take)(&room->small, &r, m, n);
    TYPED(qr_take)(&room->first, &r, m, n, d->vectors == APUS_VECTORS_FULL ? m : n, true);
    TYPED(qr_take)(&room->second, &r, n, n, n, false);
    // The right vectors need larger products than the factorizations.
    if (vectors && n > rotate_along) TYPED(qr_take_product)(&room->second, &r, false, true, n, n, n);
    TYPED(jacobi_take)(&room->jacobi, &r, n, n, vectors, apus_team_size());
    room->f = vectors ? linalg_take(&r, (size_t)n * (size_t)apus_max(n, 2) * sizeof(T)) : NULL;
    room->right = vectors ? linalg_take(&r, (size_t)n * (size_t)n * sizeof(T)) : NULL;
    if (n >= precondition_columns) apus_precondition_take(&room->precondition, &r, n);
    room->line = linalg_take(&r, (size_t)m * sizeof(T));
    room->rows = linalg_take(&r, (size_t)m * sizeof(ptrdiff_t));
    room->visited = linalg_take(&r, (size_t)m * sizeof(ptrdiff_t));
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

// room->first.x := the columns of A (or of its transpose), rows sorted, times two to the exponent.
static void NAME(load)(const apus_svd_desc *d, const T *a, int exponent, NAME(svd_room) *room) {
    // In two steps: the whole factor may be out of range.
    T once = LDEXP(1, exponent / 2), twice = LDEXP(1, exponent - exponent / 2);
    TYPED(qr) *qr = &room->first;
    const ptrdiff_t *rows = room->rows;
    if (d->m < d->n) {
        for (ptrdiff_t j = 0; j < qr->n; j++)
            for (ptrdiff_t i = 0; i < qr->m; i++)
                qr->x[j * qr->ld + i] = a[j * d->lda + (room->sorted ? rows[i] : i)] * once * twice;
        return;
    }
    enum { block = 16 };
    for (ptrdiff_t i = 0; i < qr->m; i += block)
        for (ptrdiff_t j = 0; j < qr->n; j += block)
            for (ptrdiff_t l = j; l < apus_min(j + block, qr->n); l++)
                for (ptrdiff_t k = i; k < apus_min(i + block, qr->m); k++)
                    qr->x[l * qr->ld + k] = a[rows[k] * d->lda + l] * once * twice;
}

// What the columns that are rotated come from: R1 turned, or R2. *turned: the former.
static apus_status NAME(prepare)(NAME(svd_room) *room, bool *turned) {
    TYPED(qr) *first = &room->first, *second = &room->second;
    first->kernels = second->kernels = TYPED(linalg_get_kernels)();
    apus_status status = TYPED(qr_factor)(first);
    *turned = false;
    if (status == APUS_OK && first->rank == first->n && first->n >= precondition_columns)
        status = NAME(turn_factor)(room, first->n, turned);
    if (status != APUS_OK || *turned) return status;
    // The columns of R1^T are the rows of R1.
    second->n = first->rank;
    for (ptrdiff_t i = 0; i < second->n; i++)
        for (ptrdiff_t j = 0; j < first->n; j++) second->x[i * second->ld + j] = j < i ? 0 : first->x[j * first->ld + i];
    return TYPED(qr_factor)(second);
}

static apus_status NAME(svd_run)(const apus_svd_desc *d, const T *a, T *s, T *u, T *vt, apus_linalg_info *info,
                                 NAME(svd_room) *room) {
    bool wide = d->m < d->n, full = d->vectors == APUS_VECTORS_FULL;
    ptrdiff_t m = apus_max(d->m, d->n), n = apus_min(d->m, d->n);
    T largest, *left = wide ? vt : u, *right = wide ? u : vt;
    apus_status status = TYPED(linalg_scan)(d->m, d->n, a, d->lda, &largest, info);
    if (status != APUS_OK) return status;
    info->scale_exponent = TYPED(linalg_scale)(largest, m, n);
    NAME(sort_rows)(d, a, room);
    if (NAME(is_small)(m, n)) {
        bool done;
        status = NAME(small_run)(d, a, s, u, vt, room->rows, &room->small, info, &done);
        if (done) return status;
    }
    NAME(load)(d, a, info->scale_exponent, room);
    bool turned;
    status = NAME(prepare)(room, &turned);
    if (status != APUS_OK) return status;
    ptrdiff_t rank = info->rank = room->first.rank;
    TYPED(jacobi) *jacobi = &room->jacobi;
    if (turned) NAME(load_turned)(room, n, right != NULL);
    else NAME(load_panels)(room, rank);
    T *followed = jacobi->v;
    if (right == NULL || (!turned && rank > rotate_along)) jacobi->v = NULL;
    else if (!turned) NAME(load_identity)(jacobi);
    if (rank > 0) status = TYPED(jacobi_run)(jacobi, info);
    if (status != APUS_OK) return status;
    int exponent = info->scale_exponent;
    T once = LDEXP(1, -(exponent / 2)), twice = LDEXP(1, exponent / 2 - exponent);
    if (right != NULL && rank > 0) {
        jacobi->v = followed;
        if (turned) TYPED(jacobi_rows)(jacobi, jacobi->v, false, room->right, n);
        else status = NAME(right_vectors)(room, rank, info);
        if (status != APUS_OK) return status;
    }
    for (ptrdiff_t i = 0; i < n; i++) s[i] = i < rank ? jacobi->norms[jacobi->order[i]] * once * twice : 0;
    ptrdiff_t lefts = full ? m : n;
    if (left != NULL && wide) {
        TYPED(jacobi_rows)(jacobi, jacobi->x, true, vt, d->ldvt);
        status = NAME(finish_rows)(&room->first, lefts, vt, d->ldvt);
    } else if (left != NULL) {
        TYPED(jacobi_columns)(jacobi, jacobi->x, true, u, d->ldu);
        status = NAME(finish_columns)(&room->first, lefts, u, d->ldu);
    }
    if (left != NULL && status == APUS_OK && room->sorted)
        NAME(undo_pivots)(room->rows, m, wide, lefts, left, wide ? d->ldvt : d->ldu, room->line, room->visited);
    if (right == NULL || status != APUS_OK) return status;
    for (ptrdiff_t i = 0; i < rank; i++)
        for (ptrdiff_t j = 0; j < rank; j++)
            if (wide) u[j * d->ldu + i] = room->right[i * rank + j];
            else vt[i * d->ldvt + j] = room->right[i * rank + j];
    if (!turned) status = wide ? NAME(finish_columns)(&room->second, n, u, d->ldu) : NAME(finish_rows)(&room->second, n, vt, d->ldvt);
    NAME(undo_pivots)(room->first.pivots, n, !wide, n, right, wide ? d->ldu : d->ldvt, room->line, room->visited);
    return status;
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
    void *own;
    status = apus_linalg_use_workspace(&workspace, workspace_bytes, bytes, &own);
    if (status != APUS_OK) return status;
    *info = (apus_linalg_info){.row = -1, .column = -1};
    NAME(svd_cut)(d, &room, workspace);
    status = NAME(svd_run)(d, a, s, u, vt, info, &room);
    apus_free(own);
    return status;
}

#undef T
#undef TYPED
#undef NAME
#undef SVD
#undef SVD_WORKSPACE
#undef EPSILON
#undef TOP_EXPONENT
#undef SMALL_COLUMNS
#undef SQRT
#undef LDEXP
#undef FABS
