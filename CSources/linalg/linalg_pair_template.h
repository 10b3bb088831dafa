// Gram matrix and rotation of a pair of panels, dot products and reflections, by vectors.
// For one type and variant: T, VEC, LANES, FMA, FNMA, SET1, SUM, ROOT, TILE_ROWS (rows of four vectors that the registers
// hold), KERNEL_NAME, KERNEL_TARGET.
typedef T KERNEL_NAME(anywhere) __attribute__((vector_size(LANES * sizeof(T)), aligned(sizeof(T)), may_alias));
#include "linalg_lanes.h"
#define LOAD(p) ((VEC)*(const KERNEL_NAME(anywhere) *)(p))
#define STORE(p, x) (*(KERNEL_NAME(anywhere) *)(p) = (KERNEL_NAME(anywhere))(x))

// Rows `up` and `low` by c and s, then in each the half pairs of columns by cosine and sine; the new rows go, with their
// columns moved on, to `upper` and `lower`.
KERNEL_TARGET APUS_ALWAYS_INLINE void KERNEL_NAME(turn_pair)(const int half, const int across, const T *up, const T *low,
                                                             T c, T s, const T *cosine, const T *sine, T *upper, T *lower) {
    const int last = half / LANES - 1;
    VEC vc = SET1(c), vs = SET1(s);
    VEC left[2][linalg_most_half / LANES], right[2][linalg_most_half / LANES];
#pragma GCC unroll 8
    for (int j = 0; j < half; j += LANES) {
        VEC co = LOAD(cosine + j), si = LOAD(sine + j);
        VEC a = LOAD(up + j), b = LOAD(up + half + j), d = LOAD(low + j), e = LOAD(low + half + j);
        VEC l0 = FNMA(vs, d, vc * a), r0 = FNMA(vs, e, vc * b), l1 = FMA(vs, a, vc * d), r1 = FMA(vs, b, vc * e);
        left[0][j / LANES] = FNMA(si, r0, co * l0);
        right[0][j / LANES] = FMA(si, l0, co * r0);
        left[1][j / LANES] = FNMA(si, r1, co * l1);
        right[1][j / LANES] = FMA(si, l1, co * r1);
    }
#pragma GCC unroll 2
    for (int row = 0; row < 2; row++) {
        T *to = row == 0 ? upper : lower;
        VEC *l = left[row], *r = right[row];
#pragma GCC unroll 8
        for (int k = 0; k <= last; k++) {
            VEC moved = l[k];
            if (!across) moved = k == 0 ? __builtin_shufflevector(l[0], r[0], INSERT) : __builtin_shufflevector(l[k > 0 ? k - 1 : 0], l[k], PUSH);
            STORE(to + k * LANES, moved);
            if (k < last) moved = __builtin_shufflevector(r[k], r[k < last ? k + 1 : k], PULL);
            else moved = across ? __builtin_shufflevector(r[k], r[0], PULL) : __builtin_shufflevector(r[k], l[k], APPEND);
            STORE(to + half + k * LANES, moved);
        }
    }
}

KERNEL_TARGET APUS_ALWAYS_INLINE void KERNEL_NAME(turn_rows)(const int n, T *x, T *y, T c, T s) {
    VEC vc = SET1(c), vs = SET1(s);
#pragma GCC unroll 8
    for (int j = 0; j < n; j += LANES) {
        VEC a = LOAD(x + j), b = LOAD(y + j);
        STORE(x + j, FNMA(vs, b, vc * a));
        STORE(y + j, FMA(vs, a, vc * b));
    }
}

