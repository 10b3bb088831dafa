// A few leading eigenvectors: block Lanczos iteration, every new block made orthogonal to all before. (Golub and
// Underwood, The block Lanczos method for computing eigenvalues, 1977.) For one type: T, TYPED, NAME and the macros
// that eigh.c defines.

typedef struct {
    ptrdiff_t most;          // vectors of the largest basis
    T *basis, *image;        // [most, n]: orthonormal vectors, a row each, and those times A
    T *product;              // [most, krylov_block]
    T *turn;                 // [wanted, most]
    T *vectors, *images;     // [wanted, n]: Ritz vectors, and those times A
    T *values;               // [wanted]
    TYPED(qr) qr;
    NAME(whole_room) whole;
    void *gemm;
    size_t gemm_bytes;
} NAME(leading_room);

static void NAME(leading_take)(NAME(leading_room) *room, linalg_room *r, ptrdiff_t n, ptrdiff_t count) {
    size_t line = (size_t)n * sizeof(T);
    ptrdiff_t most = room->most = krylov_most(count, n);
    room->basis = linalg_take(r, (size_t)most * line);
    room->image = linalg_take(r, (size_t)most * line);
    room->product = linalg_take(r, (size_t)most * krylov_block * sizeof(T));
    room->turn = linalg_take(r, (size_t)(count * most) * sizeof(T));
    room->vectors = linalg_take(r, (size_t)count * line);
    room->images = linalg_take(r, (size_t)count * line);
    room->values = linalg_take(r, (size_t)count * sizeof(T));
    TYPED(qr_take)(&room->qr, r, n, krylov_block, krylov_block, false);
    NAME(whole_take)(&room->whole, r, most);
    room->gemm_bytes = 0;
    for (ptrdiff_t size = krylov_block; size <= most; size += krylov_block) {
        size_t wants[] = {TYPED(linalg_multiply_bytes)(false, false, krylov_block, n, n),
                          TYPED(linalg_multiply_bytes)(false, true, krylov_block, size, n),
                          TYPED(linalg_multiply_bytes)(false, false, krylov_block, n, size),
                          TYPED(linalg_multiply_bytes)(false, true, size, size, n),
                          TYPED(linalg_multiply_bytes)(false, false, count, n, size)};
        for (int i = 0; i < 5; i++) room->gemm_bytes = wants[i] > room->gemm_bytes ? wants[i] : room->gemm_bytes;
    }
    room->gemm = linalg_take(r, room->gemm_bytes);
}

// c := alpha a b + beta c, all rows without gaps; tb: b is transposed.
static apus_status NAME(times)(NAME(leading_room) *room, bool tb, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, T alpha, const T *a,
                               const T *b, T beta, T *c) {
    return TYPED(linalg_multiply)(room->gemm, room->gemm_bytes, false, tb, m, n, k, alpha, a, k, b, tb ? k : n, beta, c, n);
}

// Rows have ... have + krylov_block - 1 of the basis := orthonormal, and orthogonal to those before. Twice: what the
// first time leaves of a block that was nearly dependent is large beside it.
static apus_status NAME(add_block)(NAME(leading_room) *room, ptrdiff_t n, ptrdiff_t have) {
    T *block = room->basis + have * n;
    apus_status status = APUS_OK;
    for (int pass = 0; pass < 2 && status == APUS_OK; pass++) {
        for (int twice = 0; twice < 2 && have > 0 && status == APUS_OK; twice++) {
            status = NAME(times)(room, true, krylov_block, have, n, 1, block, room->basis, 0, room->product);
            if (status == APUS_OK) status = NAME(times)(room, false, krylov_block, n, have, -1, room->product, room->basis, 1, block);
        }
        if (status != APUS_OK) return status;
        memcpy(room->qr.x, block, (size_t)(krylov_block * n) * sizeof(T));
        status = TYPED(qr_factor)(&room->qr);
        if (status != APUS_OK) return status;
        memset(block, 0, (size_t)(krylov_block * n) * sizeof(T));
        for (ptrdiff_t i = 0; i < krylov_block; i++) block[i * n + i] = 1;
        status = TYPED(qr_apply)(&room->qr, true, krylov_block, block, n);
        if (have == 0) break;
    }
    return status;
}

