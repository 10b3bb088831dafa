// The leading eigenvalues and eigenvectors of a symmetric matrix: the public functions.
#include <float.h>
#include <math.h>
#include <string.h>

#include "../runtime/blocks.h"
#include "linalg_internal.h"
#include "tridiagonal.h"

static apus_status check(const apus_eigh_desc *d) {
    if (d == NULL) return APUS_ERROR_NULL;
    if (d->n < 0 || d->count < 0 || d->count > d->n) return APUS_ERROR_SHAPE;
    if (d->lda < d->n || d->ldvt < d->n) return APUS_ERROR_STRIDE;
    ptrdiff_t count, most;
    // The last: everything in the workspace together is less than this.
    bool fits = apus_element_count(d->n, d->lda, sizeof(double), &count) &&
                apus_element_count(d->count, d->ldvt, sizeof(double), &count) &&
                apus_multiply_sizes(apus_max(d->n, 64), 32, &most) &&
                apus_element_count(apus_max(d->n, 1), most, sizeof(double), &count);
    return fits ? APUS_OK : APUS_ERROR_OVERFLOW;
}

size_t apus_deigh_workspace(const apus_eigh_desc *desc) {
    if (check(desc) != APUS_OK) return 0;
    apus_tridiagonal_room room;
    return apus_tridiagonal_cut(&room, desc->n, desc->count, NULL) + APUS_CACHE_LINE;
}

// The lower triangle, times a power of two that brings its largest element near 1.
static apus_status load(const apus_eigh_desc *d, const double *a, double *to, apus_linalg_info *info) {
    double largest = 0;
    for (ptrdiff_t i = 0; i < d->n; i++) {
        const double *row = a + i * d->lda;
        double top = 0, bad = 0;
        for (ptrdiff_t j = 0; j <= i; j++) {
            double x = fabs(row[j]);
            bad += x - x;
            top = x > top ? x : top;
        }
        for (ptrdiff_t j = 0; j <= i && !(bad == 0); j++)
            if (!(fabs(row[j]) <= DBL_MAX)) {
                info->row = i, info->column = j;
                return APUS_ERROR_NOT_FINITE;
            }
        largest = top > largest ? top : largest;
    }
    int exponent = 0;
    if (largest > 0) frexp(largest, &exponent);
    info->scale_exponent = -exponent;
    // In two steps, for a power that no double holds.
    double first = ldexp(1, -exponent / 2), second = ldexp(1, -exponent - -exponent / 2);
    for (ptrdiff_t i = 0; i < d->n; i++) {
        for (ptrdiff_t j = 0; j <= i; j++) to[i * d->n + j] = a[i * d->lda + j] * first * second;
        memset(to + i * d->n + i + 1, 0, (size_t)(d->n - i - 1) * sizeof(double));
    }
    return APUS_OK;
}

static apus_status finish(const apus_eigh_desc *d, double *w, double *vt, const apus_tridiagonal_room *room, apus_linalg_info *info) {
    for (ptrdiff_t i = 0; i < d->count; i++) {
        w[i] = ldexp(room->w[i], -info->scale_exponent);
        info->rank += w[i] != 0;
        if (vt != NULL) memcpy(vt + i * d->ldvt, room->z + i * d->n, (size_t)d->n * sizeof(double));
    }
    return APUS_OK;
}

static apus_status run(const apus_eigh_desc *d, const double *a, double *w, double *vt, apus_linalg_info *info,
                       apus_tridiagonal_room *room) {
    apus_status status = load(d, a, room->a, info);
    if (status == APUS_OK) status = apus_tridiagonal_reduce(room);
    if (status == APUS_OK && room->norm == 0) { // loaded with its largest element near 1, or zero
        memset(room->w, 0, (size_t)d->count * sizeof(double));
        memset(room->z, 0, (size_t)(d->count * d->n) * sizeof(double));
        for (ptrdiff_t i = 0; i < d->count; i++) room->z[i * d->n + i] = 1;
        return finish(d, w, vt, room, info);
    }
    if (status == APUS_OK) status = apus_tridiagonal_values(room);
    if (status == APUS_OK && vt != NULL) status = apus_tridiagonal_vectors(room);
    if (status == APUS_OK && vt != NULL) status = apus_tridiagonal_back(room);
    return status == APUS_OK ? finish(d, w, vt, room, info) : status;
}

apus_status apus_deigh(const apus_eigh_desc *desc, const double *a, double *w, double *vt, apus_linalg_info *info,
                       void *workspace, size_t workspace_bytes) {
    apus_status status = check(desc);
    if (status != APUS_OK) return status;
    apus_linalg_info unused;
    if (info == NULL) info = &unused;
    if (desc->count > 0 && (a == NULL || w == NULL)) return APUS_ERROR_NULL;
    const linalg_extent arrays[] = {linalg_extent_of(w, 1, desc->count, desc->count, sizeof(double)),
                                    linalg_extent_of(vt, desc->count, desc->n, desc->ldvt, sizeof(double)),
                                    linalg_extent_of(a, desc->n, desc->n, desc->lda, sizeof(double))};
    if (apus_linalg_outputs_overlap(arrays, 2, 3)) return APUS_ERROR_ALIAS;
    apus_tridiagonal_room room;
    size_t bytes = apus_tridiagonal_cut(&room, desc->n, desc->count, NULL) + APUS_CACHE_LINE;
    void *own;
    status = apus_linalg_use_workspace(&workspace, workspace_bytes, bytes, &own);
    if (status != APUS_OK) return status;
    *info = (apus_linalg_info){.row = -1, .column = -1};
    apus_tridiagonal_cut(&room, desc->n, desc->count, (char *)linalg_align(workspace));
    if (desc->count > 0) status = run(desc, a, w, vt, info, &room);
    apus_free(own);
    return status;
}
