// The transforms of F(4x4, 3x3) and F(6x6, 3x3) on one instruction set's vectors: include after a
// runtime/simd_*.h and before winograd_tile_weights_template.h. The including file defines winograd_stream, a
// store of a vector at a multiple of its size past the caches, and winograd_flush, after which other threads
// may be told of them.
//
// Toom-Cook (Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2016), nested for two
// dimensions: Y = A^T ((G g G^T) * (B^T d B)) A. With finite points p_j and the infinite one,
//   A^T[i][j] = p_j^i,   G[j][i] = p_j^i / prod over k != j of (p_j - p_k),
//   B^T[j][i] = the coefficient of x^i in prod over k != j of (x - p_k),
// and the infinite point's column, row and row: that of the highest power, (0, 0, 1), prod over all k.
// F(4, 3) has the points 0, +-5/8, +-3/2: of those of the form 0, +-a, +-b with short fractions they have
// the least sum over j of (|A_j| |G_j| |B_j|)^2, which halves the error of the usual 0, +-1, +-2 (Barabasz
// and others, Error Analysis and Improving the Accuracy of Winograd Convolution for Deep Neural Networks,
// 2020, search likewise). For F(6, 3) the same search finds the usual 0, +-1, +-2, +-1/2. A scaling of G's
// rows against B's changes no rounding error to first order, so there is none.
// Of each pair +-p the even and the odd powers are summed once: pair 0 is the points 0 and infinity (first and
// last), pair i > 0 the points number 2 i - 1 and 2 i.

#if defined(__clang__)
#define WINOGRAD_UNROLL _Pragma("clang loop unroll(full)")
#elif defined(__SANITIZE_ADDRESS__) // whose checks keep gcc from unrolling, which it then warns of
#define WINOGRAD_UNROLL
#else
#define WINOGRAD_UNROLL _Pragma("GCC unroll 64")
#endif

SIMD_INLINE vf winograd_scale(float s, vf x) { return v_set1(s) * x; }
// s * x + y
SIMD_INLINE vf winograd_add(float s, vf x, vf y) { return v_fma(v_set1(s), x, y); }

// F(4, 3): A^2 and B^2 are the squares of the points, SUM and PRODUCT of those.
#define F4_A 0.625f
#define F4_B 1.5f
#define F4_A2 0.390625f
#define F4_B2 2.25f
#define F4_SUM 2.640625f
#define F4_PRODUCT 0.87890625f

SIMD_INLINE void winograd_input_pair_4(const int pair, const vf *d, vf *first, vf *second) {
    if (pair == 0) {
        *first = winograd_add(F4_PRODUCT, d[0], winograd_add(-F4_SUM, d[2], d[4]));
        *second = winograd_add(F4_PRODUCT, d[1], winograd_add(-F4_SUM, d[3], d[5]));
        return;
    }
    const float point = pair == 1 ? F4_A : F4_B, other = pair == 1 ? F4_B2 : F4_A2;
    const vf even = winograd_add(-other, d[2], d[4]), odd = winograd_add(-other, d[1], d[3]);
    *first = winograd_add(point, odd, even);
    *second = winograd_add(-point, odd, even);
}

// The divisors of G's rows: 1 / (a b)^2, 1 / (2 p^2 (p^2 - q^2)) for the points p, q = a, b or b, a.
#define F4_AT_0 ((float)(1 / 0.87890625))
#define F4_AT_A ((float)(1 / (2 * 0.390625 * (0.390625 - 2.25))))
#define F4_AT_B ((float)(1 / (2 * 2.25 * (2.25 - 0.390625))))

SIMD_INLINE void winograd_filter_4(const vf *g, vf *v) {
    const vf even_a = winograd_scale(F4_AT_A, winograd_add(F4_A2, g[2], g[0])), odd_a = winograd_scale(F4_AT_A * F4_A, g[1]);
    const vf even_b = winograd_scale(F4_AT_B, winograd_add(F4_B2, g[2], g[0])), odd_b = winograd_scale(F4_AT_B * F4_B, g[1]);
    v[0] = winograd_scale(F4_AT_0, g[0]);
    v[1] = even_a + odd_a;
    v[2] = even_a - odd_a;
    v[3] = even_b + odd_b;
    v[4] = even_b - odd_b;
    v[5] = g[2];
}

