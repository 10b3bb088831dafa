// Small matrices, a column a lane: A P = Q R with pivoting, X = R^T, rotations make the columns of X orthogonal,
// X V = U S: A = (Q V) S (P U)^T. Everything stays in the first-level cache, and nothing is handed to other threads.
// For one type: T, TYPED, NAME and the macros that svd.c defines.

typedef struct {
    const TYPED(pair_kernels) *kernels;
    ptrdiff_t m, n, width;  // m >= n, of A or its transpose; width: lanes of a row, at least n
    T *a;                   // [m, width]: what is left of A, then vectors
    T *r, *x, *v;           // [n, width]: R, its transpose, and the product of the rotations
    T *reflections, *tau;   // [n, m]: reflection j from its element j on; [n]
    T *squares, *exact;     // [width]: of the columns that are left, kept up to date and as last computed
    T *norms;               // [width]
    ptrdiff_t *pivots, *order; // [n]
} NAME(small_room);

static const TYPED(pair_kernels) *NAME(small_kernels)(ptrdiff_t n) {
    const TYPED(linalg_kernels) *kernels = TYPED(linalg_get_kernels)();
    return &kernels->pairs[n > 2 * kernels->pairs[0].half];
}

static bool NAME(is_small)(ptrdiff_t m, ptrdiff_t n) { return n > 0 && n <= SMALL_COLUMNS && m <= small_rows; }

static void NAME(small_take)(NAME(small_room) *room, linalg_room *r, ptrdiff_t m, ptrdiff_t n) {
    const TYPED(pair_kernels) *kernels = NAME(small_kernels)(n);
    ptrdiff_t width = 2 * kernels->half;
    size_t line = (size_t)width * sizeof(T), columns = (size_t)n;
    *room = (NAME(small_room)){.kernels = kernels, .m = m, .n = n, .width = width};
    room->a = linalg_take(r, (size_t)m * line);
    room->r = linalg_take(r, columns * line);
    room->x = linalg_take(r, columns * line);
    room->v = linalg_take(r, columns * line);
    room->reflections = linalg_take(r, columns * (size_t)m * sizeof(T));
    room->tau = linalg_take(r, line);
    room->squares = linalg_take(r, line);
    room->exact = linalg_take(r, line);
    room->norms = linalg_take(r, line);
    room->pivots = linalg_take(r, columns * sizeof(ptrdiff_t));
    room->order = linalg_take(r, columns * sizeof(ptrdiff_t));
}

static void NAME(small_load)(const apus_svd_desc *d, const T *a, const ptrdiff_t *rows, T once, T twice, NAME(small_room) *room) {
    bool wide = d->m < d->n;
    for (ptrdiff_t i = 0; i < room->m; i++) {
        T *to = room->a + i * room->width;
        const T *from = a + rows[i] * (wide ? 1 : d->lda);
        ptrdiff_t step = wide ? d->lda : 1;
        for (ptrdiff_t j = 0; j < room->n; j++) to[j] = from[j * step] * once * twice;
        for (ptrdiff_t j = room->n; j < room->width; j++) to[j] = 0;
    }
}

static T NAME(small_square)(const NAME(small_room) *room, ptrdiff_t from, ptrdiff_t column) {
    T sum = 0;
    for (ptrdiff_t i = from; i < room->m; i++) sum += room->a[i * room->width + column] * room->a[i * room->width + column];
    return sum;
}

// Column j of what is left, and of R, changes places with column p.
static void NAME(small_swap)(NAME(small_room) *room, ptrdiff_t j, ptrdiff_t p) {
    if (j == p) return;
    ptrdiff_t width = room->width, pivot = room->pivots[j];
    for (ptrdiff_t i = 0; i < room->m; i++) {
        T *row = i < j ? room->r + i * width : room->a + i * width, keep = row[j];
        row[j] = row[p];
        row[p] = keep;
    }
    room->squares[p] = room->squares[j], room->exact[p] = room->exact[j];
    room->pivots[j] = room->pivots[p], room->pivots[p] = pivot;
}

