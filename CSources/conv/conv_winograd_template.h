// Winograd's transforms of one instruction set, on the vector types and helpers of conv_kernel_template.h,
// which is included before this. The including file defines APUS_WINOGRAD_TABLE.
//
// Toom-Cook with the points 0, 1, -1, 2, -2, 1/2, -1/2 and infinity: eight products give n outputs of a
// correlation with 9 - n taps (Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2016):
//   y = A_n^T ((B^T x) * (G_(9-n) w)),   A_n^T[i][j] = p_j^i,   G_n[j][i] = p_j^i c_j,
// the infinite point's row (column) being that of the highest power. B^T is the same for every n. Of each
// pair p, -p the even and the odd powers are summed once. Every multiply-add is a named one, so that
// compilers give the same bits.

APUS_ALWAYS_INLINE APUS_CONV_TARGET vec apus_winograd_splat(float value) {
    const vec zero = {0};
    return value - zero;
}
APUS_ALWAYS_INLINE APUS_CONV_TARGET vec apus_winograd_add_scaled(float scale, vec b, vec c) {
    return (vec)apus_conv_multiply_add(apus_winograd_splat(scale), b, c);
}

// u = B^T d
APUS_ALWAYS_INLINE APUS_CONV_TARGET void apus_winograd_input_vectors(const vec d[8], vec u[8]) {
    const vec even1 = apus_winograd_add_scaled(-4.25f, d[4], d[2] + d[6]);
    const vec odd1 = apus_winograd_add_scaled(-4.25f, d[3], d[1] + d[5]);
    const vec even2 = apus_winograd_add_scaled(0.25f, d[2], apus_winograd_add_scaled(-1.25f, d[4], d[6]));
    const vec odd2 = apus_winograd_add_scaled(0.5f, d[1], apus_winograd_add_scaled(-2.5f, d[3], d[5] + d[5]));
    const vec even3 = apus_winograd_add_scaled(4.0f, d[2], apus_winograd_add_scaled(-5.0f, d[4], d[6]));
    const vec half5 = apus_winograd_splat(0.5f) * d[5];
    const vec odd3 = apus_winograd_add_scaled(2.0f, d[1], apus_winograd_add_scaled(-2.5f, d[3], half5));
    u[0] = apus_winograd_add_scaled(5.25f, d[4] - d[2], d[0] - d[6]);
    u[1] = even1 + odd1;
    u[2] = even1 - odd1;
    u[3] = even2 + odd2;
    u[4] = even2 - odd2;
    u[5] = even3 + odd3;
    u[6] = even3 - odd3;
    u[7] = apus_winograd_add_scaled(5.25f, d[3] - d[5], d[7] - d[1]);
}

// v = G_n g
APUS_ALWAYS_INLINE APUS_CONV_TARGET void apus_winograd_spread_vectors(const int n, const vec *g, vec v[8]) {
    static const float points[3] = {1, 2, 0.5f}, scales[3] = {-2.0f / 9, 1.0f / 90, 32.0f / 45};
    APUS_CONV_UNROLL
    for (int q = 0; q < 3; q++) {
        const float square = points[q] * points[q];
        vec even = g[(n - 1) / 2 * 2], odd = g[n / 2 * 2 - 1];
        APUS_CONV_UNROLL
        for (int i = (n - 1) / 2 * 2 - 2; i >= 0; i -= 2) even = apus_winograd_add_scaled(square, even, g[i]);
        APUS_CONV_UNROLL
        for (int i = n / 2 * 2 - 3; i >= 1; i -= 2) odd = apus_winograd_add_scaled(square, odd, g[i]);
        const vec plus = apus_winograd_add_scaled(points[q], odd, even);
        const vec minus = apus_winograd_add_scaled(-points[q], odd, even);
        v[1 + 2 * q] = apus_winograd_splat(scales[q]) * plus;
        v[2 + 2 * q] = apus_winograd_splat(scales[q]) * minus;
    }
    v[0] = g[0];
    v[7] = g[n - 1];
}

// y = A_n^T m
APUS_ALWAYS_INLINE APUS_CONV_TARGET void apus_winograd_collect_vectors(const int n, const vec m[8], vec *y) {
    const vec sum[3] = {m[1] + m[2], m[3] + m[4], m[5] + m[6]}, difference[3] = {m[1] - m[2], m[3] - m[4], m[5] - m[6]};
    y[0] = (m[0] + sum[0]) + (sum[1] + sum[2]);
    APUS_CONV_UNROLL
    for (int i = 1; i < n; i++) {
        const vec *part = i % 2 == 0 ? sum : difference;
        const float power = (float)(1 << i);
        y[i] = apus_winograd_add_scaled(power, part[1], apus_winograd_add_scaled(1 / power, part[2], part[0]));
    }
    y[n - 1] += m[7];
}

APUS_ALWAYS_INLINE APUS_CONV_TARGET vec apus_winograd_load(const float *p, bool whole, int part) {
    return whole ? apus_conv_load(p) : (vec)apus_conv_load_part(p, part);
}

