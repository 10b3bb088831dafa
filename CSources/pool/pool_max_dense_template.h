// Maximum pooling by 3 x 3 windows at every column; included by pool_max_template.h. Neighbours share two columns of their
// windows, so a column's largest is found once and stays in registers for three outputs.
//
// Of equal values the first of the window counts, row by row: a column keeps the first row that has its largest, and the
// first row of all, then the first column, wins. Places are negative floats, so that the first is the largest.

#define APUS_POOL_TILE ((ptrdiff_t)16) // outputs of one run over their channels: their pixels stay in the first-level cache

// The largest of three pixels above each other, and minus its place in the first column.
APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_column(const float *at, ptrdiff_t row, int part, const bool wanted, vec *best,
                                                          vec *place, apus_pool_mask *odd) {
    const vec zero = {0}, x = apus_pool_load(at, part), y = apus_pool_load(at + row, part), z = apus_pool_load(at + 2 * row, part);
    APUS_POOL_AHEAD(at + 2 * row);
    const vec two = apus_pool_larger(y, x);
    *best = apus_pool_larger(z, two);
    *odd = apus_pool_either(*odd, apus_pool_either(apus_pool_unordered(x, y), apus_pool_unordered(z, z)));
    if (!wanted) return;
    const vec first = apus_pool_pick_floats(apus_pool_equal(two, x), zero, zero - 3);
    *place = apus_pool_pick_floats(apus_pool_equal(*best, two), first, zero - 6);
}

// `outputs` next to each other, from the one whose window begins at `at`: false where there is a NaN.
APUS_ALWAYS_INLINE APUS_POOL_TARGET bool apus_pool_dense(const float *at, ptrdiff_t row, ptrdiff_t channels, ptrdiff_t outputs,
                                                         const int count, int part, const bool wanted, float *y,
                                                         uint8_t *argmax, const bool stream) {
    const vec zero = {0};
    apus_pool_mask odd = apus_pool_no_lane();
    vec a[APUS_POOL_VECTORS], b[APUS_POOL_VECTORS], a_place[APUS_POOL_VECTORS] = {{0}}, b_place[APUS_POOL_VECTORS] = {{0}};
    APUS_POOL_UNROLL
    for (int v = 0; v < count; v++) {
        apus_pool_column(at + v * APUS_POOL_WIDTH, row, part, wanted, &a[v], &a_place[v], &odd);
        apus_pool_column(at + channels + v * APUS_POOL_WIDTH, row, part, wanted, &b[v], &b_place[v], &odd);
    }
    at += 2 * channels;
    for (ptrdiff_t o = 0; o < outputs; o++, at += channels, y += channels) {
        APUS_POOL_UNROLL
        for (int v = 0; v < count; v++) {
            vec c, c_place = zero;
            apus_pool_column(at + v * APUS_POOL_WIDTH, row, part, wanted, &c, &c_place, &odd);
            const vec best = apus_pool_larger(c, apus_pool_larger(b[v], a[v]));
            apus_pool_put(y + v * APUS_POOL_WIDTH, part, best, stream);
            if (wanted) {
                vec place = apus_pool_pick_floats(apus_pool_equal(a[v], best), a_place[v], zero - 9);
                place = apus_pool_larger(apus_pool_pick_floats(apus_pool_equal(b[v], best), b_place[v] - 1, zero - 9), place);
                place = apus_pool_larger(apus_pool_pick_floats(apus_pool_equal(c, best), c_place - 2, zero - 9), place);
                const ivec number = __builtin_convertvector(zero - place, ivec);
                uint8_t *to = argmax + o * channels + v * APUS_POOL_WIDTH;
                if (stream) apus_pool_stream_bytes(to, number);
                else apus_pool_store_bytes(to, part, number);
            }
            a[v] = b[v];
            b[v] = c;
            a_place[v] = b_place[v];
            b_place[v] = c_place;
        }
        if (wanted && !stream) __builtin_prefetch(argmax + o * channels + 1024, 1, 3); // as below
    }
    return !apus_pool_any(odd);
}

// Outputs [begin, end) of one row of outputs, whose windows lie inside the image. y, argmax: of the row's first output.
APUS_ALWAYS_INLINE APUS_POOL_TARGET void apus_pool_dense_row(const apus_pool_desc *d, const float *image, apus_pool_span rows,
                                                             ptrdiff_t begin, ptrdiff_t end, const bool wanted, float *y,
                                                             uint8_t *argmax, const bool stream) {
    const ptrdiff_t row = d->in_w * d->channels;
    for (ptrdiff_t first = begin; first < end; first += APUS_POOL_TILE) {
        const ptrdiff_t outputs = apus_min(APUS_POOL_TILE, end - first), left = first - d->pad_left;
        const float *at = image + rows.begin * row + left * d->channels;
#define APUS_POOL_BODY(count, part)                                                                                       \
    do {                                                                                                                  \
        const ptrdiff_t to = first * d->channels + c;                                                                     \
        if (apus_pool_dense(at + c, row, d->channels, outputs, count, part, wanted, y + to, argmax + (wanted ? to : 0), stream)) \
            break;                                                                                                        \
        if (stream) apus_pool_stream_end();                                                                               \
        for (ptrdiff_t o = 0; o < outputs; o++)                                                                           \
            for (int v = 0; v < count; v++) {                                                                             \
                const ptrdiff_t k = v * APUS_POOL_WIDTH;                                                                  \
                const apus_pool_span columns = {left + o, left + o + 3};                                                  \
                vec best;                                                                                                 \
                ivec place;                                                                                               \
                apus_pool_best_any(d, image + c + k, rows, columns, rows.begin, left + o, 1, part, wanted, &best, &place); \
                apus_pool_store(y + to + o * d->channels + k, part, best);                                                \
                if (wanted) apus_pool_store_bytes(argmax + to + o * d->channels + k, part, place);                        \
            }                                                                                                             \
    } while (0)
        ptrdiff_t c = 0;
        const int most = wanted ? APUS_POOL_VECTORS / 2 : APUS_POOL_VECTORS;
        for (; c + most * APUS_POOL_WIDTH <= d->channels; c += most * APUS_POOL_WIDTH) APUS_POOL_BODY(most, APUS_POOL_WIDTH);
        for (; c + APUS_POOL_WIDTH <= d->channels; c += APUS_POOL_WIDTH) APUS_POOL_BODY(1, APUS_POOL_WIDTH);
        const int part = (int)(d->channels - c);
        if (part > 0) APUS_POOL_BODY(1, part);
#undef APUS_POOL_BODY
    }
}