// False where the columns are not independent, or one is so small that squares say nothing of it.
static bool NAME(small_factor)(NAME(small_room) *room) {
    ptrdiff_t m = room->m, n = room->n, width = room->width;
    T *squares = room->squares, *exact = room->exact;
    for (ptrdiff_t c = 0; c < width; c++) squares[c] = 0;
    for (ptrdiff_t i = 0; i < m; i++)
        for (ptrdiff_t c = 0; c < width; c++) squares[c] += room->a[i * width + c] * room->a[i * width + c];
    for (ptrdiff_t c = 0; c < width; c++) exact[c] = squares[c];
    for (ptrdiff_t c = 0; c < n; c++) room->pivots[c] = c;
    for (ptrdiff_t j = 0; j < n; j++) {
        ptrdiff_t best = j;
        for (ptrdiff_t c = j + 1; c < n; c++) best = squares[c] > squares[best] ? c : best;
        NAME(small_swap)(room, j, best);
        T *v = room->reflections + j * m, *row = room->a + j * width, rest = NAME(small_square)(room, j + 1, j);
        T first = row[j], size = SQRT(first * first + rest), beta = first > 0 ? -size : size;
        if (!(first * first + rest > LDEXP(1, 64 - 2 * TOP_EXPONENT))) return false;
        room->tau[j] = rest > 0 ? (beta - first) / beta : 0;
        T scale = rest > 0 ? 1 / (first - beta) : 0;
        v[j] = 1;
        for (ptrdiff_t i = j + 1; i < m; i++) v[i] = room->a[i * width + j] * scale;
        if (rest > 0) room->kernels->reflect_rows(m - j, v + j, room->tau[j], row);
        // Column j is done: what rounding left of it must not be in the way.
        row[j] = rest > 0 ? beta : first;
        for (ptrdiff_t i = j + 1; i < m; i++) room->a[i * width + j] = 0;
        T *to = room->r + j * width;
        for (ptrdiff_t c = 0; c < width; c++) {
            to[c] = c < j ? 0 : row[c];
            row[c] = 0;
            squares[c] -= to[c] * to[c];
        }
        // By subtraction as long as that leaves digits (LAPACK Working Note 176).
        for (ptrdiff_t c = j + 1; c < n; c++)
            if (!(squares[c] > SQRT(EPSILON) * exact[c])) squares[c] = exact[c] = NAME(small_square)(room, j + 1, c);
    }
    return true;
}

// X = R^T, and V = 1, columns in a line (linalg_sweep_template.h).
static void NAME(small_line_up)(const NAME(small_room) *room, bool vectors) {
    ptrdiff_t n = room->n, width = room->width, half = width / 2;
    memset(room->x, 0, (size_t)(n * width) * sizeof(T));
    for (ptrdiff_t i = 0; i < n; i++)
        for (ptrdiff_t c = 0; c <= i; c++) room->x[i * width + c % 2 * half + c / 2] = room->r[c * width + i];
    if (!vectors) return;
    memset(room->v, 0, (size_t)(n * width) * sizeof(T));
    for (ptrdiff_t i = 0; i < n; i++) room->v[i * width + i % 2 * half + i / 2] = 1;
}

// Norms of the columns of X, by lanes, and the lanes in descending order of these.
static void NAME(small_rank)(const NAME(small_room) *room) {
    ptrdiff_t n = room->n, width = room->width, half = width / 2;
    T *norms = room->norms;
    memset(norms, 0, (size_t)width * sizeof(T));
    for (ptrdiff_t i = 0; i < n; i++)
        for (ptrdiff_t l = 0; l < width; l++) norms[l] += room->x[i * width + l] * room->x[i * width + l];
    for (ptrdiff_t i = 0; i < n; i++) {
        ptrdiff_t lane = i % 2 * half + i / 2, j = i;
        if (norms[lane] >= LDEXP(1, 64 - 2 * TOP_EXPONENT)) norms[lane] = SQRT(norms[lane]);
        else TYPED(jacobi_norms)(n, 1, 1, room->x + lane, width, norms + lane);
        for (; j > 0 && norms[room->order[j - 1]] < norms[lane]; j--) room->order[j] = room->order[j - 1];
        room->order[j] = lane;
    }
}

