// The whole spectrum: A = L L^T by Cholesky with pivoting, L V = U S by Jacobi rotations: A = U S^2 U^T. (Veselic and
// Hari, A note on a one-sided Jacobi algorithm, Numer. Math. 56, 1989.) For one type: T, TYPED, NAME and the macros
// that eigh.c defines.

typedef struct {
    ptrdiff_t most;        // the largest n
    T *residual, *factor;  // [most, most]
    T *kept;               // [most, most]: A, for a second attempt
    T *left, *bound;       // [most]: diagonal of what is left, 0 where chosen before, and what counts as zero there
    TYPED(jacobi) jacobi;
    TYPED(qr) complement;  // for eigenvectors of the eigenvalue zero
    void *gemm;
    size_t gemm_bytes;
} NAME(whole_room);

static void NAME(whole_take)(NAME(whole_room) *room, linalg_room *r, ptrdiff_t n) {
    size_t square = (size_t)n * (size_t)n * sizeof(T), line = (size_t)n * sizeof(T);
    room->most = n;
    room->residual = linalg_take(r, square);
    room->factor = linalg_take(r, square);
    room->kept = linalg_take(r, square);
    room->left = linalg_take(r, line);
    room->bound = linalg_take(r, line);
    TYPED(jacobi_take)(&room->jacobi, r, n, n, false, apus_team_size());
    TYPED(qr_take)(&room->complement, r, n, n, n, false);
    room->gemm_bytes = TYPED(linalg_multiply_bytes)(true, false, n, n, apus_min(n, cholesky_block));
    room->gemm = linalg_take(r, room->gemm_bytes);
}

// Row k of room->factor becomes column k of L, in the order of A's rows: rows change place only in thought, one that was
// chosen has nothing left. room->residual holds A. `each`: a diagonal element counts as zero beside what it was, which
// keeps the digits of badly scaled matrices; else beside the largest. *rank: -1 if A is indefinite.
static apus_status NAME(cholesky)(NAME(whole_room) *room, ptrdiff_t n, bool each, ptrdiff_t *rank) {
    T *a = room->residual, *left = room->left, *bound = room->bound, largest = 0;
    *rank = -1;
    for (ptrdiff_t i = 0; i < n; i++) largest = a[i * n + i] > largest ? a[i * n + i] : largest;
    T rounding = 8 * (T)n * (T)EPSILON * largest;
    for (ptrdiff_t i = 0; i < n; i++) {
        if (a[i * n + i] < -rounding) return APUS_OK;
        left[i] = a[i * n + i] > 0 ? a[i * n + i] : 0;
        bound[i] = (T)n * (T)EPSILON * (each ? left[i] : largest);
    }
    ptrdiff_t done = 0; // columns that a has been freed of
    for (ptrdiff_t k = 0;; k++) {
        ptrdiff_t best = -1;
        for (ptrdiff_t i = 0; i < n; i++)
            if (left[i] > bound[i] && (best < 0 || left[i] > left[best])) best = i;
        bool ends = best < 0;
        if (ends || k - done == cholesky_block) {
            T *f = room->factor + done * n;
            if (k > done) {
                apus_status status = TYPED(linalg_multiply)(room->gemm, room->gemm_bytes, true, false, n, n, k - done, -1, f, n, f, n,
                                                            1, a, n);
                if (status != APUS_OK) return status;
            }
            done = k;
        }
        if (ends) {
            // What remains must be rounding.
            for (ptrdiff_t i = 0; i < n * n; i++)
                if (FABS(a[i]) > rounding) return APUS_OK;
            *rank = k;
            return APUS_OK;
        }
        T *column = room->factor + k * n;
        memcpy(column, a + best * n, (size_t)n * sizeof(T));
        for (ptrdiff_t l = done; l < k; l++) {
            const T *before = room->factor + l * n;
            T factor = before[best];
            for (ptrdiff_t i = 0; i < n; i++) column[i] -= factor * before[i];
        }
        column[best] = left[best];
        T root = SQRT(left[best]);
        for (ptrdiff_t i = 0; i < n; i++) {
            // In a semidefinite matrix no element exceeds this; one that does shows in the end.
            T most = SQRT(left[i] + rounding), x = column[i] / root;
            column[i] = x > most ? most : x < -most ? -most : x;
            left[i] -= column[i] * column[i];
            if (left[i] < 0) left[i] = 0;
        }
        left[best] = 0;
    }
}

// Eigenvalues of the n x n matrix in room->residual, which is used up: norms of room->jacobi in its order, squared.
static apus_status NAME(diagonalize_whole)(NAME(whole_room) *room, ptrdiff_t n, apus_linalg_info *info) {
    TYPED(jacobi) *jacobi = &room->jacobi;
    ptrdiff_t rank;
    memcpy(room->kept, room->residual, (size_t)(n * n) * sizeof(T));
    apus_status status = NAME(cholesky)(room, n, true, &rank);
    if (status == APUS_OK && rank < 0) {
        // Perhaps only rounding that is no smaller in rows that are.
        memcpy(room->residual, room->kept, (size_t)(n * n) * sizeof(T));
        status = NAME(cholesky)(room, n, false, &rank);
    }
    if (status != APUS_OK) return status;
    if (rank < 0) return APUS_ERROR_VALUE;
    info->rank = rank;
    TYPED(jacobi_resize)(jacobi, n, rank);
    if (rank == 0) return APUS_OK;
    ptrdiff_t half = jacobi->pair->half;
    for (ptrdiff_t p = 0; p < jacobi->panels; p++)
        for (ptrdiff_t i = 0; i < n; i++)
            for (ptrdiff_t l = 0; l < half; l++)
                jacobi->x[(p * n + i) * half + l] = p * half + l < rank ? room->factor[(p * half + l) * n + i] : 0;
    return TYPED(jacobi_run)(jacobi, info);
}

// The first `count` eigenvectors, a row each.
static apus_status NAME(whole_vectors)(NAME(whole_room) *room, ptrdiff_t count, T *vt, ptrdiff_t ld) {
    TYPED(jacobi) *jacobi = &room->jacobi;
    ptrdiff_t n = jacobi->rows, rank = jacobi->count, have = apus_min(count, rank);
    jacobi->count = have;
    TYPED(jacobi_rows)(jacobi, jacobi->x, true, vt, ld);
    jacobi->count = rank;
    if (count <= rank) return APUS_OK;
    // Q of the QR factorization of those: its further columns.
    TYPED(qr) *qr = &room->complement;
    qr->kernels = jacobi->kernels;
    qr->m = qr->ld = n;
    qr->n = rank;
    for (ptrdiff_t i = 0; i < rank; i++) memcpy(qr->x + i * n, vt + i * ld, (size_t)n * sizeof(T));
    apus_status status = TYPED(qr_factor)(qr);
    for (ptrdiff_t i = rank; i < count; i++) {
        memset(vt + i * ld, 0, (size_t)n * sizeof(T));
        vt[i * ld + i] = 1;
    }
    return status != APUS_OK ? status : TYPED(qr_apply)(qr, true, count - rank, vt + rank * ld, ld);
}
