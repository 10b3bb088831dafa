// Householder reduction to a tridiagonal matrix, from the last row up: the reflection of row i combines the elements
// before the diagonal into the one next to it. The rank-two updates of TRIDIAGONAL_PANEL rows are gathered and made at once.
#include <math.h>
#include <string.h>

#include "tridiagonal.h"

// One step: w = a v for the leading m rows, less what the panel's earlier reflections change in a.
typedef struct step {
    const apus_tridiagonal_room *room;
    ptrdiff_t m, done; // done: reflections of this panel before this one
    const double *v;
    double *w, *parts;
    ptrdiff_t bounds[TRIDIAGONAL_PARTS + 1];
    double products[2 * TRIDIAGONAL_PANEL]; // of v with the rows of left: V first, then W
} step;

static double *row_of(double *matrix, ptrdiff_t row, ptrdiff_t n) { return matrix + row * n; }

static void multiply_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    step *s = context;
    const apus_tridiagonal_room *room = s->room;
    for (ptrdiff_t i = begin; i < end; i++) {
        if (i < TRIDIAGONAL_PARTS) {
            double *y = s->parts + i * room->n;
            memset(y, 0, (size_t)s->bounds[i + 1] * sizeof(double));
            room->kernels->symv(s->bounds[i], s->bounds[i + 1], room->a, room->n, s->v, y);
        } else {
            // One item for all of the panel's products: they are short.
            for (ptrdiff_t k = 0; k < s->done; k++) {
                s->products[k] = room->kernels->dot(s->m, row_of(room->left, k, room->n), s->v);
                s->products[TRIDIAGONAL_PANEL + k] = room->kernels->dot(s->m, row_of(room->right, k, room->n), s->v);
            }
        }
    }
}

#define COLUMN_GRAIN ((ptrdiff_t)256)

static void gather_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    step *s = context;
    const apus_tridiagonal_room *room = s->room;
    ptrdiff_t from = begin * COLUMN_GRAIN, to = apus_min(end * COLUMN_GRAIN, s->m), n = room->n;
    memset(s->w + from, 0, (size_t)(to - from) * sizeof(double));
    for (ptrdiff_t p = 0; p < TRIDIAGONAL_PARTS; p++)
        if (s->bounds[p + 1] > from)
            room->kernels->axpy(apus_min(to, s->bounds[p + 1]) - from, 1, s->parts + p * n + from, s->w + from);
    for (ptrdiff_t k = 0; k < s->done; k++) {
        room->kernels->axpy(to - from, -s->products[TRIDIAGONAL_PANEL + k], row_of(room->left, k, n) + from, s->w + from);
        room->kernels->axpy(to - from, -s->products[k], row_of(room->right, k, n) + from, s->w + from);
    }
}

// The reflection that takes x[0 .. m) to (0, .. 0, result): x becomes its vector, whose last element is 1. Returns tau;
// 0 where there is nothing to do. Elements are at most about n in size, so squares cannot overflow.
static double reflection(const apus_tridiagonal_kernels *kernels, ptrdiff_t m, double *x, double *result) {
    double last = x[m - 1], rest = kernels->dot(m - 1, x, x);
    *result = last;
    x[m - 1] = 1;
    // Squares below this are of elements that do not count against 1, or are zero.
    if (rest < 1e-280) {
        memset(x, 0, (size_t)(m - 1) * sizeof(double));
        return 0;
    }
    double size = sqrt(last * last + rest), target = last > 0 ? -size : size, scale = 1 / (last - target);
    for (ptrdiff_t j = 0; j + 1 < m; j++) x[j] *= scale;
    *result = target;
    return (target - last) / target;
}

