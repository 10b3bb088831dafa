// The covariance, for element type T: blocks of rows are centred, multiplied by themselves and added up in double.
// Undefines the names that it and covariance_sums_template.h were given.

// The arrays of a workspace, in order; each begins on a cache line.
typedef struct NAME(parts) {
    ptrdiff_t rows;                // of a block
    size_t centred, product, syrk; // bytes
    apus_syrk_desc desc;           // of a whole block
} NAME(parts);

static size_t NAME(lines)(ptrdiff_t count, size_t size) {
    return (size_t)apus_round_up(count * (ptrdiff_t)size, APUS_CACHE_LINE);
}

static apus_status NAME(plan)(const apus_covariance_desc *desc, NAME(parts) *parts) {
    if (desc == NULL) return APUS_ERROR_NULL;
    apus_status status = check_table(desc->rows, desc->columns, desc->ldx, sizeof(T));
    if (status != APUS_OK) return status;
    if (desc->rows == 0 && desc->columns > 0) return APUS_ERROR_SHAPE;
    if (!(desc->divisor > 0) || !isfinite(desc->divisor)) return APUS_ERROR_VALUE;
    ptrdiff_t n = desc->columns, count;
    // Room for several squares of doubles: every sum below is then far from overflow.
    if (!apus_element_count(n, 4 * apus_max(n, LEAST_CENTRED_ROWS), sizeof(double), &count)) return APUS_ERROR_OVERFLOW;
    ptrdiff_t rows = centred_rows(desc->rows, n, sizeof(T));
    parts->rows = rows;
    parts->centred = NAME(lines)(rows * n, sizeof(T));
    parts->product = SUMS_IN_DOUBLE ? NAME(lines)(n * n, sizeof(T)) : 0;
    parts->desc = (apus_syrk_desc){.transpose = APUS_TRANSPOSE, .triangle = APUS_UPPER, .n = n, .k = rows, .lda = n,
                                   .ldc = n, .alpha = 1};
    parts->syrk = SYRK_WORKSPACE(&parts->desc);
    return APUS_OK;
}

static size_t NAME(bytes)(const NAME(parts) *p) { return p->centred + p->product + p->syrk + APUS_CACHE_LINE; }

size_t P(covariance_workspace)(const apus_covariance_desc *desc) {
    NAME(parts) parts;
    return NAME(plan)(desc, &parts) == APUS_OK ? NAME(bytes)(&parts) : 0;
}

typedef struct NAME(summing) {
    ptrdiff_t columns;
    const T *product;
    double *total;
    double rows, divisor;
    const double *means, *factor; // null where blocks were centred and scaled
} NAME(summing);

// The upper triangle of the product, added to that of the total.
static void NAME(adding_chunk)(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const NAME(summing) *p = context;
    for (ptrdiff_t i = begin; i < end; i++) {
        ptrdiff_t at = i * p->columns + i;
        NAME(kernels)()->add(p->columns - i, p->product + at, p->total + at);
    }
}

// Where data were not centred, what their means add to the sums of products is taken out, and the factors come in.
static void NAME(finishing_chunk)(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const NAME(summing) *p = context;
    for (ptrdiff_t i = begin; i < end; i++) {
        double *row = p->total + i * p->columns;
        if (p->means != NULL) {
            double shift = p->rows * p->means[i], factor = p->factor == NULL ? 1 : p->factor[i];
            for (ptrdiff_t j = i; j < p->columns; j++)
                row[j] = (row[j] - shift * p->means[j]) * (factor * (p->factor == NULL ? 1 : p->factor[j]));
            if (row[i] < 0) row[i] = 0;
        }
        for (ptrdiff_t j = i; j < p->columns; j++) row[j] /= p->divisor;
    }
}

// The lower triangle from the upper, row by row of the lower one.
static void NAME(mirror_chunk)(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const NAME(summing) *p = context;
    for (ptrdiff_t i = begin; i < end; i++)
        for (ptrdiff_t j = 0; j < i; j++) p->total[i * p->columns + j] = p->total[j * p->columns + i];
}

// Whether no mean is so far from zero that plain products would cost accuracy, by rows here and there.
static bool NAME(means_look_small)(const apus_covariance_desc *desc, const T *x, const double *means, double *squares) {
    ptrdiff_t n = desc->columns, rows = apus_min(desc->rows, 64);
    for (ptrdiff_t c = 0; c < n; c++) squares[c] = 0;
    for (ptrdiff_t i = 0; i < rows; i++) {
        const T *row = x + (ptrdiff_t)((double)i / (double)rows * (double)desc->rows) * desc->ldx;
        for (ptrdiff_t c = 0; c < n; c++) squares[c] += ((double)row[c] - means[c]) * ((double)row[c] - means[c]);
    }
    for (ptrdiff_t c = 0; c < n; c++)
        if (!((double)rows * means[c] * means[c] <= MOST_MEAN_SQUARE * squares[c])) return false;
    return true;
}

