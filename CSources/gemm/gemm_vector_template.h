// Micro-kernels for instruction sets of 16 to 32 registers (AVX2, NEON), for what the including file
// describes: T, P, TARGET, ISA, MR rows of VECTORS vectors of LANES elements, and the V_* operations.
// MASK, V_MASK(n), V_LOAD_MASK(p, mask), V_STORE_MASK(p, mask, v): the first n lanes, for the columns at C's edge; without
// them what does not fill its vectors passes through a local copy.
// TRANSPOSE(v): LANES x LANES in registers; without it packing goes element by element.

#include <string.h>

#define CONCATENATE_(a, b, c, d) a##b##c##d
#define CONCATENATE(a, b, c, d) CONCATENATE_(a, b, c, d)
#define EPILOGUE CONCATENATE(apus_, P, _gemm, _epilogue)

enum { NR = VECTORS * LANES };

#ifdef V_MASK
_Static_assert(VECTORS == 2, "at the edge one vector of two is whole");
#define RAGGED true
#define LOAD_PART(j, p) (whole || (j) + 1 < vectors ? V_LOAD(p) : V_LOAD_MASK((p), mask))
#else
#define RAGGED false
#define LOAD_PART(j, p) V_LOAD(p)
#endif

// sum[i][j] = value for every row i and vector j.
#define EACH(value)                                                                                      \
    {                                                                                                    \
        _Pragma("GCC unroll 8") for (int i = 0; i < rows; ++i)                                           \
            _Pragma("GCC unroll 4") for (int j = 0; j < vectors; ++j) sum[i][j] = (value);               \
    }

// One thing after the other for all rows: a branch for each element of the tile costs several percent of a product.
#define FINISH(old, stride, shift)                                                                       \
    {                                                                                                    \
        if (e->alpha != 1) EACH(V_MUL(sum[i][j], V_SET1(e->alpha)))                                      \
        if (e->beta == 1) EACH(V_ADD(sum[i][j], LOAD_PART(j, (old) + i * (stride) + j * LANES)))         \
        else if (e->beta != 0)                                                                           \
            EACH(V_FMA(V_SET1(e->beta), LOAD_PART(j, (old) + i * (stride) + j * LANES), sum[i][j]))      \
        if (e->bias != NULL) EACH(V_ADD(sum[i][j], LOAD_PART(j, (shift) + j * LANES)))                   \
        if (e->relu) EACH(V_RELU(sum[i][j]))                                                             \
    }

#define STORE_EACH(to, stride)                                                                           \
    {                                                                                                    \
        _Pragma("GCC unroll 8") for (int i = 0; i < rows; ++i)                                           \
            _Pragma("GCC unroll 4") for (int j = 0; j < vectors; ++j)                                    \
                V_STORE((to) + i * (stride) + j * LANES, sum[i][j]);                                     \
    }

// rows, vectors, whole and padded are constants wherever this is inlined. whole: cols fill the vectors. padded: b's rows
// hold whole vectors even where cols do not fill them (a panel); else only cols of them may be read.
TARGET APUS_ALWAYS_INLINE void NAME(tile)(const int rows, const int vectors, const int whole, const int padded, ptrdiff_t cols,
                                          ptrdiff_t kc, const T *a, ptrdiff_t a_row, ptrdiff_t a_column, const T *b,
                                          ptrdiff_t b_row, T *c, ptrdiff_t ldc, const EPILOGUE *e) {
    VEC sum[MR][VECTORS];
#ifdef V_MASK
    (void)padded;
    const MASK mask = V_MASK(cols - (vectors - 1) * LANES);
#else
    _Alignas(64) T edge[NR];
    if (!whole && !padded) memset(edge, 0, sizeof edge);
#endif
    EACH(V_ZERO())
    // C is far away in a large product, and wanted when the sums are done.
    if (whole && kc > 64)
        for (int i = 0; i < rows; ++i) {
            __builtin_prefetch(c + i * ldc, 1);
            __builtin_prefetch(c + i * ldc + vectors * LANES - 1, 1);
        }
    // More than one step at a time is slower: the compiler, short of registers, moves loads about.
#pragma GCC unroll 1
    for (ptrdiff_t p = 0; p < kc; ++p) {
        const T *row = b;
#ifndef V_MASK
        if (!whole && !padded) {
            for (ptrdiff_t j = 0; j < cols; ++j) edge[j] = b[j];
            row = edge;
        }
#endif
        VEC bs[VECTORS];
#pragma GCC unroll 4
        for (int j = 0; j < vectors; ++j) bs[j] = LOAD_PART(j, row + j * LANES);
#pragma GCC unroll 8
        for (int i = 0; i < rows; ++i) {
            VEC x = V_SET1(a[i * a_row]);
#pragma GCC unroll 4
            for (int j = 0; j < vectors; ++j) sum[i][j] = V_FMA(x, bs[j], sum[i][j]);
        }
        a += a_column;
        b += b_row;
    }
#ifdef V_MASK
    FINISH(c, ldc, e->bias)
    if (whole) {
        STORE_EACH(c, ldc)
        return;
    }
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i) {
        if (vectors > 1) V_STORE(c + i * ldc, sum[i][0]);
        V_STORE_MASK(c + i * ldc + (vectors - 1) * LANES, mask, sum[i][vectors - 1]);
    }