static apus_status reduce_row(const apus_tridiagonal_room *room, ptrdiff_t i, ptrdiff_t done) {
    const apus_tridiagonal_kernels *kernels = room->kernels;
    ptrdiff_t n = room->n;
    double *row = room->a + i * n, *v = row_of(room->left, done, n), *w = row_of(room->right, done, n);
    for (ptrdiff_t k = 0; k < done; k++) {
        const double *vk = row_of(room->left, k, n), *wk = row_of(room->right, k, n);
        kernels->axpy(i + 1, -wk[i], vk, row);
        kernels->axpy(i + 1, -vk[i], wk, row);
    }
    room->diagonal[i] = row[i];
    room->tau[i] = reflection(kernels, i, row, &room->other[i]);
    memset(row + i, 0, (size_t)(n - i) * sizeof(double));
    memcpy(v, row, (size_t)n * sizeof(double));
    memset(w, 0, (size_t)n * sizeof(double));
    if (room->tau[i] == 0) {
        memset(v, 0, (size_t)n * sizeof(double));
        return APUS_OK;
    }
    step s = {.room = room, .m = i, .done = done, .v = v, .w = w, .parts = room->parts};
    for (ptrdiff_t p = 0; p <= TRIDIAGONAL_PARTS; p++)
        s.bounds[p] = p == TRIDIAGONAL_PARTS ? i : (ptrdiff_t)((double)i * sqrt((double)p / (double)TRIDIAGONAL_PARTS)) / 4 * 4;
    if (i < 128) { // less work than the handing out
        multiply_chunk(&s, 0, TRIDIAGONAL_PARTS + 1);
        gather_chunk(&s, 0, 1);
    } else {
        apus_status status = apus_parallel_for(TRIDIAGONAL_PARTS + 1, 1, multiply_chunk, &s);
        if (status == APUS_OK) status = apus_parallel_for(apus_ceil_div(i, COLUMN_GRAIN), 1, gather_chunk, &s);
        if (status != APUS_OK) return status;
    }
    double tau = room->tau[i], half = -0.5 * tau * tau * kernels->dot(i, w, v);
    for (ptrdiff_t j = 0; j < i; j++) w[j] = tau * w[j] + half * v[j];
    return APUS_OK;
}

// a -= V^T W + W^T V, the leading m rows, in stripes that leave most of the upper triangle out.
static apus_status update(const apus_tridiagonal_room *room, ptrdiff_t m, ptrdiff_t done) {
    ptrdiff_t n = room->n, stripe = apus_max(apus_round_up(apus_ceil_div(m, 6), 16), 96);
    size_t bytes = (size_t)(done * n) * sizeof(double);
    memcpy(room->left + done * n, room->right, bytes);
    memcpy(room->right + done * n, room->left, bytes);
    for (ptrdiff_t row = 0; row < m; row += stripe) {
        ptrdiff_t end = apus_min(row + stripe, m);
        apus_gemm_desc desc = {.transpose_a = APUS_TRANSPOSE, .m = end - row, .n = end, .k = 2 * done, .lda = n, .ldb = n,
                               .ldc = n, .alpha = -1, .beta = 1};
        apus_status status = apus_tridiagonal_gemm(room, &desc, room->left + row, room->right, room->a + row * n);
        if (status != APUS_OK) return status;
    }
    return APUS_OK;
}

apus_status apus_tridiagonal_reduce(apus_tridiagonal_room *room) {
    ptrdiff_t n = room->n;
    for (ptrdiff_t last = n - 1; last > 0; last -= TRIDIAGONAL_PANEL) {
        ptrdiff_t done = 0;
        for (; done < TRIDIAGONAL_PANEL && last - done > 0; done++) {
            apus_status status = reduce_row(room, last - done, done);
            if (status != APUS_OK) return status;
        }
        apus_status status = update(room, last - done + 1, done);
        if (status != APUS_OK) return status;
    }
    room->diagonal[0] = room->a[0];
    room->other[0] = room->tau[0] = 0;
    for (ptrdiff_t j = 0; j < n; j++) room->a[j] = 0;
    room->norm = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        room->squares[i] = room->other[i] * room->other[i];
        double next = i + 1 < n ? fabs(room->other[i + 1]) : 0;
        room->norm = fmax(room->norm, fabs(room->diagonal[i]) + fabs(room->other[i]) + next);
    }
    return APUS_OK;
}