// The same of all rows, from the sums of squares on the diagonal.
static bool NAME(means_are_small)(const apus_covariance_desc *desc, const double *means, const double *c) {
    for (ptrdiff_t i = 0; i < desc->columns; i++) {
        double square = (double)desc->rows * means[i] * means[i];
        if (!(square <= MOST_MEAN_SQUARE * (c[i * desc->columns + i] - square))) return false;
    }
    return true;
}

// The sums of products of x, or of x centred and scaled where means are given, into c's upper triangle.
static apus_status NAME(sum_products)(const apus_covariance_desc *desc, const T *x, const double *means,
                                      const double *factor, double *c, NAME(parts) *parts, char *memory) {
    ptrdiff_t n = desc->columns;
    T *centred = (T *)(void *)memory;
    T *product = (T *)(void *)(SUMS_IN_DOUBLE ? memory + parts->centred : (char *)c);
    void *syrk = memory + parts->centred + parts->product;
    NAME(summing) sum = {.columns = n, .product = product, .total = c};
    if (SUMS_IN_DOUBLE)
        for (ptrdiff_t i = 0; i < n * n; i++) c[i] = 0;
    for (ptrdiff_t row = 0; row < desc->rows; row += parts->rows) {
        ptrdiff_t rows = apus_min(parts->rows, desc->rows - row);
        const T *block = x + row * desc->ldx;
        parts->desc.lda = desc->ldx;
        apus_status status = APUS_OK;
        if (means != NULL) {
            status = P(center)(rows, n, block, desc->ldx, means, factor, centred, n);
            block = centred;
            parts->desc.lda = n;
        }
        parts->desc.k = rows;
        parts->desc.beta = !SUMS_IN_DOUBLE && row > 0 ? 1 : 0;
        if (status == APUS_OK) status = SYRK(&parts->desc, block, product, syrk, parts->syrk);
        if (status == APUS_OK && SUMS_IN_DOUBLE) status = apus_parallel_for(n, triangle_grain(n), NAME(adding_chunk), &sum);
        if (status != APUS_OK) return status;
    }
    return APUS_OK;
}

static apus_status NAME(accumulate)(const apus_covariance_desc *desc, const T *x, const double *means,
                                    const double *factor, double *c, NAME(parts) *parts, char *memory) {
    ptrdiff_t n = desc->columns;
    NAME(summing) sum = {.columns = n, .total = c, .rows = (double)desc->rows, .divisor = desc->divisor, .means = means,
                         .factor = factor};
    apus_status status = APUS_OK;
    bool plain = NAME(means_look_small)(desc, x, means, c);
    if (plain) {
        status = NAME(sum_products)(desc, x, NULL, NULL, c, parts, memory);
        plain = NAME(means_are_small)(desc, means, c);
    }
    if (status == APUS_OK && !plain) {
        sum.means = sum.factor = NULL;
        status = NAME(sum_products)(desc, x, means, factor, c, parts, memory);
    }
    if (status == APUS_OK) status = apus_parallel_for(n, triangle_grain(n), NAME(finishing_chunk), &sum);
    return status == APUS_OK ? apus_parallel_for(n, triangle_grain(n), NAME(mirror_chunk), &sum) : status;
}

apus_status P(covariance)(const apus_covariance_desc *desc, const T *x, const double *means, const double *factor,
                          double *c, void *workspace, size_t workspace_bytes) {
    NAME(parts) parts;
    apus_status status = NAME(plan)(desc, &parts);
    if (status != APUS_OK || desc->columns == 0) return status;
    if (x == NULL || means == NULL || c == NULL || (workspace == NULL && workspace_bytes > 0)) return APUS_ERROR_NULL;
    size_t need = NAME(bytes)(&parts), row = (size_t)desc->columns * sizeof(double), whole = row * (size_t)desc->columns;
    if (workspace != NULL && workspace_bytes < need) return APUS_ERROR_WORKSPACE;
    if (apus_overlap(c, whole, x, extent(desc->rows, desc->columns, desc->ldx, sizeof(T))) ||
        apus_overlap(c, whole, means, row) || apus_overlap(c, whole, factor, row) ||
        apus_overlap(c, whole, workspace, workspace_bytes))
        return APUS_ERROR_ALIAS;
    char *own = workspace == NULL ? apus_alloc(need) : NULL, *memory = workspace == NULL ? own : workspace;
    if (memory == NULL) return APUS_ERROR_MEMORY;
    memory += (APUS_CACHE_LINE - (uintptr_t)memory % APUS_CACHE_LINE) % APUS_CACHE_LINE;
    status = NAME(accumulate)(desc, x, means, factor, c, &parts, memory);
    apus_free(own);
    return status;
}

#undef T
#undef P
#undef SYRK
#undef SYRK_WORKSPACE
#undef NAME
#undef SUMS_IN_DOUBLE
