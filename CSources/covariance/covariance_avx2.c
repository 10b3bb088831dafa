// Column sums for AVX2.
#include "covariance_kernels.h"

#if defined(APUS_X86)

#define TARGET APUS_TARGET_AVX2

#define T float
#define NAME(stem) stem##_f32
#define TABLE apus_covariance_f32_kernels apus_covariance_f32_avx2
#include "covariance_vector_template.h"

#define T double
#define NAME(stem) stem##_f64
#define TABLE apus_covariance_f64_kernels apus_covariance_f64_avx2
#include "covariance_vector_template.h"

#endif
