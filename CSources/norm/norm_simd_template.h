// The body of the vector variants of batch normalization; included once by each, after its simd_*.h and simd_math.h.
#include "norm_kernels.h"

SIMD_INLINE vf load(const float *p, ptrdiff_t width) { return width >= VF_LANES ? v_load(p) : v_load_n(p, width); }
SIMD_INLINE void store(float *p, vf x, ptrdiff_t width) {
    if (width >= VF_LANES)
        v_store(p, x);
    else
        v_store_n(p, x, width);
}

// Rows whose statistics are taken in two passes before they are merged into the rest: few enough that
// the second pass finds a vector's strip of them in the first-level cache.
#define TWO_PASS_ROWS 64

// Mean and squares of `rows` <= TWO_PASS_ROWS rows of one vector of channels.
SIMD_INLINE void two_pass(ptrdiff_t rows, ptrdiff_t stride, const float *x, vf pivot, ptrdiff_t width, vf *mean,
                          vf *squares) {
    vf s0 = v_zero(), s1 = v_zero(), s2 = v_zero(), s3 = v_zero(), share = v_set1(1.0f / (float)rows);
    ptrdiff_t r = 0;
    for (; r + 4 <= rows; r += 4) {
        const float *p = x + r * stride;
        s0 += load(p, width) - pivot;
        s1 += load(p + stride, width) - pivot;
        s2 += load(p + 2 * stride, width) - pivot;
        s3 += load(p + 3 * stride, width) - pivot;
    }
    for (; r < rows; r++) s0 += load(x + r * stride, width) - pivot;
    vf middle = ((s0 + s1) + (s2 + s3)) * share;
    // The deviations' own sum, zero but for rounding, corrects both the mean and the squares.
    vf d0 = v_zero(), d1 = v_zero(), q0 = v_zero(), q1 = v_zero();
    for (r = 0; r + 2 <= rows; r += 2) {
        vf a = load(x + r * stride, width) - pivot - middle;
        vf b = load(x + (r + 1) * stride, width) - pivot - middle;
        d0 += a;
        d1 += b;
        q0 = v_fma(a, a, q0);
        q1 = v_fma(b, b, q1);
    }
    if (r < rows) {
        vf a = load(x + r * stride, width) - pivot - middle;
        d0 += a;
        q0 = v_fma(a, a, q0);
    }
    vf drift = d0 + d1;
    *mean = v_fma(drift, share, middle);
    *squares = v_fnma(drift * share, drift, q0 + q1);
}

SIMD_INLINE void merge_vectors(vf *mean_a, vf *squares_a, vf mean_b, vf squares_b, vf share, vf weight) {
    vf d = mean_b - *mean_a;
    *mean_a = v_fma(d, share, *mean_a);
    *squares_a += v_fma(d * d, weight, squares_b);
}

SIMD_TARGET static void statistics(ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t stride, const float *x,
                                   const float *pivot, float *mean, float *squares) {
    for (ptrdiff_t c = 0; c < channels; c += VF_LANES) {
        ptrdiff_t width = channels - c, first = apus_min(rows, TWO_PASS_ROWS);
        vf m, q, next_m, next_q, middle = load(pivot + c, width);
        two_pass(first, stride, x + c, middle, width, &m, &q);
        for (ptrdiff_t r = first; r < rows; r += TWO_PASS_ROWS) {
            ptrdiff_t count = apus_min(rows - r, TWO_PASS_ROWS);
            two_pass(count, stride, x + r * stride + c, middle, width, &next_m, &next_q);
            double share = (double)count / (double)(r + count);
            merge_vectors(&m, &q, next_m, next_q, v_set1((float)share), v_set1((float)((double)r * share)));
        }
        store(mean + c, m, width);
        store(squares + c, q, width);
    }
}

