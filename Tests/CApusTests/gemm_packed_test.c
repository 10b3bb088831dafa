#define _GNU_SOURCE
#include <float.h>

#include "../../CSources/gemm/gemm_kernels.h"
#include "../../include/apus/gemm.h"
#include "harness.h"

#define T float
#define P f32
#define GEMM apus_sgemm
#define PACK_B apus_sgemm_pack_b
#define PACK_B_BYTES apus_sgemm_pack_b_bytes
#define PACKED apus_sgemm_packed
#define PACKED_WORKSPACE apus_sgemm_packed_workspace
#define EPSILON ((double)FLT_EPSILON)
#include "gemm_packed_test_template.h"

#define T double
#define P f64
#define GEMM apus_dgemm
#define PACK_B apus_dgemm_pack_b
#define PACK_B_BYTES apus_dgemm_pack_b_bytes
#define PACKED apus_dgemm_packed
#define PACKED_WORKSPACE apus_dgemm_packed_workspace
#define EPSILON DBL_EPSILON
#include "gemm_packed_test_template.h"

// What was packed for one type or instruction set is refused by the others, and so is what was never packed.
static void foreign_bytes_are_refused(void) {
    enum { n = 40, k = 9 };
    double b[n * k] = {0}, a[k] = {0}, c[n];
    const apus_gemm_desc d = {.m = 1, .n = n, .k = k, .lda = k, .ldb = n, .ldc = n, .alpha = 1};
    const apus_isa before = apus_get_isa();
    const size_t room = 1 << 16;
    void *packed = apus_alloc(room);
    FOR_EACH_ISA(isa) {
        memset(packed, 0, room);
        CHECK_STATUS(apus_sgemm_packed(&d, (float *)a, packed, room, NULL, (float *)c, NULL, 0), APUS_ERROR_VALUE);
        CHECK_STATUS(apus_dgemm_pack_b(APUS_NO_TRANSPOSE, n, k, b, n, packed, room), APUS_OK);
        CHECK_STATUS(apus_sgemm_packed(&d, (float *)a, packed, room, NULL, (float *)c, NULL, 0), APUS_ERROR_UNSUPPORTED);
        for (int other = 0; other < 4; ++other) {
            if (other == (int)isa || apus_set_isa((apus_isa)other) != APUS_OK) continue;
            CHECK_STATUS(apus_dgemm_packed(&d, a, packed, room, NULL, c, NULL, 0), APUS_ERROR_UNSUPPORTED);
        }
        CHECK_STATUS(apus_set_isa((apus_isa)isa), APUS_OK);
        CHECK_STATUS(apus_dgemm_packed(&d, a, packed, room, NULL, c, NULL, 0), APUS_OK);
    }
    apus_set_isa(before);
    apus_free(packed);
}

int main(void) {
    RUN(f32_shapes_against_float64);
    RUN(f64_shapes_against_float64);
    RUN(f32_bits_depend_on_the_row_alone);
    RUN(f64_bits_depend_on_the_row_alone);
    RUN(f32_workspace_and_memory);
    RUN(f64_workspace_and_memory);
    RUN(f32_errors);
    RUN(f64_errors);
    RUN(foreign_bytes_are_refused);
    return harness_finish();
}
