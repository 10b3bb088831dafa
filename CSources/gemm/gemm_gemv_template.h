// gemv for one type: T, P.

#define CONCATENATE_(a, b, c, d) a##b##c##d
#define CONCATENATE(a, b, c, d) CONCATENATE_(a, b, c, d)
#define NAME(x) CONCATENATE(P, _, x, )
#define GEMV CONCATENATE(apus_, P, _gemv, )
#define VEC NAME(vector)
#define QUAD NAME(quad)
#define BITS NAME(bits)

APUS_ALWAYS_INLINE void NAME(gemv_store)(const GEMV *g, ptrdiff_t r, ptrdiff_t j, T sum) {
    T *y = g->y + r * g->y_vector + j * g->y_stride;
    T value = g->alpha * sum;
    if (g->beta != 0) value += g->beta * *y;
    if (g->bias != NULL) value += g->bias[j * g->bias_stride];
    *y = g->relu && value <= 0 ? 0 : value;
}

// Compiler vectors of 64 bytes, which every variant's registers divide: the memory decides the speed here, not the
// instruction.
typedef T VEC __attribute__((vector_size(64), aligned(sizeof(T)), may_alias));

// The lanes as integers, and four of them as they are.
typedef __typeof__((VEC){0} == (VEC){0}) NAME(whole_lanes);
typedef NAME(whole_lanes) BITS __attribute__((aligned(sizeof(T)), may_alias));
typedef T QUAD __attribute__((vector_size(4 * sizeof(T)), aligned(sizeof(T)), may_alias));

// gemv_store for four columns.
APUS_ALWAYS_INLINE void NAME(gemv_store_quad)(const GEMV *g, ptrdiff_t r, ptrdiff_t j, const QUAD *sum) {
    T *y = g->y + r * g->y_vector + j * g->y_stride;
    const T *bias = g->bias == NULL ? NULL : g->bias + j * g->bias_stride;
    const ptrdiff_t at = g->y_stride, shift = g->bias_stride;
    QUAD value = g->alpha * *sum;
    if (g->beta != 0) value += g->beta * (QUAD){y[0], y[at], y[2 * at], y[3 * at]};
    if (g->bias != NULL) value += (QUAD){bias[0], bias[shift], bias[2 * shift], bias[3 * shift]};
    for (int i = 0; i < 4; ++i) y[i * at] = g->relu && value[i] <= 0 ? 0 : value[i];
}

// The sum of all lanes is that of these four, (0 + 2) + (1 + 3).
APUS_ALWAYS_INLINE void NAME(gemv_fold)(const VEC *sum, QUAD *folded) {
    const QUAD *parts = (const QUAD *)sum;
    *folded = sizeof(VEC) == 2 * sizeof(QUAD) ? parts[0] + parts[1] : (parts[0] + parts[2]) + (parts[1] + parts[3]);
}

// Fewer than a vector's numbers, in pieces of sizes that the compiler knows.
APUS_ALWAYS_INLINE void NAME(gemv_copy)(ptrdiff_t count, const T *from, T *to) {
#pragma GCC unroll 4
    for (ptrdiff_t piece = 32 / sizeof(T); piece > 0; piece /= 2)
        if (count & piece) {
            memcpy(to, from, (size_t)piece * sizeof(T));
            from += piece;
            to += piece;
        }
}

// MARK: Rows form

// Columns that a task sums at a time, and rows of the matrix read at a time: so many streams from memory, each long
// enough for the hardware's prefetch, which has to start anew in every row, rather than sums that all stay in the first-level
// cache. Those of a vector lie an odd number of lines behind the last one's: else they would share a few of its sets.
enum {
    NAME(lanes) = 64 / sizeof(T),
    NAME(depth) = 8,
    NAME(run) = 8192 / sizeof(T),
    NAME(most_sums) = 65536 / sizeof(T)
};

