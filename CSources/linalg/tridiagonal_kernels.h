// The kernels of the symmetric eigenvalue problem: one table a variant. All are serial and check nothing.
#ifndef APUS_TRIDIAGONAL_KERNELS_H
#define APUS_TRIDIAGONAL_KERNELS_H

#include "../runtime/internal.h"

// Eigenvalues that are bisected together.
#define TRIDIAGONAL_LANES 16

typedef struct apus_tridiagonal_kernels {
    // Rows [begin, end) of the lower triangle of a symmetric a, and what mirrors them: y += their part of a * x.
    // y has n elements.
    void (*symv)(ptrdiff_t begin, ptrdiff_t end, const double *a, ptrdiff_t lda, const double *x, double *y);
    double (*dot)(ptrdiff_t n, const double *x, const double *y);
    // y += s * x.
    void (*axpy)(ptrdiff_t n, double s, const double *x, double *y);
    // below[l] = how many eigenvalues of the tridiagonal matrix (diagonal, squares of the other diagonal, whose first
    // element is 0) are less than shift[l], for TRIDIAGONAL_LANES shifts. tiny > 0 stands for a pivot of zero.
    void (*sturm)(ptrdiff_t n, const double *diagonal, const double *squares, double tiny, const double *shift,
                  int64_t *below);
} apus_tridiagonal_kernels;

extern const apus_tridiagonal_kernels apus_tridiagonal_reference, apus_tridiagonal_avx2, apus_tridiagonal_avx512, apus_tridiagonal_neon;

#endif
