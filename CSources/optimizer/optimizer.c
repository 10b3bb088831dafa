// Optimizer steps: checks, choice of variant and the split over threads.
#include <math.h>

#include "../runtime/blocks.h"
#include "../runtime/dispatch.h"
#include "optimizer_kernels.h"

static const apus_optimizer_kernels *select_kernels(void) {
    return APUS_VARIANT(apus_optimizer);
}

typedef struct step_context {
    const apus_optimizer_kernels *kernels;
    float rate, first, second, epsilon, decay;
    int nesterov;
    const float *gradient;
    float *state, *other_state, *w;
} step_context;

// Checks n and the arrays; state arrays may be null only where not needed.
static apus_status check(ptrdiff_t n, float rate, const float *gradient, const float *state, bool needs_state,
                         const float *other, bool needs_other, const float *w) {
    ptrdiff_t count;
    if (n < 0) return APUS_ERROR_SHAPE;
    if (!apus_element_count(n, 1, sizeof(float), &count)) return APUS_ERROR_OVERFLOW;
    if (!isfinite(rate)) return APUS_ERROR_VALUE;
    if (n == 0) return APUS_OK;
    if (gradient == NULL || w == NULL || (needs_state && state == NULL) || (needs_other && other == NULL))
        return APUS_ERROR_NULL;
    size_t bytes = (size_t)n * sizeof(float);
    if (apus_overlap(w, bytes, gradient, bytes)) return APUS_ERROR_ALIAS;
    if (needs_state && (apus_overlap(state, bytes, gradient, bytes) || apus_overlap(state, bytes, w, bytes)))
        return APUS_ERROR_ALIAS;
    if (needs_other && (apus_overlap(other, bytes, gradient, bytes) || apus_overlap(other, bytes, w, bytes)))
        return APUS_ERROR_ALIAS;
    if (needs_state && needs_other && apus_overlap(state, bytes, other, bytes)) return APUS_ERROR_ALIAS;
    return APUS_OK;
}

static bool in_unit(float value) { return value >= 0 && value < 1; }

static void sgd_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const step_context *c = context;
    c->kernels->sgd(end - begin, c->rate, c->first, c->nesterov, c->decay, c->gradient + begin,
                    c->state ? c->state + begin : NULL, c->w + begin);
}

apus_status apus_ssgd_step(ptrdiff_t n, float rate, float momentum, int nesterov, float weight_decay,
                           const float *gradient, float *velocity, float *w) {
    if (!in_unit(momentum) || !(weight_decay >= 0)) return APUS_ERROR_VALUE;
    bool moving = momentum > 0;
    apus_status status = check(n, rate, gradient, velocity, moving, NULL, false, w);
    if (status != APUS_OK) return status;
    step_context context = {.kernels = select_kernels(), .rate = rate, .first = momentum, .nesterov = nesterov,
                            .decay = weight_decay, .gradient = gradient, .state = moving ? velocity : NULL, .w = w};
    return apus_parallel_for(n, apus_element_grain(n), sgd_chunk, &context);
}

static void rmsprop_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const step_context *c = context;
    c->kernels->rmsprop(end - begin, c->rate, c->first, c->second, c->epsilon, c->gradient + begin, c->state + begin,
                        c->other_state ? c->other_state + begin : NULL, c->w + begin);
}

apus_status apus_srmsprop_step(ptrdiff_t n, float rate, float rho, float momentum, float epsilon,
                               const float *gradient, float *square, float *velocity, float *w) {
    if (!in_unit(rho) || !in_unit(momentum) || !(epsilon >= 0)) return APUS_ERROR_VALUE;
    bool moving = momentum > 0;
    apus_status status = check(n, rate, gradient, square, true, velocity, moving, w);
    if (status != APUS_OK) return status;
    step_context context = {.kernels = select_kernels(), .rate = rate, .first = rho, .second = momentum,
                            .epsilon = epsilon, .gradient = gradient, .state = square,
                            .other_state = moving ? velocity : NULL, .w = w};
    return apus_parallel_for(n, apus_element_grain(n), rmsprop_chunk, &context);
}

static void adam_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const step_context *c = context;
    c->kernels->adam(end - begin, c->rate, c->first, c->second, c->epsilon, c->decay, c->gradient + begin,
                     c->state + begin, c->other_state + begin, c->w + begin);
}

apus_status apus_sadam_step(ptrdiff_t n, float rate, float beta1, float beta2, float epsilon, float decay,
                            int64_t step, const float *gradient, float *m, float *v, float *w) {
    if (!in_unit(beta1) || !in_unit(beta2) || !(epsilon >= 0) || !(decay >= 0) || step < 1) return APUS_ERROR_VALUE;
    apus_status status = check(n, rate, gradient, m, true, v, true, w);
    if (status != APUS_OK) return status;
    // The correction uses the betas as they are in float, so it undoes exactly the bias that they cause.
    double correction = sqrt(1 - pow((double)beta2, (double)step)) / (1 - pow((double)beta1, (double)step));
    step_context context = {.kernels = select_kernels(), .rate = (float)(rate * correction), .first = beta1,
                            .second = beta2, .epsilon = epsilon, .decay = (float)(1 - (double)rate * decay),
                            .gradient = gradient, .state = m, .other_state = v, .w = w};
    return apus_parallel_for(n, apus_element_grain(n), adam_chunk, &context);
}
