#include "../runtime/internal.h"

#ifdef APUS_ARM64

#include "../runtime/simd_neon.h"
#include "capsule_variant_template.h"

#endif
