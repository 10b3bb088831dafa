// Softmax of the vector variants; included by activation_simd_template.h.

#define ROW_BUFFER 16384 // floats: 64 KiB, which stay near
#define SUM_PIECE 1024
#define FETCH_AHEAD 2048 // floats: what follows is fetched during the exponentials, which leave memory idle

// Softmax of `groups` groups of short rows. buffer: SHORT_FLOATS. y may be x.
SIMD_INLINE void softmax_groups(ptrdiff_t groups, ptrdiff_t columns, const vi *owners, const float *x, float *buffer,
                                float *y, const bool stream) {
    const ptrdiff_t group = VF_LANES * columns;
    vf row[SHORT_COLUMNS];
    rows_exps(groups, columns, owners, x, FETCH_AHEAD, row, buffer);
    for (ptrdiff_t g = 0; g < groups; g++) row[g] = v_set1(1.0f) / rows_sum(columns, buffer + g * group);
    for (ptrdiff_t g = 0, i = 0; g < groups; g++)
        for (ptrdiff_t k = 0; k < columns; k++, i += VF_LANES) {
            const vf share = v_load(buffer + i) * v_pick(row[g], owners[k]);
            if (stream) v_stream(y + i, share);
            else v_store(y + i, share);
        }
}

SIMD_INLINE void softmax_short(ptrdiff_t rows, ptrdiff_t columns, const float *x, float *y, bool stream) {
    _Alignas(64) float buffer[SHORT_FLOATS], rest[SHORT_FLOATS];
    vi owners[SHORT_COLUMNS];
    const ptrdiff_t group = VF_LANES * columns;
    stream = stream && v_stream_head(y, VF_LANES) == 0;
    rows_owners(columns, owners);
    while (rows >= VF_LANES) {
        const ptrdiff_t groups = apus_min(SHORT_GROUPS(columns), rows / VF_LANES);
        if (stream) softmax_groups(groups, columns, owners, x, buffer, y, true);
        else softmax_groups(groups, columns, owners, x, buffer, y, false);
        rows -= groups * VF_LANES;
        x += groups * group;
        y += groups * group;
    }
    if (stream) v_stream_end();
    if (rows == 0) return;
    const size_t bytes = (size_t)(rows * columns) * sizeof(float);
    memset(rest, 0, (size_t)group * sizeof(float));
    memcpy(rest, x, bytes);
    softmax_groups(1, columns, owners, rest, buffer, rest, false);
    memcpy(y, rest, bytes);
}

// dx = y * (dy - sum(y * dy)) of `groups` groups of short rows. dx may be y or dy.
SIMD_INLINE void slope_groups(ptrdiff_t groups, ptrdiff_t columns, const vi *owners, const float *y, const float *dy,
                              float *dx, const bool stream) {
    const ptrdiff_t group = VF_LANES * columns;
    vf dot[SHORT_COLUMNS];
    for (ptrdiff_t g = 0; g < groups; g++) dot[g] = rows_dot(columns, y + g * group, dy + g * group);
    for (ptrdiff_t g = 0, i = 0; g < groups; g++)
        for (ptrdiff_t k = 0; k < columns; k++, i += VF_LANES) {
            __builtin_prefetch(y + i + FETCH_AHEAD, 0, 3);
            __builtin_prefetch(dy + i + FETCH_AHEAD, 0, 3);
            const vf slope = v_load(y + i) * (v_load(dy + i) - v_pick(dot[g], owners[k]));
            if (stream) v_stream(dx + i, slope);
            else v_store(dx + i, slope);
        }
}

SIMD_INLINE void slope_short(ptrdiff_t rows, ptrdiff_t columns, const float *y, const float *dy, float *dx, bool stream) {
    _Alignas(64) float rest[SHORT_FLOATS], rest_dy[SHORT_FLOATS];
    vi owners[SHORT_COLUMNS];
    const ptrdiff_t group = VF_LANES * columns;
    stream = stream && v_stream_head(dx, VF_LANES) == 0;
    rows_owners(columns, owners);
    while (rows >= VF_LANES) {
        const ptrdiff_t groups = apus_min(SHORT_GROUPS(columns), rows / VF_LANES);
        if (stream) slope_groups(groups, columns, owners, y, dy, dx, true);
        else slope_groups(groups, columns, owners, y, dy, dx, false);
        rows -= groups * VF_LANES;
        y += groups * group;
        dy += groups * group;
        dx += groups * group;
    }
    if (stream) v_stream_end();
    if (rows == 0) return;
    const size_t bytes = (size_t)(rows * columns) * sizeof(float);
    memset(rest, 0, (size_t)group * sizeof(float));
    memset(rest_dy, 0, (size_t)group * sizeof(float));
    memcpy(rest, y, bytes);
    memcpy(rest_dy, dy, bytes);
    slope_groups(1, columns, owners, rest, rest_dy, rest, false);
    memcpy(dx, rest, bytes);
}

