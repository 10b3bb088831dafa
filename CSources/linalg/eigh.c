// Eigenvalues of symmetric positive semidefinite matrices: the public functions, for float and double.
#include <float.h>
#include <math.h>
#include <string.h>

#include "linalg_internal.h"

#define T float
#define NAME(x) f32_##x
#define EIGH apus_seigh
#define EIGH_WORKSPACE apus_seigh_workspace
#define SVD apus_ssvd
#define SVD_WORKSPACE apus_ssvd_workspace
#define EPSILON FLT_EPSILON
#define LARGEST FLT_MAX
#include "eigh_template.h"

#define T double
#define NAME(x) f64_##x
#define EIGH apus_deigh
#define EIGH_WORKSPACE apus_deigh_workspace
#define SVD apus_dsvd
#define SVD_WORKSPACE apus_dsvd_workspace
#define EPSILON DBL_EPSILON
#define LARGEST DBL_MAX
#include "eigh_template.h"
