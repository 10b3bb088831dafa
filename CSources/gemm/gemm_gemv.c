// A vector times a matrix, float32 and float64.
#include <string.h>

#include "gemm_gemv.h"

#define T float
#define P f32
#include "gemm_gemv_template.h"

#define T double
#define P f64
#include "gemm_gemv_template.h"
