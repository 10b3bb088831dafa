// The symmetric eigenvalue problem's kernels for NEON.
#include "eigen_kernels.h"

#if defined(APUS_ARM64)
#define TARGET APUS_TARGET_NEON
#define TABLE apus_eigen_neon
#include "eigen_vector_template.h"
#endif
