// Softmax cross-entropy of rows of a few classes; included by loss_simd_template.h. See simd_rows.h for groups.
//
// 1 + ... + tiny loses tiny, which is all of a confident row's loss: so the exponentials are summed without the label's
// own, or without those that are 1, and the logarithm is of 1 + x.

// One call's arrays, the groups' or the rest's.
typedef struct short_rows {
    const float *z, *t, *weights;
    const int32_t *labels;
    float *g; // or null
} short_rows;

// The sums of z - top over a group's rows.
SIMD_INLINE vf rows_below(ptrdiff_t classes, const float *z, vf top) {
    const ptrdiff_t rest = classes % VF_LANES;
    float tops[VF_LANES];
    vf rows[VF_LANES];
    v_store(tops, top);
    for (int r = 0; r < VF_LANES; r++, z += classes) {
        const vf here = v_set1(tops[r]);
        rows[r] = rest ? v_keep_n(v_load_n(z + classes - rest, rest) - here, rest) : v_zero();
        for (ptrdiff_t c = 0; c + VF_LANES <= classes; c += VF_LANES) rows[r] += v_load(z + c) - here;
    }
    return v_sums(rows);
}

// The sums of those that are not 1, and how many are: *ones.
SIMD_INLINE vf rows_mass(ptrdiff_t classes, const float *e, vf *ones) {
    const ptrdiff_t rest = classes % VF_LANES;
    const vf one = v_set1(1.0f), zero = v_zero();
    vf rows[VF_LANES], counts[VF_LANES];
    for (int r = 0; r < VF_LANES; r++, e += classes) {
        const vf last = rest ? v_load_n(e + classes - rest, rest) : zero;
        rows[r] = v_select(v_eq(last, one), zero, last);
        counts[r] = v_select(v_eq(last, one), one, zero);
        for (ptrdiff_t c = 0; c + VF_LANES <= classes; c += VF_LANES) {
            const vf x = v_load(e + c);
            rows[r] += v_select(v_eq(x, one), zero, x);
            counts[r] += v_select(v_eq(x, one), one, zero);
        }
    }
    *ones = v_sums(counts);
    return v_sums(rows);
}

// The losses of `rows` rows, in `groups` groups, the last of them perhaps not full.
SIMD_INLINE void sparse_groups(ptrdiff_t rows, ptrdiff_t groups, ptrdiff_t classes, const vi *owners, short_rows a,
                               float smoothing, float scale, float *buffer, const bool stream, total *sum) {
    const ptrdiff_t group = VF_LANES * classes;
    const float share = smoothing / (float)classes;
    const vf one = v_set1(1.0f), hit = v_set1(1 - smoothing);
    vf top[SHORT_COLUMNS];
    float chosen[SHORT_FLOATS], term[SHORT_FLOATS]; // of each row's label: z, exp(z - top)
    rows_exps(groups, classes, owners, a.z, FETCH_AHEAD, top, buffer);
    for (ptrdiff_t r = 0; r < groups * VF_LANES; r++) {
        const ptrdiff_t at = r * classes + a.labels[r];
        chosen[r] = a.z[at];
        term[r] = buffer[at];
        buffer[at] = 0;
    }
    for (ptrdiff_t g = 0, left = rows; g < groups; g++, left -= VF_LANES) {
        const vf others = rows_sum(classes, buffer + g * group), own = v_load(term + g * VF_LANES), mass = others + own;
        const vf weight = a.weights ? v_load(a.weights + g * VF_LANES) : one;
        add(sum, weight * v_log1p(others + (own - one)), left);
        add(sum, weight * hit * (top[g] - v_load(chosen + g * VF_LANES)), left);
        if (smoothing > 0) add(sum, weight * v_set1(-share) * rows_below(classes, a.z + g * group, top[g]), left);
        // What the label's place has to hold so that times factor, less share, it is the probability less the target.
        v_store(term + g * VF_LANES, v_fma(v_set1(smoothing), mass, v_negate(others)));
        top[g] = weight * v_set1(scale) / mass; // from here on the factor
    }
    if (a.g == NULL) return;
    for (ptrdiff_t r = 0; r < groups * VF_LANES; r++) buffer[r * classes + a.labels[r]] = term[r];
    for (ptrdiff_t g = 0, i = 0; g < groups; g++) {
        const vf floor = (a.weights ? v_load(a.weights + g * VF_LANES) : one) * v_set1(-scale * share);
        for (ptrdiff_t k = 0; k < classes; k++, i += VF_LANES) {
            const vf slope = v_fma(v_load(buffer + i), v_pick(top[g], owners[k]),
                                   a.weights ? v_pick(floor, owners[k]) : floor);
            if (stream) v_stream(a.g + i, slope);
            else v_store(a.g + i, slope);
        }
    }
}

