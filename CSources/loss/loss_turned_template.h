// Softmax cross-entropy of rows of a few classes; included by loss_simd_template.h. Rows are turned, so that a register
// holds one class of VF_LANES rows and no step goes across lanes.

#define TURNED_CLASSES 64

SIMD_INLINE void load_turned(ptrdiff_t classes, const float *p, vf *x) {
    for (ptrdiff_t c = 0; c + 4 < classes; c += 4) v_load_columns(p + c, classes, x + c);
    v_load_columns(p + classes - 4, classes, x + classes - 4);
}

// The loss of VF_LANES rows, 4 <= classes <= TURNED_CLASSES; what is computed is what `sparse` computes.
SIMD_INLINE double sparse_turned(ptrdiff_t classes, const float *z, const int32_t *labels, double smoothing,
                                 const float *weights, double scale, float *g) {
    vf e[TURNED_CLASSES];
    double mass[VF_LANES], shifts[VF_LANES], losses = 0, product = 1;
    float tops[VF_LANES], factors[VF_LANES], floors[VF_LANES], at_label[VF_LANES], weight[VF_LANES];
    const double share = smoothing / (double)classes, hit = 1 - smoothing;
    load_turned(classes, z, e);
    vf top = e[0];
    for (ptrdiff_t c = 1; c < classes; c++) top = v_max(top, e[c]);
    vd low = d_set1(0), high = low, shift_low = low, shift_high = low;
    for (ptrdiff_t c = 0; c < classes; c++) {
        vf d = e[c] - top;
        if (smoothing > 0) {
            shift_low += v_low_double(d);
            shift_high += v_high_double(d);
        }
        e[c] = v_exp(d);
        low += v_low_double(e[c]);
        high += v_high_double(e[c]);
    }
    __builtin_memcpy(mass, &low, sizeof low);
    __builtin_memcpy(mass + VD_LANES, &high, sizeof high);
    __builtin_memcpy(shifts, &shift_low, sizeof shift_low);
    __builtin_memcpy(shifts + VD_LANES, &shift_high, sizeof shift_high);
    v_store(tops, top);
    v_store(weight, v_set1(1.0f)); // not chosen row by row: masked loads through a null pointer are slow
    if (weights) __builtin_memcpy(weight, weights, sizeof weight);
    for (int r = 0; r < VF_LANES; r++) {
        const double chosen = (double)z[r * classes + labels[r]] - (double)tops[r];
        double loss = -hit * chosen;
        if (smoothing > 0) loss -= share * shifts[r];
        losses += weight[r] * loss;
        // hit + share * classes is 1: every row has the whole logarithm. A product of masses, at most
        // TURNED_CLASSES^VF_LANES, needs one for all.
        if (weights) losses += weight[r] * log(mass[r]);
        else product *= mass[r];
    }
    if (!weights) losses += log(product);
    if (g == NULL) return losses;
    for (int r = 0; r < VF_LANES; r++) {
        const double outer = weight[r] * scale, per_mass = outer / mass[r];
        factors[r] = (float)per_mass;
        floors[r] = (float)(-outer * share);
        float term; // of the label: its probability less its target, which may cancel, in double
        __builtin_memcpy(&term, (const char *)&e[labels[r]] + (size_t)r * sizeof term, sizeof term);
        at_label[r] = (float)(outer * (term / mass[r] - share - hit));
    }
    const vf factor = v_load(factors), floor = v_load(floors);
    for (ptrdiff_t c = 0; c < classes; c++) e[c] = v_fma(e[c], factor, floor);
    for (ptrdiff_t c = 0; c + 4 < classes; c += 4) v_store_columns(g + c, classes, e + c);
    v_store_columns(g + classes - 4, classes, e + classes - 4);
    for (int r = 0; r < VF_LANES; r++) g[r * classes + labels[r]] = at_label[r];
    return losses;
}
