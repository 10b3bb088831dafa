// The kernels of the activation family: one table a variant. All are serial and check nothing. `stream`: write
// past the caches (apus_streams); the same values.
#ifndef APUS_ACTIVATION_KERNELS_H
#define APUS_ACTIVATION_KERNELS_H

#include "../../include/apus/activation.h"
#include "../runtime/internal.h"

typedef struct apus_activation_kernels {
    void (*forward)(apus_activation f, float alpha, ptrdiff_t n, const float *x, float *y, bool stream);
    void (*backward)(apus_activation f, float alpha, ptrdiff_t n, const float *x, const float *y, const float *dy,
                     float *dx, bool stream);
    void (*softmax_forward)(ptrdiff_t rows, ptrdiff_t columns, const float *x, float *y, bool stream);
    void (*softmax_backward)(ptrdiff_t rows, ptrdiff_t columns, const float *y, const float *dy, float *dx, bool stream);
    void (*accumulate)(ptrdiff_t n, const float *x, float beta, float *y);
    void (*scale)(ptrdiff_t n, float factor, float *x);
    // x: [rows, columns] with `stride` floats from row to row.
    void (*sum_rows)(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t stride, const float *x, float *sums);
    double (*sum_of_squares)(ptrdiff_t n, const float *x);
} apus_activation_kernels;

extern const apus_activation_kernels apus_activation_reference;
extern const apus_activation_kernels apus_activation_avx2;
extern const apus_activation_kernels apus_activation_avx512;
extern const apus_activation_kernels apus_activation_neon;

const apus_activation_kernels *apus_activation_select(void);

#endif
