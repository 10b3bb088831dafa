#include "../runtime/internal.h"

#ifdef APUS_X86

#include "../runtime/simd_avx2.h"
#include "capsule_variant_template.h"

#endif
