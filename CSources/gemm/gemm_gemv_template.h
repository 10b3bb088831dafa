// gemv for one type: T, P. Compiler vectors of 64 bytes, which every variant's registers divide: the
// memory decides the speed here, not the instruction.

#define CONCATENATE_(a, b, c, d) a##b##c##d
#define CONCATENATE(a, b, c, d) CONCATENATE_(a, b, c, d)
#define NAME(x) CONCATENATE(P, _, x, )
#define GEMV CONCATENATE(apus_, P, _gemv, )
#define VEC NAME(vector)

typedef T VEC __attribute__((vector_size(64), aligned(sizeof(T)), may_alias));
// Rows form: columns summed at a time, rows of the matrix read at a time. Columns form: dot products at a time.
enum { NAME(lanes) = 64 / sizeof(T), NAME(stripe) = 512, NAME(depth) = 8, NAME(dots) = 4 };

APUS_ALWAYS_INLINE void NAME(gemv_store)(const GEMV *g, ptrdiff_t r, ptrdiff_t j, T sum) {
    T *y = g->y + r * g->y_vector + j * g->y_stride;
    T value = g->alpha * sum;
    if (g->beta != 0) value += g->beta * *y;
    if (g->bias != NULL) value += g->bias[j * g->bias_stride];
    *y = g->relu && value <= 0 ? 0 : value;
}

// Rows p ... p + depth - 1 at once: so many streams from memory, and the sums (of vector r, columns j + i, at
// sum[r * wide + i]) are loaded and stored once for all.
// vectors is a constant 1 for a single vector, whose loop over r then vanishes.
APUS_ALWAYS_INLINE void NAME(gemv_rows_step)(const int depth, const GEMV *g, const ptrdiff_t vectors, ptrdiff_t p,
                                             ptrdiff_t j, ptrdiff_t wide, T *sum) {
    T x[apus_gemm_gemv_most][NAME(depth)];
    const T *row[NAME(depth)];
    for (ptrdiff_t r = 0; r < vectors; ++r)
        for (int d = 0; d < depth; ++d) x[r][d] = g->x[r * g->x_vector + (p + d) * g->x_stride];
    for (int d = 0; d < depth; ++d) row[d] = g->matrix + (p + d) * g->ld + j;
    ptrdiff_t i = 0;
    for (; i + NAME(lanes) <= wide; i += NAME(lanes)) {
        VEC m[NAME(depth)];
#pragma GCC unroll 8
        for (int d = 0; d < depth; ++d) m[d] = *(const VEC *)(row[d] + i);
        for (ptrdiff_t r = 0; r < vectors; ++r) {
            VEC s = *(const VEC *)(sum + r * wide + i);
#pragma GCC unroll 8
            for (int d = 0; d < depth; ++d) s += x[r][d] * m[d];
            *(VEC *)(sum + r * wide + i) = s;
        }
    }
    for (; i < wide; ++i)
        for (ptrdiff_t r = 0; r < vectors; ++r)
            for (int d = 0; d < depth; ++d) sum[r * wide + i] += x[r][d] * row[d][i];
}

APUS_ALWAYS_INLINE void NAME(gemv_stripes)(const GEMV *g, const ptrdiff_t vectors, ptrdiff_t begin, ptrdiff_t end) {
    enum { most = 4096 }; // half a first-level cache or less
    _Alignas(64) T sum[most];
    ptrdiff_t stripe = apus_min(NAME(stripe), most / vectors / NAME(lanes) * NAME(lanes));
    for (ptrdiff_t j = begin; j < end; j += stripe) {
        ptrdiff_t wide = apus_min(stripe, end - j), p = 0;
        for (ptrdiff_t i = 0; i < wide * vectors; ++i) sum[i] = 0;
        for (; p + NAME(depth) <= g->k; p += NAME(depth)) NAME(gemv_rows_step)(NAME(depth), g, vectors, p, j, wide, sum);
        for (; p < g->k; ++p) NAME(gemv_rows_step)(1, g, vectors, p, j, wide, sum);
        for (ptrdiff_t r = 0; r < vectors; ++r)
            for (ptrdiff_t i = 0; i < wide; ++i) NAME(gemv_store)(g, r, j + i, sum[r * wide + i]);
    }
}

