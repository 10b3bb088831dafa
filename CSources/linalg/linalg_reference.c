// The kernels in plain C: the specification of the variants.
#include <math.h>

#include "../runtime/dispatch.h"
#include "linalg_kernels.h"

#define KERNEL_TARGET

#define LINALG_IS_DOUBLE 0
#include "linalg_types.h"
#define KERNEL_NAME(x) f32_##x
#define TABLE apus_f32_linalg_reference
#include "linalg_reference_template.h"

#undef LINALG_IS_DOUBLE
#define LINALG_IS_DOUBLE 1
#include "linalg_types.h"
#define KERNEL_NAME(x) f64_##x
#define TABLE apus_f64_linalg_reference
#include "linalg_reference_template.h"

const apus_f32_linalg_kernels *apus_f32_linalg_get_kernels(void) { return APUS_VARIANT(apus_f32_linalg); }
const apus_f64_linalg_kernels *apus_f64_linalg_get_kernels(void) { return APUS_VARIANT(apus_f64_linalg); }
