// The AVX-512 micro-kernels, for the type that the including file describes:
//   T, P (f32 or f64), TILE (name of the tile), VEC, MASK, LANES, and the V_* operations.
//
// Tile: 14 rows of two vectors. 28 accumulators, 2 vectors of B and one broadcast element of A make 31
// of the 32 registers. A step costs 28 multiply-adds against 16 loads, so on a core that starts two of
// each in a cycle the multiply-adds decide. Each element of A is broadcast into a register rather than
// folded into the multiply-add, since two of them use it.

enum { TILE_ROWS = 14 };

#define CONCATENATE_(a, b, c, d) a##b##c##d
#define CONCATENATE(a, b, c, d) CONCATENATE_(a, b, c, d)
#define LOAD_PART(v, p) (whole || (v) + 1 < vectors ? V_LOAD(p) : V_LOAD_MASK(mask[v], (p)))

// One step: a row of B, and an element of each of A's rows.
#define STEP                                                                                \
    {                                                                                       \
        if (packed && rows <= 8) {                                                          \
            __builtin_prefetch(b + ahead);                                                  \
            __builtin_prefetch(b + ahead + LANES);                                          \
        }                                                                                   \
        VEC row_b[2];                                                                       \
        _Pragma("GCC unroll 2") for (int v = 0; v < vectors; ++v)                           \
            row_b[v] = LOAD_PART(v, b + v * LANES);                                         \
        b += b_row;                                                                         \
        _Pragma("GCC unroll 14") for (int i = 0; i < rows; ++i) {                           \
            VEC x = V_SET1(rows4[i / 4][i % 4 * a_row]);                                    \
            _Pragma("GCC unroll 2") for (int v = 0; v < vectors; ++v)                       \
                sum[v][i] = V_FMA(x, row_b[v], sum[v][i]);                                  \
        }                                                                                   \
        _Pragma("GCC unroll 4") for (int q = 0; q < 4; ++q) rows4[q] += a_column;           \
    }

// sum[v][i] = value for every row i and vector v.
#define EACH(value)                                                                         \
    {                                                                                       \
        _Pragma("GCC unroll 14") for (int i = 0; i < rows; ++i)                             \
            _Pragma("GCC unroll 2") for (int v = 0; v < vectors; ++v) sum[v][i] = (value);  \
    }

#define EPILOGUE CONCATENATE(apus_, P, _gemm, _epilogue)

// rows, vectors, whole and packed are constants wherever this is inlined: the loops over them unroll completely.
// packed: A's stride is known, which leaves registers to take several steps at once. A few rows need B faster than the
// hardware fetches it from memory, for the sums fill the window in which the core looks ahead: it is asked for earlier.
APUS_TARGET_AVX512 APUS_ALWAYS_INLINE void NAME(tile)(const int rows, const int vectors, const int whole, const int packed,
                                                      ptrdiff_t cols, ptrdiff_t kc, const T *a, ptrdiff_t a_row, ptrdiff_t a_column,
                                                      const T *b, ptrdiff_t b_row, T *c, ptrdiff_t ldc, const EPILOGUE *e) {
    MASK mask[2] = {(MASK)~(MASK)0, (MASK)~(MASK)0};
    if (!whole) mask[vectors - 1] = (MASK)~(MASK)0 >> (vectors * LANES - cols);
    enum { ahead = 32 * 2 * LANES };
    VEC sum[2][TILE_ROWS];
#pragma GCC unroll 14
    for (int i = 0; i < rows; ++i) sum[0][i] = sum[1][i] = V_ZERO();
    const T *rows4[4] = {a, a + 4 * a_row, a + 8 * a_row, a + 12 * a_row};
    ptrdiff_t p = 0;
    if (whole && kc > 64) {
        // C is far away in a large product, and wanted when the sums are done: a row is asked for every few steps,
        // since all of them at once would keep A and B from coming.
        T *line = c;
        ptrdiff_t steps = kc / rows / 4 * 4;
        for (int row = 0; row < rows; ++row, line += ldc) {
            __builtin_prefetch(line, 1);
            __builtin_prefetch(line + LANES, 1);
            __builtin_prefetch(line + 2 * LANES - 1, 1);
            ptrdiff_t end = p + steps;
            if (packed)
                for (; p < end; p += 4) {
#pragma GCC unroll 4
                    for (int q = 0; q < 4; ++q) STEP
                }
#pragma GCC unroll 1
            for (; p < end; ++p) STEP
        }
    }
#pragma GCC unroll 1
    for (; p < kc; ++p) STEP
    // One thing after the other for all rows: a branch for each element of the tile would cost more than the sums.
    if (e->alpha != 1) EACH(V_MUL(sum[v][i], V_SET1(e->alpha)))
    if (e->beta == 1) EACH(V_ADD(sum[v][i], LOAD_PART(v, c + i * ldc + v * LANES)))
    else if (e->beta != 0) EACH(V_FMA(V_SET1(e->beta), LOAD_PART(v, c + i * ldc + v * LANES), sum[v][i]))
    if (e->bias != NULL) EACH(V_ADD(sum[v][i], LOAD_PART(v, e->bias + v * LANES)))
    // The second operand wins where either is NaN.
    if (e->relu) EACH(V_MAX(V_ZERO(), sum[v][i]))
    if (whole && e->stream) {
#pragma GCC unroll 14
        for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
            for (int v = 0; v < vectors; ++v) V_STREAM(c + i * ldc + v * LANES, sum[v][i]);
        return;
    }
#pragma GCC unroll 14
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
        for (int v = 0; v < vectors; ++v) {
            if (whole || v + 1 < vectors) V_STORE(c + i * ldc + v * LANES, sum[v][i]);
            else V_STORE_MASK(c + i * ldc + v * LANES, mask[v], sum[v][i]);
        }
}

