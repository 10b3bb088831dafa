// Turns of neighbouring columns, and reflections, for small matrices with a column a lane; see linalg_sweep_template.h.
// For one type and variant: T, VEC, LANES, FMA, FNMA, SET1, LOAD, STORE, KERNEL_NAME, KERNEL_TARGET, linalg_lanes.h.

#define MOST_VECTORS (linalg_most_half / LANES)

// Of the pairs (2 k, 2 k + 1), lane by lane: both squares and the product, linalg_most_half apart.
KERNEL_TARGET APUS_ALWAYS_INLINE void KERNEL_NAME(neighbour_squares)(const int half, ptrdiff_t n, const T *x, T *squares) {
    const int vectors = half / LANES;
    VEC a[MOST_VECTORS], b[MOST_VECTORS], c[MOST_VECTORS];
    for (int j = 0; j < vectors; j++) a[j] = b[j] = c[j] = SET1(0);
    for (ptrdiff_t i = 0; i < n; i++, x += 2 * half)
#pragma GCC unroll 16
        for (int j = 0; j < vectors; j++) {
            VEC l = LOAD(x + j * LANES), r = LOAD(x + half + j * LANES);
            a[j] = FMA(l, l, a[j]), b[j] = FMA(r, r, b[j]), c[j] = FMA(l, r, c[j]);
        }
    for (int j = 0; j < vectors; j++) {
        STORE(squares + j * LANES, a[j]);
        STORE(squares + linalg_most_half + j * LANES, b[j]);
        STORE(squares + 2 * linalg_most_half + j * LANES, c[j]);
    }
}

// Each pair (x, y) := (p x + q y, q x - p y): (2 k, 2 k + 1), or, odd, (2 k + 1, 2 k + 2). squares: of the other pairs,
// which come next; null: not wanted.
KERNEL_TARGET APUS_ALWAYS_INLINE void KERNEL_NAME(turn_neighbours)(const int half, const int odd, ptrdiff_t n, T *x,
                                                                   const T *p, const T *q, T *squares) {
    const int vectors = half / LANES, last = vectors - 1;
    VEC a[MOST_VECTORS], b[MOST_VECTORS], c[MOST_VECTORS], vp[MOST_VECTORS], vq[MOST_VECTORS];
#pragma GCC unroll 16
    for (int j = 0; j < vectors; j++) {
        a[j] = b[j] = c[j] = SET1(0);
        vp[j] = LOAD(p + j * LANES), vq[j] = LOAD(q + j * LANES);
    }
    for (ptrdiff_t i = 0; i < n; i++, x += 2 * half) {
        VEC l[MOST_VECTORS], r[MOST_VECTORS], s[MOST_VECTORS];
#pragma GCC unroll 16
        for (int j = 0; j < vectors; j++) l[j] = LOAD(x + j * LANES), r[j] = LOAD(x + half + j * LANES);
        if (odd) {
            // s: the columns after those in r. What follows the last one stands for nothing.
#pragma GCC unroll 16
            for (int j = 0; j < vectors; j++) s[j] = __builtin_shufflevector(l[j], l[j < last ? j + 1 : j], PULL);
            VEC before = SET1(x[0]);
#pragma GCC unroll 16
            for (int j = 0; j < vectors; j++) {
                VEC y = FNMA(vp[j], s[j], vq[j] * r[j]);
                r[j] = FMA(vp[j], r[j], vq[j] * s[j]);
                l[j] = __builtin_shufflevector(before, y, PUSH);
                before = y;
            }
        } else {
#pragma GCC unroll 16
            for (int j = 0; j < vectors; j++) {
                VEC y = FNMA(vp[j], r[j], vq[j] * l[j]);
                l[j] = FMA(vp[j], l[j], vq[j] * r[j]);
                r[j] = y;
            }
        }
#pragma GCC unroll 16
        for (int j = 0; j < vectors; j++) {
            STORE(x + j * LANES, l[j]);
            STORE(x + half + j * LANES, r[j]);
            if (squares == NULL) continue;
            VEC first = l[j], second = r[j];
            if (!odd) first = r[j], second = __builtin_shufflevector(l[j], l[j < last ? j + 1 : j], PULL);
            a[j] = FMA(first, first, a[j]), b[j] = FMA(second, second, b[j]), c[j] = FMA(first, second, c[j]);
        }
    }
#pragma GCC unroll 16
    for (int j = 0; squares != NULL && j < vectors; j++) {
        STORE(squares + j * LANES, a[j]);
        STORE(squares + linalg_most_half + j * LANES, b[j]);
        STORE(squares + 2 * linalg_most_half + j * LANES, c[j]);
    }
}

