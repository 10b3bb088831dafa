// Softmax cross-entropy of rows of more classes, one by one; included by loss_simd_template.h.

#define LOSS_BUFFER 4096 // floats: 16 KiB, which stay in the first-level cache

// Between the two passes over a row its exponentials lie in the buffer, or in the gradient where they are more.

// g[i] = RESULT from e[i], the register `v`.
#define ROW_PART(count, RESULT)                                        \
    do {                                                               \
        vf v = v_load_n(e + c, count);                                 \
        v_store_n(g + c, RESULT, count);                               \
        c += (count);                                                  \
    } while (0)
#define ROW(RESULT)                                                    \
    do {                                                               \
        ptrdiff_t c = 0;                                               \
        if (stream && e != g) {                                        \
            const ptrdiff_t head = v_stream_head(g, classes);          \
            if (head) ROW_PART(head, RESULT);                          \
            for (; c + VF_LANES <= classes; c += VF_LANES) {           \
                vf v = v_load(e + c);                                  \
                v_stream(g + c, RESULT);                               \
            }                                                          \
        }                                                              \
        for (; c + VF_LANES <= classes; c += VF_LANES) {               \
            vf v = v_load(e + c);                                      \
            v_store(g + c, RESULT);                                    \
        }                                                              \
        if (c < classes) ROW_PART(classes - c, RESULT);                \
    } while (0)

SIMD_INLINE double sparse_row(ptrdiff_t classes, const float *z, int32_t label, double smoothing, double weight, double scale,
                              float *g, bool stream) {
    _Alignas(64) float buffer[LOSS_BUFFER];
    float *e = classes <= LOSS_BUFFER ? buffer : g; // null: only the loss is wanted
    const double share = smoothing / (double)classes, hit = 1 - smoothing;
    const float highest = row_top(classes, z);
    const vf top = v_set1(highest);
    const double chosen = (double)z[label] - (double)highest; // read before g may overwrite it
    total exps = nothing(), below = nothing();
    ptrdiff_t c = 0;
    for (; c + V_EXPS * VF_LANES <= classes; c += V_EXPS * VF_LANES) {
        vf x[V_EXPS];
        V_EACH_EXP {
            __builtin_prefetch(z + c + j * VF_LANES + FETCH_AHEAD, 0, 3);
            x[j] = v_load(z + c + j * VF_LANES) - top;
            if (smoothing > 0) add(&below, x[j], VF_LANES);
        }
        v_exps(x);
        V_EACH_EXP {
            add(&exps, x[j], VF_LANES);
            if (e) v_store(e + c + j * VF_LANES, x[j]);
        }
    }
    for (; c + VF_LANES <= classes; c += VF_LANES) {
        const vf d = v_load(z + c) - top, x = v_exp(d);
        add(&exps, x, VF_LANES);
        if (smoothing > 0) add(&below, d, VF_LANES);
        if (e) v_store(e + c, x);
    }
    if (c < classes) {
        const vf d = v_load_n(z + c, classes - c) - top, x = v_exp(d);
        add(&exps, x, classes - c);
        if (smoothing > 0) add(&below, d, classes - c);
        if (e) v_store_n(e + c, x, classes - c);
    }
    const double mass = all_of(exps), log_mass = log(mass);
    double loss = hit * (log_mass - chosen);
    if (smoothing > 0) loss += share * ((double)classes * log_mass - all_of(below));
    if (g == NULL) return weight * loss;
    const vf factor = v_set1((float)(weight * scale / mass)), floor = v_set1((float)(-weight * scale * share));
    // So that times the factor, less the floor, it is the probability less the target, which may cancel.
    e[label] = (float)((double)e[label] - hit * mass);
    ROW(v_fma(v, factor, floor));
    return weight * loss;
}

SIMD_INLINE double categorical_row(ptrdiff_t classes, const float *z, const float *t, double weight, double scale, float *g,
                                   bool stream) {
    _Alignas(64) float buffer[LOSS_BUFFER];
    float *e = classes <= LOSS_BUFFER ? buffer : g;
    const vf top = v_set1(row_top(classes, z)), zero = v_zero();
    total exps = nothing(), mass = nothing(), cross = nothing();
    ptrdiff_t i = 0;
    for (; i + V_EXPS * VF_LANES <= classes; i += V_EXPS * VF_LANES) {
        vf x[V_EXPS];
        V_EACH_EXP {
            const ptrdiff_t c = i + j * VF_LANES;
            __builtin_prefetch(z + c + FETCH_AHEAD, 0, 3);
            __builtin_prefetch(t + c + FETCH_AHEAD, 0, 3);
            const vf target = v_load(t + c);
            x[j] = v_load(z + c) - top;
            add(&mass, target, VF_LANES);
            add(&cross, v_select(v_eq(target, zero), zero, target * x[j]), VF_LANES); // 0 * -infinity counts nothing
        }
        v_exps(x);
        V_EACH_EXP {
            add(&exps, x[j], VF_LANES);
            if (e) v_store(e + i + j * VF_LANES, x[j]);
        }
    }
    for (ptrdiff_t c = i; c < classes; c += VF_LANES) {
        const ptrdiff_t left = classes - c;
        const vf d = load(z + c, left) - top, target = load(t + c, left), x = v_exp(d);
        add(&exps, x, left);
        add(&mass, target, left);
        add(&cross, v_select(v_eq(target, zero), zero, target * d), left);
        if (e) store(e + c, x, left);
    }
    const double all = all_of(exps), targets = all_of(mass), loss = weight * (targets * log(all) - all_of(cross));
    if (g == NULL) return loss;
    const vf factor = v_set1((float)(targets / all)), outer = v_set1((float)(weight * scale));
    ROW(outer * v_fma(v, factor, v_negate(v_whole(c + VF_LANES <= classes ? v_load(t + c) : v_load_n(t + c, classes - c)))));
    return loss;
}
