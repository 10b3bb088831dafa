// The symmetric eigenvalue problem's kernels for AVX-512.
#include "eigen_kernels.h"

#if defined(APUS_X86)
#define TARGET APUS_TARGET_AVX512
#define TABLE apus_eigen_avx512
#include "eigen_vector_template.h"
#endif
