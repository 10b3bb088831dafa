// The body of the vector variants of batch normalization; included once by each, after its simd_*.h and simd_math.h.
#include "norm_kernels.h"

SIMD_INLINE vf load(const float *p, ptrdiff_t width) { return width >= VF_LANES ? v_load(p) : v_load_n(p, width); }
SIMD_INLINE void store(float *p, vf x, ptrdiff_t width) {
    if (width >= VF_LANES)
        v_store(p, x);
    else
        v_store_n(p, x, width);
}

// Runs BODY(vectors, width) over the channels from c on: four vectors at a time, then one; `width` lanes count.
#define STRIPS(BODY)                                                                        \
    do {                                                                                    \
        ptrdiff_t c = 0;                                                                    \
        for (; c + 4 * VF_LANES <= channels; c += 4 * VF_LANES) BODY(4, VF_LANES);          \
        for (; c < channels; c += VF_LANES) BODY(1, channels - c);                          \
    } while (0)

#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 4")
#endif

// Rows whose statistics are taken in two passes before they are merged into the rest: few enough that
// the second pass finds them in the first-level cache.
static inline ptrdiff_t two_pass_rows(ptrdiff_t channels) { return apus_min(64, apus_max(8, 4096 / channels)); }

// Means and squares of `rows` rows of `vectors` vectors of channels.
SIMD_INLINE void two_pass(ptrdiff_t rows, ptrdiff_t stride, const float *x, const float *pivot, const int vectors,
                          ptrdiff_t width, vf *mean, vf *squares) {
    vf p[4], s[4], d[4], q[4], share = v_set1(1.0f / (float)rows);
    UNROLL
    for (int v = 0; v < vectors; v++) {
        p[v] = load(pivot + v * VF_LANES, width);
        s[v] = d[v] = q[v] = v_zero();
    }
    const float *at = x;
    for (ptrdiff_t r = 0; r < rows; r++, at += stride) {
        UNROLL
        for (int v = 0; v < vectors; v++) {
            s[v] += load(at + v * VF_LANES, width) - p[v];
            __builtin_prefetch(at + rows * stride + v * VF_LANES, 0, 3);
        }
    }
    UNROLL
    for (int v = 0; v < vectors; v++) s[v] *= share;
    // The deviations' own sum, zero but for rounding, corrects both the mean and the squares.
    at = x;
    for (ptrdiff_t r = 0; r < rows; r++, at += stride) {
        UNROLL
        for (int v = 0; v < vectors; v++) {
            vf a = load(at + v * VF_LANES, width) - p[v] - s[v];
            d[v] += a;
            q[v] = v_fma(a, a, q[v]);
        }
    }
    UNROLL
    for (int v = 0; v < vectors; v++) {
        mean[v] = v_fma(d[v], share, s[v]);
        squares[v] = v_fnma(d[v] * share, d[v], q[v]);
    }
}

SIMD_INLINE void merge_vectors(vf *mean_a, vf *squares_a, vf mean_b, vf squares_b, vf share, vf weight) {
    vf d = mean_b - *mean_a;
    *mean_a = v_fma(d, share, *mean_a);
    *squares_a += v_fma(d * d, weight, squares_b);
}