// Columns first ... first + vectors * LANES - 1 of rows r ... r + tall - 1 of g += those of z^T z over n rows of the pair.
KERNEL_TARGET APUS_ALWAYS_INLINE void KERNEL_NAME(gram_tile)(const int half, const int tall, const int vectors, int r, int first,
                                                             ptrdiff_t n, const T *x, const T *y, T *g) {
    VEC sum[8][4];
    const T *columns[4], *rows = r < half ? x + r : y + r - half;
#pragma GCC unroll 4
    for (int c = 0; c < vectors; c++) {
        int column = first + c * LANES;
        columns[c] = column < half ? x + column : y + column - half;
#pragma GCC unroll 8
        for (int k = 0; k < tall; k++) sum[k][c] = LOAD(g + (r + k) * 2 * half + column);
    }
#pragma GCC unroll 2
    for (ptrdiff_t i = 0; i < n; i++) {
        VEC z[4];
#pragma GCC unroll 4
        for (int c = 0; c < vectors; c++) z[c] = LOAD(columns[c] + i * half);
#pragma GCC unroll 8
        for (int k = 0; k < tall; k++) {
            VEC e = SET1(rows[i * half + k]);
#pragma GCC unroll 4
            for (int c = 0; c < vectors; c++) sum[k][c] = FMA(e, z[c], sum[k][c]);
        }
    }
#pragma GCC unroll 4
    for (int c = 0; c < vectors; c++)
#pragma GCC unroll 8
        for (int k = 0; k < tall; k++) STORE(g + (r + k) * 2 * half + first + c * LANES, sum[k][c]);
}

KERNEL_TARGET APUS_ALWAYS_INLINE void KERNEL_NAME(gram)(const int half, ptrdiff_t n, const T *x, const T *y, T *g) {
    const int width = 2 * half, group = 4 * LANES < width ? 4 * LANES : width;
    for (int i = 0; i < width * width; i++) g[i] = 0;
    // Rows that stay in the first-level cache while all tiles go over them.
    const ptrdiff_t chunk = 16384 / (half * (ptrdiff_t)sizeof(T));
    for (ptrdiff_t i = 0; i < n; i += chunk) {
        ptrdiff_t count = n - i < chunk ? n - i : chunk;
        const T *xi = x + i * half, *yi = y + i * half;
        for (int first = 0; first < width; first += group)
            for (int r = 0; r < first + group; r += 4) {
                // Below the diagonal only in part: the other half suffices where a tile has one.
                if (group == 4 * LANES && first + 2 * LANES <= r)
                    KERNEL_NAME(gram_tile)(half, 4, 2, r, first + 2 * LANES, count, xi, yi, g);
                else
                    KERNEL_NAME(gram_tile)(half, 4, group / LANES, r, first, count, xi, yi, g);
            }
    }
    for (int i = 0; i < width; i++)
        for (int j = 0; j < i; j++) g[i * width + j] = g[j * width + i];
}

KERNEL_TARGET APUS_ALWAYS_INLINE void KERNEL_NAME(cross)(const int half, ptrdiff_t n, const T *x, const T *y, T *g) {
    const int width = 2 * half, group = 4 * LANES < half ? 4 * LANES : half;
    for (int i = 0; i < half; i++)
        for (int j = half; j < width; j++) g[i * width + j] = 0;
    const ptrdiff_t chunk = 16384 / (half * (ptrdiff_t)sizeof(T));
    for (ptrdiff_t i = 0; i < n; i += chunk) {
        ptrdiff_t count = n - i < chunk ? n - i : chunk;
        for (int first = half; first < width; first += group)
            for (int r = 0; r < half; r += CROSS_ROWS)
                KERNEL_NAME(gram_tile)(half, CROSS_ROWS, group / LANES, r, first, count, x + i * half, y + i * half, g);
    }
    for (int i = 0; i < half; i++)
        for (int j = half; j < width; j++) g[j * width + i] = g[i * width + j];
}

KERNEL_TARGET APUS_ALWAYS_INLINE void KERNEL_NAME(apply_rows)(const int half, const int rows, T *x, T *y, const T *v) {
    const int width = 2 * half, vectors = 4 * LANES < width ? 4 : width / LANES;
    T old[TILE_ROWS][2 * linalg_most_half];
    for (int r = 0; r < rows; r++)
        for (int j = 0; j < half; j++) {
            old[r][j] = x[r * half + j];
            old[r][half + j] = y[r * half + j];
        }
    for (int first = 0; first < width; first += vectors * LANES) {
        VEC sum[TILE_ROWS][4];
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
            for (int c = 0; c < vectors; c++) sum[r][c] = SET1(0);
#pragma GCC unroll 2
        for (int k = 0; k < width; k++) {
            VEC z[4];
#pragma GCC unroll 4
            for (int c = 0; c < vectors; c++) z[c] = LOAD(v + k * width + first + c * LANES);
#pragma GCC unroll 8
            for (int r = 0; r < rows; r++) {
                VEC e = SET1(old[r][k]);
#pragma GCC unroll 4
                for (int c = 0; c < vectors; c++) sum[r][c] = FMA(e, z[c], sum[r][c]);
            }
        }
#pragma GCC unroll 4
        for (int c = 0; c < vectors; c++) {
            int column = first + c * LANES;
            T *to = column < half ? x + column : y + column - half;
#pragma GCC unroll 8
            for (int r = 0; r < rows; r++) STORE(to + r * half, sum[r][c]);
        }
    }
}

