// The transforms of the weights' gradient: include after winograd_tile_template.h, which has the algebra. The
// forward pass is Y = A^T ((G g G^T) * (B^T d B)) A, so a tile adds G^T ((A dY A^T) * (B^T d B)) G to dg.

// Rows of A y, n of them, two at a time.
SIMD_INLINE void winograd_unfold_pair(const int m, const int pair, const vf *y, vf *first, vf *second) {
    if (pair == 0) {
        *first = y[0];
        *second = y[m - 1];
        return;
    }
    static const float points4[3] = {0, F4_A, F4_B}, points6[4] = {0, 1, 2, 0.5f};
    const float point = m == 4 ? points4[pair] : points6[pair], square = point * point;
    vf even = winograd_add(square, y[m - 2], y[m - 4]), odd = winograd_add(square, y[m - 1], y[m - 3]);
    if (m == 6) {
        even = winograd_add(square, even, y[0]);
        odd = winograd_add(square, odd, y[1]);
    }
    *first = winograd_add(point, odd, even);
    *second = winograd_add(-point, odd, even);
}

SIMD_INLINE void winograd_unfold_line(const int m, const vf *y, vf *p) {
    winograd_unfold_pair(m, 0, y, &p[0], &p[m + 1]);
    WINOGRAD_UNROLL
    for (int pair = 1; pair <= m / 2; pair++) winograd_unfold_pair(m, pair, y, &p[2 * pair - 1], &p[2 * pair]);
}

// G^T m, m[0 ... n - 1] in the order of the points.
SIMD_INLINE void winograd_gather_line(const int m, const vf *p, vf *g) {
    const vf sum1 = p[1] + p[2], sum2 = p[3] + p[4], difference1 = p[1] - p[2], difference2 = p[3] - p[4];
    if (m == 4) {
        const vf a = winograd_scale(F4_AT_A, sum1), b = winograd_scale(F4_AT_B, sum2);
        g[0] = winograd_add(F4_AT_0, p[0], a + b);
        g[1] = winograd_add(F4_AT_B * F4_B, difference2, winograd_scale(F4_AT_A * F4_A, difference1));
        g[2] = winograd_add(F4_B2, b, winograd_add(F4_A2, a, p[5]));
    } else {
        const vf sum3 = p[5] + p[6], difference3 = p[5] - p[6];
        const vf at1 = winograd_scale(F6_AT_1, sum1), at2 = winograd_scale(F6_AT_2, sum2), at3 = winograd_scale(F6_AT_3, sum3);
        g[0] = (p[0] + at1) + (at2 + at3);
        g[1] = winograd_add(0.5f * F6_AT_3, difference3,
                            winograd_add(2 * F6_AT_2, difference2, winograd_scale(F6_AT_1, difference1)));
        g[2] = winograd_add(4.0f, at2, winograd_add(0.25f, at3, at1 + p[7]));
    }
}

// One pair of rows of planes. m, unfold and pair are constants wherever this is inlined.
SIMD_INLINE void winograd_pair(const int m, const bool unfold, const int pair, const bool whole, ptrdiff_t part,
                               const float *from, ptrdiff_t row, ptrdiff_t pixel, float *to, ptrdiff_t plane, float *sums) {
    const int n = m + 2, count = unfold ? m : n;
    vf half[2][8], total = v_set1(0);
    WINOGRAD_UNROLL
    for (int j = 0; j < count; j++) {
        vf column[8];
        WINOGRAD_UNROLL
        for (int i = 0; i < count; i++) column[i] = winograd_load(from + i * row + j * pixel, whole, part);
        if (unfold) winograd_unfold_pair(m, pair, column, &half[0][j], &half[1][j]);
        else winograd_input_pair(m, pair, column, &half[0][j], &half[1][j]);
        if (unfold && pair == 0 && sums != NULL) {
            WINOGRAD_UNROLL
            for (int i = 0; i < count; i++) total = total + column[i];
        }
    }
    WINOGRAD_UNROLL
    for (int i = 0; i < 2; i++) {
        vf spread[8];
        if (unfold) winograd_unfold_line(m, half[i], spread);
        else winograd_input_line(m, half[i], spread);
        WINOGRAD_UNROLL
        for (int j = 0; j < n; j++, to += plane) v_store(to, spread[j]);
    }
    if (unfold && pair == 0 && sums != NULL) v_store(sums, v_load(sums) + total);
}

