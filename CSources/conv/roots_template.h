// The ten-point transforms of one instruction set, on the vector types and helpers of conv_kernel_template.h,
// which is included before this. The including file defines APUS_ROOTS_TABLE. roots.h has the algebra.
//
// Along one axis a sequence z becomes ten numbers: its values at 0 and infinity, at 1 and -1, and at the first
// three roots of unity of eight (real and imaginary part); the other three are conjugates. The inner function
// is "spread"; its transpose is "gather". Multiply-adds are named ones, so that compilers give the same bits.

APUS_ALWAYS_INLINE APUS_CONV_TARGET vec apus_roots_scaled(float scale, vec b, vec c) {
    const vec zero = {0};
    return (vec)apus_conv_multiply_add(scale - zero, b, c);
}

#define APUS_ROOTS_HALF 0.70710678118654752f // the square root of a half

// e = values at 1, -1, then (real, imaginary) at w, w^2, w^3 of the polynomial z, w = exp(i pi/4)
APUS_ALWAYS_INLINE APUS_CONV_TARGET void apus_roots_spread_real(const vec z[8], vec e[8]) {
    const vec s0 = z[0] + z[4], s1 = z[1] + z[5], s2 = z[2] + z[6], s3 = z[3] + z[7];
    const vec d0 = z[0] - z[4], d1 = z[1] - z[5], d2 = z[2] - z[6], d3 = z[3] - z[7];
    const vec even = s0 + s2, odd = s1 + s3, difference = d1 - d3, sum = d1 + d3;
    e[0] = even + odd;
    e[1] = even - odd;
    e[2] = apus_roots_scaled(APUS_ROOTS_HALF, difference, d0);
    e[3] = apus_roots_scaled(APUS_ROOTS_HALF, sum, d2);
    e[4] = s0 - s2;
    e[5] = s1 - s3;
    e[6] = apus_roots_scaled(-APUS_ROOTS_HALF, difference, d0);
    e[7] = apus_roots_scaled(APUS_ROOTS_HALF, sum, -d2);
}

// The transpose of the above.
APUS_ALWAYS_INLINE APUS_CONV_TARGET void apus_roots_gather_real(const vec e[8], vec z[8]) {
    const vec even = e[0] + e[1], odd = e[0] - e[1], imaginary = e[3] + e[7], real = e[2] - e[6];
    const vec s0 = even + e[4], s2 = even - e[4], s1 = odd + e[5], s3 = odd - e[5];
    const vec d0 = e[2] + e[6], d2 = e[3] - e[7];
    const vec d1 = imaginary + real, d3 = imaginary - real;
    z[0] = s0 + d0;
    z[4] = s0 - d0;
    z[1] = apus_roots_scaled(APUS_ROOTS_HALF, d1, s1);
    z[5] = apus_roots_scaled(-APUS_ROOTS_HALF, d1, s1);
    z[2] = s2 + d2;
    z[6] = s2 - d2;
    z[3] = apus_roots_scaled(APUS_ROOTS_HALF, d3, s3);
    z[7] = apus_roots_scaled(-APUS_ROOTS_HALF, d3, s3);
}

// The values of the complex polynomial r + i m at w^0, ..., w^7, in place.
APUS_ALWAYS_INLINE APUS_CONV_TARGET void apus_roots_spread_complex(vec r[8], vec m[8]) {
    vec sr[4], sm[4], dr[4], dm[4];
    APUS_CONV_UNROLL
    for (int n = 0; n < 4; n++) {
        sr[n] = r[n] + r[n + 4], sm[n] = m[n] + m[n + 4];
        dr[n] = r[n] - r[n + 4], dm[n] = m[n] - m[n + 4];
    }
    const vec even_r = sr[0] + sr[2], even_m = sm[0] + sm[2], odd_r = sr[1] + sr[3], odd_m = sm[1] + sm[3];
    const vec turn_r = sr[0] - sr[2], turn_m = sm[0] - sm[2], quarter_r = sm[3] - sm[1], quarter_m = sr[1] - sr[3];
    r[0] = even_r + odd_r, m[0] = even_m + odd_m;
    r[4] = even_r - odd_r, m[4] = even_m - odd_m;
    r[2] = turn_r + quarter_r, m[2] = turn_m + quarter_m;
    r[6] = turn_r - quarter_r, m[6] = turn_m - quarter_m;
    const vec plus_r = dr[0] - dm[2], plus_m = dm[0] + dr[2], minus_r = dr[0] + dm[2], minus_m = dm[0] - dr[2];
    const vec a = dr[1] - dm[1], b = dr[1] + dm[1], c = dr[3] + dm[3], d = dr[3] - dm[3];
    const vec first_r = a - c, first_m = b + d, third_r = d - b, third_m = a + c;
    r[1] = apus_roots_scaled(APUS_ROOTS_HALF, first_r, plus_r), m[1] = apus_roots_scaled(APUS_ROOTS_HALF, first_m, plus_m);
    r[5] = apus_roots_scaled(-APUS_ROOTS_HALF, first_r, plus_r), m[5] = apus_roots_scaled(-APUS_ROOTS_HALF, first_m, plus_m);
    r[3] = apus_roots_scaled(APUS_ROOTS_HALF, third_r, minus_r), m[3] = apus_roots_scaled(APUS_ROOTS_HALF, third_m, minus_m);
    r[7] = apus_roots_scaled(-APUS_ROOTS_HALF, third_r, minus_r), m[7] = apus_roots_scaled(-APUS_ROOTS_HALF, third_m, minus_m);
}

