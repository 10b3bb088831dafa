// The small products of predictions: one lower capsule's matrix, [in_dim, columns], with a handful of items.
#include "capsule_kernels.h"

SIMD_INLINE vf load_columns(const float *p, ptrdiff_t n) { return n >= VF_LANES ? v_load(p) : v_load_n(p, n); }
SIMD_INLINE void store_columns(float *p, vf x, ptrdiff_t n) {
    if (n >= VF_LANES) v_store(p, x);
    else v_store_n(p, x, n);
}

// out[r] = (adds ? out[r] : 0) + sum over k of left[r * row_step + k * k_step] right[k], for ROWS rows and at most two registers of
// columns. Serves out = u w (rows are items, k the lower dimension) and dw = u^T g (the other way around).
SIMD_INLINE void tile(int rows, ptrdiff_t depth, ptrdiff_t width, const float *left, ptrdiff_t row_step, ptrdiff_t k_step,
                      const float *right, ptrdiff_t right_stride, bool adds, float *out, ptrdiff_t out_stride) {
    vf a[APUS_CAPSULE_ROWS], b[APUS_CAPSULE_ROWS];
    for (int r = 0; r < rows; r++) {
        a[r] = adds ? load_columns(out + r * out_stride, width) : v_zero();
        b[r] = adds && width > VF_LANES ? load_columns(out + r * out_stride + VF_LANES, width - VF_LANES) : v_zero();
    }
    if (width > VF_LANES) {
        ptrdiff_t rest = width - VF_LANES;
        for (ptrdiff_t k = 0; k < depth; k++) {
            vf x = v_load(right + k * right_stride), y = load_columns(right + k * right_stride + VF_LANES, rest);
            for (int r = 0; r < rows; r++) {
                vf l = v_set1(left[r * row_step + k * k_step]);
                a[r] = v_fma(l, x, a[r]);
                b[r] = v_fma(l, y, b[r]);
            }
        }
        for (int r = 0; r < rows; r++) {
            v_store(out + r * out_stride, a[r]);
            store_columns(out + r * out_stride + VF_LANES, b[r], rest);
        }
    } else {
        for (ptrdiff_t k = 0; k < depth; k++) {
            vf x = load_columns(right + k * right_stride, width);
            for (int r = 0; r < rows; r++) a[r] = v_fma(v_set1(left[r * row_step + k * k_step]), x, a[r]);
        }
        for (int r = 0; r < rows; r++) store_columns(out + r * out_stride, a[r], width);
    }
}

// Every number of rows is a constant somewhere, so that the sums stay in registers.
SIMD_INLINE void product(ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t columns, const float *left, ptrdiff_t row_step,
                         ptrdiff_t k_step, const float *right, ptrdiff_t right_stride, bool adds, float *out,
                         ptrdiff_t out_stride) {
    for (ptrdiff_t r = 0; r < rows;) {
        const float *l = left + r * row_step;
        float *o = out + r * out_stride;
        ptrdiff_t count = rows - r >= 8 ? 8 : rows - r >= 4 ? 4 : rows - r >= 2 ? 2 : 1;
        for (ptrdiff_t c = 0; c < columns; c += 2 * VF_LANES) {
            ptrdiff_t width = apus_min(2 * VF_LANES, columns - c);
            if (count == 8) tile(8, depth, width, l, row_step, k_step, right + c, right_stride, adds, o + c, out_stride);
            else if (count == 4) tile(4, depth, width, l, row_step, k_step, right + c, right_stride, adds, o + c, out_stride);
            else if (count == 2) tile(2, depth, width, l, row_step, k_step, right + c, right_stride, adds, o + c, out_stride);
            else tile(1, depth, width, l, row_step, k_step, right + c, right_stride, adds, o + c, out_stride);
        }
        r += count;
    }
}