#define FOR_ROWS(CASE) \
    CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12) CASE(13) CASE(14)

// b is a panel or the caller's matrix: a panel's padding is not read either, which costs nothing.
APUS_TARGET_AVX512 static void STRIDED_KERNEL(ptrdiff_t rows, ptrdiff_t cols, ptrdiff_t kc, const T *a, ptrdiff_t a_row,
                                              ptrdiff_t a_column, const T *b, ptrdiff_t b_row, T *c, ptrdiff_t ldc,
                                              const EPILOGUE *e) {
    if (cols == 2 * LANES) {
        switch (rows) {
#define CASE(R) \
    case R: NAME(tile)(R, 2, 1, 0, cols, kc, a, a_row, a_column, b, b_row, c, ldc, e); return;
            FOR_ROWS(CASE)
#undef CASE
        default: return;
        }
    }
    if (cols > LANES) {
        switch (rows) {
#define CASE(R) \
    case R: NAME(tile)(R, 2, 0, 0, cols, kc, a, a_row, a_column, b, b_row, c, ldc, e); return;
            FOR_ROWS(CASE)
#undef CASE
        default: return;
        }
    }
    switch (rows) {
#define CASE(R) \
    case R: NAME(tile)(R, 1, 0, 0, cols, kc, a, a_row, a_column, b, b_row, c, ldc, e); return;
        FOR_ROWS(CASE)
#undef CASE
    default: return;
    }
}

APUS_TARGET_AVX512 static void KERNEL(ptrdiff_t rows, ptrdiff_t cols, ptrdiff_t kc, const T *a, const T *b, T *c,
                                      ptrdiff_t ldc, const EPILOGUE *e) {
    if (cols < 2 * LANES) {
        STRIDED_KERNEL(rows, cols, kc, a, 1, TILE_ROWS, b, 2 * LANES, c, ldc, e);
        return;
    }
    switch (rows) {
#define CASE(R) \
    case R: NAME(tile)(R, 2, 1, 1, cols, kc, a, 1, TILE_ROWS, b, 2 * LANES, c, ldc, e); return;
        FOR_ROWS(CASE)
#undef CASE
    default: return;
    }
}

// panel rows are copies of runs of x: stride_i == 1.
APUS_TARGET_AVX512 static void NAME(pack_runs)(ptrdiff_t width, ptrdiff_t count, ptrdiff_t kc, const T *x,
                                               ptrdiff_t stride_p, T *panel) {
    for (ptrdiff_t p = 0; p < kc; ++p, x += stride_p, panel += width) {
        for (ptrdiff_t i = 0; i < width; i += LANES) {
            MASK in = count - i >= LANES ? (MASK)~(MASK)0 : count <= i ? 0 : (MASK)((1u << (count - i)) - 1);
            VEC v = V_LOAD_MASK(in, x + i);
            if (width - i >= LANES) V_STORE(panel + i, v);
            else V_STORE_MASK(panel + i, (MASK)((1u << (width - i)) - 1), v);
        }
    }
}

// Runs of x become columns of the panel: stride_p == 1. LANES x LANES blocks are transposed in registers.
APUS_TARGET_AVX512 static void NAME(pack_transposed)(ptrdiff_t width, ptrdiff_t count, ptrdiff_t kc, const T *x,
                                                     ptrdiff_t stride_i, T *panel) {
    enum { ahead = 4 * LANES };
    const MASK all = (MASK)~(MASK)0;
    for (ptrdiff_t i = 0; i < width; i += LANES) {
        ptrdiff_t lines = count - i, wide = width - i;
        MASK out = wide >= LANES ? all : (MASK)((1u << wide) - 1);
        for (ptrdiff_t p = 0; p < kc; p += LANES) {
            ptrdiff_t steps = kc - p;
            MASK in = steps >= LANES ? all : (MASK)((1u << steps) - 1);
            VEC v[LANES];
            // The runs are too short for the hardware's prefetch to find them.
            if (steps > ahead)
                for (int l = 0; l < LANES && l < lines; ++l) __builtin_prefetch(x + (i + l) * stride_i + p + ahead);
#pragma GCC unroll 16
            for (int l = 0; l < LANES; ++l)
                v[l] = l < lines ? V_LOAD_MASK(in, x + (i + l) * stride_i + p) : V_ZERO();
            NAME(transpose)(v);
            T *to = panel + p * width + i;
#pragma GCC unroll 16
            for (int l = 0; l < LANES; ++l)
                if (l < steps) V_STORE_MASK(to + l * width, out, v[l]);
        }
    }
}

APUS_TARGET_AVX512 static void NAME(pack)(ptrdiff_t width, ptrdiff_t count, ptrdiff_t kc, const T *x,
                                          ptrdiff_t stride_i, ptrdiff_t stride_p, T *panel) {
    if (stride_i == 1) {
        NAME(pack_runs)(width, count, kc, x, stride_p, panel);
    } else if (stride_p == 1) {
        NAME(pack_transposed)(width, count, kc, x, stride_i, panel);
    } else {
        for (ptrdiff_t p = 0; p < kc; ++p)
            for (ptrdiff_t i = 0; i < width; ++i)
                panel[p * width + i] = i < count ? x[i * stride_i + p * stride_p] : 0;
    }
}

const CONCATENATE(apus_, P, _gemm, _kernels) CONCATENATE(apus_, P, _gemm_kernels_, avx512) = {
    TILE_ROWS, 2 * LANES, true, KERNEL, STRIDED_KERNEL, NAME(pack),
};
