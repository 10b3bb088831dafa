/// The shapes that are timed: shapes/*.def as tables.
#ifndef APUS_BENCH_SHAPES_H
#define APUS_BENCH_SHAPES_H

#include <stddef.h>

#include "apus/conv.h"
#include "apus/gemm.h"

typedef struct bench_gemm_shape {
    const char *family;
    const char *name; ///< of the case: sgemm1024, dgemm1024
    int is_double;
    int packed; ///< B is packed before the timing starts
    int reads;  ///< to read the larger matrix takes the time
    int transpose_a, transpose_b;
    ptrdiff_t m, n, k;
} bench_gemm_shape;

typedef struct bench_conv_shape {
    const char *family;
    const char *name; ///< of the cases without conv_fwd_ or conv_fwdbwd_: vgg1_2
    int forward_only;
    apus_conv_desc desc;
    ptrdiff_t out_h, out_w;
} bench_conv_shape;

int bench_gemm_shape_count(void);
/// Shape i of [0, count); lives as long as the program.
bench_gemm_shape bench_gemm_shape_at(int i);
/// alpha 1, beta 0, dense.
apus_gemm_desc bench_gemm_desc(const bench_gemm_shape *shape);

int bench_conv_shape_count(void);
bench_conv_shape bench_conv_shape_at(int i);

/// Floating-point operations of one forward pass, a multiply-add counting two.
double bench_gemm_operations(const bench_gemm_shape *shape);
double bench_conv_operations(const bench_conv_shape *shape);

#endif
