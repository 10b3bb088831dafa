// Softmax of the vector variants; included by activation_simd_template.h.
//
// Rows of a few columns are turned: a register then holds one column of VF_LANES rows, and a row's largest and sum
// need no step across lanes. A row's bits depend on its own elements alone, not on the rows beside it.

#define TURNED_COLUMNS 64
#define ROW_BUFFER 4096 // floats: 16 KiB, which stay in the first-level cache
#define FETCH_AHEAD 2048 // floats: what follows is fetched during the exponentials, which leave memory idle

// What is done with `groups` times VF_LANES rows, column c of group g in x[g * columns + c], dy likewise: in place in x.
typedef void turned_work(ptrdiff_t groups, ptrdiff_t columns, vf *x, const vf *dy);

// Columns c ... c + 3 for c = 0, 4, ...; the last four overlap those before where 4 does not divide `columns`.
SIMD_INLINE void load_turned(ptrdiff_t columns, const float *p, vf *x) {
    for (ptrdiff_t c = 0; c + 4 < columns; c += 4) v_load_columns(p + c, columns, x + c);
    v_load_columns(p + columns - 4, columns, x + columns - 4);
}
SIMD_INLINE void store_turned(ptrdiff_t columns, float *p, const vf *x) {
    for (ptrdiff_t c = 0; c + 4 < columns; c += 4) v_store_columns(p + c, columns, x + c);
    v_store_columns(p + columns - 4, columns, x + columns - 4);
}

// Runs `work` over all rows, 4 <= columns <= TURNED_COLUMNS: as many groups of rows at once as give it
// TURNED_COLUMNS registers, for one group is a chain of steps that wait for each other.
SIMD_INLINE void turn_rows(ptrdiff_t rows, ptrdiff_t columns, const float *x, const float *dy, float *out, bool stream,
                           turned_work *work) {
    _Alignas(64) float buffer[VF_LANES * TURNED_COLUMNS];
    vf a[TURNED_COLUMNS], b[TURNED_COLUMNS];
    const ptrdiff_t group = VF_LANES * columns, most = TURNED_COLUMNS / columns;
    stream = stream && v_stream_head(out, VF_LANES) == 0;
    while (rows >= VF_LANES) {
        const ptrdiff_t groups = apus_min(most, rows / VF_LANES), n = groups * group;
        for (ptrdiff_t g = 0; g < groups; g++) {
            load_turned(columns, x + g * group, a + g * columns);
            if (dy) load_turned(columns, dy + g * group, b + g * columns);
            for (ptrdiff_t i = 0; i < group; i += 16) {
                __builtin_prefetch(x + g * group + i + FETCH_AHEAD, 0, 3);
                if (dy) __builtin_prefetch(dy + g * group + i + FETCH_AHEAD, 0, 3);
            }
        }
        work(groups, columns, a, b);
        float *to = stream ? buffer : out; // quarters of registers do not go past the caches by themselves
        for (ptrdiff_t g = 0; g < groups; g++) store_turned(columns, to + g * group, a + g * columns);
        if (stream)
            for (ptrdiff_t i = 0; i < n; i += VF_LANES) v_stream(out + i, v_load(buffer + i));
        rows -= groups * VF_LANES;
        x += n;
        if (dy) dy += n;
        out += n;
    }
    if (stream) v_stream_end();
    if (rows == 0) return;
    const size_t bytes = (size_t)(rows * columns) * sizeof(float);
    memset(buffer, 0, sizeof buffer);
    if (dy) {
        memcpy(buffer, dy, bytes);
        load_turned(columns, buffer, b);
    }
    memcpy(buffer, x, bytes);
    load_turned(columns, buffer, a);
    work(1, columns, a, b);
    store_turned(columns, buffer, a);
    memcpy(out, buffer, bytes);
}

SIMD_INLINE void softmax_turned(ptrdiff_t groups, ptrdiff_t columns, vf *x, const vf *dy) {
    (void)dy;
    vf top[TURNED_COLUMNS / 4];
    for (ptrdiff_t g = 0; g < groups; g++) {
        top[g] = x[g * columns];
        for (ptrdiff_t c = 1; c < columns; c++) top[g] = v_max(top[g], x[g * columns + c]);
    }
    for (ptrdiff_t g = 0; g < groups; g++)
        for (ptrdiff_t i = g * columns; i < (g + 1) * columns; i++) x[i] = v_exp(x[i] - top[g]);
    for (ptrdiff_t g = 0; g < groups; g++) {
        vf sum = x[g * columns];
        for (ptrdiff_t c = 1; c < columns; c++) sum += x[g * columns + c];
        top[g] = v_set1(1.0f) / sum;
    }
    for (ptrdiff_t g = 0; g < groups; g++)
        for (ptrdiff_t i = g * columns; i < (g + 1) * columns; i++) x[i] *= top[g];
}