SIMD_TARGET static void merge(ptrdiff_t channels, double count_a, float *mean_a, float *squares_a, double count_b,
                              const float *mean_b, const float *squares_b) {
    double share = count_b / (count_a + count_b);
    vf s = v_set1((float)share), weight = v_set1((float)(count_a * share));
    for (ptrdiff_t c = 0; c < channels; c += VF_LANES) {
        ptrdiff_t width = channels - c;
        vf m = load(mean_a + c, width), q = load(squares_a + c, width);
        merge_vectors(&m, &q, load(mean_b + c, width), load(squares_b + c, width), s, weight);
        store(mean_a + c, m, width);
        store(squares_a + c, q, width);
    }
}

SIMD_TARGET static void normalize(ptrdiff_t rows, ptrdiff_t channels, const float *x, const float *mean,
                                  const float *factor, const float *beta, float *y) {
    ptrdiff_t whole = channels - channels % VF_LANES, rest = channels - whole;
    for (ptrdiff_t r = 0; r < rows; r++, x += channels, y += channels) {
        for (ptrdiff_t c = 0; c < whole; c += VF_LANES)
            v_store(y + c, v_fma(v_load(x + c) - v_load(mean + c), v_load(factor + c), v_load(beta + c)));
        if (rest)
            v_store_n(y + whole,
                      v_fma(v_load_n(x + whole, rest) - v_load_n(mean + whole, rest), v_load_n(factor + whole, rest),
                            v_load_n(beta + whole, rest)),
                      rest);
    }
}

// Rows summed on their own before they are added to the rest, so that rounding grows with the rows' thirty-second part.
#define GROUP 32

SIMD_TARGET static void gradient_sums(ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t stride, const float *x,
                                      const float *dy, const float *mean, float *sum_dy, float *sum_dy_x) {
    for (ptrdiff_t c = 0; c < channels; c += VF_LANES) {
        ptrdiff_t width = channels - c;
        vf plain = v_zero(), weighted = v_zero(), m = load(mean + c, width);
        for (ptrdiff_t start = 0; start < rows; start += GROUP) {
            vf p0 = v_zero(), p1 = v_zero(), w0 = v_zero(), w1 = v_zero();
            ptrdiff_t end = apus_min(start + GROUP, rows), r = start;
            for (; r + 2 <= end; r += 2) {
                vf g = load(dy + r * stride + c, width), h = load(dy + (r + 1) * stride + c, width);
                p0 += g;
                p1 += h;
                w0 = v_fma(g, load(x + r * stride + c, width) - m, w0);
                w1 = v_fma(h, load(x + (r + 1) * stride + c, width) - m, w1);
            }
            if (r < end) {
                vf g = load(dy + r * stride + c, width);
                p0 += g;
                w0 = v_fma(g, load(x + r * stride + c, width) - m, w0);
            }
            plain += p0 + p1;
            weighted += w0 + w1;
        }
        store(sum_dy + c, plain, width);
        store(sum_dy_x + c, weighted, width);
    }
}

SIMD_TARGET static void gradient(ptrdiff_t rows, ptrdiff_t channels, const float *x, const float *dy, const float *mean,
                                 const float *a, const float *b, const float *c, float *dx) {
    ptrdiff_t whole = channels - channels % VF_LANES, rest = channels - whole;
    for (ptrdiff_t r = 0; r < rows; r++, x += channels, dy += channels, dx += channels) {
        for (ptrdiff_t i = 0; i < whole; i += VF_LANES) {
            vf shift = v_fma(v_load(b + i), v_load(x + i) - v_load(mean + i), v_load(c + i));
            v_store(dx + i, v_fma(v_load(a + i), v_load(dy + i), shift));
        }
        if (rest) {
            vf centred = v_load_n(x + whole, rest) - v_load_n(mean + whole, rest);
            vf shift = v_fma(v_load_n(b + whole, rest), centred, v_load_n(c + whole, rest));
            v_store_n(dx + whole, v_fma(v_load_n(a + whole, rest), v_load_n(dy + whole, rest), shift), rest);
        }
    }
}

const apus_norm_kernels SIMD_NAME(apus_norm) = {statistics, merge, normalize, gradient_sums, gradient};
