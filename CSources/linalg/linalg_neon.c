#include "../runtime/internal.h"

#ifdef APUS_ARM64

#include "../runtime/simd_neon.h"
#include "linalg_kernels.h"

#define KERNEL_TARGET SIMD_TARGET
#define TILE_ROWS 6
#define CROSS_ROWS 4
#define TABLE_OF(type) apus_##type##_linalg_neon
#include "linalg_both_types.h"

#endif
