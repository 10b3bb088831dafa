// Matrix products in Apus, OpenBLAS, BLIS, MKL and oneDNN.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apus.h"
#include "checks.h"
#include "harness.h"
#include "libraries.h"

typedef int (*dnnl_sgemm_fn)(char ta, char tb, int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t lda,
                             const float *b, int64_t ldb, float beta, float *c, int64_t ldc);

typedef struct product {
    const bench_gemm_shape *shape;
    apus_gemm_desc desc;
    void *a, *b, *c, *workspace;
    size_t workspace_bytes, packed_bytes;
    void *packed;
    blas_library blas;
    dnnl_sgemm_fn dnnl;
} product;

static product *product_make(const bench_row *row) {
    product *p = bench_memory(sizeof *p);
    const bench_gemm_shape *s = p->shape = row->shape;
    p->desc = bench_gemm_desc(s);
    if (s->is_double) {
        p->a = bench_doubles(1, s->m * s->k);
        p->b = bench_doubles(2, s->k * s->n);
        p->c = bench_doubles(0, s->m * s->n);
    } else {
        p->a = bench_floats(1, s->m * s->k);
        p->b = bench_floats(2, s->k * s->n);
        p->c = bench_floats(0, s->m * s->n);
    }
    return p;
}

static double product_error(void *context) {
    const product *p = context;
    return p->shape->is_double ? bench_dgemm_error(p->shape, p->a, p->b, p->c) : bench_sgemm_error(p->shape, p->a, p->b, p->c);
}

static void run_apus(void *context) {
    product *p = context;
    if (p->packed) apus_sgemm_packed(&p->desc, p->a, p->packed, p->packed_bytes, NULL, p->c, p->workspace, p->workspace_bytes);
    else if (p->shape->is_double) apus_dgemm(&p->desc, p->a, p->b, NULL, p->c, p->workspace, p->workspace_bytes);
    else apus_sgemm(&p->desc, p->a, p->b, NULL, p->c, p->workspace, p->workspace_bytes);
}

static bool prepare_apus(const bench_row *row, bench_work *work) {
    product *p = product_make(row);
    p->workspace_bytes = p->shape->is_double ? apus_dgemm_workspace(&p->desc) : apus_sgemm_workspace(&p->desc);
    if (p->shape->packed) {
        p->packed_bytes = apus_sgemm_pack_b_bytes(p->shape->n, p->shape->k);
        p->packed = bench_memory(p->packed_bytes);
        p->workspace_bytes = apus_sgemm_packed_workspace(&p->desc);
        apus_sgemm_pack_b(p->desc.transpose_b, p->shape->n, p->shape->k, p->b, p->desc.ldb, p->packed, p->packed_bytes);
    }
    p->workspace = bench_memory(p->workspace_bytes);
    snprintf(work->version, sizeof work->version, "%s", apus_isa_name(apus_get_isa()));
    work->context = p;
    work->run = run_apus;
    work->error = product_error;
    return true;
}

static void run_blas(void *context) {
    product *p = context;
    const apus_gemm_desc *d = &p->desc;
    const int m = (int)d->m, n = (int)d->n, k = (int)d->k, lda = (int)d->lda, ldb = (int)d->ldb, ldc = (int)d->ldc;
    const int ta = d->transpose_a ? CBLAS_TRANS : CBLAS_NO_TRANS, tb = d->transpose_b ? CBLAS_TRANS : CBLAS_NO_TRANS;
    if (p->shape->is_double)
        p->blas.dgemm(CBLAS_ROW_MAJOR, ta, tb, m, n, k, 1, p->a, lda, p->b, ldb, 0, p->c, ldc);
    else if (m == 1) // y = op(B)' x
        p->blas.sgemv(CBLAS_ROW_MAJOR, d->transpose_b ? CBLAS_NO_TRANS : CBLAS_TRANS, d->transpose_b ? n : k,
                      d->transpose_b ? k : n, 1, p->b, ldb, p->a, 1, 0, p->c, 1);
    else if (n == 1)
        p->blas.sgemv(CBLAS_ROW_MAJOR, ta, d->transpose_a ? k : m, d->transpose_a ? m : k, 1, p->a, lda, p->b, 1, 0, p->c, 1);
    else p->blas.sgemm(CBLAS_ROW_MAJOR, ta, tb, m, n, k, 1, p->a, lda, p->b, ldb, 0, p->c, ldc);
}

static bool prepare_blas(const bench_row *row, bench_work *work) {
    blas_library blas;
    if (!open_blas(row->peer, work, &blas)) return false;
    product *p = product_make(row);
    p->blas = blas;
    work->context = p;
    work->run = run_blas;
    work->error = product_error;
    return true;
}

static void run_dnnl(void *context) {
    product *p = context;
    const apus_gemm_desc *d = &p->desc;
    p->dnnl(d->transpose_a ? 'T' : 'N', d->transpose_b ? 'T' : 'N', d->m, d->n, d->k, 1, p->a, d->lda, p->b, d->ldb, 0, p->c,
            d->ldc);
}

static bool prepare_dnnl(const bench_row *row, bench_work *work) {
    if (((const bench_gemm_shape *)row->shape)->is_double) {
        snprintf(work->why, sizeof work->why, "has no float64 product");
        return false;
    }
    void *handle = open_dnnl(work);
    if (handle == NULL) return false;
    dnnl_sgemm_fn sgemm = (dnnl_sgemm_fn)dlsym(handle, "dnnl_sgemm");
    if (sgemm == NULL) {
        snprintf(work->why, sizeof work->why, "has no dnnl_sgemm");
        return false;
    }
    product *p = product_make(row);
    p->dnnl = sgemm;
    work->context = p;
    work->run = run_dnnl;
    work->error = product_error;
    return true;
}

int main(int count, char **arguments) {
    static const struct {
        const char *peer;
        bool (*prepare)(const bench_row *, bench_work *);
    } peers[] = {{"apus", prepare_apus}, {"openblas", prepare_blas}, {"blis", prepare_blas}, {"mkl", prepare_blas}, {"onednn", prepare_dnnl}};
    enum { peer_count = sizeof peers / sizeof *peers };
    const int shapes = bench_gemm_shape_count();
    bench_gemm_shape *shape = calloc((size_t)shapes, sizeof *shape);
    bench_row *rows = calloc((size_t)shapes * peer_count, sizeof *rows);
    if (shape == NULL || rows == NULL) return 1;
    for (int i = 0; i < shapes; i++) {
        shape[i] = bench_gemm_shape_at(i);
        const double size = shape[i].is_double ? 8 : 4;
        for (int j = 0; j < peer_count; j++)
            rows[i * peer_count + j] = (bench_row){
                .family = shape[i].family,
                .name = shape[i].name,
                .peer = peers[j].peer,
                .operations = bench_gemm_operations(&shape[i]),
                .bytes = shape[i].reads ? size * (double)(shape[i].m * shape[i].k + shape[i].k * shape[i].n) : 0,
                .prepare = peers[j].prepare,
                .shape = &shape[i]};
    }
    const int status = bench_main(count, arguments, rows, shapes * peer_count);
    free(rows), free(shape);
    return status;
}
