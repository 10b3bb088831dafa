// Micro-kernels for instruction sets without masked registers (AVX2, NEON), for what the including file
// describes: T, P, TARGET, ISA, MR rows of VECTORS vectors of LANES elements, and the V_* operations.
// TRANSPOSE(v): LANES x LANES in registers; without it packing goes element by element.
//
// Whole tiles store their vectors; the others compute whole vectors and pass through a local tile.

#include <string.h>

#define CONCATENATE_(a, b, c, d) a##b##c##d
#define CONCATENATE(a, b, c, d) CONCATENATE_(a, b, c, d)
#define EPILOGUE CONCATENATE(apus_, P, _gemm, _epilogue)

enum { NR = VECTORS * LANES };

TARGET APUS_ALWAYS_INLINE VEC NAME(finish)(VEC sum, const T *c, const T *bias, const EPILOGUE *e) {
    if (e->alpha != 1) sum = V_MUL(sum, V_SET1(e->alpha));
    if (e->beta == 1) sum = V_ADD(sum, V_LOAD(c));
    else if (e->beta != 0) sum = V_FMA(V_SET1(e->beta), V_LOAD(c), sum);
    if (bias != NULL) sum = V_ADD(sum, V_LOAD(bias));
    return e->relu ? V_RELU(sum) : sum;
}

// rows, whole and padded are constants wherever this is inlined. padded: b's rows hold NR elements even
// where cols is less (a panel); else only cols of them may be read.
TARGET APUS_ALWAYS_INLINE void NAME(tile)(const int rows, const int whole, const int padded, ptrdiff_t cols,
                                          ptrdiff_t kc, const T *a, ptrdiff_t a_row, ptrdiff_t a_column, const T *b,
                                          ptrdiff_t b_row, T *c, ptrdiff_t ldc, const EPILOGUE *e) {
    VEC sum[MR][VECTORS];
    _Alignas(64) T edge[NR];
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
        for (int j = 0; j < VECTORS; ++j) sum[i][j] = V_ZERO();
    if (!whole && !padded) memset(edge, 0, sizeof edge);
    // C is far away in a large product, and wanted when the sums are done.
    if (whole && kc > 64)
        for (int i = 0; i < rows; ++i) {
            __builtin_prefetch(c + i * ldc, 1);
            __builtin_prefetch(c + i * ldc + NR - 1, 1);
        }
    for (ptrdiff_t p = 0; p < kc; ++p) {
        const T *row = b;
        if (!whole && !padded) {
            for (ptrdiff_t j = 0; j < cols; ++j) edge[j] = b[j];
            row = edge;
        }
        VEC bs[VECTORS];
#pragma GCC unroll 4
        for (int j = 0; j < VECTORS; ++j) bs[j] = V_LOAD(row + j * LANES);
#pragma GCC unroll 8
        for (int i = 0; i < rows; ++i) {
            VEC x = V_SET1(a[i * a_row]);
#pragma GCC unroll 4
            for (int j = 0; j < VECTORS; ++j) sum[i][j] = V_FMA(x, bs[j], sum[i][j]);
        }
        a += a_column;
        b += b_row;
    }
    if (whole) {
#pragma GCC unroll 8
        for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
            for (int j = 0; j < VECTORS; ++j) {
                T *to = c + i * ldc + j * LANES;
                V_STORE(to, NAME(finish)(sum[i][j], to, e->bias == NULL ? NULL : e->bias + j * LANES, e));
            }
        return;
    }
    _Alignas(64) T bias[NR];
    memset(bias, 0, sizeof bias);
    memset(edge, 0, sizeof edge);
    if (e->bias != NULL) memcpy(bias, e->bias, (size_t)cols * sizeof(T));
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i) {
        if (e->beta != 0) memcpy(edge, c + i * ldc, (size_t)cols * sizeof(T));
#pragma GCC unroll 4
        for (int j = 0; j < VECTORS; ++j)
            V_STORE(edge + j * LANES, NAME(finish)(sum[i][j], edge + j * LANES, e->bias == NULL ? NULL : bias + j * LANES, e));
        memcpy(c + i * ldc, edge, (size_t)cols * sizeof(T));
    }
}

TARGET static void KERNEL(ptrdiff_t rows, ptrdiff_t cols, ptrdiff_t kc, const T *a, const T *b, T *c, ptrdiff_t ldc,
                          const EPILOGUE *e) {
    if (cols == NR) {
        switch (rows) {
#define CASE(R) \
    case R: NAME(tile)(R, 1, 1, cols, kc, a, 1, MR, b, NR, c, ldc, e); return;
            FOR_ROWS(CASE)
#undef CASE
        default: return;
        }
    }
    switch (rows) {
#define CASE(R) \
    case R: NAME(tile)(R, 0, 1, cols, kc, a, 1, MR, b, NR, c, ldc, e); return;
        FOR_ROWS(CASE)
#undef CASE
    default: return;
    }
}

TARGET static void STRIDED_KERNEL(ptrdiff_t rows, ptrdiff_t cols, ptrdiff_t kc, const T *a, ptrdiff_t a_row,
                                  ptrdiff_t a_column, const T *b, ptrdiff_t b_row, T *c, ptrdiff_t ldc,
                                  const EPILOGUE *e) {
    if (cols == NR) {
        switch (rows) {
#define CASE(R) \
    case R: NAME(tile)(R, 1, 0, cols, kc, a, a_row, a_column, b, b_row, c, ldc, e); return;
            FOR_ROWS(CASE)
#undef CASE
        default: return;
        }
    }
    switch (rows) {
#define CASE(R) \
    case R: NAME(tile)(R, 0, 0, cols, kc, a, a_row, a_column, b, b_row, c, ldc, e); return;
        FOR_ROWS(CASE)
#undef CASE
    default: return;
    }
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
    MR, NR, false, KERNEL, STRIDED_KERNEL, NAME(pack),
};
