// The body of the vector variants of table look-up; included once by each, after its simd_*.h and simd_math.h.
#include "embedding_kernels.h"

// Rows lie anywhere, so the processor cannot see the next one come: these are fetched ahead, 8 KiB of them.
#define ROWS_AHEAD(width) apus_max(2, 2048 / (width))
SIMD_INLINE void fetch(const float *row, ptrdiff_t width) {
    for (ptrdiff_t c = 0; c < width; c += 16) __builtin_prefetch(row + c, 0, 3);
}

SIMD_TARGET static void gather(ptrdiff_t count, ptrdiff_t width, const int32_t *indices, const float *table, float *y,
                               bool stream) {
    ptrdiff_t whole = width - width % VF_LANES, rest = width - whole, ahead = ROWS_AHEAD(width);
    stream = stream && rest == 0 && v_stream_head(y, VF_LANES) == 0;
    for (ptrdiff_t i = 0; i < count; i++, y += width) {
        const float *row = table + indices[i] * width;
        if (i + ahead < count) fetch(table + indices[i + ahead] * width, width);
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
                           const float *table, float *y, const bool stream) {
    vf s0 = v_zero(), s1 = v_zero(), s2 = v_zero(), s3 = v_zero();
    for (int64_t e = begin; e < end; e++) {
        const float *row = table + indices[e] * width;
        vf w = weights ? v_set1(weights[e]) : v_set1(1.0f);
        s0 = v_fma(w, v_load(row), s0);
        s1 = v_fma(w, v_load(row + VF_LANES), s1);
        s2 = v_fma(w, v_load(row + 2 * VF_LANES), s2);
        s3 = v_fma(w, v_load(row + 3 * VF_LANES), s3);
    }
    if (stream) {
        v_stream(y, s0);
        v_stream(y + VF_LANES, s1);
        v_stream(y + 2 * VF_LANES, s2);
        v_stream(y + 3 * VF_LANES, s3);
        return;
    }
    v_store(y, s0);
    v_store(y + VF_LANES, s1);
    v_store(y + 2 * VF_LANES, s2);
    v_store(y + 3 * VF_LANES, s3);
}

SIMD_TARGET static void bag(ptrdiff_t bags, ptrdiff_t width, const int64_t *offsets, const int32_t *indices,
                            const float *weights, const float *table, float *y, bool stream) {
    ptrdiff_t whole = width - width % VF_LANES, rest = width - whole, ahead = ROWS_AHEAD(width);
    const int64_t last = offsets[bags];
    stream = stream && width % (4 * VF_LANES) == 0 && v_stream_head(y, VF_LANES) == 0;
    for (ptrdiff_t b = 0; b < bags; b++, y += width) {
        int64_t begin = offsets[b], end = offsets[b + 1];
        for (int64_t e = begin + ahead; e < end + ahead && e < last; e++) fetch(table + indices[e] * width, width);
        ptrdiff_t c = 0;
        if (stream)
            for (; c < width; c += 4 * VF_LANES) bag_strip(begin, end, width, indices, weights, table + c, y + c, true);
        for (; c + 4 * VF_LANES <= width; c += 4 * VF_LANES)
            bag_strip(begin, end, width, indices, weights, table + c, y + c, false);
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
    if (stream) v_stream_end();
}

const apus_embedding_kernels SIMD_NAME(apus_embedding) = {gather, bag};
