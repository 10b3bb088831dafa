// Columns, covariance, singular values, eigenvalues.
#include "entries.h"

enum { ROWS = 3001, COLUMNS = 67, CELLS = ROWS * COLUMNS, N = 61 };

#define COLUMN_ENTRIES(p, type, input, output)                                                                          \
    static apus_status p##column_means(call *c) {                                                                       \
        const ptrdiff_t rows = size(c, ROWS), columns = size(c, COLUMNS), ldx = size(c, COLUMNS);                       \
        const type *x = input(c, CELLS);                                                                                \
        double *means = out_f64(c, COLUMNS);                                                                            \
        return apus_##p##column_means(rows, columns, x, ldx, means);                                                    \
    }                                                                                                                   \
    static apus_status p##column_squares(call *c) {                                                                     \
        const ptrdiff_t rows = size(c, ROWS), columns = size(c, COLUMNS), ldx = size(c, COLUMNS);                       \
        const type *x = input(c, CELLS);                                                                                \
        const double *means = in_f64(c, COLUMNS);                                                                       \
        double *squares = out_f64(c, COLUMNS);                                                                          \
        return apus_##p##column_squares(rows, columns, x, ldx, means, squares);                                         \
    }                                                                                                                   \
    static apus_status p##center(call *c) {                                                                             \
        const ptrdiff_t rows = size(c, ROWS), columns = size(c, COLUMNS), ldx = size(c, COLUMNS);                       \
        const ptrdiff_t ldy = size(c, COLUMNS);                                                                         \
        const type *x = input(c, CELLS);                                                                                \
        const double *shift = in_f64(c, COLUMNS), *factor = in_positive_f64(optional(c), COLUMNS);                      \
        type *y = output(c, CELLS);                                                                                     \
        return apus_##p##center(rows, columns, x, ldx, shift, factor, y, ldy);                                          \
    }                                                                                                                   \
    static apus_status p##covariance(call *c) {                                                                         \
        apus_covariance_desc d = {.divisor = ROWS - 1};                                                                 \
        d.rows = size(c, ROWS), d.columns = size(c, COLUMNS), d.ldx = size(c, COLUMNS);                                 \
        const type *x = input(c, CELLS);                                                                                \
        const double *means = in_f64(c, COLUMNS), *factor = in_positive_f64(optional(c), COLUMNS);                      \
        double *y = out_f64(c, COLUMNS * COLUMNS);                                                                      \
        size_t bytes = apus_##p##covariance_workspace(&d);                                                              \
        void *workspace = space(c, &bytes);                                                                             \
        return apus_##p##covariance(&d, x, means, factor, y, workspace, bytes);                                         \
    }                                                                                                                   \
    static apus_status p##svd(call *c) {                                                                                \
        apus_svd_desc d = {.vectors = APUS_VECTORS_THIN};                                                               \
        d.m = size(c, 2 * N), d.n = size(c, N), d.lda = size(c, N), d.ldu = size(c, N), d.ldvt = size(c, N);            \
        const type *a = input(c, 2 * N * N);                                                                            \
        type *s = output(c, N), *u = output(optional(c), 2 * N * N), *vt = output(optional(c), N * N);                  \
        size_t bytes = apus_##p##svd_workspace(&d);                                                                     \
        void *workspace = space(c, &bytes);                                                                             \
        return apus_##p##svd(&d, a, s, u, vt, NULL, workspace, bytes);                                                  \
    }                                                                                                                   \
    static apus_status p##qr(call *c) {                                                                                 \
        apus_qr_desc d = {.vectors = APUS_VECTORS_THIN, .pivoting = 1};                                                 \
        d.m = size(c, 2 * N), d.n = size(c, N), d.lda = size(c, N), d.ldq = size(c, N), d.ldr = size(c, N);             \
        const type *a = input(c, 2 * N * N);                                                                            \
        type *q = output(c, 2 * N * N), *r = output(c, N * N);                                                          \
        ptrdiff_t *pivots = out_bytes(c, N * sizeof(ptrdiff_t));                                                        \
        size_t bytes = apus_##p##qr_workspace(&d);                                                                      \
        void *workspace = space(c, &bytes);                                                                             \
        return apus_##p##qr(&d, a, q, r, pivots, NULL, workspace, bytes);                                               \
    }
COLUMN_ENTRIES(s, float, in_f32, out_f32)
COLUMN_ENTRIES(d, double, in_f64, out_f64)

static apus_status deigh(call *c) {
    apus_eigh_desc d;
    d.n = size(c, N), d.count = size(c, 20), d.lda = size(c, N), d.ldvt = size(c, N);
    const double *a = in_f64(c, N * N);
    double *w = out_f64(c, 20), *vt = out_f64(optional(c), 20 * N);
    size_t bytes = apus_deigh_workspace(&d);
    void *workspace = space(c, &bytes);
    return apus_deigh(&d, a, w, vt, NULL, workspace, bytes);
}

#define COLUMN_ROWS(p)                                                                                                  \
    {"apus_" #p "column_means", p##column_means}, {"apus_" #p "column_squares", p##column_squares},                     \
        {"apus_" #p "center", p##center}, {"apus_" #p "covariance", p##covariance}, {"apus_" #p "svd", p##svd}, {       \
        "apus_" #p "qr", p##qr                                                                                          \
    }
const entry statistics_entries[] = {COLUMN_ROWS(s), COLUMN_ROWS(d), {"apus_deigh", deigh}, {NULL, NULL}};
