// The right vectors of the rotated matrix, and the vectors of A from those of the rotated matrix.
// For one type: T, TYPED, NAME and the macros that svd.c defines.

typedef struct {
    NAME(small_room) small;
    apus_precondition precondition;
    TYPED(qr) first, second; // A P = Q1 R1, R1^T = Q2 R2
    TYPED(jacobi) jacobi;    // X = R2^T
    T *f, *right;            // [n, n]: X V, then V, a vector a row
    T *line;                 // [max(m, n)]
    ptrdiff_t *rows;         // [max(m, n)]: row i of what is factored is row rows[i] of A or its transpose
    ptrdiff_t *visited;      // [max(m, n)]
    bool sorted;             // whether rows differs from 0, 1, 2, ...
} NAME(svd_room);

// Sets room->rows: where rows differ much in size, the large ones come first. Householder's QR with pivoting then keeps
// the digits of the small ones, too (Cox and Higham, Stability of Householder QR factorization, BIT 38, 1998).
static void NAME(sort_rows)(const apus_svd_desc *d, const T *a, NAME(svd_room) *room) {
    ptrdiff_t m = apus_max(d->m, d->n);
    T *size = room->line, most = 0, least = 0;
    memset(size, 0, (size_t)m * sizeof(T));
    for (ptrdiff_t i = 0; i < d->m; i++)
        for (ptrdiff_t j = 0; j < d->n; j++) {
            T x = FABS(a[i * d->lda + j]), *to = size + (d->m < d->n ? j : i);
            if (x > *to) *to = x;
        }
    for (ptrdiff_t i = 0; i < m; i++) {
        room->rows[i] = i;
        if (size[i] > most) most = size[i];
        if (size[i] > 0 && (least == 0 || size[i] < least)) least = size[i];
    }
    room->sorted = least < most / ROW_SPREAD;
    if (!room->sorted) return;
    ptrdiff_t gap = 1;
    while (gap < m / 3) gap = 3 * gap + 1;
    for (; gap > 0; gap /= 3) // Shell's sort; ties by number, so that the order is unique
        for (ptrdiff_t i = gap; i < m; i++) {
            ptrdiff_t moved = room->rows[i], j = i;
            for (; j >= gap; j -= gap) {
                ptrdiff_t before = room->rows[j - gap];
                if (size[before] > size[moved] || (size[before] == size[moved] && before < moved)) break;
                room->rows[j] = before;
            }
            room->rows[j] = moved;
        }
}

// jacobi->x := R2^T: element (i, j) of the lower triangle is R2(j, i) = y[i * ld + j].
static void NAME(load_panels)(NAME(svd_room) *room, ptrdiff_t rank) {
    TYPED(jacobi) *jacobi = &room->jacobi;
    const TYPED(qr) *qr = &room->second;
    TYPED(jacobi_resize)(jacobi, rank, rank);
    ptrdiff_t half = jacobi->pair->half;
    for (ptrdiff_t p = 0; p < jacobi->panels; p++)
        for (ptrdiff_t i = 0; i < rank; i++) {
            ptrdiff_t have = apus_max(0, apus_min(half, i + 1 - p * half));
            T *to = jacobi->x + (p * rank + i) * half;
            if (have > 0) memcpy(to, qr->x + i * qr->ld + p * half, (size_t)have * sizeof(T));
            memset(to + have, 0, (size_t)(half - have) * sizeof(T));
        }
}

static void NAME(load_identity)(TYPED(jacobi) *jacobi) {
    ptrdiff_t half = jacobi->pair->half, rows = jacobi->rows;
    memset(jacobi->v, 0, (size_t)(jacobi->panels * rows * half) * sizeof(T));
    for (ptrdiff_t i = 0; i < rows; i++) jacobi->v[(i / half * rows + i) * half + i % half] = 1;
}

// The inverse of the upper triangle s(i, j) = x[j * ld + i], n <= solve_block, row-major [n, n].
static void NAME(invert)(ptrdiff_t n, const T *x, ptrdiff_t ld, T *inverse) {
    for (ptrdiff_t i = 0; i < n; i++) {
        T *row = inverse + i * n;
        for (ptrdiff_t j = 0; j < i; j++) row[j] = 0;
        // Row i of S^-1 from S^-1 S = 1, from left to right.
        for (ptrdiff_t j = i; j < n; j++) {
            T sum = i == j;
            for (ptrdiff_t k = i; k < j; k++) sum -= row[k] * x[j * ld + k];
            row[j] = sum / x[j * ld + j];
        }
    }
}

// X V = F with X = R2^T and F = X V in the rows of room->f: V^T = F^T R2^-1, block by block of columns.
static apus_status NAME(solve)(NAME(svd_room) *room, ptrdiff_t rank) {
    const TYPED(qr) *qr = &room->second;
    T inverse[solve_block * solve_block];
    for (ptrdiff_t k = 0; k < rank; k += solve_block) {
        ptrdiff_t width = apus_min(solve_block, rank - k);
        T *f = room->f + k;
        apus_status status = APUS_OK;
        if (k > 0)
            status = TYPED(linalg_multiply)(qr->gemm, qr->gemm_bytes, false, true, rank, width, k, -1, room->right, rank,
                                            qr->x + k * qr->ld, qr->ld, 1, f, rank);
        NAME(invert)(width, qr->x + k * qr->ld + k, qr->ld, inverse);
        if (status == APUS_OK)
            status = TYPED(linalg_multiply)(qr->gemm, qr->gemm_bytes, false, false, rank, width, width, 1, f, rank, inverse,
                                            width, 0, room->right + k, rank);
        if (status != APUS_OK) return status;
    }
    return APUS_OK;
}