// Four columns against all at a time, those of lanes[0 .. 3].
KERNEL_TARGET APUS_ALWAYS_INLINE T KERNEL_NAME(four_cosines)(const int half, ptrdiff_t n, const T *x, const int *lanes, const T *inverse) {
    const int width = 2 * half;
    T largest = 0, products[4 * 2 * linalg_most_half];
    for (int first = 0; first < width; first += LANES) {
        VEC sum[4];
#pragma GCC unroll 4
        for (int l = 0; l < 4; l++) sum[l] = SET1(0);
        for (ptrdiff_t i = 0; i < n; i++) {
            VEC row = LOAD(x + i * width + first);
#pragma GCC unroll 4
            for (int l = 0; l < 4; l++) sum[l] = FMA(SET1(x[i * width + lanes[l]]), row, sum[l]);
        }
        VEC by = LOAD(inverse + first);
#pragma GCC unroll 4
        for (int l = 0; l < 4; l++) STORE(products + l * width + first, sum[l] * by * SET1(inverse[lanes[l]]));
    }
    for (int l = 0; l < 4; l++) products[l * width + lanes[l]] = 0;
    for (int i = 0; i < 4 * width; i++) {
        T size = products[i] < 0 ? -products[i] : products[i];
        largest = size > largest ? size : largest;
    }
    return largest;
}

KERNEL_TARGET APUS_ALWAYS_INLINE T KERNEL_NAME(cosines)(const int half, ptrdiff_t n, const T *x) {
    const int width = 2 * half;
    T inverse[2 * linalg_most_half], largest = 0;
    for (int first = 0; first < width; first += LANES) {
        VEC sum = SET1(0);
        for (ptrdiff_t i = 0; i < n; i++) sum = FMA(LOAD(x + i * width + first), LOAD(x + i * width + first), sum);
        STORE(inverse + first, ROOT(sum));
    }
    for (int i = 0; i < width; i++) inverse[i] = inverse[i] > 0 ? 1 / inverse[i] : 0;
    for (int k = 0; 2 * k < n; k += 2) {
        int lanes[4] = {k, half + k, k + 1, half + k + 1};
        T some = KERNEL_NAME(four_cosines)(half, n, x, lanes, inverse);
        largest = some > largest ? some : largest;
    }
    return largest;
}

KERNEL_TARGET APUS_ALWAYS_INLINE void KERNEL_NAME(reflect_rows)(const int half, ptrdiff_t n, const T *v, T tau, T *x) {
    const int vectors = 2 * half / LANES, group = vectors < 4 ? vectors : 4;
    for (int first = 0; first < vectors; first += group, x += group * LANES) {
        VEC sum[4];
#pragma GCC unroll 4
        for (int c = 0; c < group; c++) sum[c] = SET1(0);
        for (ptrdiff_t i = 0; i < n; i++) {
            VEC e = SET1(v[i]);
#pragma GCC unroll 4
            for (int c = 0; c < group; c++) sum[c] = FMA(e, LOAD(x + i * 2 * half + c * LANES), sum[c]);
        }
#pragma GCC unroll 4
        for (int c = 0; c < group; c++) sum[c] = sum[c] * SET1(tau);
        for (ptrdiff_t i = 0; i < n; i++) {
            VEC e = SET1(v[i]);
#pragma GCC unroll 4
            for (int c = 0; c < group; c++) {
                T *to = x + i * 2 * half + c * LANES;
                STORE(to, FNMA(e, sum[c], LOAD(to)));
            }
        }
    }
}

#undef MOST_VECTORS
