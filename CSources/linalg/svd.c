// Singular value decomposition: the public functions, for float and double.
#include <float.h>
#include <math.h>
#include <string.h>

#include "linalg_internal.h"

#define T float
#define NAME(x) f32_##x
#define SVD apus_ssvd
#define SVD_WORKSPACE apus_ssvd_workspace
#define EPSILON FLT_EPSILON
#define LARGEST_EXPONENT 50
#define SQRT sqrtf
#define FABS fabsf
#define LDEXP ldexpf
#include "svd_template.h"

#define T double
#define NAME(x) f64_##x
#define SVD apus_dsvd
#define SVD_WORKSPACE apus_dsvd_workspace
#define EPSILON DBL_EPSILON
#define LARGEST_EXPONENT 480
#define SQRT sqrt
#define FABS fabs
#define LDEXP ldexp
#include "svd_template.h"