ptrdiff_t CONCATENATE(apus_, P, _gemv_stripe, )(const GEMV *g) {
    return apus_min(NAME(run), NAME(most_sums) / g->vectors / NAME(lanes) * NAME(lanes));
}

// The next rows' columns, called into the cache while those at hand are added up: line after line in the order in which
// they lie, and not all rows at once, for only along a row does the hardware run on ahead.
typedef struct {
    const T *row, *at;
    ptrdiff_t wide, ld, rows;
} NAME(gemv_ahead);

APUS_ALWAYS_INLINE void NAME(gemv_call)(NAME(gemv_ahead) *next, const int lines) {
    if (next->rows <= 0) return;
#pragma GCC unroll 16
    for (int l = 0; l < lines; ++l) __builtin_prefetch(next->at + l * NAME(lanes));
    next->at += lines * NAME(lanes);
    if (next->at < next->row + next->wide) return;
    next->at = next->row += next->ld;
    next->rows -= 1;
}

// Adds x(r, p + d) * M(p + d, j + i) over d < depth to the sums of `vectors` vectors from r on, `across` vectors of columns.
APUS_ALWAYS_INLINE void NAME(gemv_rows_add)(const int vectors, const int across, const T (*x)[NAME(depth)],
                                            const VEC (*m)[2], T *sum, ptrdiff_t apart) {
    VEC s[4][2];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v)
#pragma GCC unroll 2
        for (int q = 0; q < across; ++q) s[v][q] = *(const VEC *)(sum + v * apart + q * NAME(lanes));
#pragma GCC unroll 8
    for (int d = 0; d < NAME(depth); ++d)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v)
#pragma GCC unroll 2
            for (int q = 0; q < across; ++q) s[v][q] += x[v][d] * m[d][q];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v)
#pragma GCC unroll 2
        for (int q = 0; q < across; ++q) *(VEC *)(sum + v * apart + q * NAME(lanes)) = s[v][q];
}

// The same for all vectors; the rows' columns begin at row[d].
APUS_ALWAYS_INLINE void NAME(gemv_rows_at)(const int across, const ptrdiff_t vectors, const T *const *row,
                                           ptrdiff_t i, const T (*x)[NAME(depth)], T *sum, ptrdiff_t apart,
                                           NAME(gemv_ahead) *next) {
    VEC m[NAME(depth)][2];
#pragma GCC unroll 8
    for (int d = 0; d < NAME(depth); ++d)
#pragma GCC unroll 2
        for (int q = 0; q < across; ++q) m[d][q] = *(const VEC *)(row[d] + i + q * NAME(lanes));
    ptrdiff_t r = 0;
    // As many lines as are read here, in two to four parts: they would keep what is read next waiting.
    for (; r + 4 <= vectors; r += 4) {
        NAME(gemv_rows_add)(4, across, x + r, (const VEC (*)[2])m, sum + r * apart, apart);
        if (vectors >= 16) NAME(gemv_call)(next, across * NAME(depth) / 4);
        else NAME(gemv_call)(next, across * NAME(depth) / 2);
    }
    if (vectors < 8) NAME(gemv_call)(next, across * NAME(depth) / 2);
    if (r + 2 <= vectors) {
        NAME(gemv_rows_add)(2, across, x + r, (const VEC (*)[2])m, sum + r * apart, apart);
        r += 2;
    }
    if (vectors < 4) NAME(gemv_call)(next, across * NAME(depth) / 2);
    if (r < vectors) NAME(gemv_rows_add)(1, across, x + r, (const VEC (*)[2])m, sum + r * apart, apart);
}

