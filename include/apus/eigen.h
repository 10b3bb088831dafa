/// The leading eigenvalues and eigenvectors of a symmetric matrix, fast.
///
/// For singular values, and for small eigenvalues to high relative accuracy, see linalg.h.
#ifndef APUS_EIGEN_H
#define APUS_EIGEN_H

#include "status.h"

APUS_BEGIN_DECLS

/// a is [n, n] with lda >= n, symmetric; only its lower triangle, j <= i, is read, and it is not changed.
/// w is [count]: the largest eigenvalues, descending. vt is [count, n] with ldvt >= n: one eigenvector a row,
/// orthonormal. 0 <= count <= n.
typedef struct apus_eigen_desc {
    ptrdiff_t n, count;
    ptrdiff_t lda, ldvt;
} apus_eigen_desc;

/// Bytes of workspace that a call wants: about (2 n + 2 count) * n doubles. 0 for an invalid descriptor.
size_t apus_deigen_leading_workspace(const apus_eigen_desc *desc);

/// Householder reduction to a tridiagonal matrix, bisection by Sturm sequences, inverse iteration with
/// orthogonalization against all eigenvectors found before, and the reflections in blocks. Sources: Golub and Van
/// Loan, Matrix Computations, 4th ed., 8.3 and 8.4; Dongarra, Sorensen and Hammarling, Block reduction of matrices to
/// condensed forms, J. Comput. Appl. Math. 27 (1989).
/// Error: eigenvalues, residuals and orthogonality a few n * 1e-16 of the largest eigenvalue's size, so an eigenvalue
/// much smaller than that has no digit right. Cost: 4/3 n^3 + O(n^2 * count) operations; for count near n the
/// orthogonalization's 2 n * count^2 add to it.
///
/// vt may be null: eigenvalues only. w and vt overlap neither each other nor a. workspace: at least the bytes asked
/// for, any alignment, used by one call at a time; or null with workspace_bytes == 0, and the call allocates for itself.
/// Results have the same bits whatever the number of threads.
/// APUS_ERROR_NULL, _SHAPE, _STRIDE, _OVERFLOW, _WORKSPACE, _MEMORY, _ALIAS, _NOT_FINITE, _NO_CONVERGENCE (an
/// eigenvector failed the check of its residual; nothing is written).
apus_status apus_deigen_leading(const apus_eigen_desc *desc, const double *a, double *w, double *vt, void *workspace,
                                size_t workspace_bytes);

APUS_END_DECLS
#endif