// The input's ten numbers are those of interpolation's transpose: a sequence of eight, and differences at its ends.
APUS_ALWAYS_INLINE APUS_CONV_TARGET void apus_roots_fold(const apus_roots_role role, int n, vec z[10], vec *origin, vec *infinite) {
    if (role == APUS_ROOTS_INPUT) {
        *origin = z[0] - z[8];
        *infinite = z[9] - z[1];
        z[0] = z[8];
    } else {
        *origin = z[0];
        *infinite = z[n - 1];
    }
}

APUS_ALWAYS_INLINE APUS_CONV_TARGET void apus_roots_unfold(const apus_roots_role role, int n, vec origin, vec infinite, vec z[10]) {
    if (role == APUS_ROOTS_INPUT) {
        z[8] = z[0] - origin;
        z[9] = infinite;
        z[0] = origin;
        z[1] -= infinite;
    } else {
        z[0] += origin;
        z[n - 1] += infinite;
    }
}

// z[n ... 9] are zeros.
APUS_ALWAYS_INLINE APUS_CONV_TARGET void apus_roots_spread(const apus_roots_role role, int n, vec z[10], vec to[10]) {
    apus_roots_fold(role, n, z, &to[0], &to[1]);
    apus_roots_spread_real(z, to + 2);
    if (role != APUS_ROOTS_WEIGHTS) return;
    const vec zero = {0};
    to[2] *= 0.125f - zero, to[3] *= 0.125f - zero;
    APUS_CONV_UNROLL
    for (int i = 4; i < 10; i++) to[i] *= 0.25f - zero; // the conjugate's part too
}

APUS_ALWAYS_INLINE APUS_CONV_TARGET void apus_roots_gather(const apus_roots_role role, int n, vec from[10], vec z[10]) {
    const vec zero = {0};
    if (role == APUS_ROOTS_WEIGHTS) {
        from[2] *= 0.125f - zero, from[3] *= 0.125f - zero;
        APUS_CONV_UNROLL
        for (int i = 4; i < 10; i++) from[i] *= 0.25f - zero;
    }
    apus_roots_gather_real(from + 2, z);
    apus_roots_unfold(role, n, from[0], from[1], z);
}

APUS_ALWAYS_INLINE APUS_CONV_TARGET void apus_roots_put(const bool stream, float *to, vec v) {
    if (stream) apus_conv_stream(to, v);
    else apus_conv_store(to, v);
}

// The three real factors that stand for a complex one (Gauss's three products), and their transposes.
APUS_ALWAYS_INLINE APUS_CONV_TARGET void apus_roots_split(const apus_roots_role role, const bool stream, vec real, vec imaginary,
                                                          float *to, ptrdiff_t plane) {
    const vec first = role == APUS_ROOTS_WEIGHTS ? real : real - imaginary;
    const vec second = role == APUS_ROOTS_INPUT ? real : role == APUS_ROOTS_WEIGHTS ? real - imaginary : imaginary;
    const vec third = role == APUS_ROOTS_INPUT ? imaginary : role == APUS_ROOTS_WEIGHTS ? real + imaginary : real;
    apus_roots_put(stream, to, first);
    apus_roots_put(stream, to + plane, second);
    apus_roots_put(stream, to + 2 * plane, third);
}

APUS_ALWAYS_INLINE APUS_CONV_TARGET void apus_roots_join(const apus_roots_role role, const float *from, ptrdiff_t plane, vec *real,
                                                         vec *imaginary) {
    const vec first = apus_conv_load(from), second = apus_conv_load(from + plane), third = apus_conv_load(from + 2 * plane);
    *real = role == APUS_ROOTS_INPUT ? first + second : role == APUS_ROOTS_WEIGHTS ? first + (second + third) : first + third;
    *imaginary = role == APUS_ROOTS_INPUT ? third - first : third - second;
    if (role == APUS_ROOTS_OUTPUT) *imaginary = second - first;
}

