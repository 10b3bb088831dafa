// For one type: T, TYPED, NAME and the macros that linalg_qr.c defines.
//
// Pivoting is by blocks, so that most work is matrix products: the columns with the largest remaining norms form a
// block and are reduced with pivoting among themselves, for as long as they keep up with the columns outside.
// |r_kk| >= PIVOT_SLACK * every remaining norm, where pivoting column by column would have 1.

apus_status TYPED(linalg_multiply)(void *workspace, size_t bytes, bool ta, bool tb, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, T alpha,
                                   const T *a, ptrdiff_t lda, const T *b, ptrdiff_t ldb, T beta, T *c, ptrdiff_t ldc) {
    apus_gemm_desc d = {ta ? APUS_TRANSPOSE : APUS_NO_TRANSPOSE, tb ? APUS_TRANSPOSE : APUS_NO_TRANSPOSE, m, n, k,
                        lda, ldb, ldc, (double)alpha, (double)beta, APUS_ACTIVATION_LINEAR};
    apus_status status = workspace == NULL ? APUS_ERROR_WORKSPACE : GEMM(&d, a, b, NULL, c, workspace, bytes);
    // The threads were set anew since the workspace was sized: the product then takes its own memory.
    return status == APUS_ERROR_WORKSPACE ? GEMM(&d, a, b, NULL, c, NULL, 0) : status;
}

size_t TYPED(linalg_multiply_bytes)(bool ta, bool tb, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
    apus_gemm_desc d = {ta ? APUS_TRANSPOSE : APUS_NO_TRANSPOSE, tb ? APUS_TRANSPOSE : APUS_NO_TRANSPOSE, m, n, k,
                        ta ? m : k, tb ? k : n, n, 1, 0, APUS_ACTIVATION_LINEAR};
    return GEMM_WORKSPACE(&d);
}

T TYPED(linalg_norm)(const TYPED(linalg_kernels) *kernels, ptrdiff_t n, const T *x) {
    T square = kernels->dot(n, x, x);
    if (square >= LDEXP(1, -2 * TOP_EXPONENT + 64)) return SQRT(square);
    // Its square underflows: from scaled elements.
    T up = LDEXP(1, TOP_EXPONENT - 16);
    square = 0;
    for (ptrdiff_t i = 0; i < n; i++) square += (x[i] * up) * (x[i] * up);
    return SQRT(square) / up;
}

int TYPED(linalg_scale)(T largest, ptrdiff_t m, ptrdiff_t n) {
    if (largest == 0) return 0;
    int exponent, size;
    frexp((double)largest, &exponent);
    frexp(sqrt((double)m * (double)n), &size);
    return TOP_EXPONENT - size - exponent;
}

apus_status TYPED(linalg_scan)(ptrdiff_t m, ptrdiff_t n, const T *a, ptrdiff_t lda, T *largest, apus_linalg_info *info) {
    *largest = 0;
    for (ptrdiff_t i = 0; i < m; i++) {
        const T *row = a + i * lda;
        T top = 0;
        int bad = 0;
        for (ptrdiff_t j = 0; j < n; j++) {
            T x = FABS(row[j]);
            bad |= !(x <= LARGEST);
            top = x > top ? x : top;
        }
        for (ptrdiff_t j = 0; bad && j < n; j++)
            if (!(FABS(row[j]) <= LARGEST)) {
                info->row = i, info->column = j;
                return APUS_ERROR_NOT_FINITE;
            }
        if (top > *largest) *largest = top;
    }
    return APUS_OK;
}

