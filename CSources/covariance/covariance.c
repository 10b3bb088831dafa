// Means, spread and covariance of columns: the public functions, for float and double.
#include <math.h>

#include "../../include/apus/gemm.h"
#include "../runtime/blocks.h"
#include "../runtime/dispatch.h"
#include "covariance_kernels.h"

// Columns of one chunk of a reduction: their sums stay in the first-level cache.
#define COLUMN_STRIP ((ptrdiff_t)512)
// Bytes of centred rows that are multiplied at once: long enough for the product's speed and for the additions in
// double to weigh little, short enough to stay in the last-level cache.
#define CENTRED_BYTES ((ptrdiff_t)16 << 20)
#define LEAST_CENTRED_ROWS ((ptrdiff_t)256)

// The largest square of a mean, in variances, that products are summed with as they are: 3 makes rounding errors 4 times
// what they are of centred data.
#define MOST_MEAN_SQUARE 3.0

// Rows of a triangle that a chunk takes: the first is as long as all, the last is one element.
static ptrdiff_t triangle_grain(ptrdiff_t n) { return apus_row_grain(apus_max(n / 2, 1)); }

// What is common to every call that reads [rows, columns].
static apus_status check_table(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t ld, size_t size) {
    if (rows < 0 || columns < 0) return APUS_ERROR_SHAPE;
    if (columns > 0 && ld < columns) return APUS_ERROR_STRIDE;
    ptrdiff_t count;
    return apus_element_count(rows, apus_max(ld, 1), size, &count) ? APUS_OK : APUS_ERROR_OVERFLOW;
}

// Bytes from the first to the last element.
static size_t extent(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t ld, size_t size) {
    return rows == 0 || columns == 0 ? 0 : (size_t)((rows - 1) * ld + columns) * size;
}

static ptrdiff_t centred_rows(ptrdiff_t rows, ptrdiff_t columns, size_t size) {
    ptrdiff_t fit = CENTRED_BYTES / ((ptrdiff_t)size * apus_max(columns, 1));
    return apus_min(rows, apus_min(apus_max(fit, LEAST_CENTRED_ROWS), 16384));
}

static const apus_covariance_f32_kernels *kernels_f32(void) { return APUS_VARIANT(apus_covariance_f32); }
static const apus_covariance_f64_kernels *kernels_f64(void) { return APUS_VARIANT(apus_covariance_f64); }

#define T float
#define P(stem) apus_s##stem
#define SYRK apus_ssyrk
#define SYRK_WORKSPACE apus_ssyrk_workspace
#define NAME(stem) stem##_f32
#define SUMS_IN_DOUBLE 1
#include "covariance_sums_template.h"
#include "covariance_template.h"

#define T double
#define P(stem) apus_d##stem
#define SYRK apus_dsyrk
#define SYRK_WORKSPACE apus_dsyrk_workspace
#define NAME(stem) stem##_f64
#define SUMS_IN_DOUBLE 0
#include "covariance_sums_template.h"
#include "covariance_template.h"
