/// Dense decompositions: QR, singular values, leading eigenvalues of symmetric matrices.
///
/// All matrices are row-major with a leading dimension in elements. Inputs are never changed. A NaN or an
/// infinity in the input is an error that says where. Results have the same bits whatever the number of
/// threads.
#ifndef APUS_LINALG_H
#define APUS_LINALG_H

#include "status.h"

APUS_BEGIN_DECLS

/// Which orthonormal vectors are wanted beside singular values or R. With k = min(m, n):
typedef enum apus_vectors {
    APUS_VECTORS_NONE = 0, ///< None: u and vt, or q, are not touched and may be null.
    APUS_VECTORS_THIN = 1, ///< u [m, k], vt [k, n]; q [m, k].
    APUS_VECTORS_FULL = 2  ///< u [m, m], vt [n, n]; q [m, m]: the thin ones, completed to orthogonal matrices.
} apus_vectors;

/// What a decomposition tells beside its results. Filled in whenever it ends in APUS_OK,
/// APUS_ERROR_NOT_FINITE or APUS_ERROR_NO_CONVERGENCE.
typedef struct apus_linalg_info {
    ptrdiff_t row, column; ///< Of the first NaN or infinity, row by row; -1, -1 without one.
    ptrdiff_t rank;        ///< Singular values (eigenvalues, diagonal elements of R) that are not zero.
    int sweeps;            ///< Rounds over all pairs of columns; 0 where there was no iteration.
    int scale_exponent;    ///< The input was multiplied by two to this power meanwhile, against overflow.
    double off_diagonal;   ///< The largest cosine between two columns (or relative residual) that was left.
} apus_linalg_info;

/// A = U diag(s) V^T.
/// a is [m, n] with lda >= n. s is [k], k = min(m, n), descending, >= 0.
/// u is [m, k] (THIN) or [m, m] (FULL) with ldu >= its columns; vt is [k, n] or [n, n] with ldvt >= n.
/// ldu and ldvt are not looked at where the vectors are not wanted.
typedef struct apus_svd_desc {
    ptrdiff_t m, n;
    ptrdiff_t lda, ldu, ldvt;
    apus_vectors vectors;
} apus_svd_desc;

/// Bytes of workspace that a call wants. The value depends on the shape, the variant and the number of
/// threads in force. 0 for an invalid descriptor.
size_t apus_ssvd_workspace(const apus_svd_desc *desc);
size_t apus_dsvd_workspace(const apus_svd_desc *desc);

/// Singular value decomposition by one-sided Jacobi rotations on a matrix that pivoted QR has prepared:
/// tiny singular values of a matrix with badly scaled columns or rows keep their relative accuracy. A large matrix is
/// first multiplied by the eigenvectors of its Gram matrix where these can be told apart; one or two sweeps are then left.
/// Sources: Drmac and Veselic, New fast and accurate Jacobi SVD algorithm I, II, SIAM J. Matrix Anal.
/// Appl. 29 (2008); Hari, Singer and Singer, Block-oriented J-Jacobi methods, Linear Algebra Appl. 433 (2010).
///
/// With vectors wanted, u or vt may still be null: that one is left out, and is not computed where
/// that saves work. u, vt and s must overlap neither each other nor a. info may be null. m == 0 or n == 0:
/// s has no elements; FULL vectors are the identity.
/// workspace: at least the bytes asked for, any alignment, used by one call at a time; or null with
/// workspace_bytes == 0, and the call allocates for itself.
/// APUS_ERROR_NULL, _SHAPE, _STRIDE, _OVERFLOW, _VALUE (vectors), _WORKSPACE, _MEMORY, _ALIAS,
/// _NOT_FINITE (a has a NaN or an infinity: see info), _NO_CONVERGENCE (not seen in practice).
apus_status apus_ssvd(const apus_svd_desc *desc, const float *a, float *s, float *u, float *vt,
                      apus_linalg_info *info, void *workspace, size_t workspace_bytes);
apus_status apus_dsvd(const apus_svd_desc *desc, const double *a, double *s, double *u, double *vt,
                      apus_linalg_info *info, void *workspace, size_t workspace_bytes);

