// A large matrix turned so that its columns are orthogonal nearly to rounding. Not installed.
#ifndef APUS_SVD_PRECONDITION_H
#define APUS_SVD_PRECONDITION_H

#include "linalg_internal.h"
#include "tridiagonal.h"

// Columns from which on it pays: measured.
enum { precondition_columns = 192 };

typedef struct apus_precondition {
    double *x;      // [n, n]: the matrix, no element larger than about 1
    double *turned; // [n, n]: x V
    double *spare;  // [n, n]
    apus_tridiagonal_room eigen;
    void *gemm;
    size_t gemm_bytes;
} apus_precondition;

void apus_precondition_take(apus_precondition *p, linalg_room *room, ptrdiff_t n);
// turned := x V, V orthogonal to rounding. *done: false, and nothing is turned, where eigenvalues of x^T x lie so close
// together that inverse iteration alone cannot tell their vectors apart.
apus_status apus_precondition_run(apus_precondition *p, bool *done);

#endif
