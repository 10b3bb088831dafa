// The scalar micro-kernels, float32 and float64.
#include "gemm_kernels.h"

#define T float
#define P f32
#define NAME(x) f32_##x
#define MR 4
#define NR 8
#define KERNEL apus_f32_gemm_ukernel_4x8__scalar
#define STRIDED_KERNEL apus_f32_gemm_strided_ukernel_4x8__scalar
#include "gemm_reference_template.h"

#define T double
#define P f64
#define NAME(x) f64_##x
#define MR 4
#define NR 4
#define KERNEL apus_f64_gemm_ukernel_4x4__scalar
#define STRIDED_KERNEL apus_f64_gemm_strided_ukernel_4x4__scalar
#include "gemm_reference_template.h"