SIMD_INLINE void categorical_groups(ptrdiff_t rows, ptrdiff_t groups, ptrdiff_t classes, const vi *owners, short_rows a,
                                    float scale, float *buffer, const bool stream, total *sum) {
    const ptrdiff_t group = VF_LANES * classes;
    const vf one = v_set1(1.0f), zero = v_zero();
    vf top[SHORT_COLUMNS], factor[SHORT_COLUMNS], log[SHORT_COLUMNS];
    rows_exps(groups, classes, owners, a.z, FETCH_AHEAD, top, buffer);
    for (ptrdiff_t g = 0; g < groups; g++) {
        vf ones;
        const vf others = rows_mass(classes, buffer + g * group, &ones), target = rows_sum(classes, a.t + g * group);
        log[g] = v_log1p(others + (ones - one));
        factor[g] = target / (others + ones);
    }
    for (ptrdiff_t g = 0, i = 0, left = rows * classes; g < groups; g++) {
        const vf weight = a.weights ? v_load(a.weights + g * VF_LANES) : one, outer = weight * v_set1(scale);
        for (ptrdiff_t k = 0; k < classes; k++, i += VF_LANES, left -= VF_LANES) {
            __builtin_prefetch(a.t + i + FETCH_AHEAD, 0, 3);
            const vf t = v_load(a.t + i), d = v_load(a.z + i) - v_pick(top[g], owners[k]);
            vf terms = v_select(v_eq(t, zero), zero, t * (v_pick(log[g], owners[k]) - d)); // 0 * infinity counts nothing
            if (a.weights) terms *= v_pick(weight, owners[k]);
            if (left > 0) add(sum, terms, left);
            if (a.g == NULL) continue;
            const vf slope = (a.weights ? v_pick(outer, owners[k]) : outer) *
                             v_fma(v_load(buffer + i), v_pick(factor[g], owners[k]), v_negate(t));
            if (stream) v_stream(a.g + i, slope);
            else v_store(a.g + i, slope);
        }
    }
}

// All rows: whole groups where they lie, the rest in copies, which zeros fill up. Sparse without targets.
SIMD_INLINE double over_groups(ptrdiff_t rows, ptrdiff_t classes, short_rows a, float smoothing, float scale, bool stream,
                               const bool sparse) {
    _Alignas(64) float buffer[SHORT_FLOATS], z[SHORT_FLOATS], t[SHORT_FLOATS], g[SHORT_FLOATS];
    vi owners[SHORT_COLUMNS];
    total sum = nothing();
    rows_owners(classes, owners);
    stream = stream && v_stream_head(a.g, VF_LANES) == 0;
    for (ptrdiff_t here; rows >= VF_LANES; rows -= here) {
        const ptrdiff_t groups = apus_min(SHORT_GROUPS(classes), rows / VF_LANES), n = groups * VF_LANES * classes;
        here = groups * VF_LANES;
        if (sparse && stream) sparse_groups(here, groups, classes, owners, a, smoothing, scale, buffer, true, &sum);
        else if (sparse) sparse_groups(here, groups, classes, owners, a, smoothing, scale, buffer, false, &sum);
        else if (stream) categorical_groups(here, groups, classes, owners, a, scale, buffer, true, &sum);
        else categorical_groups(here, groups, classes, owners, a, scale, buffer, false, &sum);
        a.z += n;
        if (sparse) a.labels += here;
        else a.t += n;
        if (a.weights) a.weights += here;
        if (a.g) a.g += n;
    }
    if (stream) v_stream_end();
    if (rows > 0) {
        const size_t all = (size_t)(VF_LANES * classes) * sizeof(float), bytes = (size_t)(rows * classes) * sizeof(float);
        int32_t labels[VF_LANES] = {0};
        float weights[VF_LANES] = {0};
        short_rows last = {z, t, a.weights ? weights : NULL, labels, a.g ? g : NULL};
        __builtin_memset(z, 0, all);
        __builtin_memcpy(z, a.z, bytes);
        __builtin_memset(t, 0, all);
        if (a.weights) __builtin_memcpy(weights, a.weights, (size_t)rows * sizeof *weights);
        if (sparse) {
            __builtin_memcpy(labels, a.labels, (size_t)rows * sizeof *labels);
            sparse_groups(rows, 1, classes, owners, last, smoothing, scale, buffer, false, &sum);
        } else {
            __builtin_memcpy(t, a.t, bytes);
            categorical_groups(rows, 1, classes, owners, last, scale, buffer, false, &sum);
        }
        if (a.g) __builtin_memcpy(a.g, g, bytes);
    }
    return all_of(sum);
}

SIMD_INLINE double sparse_short(ptrdiff_t rows, ptrdiff_t classes, const float *z, const int32_t *labels, float smoothing,
                                const float *weights, float scale, float *g, bool stream) {
    return over_groups(rows, classes, (short_rows){z, NULL, weights, labels, g}, smoothing, scale, stream, true);
}

SIMD_INLINE double categorical_short(ptrdiff_t rows, ptrdiff_t classes, const float *z, const float *t,
                                     const float *weights, float scale, float *g, bool stream) {
    return over_groups(rows, classes, (short_rows){z, t, weights, NULL, g}, 0, scale, stream, false);
}