APUS_CONV_TARGET static void APUS_CONV_NAME(apus_f32_winograd_input)(const float *const *rows, ptrdiff_t channels,
                                                                     float *to, ptrdiff_t plane) {
    for (ptrdiff_t c = 0; c < channels; c += APUS_CONV_WIDTH) {
        const bool whole = channels - c >= APUS_CONV_WIDTH;
        vec d[8], u[8];
        APUS_CONV_UNROLL
        for (int i = 0; i < 8; i++) d[i] = apus_winograd_load(rows[i] + c, whole, (int)(channels - c));
        apus_winograd_input_vectors(d, u);
        APUS_CONV_UNROLL
        for (int j = 0; j < 8; j++) apus_conv_store(to + j * plane + c, u[j]);
    }
}

APUS_ALWAYS_INLINE APUS_CONV_TARGET void apus_winograd_spread_body(const int n, const float *const *rows, ptrdiff_t channels,
                                                                   float *to, ptrdiff_t plane, float *sums) {
    for (ptrdiff_t c = 0; c < channels; c += APUS_CONV_WIDTH) {
        const bool whole = channels - c >= APUS_CONV_WIDTH;
        vec g[6], v[8];
        APUS_CONV_UNROLL
        for (int i = 0; i < n; i++) g[i] = apus_winograd_load(rows[i] + c, whole, (int)(channels - c));
        apus_winograd_spread_vectors(n, g, v);
        APUS_CONV_UNROLL
        for (int j = 0; j < 8; j++) apus_conv_store(to + j * plane + c, v[j]);
        if (sums == NULL) continue;
        vec total = g[0];
        APUS_CONV_UNROLL
        for (int i = 1; i < n; i++) total += g[i];
        apus_conv_store(sums + c, apus_conv_load(sums + c) + total);
    }
}

APUS_ALWAYS_INLINE APUS_CONV_TARGET void apus_winograd_collect_body(const int n, const float *planes, ptrdiff_t plane,
                                                                    ptrdiff_t channels, ptrdiff_t count, const float *bias,
                                                                    bool relu, float *to, ptrdiff_t pitch) {
    const vec zero = {0};
    for (ptrdiff_t c = 0; c < channels; c += APUS_CONV_WIDTH) {
        const int part = (int)(channels - c);
        const bool whole = part >= APUS_CONV_WIDTH;
        vec m[8], y[6];
        APUS_CONV_UNROLL
        for (int j = 0; j < 8; j++) m[j] = apus_conv_load(planes + j * plane + c);
        apus_winograd_collect_vectors(n, m, y);
        const vec added = bias == NULL ? zero : apus_winograd_load(bias + c, whole, part);
        APUS_CONV_UNROLL
        for (int i = 0; i < n; i++) {
            if (i >= count) break;
            vec out = bias == NULL ? y[i] : y[i] + added;
            if (relu) out = (vec)((vec_mask)out & ~(out < zero)); // NaN stays
            if (whole) apus_conv_store(to + i * pitch + c, out);
            else apus_conv_store_part(to + i * pitch + c, part, out);
        }
    }
}

#define APUS_WINOGRAD_DEFINE(n)                                                                                      \
    APUS_CONV_TARGET static void APUS_CONV_NAME(apus_f32_winograd_spread_##n)(                                        \
        const float *const *rows, ptrdiff_t channels, float *to, ptrdiff_t plane, float *sums) {                     \
        apus_winograd_spread_body(n, rows, channels, to, plane, sums);                                               \
    }                                                                                                                \
    APUS_CONV_TARGET static void APUS_CONV_NAME(apus_f32_winograd_collect_##n)(                                       \
        const float *planes, ptrdiff_t plane, ptrdiff_t channels, ptrdiff_t count, const float *bias, bool relu,     \
        float *to, ptrdiff_t pitch) {                                                                                \
        apus_winograd_collect_body(n, planes, plane, channels, count, bias, relu, to, pitch);                        \
    }
APUS_WINOGRAD_DEFINE(3)
APUS_WINOGRAD_DEFINE(4)
APUS_WINOGRAD_DEFINE(5)
APUS_WINOGRAD_DEFINE(6)

const apus_winograd_kernels APUS_WINOGRAD_TABLE = {
    .input = APUS_CONV_NAME(apus_f32_winograd_input),
    .spread = {APUS_CONV_NAME(apus_f32_winograd_spread_3), APUS_CONV_NAME(apus_f32_winograd_spread_4),
               APUS_CONV_NAME(apus_f32_winograd_spread_5), APUS_CONV_NAME(apus_f32_winograd_spread_6)},
    .collect = {APUS_CONV_NAME(apus_f32_winograd_collect_3), APUS_CONV_NAME(apus_f32_winograd_collect_4),
                APUS_CONV_NAME(apus_f32_winograd_collect_5), APUS_CONV_NAME(apus_f32_winograd_collect_6)},
};