void TYPED(qr_take)(TYPED(qr) *qr, linalg_room *room, ptrdiff_t m, ptrdiff_t n, ptrdiff_t most, bool pivoting) {
    size_t columns = (size_t)n * sizeof(T), block = linalg_qr_block;
    *qr = (TYPED(qr)){.m = m, .n = n, .ld = m};
    most = apus_max(most, n);
    qr->x = linalg_take(room, (size_t)m * columns);
    qr->tau = linalg_take(room, columns);
    qr->t = linalg_take(room, block * columns);
    qr->pivots = pivoting ? linalg_take(room, (size_t)n * sizeof(ptrdiff_t)) : NULL;
    qr->starts = linalg_take(room, (size_t)(n + 1) * sizeof(ptrdiff_t));
    qr->norms = linalg_take(room, columns);
    qr->exact = linalg_take(room, columns);
    qr->panel = linalg_take(room, block * (size_t)m * sizeof(T));
    qr->direct = m <= linalg_qr_direct_rows && n <= linalg_qr_block;
    if (qr->direct) {
        qr->w = linalg_take(room, (size_t)most * (size_t)m * sizeof(T));
        return;
    }
    qr->w = linalg_take(room, 2 * block * (size_t)most * sizeof(T));
    size_t bytes = 0;
    // Shapes shrink as the factorization goes on; a block is at most this wide.
    for (ptrdiff_t k = 0; k <= n; k += linalg_qr_block)
        for (int tb = 0; tb <= 1; tb++) {
            ptrdiff_t rows = m - k, width = linalg_qr_block;
            const size_t wants[] = {
                TYPED(linalg_multiply_bytes)(false, tb != 0, most - k, tb ? width : rows, tb ? rows : width),
                TYPED(linalg_multiply_bytes)(tb != 0, false, tb ? rows : width, most, tb ? width : rows),
                TYPED(linalg_multiply_bytes)(false, tb != 0, most, tb ? width : rows, tb ? rows : width),
            };
            for (int i = 0; i < 3; i++) bytes = wants[i] > bytes ? wants[i] : bytes;
        }
    qr->gemm_bytes = bytes;
    qr->gemm = linalg_take(room, bytes);
}

void TYPED(qr_take_product)(TYPED(qr) *qr, linalg_room *room, bool ta, bool tb, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
    size_t bytes = TYPED(linalg_multiply_bytes)(ta, tb, m, n, k);
    if (bytes <= qr->gemm_bytes) return;
    qr->gemm_bytes = bytes;
    qr->gemm = linalg_take(room, bytes);
}

// x := beta, v[1 ...]: the reflection that takes x to (beta, 0 ... 0). Returns tau.
static T NAME(make_reflection)(const TYPED(linalg_kernels) *kernels, ptrdiff_t n, T *x) {
    T rest = TYPED(linalg_norm)(kernels, n - 1, x + 1);
    if (rest == 0) return 0;
    T size = TYPED(linalg_norm)(kernels, 2, (T[]){x[0], rest}), beta = x[0] > 0 ? -size : size;
    T tau = (beta - x[0]) / beta, first = x[0] - beta;
    for (ptrdiff_t i = 1; i < n; i++) x[i] /= first;
    x[0] = beta;
    return tau;
}

static void NAME(swap_columns)(TYPED(qr) *qr, ptrdiff_t i, ptrdiff_t j) {
    if (i == j) return;
    T *restrict x = qr->x + i * qr->ld, *restrict y = qr->x + j * qr->ld;
    for (ptrdiff_t r = 0; r < qr->m; r++) {
        T keep = x[r];
        x[r] = y[r];
        y[r] = keep;
    }
    ptrdiff_t pivot = qr->pivots[i];
    qr->pivots[i] = qr->pivots[j];
    qr->pivots[j] = pivot;
    T norm = qr->norms[i], exact = qr->exact[i];
    qr->norms[i] = qr->norms[j], qr->exact[i] = qr->exact[j];
    qr->norms[j] = norm, qr->exact[j] = exact;
}

static ptrdiff_t NAME(largest_column)(const TYPED(qr) *qr, ptrdiff_t begin, ptrdiff_t end) {
    ptrdiff_t best = begin;
    for (ptrdiff_t j = begin + 1; j < end; j++)
        if (qr->norms[j] > qr->norms[best]) best = j;
    return best;
}

// The norm of what is left of column j below row `to`, after rows from ... to - 1 became R: by subtraction, or, where
// that leaves too few digits, anew (LAPACK Working Note 176).
static void NAME(shrink_norm)(TYPED(qr) *qr, ptrdiff_t j, ptrdiff_t from, ptrdiff_t to) {
    if (qr->norms[j] == 0) return;
    T left = 1;
    for (ptrdiff_t i = from; i < to; i++) {
        T part = qr->x[j * qr->ld + i] / qr->norms[j];
        left -= part * part;
    }
    T ratio = qr->norms[j] / qr->exact[j];
    if (left > 0 && left * ratio * ratio > SQRT(EPSILON)) {
        qr->norms[j] *= SQRT(left);
        return;
    }
    qr->norms[j] = qr->exact[j] = TYPED(linalg_norm)(qr->kernels, qr->m - to, qr->x + j * qr->ld + to);
}

