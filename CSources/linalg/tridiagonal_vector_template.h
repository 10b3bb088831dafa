// The body of the vector variants of the symmetric eigenvalue problem, for the target attribute TARGET: eight doubles at
// a time, which are one register, or two or four where those are shorter.

typedef double lanes __attribute__((vector_size(64), aligned(8), may_alias));
typedef int64_t lanes_mask __attribute__((vector_size(64), aligned(8), may_alias));
#define LOAD(p) (*(const lanes *)(const void *)(p))
#define STORE(p) (*(lanes *)(void *)(p))

// Macros: a function with such vectors would have another calling convention in each variant.
#define SUM_OF(v) (((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7])))

TARGET static double dot(ptrdiff_t n, const double *x, const double *y) {
    lanes s0 = {0}, s1 = {0};
    ptrdiff_t i = 0;
    for (; i + 16 <= n; i += 16) {
        s0 += LOAD(x + i) * LOAD(y + i);
        s1 += LOAD(x + i + 8) * LOAD(y + i + 8);
    }
    double rest = 0;
    for (; i < n; i++) rest += x[i] * y[i];
    s0 += s1;
    return SUM_OF(s0) + rest;
}

TARGET static void axpy(ptrdiff_t n, double s, const double *x, double *y) {
    ptrdiff_t i = 0;
    for (; i + 8 <= n; i += 8) STORE(y + i) += s * LOAD(x + i);
    for (; i < n; i++) y[i] += s * x[i];
}

// Four rows at a time, each read once for both of its uses, and y as seldom as that allows.
TARGET static void symv(ptrdiff_t begin, ptrdiff_t end, const double *a, ptrdiff_t lda, const double *x, double *y) {
    ptrdiff_t i = begin;
    for (; i + 4 <= end; i += 4) {
        const double *a0 = a + i * lda, *a1 = a0 + lda, *a2 = a1 + lda, *a3 = a2 + lda;
        lanes s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
        double x0 = x[i], x1 = x[i + 1], x2 = x[i + 2], x3 = x[i + 3];
        ptrdiff_t j = 0;
        for (; j + 8 <= i; j += 8) {
            lanes v0 = LOAD(a0 + j), v1 = LOAD(a1 + j), v2 = LOAD(a2 + j), v3 = LOAD(a3 + j), u = LOAD(x + j);
            s0 += v0 * u;
            s1 += v1 * u;
            s2 += v2 * u;
            s3 += v3 * u;
            lanes t = LOAD(y + j);
            t += v0 * x0;
            t += v1 * x1;
            t += v2 * x2;
            t += v3 * x3;
            STORE(y + j) = t;
        }
        double r[4] = {SUM_OF(s0), SUM_OF(s1), SUM_OF(s2), SUM_OF(s3)};
        // The rest of the rows' common part, and the triangle on the diagonal.
        for (ptrdiff_t k = 0; k < 4; k++) {
            const double *row = a + (i + k) * lda;
            for (ptrdiff_t c = j; c < i + k; c++) {
                r[k] += row[c] * x[c];
                y[c] += row[c] * x[i + k];
            }
            y[i + k] += r[k] + row[i + k] * x[i + k];
        }
    }
    for (; i < end; i++) {
        const double *row = a + i * lda;
        y[i] += dot(i, row, x) + row[i] * x[i];
        axpy(i, x[i], row, y);
    }
}

// The next pivot, and whether it is negative: a comparison that holds is -1.
#define NEXT_PIVOT(pivot, shift, below)                                                                              \
    do {                                                                                                             \
        pivot = diagonal[i] - shift - square / pivot;                                                                \
        lanes_mask is_tiny = (lanes_mask)(pivot > least) & (lanes_mask)(pivot < -least);                             \
        pivot = (lanes)(((lanes_mask)least & is_tiny) | ((lanes_mask)pivot & ~is_tiny));                             \
        below -= (lanes_mask)(pivot < zero);                                                                         \
    } while (0)

TARGET static void sturm(ptrdiff_t n, const double *diagonal, const double *squares, double tiny, const double *shift,
                         int64_t *below) {
    // Two chains of divisions at a time: one waits while the other goes on.
    lanes zero = {0}, least = zero - tiny, shift0 = LOAD(shift), shift1 = LOAD(shift + 8);
    lanes pivot0 = zero + 1.0, pivot1 = zero + 1.0;
    lanes_mask below0 = {0}, below1 = {0};
    for (ptrdiff_t i = 0; i < n; i++) {
        lanes square = zero + squares[i];
        NEXT_PIVOT(pivot0, shift0, below0);
        NEXT_PIVOT(pivot1, shift1, below1);
    }
    *(lanes_mask *)(void *)below = below0;
    *(lanes_mask *)(void *)(below + 8) = below1;
}

const apus_tridiagonal_kernels TABLE = {symv, dot, axpy, sturm};
