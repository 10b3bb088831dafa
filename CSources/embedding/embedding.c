// Table look-up: checks, choice of variant and the split over threads.
//
// The gradient sorts the occurrences by table row first (a stable counting sort). Every row of the
// gradient is then one bag: summed in order of occurrence and written once, by whichever thread.
#include <string.h>

#include "../runtime/blocks.h"
#include "../runtime/dispatch.h"
#include "embedding_kernels.h"

static const apus_embedding_kernels *select_kernels(void) {
    return APUS_VARIANT(apus_embedding);
}

typedef struct lookup {
    const apus_embedding_kernels *kernels;
    ptrdiff_t width;
    const int64_t *offsets;
    const int32_t *indices;
    const float *weights, *table;
    float *y;
    bool stream;
} lookup;

static void gather_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const lookup *c = context;
    c->kernels->gather(end - begin, c->width, c->indices + begin, c->table, c->y + begin * c->width,
                       c->stream);
}

static void bag_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const lookup *c = context;
    c->kernels->bag(end - begin, c->width, c->offsets + begin, c->indices, c->weights, c->table,
                    c->y + begin * c->width, c->stream);
}

static apus_status check_sizes(ptrdiff_t outputs, ptrdiff_t vocabulary, ptrdiff_t width) {
    ptrdiff_t n;
    if (outputs < 0 || vocabulary < 0 || width < 0) return APUS_ERROR_SHAPE;
    if (!apus_element_count(outputs, width, sizeof(float), &n) ||
        !apus_element_count(vocabulary, width, sizeof(float), &n) || outputs > PTRDIFF_MAX / 16 ||
        vocabulary > PTRDIFF_MAX / 16)
        return APUS_ERROR_OVERFLOW;
    return APUS_OK;
}

// Whether the output shares a byte with the indices or the floats read.
static bool aliases(const float *output, ptrdiff_t output_count, const int32_t *indices, ptrdiff_t entries,
                    const float *input, ptrdiff_t input_count) {
    size_t bytes = (size_t)output_count * sizeof(float);
    return apus_overlap(output, bytes, indices, (size_t)entries * sizeof(int32_t)) ||
           apus_overlap(output, bytes, input, (size_t)input_count * sizeof(float));
}

// The same of a bag function, whose entries have offsets and perhaps weights too.
static bool bag_aliases(const float *output, ptrdiff_t output_count, ptrdiff_t bags, const int64_t *offsets,
                        ptrdiff_t entries, const int32_t *indices, const float *weights, const float *input,
                        ptrdiff_t input_count) {
    return aliases(output, output_count, indices, entries, input, input_count) ||
           aliases(output, output_count, NULL, 0, weights, entries) ||
           apus_overlap(output, (size_t)output_count * sizeof(float), offsets, (size_t)(bags + 1) * sizeof *offsets);
}

apus_status apus_sembedding_forward(ptrdiff_t count, ptrdiff_t vocabulary, ptrdiff_t width, const int32_t *indices,
                                    const float *table, float *y) {
    apus_status status = check_sizes(count, vocabulary, width);
    if (status != APUS_OK || count == 0) return status;
    if (indices == NULL || (width > 0 && (y == NULL || (table == NULL && vocabulary > 0)))) return APUS_ERROR_NULL;
    if (!apus_indices_in_range(count, indices, vocabulary)) return APUS_ERROR_INDEX;
    if (width == 0) return APUS_OK;
    if (aliases(y, count * width, indices, count, table, vocabulary * width)) return APUS_ERROR_ALIAS;
    lookup context = {select_kernels(), width, NULL, indices, NULL, table, y, apus_streams(2 * count * width, y, table)};
    return apus_parallel_for(count, apus_rows_grain(count, width), gather_chunk, &context);
}

// Offsets run from 0 without a step down; *entries is the last one.
static bool valid_offsets(ptrdiff_t bags, const int64_t *offsets, ptrdiff_t *entries) {
    if (offsets[0] != 0) return false;
    unsigned bad = 0;
    for (ptrdiff_t b = 0; b < bags; b++) bad |= (unsigned)(offsets[b] > offsets[b + 1]);
    if (bad || offsets[bags] > PTRDIFF_MAX / 16) return false;
    *entries = (ptrdiff_t)offsets[bags];
    return true;
}

// What both bag functions check about their entries.
static apus_status check_bags(ptrdiff_t bags, ptrdiff_t vocabulary, const int64_t *offsets, const int32_t *indices,
                              ptrdiff_t *entries) {
    if (offsets == NULL) return APUS_ERROR_NULL;
    if (!valid_offsets(bags, offsets, entries)) return APUS_ERROR_VALUE;
    if (*entries > 0 && indices == NULL) return APUS_ERROR_NULL;
    return apus_indices_in_range(*entries, indices, vocabulary) ? APUS_OK : APUS_ERROR_INDEX;
}

