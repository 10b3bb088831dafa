// A variant's tables for float and double: KERNEL_TARGET, TILE_ROWS, CROSS_ROWS, TABLE_OF(type), and the vectors of a simd_*.h.

#define LINALG_IS_DOUBLE 0
#include "linalg_types.h"
#define KERNEL_NAME(x) f32_##x
#define TABLE TABLE_OF(f32)
#define VEC vf
#define LANES VF_LANES
#define FMA v_fma
#define FNMA v_fnma
#define SET1 v_set1
#define SUM v_sum
#define ROOT v_sqrt
#include "linalg_pair_template.h"

#undef LINALG_IS_DOUBLE
#define LINALG_IS_DOUBLE 1
#include "linalg_types.h"
#define KERNEL_NAME(x) f64_##x
#define TABLE TABLE_OF(f64)
#define VEC vd
#define LANES VD_LANES
#define FMA d_fma
#define FNMA(a, b, c) d_fma(-(a), b, c)
#define SET1 d_set1
#define SUM d_sum
#define ROOT d_sqrt
#include "linalg_pair_template.h"