SIMD_INLINE void winograd_pair_all(const int m, const bool unfold, const int pair, const float *from, ptrdiff_t row,
                                   ptrdiff_t pixel, ptrdiff_t channels, float *to, ptrdiff_t plane, float *sums) {
    ptrdiff_t c = 0;
    for (; c + VF_LANES <= channels; c += VF_LANES)
        winograd_pair(m, unfold, pair, true, 0, from + c, row, pixel, to + c, plane, sums == NULL ? NULL : sums + c);
    if (c < channels)
        winograd_pair(m, unfold, pair, false, channels - c, from + c, row, pixel, to + c, plane, sums == NULL ? NULL : sums + c);
}

SIMD_INLINE void winograd_any_pair(const int m, const bool unfold, int pair, const float *from, ptrdiff_t row, ptrdiff_t pixel,
                                   ptrdiff_t channels, float *to, ptrdiff_t plane, float *sums) {
    if (pair == 0) winograd_pair_all(m, unfold, 0, from, row, pixel, channels, to, plane, sums);
    else if (pair == 1) winograd_pair_all(m, unfold, 1, from, row, pixel, channels, to, plane, NULL);
    else if (m == 4 || pair == 2) winograd_pair_all(m, unfold, 2, from, row, pixel, channels, to, plane, NULL);
    else winograd_pair_all(m, unfold, m == 4 ? 2 : 3, from, row, pixel, channels, to, plane, NULL);
}

// Rows of planes in the order of the pairs: 0, n - 1, 1, 2, ...
SIMD_INLINE void winograd_gather(const int m, const bool whole, ptrdiff_t part, const float *from, ptrdiff_t plane, float *to,
                                 ptrdiff_t row, ptrdiff_t tap) {
    const int n = m + 2;
    vf half[8][3];
    WINOGRAD_UNROLL
    for (int i = 0; i < n; i++) {
        const int place = i == 0 ? 0 : i == n - 1 ? 1 : i + 1;
        vf line[8];
        WINOGRAD_UNROLL
        for (int j = 0; j < n; j++) line[j] = v_load(from + (place * n + j) * plane);
        winograd_gather_line(m, line, half[i]);
    }
    WINOGRAD_UNROLL
    for (int j = 0; j < 3; j++) {
        vf column[8], taps[3];
        WINOGRAD_UNROLL
        for (int i = 0; i < n; i++) column[i] = half[i][j];
        winograd_gather_line(m, column, taps);
        WINOGRAD_UNROLL
        for (int i = 0; i < 3; i++) {
            if (whole) v_store(to + i * row + j * tap, taps[i]);
            else v_store_n(to + i * row + j * tap, taps[i], part);
        }
    }
}

#define WINOGRAD_DEFINE_WEIGHTS(m)                                                                                       \
    SIMD_TARGET static void SIMD_NAME(apus_f32_winograd_input_pair_##m##x##m)(                                            \
        int pair, const float *from, ptrdiff_t row, ptrdiff_t pixel, ptrdiff_t channels, float *to, ptrdiff_t plane) {   \
        winograd_any_pair(m, false, pair, from, row, pixel, channels, to, plane, NULL);                                  \
    }                                                                                                                    \
    SIMD_TARGET static void SIMD_NAME(apus_f32_winograd_unfold_pair_##m##x##m)(                                           \
        int pair, const float *from, ptrdiff_t row, ptrdiff_t pixel, ptrdiff_t channels, float *to, ptrdiff_t plane,     \
        float *sums) {                                                                                                   \
        winograd_any_pair(m, true, pair, from, row, pixel, channels, to, plane, sums);                                   \
    }                                                                                                                    \
    SIMD_TARGET static void SIMD_NAME(apus_f32_winograd_gather_##m##x##m)(                                                \
        const float *from, ptrdiff_t plane, ptrdiff_t channels, float *to, ptrdiff_t row, ptrdiff_t tap) {               \
        ptrdiff_t c = 0;                                                                                                 \
        for (; c + VF_LANES <= channels; c += VF_LANES) winograd_gather(m, true, 0, from + c, plane, to + c, row, tap);  \
        if (c < channels) winograd_gather(m, false, channels - c, from + c, plane, to + c, row, tap);                    \
    }
WINOGRAD_DEFINE_WEIGHTS(4)
WINOGRAD_DEFINE_WEIGHTS(6)