// Makes the rows of room->right orthonormal again where solving has left them nearly so; false where it has not.
//
// An error that solving makes lies in the directions of small singular values: X times it is small. So each vector is
// freed of those that come after it, never of those before: X V = F holds as well as before.
static apus_status NAME(repair)(NAME(svd_room) *room, ptrdiff_t rank, bool *orthogonal) {
    const TYPED(qr) *qr = &room->second;
    for (int attempt = 0; attempt < most_repairs; attempt++) {
        T *e = room->f, *spare = room->jacobi.v, largest = 0;
        apus_status status = TYPED(linalg_multiply)(qr->gemm, qr->gemm_bytes, false, true, rank, rank, rank, 1, room->right,
                                                    rank, room->right, rank, 0, e, rank);
        if (status != APUS_OK) return status;
        for (ptrdiff_t i = 0; i < rank; i++) {
            e[i * rank + i] = (e[i * rank + i] - 1) / 2;
            memset(e + i * rank, 0, (size_t)i * sizeof(T));
            T top = 0;
            for (ptrdiff_t k = i; k < rank; k++) top = FABS(e[i * rank + k]) > top ? FABS(e[i * rank + k]) : top;
            if (!(top <= (T)0.5)) largest = 1; // NaN too
            largest = top > largest ? top : largest;
        }
        *orthogonal = largest <= 4 * (T)EPSILON;
        if (*orthogonal || (double)rank * (double)largest > 0.25) return APUS_OK;
        status = TYPED(linalg_multiply)(qr->gemm, qr->gemm_bytes, false, false, rank, rank, rank, 1, e, rank, room->right, rank, 0,
                                        spare, rank);
        if (status != APUS_OK) return status;
        for (ptrdiff_t i = 0; i < rank * rank; i++) room->right[i] -= spare[i];
        // What is left is of second order.
        *orthogonal = (double)rank * (double)largest * (double)largest <= EPSILON / 4;
        if (*orthogonal) return APUS_OK;
    }
    return APUS_OK;
}

// room->right := V^T of X V = U S, in order; the rotations are done, and were followed if jacobi.v is given.
static apus_status NAME(right_vectors)(NAME(svd_room) *room, ptrdiff_t rank, apus_linalg_info *info) {
    TYPED(jacobi) *jacobi = &room->jacobi;
    if (rank > rotate_along) {
        TYPED(jacobi_rows)(jacobi, jacobi->x, false, room->f, rank);
        apus_status status = NAME(solve)(room, rank);
        bool orthogonal = false;
        if (status == APUS_OK) status = NAME(repair)(room, rank, &orthogonal);
        if (status != APUS_OK || orthogonal) return status;
        // X is too ill-conditioned to solve with: once more, following the rotations.
        NAME(load_panels)(room, rank);
        NAME(load_identity)(jacobi);
        status = TYPED(jacobi_run)(jacobi, info);
        if (status != APUS_OK) return status;
    }
    TYPED(jacobi_rows)(jacobi, jacobi->v, false, room->right, rank);
    return APUS_OK;
}

// Rows i of `to`: Q (w_i, 0) for i < rank, with w_i in place already, else column i of Q.
static apus_status NAME(finish_rows)(const TYPED(qr) *qr, ptrdiff_t count, T *to, ptrdiff_t ld) {
    ptrdiff_t rank = qr->rank, m = qr->m;
    for (ptrdiff_t i = 0; i < count; i++) {
        ptrdiff_t from = i < rank ? rank : 0;
        memset(to + i * ld + from, 0, (size_t)(m - from) * sizeof(T));
        if (i >= rank) to[i * ld + i] = 1;
    }
    return TYPED(qr_apply)(qr, true, count, to, ld);
}

// The same for columns.
static apus_status NAME(finish_columns)(const TYPED(qr) *qr, ptrdiff_t count, T *to, ptrdiff_t ld) {
    ptrdiff_t rank = qr->rank;
    for (ptrdiff_t i = 0; i < qr->m; i++) {
        ptrdiff_t from = i < rank ? apus_min(rank, count) : 0;
        memset(to + i * ld + from, 0, (size_t)(count - from) * sizeof(T));
        if (i >= rank && i < count) to[i * ld + i] = 1;
    }
    return TYPED(qr_apply)(qr, false, count, to, ld);
}

// Row i goes to row pivots[i], or column i to column pivots[i].
static void NAME(undo_pivots)(const ptrdiff_t *pivots, ptrdiff_t n, bool columns, ptrdiff_t count, T *x, ptrdiff_t ld, T *line,
                              ptrdiff_t *visited) {
    if (columns) {
        for (ptrdiff_t r = 0; r < count; r++) {
            for (ptrdiff_t i = 0; i < n; i++) line[pivots[i]] = x[r * ld + i];
            memcpy(x + r * ld, line, (size_t)n * sizeof(T));
        }
        return;
    }
    for (ptrdiff_t i = 0; i < n; i++) visited[i] = 0;
    for (ptrdiff_t start = 0; start < n; start++) {
        // Along the cycle: the row in `line` goes to its place, and what was there into `line`.
        if (visited[start]) continue;
        memcpy(line, x + start * ld, (size_t)count * sizeof(T));
        for (ptrdiff_t i = start; !visited[i]; i = pivots[i]) {
            visited[i] = 1;
            T *place = x + pivots[i] * ld;
            for (ptrdiff_t j = 0; j < count; j++) {
                T keep = place[j];
                place[j] = line[j];
                line[j] = keep;
            }
        }
    }
}