apus_status apus_sembedding_bag_forward(ptrdiff_t bags, ptrdiff_t vocabulary, ptrdiff_t width, const int64_t *offsets,
                                        const int32_t *indices, const float *weights, const float *table, float *y) {
    ptrdiff_t entries = 0;
    apus_status status = check_sizes(bags, vocabulary, width);
    if (status != APUS_OK || bags == 0) return status;
    if ((status = check_bags(bags, vocabulary, offsets, indices, &entries)) != APUS_OK || width == 0) return status;
    if (y == NULL || (table == NULL && entries > 0)) return APUS_ERROR_NULL;
    if (bag_aliases(y, bags * width, bags, offsets, entries, indices, weights, table, vocabulary * width))
        return APUS_ERROR_ALIAS;
    lookup context = {select_kernels(), width, offsets, indices, weights, table, y,
                      apus_streams(2 * bags * width, y, table)};
    // The work of a bag is its entries: chunks of about APUS_ELEMENT_GRAIN multiply-adds.
    ptrdiff_t mean_entries = apus_max(1, entries / bags);
    return apus_parallel_for(bags, apus_max(1, apus_row_grain(width) / mean_entries), bag_chunk, &context);
}

// The entries in order of their table row, equal ones in order of occurrence.
// starts: [vocabulary + 1]; rows: for each sorted entry the row of dy it takes; weights: its weight.
static void sort_entries(ptrdiff_t bags, ptrdiff_t vocabulary, const int64_t *offsets, ptrdiff_t entries,
                         const int32_t *indices, const float *weights, int64_t *starts, int32_t *rows,
                         float *sorted_weights) {
    memset(starts, 0, (size_t)(vocabulary + 1) * sizeof *starts);
    for (ptrdiff_t e = 0; e < entries; e++) starts[indices[e]]++;
    for (ptrdiff_t v = 1; v <= vocabulary; v++) starts[v] += starts[v - 1];
    // starts[v] is the end of row v, and moves to its start while its entries are placed from the last one on.
    for (ptrdiff_t b = bags - 1; b >= 0; b--) {
        ptrdiff_t begin = offsets ? (ptrdiff_t)offsets[b] : b, end = offsets ? (ptrdiff_t)offsets[b + 1] : b + 1;
        for (ptrdiff_t e = end - 1; e >= begin; e--) {
            int64_t at = --starts[indices[e]];
            rows[at] = (int32_t)b;
            if (sorted_weights) sorted_weights[at] = weights[e];
        }
    }
}

static apus_status backward(ptrdiff_t bags, ptrdiff_t vocabulary, ptrdiff_t width, const int64_t *offsets,
                            ptrdiff_t entries, const int32_t *indices, const float *weights, const float *dy,
                            float *dtable) {
    size_t starts_bytes = (size_t)(vocabulary + 1) * sizeof(int64_t), rows_bytes = (size_t)entries * sizeof(int32_t);
    char *scratch = apus_alloc(starts_bytes + rows_bytes + (weights ? (size_t)entries * sizeof(float) : 0));
    if (scratch == NULL) return APUS_ERROR_MEMORY;
    int64_t *starts = (int64_t *)(void *)scratch;
    int32_t *rows = (int32_t *)(void *)(scratch + starts_bytes);
    float *sorted_weights = weights ? (float *)(void *)(scratch + starts_bytes + rows_bytes) : NULL;
    sort_entries(bags, vocabulary, offsets, entries, indices, weights, starts, rows, sorted_weights);
    lookup context = {select_kernels(), width, starts, rows, sorted_weights, dy, dtable,
                      apus_streams((bags + vocabulary) * width, dtable, dy)};
    apus_status status = apus_parallel_for(vocabulary, apus_max(1, apus_row_grain(width)), bag_chunk, &context);
    apus_free(scratch);
    return status;
}

apus_status apus_sembedding_backward(ptrdiff_t count, ptrdiff_t vocabulary, ptrdiff_t width, const int32_t *indices,
                                     const float *dy, float *dtable) {
    apus_status status = check_sizes(count, vocabulary, width);
    if (status != APUS_OK) return status;
    if (count > INT32_MAX) return APUS_ERROR_OVERFLOW;
    if ((count > 0 && (indices == NULL || (dy == NULL && width > 0))) ||
        (dtable == NULL && vocabulary > 0 && width > 0))
        return APUS_ERROR_NULL;
    if (!apus_indices_in_range(count, indices, vocabulary)) return APUS_ERROR_INDEX;
    if (vocabulary == 0 || width == 0) return APUS_OK;
    if (aliases(dtable, vocabulary * width, indices, count, dy, count * width)) return APUS_ERROR_ALIAS;
    return backward(count, vocabulary, width, NULL, count, indices, NULL, dy, dtable);
}

apus_status apus_sembedding_bag_backward(ptrdiff_t bags, ptrdiff_t vocabulary, ptrdiff_t width, const int64_t *offsets,
                                         const int32_t *indices, const float *weights, const float *dy, float *dtable) {
    ptrdiff_t entries = 0;
    apus_status status = check_sizes(bags, vocabulary, width);
    if (status != APUS_OK) return status;
    if (bags > INT32_MAX) return APUS_ERROR_OVERFLOW;
    if (bags > 0 && (status = check_bags(bags, vocabulary, offsets, indices, &entries)) != APUS_OK) return status;
    if (vocabulary == 0 || width == 0) return APUS_OK;
    if (dtable == NULL || (dy == NULL && entries > 0)) return APUS_ERROR_NULL;
    if (bag_aliases(dtable, vocabulary * width, bags, offsets, entries, indices, weights, dy, bags * width))
        return APUS_ERROR_ALIAS;
    return backward(bags, vocabulary, width, offsets, entries, indices, entries > 0 ? weights : NULL, dy, dtable);
}
