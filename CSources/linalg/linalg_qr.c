// Blocked Householder QR, for float and double.
#include "linalg_qr.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "../../include/apus/gemm.h"

// The columns of a block with pivoting must not be much smaller than the best of those outside: a block ends where they are.
#define PIVOT_SLACK 0.5

#define T float
#define TYPED(x) apus_f32_##x
#define NAME(x) f32_##x
#define GEMM apus_sgemm
#define GEMM_WORKSPACE apus_sgemm_workspace
#define EPSILON FLT_EPSILON
#define LARGEST FLT_MAX
#define TOP_EXPONENT 62
#define SQRT sqrtf
#define FABS fabsf
#define LDEXP ldexpf
#include "linalg_qr_template.h"

#define T double
#define TYPED(x) apus_f64_##x
#define NAME(x) f64_##x
#define GEMM apus_dgemm
#define GEMM_WORKSPACE apus_dgemm_workspace
#define EPSILON DBL_EPSILON
#define LARGEST DBL_MAX
#define TOP_EXPONENT 508
#define SQRT sqrt
#define FABS fabs
#define LDEXP ldexp
#include "linalg_qr_template.h"
