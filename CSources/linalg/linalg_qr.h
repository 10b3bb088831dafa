// Blocked Householder QR with optional column pivoting, as the decompositions use it. Not installed.
#ifndef APUS_LINALG_QR_H
#define APUS_LINALG_QR_H

#include "linalg_internal.h"
#include "linalg_kernels.h"

// Columns that are reduced together, and the most rows with which no more than these are not worth products.
enum { linalg_qr_block = 32, linalg_qr_direct_rows = 64 };

// A factorization A P = Q R of m x n in place: column j of R is x[j * ld + i], i <= j; below it lie the vectors of
// the reflections, H = 1 - tau v v^T with v[0] = 1 unsaid. Blocks of them are 1 - V t V^T.
#define APUS_LINALG_DECLARE_QR(P, T)                                                                             \
    typedef struct apus_##P##_qr {                                                                               \
        const apus_##P##_linalg_kernels *kernels;                                                                \
        ptrdiff_t m, n, ld;                                                                                      \
        T *x;               /* [n, ld] */                                                                        \
        T *tau;             /* [n] */                                                                            \
        T *t;               /* [n, linalg_qr_block]: row j is column j of its block's t */                       \
        ptrdiff_t *pivots;  /* [n]: column j of A P is column pivots[j] of A; null: none */                      \
        ptrdiff_t *starts;  /* [n + 1]: first columns of the blocks, and the end */                              \
        ptrdiff_t blocks, rank;                                                                                  \
        T *norms, *exact;   /* [n] each */                                                                       \
        T *panel;           /* [linalg_qr_block, m] */                                                           \
        bool direct;        /* small: reflections one by one, no products */                                     \
        T *w;               /* [2, linalg_qr_block * most], most the columns of any matrix that Q is applied to */ \
        void *gemm;         /* workspace of the products */                                                      \
        size_t gemm_bytes;                                                                                       \
    } apus_##P##_qr;                                                                                             \
    /* c := alpha op(a) op(b) + beta c; in the workspace of qr, or its own where that is too small. */           \
    apus_status apus_##P##_linalg_multiply(void *workspace, size_t bytes, bool ta, bool tb, ptrdiff_t m, ptrdiff_t n, \
                                           ptrdiff_t k, T alpha, const T *a, ptrdiff_t lda, const T *b,          \
                                           ptrdiff_t ldb, T beta, T *c, ptrdiff_t ldc);                          \
    size_t apus_##P##_linalg_multiply_bytes(bool ta, bool tb, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k);            \
    /* The Euclidean norm; elements up to apus_*_linalg_scale. */                                                \
    T apus_##P##_linalg_norm(const apus_##P##_linalg_kernels *kernels, ptrdiff_t n, const T *x);                 \
    /* The power of two that takes `largest` so far that no sum of squares of m x n elements overflows. */       \
    int apus_##P##_linalg_scale(T largest, ptrdiff_t m, ptrdiff_t n);                                            \
    /* Finds max |a|, or the first element that is no number. */                                                 \
    apus_status apus_##P##_linalg_scan(ptrdiff_t m, ptrdiff_t n, const T *a, ptrdiff_t lda, T *largest,          \
                                       apus_linalg_info *info);                                                  \
    /* Takes the arrays of a factorization that Q of which is applied to at most `most` vectors. */              \
    void apus_##P##_qr_take(apus_##P##_qr *qr, linalg_room *room, ptrdiff_t m, ptrdiff_t n, ptrdiff_t most, bool pivoting); \
    /* Makes sure that the workspace of products has room for this one, too. */                                  \
    void apus_##P##_qr_take_product(apus_##P##_qr *qr, linalg_room *room, bool ta, bool tb, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k); \
    /* Stops, with rank below min(m, n), where all that remains is zero. */                                      \
    apus_status apus_##P##_qr_factor(apus_##P##_qr *qr);                                                         \
    /* c := Q c; `count` vectors of m elements, rows of c if in_rows, else its columns. */                       \
    apus_status apus_##P##_qr_apply(const apus_##P##_qr *qr, bool in_rows, ptrdiff_t count, T *c, ptrdiff_t ldc);

APUS_LINALG_DECLARE_QR(f32, float)
APUS_LINALG_DECLARE_QR(f64, double)

#endif
