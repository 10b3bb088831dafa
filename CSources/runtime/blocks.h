// How work is cut. Every cut depends on the shape alone, never on the threads or the variant: that is
// what makes a result the same bits on any number of threads.
#ifndef APUS_BLOCKS_H
#define APUS_BLOCKS_H

#include "internal.h"

// Elements that one chunk of an elementwise pass handles: 64 KiB, large against the cost of handing it out.
#define APUS_ELEMENT_GRAIN ((ptrdiff_t)16384)

// Elements of one chunk of a long elementwise pass: up to 1 MiB, for the processor's prefetching starts anew with each.
static inline ptrdiff_t apus_element_grain(ptrdiff_t n) {
    ptrdiff_t grain = n / 64 / APUS_ELEMENT_GRAIN * APUS_ELEMENT_GRAIN;
    return apus_min(apus_max(grain, APUS_ELEMENT_GRAIN), 16 * APUS_ELEMENT_GRAIN);
}

// The same in rows: a multiple of 16 where it can be, so that chunks of aligned arrays begin aligned.
static inline ptrdiff_t apus_rows_grain(ptrdiff_t rows, ptrdiff_t columns) {
    ptrdiff_t grain = apus_max(1, apus_element_grain(rows * columns) / apus_max(columns, 1));
    return grain < 16 ? grain : grain / 16 * 16;
}

// Whether an output should be written past the caches, which saves reading it first: where a call touches so much,
// `floats` in all its arrays, that little of the output would be left in the last-level cache at its end. Not where an
// input is overwritten: its lines are there already.
static inline bool apus_streams(ptrdiff_t floats, const void *output, const void *input) {
    return output != input && (size_t)floats * sizeof(float) / 2 > apus_get_caches().l3;
}

// Partial sums of a reduction over rows are at most this many.
#define APUS_MAX_ROW_BLOCKS 128

// Rows of one chunk of a pass that treats whole rows.
static inline ptrdiff_t apus_row_grain(ptrdiff_t columns) {
    return columns >= APUS_ELEMENT_GRAIN ? 1 : APUS_ELEMENT_GRAIN / apus_max(columns, 1);
}

// Rows of one partial sum of a reduction over rows: at most APUS_MAX_ROW_BLOCKS blocks, each of 128 rows or more.
static inline ptrdiff_t apus_row_block(ptrdiff_t rows) {
    ptrdiff_t least = rows / APUS_MAX_ROW_BLOCKS + (rows % APUS_MAX_ROW_BLOCKS != 0);
    return least <= 128 ? 128 : least;
}

// Whether a * b elements of `size` bytes can be addressed. *count = a * b.
static inline bool apus_element_count(ptrdiff_t a, ptrdiff_t b, size_t size, ptrdiff_t *count) {
    ptrdiff_t bytes;
    return apus_multiply_sizes(a, b, count) && apus_multiply_sizes(*count, (ptrdiff_t)size, &bytes);
}

// An output may be an input's own array, element for element, or lie apart from it; anything between is refused.
static inline bool apus_partly_overlaps(const void *output, const void *input, ptrdiff_t count, size_t size) {
    size_t bytes = (size_t)count * size;
    return output != input && apus_overlap(output, bytes, input, bytes);
}

// Whether every index lies in [0, limit). Without an early exit, so that compilers vectorize it.
static inline bool apus_indices_in_range(ptrdiff_t count, const int32_t *indices, ptrdiff_t limit) {
    uint32_t bound = limit > INT32_MAX ? (uint32_t)INT32_MAX + 1 : (uint32_t)apus_max(limit, 0);
    unsigned bad = 0;
    for (ptrdiff_t i = 0; i < count; i++) bad |= (unsigned)((uint32_t)indices[i] >= bound);
    return bad == 0;
}

#endif