APUS_ALWAYS_INLINE void NAME(gemv_rows)(const GEMV *g, ptrdiff_t begin, ptrdiff_t end) {
    if (g->vectors == 1) NAME(gemv_stripes)(g, 1, begin, end);
    else NAME(gemv_stripes)(g, g->vectors, begin, end);
}

// The dot products of `vectors` vectors with `columns` columns.
APUS_ALWAYS_INLINE void NAME(gemv_dots)(const int vectors, const int columns, const GEMV *g, ptrdiff_t r, ptrdiff_t j) {
    enum { lanes = NAME(lanes) };
    VEC sum[NAME(dots)][NAME(dots)];
    T rest[NAME(dots)][NAME(dots)];
    const T *x[NAME(dots)], *column[NAME(dots)];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
        x[v] = g->x + (r + v) * g->x_vector;
#pragma GCC unroll 4
        for (int c = 0; c < columns; ++c) {
            sum[v][c] = (VEC){0};
            rest[v][c] = 0;
        }
    }
#pragma GCC unroll 4
    for (int c = 0; c < columns; ++c) column[c] = g->matrix + (j + c) * g->ld;
    ptrdiff_t p = 0;
    for (; p + lanes <= g->k; p += lanes) {
        VEC m[NAME(dots)];
#pragma GCC unroll 4
        for (int c = 0; c < columns; ++c) m[c] = *(const VEC *)(column[c] + p);
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v) {
            VEC y = *(const VEC *)(x[v] + p);
#pragma GCC unroll 4
            for (int c = 0; c < columns; ++c) sum[v][c] += y * m[c];
        }
    }
    for (; p < g->k; ++p)
        for (int v = 0; v < vectors; ++v)
            for (int c = 0; c < columns; ++c) rest[v][c] += x[v][p] * column[c][p];
    for (int v = 0; v < vectors; ++v)
        for (int c = 0; c < columns; ++c) {
            T parts[lanes];
            for (int l = 0; l < lanes; ++l) parts[l] = sum[v][c][l];
            for (int half = lanes / 2; half > 0; half /= 2)
                for (int l = 0; l < half; ++l) parts[l] += parts[l + half];
            NAME(gemv_store)(g, r + v, j + c, parts[0] + rest[v][c]);
        }
}

APUS_ALWAYS_INLINE void NAME(gemv_columns)(const GEMV *g, ptrdiff_t begin, ptrdiff_t end) {
    ptrdiff_t j = begin;
    for (; j + 4 <= end; j += 4) {
        ptrdiff_t r = 0;
        for (; r + 4 <= g->vectors; r += 4) NAME(gemv_dots)(4, 4, g, r, j);
        for (; r < g->vectors; ++r) NAME(gemv_dots)(1, 4, g, r, j);
    }
    for (; j < end; ++j)
        for (ptrdiff_t r = 0; r < g->vectors; ++r) NAME(gemv_dots)(1, 1, g, r, j);
}

#define VARIANT(TARGET, isa)                                                                                  \
    TARGET static void CONCATENATE(P, _gemv_rows, __, isa)(const GEMV *g, ptrdiff_t begin, ptrdiff_t end) {    \
        NAME(gemv_rows)(g, begin, end);                                                                       \
    }                                                                                                         \
    TARGET static void CONCATENATE(P, _gemv_columns, __, isa)(const GEMV *g, ptrdiff_t begin, ptrdiff_t end) { \
        NAME(gemv_columns)(g, begin, end);                                                                    \
    }

VARIANT(, baseline) // Scalar, and NEON, which is AArch64's baseline.
#ifdef APUS_X86
VARIANT(APUS_TARGET_AVX2, avx2)
VARIANT(APUS_TARGET_AVX512, avx512)
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
#undef VARIANT
#undef DISPATCH
#undef T
#undef P