APUS_ALWAYS_INLINE APUS_CONV_TARGET void apus_roots_spread_body(const apus_roots_role role, const bool stream,
                                                                const apus_roots_window *w, ptrdiff_t channels,
                                                                float *to, ptrdiff_t plane) {
    const vec zero = {0};
    const int rows = role == APUS_ROOTS_INPUT ? 10 : w->rows, columns = role == APUS_ROOTS_INPUT ? 10 : w->columns;
    for (ptrdiff_t c = 0; c < channels; c += APUS_CONV_WIDTH) {
        const int part = (int)apus_min(channels - c, APUS_CONV_WIDTH);
        vec half[10][10], z[10], other[10], v[10];
        for (int l = 0; l < columns; l++) {
            APUS_CONV_UNROLL
            for (int k = 0; k < 10; k++) {
                z[k] = zero;
                if (k >= rows) continue;
                const float *at = w->from[k * columns + l] + c;
                z[k] = part == APUS_CONV_WIDTH ? apus_conv_load(at) : (vec)apus_conv_load_part(at, part);
            }
            apus_roots_spread(role, rows, z, half[l]);
        }
        for (int u = 0; u < 4; u++) {
            if (u == 1 && !w->infinite_h) continue;
            float *at = to + u * APUS_ROOTS_REAL_PLANES * plane + c;
            APUS_CONV_UNROLL
            for (int l = 0; l < 10; l++) z[l] = l < columns ? half[l][u] : zero;
            apus_roots_spread(role, columns, z, v);
            apus_roots_put(stream, at, v[0]);
            if (w->infinite_w) apus_roots_put(stream, at + plane, v[1]);
            apus_roots_put(stream, at + 2 * plane, v[2]);
            apus_roots_put(stream, at + 3 * plane, v[3]);
            APUS_CONV_UNROLL
            for (int k = 0; k < 3; k++) apus_roots_split(role, stream, v[4 + 2 * k], v[5 + 2 * k], at + (4 + 3 * k) * plane, plane);
        }
        for (int u = 0; u < 3; u++) {
            float *at = to + (4 * APUS_ROOTS_REAL_PLANES + u * APUS_ROOTS_COMPLEX_PLANES) * plane + c;
            vec origin[2], infinite[2];
            APUS_CONV_UNROLL
            for (int l = 0; l < 10; l++) {
                z[l] = l < columns ? half[l][4 + 2 * u] : zero;
                other[l] = l < columns ? half[l][5 + 2 * u] : zero;
            }
            apus_roots_fold(role, columns, z, &origin[0], &infinite[0]);
            apus_roots_fold(role, columns, other, &origin[1], &infinite[1]);
            apus_roots_spread_complex(z, other);
            apus_roots_split(role, stream, origin[0], origin[1], at, plane);
            if (w->infinite_w) apus_roots_split(role, stream, infinite[0], infinite[1], at + 3 * plane, plane);
            APUS_CONV_UNROLL
            for (int k = 0; k < 8; k++) {
                const vec scale = (role == APUS_ROOTS_WEIGHTS ? 0.125f : 1.0f) - zero;
                apus_roots_split(role, stream, scale * z[k], scale * other[k], at + (6 + 3 * k) * plane, plane);
            }
        }
    }
    if (stream) apus_conv_drain();
}

