#include "entries.h"

enum { WORDS = 4099, VOCABULARY = 1009, WIDTH = 37, BAGS = 577, IN_A_BAG = 7 };

static apus_status forward(call *c) {
    const ptrdiff_t count = size(c, WORDS), vocabulary = size(c, VOCABULARY), width = size(c, WIDTH);
    const int32_t *indices = in_indices(c, WORDS, VOCABULARY);
    const float *table = in_f32(c, VOCABULARY * WIDTH);
    float *y = out_f32(c, WORDS * WIDTH);
    return apus_sembedding_forward(count, vocabulary, width, indices, table, y);
}
static apus_status backward(call *c) {
    const ptrdiff_t count = size(c, WORDS), vocabulary = size(c, VOCABULARY), width = size(c, WIDTH);
    const int32_t *indices = in_indices(c, WORDS, VOCABULARY);
    const float *dy = in_f32(c, WORDS * WIDTH);
    float *dtable = out_f32(c, VOCABULARY * WIDTH);
    return apus_sembedding_backward(count, vocabulary, width, indices, dy, dtable);
}
static apus_status bag_forward(call *c) {
    const ptrdiff_t bags = size(c, BAGS), vocabulary = size(c, VOCABULARY), width = size(c, WIDTH);
    const int64_t *offsets = in_offsets(c, BAGS, IN_A_BAG);
    const int32_t *indices = in_indices(c, BAGS * IN_A_BAG, VOCABULARY);
    const float *weights = in_f32(optional(c), BAGS * IN_A_BAG), *table = in_f32(c, VOCABULARY * WIDTH);
    float *y = out_f32(c, BAGS * WIDTH);
    return apus_sembedding_bag_forward(bags, vocabulary, width, offsets, indices, weights, table, y);
}
static apus_status bag_backward(call *c) {
    const ptrdiff_t bags = size(c, BAGS), vocabulary = size(c, VOCABULARY), width = size(c, WIDTH);
    const int64_t *offsets = in_offsets(c, BAGS, IN_A_BAG);
    const int32_t *indices = in_indices(c, BAGS * IN_A_BAG, VOCABULARY);
    const float *weights = in_f32(optional(c), BAGS * IN_A_BAG), *dy = in_f32(c, BAGS * WIDTH);
    float *dtable = out_f32(c, VOCABULARY * WIDTH);
    return apus_sembedding_bag_backward(bags, vocabulary, width, offsets, indices, weights, dy, dtable);
}

const entry embedding_entries[] = {
    {"apus_sembedding_forward", forward},
    {"apus_sembedding_backward", backward},
    {"apus_sembedding_bag_forward", bag_forward},
    {"apus_sembedding_bag_backward", bag_backward},
    {NULL, NULL},
};
