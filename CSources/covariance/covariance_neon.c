// Column sums for NEON.
#include "covariance_kernels.h"

#if defined(APUS_ARM64)

#define TARGET APUS_TARGET_NEON

#define T float
#define NAME(stem) stem##_f32
#define TABLE apus_covariance_f32_kernels apus_covariance_f32_neon
#include "covariance_vector_template.h"

#define T double
#define NAME(stem) stem##_f64
#define TABLE apus_covariance_f64_kernels apus_covariance_f64_neon
#include "covariance_vector_template.h"

#endif
