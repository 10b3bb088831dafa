/// General matrix multiplication, row-major, with a fused epilogue.
#ifndef APUS_GEMM_H
#define APUS_GEMM_H

#include "activation.h"
#include "status.h"

APUS_BEGIN_DECLS

typedef enum apus_transpose { APUS_NO_TRANSPOSE = 0, APUS_TRANSPOSE = 1 } apus_transpose;

/// C := f(alpha * op(A) * op(B) + beta * C + bias), row-major.
/// op(A) is m x k: a is [m, k] with lda >= k, or, transposed, [k, m] with lda >= m.
/// op(B) is k x n: b is [k, n] with ldb >= n, or, transposed, [n, k] with ldb >= k.
/// c is [m, n] with ldc >= n. bias, if given, is [n], added to every row.
/// f is LINEAR or RELU (fused); other activations give APUS_ERROR_UNSUPPORTED.
/// m == 0 or n == 0: nothing is done. k == 0: the product is zero. beta == 0: c is never read.
/// alpha == 0: a and b are never read.
typedef struct apus_gemm_desc {
    apus_transpose transpose_a, transpose_b;
    ptrdiff_t m, n, k;
    ptrdiff_t lda, ldb, ldc;
    double alpha, beta; ///< rounded to the element type
    apus_activation activation;
} apus_gemm_desc;

/// Bytes of workspace that a call wants; 0 for shapes that need none. The value depends on the shape,
/// the variant and the number of threads in force. 0 also for an invalid descriptor.
size_t apus_sgemm_workspace(const apus_gemm_desc *desc);
size_t apus_dgemm_workspace(const apus_gemm_desc *desc);

/// workspace: at least the bytes asked for, any alignment, used by one call at a time; or null with
/// workspace_bytes == 0, and the call allocates for itself. bias may be null.
/// APUS_ERROR_NULL, _SHAPE, _STRIDE, _OVERFLOW, _WORKSPACE, _MEMORY, _ALIAS (c overlaps a, b or bias),
/// _VALUE (transpose), _UNSUPPORTED (activation).
apus_status apus_sgemm(const apus_gemm_desc *desc, const float *a, const float *b, const float *bias, float *c,
                       void *workspace, size_t workspace_bytes);
apus_status apus_dgemm(const apus_gemm_desc *desc, const double *a, const double *b, const double *bias, double *c,
                       void *workspace, size_t workspace_bytes);

APUS_END_DECLS
#endif
