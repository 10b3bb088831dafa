#include <float.h>

#include "../../CSources/gemm/gemm_kernels.h"
#include "../../include/apus/gemm.h"
#include "harness.h"

static const char *const triangles[] = {"lower", "upper", "both"};

#define T float
#define P f32
#define SYRK apus_ssyrk
#define GEMM apus_sgemm
#define SYRK_WORKSPACE apus_ssyrk_workspace
#define EPSILON ((double)FLT_EPSILON)
#include "syrk_test_template.h"

#define T double
#define P f64
#define SYRK apus_dsyrk
#define GEMM apus_dgemm
#define SYRK_WORKSPACE apus_dsyrk_workspace
#define EPSILON DBL_EPSILON
#include "syrk_test_template.h"

int main(void) {
    RUN(f32_small_shapes);
    RUN(f64_small_shapes);
    RUN(f32_every_combination);
    RUN(f64_every_combination);
    RUN(f32_several_passes);
    RUN(f64_several_passes);
    RUN(f32_same_bits_on_any_number_of_threads);
    RUN(f64_same_bits_on_any_number_of_threads);
    RUN(f32_workspace_is_respected);
    RUN(f64_workspace_is_respected);
    RUN(f32_errors);
    RUN(f64_errors);
    return harness_finish();
}
