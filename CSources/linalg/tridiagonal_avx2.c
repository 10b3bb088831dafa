// The symmetric eigenvalue problem's kernels for AVX2.
#include "tridiagonal_kernels.h"

#if defined(APUS_X86)
#define TARGET APUS_TARGET_AVX2
#define TABLE apus_tridiagonal_avx2
#include "tridiagonal_vector_template.h"
#endif
