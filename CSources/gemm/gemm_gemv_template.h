// gemv for one type: T, P. Compiler vectors of 64 bytes, which every variant's registers divide: the
// memory decides the speed here, not the instruction.

#define CONCATENATE_(a, b, c, d) a##b##c##d
#define CONCATENATE(a, b, c, d) CONCATENATE_(a, b, c, d)
#define NAME(x) CONCATENATE(P, _, x, )
#define GEMV CONCATENATE(apus_, P, _gemv, )
#define VEC NAME(vector)

typedef T VEC __attribute__((vector_size(64), aligned(sizeof(T)), may_alias));
enum { NAME(lanes) = 64 / sizeof(T), NAME(stripe) = 512, NAME(depth) = 8 };

APUS_ALWAYS_INLINE void NAME(gemv_store)(const GEMV *g, ptrdiff_t j, T sum) {
    T *y = g->y + j * g->y_stride;
    T value = g->alpha * sum;
    if (g->beta != 0) value += g->beta * *y;
    if (g->bias != NULL) value += g->bias[j * g->bias_stride];
    *y = g->relu && value <= 0 ? 0 : value;
}

// Rows p ... p + depth - 1 at once: so many streams, and the sums are loaded and stored once for all.
APUS_ALWAYS_INLINE void NAME(gemv_rows_step)(const int depth, const GEMV *g, ptrdiff_t p, ptrdiff_t j, ptrdiff_t wide,
                                             T *sum) {
    T x[NAME(depth)];
    const T *row[NAME(depth)];
    for (int d = 0; d < depth; ++d) {
        x[d] = g->x[(p + d) * g->x_stride];
        row[d] = g->matrix + (p + d) * g->ld + j;
    }
    ptrdiff_t i = 0;
    for (; i + NAME(lanes) <= wide; i += NAME(lanes)) {
        VEC s = *(const VEC *)(sum + i);
#pragma GCC unroll 8
        for (int d = 0; d < depth; ++d) s += x[d] * *(const VEC *)(row[d] + i);
        *(VEC *)(sum + i) = s;
    }
    for (; i < wide; ++i)
        for (int d = 0; d < depth; ++d) sum[i] += x[d] * row[d][i];
}

APUS_ALWAYS_INLINE void NAME(gemv_rows)(const GEMV *g, ptrdiff_t begin, ptrdiff_t end) {
    _Alignas(64) T sum[NAME(stripe)];
    for (ptrdiff_t j = begin; j < end; j += NAME(stripe)) {
        ptrdiff_t wide = apus_min(NAME(stripe), end - j), p = 0;
        for (ptrdiff_t i = 0; i < wide; ++i) sum[i] = 0;
        for (; p + NAME(depth) <= g->k; p += NAME(depth)) NAME(gemv_rows_step)(NAME(depth), g, p, j, wide, sum);
        for (; p < g->k; ++p) NAME(gemv_rows_step)(1, g, p, j, wide, sum);
        for (ptrdiff_t i = 0; i < wide; ++i) NAME(gemv_store)(g, j + i, sum[i]);
    }
}

// `count` dot products at once, two vectors of sums each.
APUS_ALWAYS_INLINE void NAME(gemv_dots)(const int count, const GEMV *g, ptrdiff_t j) {
    enum { lanes = NAME(lanes), most = 4 };
    VEC even[most], odd[most];
    T rest[most];
    const T *row[most], *x = g->x;
#pragma GCC unroll 4
    for (int c = 0; c < count; ++c) {
        even[c] = odd[c] = (VEC){0};
        rest[c] = 0;
        row[c] = g->matrix + (j + c) * g->ld;
    }
    ptrdiff_t p = 0;
    for (; p + 2 * lanes <= g->k; p += 2 * lanes) {
        VEC x0 = *(const VEC *)(x + p), x1 = *(const VEC *)(x + p + lanes);
#pragma GCC unroll 4
        for (int c = 0; c < count; ++c) {
            even[c] += x0 * *(const VEC *)(row[c] + p);
            odd[c] += x1 * *(const VEC *)(row[c] + p + lanes);
        }
    }
    for (; p < g->k; ++p)
        for (int c = 0; c < count; ++c) rest[c] += x[p] * row[c][p];
    for (int c = 0; c < count; ++c) {
        VEC sum = even[c] + odd[c];
        T parts[lanes];
        for (int l = 0; l < lanes; ++l) parts[l] = sum[l];
        for (int half = lanes / 2; half > 0; half /= 2)
            for (int l = 0; l < half; ++l) parts[l] += parts[l + half];
        NAME(gemv_store)(g, j + c, parts[0] + rest[c]);
    }
}

APUS_ALWAYS_INLINE void NAME(gemv_columns)(const GEMV *g, ptrdiff_t begin, ptrdiff_t end) {
    ptrdiff_t j = begin;
    for (; j + 4 <= end; j += 4) NAME(gemv_dots)(4, g, j);
    for (; j < end; ++j) NAME(gemv_dots)(1, g, j);
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
