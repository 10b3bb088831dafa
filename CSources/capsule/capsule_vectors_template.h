// Squash and lengths: capsules are taken VF_LANES at a time, so that their lengths fill a register.
#include "capsule_kernels.h"

// Lane r = a[r] . b[r] for the first `rows` <= VF_LANES rows of `dim` floats; 0 in the other lanes.
SIMD_INLINE vf dots(ptrdiff_t rows, ptrdiff_t dim, const float *a, const float *b) {
    vf x[VF_LANES];
    for (int r = 0; r < VF_LANES; r++) x[r] = v_zero();
    for (ptrdiff_t r = 0; r < rows; r++) {
        vf sum = v_zero();
        ptrdiff_t d = 0;
        for (; d + VF_LANES <= dim; d += VF_LANES) sum = v_fma(v_load(a + r * dim + d), v_load(b + r * dim + d), sum);
        if (d < dim) sum = v_fma(v_load_n(a + r * dim + d, dim - d), v_load_n(b + r * dim + d, dim - d), sum);
        x[r] = sum;
    }
    return v_sums(x);
}

SIMD_INLINE vf squared_lengths(ptrdiff_t rows, ptrdiff_t dim, const float *x) {
    return v_min(v_set1(3.402823466e38f), dots(rows, dim, x, x));
}

// y[r] = f[r] x[r] + g[r] z[r]; z may be null.
SIMD_INLINE void scale_rows(ptrdiff_t rows, ptrdiff_t dim, const float *f, const float *x, const float *g,
                            const float *z, float *y) {
    for (ptrdiff_t r = 0; r < rows; r++) {
        vf factor = v_set1(f[r]), other = z == NULL ? v_zero() : v_set1(g[r]);
        ptrdiff_t d = 0, at = r * dim;
        for (; d + VF_LANES <= dim; d += VF_LANES) {
            vf sum = factor * v_load(x + at + d);
            if (z != NULL) sum = v_fma(other, v_load(z + at + d), sum);
            v_store(y + at + d, sum);
        }
        if (d < dim) {
            vf sum = factor * v_load_n(x + at + d, dim - d);
            if (z != NULL) sum = v_fma(other, v_load_n(z + at + d, dim - d), sum);
            v_store_n(y + at + d, sum, dim - d);
        }
    }
}

static SIMD_TARGET void squash(ptrdiff_t rows, ptrdiff_t dim, const float *x, float *y) {
    for (ptrdiff_t r = 0; r < rows; r += VF_LANES) {
        ptrdiff_t n = apus_min(VF_LANES, rows - r);
        float factors[VF_LANES];
        vf n2 = squared_lengths(n, dim, x + r * dim);
        v_store(factors, v_sqrt(n2) / (v_set1(1) + n2));
        scale_rows(n, dim, factors, x + r * dim, NULL, NULL, y + r * dim);
    }
}

static SIMD_TARGET void squash_gradient(ptrdiff_t rows, ptrdiff_t dim, const float *x, const float *dy, float *dx) {
    for (ptrdiff_t r = 0; r < rows; r += VF_LANES) {
        ptrdiff_t n = apus_min(VF_LANES, rows - r), at = r * dim;
        float factors[VF_LANES], slopes[VF_LANES];
        vf n2 = squared_lengths(n, dim, x + at), size = v_sqrt(n2), whole = v_set1(1) / (v_set1(1) + n2);
        vf slope = dots(n, dim, x + at, dy + at) * v_fnma(n2, whole, whole) * whole / size;
        v_store(factors, size * whole);
        v_store(slopes, v_select(v_gt(size, v_zero()), slope, v_zero()));
        scale_rows(n, dim, factors, dy + at, slopes, x + at, dx + at);
    }
}

static SIMD_TARGET void length(ptrdiff_t rows, ptrdiff_t dim, const float *x, float *lengths) {
    for (ptrdiff_t r = 0; r < rows; r += VF_LANES) {
        ptrdiff_t n = apus_min(VF_LANES, rows - r);
        vf size = v_sqrt(squared_lengths(n, dim, x + r * dim));
        if (n == VF_LANES) v_store(lengths + r, size);
        else v_store_n(lengths + r, size, n);
    }
}

static SIMD_TARGET void length_gradient(ptrdiff_t rows, ptrdiff_t dim, const float *x, const float *dlengths, float *dx) {
    for (ptrdiff_t r = 0; r < rows; r += VF_LANES) {
        ptrdiff_t n = apus_min(VF_LANES, rows - r);
        float factors[VF_LANES];
        vf size = v_sqrt(squared_lengths(n, dim, x + r * dim));
        vf gradient = n == VF_LANES ? v_load(dlengths + r) : v_load_n(dlengths + r, n);
        v_store(factors, v_select(v_gt(size, v_zero()), gradient / size, v_zero()));
        scale_rows(n, dim, factors, x + r * dim, NULL, NULL, dx + r * dim);
    }
}