APUS_ALWAYS_INLINE APUS_CONV_TARGET void apus_roots_gather_body(const apus_roots_role role, const apus_roots_window *w, ptrdiff_t channels,
                                                                const float *from, ptrdiff_t plane) {
    const vec zero = {0};
    const int rows = role == APUS_ROOTS_INPUT ? 10 : w->rows, columns = role == APUS_ROOTS_INPUT ? 10 : w->columns;
    for (ptrdiff_t c = 0; c < channels; c += APUS_CONV_WIDTH) {
        const int part = (int)apus_min(channels - c, APUS_CONV_WIDTH);
        const bool whole = part == APUS_CONV_WIDTH;
        vec half[10][10], z[10], other[10], v[10];
        for (int u = 0; u < 4; u++) {
            if (u == 1 && !w->infinite_h) {
                for (int l = 0; l < 10; l++) half[l][1] = zero;
                continue;
            }
            const float *at = from + u * APUS_ROOTS_REAL_PLANES * plane + c;
            v[0] = apus_conv_load(at);
            v[1] = w->infinite_w ? apus_conv_load(at + plane) : zero;
            v[2] = apus_conv_load(at + 2 * plane);
            v[3] = apus_conv_load(at + 3 * plane);
            APUS_CONV_UNROLL
            for (int k = 0; k < 3; k++) apus_roots_join(role, at + (4 + 3 * k) * plane, plane, &v[4 + 2 * k], &v[5 + 2 * k]);
            apus_roots_gather(role, columns, v, z);
            APUS_CONV_UNROLL
            for (int l = 0; l < 10; l++)
                if (l < columns) half[l][u] = z[l];
        }
        for (int u = 0; u < 3; u++) {
            const float *at = from + (4 * APUS_ROOTS_REAL_PLANES + u * APUS_ROOTS_COMPLEX_PLANES) * plane + c;
            vec origin[2], infinite[2] = {zero, zero}, r[8], m[8];
            apus_roots_join(role, at, plane, &origin[0], &origin[1]);
            if (w->infinite_w) apus_roots_join(role, at + 3 * plane, plane, &infinite[0], &infinite[1]);
            APUS_CONV_UNROLL
            for (int k = 0; k < 8; k++) apus_roots_join(role, at + (6 + 3 * k) * plane, plane, &r[k], &m[k]);
            apus_roots_spread_complex(r, m); // its transpose turns the other way round
            APUS_CONV_UNROLL
            for (int l = 0; l < 8; l++) {
                const vec scale = (role == APUS_ROOTS_WEIGHTS ? 0.125f : 1.0f) - zero;
                z[l] = scale * r[(8 - l) % 8];
                other[l] = scale * m[(8 - l) % 8];
            }
            apus_roots_unfold(role, columns, origin[0], infinite[0], z);
            apus_roots_unfold(role, columns, origin[1], infinite[1], other);
            APUS_CONV_UNROLL
            for (int l = 0; l < 10; l++) {
                if (l >= columns) continue;
                half[l][4 + 2 * u] = z[l];
                half[l][5 + 2 * u] = other[l];
            }
        }
        vec bias = zero;
        if (role == APUS_ROOTS_OUTPUT && w->bias != NULL)
            bias = whole ? apus_conv_load(w->bias + c) : (vec)apus_conv_load_part(w->bias + c, part);
        for (int l = 0; l < columns; l++) {
            apus_roots_gather(role, rows, half[l], z);
            APUS_CONV_UNROLL
            for (int k = 0; k < 10; k++) {
                if (k >= rows || w->to[k * columns + l] == NULL) continue;
                float *at = w->to[k * columns + l] + c;
                vec sum = z[k];
                if (role == APUS_ROOTS_OUTPUT) {
                    sum += bias;
                    if (w->relu) sum = (vec)((vec_mask)sum & ~(sum < zero)); // NaN stays
                } else if (role == APUS_ROOTS_INPUT && (k < w->begun_h || l < w->begun_w)) {
                    sum += whole ? apus_conv_load(at) : (vec)apus_conv_load_part(at, part);
                }
                if (whole) apus_conv_store(at, sum);
                else apus_conv_store_part(at, part, sum);
            }
        }
    }
}

#define APUS_ROOTS_DEFINE(name, role)                                                                                  \
    APUS_CONV_TARGET static void APUS_CONV_NAME(apus_f32_roots_spread_##name)(const apus_roots_window *window,         \
                                                                              ptrdiff_t channels, float *to, ptrdiff_t plane) { \
        if (window->stream) apus_roots_spread_body(role, true, window, channels, to, plane);                           \
        else apus_roots_spread_body(role, false, window, channels, to, plane);                                         \
    }                                                                                                                  \
    APUS_CONV_TARGET static void APUS_CONV_NAME(apus_f32_roots_gather_##name)(                                         \
        const apus_roots_window *window, ptrdiff_t channels, const float *from, ptrdiff_t plane) {                     \
        apus_roots_gather_body(role, window, channels, from, plane);                                                   \
    }
APUS_ROOTS_DEFINE(input, APUS_ROOTS_INPUT)
APUS_ROOTS_DEFINE(weights, APUS_ROOTS_WEIGHTS)
APUS_ROOTS_DEFINE(output, APUS_ROOTS_OUTPUT)

const apus_roots_kernels APUS_ROOTS_TABLE = {
    .spread = {APUS_CONV_NAME(apus_f32_roots_spread_input), APUS_CONV_NAME(apus_f32_roots_spread_weights),
               APUS_CONV_NAME(apus_f32_roots_spread_output)},
    .gather = {APUS_CONV_NAME(apus_f32_roots_gather_input), APUS_CONV_NAME(apus_f32_roots_gather_weights),
               APUS_CONV_NAME(apus_f32_roots_gather_output)},
};
