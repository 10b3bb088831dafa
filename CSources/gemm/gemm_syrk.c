// A matrix times its own transpose, float32 and float64.
#include <string.h>

#include "gemm_kernels.h"
#include "gemm_plan.h"

// The general product that has the same operands: its checks are this one's.
static apus_gemm_desc as_gemm(const apus_syrk_desc *d) {
    bool transposed = d->transpose == APUS_TRANSPOSE;
    return (apus_gemm_desc){.transpose_a = d->transpose, .transpose_b = transposed ? APUS_NO_TRANSPOSE : APUS_TRANSPOSE,
                            .m = d->n, .n = d->n, .k = d->k, .lda = d->lda, .ldb = d->lda, .ldc = d->ldc};
}

static apus_status check(const apus_syrk_desc *d, ptrdiff_t element_bytes) {
    if (d == NULL) return APUS_ERROR_NULL;
    if ((unsigned)d->transpose > APUS_TRANSPOSE || (unsigned)d->triangle > APUS_BOTH_TRIANGLES) return APUS_ERROR_VALUE;
    apus_gemm_desc general = as_gemm(d);
    return apus_gemm_check(&general, element_bytes);
}

#define T float
#define P f32
#define SYRK apus_ssyrk
#define SYRK_WORKSPACE apus_ssyrk_workspace
#include "gemm_syrk_template.h"

#define T double
#define P f64
#define SYRK apus_dsyrk
#define SYRK_WORKSPACE apus_dsyrk_workspace
#include "gemm_syrk_template.h"