// Rows p ... p + depth - 1 at once; sums of vector r, columns j + i, at sum[r * apart + i].
APUS_ALWAYS_INLINE void NAME(gemv_rows_step)(const int most_across, const GEMV *g, const ptrdiff_t vectors,
                                             ptrdiff_t p, ptrdiff_t j, ptrdiff_t wide, T *sum, ptrdiff_t apart) {
    T x[apus_gemm_gemv_most][NAME(depth)];
    const T *row[NAME(depth)];
    for (ptrdiff_t r = 0; r < vectors; ++r)
        for (int d = 0; d < NAME(depth); ++d) x[r][d] = g->x[r * g->x_vector + (p + d) * g->x_stride];
    for (int d = 0; d < NAME(depth); ++d) row[d] = g->matrix + (p + d) * g->ld + j;
    // Whole lines, a few beyond the end of a run too; never past the last row.
    ptrdiff_t ahead = p + NAME(depth);
    NAME(gemv_ahead) next = {.wide = wide, .ld = g->ld};
    if (vectors > 1 && g->call_ahead && ahead < g->k) {
        next.row = next.at = g->matrix + ahead * g->ld + j;
        next.rows = apus_min(NAME(depth), g->k - ahead);
    }
    ptrdiff_t i = 0;
    for (; most_across == 2 && i + 2 * NAME(lanes) <= wide; i += 2 * NAME(lanes))
        NAME(gemv_rows_at)(2, vectors, row, i, (const T (*)[NAME(depth)])x, sum + i, apart, &next);
    for (; i + NAME(lanes) <= wide; i += NAME(lanes))
        NAME(gemv_rows_at)(1, vectors, row, i, (const T (*)[NAME(depth)])x, sum + i, apart, &next);
    if (i == wide) return;
    // What does not fill a vector: a copy of it does. The sums behind it are of the line that separates vectors.
    T rest[NAME(depth)][NAME(lanes)] = {0};
    const T *filled[NAME(depth)];
    for (int d = 0; d < NAME(depth); ++d) {
        filled[d] = rest[d];
        NAME(gemv_copy)(wide - i, row[d] + i, rest[d]);
    }
    NAME(gemv_rows_at)(1, vectors, filled, 0, (const T (*)[NAME(depth)])x, sum + i, apart, &next);
}

// vectors is a constant 1 for a single vector, whose loops over r then vanish.
APUS_ALWAYS_INLINE void NAME(gemv_stripes)(const GEMV *g, const int across, const ptrdiff_t vectors, ptrdiff_t begin, ptrdiff_t end) {
    _Alignas(64) T sum[NAME(most_sums) + 2 * apus_gemm_gemv_most * NAME(lanes)];
    ptrdiff_t stripe = CONCATENATE(apus_, P, _gemv_stripe, )(g), apart = ((stripe / NAME(lanes) + 1) | 1) * NAME(lanes);
    for (ptrdiff_t j = begin; j < end; j += stripe) {
        ptrdiff_t wide = apus_min(stripe, end - j), p = 0;
        for (ptrdiff_t i = 0; i < apart * vectors; ++i) sum[i] = 0;
        for (; p + NAME(depth) <= g->k; p += NAME(depth)) NAME(gemv_rows_step)(across, g, vectors, p, j, wide, sum, apart);
        for (; p < g->k; ++p)
            for (ptrdiff_t r = 0; r < vectors; ++r) {
                const T x = g->x[r * g->x_vector + p * g->x_stride], *row = g->matrix + p * g->ld + j;
                for (ptrdiff_t i = 0; i < wide; ++i) sum[r * apart + i] += x * row[i];
            }
        for (ptrdiff_t r = 0; r < vectors; ++r)
            for (ptrdiff_t i = 0; i < wide; ++i) NAME(gemv_store)(g, r, j + i, sum[r * apart + i]);
    }
}

// across: vectors of columns whose elements the registers hold at once: 2 in 32 registers of 64 bytes.
APUS_ALWAYS_INLINE void NAME(gemv_rows)(const int across, const GEMV *g, ptrdiff_t begin, ptrdiff_t end) {
    if (g->vectors == 1) NAME(gemv_stripes)(g, across, 1, begin, end);
    else NAME(gemv_stripes)(g, across, g->vectors, begin, end);
}

