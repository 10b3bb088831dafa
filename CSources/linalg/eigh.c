// Eigenvalues of symmetric positive semidefinite matrices: the public functions, for float and double.
#include <float.h>
#include <math.h>
#include <string.h>

#include "linalg_jacobi.h"
#include "linalg_qr.h"

enum {
    cholesky_block = 32,
    krylov_block = 16, // vectors that are multiplied by the matrix at a time
};

// The largest basis for a few leading eigenvectors.
static ptrdiff_t krylov_most(ptrdiff_t count, ptrdiff_t n) {
    return apus_max(n / 2, apus_round_up(2 * count + krylov_block, krylov_block)) / krylov_block * krylov_block;
}

// Whether that is tried before the whole matrix is diagonalized.
static bool few_of_many(ptrdiff_t count, ptrdiff_t n) { return n >= 256 && count <= n / 8; }

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
