// A few leading eigenvectors: subspace iteration with Chebyshev polynomials that are small on the unwanted part of the
// spectrum. (Zhou, Saad, Tiago and Chelikowsky, Self-consistent-field calculations using Chebyshev-filtered subspace
// iteration, J. Comput. Phys. 219, 2006.) For one type: T, TYPED, NAME and the macros that eigh.c defines.

typedef struct {
    T *block, *other, *third; // [wide, n]: a vector a row
    T *turn;                  // [wide, wide]
    T *values;                // [wide]
    TYPED(qr) qr;
    NAME(whole_room) whole;
    void *gemm;
    size_t gemm_bytes;
} NAME(leading_room);

static void NAME(leading_take)(NAME(leading_room) *room, linalg_room *r, ptrdiff_t n, ptrdiff_t wide) {
    size_t block = (size_t)n * (size_t)wide * sizeof(T), small = (size_t)wide * (size_t)wide * sizeof(T);
    room->block = linalg_take(r, block);
    room->other = linalg_take(r, block);
    room->third = linalg_take(r, block);
    room->turn = linalg_take(r, small);
    room->values = linalg_take(r, (size_t)wide * sizeof(T));
    TYPED(qr_take)(&room->qr, r, n, wide, wide, false);
    NAME(whole_take)(&room->whole, r, wide);
    size_t wants[] = {TYPED(linalg_multiply_bytes)(false, false, wide, n, n), TYPED(linalg_multiply_bytes)(false, true, wide, wide, n),
                      TYPED(linalg_multiply_bytes)(false, false, wide, n, wide)};
    room->gemm_bytes = 0;
    for (int i = 0; i < 3; i++) room->gemm_bytes = wants[i] > room->gemm_bytes ? wants[i] : room->gemm_bytes;
    room->gemm = linalg_take(r, room->gemm_bytes);
}

static apus_status NAME(times)(NAME(leading_room) *room, bool tb, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, T alpha, const T *a,
                               const T *b, T beta, T *c) {
    return TYPED(linalg_multiply)(room->gemm, room->gemm_bytes, false, tb, m, n, k, alpha, a, k, b, tb ? k : n, beta, c, n);
}

// Rows of block := an orthonormal basis of what they span.
static apus_status NAME(orthonormalize)(NAME(leading_room) *room, ptrdiff_t n, ptrdiff_t wide) {
    memcpy(room->qr.x, room->block, (size_t)(n * wide) * sizeof(T));
    apus_status status = TYPED(qr_factor)(&room->qr);
    if (status != APUS_OK) return status;
    memset(room->block, 0, (size_t)(n * wide) * sizeof(T));
    for (ptrdiff_t i = 0; i < wide; i++) room->block[i * n + i] = 1;
    return TYPED(qr_apply)(&room->qr, true, wide, room->block, n);
}

// block := C(A) block, C a Chebyshev polynomial that stays below 1 on [0, cut] and is 1 at `top` up to a factor.
static apus_status NAME(filter)(NAME(leading_room) *room, ptrdiff_t n, ptrdiff_t wide, const T *a, T cut, T top) {
    T half = cut / 2, sigma = half / (top - half), first = sigma;
    // y = (A - half) x sigma / half, and so on by the three-term recurrence, scaled against overflow.
    T *x = room->block, *y = room->other, *z = room->third;
    apus_status status = NAME(times)(room, false, wide, n, n, sigma / half, x, a, 0, y);
    for (ptrdiff_t i = 0; i < n * wide; i++) y[i] -= sigma * x[i];
    for (int degree = 2; degree <= filter_degree && status == APUS_OK; degree++) {
        T next = 1 / (2 / first - sigma);
        status = NAME(times)(room, false, wide, n, n, 2 * next / half, y, a, 0, z);
        for (ptrdiff_t i = 0; i < n * wide; i++) z[i] -= 2 * next * y[i] + sigma * next * x[i];
        T *oldest = x;
        x = y;
        y = z;
        z = oldest;
        sigma = next;
    }
    room->block = y;
    room->other = x;
    room->third = z;
    return status;
}

// Rayleigh's and Ritz' values of the block's span, and block := the vectors; other := block A.
static apus_status NAME(ritz)(NAME(leading_room) *room, ptrdiff_t n, ptrdiff_t wide, const T *a, apus_linalg_info *info) {
    T *residual = room->whole.residual;
    apus_status status = NAME(times)(room, false, wide, n, n, 1, room->block, a, 0, room->other);
    if (status == APUS_OK) status = NAME(times)(room, true, wide, wide, n, 1, room->other, room->block, 0, residual);
    if (status != APUS_OK) return status;
    for (ptrdiff_t i = 0; i < wide; i++)
        for (ptrdiff_t j = 0; j < i; j++) residual[i * wide + j] = residual[j * wide + i] = (residual[i * wide + j] + residual[j * wide + i]) / 2;
    status = NAME(diagonalize_whole)(&room->whole, wide, info);
    if (status != APUS_OK) return status;
    const TYPED(jacobi) *jacobi = &room->whole.jacobi;
    for (ptrdiff_t i = 0; i < wide; i++) {
        T root = i < info->rank ? jacobi->norms[jacobi->order[i]] : 0;
        room->values[i] = root * root;
    }
    status = NAME(whole_vectors)(&room->whole, wide, room->turn, wide);
    if (status == APUS_OK) status = NAME(times)(room, false, wide, n, wide, 1, room->turn, room->block, 0, room->third);
    T *block = room->third;
    room->third = room->block;
    room->block = block;
    if (status == APUS_OK) status = NAME(times)(room, false, wide, n, wide, 1, room->turn, room->other, 0, room->third);
    T *product = room->third;
    room->third = room->other;
    room->other = product;
    return status;
}

// The leading `count` eigenpairs of a, which is scaled. *found: false where the spectrum falls too slowly.
static apus_status NAME(leading)(NAME(leading_room) *room, ptrdiff_t n, ptrdiff_t count, ptrdiff_t wide, const T *a, bool *found,
                                 apus_linalg_info *info) {
    uint64_t state = 1;
    for (ptrdiff_t i = 0; i < n * wide; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        room->block[i] = (T)((double)(state >> 11) * 0x1p-52 - 1);
    }
    room->qr.kernels = TYPED(linalg_get_kernels)();
    *found = false;
    double before = INFINITY;
    for (int round = 0; round <= filter_rounds; round++) {
        apus_status status = APUS_OK;
        if (round > 0) status = NAME(filter)(room, n, wide, a, room->values[wide - 1], room->values[0]);
        if (status == APUS_OK) status = NAME(orthonormalize)(room, n, wide);
        if (status == APUS_OK) status = NAME(ritz)(room, n, wide, a, info);
        if (status != APUS_OK) return status;
        double worst = 0;
        for (ptrdiff_t i = 0; i < count; i++) {
            double square = 0;
            for (ptrdiff_t j = 0; j < n; j++) {
                double r = (double)room->other[i * n + j] - (double)room->values[i] * (double)room->block[i * n + j];
                square += r * r;
            }
            worst = fmax(worst, sqrt(square));
        }
        worst /= (double)room->values[0];
        info->sweeps = round + 1;
        info->off_diagonal = worst;
        *found = worst <= 4 * sqrt((double)n) * EPSILON;
        // Gives up where the rounds that are left would not do.
        if (*found || !(room->values[wide - 1] > 0)) return APUS_OK;
        if (round >= 2 && worst * pow(worst / before, filter_rounds - round) > sqrt((double)n) * EPSILON) return APUS_OK;
        before = worst;
    }
    return APUS_OK;
}
