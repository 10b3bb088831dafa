// The stages of the symmetric eigenvalue problem. Not installed.
#ifndef APUS_EIGEN_INTERNAL_H
#define APUS_EIGEN_INTERNAL_H

#include "../../include/apus/gemm.h"
#include "../runtime/internal.h"
#include "eigen_kernels.h"

// Reflections that are applied together.
#define EIGEN_PANEL ((ptrdiff_t)32)
// Parts that a product of the triangle with a vector is cut into, each with a result of its own.
#define EIGEN_PARTS ((ptrdiff_t)8)
// Groups that eigenvectors are computed in, each with scratch memory of its own.
#define EIGEN_GROUPS ((ptrdiff_t)16)

// The arrays of a call.
typedef struct apus_eigen_room {
    const apus_eigen_kernels *kernels;
    ptrdiff_t n, count;
    // [n, n]: the lower triangle, row by row replaced by the reflections (zero from the diagonal on).
    double *a;
    double *diagonal, *other, *squares, *tau; // [n]; other[i] stands between i - 1 and i
    double *left, *right;                     // [2 EIGEN_PANEL, n]
    double *parts;                            // [EIGEN_PARTS, n]
    double *scratch;                          // [EIGEN_GROUPS, 5 n]
    double *w, *z;                            // [count], [count, n]
    double *small;                            // [count + 2 EIGEN_PANEL, EIGEN_PANEL] twice
    double norm;                              // no eigenvalue is larger in size
    void *gemm;
    size_t gemm_bytes;
} apus_eigen_room;

// a = Q T Q^T: T into diagonal, other and squares, Q as reflections into a and tau.
apus_status apus_eigen_reduce(apus_eigen_room *room);
// The largest eigenvalues of T into w.
apus_status apus_eigen_values(apus_eigen_room *room);
// Their eigenvectors into z. APUS_ERROR_NO_CONVERGENCE.
apus_status apus_eigen_vectors(apus_eigen_room *room);
// z := z Q^T, row by row.
apus_status apus_eigen_back(apus_eigen_room *room);
// A product in the workspace; where it is too small, which it is not unless threads were added meanwhile, in memory of
// the call's own.
apus_status apus_eigen_gemm(const apus_eigen_room *room, const apus_gemm_desc *desc, const double *a, const double *b,
                            double *c);

#endif
