// Which micro-kernels to use, and how long a k block to give them.
#include "gemm_kernels.h"

#if defined(APUS_X86)
#define VARIANTS(P)                                                      \
    case APUS_ISA_AVX2: return &apus_##P##_gemm_kernels_avx2;           \
    case APUS_ISA_AVX512: return &apus_##P##_gemm_kernels_avx512;
#elif defined(APUS_ARM64)
#define VARIANTS(P) \
    case APUS_ISA_NEON: return &apus_##P##_gemm_kernels_neon;
#else
#define VARIANTS(P)
#endif

#define GET_KERNELS(P)                                            \
    const apus_##P##_gemm_kernels *apus_##P##_gemm_get_kernels(void) { \
        switch (apus_get_isa()) {                                 \
        VARIANTS(P)                                               \
        default: return &apus_##P##_gemm_kernels_scalar;          \
        }                                                         \
    }

GET_KERNELS(f32)
GET_KERNELS(f64)

static ptrdiff_t spread(ptrdiff_t k, ptrdiff_t most) {
    if (k <= most) return apus_max(k, 1);
    return apus_round_up(apus_ceil_div(k, apus_ceil_div(k, most)), 8);
}

// At most a sixteenth of the second-level cache, so that a panel is still there for the next tile of rows.
static ptrdiff_t short_k_block(ptrdiff_t k, ptrdiff_t most) {
    return k <= 128 ? apus_max(k, 1) : spread(k, apus_max(128, most) / 8 * 8);
}

ptrdiff_t apus_gemm_k_block(ptrdiff_t k, ptrdiff_t row_bytes) { return short_k_block(k, apus_gemm_panel_bytes / row_bytes); }

// Longer than what stays in the first level: the second brings a panel fast enough, and C, which is farther away, is visited
// the less. Not so long where the rows lie powers of two apart: they would push each other out of both.
ptrdiff_t apus_gemm_strided_k_block(ptrdiff_t k, ptrdiff_t row_bytes, ptrdiff_t stride_bytes) {
    const ptrdiff_t rows = stride_bytes % 2048 == 0 ? 256 : 512;
    return short_k_block(k, apus_min(rows, (ptrdiff_t)apus_get_caches().l2 / 16 / row_bytes));
}

// A packed panel is one steady stream: it may take what the first level holds and come from the second in part, for
// fewer visits to C.
ptrdiff_t apus_gemm_packed_k_block(ptrdiff_t k, ptrdiff_t row_bytes) {
    ptrdiff_t most = (ptrdiff_t)apus_get_caches().l1 / row_bytes;
    return spread(k, apus_max(128, apus_min(most, 512)) / 8 * 8);
}

// Where packing is paid once, this may come from the second level altogether, of which it takes an eighth: C, which is
// farther away, is visited the less. A is read for half as many columns where its elements are twice as wide: then both had
// better stay near.
ptrdiff_t apus_gemm_deep_k_block(ptrdiff_t k, ptrdiff_t nr, ptrdiff_t element_bytes) {
    ptrdiff_t share = element_bytes == sizeof(float) ? 8 : 32;
    ptrdiff_t most = (ptrdiff_t)apus_get_caches().l2 / share / (nr * element_bytes);
    return spread(k, apus_max(128, apus_min(most, 1024)) / 8 * 8);
}

ptrdiff_t apus_f32_gemm_k_block(ptrdiff_t k) {
    return apus_gemm_packed_k_block(k, apus_f32_gemm_get_kernels()->nr * (ptrdiff_t)sizeof(float));
}

ptrdiff_t apus_f64_gemm_k_block(ptrdiff_t k) {
    return apus_gemm_packed_k_block(k, apus_f64_gemm_get_kernels()->nr * (ptrdiff_t)sizeof(double));
}
