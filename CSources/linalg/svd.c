// Singular value decomposition: the public functions, for float and double.
#include <float.h>
#include <math.h>
#include <string.h>

#include "linalg_jacobi.h"
#include "linalg_qr.h"
#include "svd_precondition.h"

// Rows are sorted by size where the largest is so many times the smallest.
#define ROW_SPREAD 1024
// Up to this many columns the right vectors are rotated along; beyond, solving for them is cheaper.
enum { rotate_along = 64, solve_block = 32, most_repairs = 4 };
// Rows of a matrix that is small (SMALL_COLUMNS: its columns).
enum { small_rows = 64 };

#define T float
#define TYPED(x) apus_f32_##x
#define NAME(x) f32_##x
#define SVD apus_ssvd
#define SVD_WORKSPACE apus_ssvd_workspace
#define EPSILON FLT_EPSILON
#define TOP_EXPONENT 62
#define SMALL_COLUMNS 64
#define SQRT sqrtf
#define LDEXP ldexpf
#define FABS fabsf
#include "svd_small_template.h"
#include "svd_vectors_template.h"
#include "svd_turned_template.h"
#include "svd_template.h"

#define T double
#define TYPED(x) apus_f64_##x
#define NAME(x) f64_##x
#define SVD apus_dsvd
#define SVD_WORKSPACE apus_dsvd_workspace
#define EPSILON DBL_EPSILON
#define TOP_EXPONENT 508
#define SMALL_COLUMNS 32
#define SQRT sqrt
#define LDEXP ldexp
#define FABS fabs
#include "svd_small_template.h"
#include "svd_vectors_template.h"
#include "svd_turned_template.h"
#include "svd_template.h"