static SIMD_TARGET void predict(ptrdiff_t rows, ptrdiff_t in_dim, ptrdiff_t columns, const float *u, ptrdiff_t u_stride,
                                const float *w, float *out, ptrdiff_t out_stride) {
    product(rows, in_dim, columns, u, u_stride, 1, w, columns, false, out, out_stride);
}

static SIMD_TARGET void weight_gradient(ptrdiff_t rows, ptrdiff_t in_dim, ptrdiff_t columns, const float *u,
                                        ptrdiff_t u_stride, const float *g, ptrdiff_t g_stride, bool adds, float *dw) {
    product(in_dim, rows, columns, u, 1, u_stride, g, g_stride, adds, dw, columns);
}

// A register's lanes of g w^T for one item: elements k ... k + n - 1 of its row.
SIMD_INLINE vf transposed(int n, ptrdiff_t columns, const float *g, const float *w) {
    vf x[VF_LANES];
    for (int k = 0; k < VF_LANES; k++) x[k] = v_zero();
    ptrdiff_t c = 0;
    for (; c + VF_LANES <= columns; c += VF_LANES) {
        vf part = v_load(g + c);
        for (int k = 0; k < n; k++) x[k] = v_fma(part, v_load(w + k * columns + c), x[k]);
    }
    if (c < columns) {
        vf part = v_load_n(g + c, columns - c);
        for (int k = 0; k < n; k++) x[k] = v_fma(part, v_load_n(w + k * columns + c, columns - c), x[k]);
    }
    return v_sums(x);
}

// Two items' rows of g w^T for eight numbers and sixteen lanes: they fill a register, and w is read once for both.
SIMD_INLINE void two_of_eight(ptrdiff_t columns, const float *g, ptrdiff_t g_stride, const float *w, float *du,
                              ptrdiff_t du_stride) {
    vf x[VF_LANES];
    for (int k = 0; k < VF_LANES; k++) x[k] = v_zero();
    for (ptrdiff_t c = 0; c < columns; c += VF_LANES) {
        vf a = load_columns(g + c, columns - c), b = load_columns(g + g_stride + c, columns - c);
        for (int k = 0; k < 8; k++) {
            vf part = load_columns(w + k * columns + c, columns - c);
            x[k] = v_fma(a, part, x[k]);
            x[VF_LANES / 2 + k] = v_fma(b, part, x[VF_LANES / 2 + k]);
        }
    }
    if (du_stride == 8) {
        v_store(du, v_sums(x));
        return;
    }
    float sums[VF_LANES];
    v_store(sums, v_sums(x));
    for (int k = 0; k < 8; k++) {
        du[k] = sums[k];
        du[du_stride + k] = sums[VF_LANES / 2 + k];
    }
}

static SIMD_TARGET void input_gradient(ptrdiff_t rows, ptrdiff_t in_dim, ptrdiff_t columns, const float *g,
                                       ptrdiff_t g_stride, const float *w, float *du, ptrdiff_t du_stride) {
    ptrdiff_t r = 0;
    if (VF_LANES == 16 && in_dim == 8)
        for (; r + 2 <= rows; r += 2)
            two_of_eight(columns, g + r * g_stride, g_stride, w, du + r * du_stride, du_stride);
    for (; r < rows; r++)
        for (ptrdiff_t k = 0; k < in_dim;) {
            const float *from = w + k * columns;
            float *to = du + r * du_stride + k;
            ptrdiff_t rest = in_dim - k;
            if (rest >= VF_LANES) {
                v_store(to, transposed(VF_LANES, columns, g + r * g_stride, from));
                k += VF_LANES;
            } else if (rest >= 8 && VF_LANES > 8) {
                v_store_n(to, transposed(8, columns, g + r * g_stride, from), 8);
                k += 8;
            } else if (rest >= 4 && VF_LANES > 4) {
                v_store_n(to, transposed(4, columns, g + r * g_stride, from), 4);
                k += 4;
            } else {
                v_store_n(to, transposed(1, columns, g + r * g_stride, from), 1);
                k += 1;
            }
        }
}
