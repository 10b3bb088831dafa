// A matrix times its own transpose for one type: T, P, the public names SYRK and SYRK_WORKSPACE.
//
// op(A) is packed once, into panels as of B. A panel serves as rows of the product too: the strided kernel takes
// a panel's columns for rows, so many at a time that they divide the panel evenly. A block of C is a pair of panels;
// those on the diagonal are computed whole, and half of them is kept.

#define CONCATENATE_(a, b, c) a##b##c
#define CONCATENATE(a, b, c) CONCATENATE_(a, b, c)
#define NAME(x) CONCATENATE(P, _, x)
#define EPILOGUE CONCATENATE(apus_, P, _gemm_epilogue)
#define KERNELS CONCATENATE(apus_, P, _gemm_kernels)

typedef struct {
    const KERNELS *kernels;
    const T *a;
    T *c, *packed;
    T alpha, beta;
    apus_triangle triangle;
    int team;
    ptrdiff_t n, k, a_row, a_column, ldc; // op(A)(i, p) = a[i * a_row + p * a_column]
    ptrdiff_t panels, k_block, pass_k, tile_rows, group;
    ptrdiff_t first_k, this_k; // the pass in progress
} NAME(syrk);

// Item q of a pass: panel q % panels of k block q / panels.
static void NAME(syrk_pack)(void *context, ptrdiff_t begin, ptrdiff_t end) {
    enum { steps = 16, line = APUS_CACHE_LINE / sizeof(T) };
    const NAME(syrk) *s = context;
    ptrdiff_t nr = s->kernels->nr;
    for (ptrdiff_t item = begin; item < end;) {
        ptrdiff_t p = item / s->panels * s->k_block, kc = apus_min(s->k_block, s->this_k - p);
        ptrdiff_t first = item % s->panels, count = apus_min(end - item, s->panels - first);
        // A few steps through all the panels at a time, which reads rows of A in long runs if it is transposed.
        ptrdiff_t run = s->a_row == 1 ? steps : kc;
        for (ptrdiff_t q = 0; q < kc; q += run)
            for (ptrdiff_t x = first; x < first + count; ++x) {
                ptrdiff_t cols = apus_min(nr, s->n - x * nr), now = apus_min(run, kc - q);
                const T *from = s->a + x * nr * s->a_row + (s->first_k + p + q) * s->a_column;
                if (s->a_row == 1)
                    for (ptrdiff_t r = run; r < 2 * run && s->first_k + p + q + r < s->k; ++r)
                        for (ptrdiff_t l = 0; l < cols; l += line) __builtin_prefetch(from + r * s->a_column + l, 0, 2);
                s->kernels->pack(nr, cols, now, from, s->a_row, s->a_column, s->packed + (p * s->panels + x * kc + q) * nr);
            }
        item += count;
    }
}

// The part of a block of rows x cols that lies in the triangle, its first row and column at i and j.
static void NAME(syrk_keep)(const NAME(syrk) *s, ptrdiff_t i, ptrdiff_t j, ptrdiff_t rows, ptrdiff_t cols, const T *sum,
                            T alpha, T beta) {
    for (ptrdiff_t r = 0; r < rows; ++r) {
        ptrdiff_t begin = s->triangle == APUS_UPPER ? apus_max(0, i + r - j) : 0;
        ptrdiff_t end = s->triangle == APUS_UPPER ? cols : apus_min(cols, i + r - j + 1);
        T *to = s->c + (i + r) * s->ldc + j;
        for (ptrdiff_t x = begin; x < end; ++x) {
            T value = alpha * sum[r * cols + x];
            if (beta != 0) value += beta * to[x];
            to[x] = value;
        }
    }
}

