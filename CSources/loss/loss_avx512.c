#include "../runtime/internal.h"

#ifdef APUS_X86

#include "../runtime/simd_avx512.h"
#include "../runtime/simd_math.h"
#include "../runtime/simd_rows.h"
#include "loss_simd_template.h"

#endif
