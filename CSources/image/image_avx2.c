#include "../runtime/internal.h"

#ifdef APUS_X86

#include "../runtime/simd_avx2.h"
#include "image_simd_template.h"

#endif
