// Matrix multiplication: the public functions, for float and double.
#include "gemm_gemv.h"
#include "gemm_kernels.h"
#include "gemm_plan.h"

#define T float
#define P f32
#define GEMM apus_sgemm
#define GEMM_WORKSPACE apus_sgemm_workspace
#include "gemm_driver_template.h"

#define T double
#define P f64
#define GEMM apus_dgemm
#define GEMM_WORKSPACE apus_dgemm_workspace
#include "gemm_driver_template.h"
