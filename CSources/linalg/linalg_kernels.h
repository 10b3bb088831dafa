// The kernels of the decompositions: one table a variant and type. All are serial and check nothing.
//
// Rotations work on pairs of panels. A panel holds `half` columns of a matrix, element (i, l) at x[i * half + l]:
// a row of a pair is two short runs, so that Gram matrix and rotation are products straight from memory, in place.
#ifndef APUS_LINALG_KERNELS_H
#define APUS_LINALG_KERNELS_H

#include "../runtime/internal.h"

// Columns of a panel: a small size for small matrices, a large one for the rest.
enum { linalg_panel_sizes = 2, linalg_most_half = 32 };

#define APUS_LINALG_DECLARE_KERNELS(P, T)                                                                        \
    typedef struct apus_##P##_pair_kernels {                                                                     \
        ptrdiff_t half;                                                                                          \
        /* g := Z^T Z for Z = [x y], n rows; g is [2 half, 2 half], whole. */                                    \
        void (*gram)(ptrdiff_t n, const T *x, const T *y, T *g);                                                 \
        /* The blocks x^T y and y^T x of it alone. */                                                            \
        void (*cross)(ptrdiff_t n, const T *x, const T *y, T *g);                                                \
        /* [x y] := [x y] v, v [2 half, 2 half]. */                                                              \
        void (*apply)(ptrdiff_t n, T *x, T *y, const T *v);                                                      \
        /* Rotates g towards a diagonal matrix, once for each pair of its columns, where the cosine               */ \
        /* |g_ij| / sqrt(g_ii g_jj) is above `tolerance`; v := the product of the rotations. g is rotated along; */ \
        /* both are whole matrices. scratch: as large as g.                                                      */ \
        void (*diagonalize)(T *g, T *v, T *scratch, T tolerance);                                                \
        /* The same for pairs of one column of x and one of y only; the one in x gets the larger norm. */        \
        void (*annihilate)(T *g, T *v, T *scratch, T tolerance);                                                 \
        /* Small matrices, up to 2 half columns. One sweep over all pairs of the columns of x [n, 2 half], n of   */ \
        /* them, which stand in a line (linalg_sweep_template.h); v, of the same kind, or null, is turned alike.  */ \
        /* Returns the largest cosine that was met. The columns' order is reversed.                              */ \
        T (*sweep)(ptrdiff_t n, T *x, T *v, T tolerance);                                                        \
        /* The largest |cosine| between two columns of x [n, 2 half], which stand as they like. */               \
        T (*cosines)(ptrdiff_t n, const T *x);                                                                   \
        /* x [n, 2 half] := (1 - tau v v^T) x. */                                                                \
        void (*reflect_rows)(ptrdiff_t n, const T *v, T tau, T *x);                                              \
    } apus_##P##_pair_kernels;                                                                                   \
    typedef struct apus_##P##_linalg_kernels {                                                                   \
        apus_##P##_pair_kernels pairs[linalg_panel_sizes];                                                       \
        T (*dot)(ptrdiff_t n, const T *x, const T *y);                                                           \
        /* Columns x, x + ld, ...: each := (1 - tau v v^T) of itself. */                                         \
        void (*reflect)(ptrdiff_t n, const T *v, T tau, ptrdiff_t columns, T *x, ptrdiff_t ld);                  \
    } apus_##P##_linalg_kernels;                                                                                 \
    extern const apus_##P##_linalg_kernels apus_##P##_linalg_reference, apus_##P##_linalg_avx2,                  \
        apus_##P##_linalg_avx512, apus_##P##_linalg_neon;                                                        \
    const apus_##P##_linalg_kernels *apus_##P##_linalg_get_kernels(void);

APUS_LINALG_DECLARE_KERNELS(f32, float)
APUS_LINALG_DECLARE_KERNELS(f64, double)

#endif
