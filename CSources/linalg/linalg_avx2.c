#include "../runtime/internal.h"

#ifdef APUS_X86

#include "../runtime/simd_avx2.h"
#include "linalg_kernels.h"

#define KERNEL_TARGET SIMD_TARGET
#define TILE_ROWS 3
#define CROSS_ROWS 2
#define TABLE_OF(type) apus_##type##_linalg_avx2
#include "linalg_both_types.h"

#endif
