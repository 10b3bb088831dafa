// The symmetric eigenvalue problem's kernels for AVX2.
#include "eigen_kernels.h"

#if defined(APUS_X86)
#define TARGET APUS_TARGET_AVX2
#define TABLE apus_eigen_avx2
#include "eigen_vector_template.h"
#endif
