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

static apus_status sgemm_pack_b(call *c, bool transposed) {
    const ptrdiff_t n = size(c, N), k = size(c, K), ldb = size(c, transposed ? K : N);
    size_t bytes = apus_sgemm_pack_b_bytes(N, K);
    const float *b = in_f32(c, N * K);
    void *packed = out_bytes(c, bytes);
    if (c->mode == CALL_SHORT) c->spoiled = true, bytes--;
    return apus_sgemm_pack_b((apus_transpose)transposed, n, k, b, ldb, packed, bytes);
}
static apus_status pack_b_n(call *c) { return sgemm_pack_b(c, false); }
static apus_status pack_b_t(call *c) { return sgemm_pack_b(c, true); }

static apus_status dgemm_pack_b(call *c) {
    const ptrdiff_t n = size(c, N), k = size(c, K), ldb = size(c, N);
    size_t bytes = apus_dgemm_pack_b_bytes(N, K);
    const double *b = in_f64(c, N * K);
    void *packed = out_bytes(c, bytes);
    if (c->mode == CALL_SHORT) c->spoiled = true, bytes--;
    return apus_dgemm_pack_b(APUS_NO_TRANSPOSE, n, k, b, ldb, packed, bytes);
}

// The last array asked for becomes the packed form of the one before it.
static const void *packed_b(call *c, size_t bytes, apus_status (*pack)(const void *b, void *packed, size_t bytes)) {
    const void *b = c->array[c->arrays - 1].intended, *packed = in_bytes(c, (ptrdiff_t)bytes, 0);
    if (!c->keep_inputs) {
        pack(b, c->array[c->arrays - 1].intended, bytes);
        changed(c);
    }
    return packed;
}
static apus_status pack_f32(const void *b, void *packed, size_t bytes) {
    return apus_sgemm_pack_b(APUS_NO_TRANSPOSE, N, K, b, N, packed, bytes);
}
static apus_status pack_f64(const void *b, void *packed, size_t bytes) {
    return apus_dgemm_pack_b(APUS_NO_TRANSPOSE, N, K, b, N, packed, bytes);
}

static apus_status sgemm_packed(call *c, bool ta, ptrdiff_t m) {
    apus_gemm_desc d = {.transpose_a = (apus_transpose)ta, .alpha = 1.5, .beta = 0.5, .activation = APUS_ACTIVATION_RELU};
    d.m = size(c, m), d.n = size(c, N), d.k = size(c, K), d.lda = size(c, ta ? m : K), d.ldc = size(c, N);
    const float *a = in_f32(c, m * K), *bias = in_f32(optional(c), N);
    in_f32(optional(c), N * K);
    const size_t packed_bytes = apus_sgemm_pack_b_bytes(N, K);
    const void *packed = packed_b(c, packed_bytes, pack_f32);
    float *y = out_f32(c, m * N);
    size_t bytes = apus_sgemm_packed_workspace(&d);
    void *workspace = space(c, &bytes);
    return apus_sgemm_packed(&d, a, packed, packed_bytes, bias, y, workspace, bytes);
}
static apus_status packed_n(call *c) { return sgemm_packed(c, false, M); }
static apus_status packed_t(call *c) { return sgemm_packed(c, true, M); }
static apus_status packed_few(call *c) { return sgemm_packed(c, false, 17); }

static apus_status dgemm_packed(call *c) {
    apus_gemm_desc d = {.alpha = 1.5, .beta = 0.5};
    d.m = size(c, M), d.n = size(c, N), d.k = size(c, K), d.lda = size(c, K), d.ldc = size(c, N);
    const double *a = in_f64(c, M * K), *bias = in_f64(optional(c), N);
    in_f64(optional(c), N * K);
    const size_t packed_bytes = apus_dgemm_pack_b_bytes(N, K);
    const void *packed = packed_b(c, packed_bytes, pack_f64);
    double *y = out_f64(c, M * N);
    size_t bytes = apus_dgemm_packed_workspace(&d);
    void *workspace = space(c, &bytes);
    return apus_dgemm_packed(&d, a, packed, packed_bytes, bias, y, workspace, bytes);
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
    {"apus_sgemm_pack_b", pack_b_n},
    {"apus_sgemm_pack_b", pack_b_t},
    {"apus_dgemm_pack_b", dgemm_pack_b},
    {"apus_sgemm_packed", packed_n},
    {"apus_sgemm_packed", packed_t},
    {"apus_sgemm_packed", packed_few},
    {"apus_dgemm_packed", dgemm_packed},
    {"apus_ssyrk", ssyrk},
    {"apus_dsyrk", dsyrk},
    {NULL, NULL},
};
