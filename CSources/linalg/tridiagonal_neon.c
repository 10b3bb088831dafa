// The symmetric eigenvalue problem's kernels for NEON.
#include "tridiagonal_kernels.h"

#if defined(APUS_ARM64)
#define TARGET APUS_TARGET_NEON
#define TABLE apus_tridiagonal_neon
#include "tridiagonal_vector_template.h"
#endif
