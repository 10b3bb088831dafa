// The scalar kernels for one type: T, P, NAME, MR, NR. No intrinsics: what they compute is the
// specification of every other variant.

#define CONCATENATE_(a, b, c, d) a##b##c##d
#define CONCATENATE(a, b, c, d) CONCATENATE_(a, b, c, d)
#define EPILOGUE CONCATENATE(apus_, P, _gemm, _epilogue)

// rows and cols are constants for a whole tile, which lets the compiler keep the sums in registers.
APUS_ALWAYS_INLINE void NAME(tile)(ptrdiff_t rows, ptrdiff_t cols, ptrdiff_t kc, const T *a, ptrdiff_t a_row,
                                   ptrdiff_t a_column, const T *b, ptrdiff_t b_row, T *c, ptrdiff_t ldc,
                                   const EPILOGUE *e) {
    T sum[MR][NR] = {{0}};
    for (ptrdiff_t p = 0; p < kc; ++p)
        for (ptrdiff_t i = 0; i < rows; ++i)
            for (ptrdiff_t j = 0; j < cols; ++j) sum[i][j] += a[i * a_row + p * a_column] * b[p * b_row + j];
    for (ptrdiff_t i = 0; i < rows; ++i)
        for (ptrdiff_t j = 0; j < cols; ++j) {
            T y = e->alpha * sum[i][j];
            if (e->beta != 0) y += e->beta * c[i * ldc + j];
            if (e->bias != NULL) y += e->bias[j];
            c[i * ldc + j] = e->relu && y <= 0 ? 0 : y;
        }
}

static void STRIDED_KERNEL(ptrdiff_t rows, ptrdiff_t cols, ptrdiff_t kc, const T *a, ptrdiff_t a_row,
                           ptrdiff_t a_column, const T *b, ptrdiff_t b_row, T *c, ptrdiff_t ldc, const EPILOGUE *e) {
    if (rows == MR && cols == NR) NAME(tile)(MR, NR, kc, a, a_row, a_column, b, b_row, c, ldc, e);
    else NAME(tile)(rows, cols, kc, a, a_row, a_column, b, b_row, c, ldc, e);
}

static void KERNEL(ptrdiff_t rows, ptrdiff_t cols, ptrdiff_t kc, const T *a, const T *b, T *c, ptrdiff_t ldc,
                   const EPILOGUE *e) {
    if (rows == MR && cols == NR) NAME(tile)(MR, NR, kc, a, 1, MR, b, NR, c, ldc, e);
    else NAME(tile)(rows, cols, kc, a, 1, MR, b, NR, c, ldc, e);
}

static void NAME(pack)(ptrdiff_t width, ptrdiff_t count, ptrdiff_t kc, const T *x, ptrdiff_t stride_i,
                       ptrdiff_t stride_p, T *panel) {
    for (ptrdiff_t p = 0; p < kc; ++p)
        for (ptrdiff_t i = 0; i < width; ++i) panel[p * width + i] = i < count ? x[i * stride_i + p * stride_p] : 0;
}

const CONCATENATE(apus_, P, _gemm, _kernels) CONCATENATE(apus_, P, _gemm_kernels_, scalar) = {
    MR, NR, true, KERNEL, STRIDED_KERNEL, NAME(pack),
};

#undef T
#undef P
#undef NAME
#undef MR
#undef NR
#undef KERNEL
#undef STRIDED_KERNEL
#undef CONCATENATE_
#undef CONCATENATE
#undef EPILOGUE
