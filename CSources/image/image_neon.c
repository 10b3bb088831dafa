#include "../runtime/internal.h"

#ifdef APUS_ARM64

#include "../runtime/simd_neon.h"
#include "image_simd_template.h"

#endif
