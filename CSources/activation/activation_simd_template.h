// The body of the vector variants of activation; included once by each, after its simd_*.h and simd_math.h.
#include <string.h>

#include "activation_kernels.h"

#ifdef V_TABLES
#include "gelu_table.h"

// A table's function of a in [0, GELU_END].
SIMD_INLINE vf gelu_pieces(const float (*table)[GELU_PIECES], vf a) {
    const vf magic = v_set1(V_MAGIC), steps = v_fma(a, v_set1(GELU_STEPS), magic);
    const vf u = v_fnma(steps - magic, v_set1(GELU_STEP), a);
    vf p = v_table(table[GELU_TERMS - 1], (vi)steps);
    for (int k = GELU_TERMS - 2; k >= 0; k--) p = v_fma(u, p, v_table(table[k], (vi)steps));
    return p;
}
#endif

SIMD_INLINE vf gelu_any(vf x) {
    vf gauss;
    return v_select(v_gt(x, v_zero()), x, v_finite(x)) * v_normal_cdf(x, &gauss);
}
SIMD_INLINE vf gelu_slope_any(vf x) {
    vf gauss, phi = v_normal_cdf(x, &gauss);
    return v_fma(v_finite(x) * v_set1(0.398942280f), gauss, phi);
}

// Pieces take half the time, but only elements near zero have any.
SIMD_INLINE vf gelu(vf x) {
#ifdef V_TABLES
    const vf a = v_abs(x), tail = gelu_pieces(gelu_tail, a);
    const vf y = x * v_select(v_gt(v_zero(), x), tail, v_set1(1.0f) - tail);
    const vmask far = v_gt(a, v_set1(GELU_END));
    return v_any(far) ? v_select(far, gelu_any(x), y) : y;
#else
    return gelu_any(x);
#endif
}
SIMD_INLINE vf gelu_slope(vf x) {
#ifdef V_TABLES
    const vf a = v_abs(x), tail = gelu_pieces(gelu_tail_slope, a);
    const vf y = v_select(v_gt(v_zero(), x), tail, v_set1(1.0f) - tail);
    const vmask far = v_gt(a, v_set1(GELU_END));
    return v_any(far) ? v_select(far, gelu_slope_any(x), y) : y;
#else
    return gelu_slope_any(x);
#endif
}

// Runs y[i] = RESULT over n elements, with `v` the elements of `from`. `stream` writes whole registers past the caches.
#define MAP_PART(from, count, RESULT)                                  \
    do {                                                               \
        vf v = v_load_n((from) + i, count);                            \
        v_store_n(y + i, RESULT, count);                               \
        i += (count);                                                  \
    } while (0)
#define MAP_TWO(from, RESULT, put)                                     \
    for (; i + 2 * VF_LANES <= n; i += 2 * VF_LANES) {                 \
        vf v = v_load((from) + i);                                     \
        const vf first = RESULT;                                       \
        v = v_load((from) + i + VF_LANES);                             \
        const vf second = RESULT;                                      \
        put(y + i, first);                                             \
        put(y + i + VF_LANES, second);                                 \
    }
#define MAP_FROM(from, RESULT)                                         \
    do {                                                               \
        ptrdiff_t i = 0;                                               \
        if (stream) {                                                  \
            const ptrdiff_t head = v_stream_head(y, n);                \
            if (head) MAP_PART(from, head, RESULT);                    \
            MAP_TWO(from, RESULT, v_stream)                            \
            v_stream_end();                                            \
        } else {                                                       \
            MAP_TWO(from, RESULT, v_store)                             \
        }                                                              \
        for (; i + VF_LANES <= n; i += VF_LANES) {                     \
            vf v = v_load((from) + i);                                 \
            v_store(y + i, RESULT);                                    \
        }                                                              \
        if (i < n) MAP_PART(from, n - i, RESULT);                      \
    } while (0)
#define MAP(RESULT) MAP_FROM(x, RESULT)

