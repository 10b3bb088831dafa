// The symmetric eigenvalue problem's kernels for AVX-512.
#include "tridiagonal_kernels.h"

#if defined(APUS_X86)
#define TARGET APUS_TARGET_AVX512
#define TABLE apus_tridiagonal_avx512
#include "tridiagonal_vector_template.h"
#endif