SIMD_INLINE void softmax_slope_turned(ptrdiff_t groups, ptrdiff_t columns, vf *y, const vf *dy) {
    vf dot[TURNED_COLUMNS / 4];
    for (ptrdiff_t g = 0; g < groups; g++) {
        dot[g] = v_zero();
        for (ptrdiff_t i = g * columns; i < (g + 1) * columns; i++) dot[g] = v_fma(y[i], dy[i], dot[g]);
    }
    for (ptrdiff_t g = 0; g < groups; g++)
        for (ptrdiff_t i = g * columns; i < (g + 1) * columns; i++) y[i] *= dy[i] - dot[g];
}

// The largest of n > 0 elements; of NaN, which the sum finds, nothing is said.
SIMD_INLINE vf row_top(ptrdiff_t n, const float *x) {
    const vf low = v_set1(-__builtin_inff());
    vf t0 = low, t1 = low;
    ptrdiff_t c = 0;
    for (; c + 2 * VF_LANES <= n; c += 2 * VF_LANES) {
        t0 = v_max(t0, v_load(x + c));
        t1 = v_max(t1, v_load(x + c + VF_LANES));
    }
    for (; c + VF_LANES <= n; c += VF_LANES) t0 = v_max(t0, v_load(x + c));
    if (c < n) t0 = v_max(t0, v_load_fill(x + c, n - c, low));
    return v_set1(v_largest(v_max(t0, t1)));
}

// The sum of exp(x - top); the terms go to `to` where it is not null.
SIMD_INLINE float exp_sum(ptrdiff_t n, const float *x, vf top, float *to) {
    vf sum = v_zero();
    ptrdiff_t c = 0;
    for (; c + VF_LANES <= n; c += VF_LANES) {
        __builtin_prefetch(x + c + FETCH_AHEAD, 0, 3);
        vf e = v_exp(v_load(x + c) - top);
        sum += e;
        if (to) v_store(to + c, e);
    }
    if (c < n) {
        vf e = v_keep_n(v_exp(v_load_n(x + c, n - c) - top), n - c);
        sum += e;
        if (to) v_store_n(to + c, e, n - c);
    }
    return v_sum(sum);
}

// A row longer than the buffer: one pass for the largest and the sum, by pieces that stay in the first-level
// cache, and one for the output.
SIMD_INLINE void softmax_long_row(ptrdiff_t n, const float *x, float *y, bool stream) {
    float top = -__builtin_inff(), sum = 0;
    for (ptrdiff_t c = 0; c < n; c += ROW_BUFFER) {
        ptrdiff_t width = apus_min(ROW_BUFFER, n - c);
        float before = top, here;
        v_store_n(&here, row_top(width, x + c), 1);
        top = here > top ? here : top;
        if (top == -__builtin_inff()) continue; // their terms are zero once a finite one is met
        if (top != before && c > 0) {
            vf shrink = v_exp(v_set1(before) - v_set1(top));
            float factor;
            v_store_n(&factor, shrink, 1);
            sum *= factor;
        }
        sum += exp_sum(width, x + c, v_set1(top), NULL);
    }
    const vf highest = v_set1(top), share = v_set1(1.0f) / v_set1(sum);
    MAP(v_exp(v - highest) * share);
}

SIMD_TARGET static void softmax_forward(ptrdiff_t rows, ptrdiff_t columns, const float *x, float *y, bool stream) {
    _Alignas(64) float buffer[ROW_BUFFER];
    if (columns >= 4 && columns <= TURNED_COLUMNS) {
        turn_rows(rows, columns, x, NULL, y, stream, softmax_turned);
        return;
    }
    const ptrdiff_t n = columns;
    for (ptrdiff_t r = 0; r < rows; r++, x += columns, y += columns) {
        if (columns > ROW_BUFFER) {
            softmax_long_row(columns, x, y, stream);
            continue;
        }
        const vf share = v_set1(1.0f) / v_set1(exp_sum(columns, x, row_top(columns, x), buffer));
        MAP_FROM(buffer, v * share);
    }
}

SIMD_TARGET static void softmax_backward(ptrdiff_t rows, ptrdiff_t columns, const float *y, const float *dy, float *dx,
                                         bool stream) {
    if (columns >= 4 && columns <= TURNED_COLUMNS) {
        turn_rows(rows, columns, y, dy, dx, stream, softmax_slope_turned);
        return;
    }
    const ptrdiff_t n = columns, whole = columns - columns % VF_LANES, rest = columns - whole;
    for (ptrdiff_t r = 0; r < rows; r++, y += columns, dy += columns, dx += columns) {
        vf sum = v_zero();
        for (ptrdiff_t c = 0; c < whole; c += VF_LANES) sum = v_fma(v_load(y + c), v_load(dy + c), sum);
        if (rest) sum = v_fma(v_load_n(y + whole, rest), v_load_n(dy + whole, rest), sum);
        const vf dot = v_set1(v_sum(sum));
        MAP_SLOPE(y, v * (d - dot));
    }
}
