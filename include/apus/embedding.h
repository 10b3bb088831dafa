/// Table look-up and its gradient. Outputs must not overlap inputs (APUS_ERROR_ALIAS). The gradients
/// take scratch memory of 8 bytes a table row and 4 to 8 an entry (APUS_ERROR_MEMORY), and up to
/// 2^31 - 1 rows of dy (APUS_ERROR_OVERFLOW).
#ifndef APUS_EMBEDDING_H
#define APUS_EMBEDDING_H

#include "status.h"

APUS_BEGIN_DECLS

/// y[i, :] = table[indices[i], :]. table: [vocabulary, width], y: [count, width].
/// APUS_ERROR_INDEX: an index outside [0, vocabulary); y is untouched.
apus_status apus_sembedding_forward(ptrdiff_t count, ptrdiff_t vocabulary, ptrdiff_t width,
                                    const int32_t *indices, const float *table, float *y);
/// dtable (overwritten) = for each row the sum of the dy of its occurrences, in order of occurrence,
/// so the same bits on any number of threads.
apus_status apus_sembedding_backward(ptrdiff_t count, ptrdiff_t vocabulary, ptrdiff_t width,
                                     const int32_t *indices, const float *dy, float *dtable);

/// Weighted embedding bag: y[b, :] = sum over e in [offsets[b], offsets[b+1]) of weights[e] * table[indices[e], :].
/// offsets: [bags + 1], nondecreasing, from 0; weights may be null (all 1). y: [bags, width].
/// APUS_ERROR_VALUE: offsets that do not start at 0 or step down. APUS_ERROR_INDEX as above.
apus_status apus_sembedding_bag_forward(ptrdiff_t bags, ptrdiff_t vocabulary, ptrdiff_t width,
                                        const int64_t *offsets, const int32_t *indices, const float *weights,
                                        const float *table, float *y);
/// dtable (overwritten), in order of bags and entries.
apus_status apus_sembedding_bag_backward(ptrdiff_t bags, ptrdiff_t vocabulary, ptrdiff_t width,
                                         const int64_t *offsets, const int32_t *indices, const float *weights,
                                         const float *dy, float *dtable);

APUS_END_DECLS
#endif