// The sum of exp(x - top).
SIMD_INLINE float exp_sum(ptrdiff_t n, const float *x, vf top) {
    vf sum = v_zero();
    ptrdiff_t c = 0;
    for (; c + V_EXPS * VF_LANES <= n; c += V_EXPS * VF_LANES) {
        vf e[V_EXPS];
        V_EACH_EXP {
            __builtin_prefetch(x + c + j * VF_LANES + FETCH_AHEAD, 0, 3);
            e[j] = v_load(x + c + j * VF_LANES) - top;
        }
        v_exps(e);
        V_EACH_EXP sum += e[j];
    }
    for (; c + VF_LANES <= n; c += VF_LANES) sum += v_exp(v_load(x + c) - top);
    if (c < n) sum += v_keep_n(v_exp(v_load_n(x + c, n - c) - top), n - c);
    return v_sum(sum);
}

// A row longer than the buffer: one pass for the largest and the sum, by pieces that stay in the first-level
// cache, and one for the output.
SIMD_INLINE void softmax_long_row(ptrdiff_t n, const float *x, float *y, bool stream) {
    float top = -__builtin_inff(), sum = 0;
    for (ptrdiff_t c = 0; c < n; c += 4096) {
        ptrdiff_t width = apus_min(4096, n - c);
        const float before = top, here = row_top(width, x + c);
        top = here > top ? here : top;
        if (top == -__builtin_inff()) continue; // their terms are zero once a finite one is met
        if (top != before && c > 0) {
            vf shrink = v_exp(v_set1(before) - v_set1(top));
            float factor;
            v_store_n(&factor, shrink, 1);
            sum *= factor;
        }
        sum += exp_sum(width, x + c, v_set1(top));
    }
    const vf highest = v_set1(top), share = v_set1(1.0f) / v_set1(sum);
    ptrdiff_t c = stream ? v_stream_head(y, n) : 0;
    if (c) v_store_n(y, v_exp(v_load_n(x, c) - highest) * share, c);
    for (; c + V_EXPS * VF_LANES <= n; c += V_EXPS * VF_LANES) {
        vf e[V_EXPS];
        V_EACH_EXP e[j] = v_load(x + c + j * VF_LANES) - highest;
        v_exps(e);
        V_EACH_EXP {
            if (stream) v_stream(y + c + j * VF_LANES, e[j] * share);
            else v_store(y + c + j * VF_LANES, e[j] * share);
        }
    }
    for (; c + VF_LANES <= n; c += VF_LANES) v_store(y + c, v_exp(v_load(x + c) - highest) * share);
    if (c < n) v_store_n(y + c, v_exp(v_load_n(x + c, n - c) - highest) * share, n - c);
}

// One row's state while three are worked on.
typedef struct softmax_rows {
    const float *x, *next;
    float *buffer, *y; // y of the row before, null if there is none
    vf highest, next_top, share, sum, total; // sum: of the last SUM_PIECE floats or fewer, so that rounding stays small
} softmax_rows;

// Registers at c: out of the buffer to y (at c + head, which is aligned), x into it. Loads come first: an address that
// agrees with an earlier store's in its last twelve bits would have to wait for it.
SIMD_INLINE void softmax_step(softmax_rows *s, ptrdiff_t c, ptrdiff_t head, const int count, const bool writes,
                              const bool stream) {
    vf e[V_EXPS], out[V_EXPS];
    for (int j = 0; j < count; j++) {
        const ptrdiff_t i = c + j * VF_LANES;
        __builtin_prefetch(s->next + i + FETCH_AHEAD, 0, 3);
        s->next_top = v_max(s->next_top, v_load(s->next + i));
        e[j] = v_load(s->x + i) - s->highest;
        if (writes) out[j] = v_load(s->buffer + i + head) * s->share;
    }
    if (count == V_EXPS) v_exps(e);
    else e[0] = v_exp(e[0]);
    for (int j = 0; j < count; j++) {
        const ptrdiff_t i = c + j * VF_LANES;
        if (writes && stream) v_stream(s->y + i + head, out[j]);
        else if (writes) v_store(s->y + i, out[j]);
        v_store(s->buffer + i, e[j]);
        s->sum += e[j];
    }
    if ((c + count * VF_LANES) % SUM_PIECE == 0) {
        s->total += s->sum;
        s->sum = v_zero();
    }
}

