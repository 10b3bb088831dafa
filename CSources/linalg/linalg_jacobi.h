// Block one-sided Jacobi rotations. Not installed.
#ifndef APUS_LINALG_JACOBI_H
#define APUS_LINALG_JACOBI_H

#include "linalg_internal.h"
#include "linalg_kernels.h"

// More than any matrix has been seen to need.
enum { most_sweeps = 60 };

// `count` columns of `rows` elements in panels of `half`, the last ones filled up with zeros.
#define APUS_LINALG_DECLARE_JACOBI(P, T)                                                                      \
    typedef struct apus_##P##_jacobi {                                                                        \
        const apus_##P##_linalg_kernels *kernels;                                                             \
        const apus_##P##_pair_kernels *pair;                                                                  \
        ptrdiff_t rows, count, panels; /* an even number of panels */                                         \
        int team;                                                                                             \
        T *x;       /* [panels, rows, half] */                                                                \
        T *v;       /* [panels, rows, half]: rotated alike; null: not wanted */                               \
        T *diagonal; /* [panels, half, half]: each panel's Gram matrix, kept from one meeting to the next */  \
        T *scratch; /* for each member of the team, three Gram matrices */                                    \
        T *cosines; /* [panels]: of a round's pairs */                                                        \
        T *norms;   /* [count] */                                                                             \
        ptrdiff_t *order; /* [count]: columns by descending norm */                                           \
    } apus_##P##_jacobi;                                                                                      \
    /* Takes the arrays for up to `count` columns, v too if wanted; sets none of the sizes. */                \
    void apus_##P##_jacobi_take(apus_##P##_jacobi *jacobi, linalg_room *room, ptrdiff_t rows, ptrdiff_t count, \
                                bool vectors, int team);                                                      \
    /* Sets kernels and sizes. */                                                                             \
    void apus_##P##_jacobi_resize(apus_##P##_jacobi *jacobi, ptrdiff_t rows, ptrdiff_t count);                \
    /* Rotates until the columns are orthogonal; then norms and order. APUS_ERROR_NO_CONVERGENCE. */          \
    apus_status apus_##P##_jacobi_run(apus_##P##_jacobi *jacobi, apus_linalg_info *info);                     \
    /* norms[l] of columns l < used <= half of x, element (i, l) at x[i * ld + l], each from elements scaled by a     */ \
    /* power of two: none over- or underflows. half <= linalg_most_half.                                         */ \
    void apus_##P##_jacobi_norms(ptrdiff_t rows, ptrdiff_t half, ptrdiff_t used, const T *x, ptrdiff_t ld, T *norms); \
    /* to[i * ld + r] := element r of the i-th largest column, divided by its norm if `unit`. */              \
    void apus_##P##_jacobi_rows(const apus_##P##_jacobi *jacobi, const T *x, bool unit, T *to, ptrdiff_t ld); \
    /* The same into columns of a matrix: to[r * ld + i]. */                                                  \
    void apus_##P##_jacobi_columns(const apus_##P##_jacobi *jacobi, const T *x, bool unit, T *to, ptrdiff_t ld);

APUS_LINALG_DECLARE_JACOBI(f32, float)
APUS_LINALG_DECLARE_JACOBI(f64, double)

#endif