// MARK: Columns form

// Dot products at a time: four vectors with four columns, whose sums stay in registers. Columns whose stretch of k
// is gone through before the next stretch, so that the vectors' own stretch stays in the first-level cache.
enum { NAME(dots) = 4, NAME(columns) = 16 };

// Adds `steps` steps, whole vectors, of the products of `vectors` vectors from x on with `columns` columns. Meanwhile
// every `shares`th of the columns at `next`, `next_steps` long, is called, from number `share` on.
APUS_ALWAYS_INLINE void NAME(gemv_add)(const int vectors, const int columns, ptrdiff_t steps, const T *x, ptrdiff_t x_vector,
                                       const T *column, ptrdiff_t ld, VEC (*sums)[NAME(columns)], const T *next,
                                       ptrdiff_t next_steps, ptrdiff_t share, ptrdiff_t shares) {
    enum { lanes = NAME(lanes) };
    VEC sum[NAME(dots)][NAME(dots)];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v)
#pragma GCC unroll 4
        for (int c = 0; c < columns; ++c) sum[v][c] = sums[v][c];
    // A line of each a step: all at once they would keep this product's own from coming.
    const T *first = next == NULL ? NULL : next + share * ld;
    const T *second = first != NULL && share + shares < NAME(dots) ? first + shares * ld : NULL;
    for (ptrdiff_t c = share + 2 * shares; next != NULL && c < NAME(dots); c += shares)
        for (ptrdiff_t p = 0; p < next_steps; p += lanes) __builtin_prefetch(next + c * ld + p, 0, 2);
    for (ptrdiff_t p = 0; p < steps; p += lanes) {
        if (next != NULL && p < next_steps) {
            __builtin_prefetch(first + p, 0, 2);
            if (second != NULL) __builtin_prefetch(second + p, 0, 2);
        }
        VEC m[NAME(dots)];
#pragma GCC unroll 4
        for (int c = 0; c < columns; ++c) m[c] = *(const VEC *)(column + c * ld + p);
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v) {
            VEC y = *(const VEC *)(x + v * x_vector + p);
#pragma GCC unroll 4
            for (int c = 0; c < columns; ++c) sum[v][c] += y * m[c];
        }
    }
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v)
#pragma GCC unroll 4
        for (int c = 0; c < columns; ++c) sums[v][c] = sum[v][c];
}

// All vectors with `columns` columns at once.
APUS_ALWAYS_INLINE void NAME(gemv_group)(const int columns, ptrdiff_t steps, const GEMV *g, const T *x, const T *column,
                                         VEC (*sums)[NAME(columns)], const T *next, ptrdiff_t next_steps) {
    ptrdiff_t vectors = g->vectors, r = 0, share = 0, shares = vectors / 4 + vectors / 2 % 2 + vectors % 2;
    for (; r + 4 <= vectors; r += 4)
        NAME(gemv_add)(4, columns, steps, x + r * g->x_vector, g->x_vector, column, g->ld, sums + r, next, next_steps, share++, shares);
    if (r + 2 <= vectors) {
        NAME(gemv_add)(2, columns, steps, x + r * g->x_vector, g->x_vector, column, g->ld, sums + r, next, next_steps, share++, shares);
        r += 2;
    }
    if (r < vectors)
        NAME(gemv_add)(1, columns, steps, x + r * g->x_vector, g->x_vector, column, g->ld, sums + r, next, next_steps, share, shares);
}