#else
    if (whole) {
        FINISH(c, ldc, e->bias)
        STORE_EACH(c, ldc)
        return;
    }
    _Alignas(64) T bias[NR], copy[MR * NR];
    if (e->bias != NULL) {
        memset(bias, 0, sizeof bias);
        memcpy(bias, e->bias, (size_t)cols * sizeof(T));
    }
    if (e->beta != 0) {
        memset(copy, 0, sizeof copy);
        for (int i = 0; i < rows; ++i) memcpy(copy + i * NR, c + i * ldc, (size_t)cols * sizeof(T));
    }
    FINISH(copy, NR, bias)
    STORE_EACH(copy, NR)
    for (int i = 0; i < rows; ++i) memcpy(c + i * ldc, copy + i * NR, (size_t)cols * sizeof(T));
#endif
}

// A tile of each height, which is a constant in it.
#define UP_TO_6(CASE, ...) CASE(1, __VA_ARGS__) CASE(2, __VA_ARGS__) CASE(3, __VA_ARGS__) \
    CASE(4, __VA_ARGS__) CASE(5, __VA_ARGS__) CASE(6, __VA_ARGS__)
#if MR == 6
#define FOR_ROWS UP_TO_6
#elif MR == 8
#define FOR_ROWS(CASE, ...) UP_TO_6(CASE, __VA_ARGS__) CASE(7, __VA_ARGS__) CASE(8, __VA_ARGS__)
#endif
#define TILES(across, whole, padded, a_row, a_column, b_row)                                             \
    switch (rows) {                                                                                      \
        FOR_ROWS(TILE_CASE, across, whole, padded, a_row, a_column, b_row)                               \
    default: return;                                                                                     \
    }
#define TILE_CASE(R, across, whole, padded, a_row, a_column, b_row) \
    case R: NAME(tile)(R, across, whole, padded, cols, kc, a, a_row, a_column, b, b_row, c, ldc, e); return;

TARGET static void STRIDED_KERNEL(ptrdiff_t rows, ptrdiff_t cols, ptrdiff_t kc, const T *a, ptrdiff_t a_row,
                                  ptrdiff_t a_column, const T *b, ptrdiff_t b_row, T *c, ptrdiff_t ldc,
                                  const EPILOGUE *e) {
    if (cols == NR) TILES(VECTORS, 1, 0, a_row, a_column, b_row)
#ifdef V_MASK
    if (cols > LANES) TILES(2, 0, 0, a_row, a_column, b_row)
    if (cols == LANES) TILES(1, 1, 0, a_row, a_column, b_row)
    TILES(1, 0, 0, a_row, a_column, b_row)
#else
    TILES(VECTORS, 0, 0, a_row, a_column, b_row)
#endif
}

TARGET static void KERNEL(ptrdiff_t rows, ptrdiff_t cols, ptrdiff_t kc, const T *a, const T *b, T *c, ptrdiff_t ldc,
                          const EPILOGUE *e) {
    if (cols == NR) TILES(VECTORS, 1, 1, 1, MR, NR)
#ifdef V_MASK
    STRIDED_KERNEL(rows, cols, kc, a, 1, MR, b, NR, c, ldc, e);
#else
    TILES(VECTORS, 0, 1, 1, MR, NR)
#endif
}

TARGET static void NAME(pack)(ptrdiff_t width, ptrdiff_t count, ptrdiff_t kc, const T *x, ptrdiff_t stride_i,
                              ptrdiff_t stride_p, T *panel) {
    if (stride_i == 1) {
        for (ptrdiff_t p = 0; p < kc; ++p, x += stride_p, panel += width) {
            if (count == NR && width == NR) {
                memcpy(panel, x, NR * sizeof(T)); // a constant size: vector moves
            } else if (count == MR && width == MR) {
                memcpy(panel, x, MR * sizeof(T));
            } else {
                for (ptrdiff_t i = 0; i < width; ++i) panel[i] = i < count ? x[i] : 0;
            }
        }
        return;
    }
    ptrdiff_t start = 0;
#ifdef TRANSPOSE
    if (stride_p == 1) {
        // Whole blocks of LANES steps. A store of LANES elements may run into the next row of the panel,
        // which is written later: so rows ascend, and the last block leaves the rest to the loop below.
        ptrdiff_t most = (kc - 1) / LANES * LANES;
        VEC v[((MR > NR ? MR : NR) + LANES - 1) / LANES][LANES];
        for (ptrdiff_t p = 0; p < most; p += LANES) {
            for (ptrdiff_t i = 0; i < width; i += LANES) {
#pragma GCC unroll 8
                for (int r = 0; r < LANES; ++r)
                    v[i / LANES][r] = i + r < count ? V_LOAD(x + (i + r) * stride_i + p) : V_ZERO();
                TRANSPOSE(v[i / LANES]);
            }
            for (ptrdiff_t r = 0; r < LANES; ++r)
                for (ptrdiff_t i = 0; i < width; i += LANES) V_STORE(panel + (p + r) * width + i, v[i / LANES][r]);
        }
        start = apus_max(most, 0);
    }
#endif
    for (ptrdiff_t p = start; p < kc; ++p)
        for (ptrdiff_t i = 0; i < width; ++i) panel[p * width + i] = i < count ? x[i * stride_i + p * stride_p] : 0;
}

const CONCATENATE(apus_, P, _gemm, _kernels) CONCATENATE(apus_, P, _gemm_kernels_, ISA) = {
    MR, NR, RAGGED, KERNEL, STRIDED_KERNEL, NAME(pack),
};
