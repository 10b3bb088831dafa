// QR factorization: the public functions, for float and double.
#include <math.h>
#include <string.h>

#include "linalg_qr.h"

#define T float
#define TYPED(x) apus_f32_##x
#define NAME(x) f32_##x
#define QR apus_sqr
#define QR_WORKSPACE apus_sqr_workspace
#define LDEXP ldexpf
#include "qr_template.h"

#define T double
#define TYPED(x) apus_f64_##x
#define NAME(x) f64_##x
#define QR apus_dqr
#define QR_WORKSPACE apus_dqr_workspace
#define LDEXP ldexp
#include "qr_template.h"
