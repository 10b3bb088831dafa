// One table of kernels, for panels of SMALL_HALF and LARGE_HALF columns, from what the including template defined.
#include "linalg_diagonalize_template.h"
#include "linalg_sweep_template.h"

#define SIZED(name, size) KERNEL_NAME(name##_##size)
#define DEFINE_SIZE(size, HALF)                                                                              \
    KERNEL_TARGET static void SIZED(gram, size)(ptrdiff_t n, const T *x, const T *y, T *g) {                 \
        KERNEL_NAME(gram)(HALF, n, x, y, g);                                                                 \
    }                                                                                                        \
    KERNEL_TARGET static void SIZED(cross, size)(ptrdiff_t n, const T *x, const T *y, T *g) {                \
        KERNEL_NAME(cross)(HALF, n, x, y, g);                                                                \
    }                                                                                                        \
    KERNEL_TARGET static void SIZED(apply, size)(ptrdiff_t n, T *x, T *y, const T *v) {                      \
        KERNEL_NAME(apply)(HALF, n, x, y, v);                                                                \
    }                                                                                                        \
    KERNEL_TARGET static void SIZED(diagonalize, size)(T *g, T *v, T *scratch, T tolerance) {                \
        KERNEL_NAME(diagonalize)(HALF, 0, g, v, scratch, tolerance);                                         \
    }                                                                                                        \
    KERNEL_TARGET static void SIZED(annihilate, size)(T *g, T *v, T *scratch, T tolerance) {                 \
        KERNEL_NAME(diagonalize)(HALF, 1, g, v, scratch, tolerance);                                         \
    }                                                                                                        \
    KERNEL_TARGET static T SIZED(sweep, size)(ptrdiff_t n, T *x, T *v, T tolerance) {                        \
        return KERNEL_NAME(sweep)(HALF, n, x, v, tolerance);                                                 \
    }                                                                                                        \
    KERNEL_TARGET static T SIZED(cosines, size)(ptrdiff_t n, const T *x) {                                   \
        return KERNEL_NAME(cosines)(HALF, n, x);                                                             \
    }                                                                                                        \
    KERNEL_TARGET static void SIZED(reflect_rows, size)(ptrdiff_t n, const T *v, T tau, T *x) {              \
        KERNEL_NAME(reflect_rows)(HALF, n, v, tau, x);                                                       \
    }
DEFINE_SIZE(small, SMALL_HALF)
DEFINE_SIZE(large, LARGE_HALF)

const TABLE_TYPE TABLE = {
    .pairs = {{SMALL_HALF, SIZED(gram, small), SIZED(cross, small), SIZED(apply, small), SIZED(diagonalize, small),
               SIZED(annihilate, small), SIZED(sweep, small), SIZED(cosines, small), SIZED(reflect_rows, small)},
              {LARGE_HALF, SIZED(gram, large), SIZED(cross, large), SIZED(apply, large), SIZED(diagonalize, large),
               SIZED(annihilate, large), SIZED(sweep, large), SIZED(cosines, large), SIZED(reflect_rows, large)}},
    .dot = KERNEL_NAME(dot),
    .reflect = KERNEL_NAME(reflect),
};

#undef SIZED
#undef DEFINE_SIZE
#undef T
#undef WHOLE_NUMBER
#undef KERNEL_NAME
#undef SMALL_HALF
#undef LARGE_HALF
#undef TABLE
#undef TABLE_TYPE
#undef SQRT
#undef LARGE_RATIO