SIMD_TARGET static void forward(apus_activation f, float alpha, ptrdiff_t n, const float *x, float *y, bool stream) {
    const vf zero = v_zero(), a = v_set1(alpha);
    switch (f) {
    case APUS_ACTIVATION_LINEAR: MAP(v); break;
    case APUS_ACTIVATION_RELU: MAP(v_max(zero, v)); break;
    case APUS_ACTIVATION_LEAKY_RELU: MAP(v_select(v_gt(v, zero), v, a * v)); break;
    case APUS_ACTIVATION_ELU: MAP(v_select(v_gt(v, zero), v, a * v_expm1_negative(v))); break;
    case APUS_ACTIVATION_SIGMOID: MAP(v_sigmoid(v)); break;
    case APUS_ACTIVATION_TANH: MAP(v_tanh(v)); break;
    case APUS_ACTIVATION_SOFTPLUS: MAP(v_softplus(v)); break;
    case APUS_ACTIVATION_GELU: MAP(gelu(v)); break;
    case APUS_ACTIVATION_SILU: MAP(v_select(v_gt(v, zero), v, v_finite(v)) * v_sigmoid(v)); break;
    }
}

SIMD_TARGET static void accumulate(ptrdiff_t n, const float *x, float beta, float *y) {
    const bool stream = false;
    if (beta == 0) {
        MAP(v);
        return;
    }
    const vf b = v_set1(beta);
    ptrdiff_t i = 0;
    for (; i + VF_LANES <= n; i += VF_LANES) v_store(y + i, v_fma(v_load(y + i), b, v_load(x + i)));
    if (i < n) v_store_n(y + i, v_fma(v_load_n(y + i, n - i), b, v_load_n(x + i, n - i)), n - i);
}

// Runs dx[i] = RESULT, with `v` the elements of `from` and `d` those of dy.
#define MAP_SLOPE_PART(from, count, RESULT)                            \
    do {                                                               \
        vf v = v_load_n((from) + i, count), d = v_load_n(dy + i, count); \
        v_store_n(dx + i, RESULT, count);                              \
        i += (count);                                                  \
    } while (0)
#define MAP_SLOPE(from, RESULT)                                        \
    do {                                                               \
        ptrdiff_t i = 0;                                               \
        if (stream) {                                                  \
            const ptrdiff_t head = v_stream_head(dx, n);               \
            if (head) MAP_SLOPE_PART(from, head, RESULT);              \
            for (; i + VF_LANES <= n; i += VF_LANES) {                 \
                vf v = v_load((from) + i), d = v_load(dy + i);         \
                v_stream(dx + i, RESULT);                              \
            }                                                          \
            v_stream_end();                                            \
        }                                                              \
        for (; i + VF_LANES <= n; i += VF_LANES) {                     \
            vf v = v_load((from) + i), d = v_load(dy + i);             \
            v_store(dx + i, RESULT);                                   \
        }                                                              \
        if (i < n) MAP_SLOPE_PART(from, n - i, RESULT);                \
    } while (0)

SIMD_INLINE vf silu_slope(vf x) {
    vf s = v_sigmoid(x);
    return v_fma(s, v_finite(x) * v_sigmoid(v_negate(x)), s);
}

SIMD_TARGET static void backward(apus_activation f, float alpha, ptrdiff_t n, const float *x, const float *y,
                                 const float *dy, float *dx, bool stream) {
    const vf zero = v_zero(), one = v_set1(1.0f), a = v_set1(alpha);
    switch (f) {
    case APUS_ACTIVATION_LINEAR: forward(f, 0, n, dy, dx, stream); break;
    case APUS_ACTIVATION_RELU: MAP_SLOPE(y, v_select(v_ge(zero, v), zero, v_whole(d))); break;
    case APUS_ACTIVATION_LEAKY_RELU: MAP_SLOPE(alpha < 0 ? x : y, d * v_select(v_gt(v, zero), one, a)); break;
    case APUS_ACTIVATION_ELU:
        if (alpha < 0)
            MAP_SLOPE(x, d * v_select(v_gt(v, zero), one, a * v_exp(v)));
        else
            MAP_SLOPE(y, d * v_select(v_gt(v, zero), one, v + a));
        break;
    case APUS_ACTIVATION_SIGMOID: MAP_SLOPE(y, d * (v * (one - v))); break;
    case APUS_ACTIVATION_TANH: MAP_SLOPE(y, d * ((one - v) * (one + v))); break;
    case APUS_ACTIVATION_SOFTPLUS: MAP_SLOPE(x, d * v_sigmoid(v)); break;
    case APUS_ACTIVATION_GELU: MAP_SLOPE(x, d * gelu_slope(v)); break;
    case APUS_ACTIVATION_SILU: MAP_SLOPE(x, d * silu_slope(v)); break;
    }
}

#include "softmax_simd_template.h"

SIMD_TARGET static void scale(ptrdiff_t n, float factor, float *x) {
    const vf a = v_set1(factor);
    const bool stream = false;
    float *y = x;
    MAP(v * a);
}