// Panel `row` of rows against panel `column` of columns, over a k block.
static void NAME(syrk_block)(const NAME(syrk) *s, ptrdiff_t p, ptrdiff_t kc, ptrdiff_t row, ptrdiff_t column) {
    ptrdiff_t nr = s->kernels->nr, i = row * nr, j = column * nr;
    ptrdiff_t rows = apus_min(nr, s->n - i), cols = apus_min(nr, s->n - j);
    const T *a = s->packed + (p * s->panels + row * kc) * nr, *b = s->packed + (p * s->panels + column * kc) * nr;
    T beta = s->first_k + p == 0 ? s->beta : 1;
    bool whole = row != column;
    T sum[apus_gemm_most_mr * apus_gemm_most_nr];
    EPILOGUE e = {.alpha = whole ? s->alpha : 1, .beta = whole ? beta : 0};
    for (ptrdiff_t r = 0; r < rows; r += s->tile_rows) {
        ptrdiff_t count = apus_min(s->tile_rows, rows - r);
        T *to = whole ? s->c + (i + r) * s->ldc + j : sum;
        s->kernels->strided(count, cols, kc, a + r, 1, nr, b, nr, to, whole ? s->ldc : cols, &e);
        if (!whole) NAME(syrk_keep)(s, i + r, j, count, cols, sum, s->alpha, beta);
    }
}

// Groups of rows' panels, the longest first: each against all panels on its side of the diagonal.
static void NAME(syrk_groups)(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const NAME(syrk) *s = context;
    for (ptrdiff_t g = begin; g < end; ++g) {
        bool upper = s->triangle == APUS_UPPER;
        ptrdiff_t last = upper ? apus_min((g + 1) * s->group, s->panels) : s->panels - g * s->group;
        ptrdiff_t first = upper ? g * s->group : apus_max(0, last - s->group);
        for (ptrdiff_t p = 0; p < s->this_k; p += s->k_block) {
            ptrdiff_t kc = apus_min(s->k_block, s->this_k - p);
            for (ptrdiff_t column = upper ? first : 0; column < (upper ? s->panels : last); ++column)
                for (ptrdiff_t row = first; row < last; ++row)
                    if (upper ? row <= column : row >= column) NAME(syrk_block)(s, p, kc, row, column);
        }
    }
}

// Rows of the upper triangle from the lower: squares of C, so that both sides are read and written in runs.
static void NAME(syrk_mirror)(void *context, ptrdiff_t begin, ptrdiff_t end) {
    enum { side = 32 };
    const NAME(syrk) *s = context;
    for (ptrdiff_t q = begin; q < end; ++q)
        for (ptrdiff_t x = q * side; x < s->n; x += side)
            for (ptrdiff_t i = q * side; i < apus_min((q + 1) * side, s->n); ++i)
                for (ptrdiff_t j = apus_max(x, i + 1); j < apus_min(x + side, s->n); ++j)
                    s->c[i * s->ldc + j] = s->c[j * s->ldc + i];
}

static void NAME(syrk_scale)(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const NAME(syrk) *s = context;
    for (ptrdiff_t i = begin; i < end; ++i) {
        ptrdiff_t from = s->triangle == APUS_UPPER ? i : 0, to = s->triangle == APUS_UPPER ? s->n : i + 1;
        for (ptrdiff_t j = from; j < to; ++j) s->c[i * s->ldc + j] = s->beta == 0 ? 0 : s->beta * s->c[i * s->ldc + j];
    }
}

static NAME(syrk) NAME(syrk_plan)(const apus_syrk_desc *d) {
    bool transposed = d->transpose == APUS_TRANSPOSE;
    NAME(syrk) s = {
        .kernels = CONCATENATE(apus_, P, _gemm_get_kernels)(),
        .alpha = (T)d->alpha,
        .beta = (T)d->beta,
        .triangle = d->triangle,
        .team = apus_team_size(),
        .n = d->n,
        .k = (T)d->alpha == 0 ? 0 : d->k,
        .a_row = transposed ? 1 : d->lda,
        .a_column = transposed ? d->lda : 1,
        .ldc = d->ldc,
    };
    if (s.n == 0 || s.k == 0) return s;
    ptrdiff_t nr = s.kernels->nr;
    s.panels = apus_ceil_div(s.n, nr);
    s.k_block = CONCATENATE(apus_, P, _gemm_k_block)(s.k);
    s.tile_rows = apus_ceil_div(nr, apus_ceil_div(nr, s.kernels->mr));
    // Two to four panels of rows share what comes of the columns' panels, and the groups are enough to divide.
    s.group = apus_max(1, apus_min(4, s.panels / (6 * s.team)));
    ptrdiff_t most = (ptrdiff_t)(apus_get_caches().l3 / 4) / (s.panels * nr * s.k_block * (ptrdiff_t)sizeof(T));
    s.pass_k = apus_min(s.k, apus_max(1, most) * s.k_block);
    return s;
}

