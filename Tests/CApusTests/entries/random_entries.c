#include "entries.h"

enum { COUNT = 17 * 16384 + 5 };

static apus_status bits(call *c) {
    const ptrdiff_t n = size(c, COUNT);
    uint32_t *out = out_bytes(c, COUNT * sizeof(uint32_t));
    return apus_random_bits(1, 2, 3, n, out);
}
static apus_status uniform(call *c) {
    const ptrdiff_t n = size(c, COUNT);
    float *out = out_f32(c, COUNT);
    return apus_random_uniform(1, 2, 3, n, -1, 1, out);
}
static apus_status normal(call *c) {
    const ptrdiff_t n = size(c, COUNT);
    float *out = out_f32(c, COUNT);
    return apus_random_normal(1, 2, 3, n, 0, 1, out);
}
static apus_status dropout(call *c) {
    const ptrdiff_t n = size(c, COUNT);
    const float *x = in_f32(c, COUNT);
    float *y = out_f32(c, COUNT);
    return apus_sdropout(1, 2, 3, 0.3f, n, x, y);
}

const entry random_entries[] = {
    {"apus_random_bits", bits},
    {"apus_random_uniform", uniform},
    {"apus_random_normal", normal},
    {"apus_sdropout", dropout},
    {NULL, NULL},
};
