// Pooling of up to four channels, forward and, where windows lie apart, backward; included by pool_kernel_template.h.
//
// First down, over whole vectors of a row whatever pixels they belong to, then across, one pixel after the other: four floats
// from a pixel on are read and written in buffers, where the next pixel overwrites what is too much.

#define APUS_POOL_RUN ((ptrdiff_t)2048) // floats of a row that are taken at a time

typedef float apus_pool_four __attribute__((vector_size(16)));
typedef int32_t apus_pool_four_mask __attribute__((vector_size(16)));
typedef uint8_t apus_pool_four_bytes __attribute__((vector_size(4)));

APUS_ALWAYS_INLINE bool apus_pool_narrow(const apus_pool_desc *d) {
    return d->channels <= 4 && d->window_w <= APUS_POOL_RUN / 8 && d->stride_w <= APUS_POOL_RUN / 8;
}

APUS_ALWAYS_INLINE APUS_POOL_TARGET apus_pool_four apus_pool_load_four(const float *p) {
    apus_pool_four x;
    memcpy(&x, p, sizeof x);
    return x;
}
APUS_ALWAYS_INLINE APUS_POOL_TARGET apus_pool_four apus_pool_pick_four(apus_pool_four_mask mask, apus_pool_four yes, apus_pool_four no) {
    return (apus_pool_four)(((apus_pool_four_mask)yes & mask) | ((apus_pool_four_mask)no & ~mask));
}

// What a run's columns give, and for maxima minus the places of these in their windows' first columns.
typedef struct apus_pool_run {
    float down[APUS_POOL_RUN + 32], place[APUS_POOL_RUN + 32], y[APUS_POOL_RUN + 32]; // what is too much lies behind
    uint8_t argmax[APUS_POOL_RUN + 32];
} apus_pool_run;

// The pixels of `rows` on top of each other: n floats of each, from `at` on. False where there is a NaN and maxima are wanted.
APUS_ALWAYS_INLINE APUS_POOL_TARGET bool apus_pool_down(const float *at, ptrdiff_t row, ptrdiff_t height, ptrdiff_t n,
                                                        ptrdiff_t first, ptrdiff_t window_w, const bool average,
                                                        const bool wanted, apus_pool_run *run) {
    const vec zero = {0};
    apus_pool_mask odd = apus_pool_no_lane();
    for (ptrdiff_t k = 0; k < n; k += APUS_POOL_WIDTH) {
        const int part = (int)apus_min(APUS_POOL_WIDTH, n - k);
        vec best = apus_pool_load(at + k, part), place = zero - (float)(first * window_w);
        APUS_POOL_FAR_AHEAD(at + k);
        if (average) best += zero;
        else odd = apus_pool_either(odd, apus_pool_unordered(best, best));
        for (ptrdiff_t i = 1; i < height; i++) {
            const vec x = apus_pool_load(at + i * row + k, part);
            APUS_POOL_FAR_AHEAD(at + i * row + k);
            if (average) {
                best += x;
                continue;
            }
            const vec larger = apus_pool_larger(x, best);
            if (wanted)
                place = apus_pool_pick_floats(apus_pool_equal(larger, best), place, zero - (float)((first + i) * window_w));
            odd = apus_pool_either(odd, apus_pool_unordered(x, x));
            best = larger;
        }
        apus_pool_store(run->down + k, APUS_POOL_WIDTH, best);
        if (wanted) apus_pool_store(run->place + k, APUS_POOL_WIDTH, place);
    }
    // The last pixel is read with what comes behind it.
    memset(run->down + n, 0, APUS_POOL_WIDTH * sizeof(float));
    memset(run->place + n, 0, APUS_POOL_WIDTH * sizeof(float));
    return !apus_pool_any(odd);
}

// `count` outputs from `width` columns next to each other, the first of which is their windows' column `column`; from one
// output's columns to the next one's it is `step` floats.
APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_across(apus_pool_run *run, ptrdiff_t from, ptrdiff_t step, ptrdiff_t channels,
                                                          ptrdiff_t width, ptrdiff_t column, float share, ptrdiff_t count,
                                                          const bool average, const bool wanted, ptrdiff_t to) {
    const apus_pool_four zero = {0};
    for (ptrdiff_t o = 0; o < count; o++, from += step, to += channels) {
        apus_pool_four best = apus_pool_load_four(run->down + from);
        for (ptrdiff_t j = 1; j < width; j++) {
            const apus_pool_four x = apus_pool_load_four(run->down + from + j * channels);
            best = average ? best + x : apus_pool_pick_four(x > best, x, best);
        }
        if (average) best *= share;
        memcpy(run->y + to, &best, sizeof best);
        if (!wanted) continue;
        apus_pool_four place = zero - 1e9f;
        for (ptrdiff_t j = 0; j < width; j++) {
            const apus_pool_four x = apus_pool_load_four(run->down + from + j * channels);
            const apus_pool_four here = apus_pool_load_four(run->place + from + j * channels) - (float)(column + j);
            const apus_pool_four mine = apus_pool_pick_four(x == best, here, zero - 1e9f);
            place = apus_pool_pick_four(mine > place, mine, place);
        }
        const apus_pool_four_bytes number =
            __builtin_convertvector(__builtin_convertvector(zero - place, apus_pool_four_mask), apus_pool_four_bytes);
        memcpy(run->argmax + to, &number, sizeof number);
    }
}

