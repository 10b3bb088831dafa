// The specification of the symmetric eigenvalue problem's kernels in plain C.
#include "tridiagonal_kernels.h"

static void symv(ptrdiff_t begin, ptrdiff_t end, const double *a, ptrdiff_t lda, const double *x, double *y) {
    for (ptrdiff_t i = begin; i < end; i++) {
        for (ptrdiff_t j = 0; j < i; j++) {
            y[i] += a[i * lda + j] * x[j];
            y[j] += a[i * lda + j] * x[i];
        }
        y[i] += a[i * lda + i] * x[i];
    }
}

static double dot(ptrdiff_t n, const double *x, const double *y) {
    double sum = 0;
    for (ptrdiff_t i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

static void axpy(ptrdiff_t n, double s, const double *x, double *y) {
    for (ptrdiff_t i = 0; i < n; i++) y[i] += s * x[i];
}

static void sturm(ptrdiff_t n, const double *diagonal, const double *squares, double tiny, const double *shift,
                  int64_t *below) {
    for (int l = 0; l < TRIDIAGONAL_LANES; l++) {
        double pivot = 1;
        below[l] = 0;
        for (ptrdiff_t i = 0; i < n; i++) {
            pivot = diagonal[i] - shift[l] - squares[i] / pivot;
            if (pivot < tiny && pivot > -tiny) pivot = -tiny;
            below[l] += pivot < 0;
        }
    }
}

const apus_tridiagonal_kernels apus_tridiagonal_reference = {symv, dot, axpy, sturm};
