#include "entries.h"

// Four rows of blocks and a remainder; A and B in each of their forms.
enum { M = 301, N = 269, K = 203 };

static apus_gemm_desc product(call *c, bool ta, bool tb, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
    apus_gemm_desc d = {.transpose_a = (apus_transpose)ta, .transpose_b = (apus_transpose)tb, .alpha = 1.5, .beta = 0.5};
    d.m = size(c, m), d.n = size(c, n), d.k = size(c, k);
    d.lda = size(c, ta ? m : k), d.ldb = size(c, tb ? k : n), d.ldc = size(c, n);
    d.activation = APUS_ACTIVATION_RELU;
    return d;
}

static apus_status sgemm_of(call *c, bool ta, bool tb, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
    const apus_gemm_desc d = product(c, ta, tb, m, n, k);
    const float *a = in_f32(c, m * k), *b = in_f32(c, k * n), *bias = in_f32(optional(c), n);
    float *y = out_f32(c, m * n);
    size_t bytes = apus_sgemm_workspace(&d);
    void *workspace = space(c, &bytes);
    return apus_sgemm(&d, a, b, bias, y, workspace, bytes);
}
static apus_status sgemm_nn(call *c) { return sgemm_of(c, false, false, M, N, K); }
static apus_status sgemm_tn(call *c) { return sgemm_of(c, true, false, M, N, K); }
static apus_status sgemm_nt(call *c) { return sgemm_of(c, false, true, M, N, K); }
static apus_status sgemm_tt(call *c) { return sgemm_of(c, true, true, M, N, K); }
static apus_status sgemm_small(call *c) { return sgemm_of(c, false, false, 17, 23, 19); }
static apus_status sgemm_skinny(call *c) { return sgemm_of(c, false, false, 5, 1031, 2003); }
static apus_status sgemm_row(call *c) { return sgemm_of(c, false, false, 1, 1031, 1009); }
static apus_status sgemm_row_nt(call *c) { return sgemm_of(c, false, true, 1, 1031, 1009); }
static apus_status sgemm_column(call *c) { return sgemm_of(c, false, false, 1031, 1, 1009); }
static apus_status sgemm_deep(call *c) { return sgemm_of(c, true, false, 40, 50, 20011); }

static apus_status dgemm_of(call *c, bool ta, bool tb, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
    const apus_gemm_desc d = product(c, ta, tb, m, n, k);
    const double *a = in_f64(c, m * k), *b = in_f64(c, k * n), *bias = in_f64(optional(c), n);
    double *y = out_f64(c, m * n);
    size_t bytes = apus_dgemm_workspace(&d);
    void *workspace = space(c, &bytes);
    return apus_dgemm(&d, a, b, bias, y, workspace, bytes);
}
static apus_status dgemm_nn(call *c) { return dgemm_of(c, false, false, M, N, K); }
static apus_status dgemm_tt(call *c) { return dgemm_of(c, true, true, M, N, K); }
static apus_status dgemm_row(call *c) { return dgemm_of(c, false, false, 1, 1031, 1009); }
static apus_status dgemm_deep(call *c) { return dgemm_of(c, true, false, 40, 50, 20011); }

static apus_syrk_desc square(call *c, apus_triangle triangle, bool transpose, ptrdiff_t n, ptrdiff_t k) {
    apus_syrk_desc d = {.transpose = (apus_transpose)transpose, .triangle = triangle, .alpha = 1.5, .beta = 0.5};
    d.n = size(c, n), d.k = size(c, k), d.lda = size(c, transpose ? n : k), d.ldc = size(c, n);
    return d;
}

static apus_status ssyrk(call *c) {
    const apus_syrk_desc d = square(c, APUS_LOWER, false, N, K);
    const float *a = in_f32(c, N * K);
    float *y = out_f32(c, N * N);
    size_t bytes = apus_ssyrk_workspace(&d);
    void *workspace = space(c, &bytes);
    return apus_ssyrk(&d, a, y, workspace, bytes);
}

static apus_status dsyrk(call *c) {
    const apus_syrk_desc d = square(c, APUS_BOTH_TRIANGLES, true, N, 2003);
    const double *a = in_f64(c, N * 2003);
    double *y = out_f64(c, N * N);
    size_t bytes = apus_dsyrk_workspace(&d);
    void *workspace = space(c, &bytes);
    return apus_dsyrk(&d, a, y, workspace, bytes);
}

const entry gemm_entries[] = {
    {"apus_sgemm", sgemm_nn},
    {"apus_sgemm", sgemm_tn},
    {"apus_sgemm", sgemm_nt},
    {"apus_sgemm", sgemm_tt},
    {"apus_sgemm", sgemm_small},
    {"apus_sgemm", sgemm_skinny},
    {"apus_sgemm", sgemm_row},
    {"apus_sgemm", sgemm_row_nt},
    {"apus_sgemm", sgemm_column},
    {"apus_sgemm", sgemm_deep},
    {"apus_dgemm", dgemm_nn},
    {"apus_dgemm", dgemm_tt},
    {"apus_dgemm", dgemm_row},
    {"apus_dgemm", dgemm_deep},
    {"apus_ssyrk", ssyrk},
    {"apus_dsyrk", dsyrk},
    {NULL, NULL},
};