// One row of outputs, whose windows hold `rows` of the image. False, with y and argmax undefined, where there is a NaN and
// maxima are wanted.
APUS_ALWAYS_INLINE APUS_POOL_TARGET bool apus_pool_narrow_row(const apus_pool_desc *d, const float *image, apus_pool_span rows,
                                                              ptrdiff_t top, ptrdiff_t out_w, const bool average,
                                                              const bool wanted, float *y, uint8_t *argmax) {
    const ptrdiff_t row = d->in_w * d->channels, channels = d->channels, height = rows.end - rows.begin;
    const ptrdiff_t most = (APUS_POOL_RUN / channels - d->window_w) / d->stride_w + 1; // outputs of a run
    apus_pool_run run;
    for (ptrdiff_t first = 0; first < out_w; first += most) {
        const ptrdiff_t outputs = apus_min(most, out_w - first);
        const ptrdiff_t begin = apus_pool_inside(first, d->in_w, d->window_w, d->stride_w, d->pad_left).begin;
        const ptrdiff_t end = apus_pool_inside(first + outputs - 1, d->in_w, d->window_w, d->stride_w, d->pad_left).end;
        if (!apus_pool_down(image + rows.begin * row + begin * channels, row, height, (end - begin) * channels, rows.begin - top,
                            d->window_w, average, wanted, &run))
            return false;
        // Windows that lie inside from left to right, in between the others; in this order, for each overwrites what is next.
        const ptrdiff_t left = apus_max(0, apus_ceil_div(d->pad_left, d->stride_w) - first);
        const ptrdiff_t room = d->in_w + d->pad_left - d->window_w, right = room < 0 ? 0 : room / d->stride_w + 1 - first;
        const ptrdiff_t whole = apus_min(left, outputs), whole_end = apus_max(whole, apus_min(right, outputs));
        for (ptrdiff_t o = 0; o < outputs;) {
            const bool between = o == whole && whole < whole_end;
            const apus_pool_span columns = apus_pool_inside(first + o, d->in_w, d->window_w, d->stride_w, d->pad_left);
            const ptrdiff_t count = between ? whole_end - whole : 1, width = columns.end - columns.begin, to = o * channels;
            const ptrdiff_t from = (columns.begin - begin) * channels, step = d->stride_w * channels;
            const ptrdiff_t column = columns.begin - ((first + o) * d->stride_w - d->pad_left);
            const float share = average ? apus_pool_share(d, rows, columns) : 0;
            if (width == 2) apus_pool_across(&run, from, step, channels, 2, column, share, count, average, wanted, to);
            else if (width == 3) apus_pool_across(&run, from, step, channels, 3, column, share, count, average, wanted, to);
            else apus_pool_across(&run, from, step, channels, width, column, share, count, average, wanted, to);
            o += count;
        }
        memcpy(y + first * channels, run.y, (size_t)(outputs * channels) * sizeof *y);
        if (wanted) memcpy(argmax + first * channels, run.argmax, (size_t)(outputs * channels));
    }
    return true;
}

// One row of the input's gradient where windows lie apart, from a row of outputs' gradients: their shares, or what was won in
// this row of the windows, whose first place is `place`.
APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_narrow_apart(const apus_pool_desc *d, ptrdiff_t out_w, const float *dy,
                                                                const uint8_t *winners, int32_t place, float share,
                                                                const bool average, float *dx) {
    const ptrdiff_t channels = d->channels, all = out_w * channels;
    const ptrdiff_t cell = out_w == 1 ? d->window_w : d->stride_w, most = apus_max(1, APUS_POOL_RUN / (channels * cell));
    const apus_pool_four zero = {0};
    float run[APUS_POOL_RUN + 32]; // what is too much lies behind
    for (ptrdiff_t first = 0; first < out_w; first += most) {
        const ptrdiff_t outputs = apus_min(most, out_w - first);
        for (ptrdiff_t o = 0; o < outputs; o++) {
            const ptrdiff_t at = (first + o) * channels;
            apus_pool_four gradient = zero;
            apus_pool_four_bytes bytes = {0};
            if (at + 4 <= all) {
                memcpy(&gradient, dy + at, sizeof gradient);
                if (!average) memcpy(&bytes, winners + at, sizeof bytes);
            } else { // the last one: nothing behind it may be read
                memcpy(&gradient, dy + at, (size_t)(all - at) * sizeof *dy);
                if (!average) memcpy(&bytes, winners + at, (size_t)(all - at));
            }
            const apus_pool_four_mask winner = __builtin_convertvector(bytes, apus_pool_four_mask);
            float *to = run + o * cell * channels;
            for (ptrdiff_t j = 0; j < d->window_w; j++, to += channels) {
                const apus_pool_four mine = average ? gradient * share : apus_pool_pick_four(winner == place + (int32_t)j, gradient, zero);
                memcpy(to, &mine, sizeof mine);
            }
            for (ptrdiff_t j = d->window_w; j < cell; j++, to += channels) memcpy(to, &zero, sizeof zero);
        }
        const ptrdiff_t width = apus_min(outputs * cell, d->in_w - first * cell);
        memcpy(dx + first * cell * channels, run, (size_t)(width * channels) * sizeof *dx);
    }
    if (out_w * cell < d->in_w) memset(dx + out_w * cell * channels, 0, (size_t)((d->in_w - out_w * cell) * channels) * sizeof *dx);
}
