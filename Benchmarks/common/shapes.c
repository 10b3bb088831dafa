#include "shapes.h"

#include <string.h>


static const bench_gemm_shape products[] = {
#define GEMM(family, name, ta, tb, m, n, k) {#family, #name, 0, 0, 0, ta, tb, m, n, k},
#include "shapes/gemm.def"
#undef GEMM
};
// The same rows again, only to give every row its two possible names as constants.
static const char *const product_names[][2] = {
#define GEMM(family, name, ta, tb, m, n, k) {"sgemm" #name, "dgemm" #name},
#include "shapes/gemm.def"
#undef GEMM
};

static const bench_conv_shape convolutions[] = {
#define CONV(family, name, batch, h, w, in, out, kh, kw, stride, pad_h, pad_w)                                   \
    {#family,                                                                                                    \
     #name,                                                                                                      \
     0,                                                                                                          \
     {batch, h, w, in, out, kh, kw, (h) == 1 ? 1 : (stride), stride, 1, 1, pad_h, pad_h, pad_w, pad_w,           \
      APUS_ACTIVATION_LINEAR},                                                                                   \
     0,                                                                                                          \
     0},
#include "shapes/conv.def"
#undef CONV
};

int bench_gemm_shape_count(void) { return (int)(sizeof products / sizeof products[0]); }

bench_gemm_shape bench_gemm_shape_at(int i) {
    bench_gemm_shape shape = products[i];
    const size_t length = strlen(shape.family);
    shape.is_double = length > 7 && strcmp(shape.family + length - 7, "_double") == 0;
    shape.packed = strcmp(shape.family, "gemm_packed") == 0;
    const ptrdiff_t few = shape.m < shape.n ? shape.m : shape.n;
    shape.reads = strcmp(shape.family, "gemv") == 0 || strcmp(shape.family, "gemm_few") == 0 || (shape.packed && few <= 8);
    shape.name = product_names[i][shape.is_double];
    return shape;
}

apus_gemm_desc bench_gemm_desc(const bench_gemm_shape *s) {
    return (apus_gemm_desc){.transpose_a = s->transpose_a ? APUS_TRANSPOSE : APUS_NO_TRANSPOSE,
                            .transpose_b = s->transpose_b ? APUS_TRANSPOSE : APUS_NO_TRANSPOSE,
                            .m = s->m,
                            .n = s->n,
                            .k = s->k,
                            .lda = s->transpose_a ? s->m : s->k,
                            .ldb = s->transpose_b ? s->k : s->n,
                            .ldc = s->n,
                            .alpha = 1};
}

int bench_conv_shape_count(void) { return (int)(sizeof convolutions / sizeof convolutions[0]); }

bench_conv_shape bench_conv_shape_at(int i) {
    bench_conv_shape shape = convolutions[i];
    shape.forward_only = strcmp(shape.family, "conv_inference") == 0;
    apus_conv_output(&shape.desc, &shape.out_h, &shape.out_w);
    return shape;
}

double bench_gemm_operations(const bench_gemm_shape *s) { return 2.0 * (double)s->m * (double)s->n * (double)s->k; }

double bench_conv_operations(const bench_conv_shape *s) {
    const apus_conv_desc *d = &s->desc;
    return 2.0 * (double)(d->batch * s->out_h * s->out_w) * (double)(d->in_c * d->out_c) * (double)(d->kernel_h * d->kernel_w);
}
