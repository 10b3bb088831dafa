// The specification of table look-up in plain C.
#include <string.h>

#include "embedding_kernels.h"

static void gather(ptrdiff_t count, ptrdiff_t width, const int32_t *indices, const float *table, float *y,
                   bool stream) {
    (void)stream;
    for (ptrdiff_t i = 0; i < count; i++) memcpy(y + i * width, table + indices[i] * width, (size_t)width * sizeof(float));
}

static void bag(ptrdiff_t bags, ptrdiff_t width, const int64_t *offsets, const int32_t *indices, const float *weights,
                const float *table, float *y, bool stream) {
    (void)stream;
    for (ptrdiff_t b = 0; b < bags; b++)
        for (ptrdiff_t c = 0; c < width; c++) {
            float sum = 0;
            for (int64_t e = offsets[b]; e < offsets[b + 1]; e++)
                sum += (weights ? weights[e] : 1) * table[indices[e] * width + c];
            y[b * width + c] = sum;
        }
}

const apus_embedding_kernels apus_embedding_reference = {gather, bag};