// Reduces columns k ... end - 1; returns where it stopped.
static ptrdiff_t NAME(reduce_panel)(TYPED(qr) *qr, ptrdiff_t k, ptrdiff_t end, T outside) {
    ptrdiff_t j = k;
    for (; j < end && j < qr->m; j++) {
        if (qr->pivots != NULL) {
            NAME(swap_columns)(qr, j, NAME(largest_column)(qr, j, end));
            if (j > k && qr->norms[j] < (T)PIVOT_SLACK * outside) break;
            if (qr->norms[j] == 0) break;
        }
        T *x = qr->x + j * qr->ld + j;
        qr->tau[j] = NAME(make_reflection)(qr->kernels, qr->m - j, x);
        if (qr->tau[j] != 0) {
            T beta = x[0];
            x[0] = 1;
            qr->kernels->reflect(qr->m - j, x, qr->tau[j], end - j - 1, x + qr->ld, qr->ld);
            x[0] = beta;
        }
        for (ptrdiff_t c = j + 1; qr->pivots != NULL && c < end; c++) NAME(shrink_norm)(qr, c, j, j + 1);
    }
    return j;
}

// The vectors of reflections k ... end - 1 with their ones and zeros, [end - k, m - k].
static void NAME(copy_vectors)(const TYPED(qr) *qr, ptrdiff_t k, ptrdiff_t end) {
    ptrdiff_t rows = qr->m - k;
    for (ptrdiff_t j = 0; j < end - k; j++) {
        T *to = qr->panel + j * rows;
        memset(to, 0, (size_t)j * sizeof(T));
        to[j] = 1;
        memcpy(to + j + 1, qr->x + (k + j) * qr->ld + k + j + 1, (size_t)(rows - j - 1) * sizeof(T));
    }
}

// H_k ... H_(end - 1) = 1 - V t V^T (Schreiber and Van Loan 1989). qr->panel holds V^T.
static void NAME(make_t)(TYPED(qr) *qr, ptrdiff_t k, ptrdiff_t end) {
    ptrdiff_t rows = qr->m - k, width = linalg_qr_block;
    T *t = qr->t + k * width;
    for (ptrdiff_t j = 0; j < end - k; j++) {
        T tau = qr->tau[k + j], products[linalg_qr_block];
        for (ptrdiff_t i = 0; i < j; i++)
            products[i] = qr->kernels->dot(rows - j, qr->panel + i * rows + j, qr->panel + j * rows + j);
        for (ptrdiff_t i = 0; i < j; i++) {
            T sum = 0;
            for (ptrdiff_t l = i; l < j; l++) sum += t[l * width + i] * products[l];
            t[j * width + i] = -tau * sum;
        }
        t[j * width + j] = tau;
        for (ptrdiff_t i = j + 1; i < width; i++) t[j * width + i] = 0;
    }
}

apus_status TYPED(qr_factor)(TYPED(qr) *qr) {
    ptrdiff_t steps = apus_min(qr->m, qr->n), k = 0;
    qr->blocks = 0;
    if (qr->pivots != NULL)
        for (ptrdiff_t j = 0; j < qr->n; j++) {
            qr->pivots[j] = j;
            qr->norms[j] = qr->exact[j] = TYPED(linalg_norm)(qr->kernels, qr->m, qr->x + j * qr->ld);
        }
    while (k < steps) {
        ptrdiff_t wide = apus_min(k + linalg_qr_block, qr->n);
        T outside = 0;
        if (qr->pivots != NULL) {
            for (ptrdiff_t j = k; j < wide; j++) NAME(swap_columns)(qr, j, NAME(largest_column)(qr, j, qr->n));
            if (qr->norms[k] == 0) break;
            if (wide < qr->n) outside = qr->norms[NAME(largest_column)(qr, wide, qr->n)];
        }
        ptrdiff_t end = NAME(reduce_panel)(qr, k, wide, outside), rows = qr->m - k, width = end - k;
        if (width == 0) break;
        qr->starts[qr->blocks++] = k;
        if (qr->direct) {
            // A block that ended early leaves columns that its reflections have treated already.
            k = end;
            continue;
        }
        NAME(copy_vectors)(qr, k, end);
        NAME(make_t)(qr, k, end);
        ptrdiff_t count = qr->n - wide;
        if (count > 0) {
            // Rows of x are columns of A: A^T := A^T - (A^T V) t V^T.
            T *c = qr->x + wide * qr->ld + k, *w = qr->w, *w2 = w + count * linalg_qr_block;
            apus_status status = TYPED(linalg_multiply)(qr->gemm, qr->gemm_bytes, false, true, count, width, rows, 1, c, qr->ld,
                                                        qr->panel, rows, 0, w, width);
            if (status == APUS_OK)
                status = TYPED(linalg_multiply)(qr->gemm, qr->gemm_bytes, false, true, count, width, width, 1, w, width,
                                                qr->t + k * linalg_qr_block, linalg_qr_block, 0, w2, width);
            if (status == APUS_OK)
                status = TYPED(linalg_multiply)(qr->gemm, qr->gemm_bytes, false, false, count, rows, width, -1, w2, width,
                                                qr->panel, rows, 1, c, qr->ld);
            if (status != APUS_OK) return status;
            for (ptrdiff_t j = wide; qr->pivots != NULL && j < qr->n; j++) NAME(shrink_norm)(qr, j, k, end);
        }
        k = end;
    }
    qr->starts[qr->blocks] = k;
    qr->rank = k;
    return APUS_OK;
}

