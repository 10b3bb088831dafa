// Rotations converge quadratically, and most of their sweeps are spent on the way there. So a large matrix X is first
// multiplied by V, the eigenvectors of X^T X, from its tridiagonal form: one or two sweeps are then left, in which little
// is rotated. An orthogonal factor on the right does to each row of X what rotations do, an error that is small against
// the row, whatever the quality of the eigenvectors. X = R of QR with pivoting is a matrix of moderate condition times
// a diagonal on the left, so singular values keep the digits that rotations alone would have kept. (Drmac and Veselic,
// New fast and accurate Jacobi SVD algorithm I, 2008, on errors by rows.)
#include "svd_precondition.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "linalg_qr.h"

static apus_syrk_desc gram_of(ptrdiff_t n, bool columns) {
    return (apus_syrk_desc){.transpose = columns ? APUS_TRANSPOSE : APUS_NO_TRANSPOSE, .triangle = APUS_LOWER, .n = n, .k = n,
                            .lda = n, .ldc = n, .alpha = 1};
}

void apus_precondition_take(apus_precondition *p, linalg_room *room, ptrdiff_t n) {
    size_t square = (size_t)n * (size_t)n * sizeof(double);
    p->x = linalg_take(room, square);
    p->turned = linalg_take(room, square);
    p->spare = linalg_take(room, square);
    apus_syrk_desc columns = gram_of(n, true), rows = gram_of(n, false);
    const size_t wants[] = {apus_dsyrk_workspace(&columns), apus_dsyrk_workspace(&rows),
                            apus_f64_linalg_multiply_bytes(false, false, n, n, n), apus_f64_linalg_multiply_bytes(false, true, n, n, n)};
    p->gemm_bytes = 0;
    for (int i = 0; i < 4; i++) p->gemm_bytes = wants[i] > p->gemm_bytes ? wants[i] : p->gemm_bytes;
    p->gemm = linalg_take(room, p->gemm_bytes);
    size_t bytes = apus_tridiagonal_cut(&p->eigen, n, n, NULL);
    char *memory = linalg_take(room, bytes);
    if (memory != NULL) apus_tridiagonal_cut(&p->eigen, n, n, memory);
}

// The lower triangle of x^T x (columns) or x x^T.
static apus_status gram(const apus_precondition *p, bool columns, const double *x, double *to) {
    ptrdiff_t n = p->eigen.n;
    apus_syrk_desc desc = gram_of(n, columns);
    apus_status status = apus_dsyrk(&desc, x, to, p->gemm, p->gemm_bytes);
    // The threads were set anew since the workspace was sized.
    return status == APUS_ERROR_WORKSPACE ? apus_dsyrk(&desc, x, to, NULL, 0) : status;
}

static bool well_separated(const apus_tridiagonal_room *eigen) {
    double least = 64 * sqrt((double)eigen->n) * DBL_EPSILON * eigen->norm;
    for (ptrdiff_t i = 0; i + 1 < eigen->n; i++)
        if (!(eigen->w[i] - eigen->w[i + 1] > least)) return false;
    return true;
}

// The lower triangle e of Z Z^T becomes the whole of (3 - Z Z^T) / 2. Returns the largest element of 1 - Z Z^T.
static double newton_factor(ptrdiff_t n, double *e) {
    enum { block = 16 };
    double largest = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        double *row = e + i * n, top = 0;
        for (ptrdiff_t j = 0; j < i; j++) {
            row[j] *= -0.5;
            double size = fabs(row[j]);
            top = size > top ? size : top;
        }
        double off = 1 - row[i];
        row[i] = 1 + off / 2;
        largest = fmax(largest, fmax(2 * top, fabs(off)));
    }
    for (ptrdiff_t i = 0; i < n; i += block)
        for (ptrdiff_t j = 0; j <= i; j += block)
            for (ptrdiff_t k = i; k < apus_min(i + block, n); k++)
                for (ptrdiff_t l = j; l < apus_min(j + block, k); l++) e[l * n + k] = e[k * n + l];
    return largest;
}

// The rows of eigen.z made orthonormal to rounding, by Newton's iteration for the polar factor. False if they are far from it.
static apus_status orthonormalize(apus_precondition *p, bool *done) {
    ptrdiff_t n = p->eigen.n;
    *done = false;
    for (int step = 0; step < 4; step++) {
        double *e = p->eigen.a;
        apus_status status = gram(p, false, p->eigen.z, e);
        if (status != APUS_OK) return status;
        double off = newton_factor(n, e);
        if (!((double)n * off < 0.25)) return APUS_OK;
        status = apus_f64_linalg_multiply(p->gemm, p->gemm_bytes, false, false, n, n, n, 1, e, n, p->eigen.z, n, 0, p->spare, n);
        if (status != APUS_OK) return status;
        double *swap = p->eigen.z;
        p->eigen.z = p->spare;
        p->spare = swap;
        // What is left is of second order.
        *done = (double)n * off * off <= DBL_EPSILON;
        if (*done) return APUS_OK;
    }
    return APUS_OK;
}

apus_status apus_precondition_run(apus_precondition *p, bool *done) {
    apus_tridiagonal_room *eigen = &p->eigen;
    ptrdiff_t n = eigen->n;
    *done = false;
    memset(eigen->a, 0, (size_t)(n * n) * sizeof(double));
    apus_status status = gram(p, true, p->x, eigen->a);
    if (status == APUS_OK) status = apus_tridiagonal_reduce(eigen);
    if (status == APUS_OK) status = apus_tridiagonal_values(eigen);
    if (status != APUS_OK || !well_separated(eigen)) return status;
    status = apus_tridiagonal_iterate(eigen);
    if (status == APUS_OK) status = apus_tridiagonal_back(eigen);
    if (status == APUS_OK) status = orthonormalize(p, done);
    if (status != APUS_OK || !*done) return status;
    return apus_f64_linalg_multiply(p->gemm, p->gemm_bytes, false, true, n, n, n, 1, p->x, n, eigen->z, n, 0, p->turned, n);
}