// Sums over groups of 32 rows first, so that rounding grows with the rows' thirty-second part.
#define GROUP 32

// Fewer columns than lanes, rows without gaps: lane l of vector j always holds column (j * VF_LANES + l) % columns,
// with `columns` vectors to VF_LANES rows.
SIMD_TARGET static void sum_narrow_rows(ptrdiff_t rows, ptrdiff_t columns, const float *x, float *sums) {
    vf lanes[VF_LANES], sum[VF_LANES];
    float spread[VF_LANES * VF_LANES];
    double totals[VF_LANES] = {0};
    ptrdiff_t period = columns * VF_LANES, n = rows * columns;
    for (ptrdiff_t j = 0; j < columns; j++) sum[j] = v_zero();
    for (ptrdiff_t start = 0; start < n; start += GROUP * period) {
        ptrdiff_t end = apus_min(start + GROUP * period, n), i = start;
        for (ptrdiff_t j = 0; j < columns; j++) lanes[j] = v_zero();
        for (; i + period <= end; i += period)
            for (ptrdiff_t j = 0; j < columns; j++) lanes[j] += v_load(x + i + j * VF_LANES);
        for (ptrdiff_t j = 0; i < end; j++, i += VF_LANES)
            lanes[j] += end - i >= VF_LANES ? v_load(x + i) : v_load_n(x + i, end - i);
        for (ptrdiff_t j = 0; j < columns; j++) sum[j] += lanes[j];
    }
    for (ptrdiff_t j = 0; j < columns; j++) v_store(spread + j * VF_LANES, sum[j]);
    for (ptrdiff_t k = 0; k < period; k++) totals[k % columns] += spread[k];
    for (ptrdiff_t c = 0; c < columns; c++) sums[c] = (float)totals[c];
}

SIMD_TARGET static void sum_rows(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t stride, const float *x, float *sums) {
    if (columns < VF_LANES && columns == stride) {
        sum_narrow_rows(rows, columns, x, sums);
        return;
    }
    ptrdiff_t c = 0;
    for (; c + 4 * VF_LANES <= columns; c += 4 * VF_LANES) {
        vf t0 = v_zero(), t1 = v_zero(), t2 = v_zero(), t3 = v_zero();
        for (ptrdiff_t r = 0; r < rows; r += GROUP) {
            vf s0 = v_zero(), s1 = v_zero(), s2 = v_zero(), s3 = v_zero();
            const float *p = x + r * stride + c;
            for (ptrdiff_t left = apus_min(GROUP, rows - r); left > 0; left--, p += stride) {
                s0 += v_load(p);
                s1 += v_load(p + VF_LANES);
                s2 += v_load(p + 2 * VF_LANES);
                s3 += v_load(p + 3 * VF_LANES);
            }
            t0 += s0, t1 += s1, t2 += s2, t3 += s3;
        }
        v_store(sums + c, t0);
        v_store(sums + c + VF_LANES, t1);
        v_store(sums + c + 2 * VF_LANES, t2);
        v_store(sums + c + 3 * VF_LANES, t3);
    }
    for (; c < columns; c += VF_LANES) {
        ptrdiff_t width = apus_min(VF_LANES, columns - c);
        vf total = v_zero();
        for (ptrdiff_t r = 0; r < rows; r += GROUP) {
            vf sum = v_zero();
            const float *p = x + r * stride + c;
            for (ptrdiff_t left = apus_min(GROUP, rows - r); left > 0; left--, p += stride)
                sum += width == VF_LANES ? v_load(p) : v_load_n(p, width);
            total += sum;
        }
        if (width == VF_LANES)
            v_store(sums + c, total);
        else
            v_store_n(sums + c, total, width);
    }
}

SIMD_TARGET static double sum_of_squares(ptrdiff_t n, const float *x) {
    vd low = d_set1(0), high = d_set1(0);
    ptrdiff_t i = 0;
    for (; i < n; i += VF_LANES) {
        vf v = n - i >= VF_LANES ? v_load(x + i) : v_load_n(x + i, n - i);
        vd a = v_low_double(v), b = v_high_double(v);
        low = d_fma(a, a, low);
        high = d_fma(b, b, high);
    }
    return d_sum(low + high);
}

const apus_activation_kernels SIMD_NAME(apus_activation) = {
    forward, backward, softmax_forward, softmax_backward, accumulate, scale, sum_rows, sum_of_squares,
};
