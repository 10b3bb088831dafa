// The checked descriptor and the way a product is computed. Not installed.
#ifndef APUS_GEMM_PLAN_H
#define APUS_GEMM_PLAN_H

#include "../../include/apus/gemm.h"
#include "../runtime/internal.h"

// How a product is computed. The choice depends on the shape and the variant, never on the threads.
typedef enum gemm_path {
    GEMM_NOTHING, // m == 0 or n == 0
    GEMM_SCALE,   // the product is zero: k == 0 or alpha == 0
    GEMM_GEMV,    // few rows, or n == 1: one pass over the matrix
    GEMM_STRIPES, // few rows: all of A packed once, each task packs its own columns of B
    GEMM_BLOCKS,  // tasks of rows and columns, straight from the caller's matrices or from what each packs itself
    GEMM_PACKED   // B packed in passes, each task packs its own rows of A
} gemm_path;

// Element (i, p) of op(A) is a[i * a_row + p * a_column], element (p, j) of op(B) b[p * b_row + j * b_column].
typedef struct gemm_plan {
    gemm_path path;
    int team;
    ptrdiff_t m, n, k, a_row, a_column, b_row, b_column, ldc;
    ptrdiff_t k_block;     // steps a kernel call takes
    ptrdiff_t tile_rows;   // rows of C a tile takes, <= mr: m spread evenly
    ptrdiff_t row_tiles, panels;   // of all of C
    ptrdiff_t row_blocks, column_blocks; // BLOCKS, PACKED: tasks, of almost equally many tiles and panels
    ptrdiff_t block;       // BLOCKS, PACKED: the most tiles of rows in a task; STRIPES: panels of columns in each
    bool pack_a, pack_b;   // BLOCKS: or read where it lies; PACKED: pack_a
    bool prepacked;        // PACKED: B is packed already
    bool call_ahead;       // BLOCKS: B's next panel
    bool stream;           // BLOCKS: C is written once and too large for the caches
    ptrdiff_t pass_n;      // PACKED: columns and steps of B packed at a time
    ptrdiff_t pass_k;
    ptrdiff_t shared;      // elements of workspace for all threads, and for each
    ptrdiff_t private_;
} gemm_plan;

// What the kernels' tile and the element's size mean for planning.
typedef struct gemm_tile {
    ptrdiff_t mr, nr, element_bytes;
} gemm_tile;

// What a packed B begins with.
typedef struct gemm_packed_header {
    uint64_t magic;
    int32_t isa, element_bytes;
    int64_t n, k, k_block, nr;
    int64_t unused[2];
} gemm_packed_header;
static const uint64_t apus_gemm_packed_magic = 0x3142706d6d656761; // "agemmpB1"
_Static_assert(sizeof(gemm_packed_header) == APUS_CACHE_LINE, "the panels behind it start at a line");

// Whether what was found is what is wanted; if not, the status that says why.
apus_status apus_gemm_check_packed(const gemm_packed_header *found, const gemm_packed_header *wanted);
apus_status apus_gemm_check_matrix(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t ld, ptrdiff_t element_bytes);
// Checks sizes, strides, enums and that every array fits the address space.
apus_status apus_gemm_check(const apus_gemm_desc *desc, ptrdiff_t element_bytes);
// Bytes from the first to the last element of an array of `rows` rows; the descriptor has passed the check.
size_t apus_gemm_extent(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t ld, ptrdiff_t element_bytes);
// alpha_is_zero: after rounding to the element type.
gemm_plan apus_gemm_make_plan(const apus_gemm_desc *desc, int alpha_is_zero, gemm_tile tile, int team);
// For a B that is packed already, in k blocks of apus_gemm_deep_k_block.
gemm_plan apus_gemm_make_prepacked_plan(const apus_gemm_desc *desc, int alpha_is_zero, gemm_tile tile, int team);
// Bytes of workspace: room to align, shared and private parts. 0 where none is needed.
size_t apus_gemm_plan_bytes(const gemm_plan *plan, ptrdiff_t element_bytes);

#endif
