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
/// A residual is what c holds before the call, with beta == 1: f(alpha * op(A) * op(B) + residual + bias).
/// For one instruction set the bits depend on the shape, the transpositions and the leading dimensions (which choose
/// the way through the caches), never on the number of threads.
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

/// A matrix B that many products use again, weights say, packed once: the products then neither pack B nor go through
/// rows that lie far apart, which pays most where A has few rows.
///
/// op(B) is k x n: b is [k, n] with ldb >= n, or, transposed, [n, k] with ldb >= k. n == 0 or k == 0: b is never read.
/// The packed form is opaque: a header and B's elements in the order in which the kernels read them, rounded up to
/// whole panels of columns. It holds numbers only: it may be copied with memcpy, lie anywhere (at a cache line, as
/// apus_alloc gives, it is fastest) and be read by several threads at once. It belongs to the instruction set in force
/// when it was packed and to processors with second-level caches of the same size. The number of threads does not
/// matter to it.

/// Bytes of the packed form of a k x n matrix for the instruction set in force; 0 where n or k is negative or too large.
size_t apus_sgemm_pack_b_bytes(ptrdiff_t n, ptrdiff_t k);
size_t apus_dgemm_pack_b_bytes(ptrdiff_t n, ptrdiff_t k);

/// Packs op(B) into `packed`, of at least apus_sgemm_pack_b_bytes(n, k) bytes. Needs no workspace.
/// APUS_ERROR_NULL, _SHAPE, _STRIDE, _OVERFLOW, _VALUE (transpose), _WORKSPACE (packed_bytes are too few),
/// _ALIAS (packed overlaps b).
apus_status apus_sgemm_pack_b(apus_transpose transpose_b, ptrdiff_t n, ptrdiff_t k, const float *b, ptrdiff_t ldb,
                              void *packed, size_t packed_bytes);
apus_status apus_dgemm_pack_b(apus_transpose transpose_b, ptrdiff_t n, ptrdiff_t k, const double *b, ptrdiff_t ldb,
                              void *packed, size_t packed_bytes);

/// Bytes of workspace that a product with a packed B wants; as apus_sgemm_workspace.
size_t apus_sgemm_packed_workspace(const apus_gemm_desc *desc);
size_t apus_dgemm_packed_workspace(const apus_gemm_desc *desc);

/// C := f(alpha * op(A) * B + beta * C + bias) as apus_sgemm computes it, with a packed B. The descriptor's n and k are
/// those that B was packed with; its transpose_b and ldb are not looked at.
/// The header is checked in every call, also where nothing of B is read: APUS_ERROR_VALUE where `packed_b` is no packed
/// matrix, _UNSUPPORTED where it was packed for another instruction set, element type or cache, _SHAPE where n or k
/// differ, _WORKSPACE where packed_bytes are fewer than apus_sgemm_pack_b_bytes(n, k). Other errors, workspace, aliasing
/// and thread-safety: as apus_sgemm; c must not overlap packed_b either.
/// Bits: an element's sum runs over k in order, in blocks that depend on k and the instruction set. So they depend
/// neither on m (a row gives the same bits alone and among others), nor on leading dimensions, transpositions or the
/// number of threads. apus_sgemm, which chooses its blocks by the whole shape, gives the same bits where its blocks
/// are the same (for one, where m > 28, n > 1 and k <= 128), and others within rounding elsewhere.
apus_status apus_sgemm_packed(const apus_gemm_desc *desc, const float *a, const void *packed_b, size_t packed_bytes,
                              const float *bias, float *c, void *workspace, size_t workspace_bytes);
apus_status apus_dgemm_packed(const apus_gemm_desc *desc, const double *a, const void *packed_b, size_t packed_bytes,
                              const double *bias, double *c, void *workspace, size_t workspace_bytes);

/// Which part of a symmetric matrix a call reads and writes.
typedef enum apus_triangle {
    APUS_LOWER = 0,        ///< i >= j
    APUS_UPPER = 1,        ///< i <= j
    APUS_BOTH_TRIANGLES = 2 ///< all of it is written; where beta != 0 the lower triangle is read for both
} apus_triangle;

/// C := alpha * A * A^T + beta * C, or, transposed, C := alpha * A^T * A + beta * C: symmetric, [n, n], row-major.
/// Half of the work of the general product.
/// a is [n, k] with lda >= k, or, transposed, [k, n] with lda >= n (rows are samples: their products summed, n x n).
/// c is [n, n] with ldc >= n. Only the triangle named is read and written; the other one is left as it is.
/// n == 0: nothing is done. k == 0 or alpha == 0: the product is zero, and a is never read. beta == 0: c is never read.
typedef struct apus_syrk_desc {
    apus_transpose transpose;
    apus_triangle triangle;
    ptrdiff_t n, k;
    ptrdiff_t lda, ldc;
    double alpha, beta; ///< rounded to the element type
} apus_syrk_desc;

/// Bytes of workspace that a call wants. The value depends on the shape, the variant and the number of threads in
/// force. 0 for an invalid descriptor.
size_t apus_ssyrk_workspace(const apus_syrk_desc *desc);
size_t apus_dsyrk_workspace(const apus_syrk_desc *desc);

/// Bits: the sum of each element runs over k in order, in blocks that depend on k and the variant: the same on any
/// number of threads and in either triangle (C(i, j) and C(j, i) are equal). workspace, thread-safety and alignment: as apus_sgemm.
/// APUS_ERROR_NULL, _SHAPE, _STRIDE, _OVERFLOW, _WORKSPACE, _MEMORY, _ALIAS (c overlaps a), _VALUE (transpose, triangle).
apus_status apus_ssyrk(const apus_syrk_desc *desc, const float *a, float *c, void *workspace, size_t workspace_bytes);
apus_status apus_dsyrk(const apus_syrk_desc *desc, const double *a, double *c, void *workspace, size_t workspace_bytes);

APUS_END_DECLS
#endif
