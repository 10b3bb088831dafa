// The kernels of table look-up: one table a variant. All are serial and check nothing.
#ifndef APUS_EMBEDDING_KERNELS_H
#define APUS_EMBEDDING_KERNELS_H

#include "../../include/apus/embedding.h"
#include "../runtime/internal.h"

typedef struct apus_embedding_kernels {
    // y[i, :] = table[indices[i], :]. stream: past the caches where rows are whole registers.
    void (*gather)(ptrdiff_t count, ptrdiff_t width, const int32_t *indices, const float *table, float *y, bool stream);
    // For each bag: y[b, :] = sum over e in [offsets[b], offsets[b + 1]), in order, of weights[e] * table[indices[e], :].
    // The gradient is the same operation: its bags are the rows of the table, its table is dy. weights may be null.
    // stream: past the caches where rows are whole strips of four registers.
    void (*bag)(ptrdiff_t bags, ptrdiff_t width, const int64_t *offsets, const int32_t *indices, const float *weights,
                const float *table, float *y, bool stream);
} apus_embedding_kernels;

extern const apus_embedding_kernels apus_embedding_reference;
extern const apus_embedding_kernels apus_embedding_avx2;
extern const apus_embedding_kernels apus_embedding_avx512;
extern const apus_embedding_kernels apus_embedding_neon;

#endif