SIMD_INLINE void winograd_output_4(const vf *m, vf *y) {
    const vf sum_a = m[1] + m[2], sum_b = m[3] + m[4], difference_a = m[1] - m[2], difference_b = m[3] - m[4];
    y[0] = m[0] + (sum_a + sum_b);
    y[1] = winograd_add(F4_B, difference_b, winograd_scale(F4_A, difference_a));
    y[2] = winograd_add(F4_B2, sum_b, winograd_scale(F4_A2, sum_a));
    y[3] = winograd_add(F4_B2 * F4_B, difference_b, winograd_add(F4_A2 * F4_A, difference_a, m[5]));
}

SIMD_INLINE void winograd_input_pair_6(const int pair, const vf *d, vf *first, vf *second) {
    if (pair == 0) {
        *first = winograd_add(5.25f, d[4] - d[2], d[0] - d[6]);
        *second = winograd_add(5.25f, d[3] - d[5], d[7] - d[1]);
        return;
    }
    vf even, odd;
    if (pair == 1) {
        even = winograd_add(-4.25f, d[4], d[2] + d[6]);
        odd = winograd_add(-4.25f, d[3], d[1] + d[5]);
    } else if (pair == 2) {
        even = winograd_add(0.25f, d[2], winograd_add(-1.25f, d[4], d[6]));
        odd = winograd_add(0.5f, d[1], winograd_add(-2.5f, d[3], d[5] + d[5]));
    } else {
        even = winograd_add(4.0f, d[2], winograd_add(-5.0f, d[4], d[6]));
        odd = winograd_add(2.0f, d[1], winograd_add(-2.5f, d[3], winograd_scale(0.5f, d[5])));
    }
    *first = even + odd;
    *second = even - odd;
}

// The divisors at the points +-1, +-2, +-1/2.
#define F6_AT_1 ((float)(-2.0 / 9))
#define F6_AT_2 ((float)(1.0 / 90))
#define F6_AT_3 ((float)(32.0 / 45))

SIMD_INLINE void winograd_filter_6(const vf *g, vf *v) {
    const vf even1 = winograd_scale(F6_AT_1, g[0] + g[2]), odd1 = winograd_scale(F6_AT_1, g[1]);
    const vf even2 = winograd_scale(F6_AT_2, winograd_add(4.0f, g[2], g[0])), odd2 = winograd_scale(2 * F6_AT_2, g[1]);
    const vf even3 = winograd_scale(F6_AT_3, winograd_add(0.25f, g[2], g[0])), odd3 = winograd_scale(0.5f * F6_AT_3, g[1]);
    v[0] = g[0];
    v[1] = even1 + odd1;
    v[2] = even1 - odd1;
    v[3] = even2 + odd2;
    v[4] = even2 - odd2;
    v[5] = even3 + odd3;
    v[6] = even3 - odd3;
    v[7] = g[2];
}

SIMD_INLINE void winograd_output_6(const vf *m, vf *y) {
    const vf sum1 = m[1] + m[2], sum2 = m[3] + m[4], sum3 = m[5] + m[6];
    const vf difference1 = m[1] - m[2], difference2 = m[3] - m[4], difference3 = m[5] - m[6];
    y[0] = (m[0] + sum1) + (sum2 + sum3);
    y[1] = winograd_add(2.0f, difference2, winograd_add(0.5f, difference3, difference1));
    y[2] = winograd_add(4.0f, sum2, winograd_add(0.25f, sum3, sum1));
    y[3] = winograd_add(8.0f, difference2, winograd_add(0.125f, difference3, difference1));
    y[4] = winograd_add(16.0f, sum2, winograd_add(0.0625f, sum3, sum1));
    y[5] = winograd_add(32.0f, difference2, winograd_add(0.03125f, difference3, difference1)) + m[7];
}

