// The choice of a family's table of kernels by the variant in force: one list for all families.
#ifndef APUS_DISPATCH_H
#define APUS_DISPATCH_H

#include "internal.h"

#if defined(APUS_X86)
#define APUS_VARIANT(family)                                                                   \
    (apus_get_isa() == APUS_ISA_AVX512 ? &family##_avx512                                      \
     : apus_get_isa() == APUS_ISA_AVX2 ? &family##_avx2                                        \
                                       : &family##_reference)
#elif defined(APUS_ARM64)
#define APUS_VARIANT(family) (apus_get_isa() == APUS_ISA_NEON ? &family##_neon : &family##_reference)
#else
#define APUS_VARIANT(family) (&family##_reference)
#endif

#endif
