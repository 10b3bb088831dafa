// Means, squares and centring, for element type T. The names are undefined by covariance_template.h.

typedef struct NAME(reduction) {
    ptrdiff_t rows, columns, ldx, block, blocks, strips;
    const T *x;
    const double *means;    // squares only
    double *first, *second; // [blocks, columns] each; second: squares only
} NAME(reduction);

static void NAME(reduction_chunk)(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const NAME(reduction) *r = context;
    for (ptrdiff_t i = begin; i < end; i++) {
        ptrdiff_t block = i / r->strips, column = i % r->strips * COLUMN_STRIP;
        ptrdiff_t width = apus_min(COLUMN_STRIP, r->columns - column), row = block * r->block;
        ptrdiff_t rows = apus_min(r->block, r->rows - row), to = block * r->columns + column;
        const T *x = r->x + row * r->ldx + column;
        if (r->means == NULL)
            NAME(kernels)()->sums(rows, width, x, r->ldx, r->first + to);
        else
            NAME(kernels)()->squares(rows, width, x, r->ldx, r->means + column, r->first + to, r->second + to);
    }
}

// Every block's sums, added up into the first block's. Free r->first.
static apus_status NAME(reduce)(NAME(reduction) *r) {
    r->block = apus_row_block(r->rows);
    r->blocks = apus_ceil_div(r->rows, r->block);
    r->strips = apus_ceil_div(r->columns, COLUMN_STRIP);
    ptrdiff_t arrays = r->means == NULL ? 1 : 2, count;
    if (!apus_element_count(r->columns, arrays * APUS_MAX_ROW_BLOCKS, sizeof(double), &count)) return APUS_ERROR_OVERFLOW;
    r->first = apus_alloc((size_t)(arrays * r->blocks * r->columns) * sizeof(double));
    if (r->first == NULL) return APUS_ERROR_MEMORY;
    r->second = r->first + (arrays - 1) * r->blocks * r->columns;
    apus_status status = apus_parallel_for(r->blocks * r->strips, 1, NAME(reduction_chunk), r);
    if (status != APUS_OK) return status;
    for (ptrdiff_t b = 1; b < r->blocks; b++)
        for (ptrdiff_t c = 0; c < r->columns; c++) {
            r->first[c] += r->first[b * r->columns + c];
            if (arrays == 2) r->second[c] += r->second[b * r->columns + c];
        }
    return APUS_OK;
}

apus_status P(column_means)(ptrdiff_t rows, ptrdiff_t columns, const T *x, ptrdiff_t ldx, double *means) {
    apus_status status = check_table(rows, columns, ldx, sizeof(T));
    if (status != APUS_OK || columns == 0) return status;
    if (rows == 0) return APUS_ERROR_SHAPE;
    if (x == NULL || means == NULL) return APUS_ERROR_NULL;
    if (apus_overlap(means, (size_t)columns * sizeof(double), x, extent(rows, columns, ldx, sizeof(T)))) return APUS_ERROR_ALIAS;
    NAME(reduction) r = {.rows = rows, .columns = columns, .ldx = ldx, .x = x};
    status = NAME(reduce)(&r);
    if (status == APUS_OK)
        for (ptrdiff_t c = 0; c < columns; c++) means[c] = r.first[c] / (double)rows;
    apus_free(r.first);
    return status;
}

apus_status P(column_squares)(ptrdiff_t rows, ptrdiff_t columns, const T *x, ptrdiff_t ldx, const double *means,
                              double *squares) {
    apus_status status = check_table(rows, columns, ldx, sizeof(T));
    if (status != APUS_OK || columns == 0) return status;
    if (rows == 0) return APUS_ERROR_SHAPE;
    if (x == NULL || means == NULL || squares == NULL) return APUS_ERROR_NULL;
    size_t bytes = (size_t)columns * sizeof(double);
    if (apus_overlap(squares, bytes, x, extent(rows, columns, ldx, sizeof(T))) || apus_overlap(squares, bytes, means, bytes))
        return APUS_ERROR_ALIAS;
    NAME(reduction) r = {.rows = rows, .columns = columns, .ldx = ldx, .x = x, .means = means};
    status = NAME(reduce)(&r);
    if (status == APUS_OK)
        for (ptrdiff_t c = 0; c < columns; c++) {
            double corrected = r.second[c] - r.first[c] * r.first[c] / (double)rows;
            squares[c] = corrected < 0 ? 0 : corrected; // NaN stays
        }
    apus_free(r.first);
    return status;
}

typedef struct NAME(centring) {
    ptrdiff_t columns, ldx, ldy;
    const T *x;
    const double *shift, *factor;
    T *y;
} NAME(centring);

static void NAME(centring_chunk)(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const NAME(centring) *p = context;
    NAME(kernels)()->center(end - begin, p->columns, p->x + begin * p->ldx, p->ldx, p->shift, p->factor,
                                  p->y + begin * p->ldy, p->ldy);
}

apus_status P(center)(ptrdiff_t rows, ptrdiff_t columns, const T *x, ptrdiff_t ldx, const double *shift,
                      const double *factor, T *y, ptrdiff_t ldy) {
    apus_status status = check_table(rows, columns, ldx, sizeof(T));
    if (status == APUS_OK) status = check_table(rows, columns, ldy, sizeof(T));
    if (status != APUS_OK || rows == 0 || columns == 0) return status;
    if (x == NULL || shift == NULL || y == NULL) return APUS_ERROR_NULL;
    size_t bytes = extent(rows, columns, ldy, sizeof(T)), row = (size_t)columns * sizeof(double);
    if (apus_overlap(y, bytes, x, extent(rows, columns, ldx, sizeof(T))) || apus_overlap(y, bytes, shift, row) ||
        apus_overlap(y, bytes, factor, row))
        return APUS_ERROR_ALIAS;
    NAME(centring) p = {columns, ldx, ldy, x, shift, factor, y};
    return apus_parallel_for(rows, apus_row_grain(columns), NAME(centring_chunk), &p);
}
