// The kernels for one type, as their contract says them: T, KERNEL_NAME, KERNEL_TARGET, TABLE.

// The cosine and sine that annihilate c between columns of squares a and b; 1 and 0 where they are orthogonal enough.
// With `sorting`, a quarter turn more where the second would be the larger one. Squares of zero and less count as zero.
static void KERNEL_NAME(angles)(const int half, const int sorting, const T *a, const T *b, const T *c, T tolerance, T *cosine, T *sine) {
    for (int i = 0; i < half; i++) {
        // Roots before the product, which could underflow.
        T bound = tolerance * SQRT(a[i] > 0 ? a[i] : 0) * SQRT(b[i] > 0 ? b[i] : 0), t = 0;
        if (c[i] > bound || c[i] < -bound) {
            T zeta = (b[i] - a[i]) / (2 * c[i]), large = zeta < 0 ? -zeta : zeta;
            T size = 1 / (large + (large < LARGE_RATIO ? SQRT(1 + large * large) : large));
            t = zeta < 0 ? -size : size;
        }
        // 1 / sqrt(1 + t^2), rounded once: a bias of small angles would make all norms grow.
        T square = t * t, co = 1 - square / (1 + square + SQRT(1 + square)), si = t * co;
        int exchange = sorting && b[i] > a[i];
        cosine[i] = exchange ? -si : co;
        sine[i] = exchange ? co : si;
    }
}

// For the pairs of a round of a sweep (linalg_sweep_template.h), squares of which are linalg_most_half apart: p and q. Lanes
// without a pair: mask 0, p 1, q 0. most: the largest |cosine| / tolerance so far, lane by lane.
static void KERNEL_NAME(exchanges)(const int half, const T *mask, const T *squares, T tolerance, T *most, T *p, T *q) {
    const T *a = squares, *b = a + linalg_most_half, *c = b + linalg_most_half;
    KERNEL_NAME(angles)(half, 0, a, b, c, tolerance, q, p);
    for (int i = 0; i < half; i++) {
        T limit = tolerance * SQRT(a[i]) * SQRT(b[i]), size = c[i] < 0 ? -c[i] : c[i];
        if (mask[i] == 0) p[i] = 1, q[i] = 0;
        else if (limit > 0 && size / limit > most[i]) most[i] = size / limit;
    }
}

static void KERNEL_NAME(turn_rows)(const int n, T *x, T *y, T c, T s) {
    for (int j = 0; j < n; j++) {
        T a = x[j], b = y[j];
        x[j] = c * a - s * b;
        y[j] = s * a + c * b;
    }
}

// Rows `up` and `low` by c and s, then in each the half pairs of columns by cosine and sine; the new rows go, with their
// columns moved on, to `upper` and `lower`.
static void KERNEL_NAME(turn_pair)(const int half, const int across, const T *up, const T *low, T c, T s, const T *cosine,
                                   const T *sine, T *upper, T *lower) {
    T rows[2][2 * linalg_most_half];
    for (int j = 0; j < 2 * half; j++) {
        rows[0][j] = c * up[j] - s * low[j];
        rows[1][j] = s * up[j] + c * low[j];
    }
    for (int r = 0; r < 2; r++) {
        T *to = r == 0 ? upper : lower;
        for (int j = 0; j < half; j++) {
            T left = rows[r][j], right = rows[r][half + j];
            int l = across || j == 0 ? j : j < half - 1 ? j + 1 : 2 * half - 1;
            int k = j > 0 ? half + j - 1 : across ? 2 * half - 1 : 1;
            to[l] = cosine[j] * left - sine[j] * right;
            to[k] = sine[j] * left + cosine[j] * right;
        }
    }
}

static T KERNEL_NAME(pair_at)(int half, const T *x, const T *y, ptrdiff_t i, int j) {
    return j < half ? x[i * half + j] : y[i * half + j - half];
}

APUS_ALWAYS_INLINE void KERNEL_NAME(gram)(const int half, ptrdiff_t n, const T *x, const T *y, T *g) {
    for (int r = 0; r < 2 * half; r++)
        for (int c = 0; c < 2 * half; c++) {
            T sum = 0;
            for (ptrdiff_t i = 0; i < n; i++) sum += KERNEL_NAME(pair_at)(half, x, y, i, r) * KERNEL_NAME(pair_at)(half, x, y, i, c);
            g[r * 2 * half + c] = sum;
        }
}

