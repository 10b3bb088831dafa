// The leading eigenvalues and eigenvectors of a symmetric matrix: checks, workspace, the order of the stages.
#include <math.h>
#include <string.h>

#include "../runtime/blocks.h"
#include "../runtime/dispatch.h"
#include "eigen_internal.h"

static const apus_eigen_kernels *select_kernels(void) { return APUS_VARIANT(apus_eigen); }

// The next of the arrays that a workspace is cut into; each begins on a cache line. Null memory: counts only.
static double *take(char *memory, size_t *used, ptrdiff_t count) {
    double *array = memory == NULL ? NULL : (double *)(void *)(memory + *used);
    *used += (size_t)apus_round_up(count * (ptrdiff_t)sizeof(double), APUS_CACHE_LINE);
    return array;
}

static size_t most(size_t a, const apus_gemm_desc *desc) {
    size_t b = apus_dgemm_workspace(desc);
    return a > b ? a : b;
}

static size_t cut(apus_eigen_room *room, char *memory) {
    size_t used = 0;
    ptrdiff_t n = room->n, count = room->count, panel = EIGEN_PANEL;
    room->a = take(memory, &used, n * n);
    room->diagonal = take(memory, &used, n);
    room->other = take(memory, &used, n);
    room->squares = take(memory, &used, n);
    room->tau = take(memory, &used, n);
    room->left = take(memory, &used, 2 * panel * n);
    room->right = take(memory, &used, 2 * panel * n);
    room->parts = take(memory, &used, EIGEN_PARTS * n);
    room->scratch = take(memory, &used, EIGEN_GROUPS * 5 * n);
    room->w = take(memory, &used, count);
    room->z = take(memory, &used, count * n);
    room->small = take(memory, &used, 2 * (count + 2 * panel) * panel);
    const apus_gemm_desc update = {.transpose_a = APUS_TRANSPOSE, .m = apus_max(n / 6 + 16, 96), .n = n, .k = 2 * panel,
                                   .lda = n, .ldb = n, .ldc = n, .alpha = -1, .beta = 1};
    const apus_gemm_desc inner = {.transpose_b = APUS_TRANSPOSE, .m = count, .n = panel, .k = n, .lda = n, .ldb = n,
                                  .ldc = panel, .alpha = 1};
    const apus_gemm_desc outer = {.m = count, .n = n, .k = panel, .lda = panel, .ldb = n, .ldc = n, .alpha = -1, .beta = 1};
    room->gemm_bytes = most(most(most(0, &update), &inner), &outer);
    room->gemm = take(memory, &used, (ptrdiff_t)(room->gemm_bytes / sizeof(double)) + 1);
    return used + APUS_CACHE_LINE;
}

