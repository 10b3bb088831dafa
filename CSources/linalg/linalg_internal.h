// What the decompositions share: checks, the cut of a workspace. Not installed.
//
// Decompositions hold a matrix with each column in one run of memory: column j of x is x[j * ldx ...]. Householder
// vectors, dot products and rotations then work on runs. Row-major, that is the matrix transposed.
#ifndef APUS_LINALG_INTERNAL_H
#define APUS_LINALG_INTERNAL_H

#include "../../include/apus/linalg.h"
#include "../runtime/internal.h"

// Takes arrays out of one block of memory, or, with base == 0, only counts the bytes.
typedef struct linalg_room {
    uintptr_t base;
    size_t used;
} linalg_room;

static inline void *linalg_take(linalg_room *room, size_t bytes) {
    void *start = room->base == 0 ? NULL : (void *)(room->base + room->used);
    room->used += (bytes + APUS_CACHE_LINE - 1) / APUS_CACHE_LINE * APUS_CACHE_LINE;
    return start;
}

static inline uintptr_t linalg_align(const void *workspace) {
    return ((uintptr_t)workspace + APUS_CACHE_LINE - 1) / APUS_CACHE_LINE * APUS_CACHE_LINE;
}

// Whether [rows, columns] with this leading dimension is well formed.
apus_status apus_linalg_check_matrix(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t ld, size_t element_bytes);

// An array of a call, in bytes.
typedef struct linalg_extent {
    const void *start;
    size_t bytes;
} linalg_extent;
static inline linalg_extent linalg_extent_of(const void *x, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t ld, size_t size) {
    return (linalg_extent){x, rows == 0 || columns == 0 ? 0 : (size_t)((rows - 1) * ld + columns) * size};
}
// Whether one of the first `outputs` arrays shares a byte with any other.
bool apus_linalg_outputs_overlap(const linalg_extent *arrays, int outputs, int count);

// The workspace of a call: the caller's where it is large enough, or, without one, memory that the call frees: *own.
apus_status apus_linalg_use_workspace(void **workspace, size_t given, size_t wanted, void **own);

#endif
