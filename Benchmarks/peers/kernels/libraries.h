// The peers, opened by name when their rows run: nothing here is linked, so that one may be missing, and so that
// three libraries which all call their function cblas_sgemm can be told apart.
#ifndef APUS_PEERS_LIBRARIES_H
#define APUS_PEERS_LIBRARIES_H

#include "harness.h"

typedef void (*cblas_sgemm_fn)(int order, int ta, int tb, int m, int n, int k, float alpha, const float *a, int lda,
                               const float *b, int ldb, float beta, float *c, int ldc);
typedef void (*cblas_dgemm_fn)(int order, int ta, int tb, int m, int n, int k, double alpha, const double *a, int lda,
                               const double *b, int ldb, double beta, double *c, int ldc);
typedef void (*cblas_sgemv_fn)(int order, int ta, int m, int n, float alpha, const float *a, int lda, const float *x,
                               int incx, float beta, float *y, int incy);
enum { CBLAS_ROW_MAJOR = 101, CBLAS_NO_TRANS = 111, CBLAS_TRANS = 112 };

typedef struct blas_library {
    cblas_sgemm_fn sgemm;
    cblas_dgemm_fn dgemm;
    cblas_sgemv_fn sgemv;
} blas_library;

// peer: "openblas", "blis" or "mkl". False, with work->why, where it is not installed; else work->version is set
// and the library uses work->threads. $APUS_PEER_MKL may name the file of MKL's libmkl_rt.
// Their own dependencies come first: the OpenMP runtime that Apus runs on would answer their calls, too.
bool open_blas(const char *peer, bench_work *work, blas_library *library);

// oneDNN's library, or null with work->why; else work->version is set.
void *open_dnnl(bench_work *work);

#endif
