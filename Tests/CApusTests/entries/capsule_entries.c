#include "entries.h"

enum { ROWS = 4003, DIM = 16 };
enum { BATCH = 5, IN = 72, IN_DIM = 8, OUT = 10, OUT_DIM = 16, ITERATIONS = 3 };
enum {
    U = BATCH * IN * IN_DIM,
    WEIGHTS = IN * IN_DIM * OUT * OUT_DIM,
    U_HAT = BATCH * IN * OUT * OUT_DIM,
    V = BATCH * OUT * OUT_DIM,
    SUMS = V * ITERATIONS,
    COUPLING = BATCH * IN * OUT
};

static apus_status squash_forward(call *c) {
    const ptrdiff_t rows = size(c, ROWS), dim = size(c, DIM);
    const float *x = in_f32(c, ROWS * DIM);
    float *y = out_f32(c, ROWS * DIM);
    return apus_ssquash_forward(rows, dim, x, y);
}
static apus_status squash_backward(call *c) {
    const ptrdiff_t rows = size(c, ROWS), dim = size(c, DIM);
    const float *x = in_f32(c, ROWS * DIM), *dy = in_f32(c, ROWS * DIM);
    float *dx = out_f32(c, ROWS * DIM);
    return apus_ssquash_backward(rows, dim, x, dy, dx);
}
static apus_status length_forward(call *c) {
    const ptrdiff_t rows = size(c, ROWS), dim = size(c, DIM);
    const float *x = in_f32(c, ROWS * DIM);
    float *lengths = out_f32(c, ROWS);
    return apus_slength_forward(rows, dim, x, lengths);
}
static apus_status length_backward(call *c) {
    const ptrdiff_t rows = size(c, ROWS), dim = size(c, DIM);
    const float *x = in_f32(c, ROWS * DIM), *dlengths = in_f32(c, ROWS);
    float *dx = out_f32(c, ROWS * DIM);
    return apus_slength_backward(rows, dim, x, dlengths, dx);
}

static apus_capsule_desc capsules(call *c) {
    apus_capsule_desc d = {.iterations = ITERATIONS};
    d.batch = size(c, BATCH), d.in_capsules = size(c, IN), d.in_dim = size(c, IN_DIM);
    d.out_capsules = size(c, OUT), d.out_dim = size(c, OUT_DIM);
    return d;
}
static apus_status predict(call *c) {
    const apus_capsule_desc d = capsules(c);
    const float *u = in_f32(c, U), *w = in_f32(c, WEIGHTS);
    float *u_hat = out_f32(c, U_HAT);
    return apus_scapsule_predict(&d, u, w, u_hat);
}
static apus_status predict_backward(call *c) {
    const apus_capsule_desc d = capsules(c);
    const float *u = in_f32(c, U), *w = in_f32(c, WEIGHTS), *du_hat = in_f32(c, U_HAT);
    float *du = out_f32(optional(c), U), *dw = out_f32(optional(c), WEIGHTS);
    return apus_scapsule_predict_backward(&d, u, w, du_hat, du, dw);
}
static apus_status routing_forward(call *c) {
    const apus_capsule_desc d = capsules(c);
    const float *u_hat = in_f32(c, U_HAT);
    float *v = out_f32(c, V), *sums = out_f32(optional(c), SUMS), *coupling = out_f32(optional(c), COUPLING);
    size_t bytes = apus_scapsule_workspace(&d, APUS_CAPSULE_FORWARD);
    void *workspace = space(c, &bytes);
    return apus_srouting_forward(&d, u_hat, v, sums, coupling, workspace, bytes);
}
static apus_status routing_backward(call *c) {
    const apus_capsule_desc d = capsules(c);
    const float *u_hat = in_f32(c, U_HAT), *sums = in_f32(c, SUMS), *dv = in_f32(c, V);
    float *du_hat = out_f32(c, U_HAT);
    size_t bytes = apus_scapsule_workspace(&d, APUS_CAPSULE_BACKWARD);
    void *workspace = space(c, &bytes);
    return apus_srouting_backward(&d, u_hat, sums, dv, du_hat, workspace, bytes);
}
static apus_status capsule_forward(call *c) {
    const apus_capsule_desc d = capsules(c);
    const float *u = in_f32(c, U), *w = in_f32(c, WEIGHTS);
    float *v = out_f32(c, V), *u_hat = out_f32(optional(c), U_HAT), *sums = out_f32(optional(c), SUMS);
    float *coupling = out_f32(optional(c), COUPLING);
    size_t bytes = apus_scapsule_workspace(&d, APUS_CAPSULE_FORWARD);
    void *workspace = space(c, &bytes);
    return apus_scapsule_forward(&d, u, w, v, u_hat, sums, coupling, workspace, bytes);
}
static apus_status capsule_backward(call *c) {
    const apus_capsule_desc d = capsules(c);
    const float *u = in_f32(c, U), *w = in_f32(c, WEIGHTS), *sums = in_f32(c, SUMS), *dv = in_f32(c, V);
    float *u_hat = out_f32(c, U_HAT), *du = out_f32(optional(c), U), *dw = out_f32(optional(c), WEIGHTS);
    size_t bytes = apus_scapsule_workspace(&d, APUS_CAPSULE_BACKWARD);
    void *workspace = space(c, &bytes);
    return apus_scapsule_backward(&d, u, w, u_hat, sums, dv, du, dw, workspace, bytes);
}
static apus_status capsule_backward_coupled(call *c) {
    apus_capsule_desc d = capsules(c);
    d.gradient = APUS_ROUTING_LAST_ITERATION;
    const float *u = in_f32(c, U), *w = in_f32(c, WEIGHTS), *coupling = in_f32(c, COUPLING), *sums = in_f32(c, SUMS);
    const float *dv = in_f32(c, V);
    float *du = out_f32(optional(c), U), *dw = out_f32(optional(c), WEIGHTS);
    size_t bytes = apus_scapsule_workspace(&d, APUS_CAPSULE_BACKWARD_COUPLED);
    void *workspace = space(c, &bytes);
    return apus_scapsule_backward_coupled(&d, u, w, coupling, sums, dv, du, dw, workspace, bytes);
}

const entry capsule_entries[] = {
    {"apus_ssquash_forward", squash_forward},
    {"apus_ssquash_backward", squash_backward},
    {"apus_slength_forward", length_forward},
    {"apus_slength_backward", length_backward},
    {"apus_scapsule_predict", predict},
    {"apus_scapsule_predict_backward", predict_backward},
    {"apus_srouting_forward", routing_forward},
    {"apus_srouting_backward", routing_backward},
    {"apus_scapsule_forward", capsule_forward},
    {"apus_scapsule_backward", capsule_backward},
    {"apus_scapsule_backward_coupled", capsule_backward_coupled},
    {NULL, NULL},
};
