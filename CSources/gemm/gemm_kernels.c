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

// A panel of B, kc rows of nr, is read once for each panel of A and should stay in the first-level cache
// or at worst come in a steady stream from the second: its bytes may be what the first level holds.
static ptrdiff_t k_block(ptrdiff_t k, ptrdiff_t row_bytes) {
    ptrdiff_t most = (ptrdiff_t)apus_get_caches().l1 / row_bytes;
    most = apus_max(128, apus_min(most, 512)) / 8 * 8;
    if (k <= most) return apus_max(k, 1);
    return apus_round_up(apus_ceil_div(k, apus_ceil_div(k, most)), 8);
}

ptrdiff_t apus_f32_gemm_k_block(ptrdiff_t k) {
    return k_block(k, apus_f32_gemm_get_kernels()->nr * (ptrdiff_t)sizeof(float));
}

ptrdiff_t apus_f64_gemm_k_block(ptrdiff_t k) {
    return k_block(k, apus_f64_gemm_get_kernels()->nr * (ptrdiff_t)sizeof(double));
}
