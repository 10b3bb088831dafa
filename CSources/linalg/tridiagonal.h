// The stages of the symmetric eigenvalue problem. Not installed.
#ifndef APUS_TRIDIAGONAL_H
#define APUS_TRIDIAGONAL_H

#include "../../include/apus/gemm.h"
#include "../runtime/internal.h"
#include "tridiagonal_kernels.h"

// Reflections that are applied together.
#define TRIDIAGONAL_PANEL ((ptrdiff_t)32)
// Parts that a product of the triangle with a vector is cut into, each with a result of its own.
#define TRIDIAGONAL_PARTS ((ptrdiff_t)8)
// Groups that eigenvectors are computed in, each with scratch memory of its own.
#define TRIDIAGONAL_GROUPS ((ptrdiff_t)16)

// The arrays of a call.
typedef struct apus_tridiagonal_room {
    const apus_tridiagonal_kernels *kernels;
    ptrdiff_t n, count;
    // [n, n]: the lower triangle, row by row replaced by the reflections (zero from the diagonal on).
    double *a;
    double *diagonal, *other, *squares, *tau; // [n]; other[i] stands between i - 1 and i
    double *left, *right;                     // [2 TRIDIAGONAL_PANEL, n]
    double *parts;                            // [TRIDIAGONAL_PARTS, n]
    double *scratch;                          // [TRIDIAGONAL_GROUPS, 5 n]
    double *w, *z;                            // [count], [count, n]
    double *small;                            // [count + 2 TRIDIAGONAL_PANEL, TRIDIAGONAL_PANEL] twice
    double norm;                              // no eigenvalue is larger in size
    void *gemm;
    size_t gemm_bytes;
} apus_tridiagonal_room;

// Cuts a block of memory, on a cache line, into the arrays of a call; NULL: only counts. Returns their bytes.
size_t apus_tridiagonal_cut(apus_tridiagonal_room *room, ptrdiff_t n, ptrdiff_t count, char *memory);
// a = Q T Q^T: T into diagonal, other and squares, Q as reflections into a and tau.
apus_status apus_tridiagonal_reduce(apus_tridiagonal_room *room);
// The largest eigenvalues of T into w.
apus_status apus_tridiagonal_values(apus_tridiagonal_room *room);
// Their eigenvectors into z. APUS_ERROR_NO_CONVERGENCE.
apus_status apus_tridiagonal_vectors(apus_tridiagonal_room *room);
// The same, each by itself: vectors of neighbouring eigenvalues need not be orthogonal.
apus_status apus_tridiagonal_iterate(apus_tridiagonal_room *room);
// z := z Q^T, row by row.
apus_status apus_tridiagonal_back(apus_tridiagonal_room *room);
// A product in the workspace; where it is too small, which it is not unless threads were added meanwhile, in memory of
// the call's own.
apus_status apus_tridiagonal_gemm(const apus_tridiagonal_room *room, const apus_gemm_desc *desc, const double *a, const double *b,
                            double *c);

#endif