// Rows in groups, so that the array is read from end to end; the running means and squares stay near.
SIMD_TARGET static void statistics(ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t stride, const float *x,
                                   const float *pivot, float *mean, float *squares) {
    const ptrdiff_t group = two_pass_rows(channels);
    for (ptrdiff_t r = 0; r < rows; r += group) {
        const ptrdiff_t count = apus_min(rows - r, group);
        const double part = (double)count / (double)(r + count);
        const vf share = v_set1((float)part), weight = v_set1((float)((double)r * part));
#define BODY(vectors, width)                                                                              \
    do {                                                                                                  \
        vf m[4], q[4];                                                                                    \
        two_pass(count, stride, x + r * stride + c, pivot + c, vectors, width, m, q);                     \
        UNROLL                                                                                            \
        for (int v = 0; v < vectors; v++) {                                                               \
            float *at = mean + c + v * VF_LANES, *at_squares = squares + c + v * VF_LANES;                \
            if (r > 0) {                                                                                  \
                vf before = load(at, width), before_squares = load(at_squares, width);                    \
                merge_vectors(&before, &before_squares, m[v], q[v], share, weight);                       \
                m[v] = before, q[v] = before_squares;                                                     \
            }                                                                                             \
            store(at, m[v], width);                                                                       \
            store(at_squares, q[v], width);                                                               \
        }                                                                                                 \
    } while (0)
        STRIPS(BODY);
#undef BODY
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

// Runs out = WHOLE over the whole vectors of each row, at float at + c, and PART over what is left of it. Rows of
// whole registers may go past the caches.
#define ROWS(WHOLE, PART)                                                                                 \
    do {                                                                                                  \
        const ptrdiff_t whole = channels - channels % VF_LANES, rest = channels - whole;                  \
        if (stream && rest == 0 && v_stream_head(out, VF_LANES) == 0) {                                   \
            for (ptrdiff_t at = 0; at < rows * channels; at += channels)                                  \
                for (ptrdiff_t c = 0; c < whole; c += VF_LANES) v_stream(out + at + c, WHOLE);            \
            v_stream_end();                                                                               \
            break;                                                                                        \
        }                                                                                                 \
        for (ptrdiff_t at = 0; at < rows * channels; at += channels) {                                    \
            for (ptrdiff_t c = 0; c < whole; c += VF_LANES) v_store(out + at + c, WHOLE);                 \
            if (rest) v_store_n(out + at + whole, PART, rest);                                            \
        }                                                                                                 \
    } while (0)

SIMD_TARGET static void normalize(ptrdiff_t rows, ptrdiff_t channels, const float *x, const float *mean,
                                  const float *factor, const float *beta, bool relu, float *out, bool stream) {
#define VALUE(GET, i) v_fma(GET(x + at + (i)) - GET(mean + (i)), GET(factor + (i)), GET(beta + (i)))
#define LOAD_PART(p) v_load_n(p, rest)
    if (relu)
        ROWS(v_max(v_zero(), VALUE(v_load, c)), v_max(v_zero(), VALUE(LOAD_PART, whole)));
    else
        ROWS(VALUE(v_load, c), VALUE(LOAD_PART, whole));
}

// Rows summed on their own before they are added to the rest, so that rounding grows with the rows' thirty-second part.
#define GROUP 32

// dy, or 0 where the forward pass' maximum with 0 cut the value off. factor and beta are null without it.
SIMD_INLINE vf kept(vf dy, vf centred, vf factor, vf beta) {
    return v_select(v_gt(v_fma(centred, factor, beta), v_zero()), v_whole(dy), v_zero());
}

SIMD_INLINE void gradient_sums_of(ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t stride, const float *x, const float *dy,
                                  const float *mean, const float *factor, const float *beta, const bool relu,
                                  float *sum_dy, float *sum_dy_x) {
    for (ptrdiff_t start = 0; start < rows; start += GROUP) {
        const ptrdiff_t count = apus_min(GROUP, rows - start);
#define BODY(vectors, width)                                                                              \
    do {                                                                                                  \
        vf m[4], f[4], b[4], plain[4], weighted[4];                                                       \
        UNROLL                                                                                            \
        for (int v = 0; v < vectors; v++) {                                                               \
            m[v] = load(mean + c + v * VF_LANES, width);                                                  \
            f[v] = relu ? load(factor + c + v * VF_LANES, width) : v_zero();                              \
            b[v] = relu ? load(beta + c + v * VF_LANES, width) : v_zero();                                \
            plain[v] = weighted[v] = v_zero();                                                            \
        }                                                                                                 \
        const float *px = x + start * stride + c, *pdy = dy + start * stride + c;                         \
        for (ptrdiff_t r = 0; r < count; r++, px += stride, pdy += stride) {                              \
            UNROLL                                                                                        \
            for (int v = 0; v < vectors; v++) {                                                           \
                vf g = load(pdy + v * VF_LANES, width), centred = load(px + v * VF_LANES, width) - m[v];  \
                if (relu) g = kept(g, centred, f[v], b[v]);                                               \
                plain[v] += g;                                                                            \
                weighted[v] = v_fma(g, centred, weighted[v]);                                             \
            }                                                                                             \
        }                                                                                                 \
        UNROLL                                                                                            \
        for (int v = 0; v < vectors; v++) {                                                               \
            float *to = sum_dy + c + v * VF_LANES, *to_x = sum_dy_x + c + v * VF_LANES;                   \
            if (start > 0) plain[v] += load(to, width), weighted[v] += load(to_x, width);                 \
            store(to, plain[v], width);                                                                   \
            store(to_x, weighted[v], width);                                                              \
        }                                                                                                 \
    } while (0)
        STRIPS(BODY);
#undef BODY
    }
}

SIMD_TARGET static void gradient_sums(ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t stride, const float *x,
                                      const float *dy, const float *mean, const float *factor, const float *beta,
                                      float *sum_dy, float *sum_dy_x) {
    if (beta) gradient_sums_of(rows, channels, stride, x, dy, mean, factor, beta, true, sum_dy, sum_dy_x);
    else gradient_sums_of(rows, channels, stride, x, dy, mean, NULL, NULL, false, sum_dy, sum_dy_x);
}

SIMD_TARGET static void gradient(ptrdiff_t rows, ptrdiff_t channels, const float *x, const float *dy, const float *mean,
                                 const float *a, const float *b, const float *k, const float *beta, float *out,
                                 bool stream) {
#define CENTRED(GET, i) (GET(x + at + (i)) - GET(mean + (i)))
#define KEPT(GET, i) kept(GET(dy + at + (i)), CENTRED(GET, i), GET(a + (i)), GET(beta + (i)))
#define SLOPE(GET, i, G) v_fma(GET(a + (i)), G, v_fma(GET(b + (i)), CENTRED(GET, i), GET(k + (i))))
    if (beta)
        ROWS(SLOPE(v_load, c, KEPT(v_load, c)), SLOPE(LOAD_PART, whole, KEPT(LOAD_PART, whole)));
    else
        ROWS(SLOPE(v_load, c, v_load(dy + at + c)), SLOPE(LOAD_PART, whole, v_load_n(dy + at + whole, rest)));
}

const apus_norm_kernels SIMD_NAME(apus_norm) = {statistics, merge, normalize, gradient_sums, gradient};