static apus_status check(const apus_eigen_desc *d) {
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

size_t apus_deigen_leading_workspace(const apus_eigen_desc *desc) {
    if (check(desc) != APUS_OK) return 0;
    apus_eigen_room room = {.n = desc->n, .count = desc->count};
    return cut(&room, NULL);
}

apus_status apus_eigen_gemm(const apus_eigen_room *room, const apus_gemm_desc *desc, const double *a, const double *b,
                            double *c) {
    bool fits = apus_dgemm_workspace(desc) <= room->gemm_bytes;
    return apus_dgemm(desc, a, b, NULL, c, fits ? room->gemm : NULL, fits ? room->gemm_bytes : 0);
}

// z := z (I - V^T S V) for the reflections [low, high), V being their rows: the product of the reflections in their order
// (Schreiber and Van Loan, A storage-efficient WY representation, 1989).
static apus_status apply_block(const apus_eigen_room *room, ptrdiff_t low, ptrdiff_t high) {
    ptrdiff_t n = room->n, k = high - low, width = high - 1;
    const double *v = room->a + low * n;
    double *s = room->small, *gram = s + EIGEN_PANEL * EIGEN_PANEL;
    double *y = gram + EIGEN_PANEL * EIGEN_PANEL, *ys = y + room->count * EIGEN_PANEL;
    apus_gemm_desc products = {.transpose_b = APUS_TRANSPOSE, .m = k, .n = k, .k = width, .lda = n, .ldb = n,
                               .ldc = EIGEN_PANEL, .alpha = 1};
    apus_status status = apus_eigen_gemm(room, &products, v, v, gram);
    if (status != APUS_OK) return status;
    memset(s, 0, (size_t)(EIGEN_PANEL * EIGEN_PANEL) * sizeof(double));
    for (ptrdiff_t j = 0; j < k; j++) {
        double tau = room->tau[low + j];
        for (ptrdiff_t i = 0; i < j; i++) {
            double sum = 0;
            for (ptrdiff_t l = i; l < j; l++) sum += s[i * EIGEN_PANEL + l] * gram[l * EIGEN_PANEL + j];
            s[i * EIGEN_PANEL + j] = -tau * sum;
        }
        s[j * EIGEN_PANEL + j] = tau;
    }
    products.m = room->count;
    status = apus_eigen_gemm(room, &products, room->z, v, y);
    apus_gemm_desc small = {.m = room->count, .n = k, .k = k, .lda = EIGEN_PANEL, .ldb = EIGEN_PANEL, .ldc = EIGEN_PANEL,
                            .alpha = 1};
    if (status == APUS_OK) status = apus_eigen_gemm(room, &small, y, s, ys);
    apus_gemm_desc outer = {.m = room->count, .n = width, .k = k, .lda = EIGEN_PANEL, .ldb = n, .ldc = n, .alpha = -1,
                            .beta = 1};
    return status == APUS_OK ? apus_eigen_gemm(room, &outer, ys, v, room->z) : status;
}

// The reflection of the lowest row was made last and is undone first.
apus_status apus_eigen_back(apus_eigen_room *room) {
    for (ptrdiff_t low = 1; low < room->n; low += EIGEN_PANEL) {
        apus_status status = apply_block(room, low, apus_min(low + EIGEN_PANEL, room->n));
        if (status != APUS_OK) return status;
    }
    return APUS_OK;
}

// The lower triangle, times a power of two that brings its largest element near 1. False for one that is not finite.
static bool load(const apus_eigen_desc *d, const double *a, double *to, int *exponent) {
    double largest = 0, bad = 0;
    for (ptrdiff_t i = 0; i < d->n; i++)
        for (ptrdiff_t j = 0; j <= i; j++) {
            double x = fabs(a[i * d->lda + j]);
            bad += x - x;
            largest = x > largest ? x : largest;
        }
    if (!(bad == 0)) return false;
    *exponent = 0;
    if (largest > 0) frexp(largest, exponent);
    // In two steps, for a power that no double holds.
    double first = ldexp(1, -*exponent / 2), second = ldexp(1, -*exponent - -*exponent / 2);
    for (ptrdiff_t i = 0; i < d->n; i++) {
        for (ptrdiff_t j = 0; j <= i; j++) to[i * d->n + j] = a[i * d->lda + j] * first * second;
        memset(to + i * d->n + i + 1, 0, (size_t)(d->n - i - 1) * sizeof(double));
    }
    return true;
}

static apus_status finish(const apus_eigen_desc *d, double *w, double *vt, const apus_eigen_room *room, int exponent) {
    for (ptrdiff_t i = 0; i < d->count; i++) {
        w[i] = ldexp(room->w[i], exponent);
        if (vt != NULL) memcpy(vt + i * d->ldvt, room->z + i * d->n, (size_t)d->n * sizeof(double));
    }
    return APUS_OK;
}

static apus_status run(const apus_eigen_desc *d, const double *a, double *w, double *vt, apus_eigen_room *room) {
    int exponent;
    if (!load(d, a, room->a, &exponent)) return APUS_ERROR_NOT_FINITE;
    apus_status status = apus_eigen_reduce(room);
    if (status == APUS_OK && room->norm == 0) { // loaded with its largest element near 1, or zero
        memset(room->w, 0, (size_t)d->count * sizeof(double));
        memset(room->z, 0, (size_t)(d->count * d->n) * sizeof(double));
        for (ptrdiff_t i = 0; i < d->count; i++) room->z[i * d->n + i] = 1;
        return finish(d, w, vt, room, exponent);
    }
    if (status == APUS_OK) status = apus_eigen_values(room);
    if (status == APUS_OK && vt != NULL) status = apus_eigen_vectors(room);
    if (status == APUS_OK && vt != NULL) status = apus_eigen_back(room);
    return status == APUS_OK ? finish(d, w, vt, room, exponent) : status;
}

static size_t extent(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t ld) {
    return rows == 0 ? 0 : (size_t)((rows - 1) * ld + columns) * sizeof(double);
}

apus_status apus_deigen_leading(const apus_eigen_desc *desc, const double *a, double *w, double *vt, void *workspace,
                                size_t workspace_bytes) {
    apus_status status = check(desc);
    if (status != APUS_OK || desc->count == 0) return status;
    if (a == NULL || w == NULL || (workspace == NULL && workspace_bytes > 0)) return APUS_ERROR_NULL;
    size_t a_bytes = extent(desc->n, desc->n, desc->lda), vt_bytes = extent(desc->count, desc->n, desc->ldvt);
    size_t w_bytes = (size_t)desc->count * sizeof(double);
    if (apus_overlap(w, w_bytes, a, a_bytes) || apus_overlap(vt, vt_bytes, a, a_bytes) ||
        apus_overlap(w, w_bytes, vt, vt_bytes))
        return APUS_ERROR_ALIAS;
    apus_eigen_room room = {.kernels = select_kernels(), .n = desc->n, .count = desc->count};
    size_t bytes = cut(&room, NULL);
    if (workspace != NULL && workspace_bytes < bytes) return APUS_ERROR_WORKSPACE;
    char *own = workspace == NULL ? apus_alloc(bytes) : NULL, *memory = workspace == NULL ? own : workspace;
    if (memory == NULL) return APUS_ERROR_MEMORY;
    memory += (APUS_CACHE_LINE - (uintptr_t)memory % APUS_CACHE_LINE) % APUS_CACHE_LINE;
    cut(&room, memory);
    status = run(desc, a, w, vt, &room);
    apus_free(own);
    return status;
}
