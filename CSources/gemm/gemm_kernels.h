// The micro-kernels of matrix multiplication and the packed panels they read: the contract, written
// down once, that gemm and convolution build on. Not installed.
//
// T is float (f32) or double (f64). All strides count elements.
//
// Micro-kernel:   C := f(alpha * A * B + beta * C + bias)
//   C is rows x cols, 0 < rows <= mr, 0 < cols <= nr; C(i, j) = c[i * ldc + j].
//   A is rows x kc, B is kc x cols, kc >= 0 (kc == 0: the product is zero).
//   epilogue->alpha   multiplies the sum of products.
//   epilogue->beta    0: c is never read, only written; 1: the product is added.
//   epilogue->bias    null or cols numbers, one a column. Only the last k block should bring it.
//   epilogue->relu    1: f(x) = x > 0 ? x : 0, but NaN stays NaN; 0: f(x) = x. As bias: last block only.
//   epilogue->stream  1: C is not wanted soon, and whole tiles may be stored around the caches. Every row of C must
//                     then start at a cache line; whoever sets it calls apus_gemm_stream_end when it is done.
//   Nothing outside the rows x cols elements of C is read or written. No alignment is needed otherwise.
//   The sum of each C(i, j) is taken over p = 0, 1, ..., kc - 1 in this order in one accumulator, with
//   fused multiply-adds in every variant but scalar: its bits depend neither on rows, cols nor on
//   where in the tile it lies, and the packed and the strided kernel agree.
//
// Packed kernel:  A(i, p) = a[p * mr + i], B(p, j) = b[p * nr + j]: panels made by `pack`, whose unused
//   places (i >= rows, j >= cols) hold zeros; a kernel may read them.
//
//        a panel (mr = 3)                      b panel (nr = 4)
//        p = 0: A(0,0) A(1,0) A(2,0)           p = 0: B(0,0) B(0,1) B(0,2) B(0,3)
//        p = 1: A(0,1) A(1,1) A(2,1)           p = 1: B(1,0) B(1,1) B(1,2) B(1,3)
//        ...                                   ...
//
// Strided kernel: A(i, p) = a[i * a_row + p * a_column], B(p, j) = b[p * b_row + j]: straight from the
//   caller's matrices; only elements of A and B are read.
//
// pack:  panel[p * width + i] = x[i * stride_i + p * stride_p] for 0 <= i < count, 0 for count <= i < width,
//   0 <= p < kc. width is mr (for A) or nr (for B), 0 <= count <= width. Either stride may be anything,
//   but one of them should be 1. Only those elements of x are read; exactly kc * width of panel are
//   written. Panels that are 64-byte aligned are fastest; none needs to be.
#ifndef APUS_GEMM_KERNELS_H
#define APUS_GEMM_KERNELS_H

#include "../runtime/internal.h"

#define APUS_GEMM_DECLARE(P, T)                                                                              \
    typedef struct apus_##P##_gemm_epilogue {                                                                \
        T alpha, beta;                                                                                       \
        const T *bias;                                                                                       \
        int relu, stream;                                                                                    \
    } apus_##P##_gemm_epilogue;                                                                              \
    typedef void (*apus_##P##_gemm_ukernel)(ptrdiff_t rows, ptrdiff_t cols, ptrdiff_t kc, const T *a, const T *b, \
                                            T *c, ptrdiff_t ldc, const apus_##P##_gemm_epilogue *epilogue);  \
    typedef void (*apus_##P##_gemm_strided_ukernel)(                                                         \
        ptrdiff_t rows, ptrdiff_t cols, ptrdiff_t kc, const T *a, ptrdiff_t a_row, ptrdiff_t a_column,       \
        const T *b, ptrdiff_t b_row, T *c, ptrdiff_t ldc, const apus_##P##_gemm_epilogue *epilogue);         \
    typedef void (*apus_##P##_gemm_pack)(ptrdiff_t width, ptrdiff_t count, ptrdiff_t kc, const T *x,         \
                                         ptrdiff_t stride_i, ptrdiff_t stride_p, T *panel);                  \
    typedef struct apus_##P##_gemm_kernels {                                                                 \
        ptrdiff_t mr, nr;                                                                                    \
        bool ragged; /* the strided kernel is as fast on fewer than nr columns */                            \
        apus_##P##_gemm_ukernel kernel;                                                                      \
        apus_##P##_gemm_strided_ukernel strided;                                                             \
        apus_##P##_gemm_pack pack;                                                                           \
    } apus_##P##_gemm_kernels;                                                                               \
    /* The set for the variant in force (apus_get_isa). */                                                   \
    const apus_##P##_gemm_kernels *apus_##P##_gemm_get_kernels(void);                                        \
    /* How long a k block should be for these kernels and packed panels: k split evenly into blocks of at */  \
    /* most what the caches favour. Depends on k and the machine only. At least 1. */                        \
    ptrdiff_t apus_##P##_gemm_k_block(ptrdiff_t k);

APUS_GEMM_DECLARE(f32, float)
APUS_GEMM_DECLARE(f64, double)

// The same for panels whose rows have so many bytes, packed each time.
ptrdiff_t apus_gemm_packed_k_block(ptrdiff_t k, ptrdiff_t row_bytes);
ptrdiff_t apus_gemm_deep_k_block(ptrdiff_t k, ptrdiff_t nr, ptrdiff_t element_bytes); // B packed once for all of C
ptrdiff_t apus_gemm_k_block(ptrdiff_t k, ptrdiff_t row_bytes); // in at most apus_gemm_panel_bytes
ptrdiff_t apus_gemm_strided_k_block(ptrdiff_t k, ptrdiff_t row_bytes, ptrdiff_t stride_bytes); // the caller's rows, so far apart

// Orders the stores around the caches before those that follow.
static inline void apus_gemm_stream_end(void) {
#ifdef APUS_X86
    __builtin_ia32_sfence();
#endif
}

// The most that any variant has: sizes for local buffers.
enum { apus_gemm_most_mr = 14, apus_gemm_most_nr = 32, apus_gemm_panel_bytes = 32768 };

// The sets of each variant, defined in gemm_<isa>.c.
extern const apus_f32_gemm_kernels apus_f32_gemm_kernels_scalar;
extern const apus_f64_gemm_kernels apus_f64_gemm_kernels_scalar;
#ifdef APUS_X86
extern const apus_f32_gemm_kernels apus_f32_gemm_kernels_avx2, apus_f32_gemm_kernels_avx512;
extern const apus_f64_gemm_kernels apus_f64_gemm_kernels_avx2, apus_f64_gemm_kernels_avx512;
#endif
#ifdef APUS_ARM64
extern const apus_f32_gemm_kernels apus_f32_gemm_kernels_neon;
extern const apus_f64_gemm_kernels apus_f64_gemm_kernels_neon;
#endif

#endif
