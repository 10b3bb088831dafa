// Every public function that computes, in a table: a way to call it that a test can disturb.
//
// An entry asks for its arrays, sizes and workspace through the functions below and calls the function. In the plain
// mode they give what was asked for. In the others one of them, the one numbered `which`, is spoiled: a null pointer,
// a negative size, one that overflows, an output that lies on another array, a workspace that is a byte short.
#ifndef APUS_TEST_ENTRIES_H
#define APUS_TEST_ENTRIES_H

#include "../../../include/apus.h"
#include "../harness.h"

typedef enum call_mode { CALL_PLAIN, CALL_NULL, CALL_NEGATIVE, CALL_HUGE, CALL_HALF, CALL_ALIAS, CALL_SHORT } call_mode;

enum { MOST_ARRAYS = 16 };
typedef struct call {
    call_mode mode;
    int which;                  // of the arrays (NULL, ALIAS) or sizes (NEGATIVE, HUGE, HALF)
    int arrays, sizes, outputs; // asked for so far
    bool spoiled;               // whether `which` came up
    bool optional;              // a null pointer for it is fine
    bool keep_inputs, keep_outputs; // as an earlier call of the same entry left them
    char *memory, *before;      // CALL_BYTES each, of which so much is used; before: the arrays as they were filled
    size_t used;
    struct {
        char *data;     // null or another array where it was spoiled
        char *intended;
        size_t bytes;
        bool output;
    } array[MOST_ARRAYS];
} call;
enum { CALL_BYTES = 48 << 20 };

// Inputs, filled with numbers of their own: in [-1, 1), in [0.1, 1), indices below a limit, or all one value.
const float *in_f32(call *c, ptrdiff_t count);
const float *in_positive_f32(call *c, ptrdiff_t count);
const double *in_f64(call *c, ptrdiff_t count);
const double *in_positive_f64(call *c, ptrdiff_t count);
const int32_t *in_indices(call *c, ptrdiff_t count, int32_t limit);
const int64_t *in_offsets(call *c, ptrdiff_t bags, int64_t step); // 0, step, 2 step, ...
const uint8_t *in_bytes(call *c, ptrdiff_t count, int value); // all the same
const uint8_t *in_pixels(call *c, ptrdiff_t count); // anything
// Outputs, filled with numbers in [0.1, 1) (as float64: finite and positive), so that they serve as state too.
float *out_f32(call *c, ptrdiff_t count);
double *out_f64(call *c, ptrdiff_t count);
void *out_bytes(call *c, size_t bytes);
// An entry has changed the array that it asked for last.
void changed(call *c);
// The next array may be null.
call *optional(call *c);
// A size, a count or a stride.
ptrdiff_t size(call *c, ptrdiff_t value);
// A number of bytes alone, where none is too large to be told from one that is right.
ptrdiff_t byte_count(call *c, ptrdiff_t value);
// Null with *bytes = 0, so that the call allocates for itself; in CALL_SHORT a block one byte short of *bytes.
void *space(call *c, size_t *bytes);
// A block of *bytes, where a call does not allocate for itself; in CALL_SHORT a byte less.
void *required_space(call *c, size_t *bytes);

typedef struct entry {
    const char *name; // of the function
    apus_status (*run)(call *c);
} entry;
// Each ends with {NULL, NULL}.
extern const entry gemm_entries[], conv_entries[], pool_entries[], elementwise_entries[], optimizer_entries[],
    embedding_entries[], statistics_entries[], capsule_entries[], random_entries[], image_entries[];

#endif
