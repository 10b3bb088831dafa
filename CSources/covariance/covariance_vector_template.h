// The body of the vector variants of the column sums, for element type T and the target attribute TARGET. Memory is the
// limit, so plain loops that compilers vectorize do: four rows at a time, for the sums' own traffic to weigh little.
// Undefines the names that it was given.

TARGET static void NAME(sums)(ptrdiff_t rows, ptrdiff_t columns, const T *restrict x, ptrdiff_t ldx,
                              double *restrict sums) {
    for (ptrdiff_t c = 0; c < columns; c++) sums[c] = 0;
    ptrdiff_t r = 0;
    for (; r + 4 <= rows; r += 4) {
        const T *x0 = x + r * ldx, *x1 = x0 + ldx, *x2 = x1 + ldx, *x3 = x2 + ldx;
        for (ptrdiff_t c = 0; c < columns; c++)
            sums[c] += ((double)x0[c] + (double)x1[c]) + ((double)x2[c] + (double)x3[c]);
    }
    for (; r < rows; r++)
        for (ptrdiff_t c = 0; c < columns; c++) sums[c] += (double)x[r * ldx + c];
}

TARGET static void NAME(squares)(ptrdiff_t rows, ptrdiff_t columns, const T *restrict x, ptrdiff_t ldx,
                                 const double *restrict means, double *restrict drift, double *restrict squares) {
    for (ptrdiff_t c = 0; c < columns; c++) drift[c] = squares[c] = 0;
    ptrdiff_t r = 0;
    for (; r + 2 <= rows; r += 2) {
        const T *x0 = x + r * ldx, *x1 = x0 + ldx;
        for (ptrdiff_t c = 0; c < columns; c++) {
            double a = (double)x0[c] - means[c], b = (double)x1[c] - means[c];
            drift[c] += a + b;
            squares[c] += a * a + b * b;
        }
    }
    if (r < rows)
        for (ptrdiff_t c = 0; c < columns; c++) {
            double a = (double)x[r * ldx + c] - means[c];
            drift[c] += a;
            squares[c] += a * a;
        }
}

TARGET static void NAME(center)(ptrdiff_t rows, ptrdiff_t columns, const T *restrict x, ptrdiff_t ldx,
                                const double *restrict shift, const double *restrict factor, T *restrict y,
                                ptrdiff_t ldy) {
    for (ptrdiff_t r = 0; r < rows; r++, x += ldx, y += ldy) {
        if (factor == NULL)
            for (ptrdiff_t c = 0; c < columns; c++) y[c] = (T)((double)x[c] - shift[c]);
        else
            for (ptrdiff_t c = 0; c < columns; c++) y[c] = (T)(((double)x[c] - shift[c]) * factor[c]);
    }
}

TARGET static void NAME(add)(ptrdiff_t n, const T *restrict x, double *restrict total) {
    for (ptrdiff_t i = 0; i < n; i++) total[i] += (double)x[i];
}

const TABLE = {NAME(sums), NAME(squares), NAME(center), NAME(add)};

#undef T
#undef NAME
#undef TABLE
