#include "entries.h"

enum { COUNT = 17 * 16384 + 5 };

static apus_status sgd(call *c) {
    const ptrdiff_t n = size(c, COUNT);
    const float *gradient = in_f32(c, COUNT);
    float *velocity = out_f32(c, COUNT), *w = out_f32(c, COUNT);
    return apus_ssgd_step(n, 0.01f, 0.9f, 1, 0.001f, gradient, velocity, w);
}
static apus_status rmsprop(call *c) {
    const ptrdiff_t n = size(c, COUNT);
    const float *gradient = in_f32(c, COUNT);
    float *square = out_f32(c, COUNT), *velocity = out_f32(c, COUNT), *w = out_f32(c, COUNT);
    return apus_srmsprop_step(n, 0.01f, 0.9f, 0.5f, 1e-7f, gradient, square, velocity, w);
}
static apus_status adam(call *c) {
    const ptrdiff_t n = size(c, COUNT);
    const float *gradient = in_f32(c, COUNT);
    float *m = out_f32(c, COUNT), *v = out_f32(c, COUNT), *w = out_f32(c, COUNT);
    return apus_sadam_step(n, 0.01f, 0.9f, 0.999f, 1e-7f, 0.01f, 3, gradient, m, v, w);
}

const entry optimizer_entries[] = {
    {"apus_ssgd_step", sgd},
    {"apus_srmsprop_step", rmsprop},
    {"apus_sadam_step", adam},
    {NULL, NULL},
};