SIMD_INLINE void winograd_input_pair(const int m, const int pair, const vf *d, vf *first, vf *second) {
    if (m == 4) winograd_input_pair_4(pair, d, first, second);
    else winograd_input_pair_6(pair, d, first, second);
}
SIMD_INLINE void winograd_input_line(const int m, const vf *d, vf *u) {
    winograd_input_pair(m, 0, d, &u[0], &u[m + 1]);
    WINOGRAD_UNROLL
    for (int pair = 1; pair <= m / 2; pair++) winograd_input_pair(m, pair, d, &u[2 * pair - 1], &u[2 * pair]);
}
SIMD_INLINE void winograd_filter_line(const int m, const vf *g, vf *v) {
    if (m == 4) winograd_filter_4(g, v);
    else winograd_filter_6(g, v);
}
SIMD_INLINE void winograd_output_line(const int m, const vf *p, vf *y) {
    if (m == 4) winograd_output_4(p, y);
    else winograd_output_6(p, y);
}

SIMD_INLINE vf winograd_load(const float *p, const bool whole, ptrdiff_t part) { return whole ? v_load(p) : v_load_n(p, part); }

// m, taps and whole are constants wherever these are inlined. From `from` (points x points inputs or 3 x 3
// taps) to points x points planes, columns first.
SIMD_INLINE void winograd_spread(const int m, const bool filter, const bool whole, ptrdiff_t part, const float *from,
                                 ptrdiff_t row, ptrdiff_t pixel, float *to, ptrdiff_t plane) {
    const int n = m + 2, count = filter ? 3 : n;
    vf half[8][8];
    WINOGRAD_UNROLL
    for (int j = 0; j < count; j++) {
        vf column[8], spread[8];
        WINOGRAD_UNROLL
        for (int i = 0; i < count; i++) column[i] = winograd_load(from + i * row + j * pixel, whole, part);
        if (filter) winograd_filter_line(m, column, spread);
        else winograd_input_line(m, column, spread);
        WINOGRAD_UNROLL
        for (int i = 0; i < n; i++) half[i][j] = spread[i];
    }
    WINOGRAD_UNROLL
    for (int i = 0; i < n; i++) {
        vf spread[8];
        if (filter) winograd_filter_line(m, half[i], spread);
        else winograd_input_line(m, half[i], spread);
        WINOGRAD_UNROLL
        for (int j = 0; j < n; j++, to += plane) v_store(to, spread[j]);
    }
}

SIMD_INLINE void winograd_spread_all(const int m, const bool filter, ptrdiff_t channels, const float *from, ptrdiff_t row,
                                     ptrdiff_t pixel, float *to, ptrdiff_t plane) {
    ptrdiff_t c = 0;
    for (; c + VF_LANES <= channels; c += VF_LANES) winograd_spread(m, filter, true, 0, from + c, row, pixel, to + c, plane);
    if (c < channels) winograd_spread(m, filter, false, channels - c, from + c, row, pixel, to + c, plane);
}

// The larger, or a NaN.
SIMD_INLINE vf winograd_larger(vf a, vf b) { return v_select(v_eq(a, a), v_max(a, b), a); }