// Three rows at a time, so that reading, computing and writing overlap all along: the exponentials of x go to the
// buffer, from which those of the row before leave for y, times `share`, just ahead of them; and the largest of the
// next row is found, into *top. Returns the sum.
SIMD_INLINE vf softmax_row(ptrdiff_t n, const float *x, const float *next, float *buffer, vf *top, vf share, float *y,
                           const bool writes, const bool stream) {
    const vf low = v_set1(-__builtin_inff());
    softmax_rows s = {x, next, buffer, y, *top, low, share, v_zero(), v_zero()};
    const ptrdiff_t head = writes && stream ? v_stream_head(y, n) : 0;
    ptrdiff_t c = 0;
    if (head) v_store_n(y, v_load_n(buffer, head) * share, head);
    for (; c + head + V_EXPS * VF_LANES <= n; c += V_EXPS * VF_LANES) softmax_step(&s, c, head, V_EXPS, writes, stream);
    for (; c + head + VF_LANES <= n; c += VF_LANES) softmax_step(&s, c, head, 1, writes, stream);
    if (writes && c + head < n) v_store_n(y + c + head, v_load_n(buffer + c + head, n - c - head) * share, n - c - head);
    for (; c + VF_LANES <= n; c += VF_LANES) softmax_step(&s, c, 0, 1, false, false);
    if (c < n) {
        s.next_top = v_max(s.next_top, v_load_fill(next + c, n - c, low));
        const vf e = v_keep_n(v_exp(v_load_n(x + c, n - c) - s.highest), n - c);
        s.sum += e;
        v_store_n(buffer + c, e, n - c);
    }
    *top = v_set1(v_largest(s.next_top));
    return v_set1(v_sum(s.total + s.sum));
}

SIMD_TARGET static void softmax_forward(ptrdiff_t rows, ptrdiff_t columns, const float *x, float *y, bool stream) {
    _Alignas(64) float space[ROW_BUFFER + 1024];
    if (columns <= SHORT_COLUMNS) {
        softmax_short(rows, columns, x, y, stream);
        return;
    }
    const ptrdiff_t n = columns;
    if (columns > ROW_BUFFER) {
        for (ptrdiff_t r = 0; r < rows; r++, x += columns, y += columns) softmax_long_row(columns, x, y, stream);
        return;
    }
    // Half a page from x in its last twelve bits.
    float *buffer = space + (((uintptr_t)x - (uintptr_t)space + 2048) / sizeof(float) & 1008);
    vf top = v_set1(row_top(n, x)), share = v_zero();
    for (ptrdiff_t r = 0; r < rows; r++, x += columns, y += columns) {
        const float *next = r + 1 < rows ? x + columns : x;
        vf sum;
        if (r == 0) sum = softmax_row(n, x, next, buffer, &top, share, NULL, false, false);
        else if (stream) sum = softmax_row(n, x, next, buffer, &top, share, y - columns, true, true);
        else sum = softmax_row(n, x, next, buffer, &top, share, y - columns, true, false);
        share = v_set1(1.0f) / sum;
    }
    y -= columns;
    MAP_FROM(buffer, v * share);
}

SIMD_INLINE vf row_dot(ptrdiff_t n, const float *y, const float *dy) {
    vf sum = v_zero();
    ptrdiff_t c = 0;
    for (; c + VF_LANES <= n; c += VF_LANES) sum = v_fma(v_load(y + c), v_load(dy + c), sum);
    if (c < n) sum = v_fma(v_load_n(y + c, n - c), v_load_n(dy + c, n - c), sum);
    return v_set1(v_sum(sum));
}

// dx of one row, with no fence behind it.
SIMD_INLINE void slope_row(ptrdiff_t n, const float *y, const float *dy, vf dot, float *dx, const bool stream) {
    ptrdiff_t c = stream ? v_stream_head(dx, n) : 0;
    if (c) v_store_n(dx, v_load_n(y, c) * (v_load_n(dy, c) - dot), c);
    for (; c + VF_LANES <= n; c += VF_LANES) {
        const vf slope = v_load(y + c) * (v_load(dy + c) - dot);
        if (stream) v_stream(dx + c, slope);
        else v_store(dx + c, slope);
    }
    if (c < n) v_store_n(dx + c, v_load_n(y + c, n - c) * (v_load_n(dy + c, n - c) - dot), n - c);
}

SIMD_TARGET static void softmax_backward(ptrdiff_t rows, ptrdiff_t columns, const float *y, const float *dy, float *dx,
                                         bool stream) {
    if (columns <= SHORT_COLUMNS) {
        slope_short(rows, columns, y, dy, dx, stream);
        return;
    }
    for (ptrdiff_t r = 0; r < rows; r++, y += columns, dy += columns, dx += columns) {
        const vf dot = row_dot(columns, y, dy);
        if (stream) slope_row(columns, y, dy, dot, dx, true);
        else slope_row(columns, y, dy, dot, dx, false);
    }
    if (stream) v_stream_end();
}
