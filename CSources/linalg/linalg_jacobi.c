// Block one-sided Jacobi rotations, for float and double.
#include "linalg_jacobi.h"

#include <float.h>
#include <math.h>

#define T float
#define TYPED(x) apus_f32_##x
#define NAME(x) f32_##x
#define EPSILON FLT_EPSILON
#define SQRT sqrtf
#define FABS fabsf
#define LDEXP ldexpf
#define FREXP frexpf
#include "linalg_jacobi_template.h"

#define T double
#define TYPED(x) apus_f64_##x
#define NAME(x) f64_##x
#define EPSILON DBL_EPSILON
#define SQRT sqrt
#define FABS fabs
#define LDEXP ldexp
#define FREXP frexp
#include "linalg_jacobi_template.h"