SIMD_INLINE void winograd_collect(const int m, const bool pool, const bool whole, ptrdiff_t part, const float *from, ptrdiff_t plane,
                                  ptrdiff_t rows, ptrdiff_t columns, const float *bias, const bool relu, const bool stream,
                                  float *to, ptrdiff_t row, ptrdiff_t pixel) {
    const int n = m + 2;
    vf half[6][8];
    WINOGRAD_UNROLL
    for (int j = 0; j < n; j++) {
        vf column[8], collected[6];
        WINOGRAD_UNROLL
        for (int i = 0; i < n; i++) column[i] = v_load(from + (i * n + j) * plane);
        winograd_output_line(m, column, collected);
        WINOGRAD_UNROLL
        for (int i = 0; i < m; i++) half[i][j] = collected[i];
    }
    const vf added = bias == NULL ? v_set1(0) : winograd_load(bias, whole, part);
    const int step = pool ? 2 : 1;
    WINOGRAD_UNROLL
    for (int i = 0; i < m / step; i++, to += row) {
        if (i >= rows) continue;
        vf collected[6];
        winograd_output_line(m, half[step * i], collected);
        if (pool) {
            vf below[6];
            winograd_output_line(m, half[step * i + 1], below);
            WINOGRAD_UNROLL
            for (int j = 0; j < m / 2; j++)
                collected[j] = winograd_larger(winograd_larger(collected[2 * j], collected[2 * j + 1]),
                                               winograd_larger(below[2 * j], below[2 * j + 1]));
        }
        WINOGRAD_UNROLL
        for (int j = 0; j < m / step; j++) {
            if (j >= columns) continue;
            vf y = collected[j] + added;
            if (relu) y = v_max(v_set1(0), y); // NaN stays
            if (stream) winograd_stream(to + j * pixel, y);
            else if (whole) v_store(to + j * pixel, y);
            else v_store_n(to + j * pixel, y, part);
        }
    }
}

SIMD_INLINE void winograd_collect_all(const int m, const bool pool, const float *from, ptrdiff_t plane, ptrdiff_t channels, ptrdiff_t rows,
                                      ptrdiff_t columns, const float *bias, const bool relu, const bool stream, float *to,
                                      ptrdiff_t row, ptrdiff_t pixel) {
    ptrdiff_t c = 0;
    for (; c + VF_LANES <= channels; c += VF_LANES)
        winograd_collect(m, pool, true, 0, from + c, plane, rows, columns, bias == NULL ? NULL : bias + c, relu, stream, to + c, row,
                         pixel);
    if (c < channels)
        winograd_collect(m, pool, false, channels - c, from + c, plane, rows, columns, bias == NULL ? NULL : bias + c, relu, false,
                         to + c, row, pixel);
}

#define WINOGRAD_DEFINE(m)                                                                                                  \
    SIMD_TARGET static void SIMD_NAME(apus_f32_winograd_input_##m##x##m)(                                                    \
        const float *from, ptrdiff_t row, ptrdiff_t pixel, ptrdiff_t channels, float *to, ptrdiff_t plane) {                \
        winograd_spread_all(m, false, channels, from, row, pixel, to, plane);                                               \
    }                                                                                                                       \
    SIMD_TARGET static void SIMD_NAME(apus_f32_winograd_filter_##m##x##m)(                                                   \
        const float *from, ptrdiff_t row, ptrdiff_t tap, ptrdiff_t channels, float *to, ptrdiff_t plane) {                  \
        winograd_spread_all(m, true, channels, from, row, tap, to, plane);                                                  \
    }                                                                                                                       \
    WINOGRAD_DEFINE_COLLECT(m, apus_f32_winograd_output_##m##x##m, false, m)                                                \
    WINOGRAD_DEFINE_COLLECT(m, apus_f32_winograd_pool_##m##x##m, true, m / 2)
#define WINOGRAD_DEFINE_COLLECT(m, stem, pool, most)                                                                        \
    SIMD_TARGET static void SIMD_NAME(stem)(                                                                                \
        const float *from, ptrdiff_t plane, ptrdiff_t channels, ptrdiff_t rows, ptrdiff_t columns, const float *bias,       \
        bool relu, bool stream, float *to, ptrdiff_t row, ptrdiff_t pixel) {                                                \
        if (rows == (most) && columns == (most) && stream)                                                                  \
            winograd_collect_all(m, pool, from, plane, channels, most, most, bias, relu, true, to, row, pixel);             \
        else if (rows == (most) && columns == (most))                                                                       \
            winograd_collect_all(m, pool, from, plane, channels, most, most, bias, relu, false, to, row, pixel);            \
        else winograd_collect_all(m, pool, from, plane, channels, rows, columns, bias, relu, false, to, row, pixel);        \
    }
WINOGRAD_DEFINE(4)
WINOGRAD_DEFINE(6)
