// The reference variant of the column sums' kernels, for float and double.
#include "covariance_kernels.h"

#define T float
#define NAME(stem) stem##_f32
#define TABLE apus_covariance_f32_kernels apus_covariance_f32_reference
#include "covariance_reference_template.h"

#define T double
#define NAME(stem) stem##_f64
#define TABLE apus_covariance_f64_kernels apus_covariance_f64_reference
#include "covariance_reference_template.h"
