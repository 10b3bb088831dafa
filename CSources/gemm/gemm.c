// Matrix multiplication: the public functions, for float and double.
#include <string.h>

#include "gemm_gemv.h"
#include "gemm_kernels.h"
#include "gemm_plan.h"

#define T float
#define P f32
#define GEMM apus_sgemm
#define GEMM_WORKSPACE apus_sgemm_workspace
#define PACK_B apus_sgemm_pack_b
#define PACK_B_BYTES apus_sgemm_pack_b_bytes
#define PACKED apus_sgemm_packed
#define PACKED_WORKSPACE apus_sgemm_packed_workspace
#include "gemm_driver_template.h"
#include "gemm_entry_template.h"
#include "gemm_prepacked_template.h"

#define T double
#define P f64
#define GEMM apus_dgemm
#define GEMM_WORKSPACE apus_dgemm_workspace
#define PACK_B apus_dgemm_pack_b
#define PACK_B_BYTES apus_dgemm_pack_b_bytes
#define PACKED apus_dgemm_packed
#define PACKED_WORKSPACE apus_dgemm_packed_workspace
#include "gemm_driver_template.h"
#include "gemm_entry_template.h"
#include "gemm_prepacked_template.h"
