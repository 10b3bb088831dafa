/// Cheap checks of outputs: some entries, spread over the array, computed again in float64.
/// Each gives the largest error over the sum of the absolute products that make the entry, so that 1e-6
/// is a few float32 roundings and 1 is a wrong kernel; infinite for a NaN.
#ifndef APUS_BENCH_CHECKS_H
#define APUS_BENCH_CHECKS_H

#include "shapes.h"

/// Errors above this are wrong results, not rounding. Winograd's largest, on the shapes here, stay below.
#define BENCH_WRONG 1e-4

double bench_sgemm_error(const bench_gemm_shape *shape, const float *a, const float *b, const float *c);
double bench_dgemm_error(const bench_gemm_shape *shape, const double *a, const double *b, const double *c);
/// y = x * w + bias (bias may be null), channels last.
double bench_conv_forward_error(const bench_conv_shape *shape, const float *x, const float *w, const float *bias,
                                const float *y);
double bench_conv_backward_data_error(const bench_conv_shape *shape, const float *dy, const float *w, const float *dx);
double bench_conv_backward_weights_error(const bench_conv_shape *shape, const float *x, const float *dy,
                                         const float *dw);

/// Uniform numbers in [-1, 1], the same for a seed everywhere; fast, for buffers of hundreds of megabytes.
void bench_fill(unsigned long long seed, ptrdiff_t n, float *x);
void bench_fill_double(unsigned long long seed, ptrdiff_t n, double *x);

#endif
