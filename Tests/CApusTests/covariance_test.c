// Column means, squares, centring and covariance against their definitions in long double.
#include "../../include/apus/covariance.h"
#include "harness.h"

// rows, columns, ldx
static const ptrdiff_t shapes[][3] = {{1, 1, 1},     {2, 3, 3},     {3, 2, 5},    {5, 17, 17},    {64, 33, 40},
                                      {129, 8, 8},   {127, 15, 16}, {300, 65, 65}, {4, 513, 520}, {1000, 5, 7},
                                      {17000, 3, 3}, {20000, 20, 23}};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

#define T float
#define NAME(stem) stem##_f32
#define P(stem) apus_s##stem
#define EPSILON 5.96e-8
#include "covariance_test_template.h"

#define T double
#define NAME(stem) stem##_f64
#define P(stem) apus_d##stem
#define EPSILON 1.11e-16
#include "covariance_test_template.h"

int main(void) {
    RUN(sums_f32);
    RUN(sums_f64);
    RUN(covariances_f32);
    RUN(covariances_f64);
    RUN(large_means_cost_nothing_f32);
    RUN(large_means_cost_nothing_f64);
    RUN(small_means_f32);
    RUN(small_means_f64);
    RUN(threads_do_not_matter_f32);
    RUN(threads_do_not_matter_f64);
    RUN(shows_what_is_not_finite_f32);
    RUN(shows_what_is_not_finite_f64);
    RUN(refusals_f32);
    RUN(refusals_f64);
    RUN(every_allocation_may_fail_f32);
    RUN(every_allocation_may_fail_f64);
    return harness_finish();
}