// Sums of lanes become dot products: one, or as many as a quad has lanes.
APUS_ALWAYS_INLINE void NAME(gemv_finish)(const int columns, const GEMV *g, ptrdiff_t r, ptrdiff_t j, const VEC *sums) {
    QUAD a, b, c, d;
    NAME(gemv_fold)(&sums[0], &a);
    if (columns == 1) {
        NAME(gemv_store)(g, r, j, (a[0] + a[2]) + (a[1] + a[3]));
        return;
    }
    NAME(gemv_fold)(&sums[1], &b);
    NAME(gemv_fold)(&sums[2], &c);
    NAME(gemv_fold)(&sums[3], &d);
    const QUAD first = (QUAD){a[0], b[0], c[0], d[0]} + (QUAD){a[2], b[2], c[2], d[2]};
    const QUAD second = (QUAD){a[1], b[1], c[1], d[1]} + (QUAD){a[3], b[3], c[3], d[3]};
    const QUAD sum = first + second;
    NAME(gemv_store_quad)(g, r, j, &sum);
}

// One vector with `columns` columns. Where k is short, what several vectors need would take longer than the products.
// Of the last `lanes` steps those in `rest` are not in the whole vectors before.
APUS_ALWAYS_INLINE void NAME(gemv_dots)(const int columns, const GEMV *g, ptrdiff_t j, const BITS *rest) {
    enum { lanes = NAME(lanes), dots = NAME(dots) };
    const ptrdiff_t whole = g->k / lanes * lanes, last = g->k - lanes;
    const T *x = g->x, *column[dots];
    VEC sum[dots];
#pragma GCC unroll 4
    for (int c = 0; c < columns; ++c) {
        sum[c] = (VEC){0};
        column[c] = g->matrix + (j + c) * g->ld;
    }
    for (ptrdiff_t p = 0; p < whole; p += lanes) {
        const VEC y = *(const VEC *)(x + p);
#pragma GCC unroll 4
        for (int c = 0; c < columns; ++c) sum[c] += y * *(const VEC *)(column[c] + p);
    }
    if (whole < g->k) {
        const VEC y = (VEC)(*(const BITS *)(x + last) & *rest);
#pragma GCC unroll 4
        for (int c = 0; c < columns; ++c) sum[c] += y * (VEC)(*(const BITS *)(column[c] + last) & *rest);
    }
    NAME(gemv_finish)(columns, g, 0, j, sum);
}

APUS_ALWAYS_INLINE void NAME(gemv_columns)(const GEMV *g, ptrdiff_t begin, ptrdiff_t end) {
    enum { lanes = NAME(lanes), dots = NAME(dots) };
    if (g->vectors == 1 && g->k >= lanes) {
        BITS rest;
        for (int l = 0; l < lanes; ++l) rest[l] = l < lanes - g->k % lanes ? 0 : -1;
        ptrdiff_t j = begin;
        for (; j + dots <= end; j += dots) NAME(gemv_dots)(dots, g, j, &rest);
        for (; j < end; ++j) NAME(gemv_dots)(1, g, j, &rest);
        return;
    }
    VEC sums[apus_gemm_gemv_most][NAME(columns)];
    const VEC zero = {0};
    ptrdiff_t whole = g->k / lanes * lanes, stretch = apus_gemm_gemv_stretch(g->vectors, g->k, sizeof(T));
    // What of k does not fill a vector: copies that do.
    T rest_x[apus_gemm_gemv_most][lanes] = {{0}}, rest_columns[NAME(columns)][lanes] = {{0}};
    GEMV rest = *g;
    rest.x_vector = rest.ld = lanes;
    const T *last_x = g->x + whole / stretch * g->vectors * g->x_vector + whole % stretch;
    for (ptrdiff_t r = 0; r < g->vectors && whole < g->k; ++r) NAME(gemv_copy)(g->k - whole, last_x + r * g->x_vector, rest_x[r]);
    // A stretch that is all of k: four long streams are better than sixteen.
    ptrdiff_t block = stretch >= g->k ? dots : NAME(columns);
    for (ptrdiff_t j = begin; j < end; j += block) {
        ptrdiff_t count = apus_min(block, end - j);
        for (ptrdiff_t r = 0; r < g->vectors; ++r)
            for (ptrdiff_t c = 0; c < count; ++c) sums[r][c] = zero;
        for (ptrdiff_t p = 0; p < whole; p += stretch) {
            ptrdiff_t steps = apus_min(stretch, whole - p), c = 0;
            const T *x = g->x + p / stretch * g->vectors * g->x_vector, *column = g->matrix + j * g->ld + p;
            for (; c + dots <= count; c += dots) {
                const T *next = block == dots ? NULL : c + 2 * dots <= count ? column + (c + dots) * g->ld : column + steps;
                ptrdiff_t next_steps = next == column + steps ? apus_min(stretch, whole - p - steps) : steps;
                NAME(gemv_group)(dots, steps, g, x, column + c * g->ld, (VEC (*)[NAME(columns)]) & sums[0][c], next, next_steps);
            }
            for (; c < count; ++c)
                NAME(gemv_group)(1, steps, g, x, column + c * g->ld, (VEC (*)[NAME(columns)]) & sums[0][c], NULL, 0);
        }
        if (whole < g->k) {
            ptrdiff_t c = 0;
            for (; c < count; ++c) NAME(gemv_copy)(g->k - whole, g->matrix + (j + c) * g->ld + whole, rest_columns[c]);
            for (c = 0; c + dots <= count; c += dots)
                NAME(gemv_group)(dots, lanes, &rest, rest_x[0], rest_columns[c], (VEC (*)[NAME(columns)]) & sums[0][c], NULL, 0);
            for (; c < count; ++c)
                NAME(gemv_group)(1, lanes, &rest, rest_x[0], rest_columns[c], (VEC (*)[NAME(columns)]) & sums[0][c], NULL, 0);
        }
        for (ptrdiff_t r = 0; r < g->vectors; ++r) {
            ptrdiff_t c = 0;
            for (; c + dots <= count; c += dots) NAME(gemv_finish)(dots, g, r, j + c, &sums[r][c]);
            for (; c < count; ++c) NAME(gemv_finish)(1, g, r, j + c, &sums[r][c]);
        }
    }
}