static void NAME(apply_directly)(const TYPED(qr) *qr, ptrdiff_t count, T *c, ptrdiff_t ldc) {
    for (ptrdiff_t k = qr->rank - 1; k >= 0; k--) {
        T *x = qr->x + k * qr->ld + k, beta = x[0];
        if (qr->tau[k] == 0) continue;
        x[0] = 1;
        qr->kernels->reflect(qr->m - k, x, qr->tau[k], count, c + k, ldc);
        x[0] = beta;
    }
}

apus_status TYPED(qr_apply)(const TYPED(qr) *qr, bool in_rows, ptrdiff_t count, T *c, ptrdiff_t ldc) {
    if (qr->direct && in_rows) {
        NAME(apply_directly)(qr, count, c, ldc);
        return APUS_OK;
    }
    if (qr->direct) {
        for (ptrdiff_t i = 0; i < qr->m; i++)
            for (ptrdiff_t j = 0; j < count; j++) qr->w[j * qr->m + i] = c[i * ldc + j];
        NAME(apply_directly)(qr, count, qr->w, qr->m);
        for (ptrdiff_t i = 0; i < qr->m; i++)
            for (ptrdiff_t j = 0; j < count; j++) c[i * ldc + j] = qr->w[j * qr->m + i];
        return APUS_OK;
    }
    for (ptrdiff_t b = qr->blocks - 1; b >= 0 && count > 0; b--) {
        ptrdiff_t k = qr->starts[b], end = qr->starts[b + 1], rows = qr->m - k, width = end - k;
        NAME(copy_vectors)(qr, k, end);
        T *w = qr->w, *w2 = w + count * linalg_qr_block;
        const T *t = qr->t + k * linalg_qr_block;
        apus_status status;
        if (in_rows) { // C^T := C^T - (C^T V) t^T V^T; the array t holds is t^T
            T *at = c + k;
            status = TYPED(linalg_multiply)(qr->gemm, qr->gemm_bytes, false, true, count, width, rows, 1, at, ldc, qr->panel, rows, 0, w, width);
            if (status == APUS_OK)
                status = TYPED(linalg_multiply)(qr->gemm, qr->gemm_bytes, false, false, count, width, width, 1, w, width, t,
                                                linalg_qr_block, 0, w2, width);
            if (status == APUS_OK)
                status = TYPED(linalg_multiply)(qr->gemm, qr->gemm_bytes, false, false, count, rows, width, -1, w2, width,
                                                qr->panel, rows, 1, at, ldc);
        } else { // C := C - V t (V^T C)
            T *at = c + k * ldc;
            status = TYPED(linalg_multiply)(qr->gemm, qr->gemm_bytes, false, false, width, count, rows, 1, qr->panel, rows, at, ldc, 0, w, count);
            if (status == APUS_OK)
                status = TYPED(linalg_multiply)(qr->gemm, qr->gemm_bytes, true, false, width, count, width, 1, t,
                                                linalg_qr_block, w, count, 0, w2, count);
            if (status == APUS_OK)
                status = TYPED(linalg_multiply)(qr->gemm, qr->gemm_bytes, true, false, rows, count, width, -1, qr->panel, rows, w2,
                                                count, 1, at, ldc);
        }
        if (status != APUS_OK) return status;
    }
    return APUS_OK;
}

#undef T
#undef TYPED
#undef NAME
#undef GEMM
#undef GEMM_WORKSPACE
#undef EPSILON
#undef LARGEST
#undef TOP_EXPONENT
#undef SQRT
#undef FABS
#undef LDEXP