KERNEL_TARGET APUS_ALWAYS_INLINE void KERNEL_NAME(apply)(const int half, ptrdiff_t n, T *x, T *y, const T *v) {
    ptrdiff_t i = 0;
    for (; i + TILE_ROWS <= n; i += TILE_ROWS) KERNEL_NAME(apply_rows)(half, TILE_ROWS, x + i * half, y + i * half, v);
    for (; i < n; i++) KERNEL_NAME(apply_rows)(half, 1, x + i * half, y + i * half, v);
}

KERNEL_TARGET static T KERNEL_NAME(dot)(ptrdiff_t n, const T *x, const T *y) {
    VEC sum[4];
    for (int c = 0; c < 4; c++) sum[c] = SET1(0);
    ptrdiff_t i = 0;
    for (; i + 4 * LANES <= n; i += 4 * LANES)
#pragma GCC unroll 4
        for (int c = 0; c < 4; c++) sum[c] = FMA(LOAD(x + i + c * LANES), LOAD(y + i + c * LANES), sum[c]);
    for (; i + LANES <= n; i += LANES) sum[0] = FMA(LOAD(x + i), LOAD(y + i), sum[0]);
    T total = SUM((sum[0] + sum[1]) + (sum[2] + sum[3]));
    for (; i < n; i++) total += x[i] * y[i];
    return total;
}

KERNEL_TARGET APUS_ALWAYS_INLINE void KERNEL_NAME(reflect_some)(const int count, ptrdiff_t n, const T *v, T tau, T *x,
                                                                ptrdiff_t ld) {
    VEC sum[4];
    T factor[4];
    for (int c = 0; c < count; c++) sum[c] = SET1(0);
    ptrdiff_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        VEC e = LOAD(v + i);
#pragma GCC unroll 4
        for (int c = 0; c < count; c++) sum[c] = FMA(e, LOAD(x + c * ld + i), sum[c]);
    }
    for (int c = 0; c < count; c++) factor[c] = SUM(sum[c]);
    for (ptrdiff_t j = i; j < n; j++)
        for (int c = 0; c < count; c++) factor[c] += v[j] * x[c * ld + j];
    for (int c = 0; c < count; c++) factor[c] *= tau;
    for (ptrdiff_t j = i; j < n; j++)
        for (int c = 0; c < count; c++) x[c * ld + j] -= factor[c] * v[j];
    for (int c = 0; c < count; c++) sum[c] = SET1(factor[c]);
    for (ptrdiff_t j = 0; j < i; j += LANES) {
        VEC e = LOAD(v + j);
#pragma GCC unroll 4
        for (int c = 0; c < count; c++) STORE(x + c * ld + j, FNMA(e, sum[c], LOAD(x + c * ld + j)));
    }
}

KERNEL_TARGET static void KERNEL_NAME(reflect)(ptrdiff_t n, const T *v, T tau, ptrdiff_t columns, T *x, ptrdiff_t ld) {
    ptrdiff_t j = 0;
    for (; j + 4 <= columns; j += 4) KERNEL_NAME(reflect_some)(4, n, v, tau, x + j * ld, ld);
    for (; j < columns; j++) KERNEL_NAME(reflect_some)(1, n, v, tau, x + j * ld, ld);
}

#include "linalg_angles_template.h"
#include "linalg_neighbours_template.h"
#include "linalg_table_template.h"

#undef LOAD
#undef STORE
#undef VEC
#undef LANES
#undef FMA
#undef FNMA
#undef SET1
#undef SUM
#undef ROOT
