// The specification of the column sums' kernels in plain C, for element type T. Defines TABLE and undefines its names.

static void NAME(sums)(ptrdiff_t rows, ptrdiff_t columns, const T *x, ptrdiff_t ldx, double *sums) {
    for (ptrdiff_t c = 0; c < columns; c++) {
        sums[c] = 0;
        for (ptrdiff_t r = 0; r < rows; r++) sums[c] += (double)x[r * ldx + c];
    }
}

static void NAME(squares)(ptrdiff_t rows, ptrdiff_t columns, const T *x, ptrdiff_t ldx, const double *means,
                          double *drift, double *squares) {
    for (ptrdiff_t c = 0; c < columns; c++) {
        drift[c] = squares[c] = 0;
        for (ptrdiff_t r = 0; r < rows; r++) {
            double d = (double)x[r * ldx + c] - means[c];
            drift[c] += d;
            squares[c] += d * d;
        }
    }
}

static void NAME(center)(ptrdiff_t rows, ptrdiff_t columns, const T *x, ptrdiff_t ldx, const double *shift,
                         const double *factor, T *y, ptrdiff_t ldy) {
    for (ptrdiff_t r = 0; r < rows; r++)
        for (ptrdiff_t c = 0; c < columns; c++)
            y[r * ldy + c] = (T)(((double)x[r * ldx + c] - shift[c]) * (factor == NULL ? 1 : factor[c]));
}

static void NAME(add)(ptrdiff_t n, const T *x, double *total) {
    for (ptrdiff_t i = 0; i < n; i++) total[i] += (double)x[i];
}

const TABLE = {NAME(sums), NAME(squares), NAME(center), NAME(add)};

#undef T
#undef NAME
#undef TABLE
