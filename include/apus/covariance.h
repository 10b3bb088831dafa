/// Columns of a data matrix: their means, their spread, and their covariance.
///
/// x is [rows, columns], row-major, ldx >= columns. Sums are kept in double for float data too: of fixed blocks of
/// rows, added in order. An element that is not finite shows in its column's sums, which are then not finite either.
/// The functions take scratch memory for the sums of the blocks (APUS_ERROR_MEMORY, nothing written).
#ifndef APUS_COVARIANCE_H
#define APUS_COVARIANCE_H

#include "status.h"

APUS_BEGIN_DECLS

/// means[c] = sum of x[r][c] over r / rows. Error: about 1e-16 * sqrt(rows) of the mean of |x|.
/// APUS_ERROR_SHAPE: a negative size, or rows == 0 with columns > 0.
apus_status apus_scolumn_means(ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t ldx, double *means);
apus_status apus_dcolumn_means(ptrdiff_t rows, ptrdiff_t columns, const double *x, ptrdiff_t ldx, double *means);

/// squares[c] = sum of (x[r][c] - means[c])^2 over r, less what a rounding error of means[c] adds to it (the
/// corrected two-pass algorithm of Chan, Golub and LeVeque, 1983), so a large mean costs no digits. Never negative.
/// squares must not overlap x or means. Sizes as above.
apus_status apus_scolumn_squares(ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t ldx,
                                 const double *means, double *squares);
apus_status apus_dcolumn_squares(ptrdiff_t rows, ptrdiff_t columns, const double *x, ptrdiff_t ldx,
                                 const double *means, double *squares);

/// y[r][c] = (x[r][c] - shift[c]) * factor[c], in double and then rounded; factor may be null, for ones. y is
/// [rows, columns], ldy >= columns, and overlaps nothing (APUS_ERROR_ALIAS).
apus_status apus_scenter(ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t ldx, const double *shift,
                         const double *factor, float *y, ptrdiff_t ldy);
apus_status apus_dcenter(ptrdiff_t rows, ptrdiff_t columns, const double *x, ptrdiff_t ldx, const double *shift,
                         const double *factor, double *y, ptrdiff_t ldy);

/// The covariance of the columns of x [rows, columns].
typedef struct apus_covariance_desc {
    ptrdiff_t rows, columns, ldx;
    double divisor; ///< rows - 1 for the unbiased estimate; finite, > 0
} apus_covariance_desc;

/// c[i][j] = factor[i] * factor[j] * sum of (x[r][i] - means[i]) * (x[r][j] - means[j]) over r / divisor;
/// c is [columns, columns], double, whole and exactly symmetric; factor may be null, for ones.
///
/// Blocks of rows are multiplied by themselves in the type of x and added up in double: x is neither copied nor
/// converted. Where the square of a column's mean is more than 3 times its variance, blocks are centred first, in the
/// workspace (about 16 MiB, whatever the number of rows), so a mean far from zero costs no digits. Error for float,
/// relative to sqrt(c[i][i] * c[j][j]): a few 1e-7, at most 4 times that where nothing had to be centred; for double a
/// few 1e-16 * sqrt(rows).
///
/// workspace: at least the bytes asked for (0 also for an invalid descriptor), or null with workspace_bytes == 0, and
/// the call allocates for itself. c overlaps nothing.
/// APUS_ERROR_NULL, _SHAPE (a negative size; rows == 0 with columns > 0), _STRIDE, _OVERFLOW, _VALUE (divisor),
/// _WORKSPACE, _ALIAS, _MEMORY.
size_t apus_scovariance_workspace(const apus_covariance_desc *desc);
size_t apus_dcovariance_workspace(const apus_covariance_desc *desc);
apus_status apus_scovariance(const apus_covariance_desc *desc, const float *x, const double *means,
                             const double *factor, double *c, void *workspace, size_t workspace_bytes);
apus_status apus_dcovariance(const apus_covariance_desc *desc, const double *x, const double *means,
                             const double *factor, double *c, void *workspace, size_t workspace_bytes);

APUS_END_DECLS
#endif