/// A P = Q R.
/// a is [m, n] with lda >= n; k = min(m, n). r is [k, n] with ldr >= n, upper triangular or trapezoidal: zeros are
/// written below. q is [m, k] (THIN) or [m, m] (FULL) with ldq >= its columns; NONE: r alone.
typedef struct apus_qr_desc {
    ptrdiff_t m, n;
    ptrdiff_t lda, ldq, ldr;
    apus_vectors vectors;
    int pivoting; ///< 0: P = 1; 1: columns are chosen so that R reveals the rank.
} apus_qr_desc;

/// Bytes of workspace that a call wants, as above.
size_t apus_sqr_workspace(const apus_qr_desc *desc);
size_t apus_dqr_workspace(const apus_qr_desc *desc);

/// Householder's QR factorization by blocks. The diagonal of R may have either sign.
/// pivots [n]: column j of A P is column pivots[j] of A; may be null without pivoting. With pivoting, |r_jj| is at least
/// half the norm of every column that remains from row j on (choosing column by column, as LAPACK does, would leave no
/// "half", and no work to matrix products), and what is zero in exact arithmetic, and came out as zero, is zero:
/// info->rank rows of r are not.
/// q and r must overlap neither each other nor a. info may be null. workspace as above.
/// APUS_ERROR_NULL, _SHAPE, _STRIDE, _OVERFLOW, _VALUE (vectors, pivoting), _WORKSPACE, _MEMORY, _ALIAS, _NOT_FINITE.
/// Sources: Schreiber and Van Loan, A storage-efficient WY representation, SIAM J. Sci. Stat. Comput. 10 (1989); Drmac and
/// Bujanovic, On the failure of rank-revealing QR factorization software, ACM Trans. Math. Softw. 35 (2008).
apus_status apus_sqr(const apus_qr_desc *desc, const float *a, float *q, float *r, ptrdiff_t *pivots,
                     apus_linalg_info *info, void *workspace, size_t workspace_bytes);
apus_status apus_dqr(const apus_qr_desc *desc, const double *a, double *q, double *r, ptrdiff_t *pivots,
                     apus_linalg_info *info, void *workspace, size_t workspace_bytes);

/// The leading eigenvalues and eigenvectors of a symmetric matrix, a covariance for example.
/// a is [n, n] with lda >= n; only its lower triangle, j <= i, is read. w is [count]: the largest eigenvalues, descending.
/// vt is [count, n] with ldvt >= n: one eigenvector a row, orthonormal. 0 <= count <= n.
typedef struct apus_eigh_desc {
    ptrdiff_t n, count;
    ptrdiff_t lda, ldvt;
} apus_eigh_desc;

/// Bytes of workspace that a call wants, as above: about (2 n + 2 count) * n doubles.
size_t apus_deigh_workspace(const apus_eigh_desc *desc);

/// Householder reduction to a tridiagonal matrix, bisection by Sturm sequences, inverse iteration with
/// orthogonalization against all eigenvectors found before, and the reflections in blocks. Sources: Golub and Van
/// Loan, Matrix Computations, 4th ed., 8.3 and 8.4; Dongarra, Sorensen and Hammarling, Block reduction of matrices to
/// condensed forms, J. Comput. Appl. Math. 27 (1989).
/// Error: eigenvalues, residuals and orthogonality a few n * 1e-16 of the largest eigenvalue's size, so an eigenvalue
/// much smaller than that has no digit right; the singular values of a factor of the matrix would. Cost: 4/3 n^3 +
/// O(n^2 * count) operations; for count near n the orthogonalization's 2 n * count^2 add to it.
///
/// vt may be null: eigenvalues only. w and vt must overlap neither each other nor a. info may be null. workspace as above.
/// APUS_ERROR_NULL, _SHAPE, _STRIDE, _OVERFLOW, _WORKSPACE, _MEMORY, _ALIAS, _NOT_FINITE (see info), _NO_CONVERGENCE (an
/// eigenvector failed the check of its residual). Nothing is written then.
apus_status apus_deigh(const apus_eigh_desc *desc, const double *a, double *w, double *vt, apus_linalg_info *info,
                       void *workspace, size_t workspace_bytes);

APUS_END_DECLS
#endif
