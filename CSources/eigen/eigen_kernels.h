// The kernels of the symmetric eigenvalue problem: one table a variant. All are serial and check nothing.
#ifndef APUS_EIGEN_KERNELS_H
#define APUS_EIGEN_KERNELS_H

#include "../../include/apus/eigen.h"
#include "../runtime/internal.h"

// Eigenvalues that are bisected together.
#define EIGEN_LANES 16

typedef struct apus_eigen_kernels {
    // Rows [begin, end) of the lower triangle of a symmetric a, and what mirrors them: y += their part of a * x.
    // y has n elements.
    void (*symv)(ptrdiff_t begin, ptrdiff_t end, const double *a, ptrdiff_t lda, const double *x, double *y);
    double (*dot)(ptrdiff_t n, const double *x, const double *y);
    // y += s * x.
    void (*axpy)(ptrdiff_t n, double s, const double *x, double *y);
    // below[l] = how many eigenvalues of the tridiagonal matrix (diagonal, squares of the other diagonal, whose first
    // element is 0) are less than shift[l], for EIGEN_LANES shifts. tiny > 0 stands for a pivot of zero.
    void (*sturm)(ptrdiff_t n, const double *diagonal, const double *squares, double tiny, const double *shift,
                  int64_t *below);
} apus_eigen_kernels;

extern const apus_eigen_kernels apus_eigen_reference, apus_eigen_avx2, apus_eigen_avx512, apus_eigen_neon;

#endif
