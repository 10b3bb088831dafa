// The body of the vector variants of the optimizers; included once by each, after its simd_*.h and simd_math.h.
#include "optimizer_kernels.h"

// Runs BODY over n elements; it reads with GET(array) and writes with PUT(array, value).
#define GET_WHOLE(p) v_load((p) + i)
#define PUT_WHOLE(p, x) v_store((p) + i, x)
#define GET_REST(p) v_load_n((p) + i, n - i)
#define PUT_REST(p, x) v_store_n((p) + i, x, n - i)
#define EACH(BODY)                                                              \
    do {                                                                        \
        ptrdiff_t i = 0;                                                        \
        for (; i + VF_LANES <= n; i += VF_LANES) BODY(GET_WHOLE, PUT_WHOLE)     \
        if (i < n) BODY(GET_REST, PUT_REST)                                     \
    } while (0)

SIMD_TARGET static void sgd(ptrdiff_t n, float rate, float momentum, int nesterov, float weight_decay,
                            const float *gradient, float *velocity, float *w) {
    const vf minus_rate = v_set1(-rate), keep = v_set1(momentum), decay = v_set1(weight_decay);
#define PLAIN(GET, PUT) { vf old = GET(w); PUT(w, v_fma(minus_rate, v_fma(decay, old, GET(gradient)), old)); }
#define MOMENTUM(GET, PUT)                                                      \
    {                                                                           \
        vf old = GET(w), step = minus_rate * v_fma(decay, old, GET(gradient));  \
        vf v = v_fma(keep, GET(velocity), step);                                \
        PUT(velocity, v);                                                       \
        PUT(w, old + v);                                                        \
    }
#define NESTEROV(GET, PUT)                                                      \
    {                                                                           \
        vf old = GET(w), step = minus_rate * v_fma(decay, old, GET(gradient));  \
        vf v = v_fma(keep, GET(velocity), step);                                \
        PUT(velocity, v);                                                       \
        PUT(w, old + v_fma(keep, v, step));                                     \
    }
    if (velocity == NULL)
        EACH(PLAIN);
    else if (nesterov)
        EACH(NESTEROV);
    else
        EACH(MOMENTUM);
}

SIMD_TARGET static void rmsprop(ptrdiff_t n, float rate, float rho, float momentum, float epsilon,
                                const float *gradient, float *square, float *velocity, float *w) {
    const vf speed = v_set1(rate), old_share = v_set1(rho), new_share = v_set1(1 - rho), keep = v_set1(momentum),
             small = v_set1(epsilon);
#define STEP(GET, PUT)                                                          \
    vf g = GET(gradient), s = v_fma(new_share * g, g, old_share * GET(square)); \
    vf step = speed * g / v_sqrt(s + small);                                    \
    PUT(square, s);
#define WITHOUT_VELOCITY(GET, PUT) { STEP(GET, PUT) PUT(w, GET(w) - step); }
#define WITH_VELOCITY(GET, PUT)                                                 \
    {                                                                           \
        STEP(GET, PUT)                                                          \
        vf v = v_fma(keep, GET(velocity), step);                                \
        PUT(velocity, v);                                                       \
        PUT(w, GET(w) - v);                                                     \
    }
    if (velocity == NULL)
        EACH(WITHOUT_VELOCITY);
    else
        EACH(WITH_VELOCITY);
}

// The lanes past an array's end hold zeros: with epsilon 0 their 0 / 0 is computed and never stored.
SIMD_TARGET static void adam(ptrdiff_t n, float rate, float beta1, float beta2, float epsilon, float keep,
                             const float *gradient, float *m, float *v, float *w) {
    const vf speed = v_set1(rate), share1 = v_set1(1 - beta1), share2 = v_set1(1 - beta2), small = v_set1(epsilon),
             kept = v_set1(keep);
#define ADAM(GET, PUT)                                                          \
    {                                                                           \
        vf g = GET(gradient), first = GET(m), second = GET(v);                  \
        first = v_fma(share1, g - first, first);                                \
        second = v_fma(share2, v_fma(g, g, v_negate(second)), second);          \
        PUT(m, first);                                                          \
        PUT(v, second);                                                         \
        PUT(w, v_fma(kept, GET(w), v_negate(speed * first / (v_sqrt(second) + small)))); \
    }
    EACH(ADAM);
}

const apus_optimizer_kernels SIMD_NAME(apus_optimizer) = {sgd, rmsprop, adam};
