// QR factorization: residual, orthogonality and pivoting.
#include <float.h>

#include "../../include/apus/linalg.h"
#include "harness.h"

static const ptrdiff_t shapes[][2] = {{0, 0}, {0, 3}, {3, 0}, {1, 1}, {1, 5}, {5, 1}, {4, 4}, {7, 3}, {3, 7}, {32, 32}, {33, 31},
                                      {40, 33}, {33, 80}, {65, 64}, {70, 70}, {150, 40}, {40, 150}, {130, 100}};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

enum { ORDINARY, GRADED, TWICE_THE_SAME, NOTHING, NEAR_UNDERFLOW, NEAR_OVERFLOW, KINDS };

#define T float
#define P(x) f32_##x
#define QR apus_sqr
#define QR_WORKSPACE apus_sqr_workspace
#define EPSILON ((double)FLT_EPSILON)
#define TINY 1e-36
#define HUGE_SIZE 1e37
#include "qr_test_template.h"

#define T double
#define P(x) f64_##x
#define QR apus_dqr
#define QR_WORKSPACE apus_dqr_workspace
#define EPSILON DBL_EPSILON
#define TINY 1e-300
#define HUGE_SIZE 1e306
#include "qr_test_template.h"

int main(void) {
    RUN(f32_factors);
    RUN(f64_factors);
    RUN(f32_errors);
    RUN(f64_errors);
    return harness_finish();
}