#define VARIANT(TARGET, isa, across)                                                                                \
    TARGET static void CONCATENATE(P, _gemv_rows, __, isa)(const GEMV *g, ptrdiff_t begin, ptrdiff_t end) {    \
        NAME(gemv_rows)(across, g, begin, end);                                                                    \
    }                                                                                                         \
    TARGET static void CONCATENATE(P, _gemv_columns, __, isa)(const GEMV *g, ptrdiff_t begin, ptrdiff_t end) { \
        NAME(gemv_columns)(g, begin, end);                                                                    \
    }

VARIANT(, baseline, 1) // Scalar, and NEON, which is AArch64's baseline.
#ifdef APUS_X86
VARIANT(APUS_TARGET_AVX2, avx2, 1)
VARIANT(APUS_TARGET_AVX512, avx512, 2)
#define DISPATCH(form)                                                                                \
    switch (apus_get_isa()) {                                                                         \
    case APUS_ISA_AVX512: CONCATENATE(P, _gemv_, form, __avx512)(g, begin, end); return;              \
    case APUS_ISA_AVX2: CONCATENATE(P, _gemv_, form, __avx2)(g, begin, end); return;                  \
    default: CONCATENATE(P, _gemv_, form, __baseline)(g, begin, end); return;                         \
    }
#else
#define DISPATCH(form) CONCATENATE(P, _gemv_, form, __baseline)(g, begin, end);
#endif

void CONCATENATE(apus_, P, _gemv_rows, )(const GEMV *g, ptrdiff_t begin, ptrdiff_t end) { DISPATCH(rows) }
void CONCATENATE(apus_, P, _gemv_columns, )(const GEMV *g, ptrdiff_t begin, ptrdiff_t end) { DISPATCH(columns) }

#undef CONCATENATE_
#undef CONCATENATE
#undef NAME
#undef GEMV
#undef VEC
#undef QUAD
#undef BITS
#undef VARIANT
#undef DISPATCH
#undef T
#undef P
