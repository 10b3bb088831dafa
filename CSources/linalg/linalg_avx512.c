#include "../runtime/internal.h"

#ifdef APUS_X86

#include "../runtime/simd_avx512.h"
#include "linalg_kernels.h"

#define KERNEL_TARGET SIMD_TARGET
#define TILE_ROWS 6
#define CROSS_ROWS 8
#define TABLE_OF(type) apus_##type##_linalg_avx512
#include "linalg_both_types.h"

#endif
