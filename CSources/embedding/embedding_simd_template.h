// The body of the vector variants of table look-up; included once by each, after its simd_*.h and simd_math.h.
#include "embedding_kernels.h"

#define ROWS_AHEAD 8 // fetched before they are copied

SIMD_TARGET static void gather(ptrdiff_t count, ptrdiff_t width, const int32_t *indices, const float *table, float *y,
                               bool stream) {
    ptrdiff_t whole = width - width % VF_LANES, rest = width - whole;
    stream = stream && rest == 0 && v_stream_head(y, VF_LANES) == 0;
    for (ptrdiff_t i = 0; i < count; i++, y += width) {
        const float *row = table + indices[i] * width;
        if (i + ROWS_AHEAD < count) // rows lie anywhere: the processor cannot see the next one come
            for (ptrdiff_t c = 0; c < width; c += 16) __builtin_prefetch(table + indices[i + ROWS_AHEAD] * width + c, 0, 3);
        if (stream)
            for (ptrdiff_t c = 0; c < whole; c += VF_LANES) v_stream(y + c, v_load(row + c));
        else
            for (ptrdiff_t c = 0; c < whole; c += VF_LANES) v_store(y + c, v_load(row + c));
        if (rest) v_store_n(y + whole, v_load_n(row + whole, rest), rest);
    }
    if (stream) v_stream_end();
}

// One bag, up to four vectors of columns at a time: the sums stay in registers, rows of the table are only read.
SIMD_INLINE void bag_strip(int64_t begin, int64_t end, ptrdiff_t width, const int32_t *indices, const float *weights,
                           const float *table, float *y) {
    vf s0 = v_zero(), s1 = v_zero(), s2 = v_zero(), s3 = v_zero();
    for (int64_t e = begin; e < end; e++) {
        const float *row = table + indices[e] * width;
        vf w = weights ? v_set1(weights[e]) : v_set1(1.0f);
        s0 = v_fma(w, v_load(row), s0);
        s1 = v_fma(w, v_load(row + VF_LANES), s1);
        s2 = v_fma(w, v_load(row + 2 * VF_LANES), s2);
        s3 = v_fma(w, v_load(row + 3 * VF_LANES), s3);
    }
    v_store(y, s0);
    v_store(y + VF_LANES, s1);
    v_store(y + 2 * VF_LANES, s2);
    v_store(y + 3 * VF_LANES, s3);
}

SIMD_TARGET static void bag(ptrdiff_t bags, ptrdiff_t width, const int64_t *offsets, const int32_t *indices,
                            const float *weights, const float *table, float *y) {
    ptrdiff_t whole = width - width % VF_LANES, rest = width - whole;
    for (ptrdiff_t b = 0; b < bags; b++, y += width) {
        int64_t begin = offsets[b], end = offsets[b + 1];
        ptrdiff_t c = 0;
        for (; c + 4 * VF_LANES <= width; c += 4 * VF_LANES)
            bag_strip(begin, end, width, indices, weights, table + c, y + c);
        for (; c < whole; c += VF_LANES) {
            vf sum = v_zero();
            for (int64_t e = begin; e < end; e++)
                sum = v_fma(weights ? v_set1(weights[e]) : v_set1(1.0f), v_load(table + indices[e] * width + c), sum);
            v_store(y + c, sum);
        }
        if (rest) {
            vf sum = v_zero();
            for (int64_t e = begin; e < end; e++)
                sum = v_fma(weights ? v_set1(weights[e]) : v_set1(1.0f), v_load_n(table + indices[e] * width + c, rest), sum);
            v_store_n(y + c, sum, rest);
        }
    }
}

const apus_embedding_kernels SIMD_NAME(apus_embedding) = {gather, bag};
