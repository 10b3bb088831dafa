// Random numbers: checks, choice of variant, and the split over threads.
#include <math.h>

#include "../runtime/blocks.h"
#include "../runtime/dispatch.h"
#include "random_kernels.h"

static const apus_random_kernels *select_kernels(void) {
    return APUS_VARIANT(apus_random);
}

// Words that are made at a time: 4 KiB, which stay in the first-level cache.
#define TILE 1024

typedef struct stream_context {
    const apus_random_kernels *kernels;
    uint64_t seed, stream, position;
    float low, half_span, last; // uniform
    uint32_t threshold;         // dropout
    float factor;
    double mean, deviation; // normal
    const float *x;
    uint32_t *words;
    float *out;
} stream_context;

static apus_status check(ptrdiff_t n, uint64_t position, const void *out) {
    ptrdiff_t count;
    if (n < 0) return APUS_ERROR_SHAPE;
    if (!apus_element_count(n, 1, sizeof(float), &count)) return APUS_ERROR_OVERFLOW;
    if ((uint64_t)n > 0 && position > UINT64_MAX - (uint64_t)n) return APUS_ERROR_OVERFLOW;
    return n > 0 && out == NULL ? APUS_ERROR_NULL : APUS_OK;
}

// Makes up to TILE words from word number `at` on in `tile`, which has room for the three words before
// them that share a block; gives how many and where they start.
static const uint32_t *next_words(const stream_context *c, uint64_t at, ptrdiff_t left, uint32_t *tile,
                                  ptrdiff_t *count) {
    ptrdiff_t skip = (ptrdiff_t)(at & 3);
    *count = apus_min(left, TILE - skip);
    c->kernels->words(c->seed, c->stream, at >> 2, apus_ceil_div(skip + *count, 4), tile);
    return tile + skip;
}

static void bits_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const stream_context *c = context;
    uint32_t tile[TILE];
    ptrdiff_t count;
    uint64_t at = c->position + (uint64_t)begin;
    if ((at & 3) == 0) { // whole blocks go straight to their place
        ptrdiff_t blocks = (end - begin) / 4;
        c->kernels->words(c->seed, c->stream, at >> 2, blocks, c->words + begin);
        begin += 4 * blocks;
    }
    for (; begin < end; begin += count) {
        const uint32_t *words = next_words(c, c->position + (uint64_t)begin, end - begin, tile, &count);
        for (ptrdiff_t i = 0; i < count; i++) c->words[begin + i] = words[i];
    }
}

apus_status apus_random_bits(uint64_t seed, uint64_t stream, uint64_t position, ptrdiff_t n, uint32_t *out) {
    apus_status status = check(n, position, out);
    if (status != APUS_OK) return status;
    stream_context context = {.kernels = select_kernels(), .seed = seed, .stream = stream, .position = position, .words = out};
    return apus_parallel_for(n, APUS_ELEMENT_GRAIN, bits_chunk, &context);
}

static void uniform_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const stream_context *c = context;
    uint32_t tile[TILE];
    for (ptrdiff_t count; begin < end; begin += count) {
        const uint32_t *words = next_words(c, c->position + (uint64_t)begin, end - begin, tile, &count);
        c->kernels->uniform(count, words, c->low, c->half_span, c->last, c->out + begin);
    }
}

apus_status apus_random_uniform(uint64_t seed, uint64_t stream, uint64_t position, ptrdiff_t n, float low, float high,
                                float *out) {
    if (!isfinite(low) || !isfinite(high) || low > high) return APUS_ERROR_VALUE;
    apus_status status = check(n, position, out);
    if (status != APUS_OK) return status;
    stream_context context = {.kernels = select_kernels(), .seed = seed, .stream = stream, .position = position,
                              .low = low, .half_span = (float)(((double)high - (double)low) * 0.5), // the whole may not fit
                              .last = low < high ? nextafterf(high, low) : low, .out = out};
    return apus_parallel_for(n, APUS_ELEMENT_GRAIN, uniform_chunk, &context);
}

static void dropout_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const stream_context *c = context;
    uint32_t tile[TILE];
    for (ptrdiff_t count; begin < end; begin += count) {
        // Memory is idle while words are made.
        for (ptrdiff_t i = 0; i < apus_min(TILE, end - begin); i += 16) __builtin_prefetch(c->x + begin + i);
        const uint32_t *words = next_words(c, c->position + (uint64_t)begin, end - begin, tile, &count);
        c->kernels->dropout(count, words, c->threshold, c->factor, c->x + begin, c->out + begin);
    }
}

apus_status apus_sdropout(uint64_t seed, uint64_t stream, uint64_t position, float rate, ptrdiff_t n, const float *x,
                          float *y) {
    if (!(rate >= 0 && rate < 1)) return APUS_ERROR_VALUE;
    apus_status status = check(n, position, y);
    if (status != APUS_OK || n == 0) return status;
    if (x == NULL) return APUS_ERROR_NULL;
    if (apus_partly_overlaps(y, x, n, sizeof(float))) return APUS_ERROR_ALIAS;
    stream_context context = {.kernels = select_kernels(), .seed = seed, .stream = stream, .position = position,
                              .threshold = (uint32_t)ceil((double)rate * 0x1p24), .factor = 1 / (1 - rate), .x = x, .out = y};
    return apus_parallel_for(n, APUS_ELEMENT_GRAIN, dropout_chunk, &context);
}

static void normal_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const stream_context *c = context;
    c->kernels->normal(c->seed, c->stream, c->position + (uint64_t)begin, end - begin, c->mean, c->deviation,
                       c->out + begin);
}

apus_status apus_random_normal(uint64_t seed, uint64_t stream, uint64_t position, ptrdiff_t n, float mean,
                               float standard_deviation, float *out) {
    if (!(standard_deviation >= 0) || !isfinite(standard_deviation) || !isfinite(mean)) return APUS_ERROR_VALUE;
    apus_status status = check(n, position, out);
    if (status != APUS_OK) return status;
    stream_context context = {.kernels = select_kernels(), .seed = seed, .stream = stream, .position = position,
                              .mean = mean, .deviation = standard_deviation, .out = out};
    return apus_parallel_for(n, APUS_ELEMENT_GRAIN / 4, normal_chunk, &context);
}
