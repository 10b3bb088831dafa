// Eigenvalues of symmetric positive semidefinite matrices: the public functions, for float and double.
#include <float.h>
#include <math.h>
#include <string.h>

#include "linalg_jacobi.h"
#include "linalg_qr.h"

enum {
    cholesky_block = 32,
    // A few leading eigenvectors: by iteration on this many vectors more than wanted, polynomials of this degree, at
    // most so many rounds.
    spare_vectors = 14,
    filter_degree = 10,
    filter_rounds = 8,
};

// Whether iterating on a few vectors is tried before the whole matrix is diagonalized.
static bool few_of_many(ptrdiff_t count, ptrdiff_t n) { return n >= 128 && count + spare_vectors <= n / 5; }

#define T float
#define TYPED(x) apus_f32_##x
#define NAME(x) f32_##x
#define EIGH apus_seigh
#define EIGH_WORKSPACE apus_seigh_workspace
#define EPSILON FLT_EPSILON
#define FABS fabsf
#define SQRT sqrtf
#define LDEXP ldexpf
#include "eigh_whole_template.h"
#include "eigh_leading_template.h"
#include "eigh_template.h"

#define T double
#define TYPED(x) apus_f64_##x
#define NAME(x) f64_##x
#define EIGH apus_deigh
#define EIGH_WORKSPACE apus_deigh_workspace
#define EPSILON DBL_EPSILON
#define FABS fabs
#define SQRT sqrt
#define LDEXP ldexp
#include "eigh_whole_template.h"
#include "eigh_leading_template.h"
#include "eigh_template.h"