// Bytes of the packed pass, with room to align it; 0 if they do not fit the address space.
static size_t NAME(syrk_bytes)(const NAME(syrk) *s) {
    ptrdiff_t elements, bytes;
    if (s->panels == 0) return 0;
    if (!apus_multiply_sizes(s->panels * s->kernels->nr, s->pass_k, &elements) ||
        !apus_multiply_sizes(elements, sizeof(T), &bytes))
        return 0;
    return (size_t)bytes + APUS_CACHE_LINE;
}

size_t SYRK_WORKSPACE(const apus_syrk_desc *desc) {
    if (check(desc, sizeof(T)) != APUS_OK) return 0;
    NAME(syrk) s = NAME(syrk_plan)(desc);
    return NAME(syrk_bytes)(&s);
}

apus_status SYRK(const apus_syrk_desc *desc, const T *a, T *c, void *workspace, size_t workspace_bytes) {
    apus_status status = check(desc, sizeof(T));
    if (status != APUS_OK) return status;
    NAME(syrk) s = NAME(syrk_plan)(desc);
    if (s.n == 0) return APUS_OK;
    if (c == NULL || (s.k > 0 && a == NULL)) return APUS_ERROR_NULL;
    bool transposed = desc->transpose == APUS_TRANSPOSE;
    size_t a_bytes = transposed ? apus_gemm_extent(s.k, s.n, desc->lda, sizeof(T))
                                : apus_gemm_extent(s.n, s.k, desc->lda, sizeof(T));
    if (apus_overlap(c, apus_gemm_extent(s.n, s.n, s.ldc, sizeof(T)), a, a_bytes)) return APUS_ERROR_ALIAS;
    size_t bytes = NAME(syrk_bytes)(&s);
    if (s.k > 0 && bytes == 0) return APUS_ERROR_OVERFLOW;
    void *own = NULL;
    if (workspace == NULL && workspace_bytes == 0) {
        if (bytes > 0) workspace = own = apus_alloc(bytes);
        if (bytes > 0 && own == NULL) return APUS_ERROR_MEMORY;
    } else if (workspace == NULL || workspace_bytes < bytes) {
        return APUS_ERROR_WORKSPACE;
    }
    s.a = a;
    s.c = c;
    s.packed = (T *)(((uintptr_t)workspace + APUS_CACHE_LINE - 1) / APUS_CACHE_LINE * APUS_CACHE_LINE);
    if (s.k == 0) apus_parallel_for_team(s.team, s.n, apus_max(1, 65536 / s.n), NAME(syrk_scale), &s);
    for (s.first_k = 0; s.first_k < s.k; s.first_k += s.pass_k) {
        s.this_k = apus_min(s.pass_k, s.k - s.first_k);
        ptrdiff_t blocks = apus_ceil_div(s.this_k, s.k_block);
        apus_parallel_for_team(s.team, s.panels * blocks, apus_min(8, s.panels), NAME(syrk_pack), &s);
        apus_parallel_for_team(s.team, apus_ceil_div(s.panels, s.group), 1, NAME(syrk_groups), &s);
    }
    if (s.triangle == APUS_BOTH_TRIANGLES)
        apus_parallel_for_team(s.team, apus_ceil_div(s.n, 32), 4, NAME(syrk_mirror), &s);
    apus_free(own);
    return APUS_OK;
}

#undef CONCATENATE_
#undef CONCATENATE
#undef NAME
#undef EPILOGUE
#undef KERNELS
#undef T
#undef P
#undef SYRK
#undef SYRK_WORKSPACE
