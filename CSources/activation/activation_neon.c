#include "../runtime/internal.h"

#ifdef APUS_ARM64

#include "../runtime/simd_neon.h"
#include "../runtime/simd_math.h"
#include "../runtime/simd_rows.h"
#include "activation_simd_template.h"

#endif