// The vectors of the longer side: Q (v_i, 0), and, from i = n on, the columns of Q that are left.
static void NAME(small_left)(const NAME(small_room) *room, const ptrdiff_t *rows, ptrdiff_t count, bool in_rows, T *to, ptrdiff_t ld) {
    ptrdiff_t m = room->m, n = room->n, width = room->width;
    for (ptrdiff_t first = 0; first < count; first += width) {
        ptrdiff_t some = apus_min(width, count - first), turned = apus_max(0, apus_min(n - first, some));
        memset(room->a, 0, (size_t)(m * width) * sizeof(T));
        for (ptrdiff_t i = 0; i < n; i++)
            for (ptrdiff_t c = 0; c < turned; c++) room->a[i * width + c] = room->v[i * width + room->order[first + c]];
        for (ptrdiff_t c = turned; c < some; c++) room->a[(first + c) * width + c] = 1;
        for (ptrdiff_t j = n - 1; j >= 0; j--)
            if (room->tau[j] != 0)
                room->kernels->reflect_rows(m - j, room->reflections + j * m + j, room->tau[j], room->a + j * width);
        for (ptrdiff_t i = 0; i < m; i++)
            for (ptrdiff_t c = 0; c < some; c++)
                *(in_rows ? &to[(first + c) * ld + rows[i]] : &to[rows[i] * ld + first + c]) = room->a[i * width + c];
    }
}

// Those of the shorter side: the columns of X, divided by their norms.
static void NAME(small_right)(const NAME(small_room) *room, bool in_rows, T *to, ptrdiff_t ld) {
    for (ptrdiff_t c = 0; c < room->n; c++) {
        ptrdiff_t lane = room->order[c];
        T inverse = 1 / room->norms[lane];
        for (ptrdiff_t i = 0; i < room->n; i++)
            *(in_rows ? &to[c * ld + room->pivots[i]] : &to[room->pivots[i] * ld + c]) = room->x[i * room->width + lane] * inverse;
    }
}

// *done: false for a matrix that another way must be taken with. a is finite, `rows` its order of rows.
static apus_status NAME(small_run)(const apus_svd_desc *d, const T *a, T *s, T *u, T *vt, const ptrdiff_t *rows,
                                   NAME(small_room) *room, apus_linalg_info *info, bool *done) {
    bool wide = d->m < d->n;
    T *left = wide ? vt : u, *right = wide ? u : vt;
    ptrdiff_t n = room->n, left_ld = wide ? d->ldvt : d->ldu, right_ld = wide ? d->ldu : d->ldvt;
    int up = info->scale_exponent;
    NAME(small_load)(d, a, rows, LDEXP(1, up / 2), LDEXP(1, up - up / 2), room);
    *done = NAME(small_factor)(room);
    if (!*done) return APUS_OK;
    info->rank = n;
    NAME(small_line_up)(room, left != NULL);
    T tolerance = (T)EPSILON * SQRT((T)apus_max(n, 4)), cosine = 1;
    for (info->sweeps = 0; cosine > tolerance; ) {
        if (info->sweeps == most_sweeps) return APUS_ERROR_NO_CONVERGENCE;
        cosine = room->kernels->sweep(n, room->x, left == NULL ? NULL : room->v, tolerance);
        info->sweeps++;
        // The next sweep would probably only look: that is cheaper without its angles.
        if (cosine > tolerance && cosine * cosine < tolerance) cosine = room->kernels->cosines(n, room->x);
    }
    info->off_diagonal = (double)cosine;
    NAME(small_rank)(room);
    T once = LDEXP(1, -(up / 2)), twice = LDEXP(1, up / 2 - up);
    for (ptrdiff_t i = 0; i < n; i++) s[i] = room->norms[room->order[i]] * once * twice;
    if (left != NULL) NAME(small_left)(room, rows, d->vectors == APUS_VECTORS_FULL ? room->m : n, wide, left, left_ld);
    if (right != NULL) NAME(small_right)(room, !wide, right, right_ld);
    return APUS_OK;
}