APUS_ALWAYS_INLINE void KERNEL_NAME(cross)(const int half, ptrdiff_t n, const T *x, const T *y, T *g) {
    for (int r = 0; r < half; r++)
        for (int c = 0; c < half; c++) {
            T sum = 0;
            for (ptrdiff_t i = 0; i < n; i++) sum += x[i * half + r] * y[i * half + c];
            g[r * 2 * half + half + c] = g[(half + c) * 2 * half + r] = sum;
        }
}

APUS_ALWAYS_INLINE void KERNEL_NAME(apply)(const int half, ptrdiff_t n, T *x, T *y, const T *v) {
    for (ptrdiff_t i = 0; i < n; i++) {
        T row[2 * linalg_most_half];
        for (int c = 0; c < 2 * half; c++) {
            row[c] = 0;
            for (int k = 0; k < 2 * half; k++) row[c] += KERNEL_NAME(pair_at)(half, x, y, i, k) * v[k * 2 * half + c];
        }
        for (int c = 0; c < half; c++) {
            x[i * half + c] = row[c];
            y[i * half + c] = row[half + c];
        }
    }
}

static T KERNEL_NAME(dot)(ptrdiff_t n, const T *x, const T *y) {
    T sum = 0;
    for (ptrdiff_t i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

static void KERNEL_NAME(reflect)(ptrdiff_t n, const T *v, T tau, ptrdiff_t columns, T *x, ptrdiff_t ld) {
    for (ptrdiff_t j = 0; j < columns; j++) {
        T factor = tau * KERNEL_NAME(dot)(n, v, x + j * ld);
        for (ptrdiff_t i = 0; i < n; i++) x[j * ld + i] -= factor * v[i];
    }
}

// Column `column` of a line in row `row`; see linalg_sweep_template.h.
static T *KERNEL_NAME(in_line)(int half, T *x, ptrdiff_t row, int column) {
    return x + row * 2 * half + column % 2 * half + column / 2;
}

static void KERNEL_NAME(neighbours)(int half, int odd, ptrdiff_t n, T *x, T *squares) {
    for (int k = 0; k < half; k++) {
        T sum[3] = {0};
        for (ptrdiff_t i = 0; i < n && 2 * k + 1 + odd < 2 * half; i++) {
            T a = *KERNEL_NAME(in_line)(half, x, i, 2 * k + odd), b = *KERNEL_NAME(in_line)(half, x, i, 2 * k + 1 + odd);
            sum[0] += a * a, sum[1] += b * b, sum[2] += a * b;
        }
        for (int l = 0; l < 3; l++) squares[l * linalg_most_half + k] = sum[l];
    }
}

static void KERNEL_NAME(neighbour_squares)(int half, ptrdiff_t n, T *x, T *squares) {
    KERNEL_NAME(neighbours)(half, 0, n, x, squares);
}

static void KERNEL_NAME(turn_neighbours)(int half, int odd, ptrdiff_t n, T *x, const T *p, const T *q, T *squares) {
    for (ptrdiff_t i = 0; i < n; i++)
        for (int k = 0; k < half && 2 * k + 1 + odd < 2 * half; k++) {
            T *a = KERNEL_NAME(in_line)(half, x, i, 2 * k + odd), *b = KERNEL_NAME(in_line)(half, x, i, 2 * k + 1 + odd);
            T first = p[k] * *a + q[k] * *b, second = q[k] * *a - p[k] * *b;
            *a = first, *b = second;
        }
    if (squares != NULL) KERNEL_NAME(neighbours)(half, !odd, n, x, squares);
}

APUS_ALWAYS_INLINE T KERNEL_NAME(cosines)(const int half, ptrdiff_t n, const T *x) {
    T largest = 0;
    for (int r = 0; r < 2 * half; r++)
        for (int c = 0; c < r; c++) {
            T a = 0, b = 0, product = 0;
            for (ptrdiff_t i = 0; i < n; i++) {
                T left = x[i * 2 * half + r], right = x[i * 2 * half + c];
                a += left * left, b += right * right, product += left * right;
            }
            T length = SQRT(a) * SQRT(b), size = product < 0 ? -product : product;
            if (length > 0 && size / length > largest) largest = size / length;
        }
    return largest;
}

APUS_ALWAYS_INLINE void KERNEL_NAME(reflect_rows)(const int half, ptrdiff_t n, const T *v, T tau, T *x) {
    for (int c = 0; c < 2 * half; c++) {
        T factor = 0;
        for (ptrdiff_t i = 0; i < n; i++) factor += v[i] * x[i * 2 * half + c];
        for (ptrdiff_t i = 0; i < n; i++) x[i * 2 * half + c] -= tau * factor * v[i];
    }
}

#include "linalg_table_template.h"