// Ritz values and vectors of a basis of `have` vectors. *worst: the largest residual |A v - w v|, relative to w_0.
static apus_status NAME(ritz)(NAME(leading_room) *room, ptrdiff_t n, ptrdiff_t count, ptrdiff_t have, double *worst,
                              apus_linalg_info *info) {
    T *small = room->whole.residual;
    apus_status status = NAME(times)(room, true, have, have, n, 1, room->image, room->basis, 0, small);
    if (status != APUS_OK) return status;
    for (ptrdiff_t i = 0; i < have; i++)
        for (ptrdiff_t j = 0; j < i; j++) small[i * have + j] = small[j * have + i] = (small[i * have + j] + small[j * have + i]) / 2;
    status = NAME(diagonalize_whole)(&room->whole, have, info);
    if (status == APUS_OK) status = NAME(whole_vectors)(&room->whole, count, room->turn, have);
    if (status == APUS_OK) status = NAME(times)(room, false, count, n, have, 1, room->turn, room->basis, 0, room->vectors);
    if (status == APUS_OK) status = NAME(times)(room, false, count, n, have, 1, room->turn, room->image, 0, room->images);
    if (status != APUS_OK) return status;
    const TYPED(jacobi) *jacobi = &room->whole.jacobi;
    *worst = 0;
    for (ptrdiff_t i = 0; i < count; i++) {
        T root = i < info->rank ? jacobi->norms[jacobi->order[i]] : 0;
        room->values[i] = root * root;
        double square = 0;
        for (ptrdiff_t j = 0; j < n; j++) {
            double r = (double)room->images[i * n + j] - (double)room->values[i] * (double)room->vectors[i * n + j];
            square += r * r;
        }
        *worst = fmax(*worst, sqrt(square));
    }
    *worst /= (double)room->values[0];
    return APUS_OK;
}

// The leading `count` eigenpairs of a, which is scaled. *found: false where the spectrum falls too slowly for that.
static apus_status NAME(leading)(NAME(leading_room) *room, ptrdiff_t n, ptrdiff_t count, const T *a, bool *found,
                                 apus_linalg_info *info) {
    uint64_t state = 1;
    for (ptrdiff_t i = 0; i < n * krylov_block; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        room->basis[i] = (T)((double)(state >> 11) * 0x1p-52 - 1);
    }
    room->qr.kernels = TYPED(linalg_get_kernels)();
    *found = false;
    double enough = 2 * sqrt((double)n) * EPSILON, before = 0;
    ptrdiff_t judged = 0, judge = apus_round_up(2 * count + krylov_block, krylov_block);
    for (ptrdiff_t have = 0; have < room->most; have += krylov_block) {
        apus_status status = NAME(add_block)(room, n, have);
        T *block = room->basis + have * n, *image = room->image + have * n;
        if (status == APUS_OK) status = NAME(times)(room, false, krylov_block, n, n, 1, block, a, 0, image);
        if (status != APUS_OK) return status;
        ptrdiff_t now = have + krylov_block;
        if (now < judge && now < room->most) {
            memcpy(block + krylov_block * n, image, (size_t)(krylov_block * n) * sizeof(T));
            continue;
        }
        double worst;
        status = NAME(ritz)(room, n, count, now, &worst, info);
        if (status != APUS_OK) return status;
        info->off_diagonal = worst;
        *found = worst <= enough;
        if (*found || now == room->most) return APUS_OK;
        // The residual falls by about as many digits a block; where the blocks that remain would not do, it ends here.
        double blocks = (double)(now - judged) / krylov_block;
        judged = now;
        if (before > 0) {
            double rate = log(worst / before) / blocks, need = rate < 0 ? ceil(log(0.5 * enough / worst) / rate) : 1e6;
            if (need > (double)((room->most - now) / krylov_block)) return APUS_OK;
            judge = now + krylov_block * (ptrdiff_t)fmax(need, 1);
        } else {
            judge = now + 2 * krylov_block;
        }
        before = worst;
        memcpy(block + krylov_block * n, image, (size_t)(krylov_block * n) * sizeof(T));
    }
    return APUS_OK;
}
