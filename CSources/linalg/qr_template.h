// The factorization for one type: T, TYPED, NAME, QR, QR_WORKSPACE, LDEXP.

static size_t NAME(qr_cut)(const apus_qr_desc *d, TYPED(qr) *qr, void *workspace) {
    linalg_room r = {workspace == NULL ? 0 : linalg_align(workspace), 0};
    TYPED(qr_take)(qr, &r, d->m, d->n, d->vectors == APUS_VECTORS_FULL ? d->m : apus_min(d->m, d->n), d->pivoting != 0);
    return r.used + APUS_CACHE_LINE;
}

static apus_status NAME(qr_check)(const apus_qr_desc *d) {
    if (d == NULL) return APUS_ERROR_NULL;
    if (d->m < 0 || d->n < 0) return APUS_ERROR_SHAPE;
    if ((unsigned)d->vectors > APUS_VECTORS_FULL || (unsigned)d->pivoting > 1) return APUS_ERROR_VALUE;
    ptrdiff_t k = apus_min(d->m, d->n);
    apus_status status = apus_linalg_check_matrix(d->m, d->n, d->lda, sizeof(T));
    if (status == APUS_OK) status = apus_linalg_check_matrix(k, d->n, d->ldr, sizeof(T));
    if (status != APUS_OK || d->vectors == APUS_VECTORS_NONE) return status;
    return apus_linalg_check_matrix(d->m, d->vectors == APUS_VECTORS_FULL ? d->m : k, d->ldq, sizeof(T));
}

size_t QR_WORKSPACE(const apus_qr_desc *d) {
    TYPED(qr) qr;
    return NAME(qr_check)(d) != APUS_OK ? 0 : NAME(qr_cut)(d, &qr, NULL);
}

static apus_status NAME(qr_run)(const apus_qr_desc *d, const T *a, T *q, T *r, ptrdiff_t *pivots, apus_linalg_info *info,
                                TYPED(qr) *qr) {
    ptrdiff_t m = d->m, n = d->n, k = apus_min(m, n);
    T largest;
    apus_status status = TYPED(linalg_scan)(m, n, a, d->lda, &largest, info);
    if (status != APUS_OK) return status;
    int exponent = info->scale_exponent = TYPED(linalg_scale)(largest, m, n);
    // In two steps: the whole factor may be out of range.
    T once = LDEXP(1, exponent / 2), twice = LDEXP(1, exponent - exponent / 2);
    T down = LDEXP(1, -(exponent / 2)), further = LDEXP(1, exponent / 2 - exponent);
    for (ptrdiff_t i = 0; i < m; i++)
        for (ptrdiff_t j = 0; j < n; j++) qr->x[j * qr->ld + i] = a[i * d->lda + j] * once * twice;
    qr->kernels = TYPED(linalg_get_kernels)();
    status = TYPED(qr_factor)(qr);
    if (status != APUS_OK) return status;
    info->rank = qr->rank;
    for (ptrdiff_t i = 0; i < k; i++)
        for (ptrdiff_t j = 0; j < n; j++)
            r[i * d->ldr + j] = j < i || i >= qr->rank ? 0 : qr->x[j * qr->ld + i] * down * further;
    for (ptrdiff_t j = 0; pivots != NULL && j < n; j++) pivots[j] = qr->pivots == NULL ? j : qr->pivots[j];
    if (d->vectors == APUS_VECTORS_NONE) return APUS_OK;
    ptrdiff_t columns = d->vectors == APUS_VECTORS_FULL ? m : k;
    for (ptrdiff_t i = 0; i < m; i++) {
        memset(q + i * d->ldq, 0, (size_t)columns * sizeof(T));
        if (i < columns) q[i * d->ldq + i] = 1;
    }
    return TYPED(qr_apply)(qr, false, columns, q, d->ldq);
}

apus_status QR(const apus_qr_desc *d, const T *a, T *q, T *r, ptrdiff_t *pivots, apus_linalg_info *info, void *workspace,
               size_t workspace_bytes) {
    apus_status status = NAME(qr_check)(d);
    if (status != APUS_OK) return status;
    apus_linalg_info unused;
    if (info == NULL) info = &unused;
    ptrdiff_t k = apus_min(d->m, d->n), columns = d->vectors == APUS_VECTORS_FULL ? d->m : k;
    if (d->vectors == APUS_VECTORS_NONE) q = NULL;
    else if (q == NULL && d->m > 0 && columns > 0) return APUS_ERROR_NULL;
    if (k > 0 && (a == NULL || r == NULL)) return APUS_ERROR_NULL;
    if (d->n > 0 && d->pivoting && pivots == NULL) return APUS_ERROR_NULL;
    const linalg_extent arrays[] = {linalg_extent_of(q, d->m, columns, d->ldq, sizeof(T)), linalg_extent_of(r, k, d->n, d->ldr, sizeof(T)),
                                    linalg_extent_of(pivots, 1, d->n, d->n, sizeof *pivots),
                                    linalg_extent_of(a, d->m, d->n, d->lda, sizeof(T))};
    if (apus_linalg_outputs_overlap(arrays, 3, 4)) return APUS_ERROR_ALIAS;
    TYPED(qr) qr;
    size_t bytes = NAME(qr_cut)(d, &qr, NULL);
    void *own;
    status = apus_linalg_use_workspace(&workspace, workspace_bytes, bytes, &own);
    if (status != APUS_OK) return status;
    *info = (apus_linalg_info){.row = -1, .column = -1};
    NAME(qr_cut)(d, &qr, workspace);
    status = NAME(qr_run)(d, a, q, r, pivots, info, &qr);
    apus_free(own);
    return status;
}

#undef T
#undef TYPED
#undef NAME
#undef QR
#undef QR_WORKSPACE
#undef LDEXP
