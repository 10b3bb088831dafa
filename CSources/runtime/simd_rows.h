// Rows of a few columns, many of them, and the largest of one; include after simd_math.h.
//
// VF_LANES rows of c columns are a group: c registers of memory, one after the other. What is done to every element
// is done to these; what belongs to a row is a lane of one register for the group, spread over the elements by v_pick.
// A row's bits follow from its own elements alone, wherever in a group it lies.
#ifndef APUS_SIMD_ROWS_H
#define APUS_SIMD_ROWS_H

#define SHORT_COLUMNS 64
// Groups that are worked on together: SHORT_COLUMNS registers, for one group's steps wait for each other.
#define SHORT_GROUPS(columns) (SHORT_COLUMNS / (columns))
#define SHORT_FLOATS (VF_LANES * SHORT_COLUMNS)

// owners[k]: the row in the group, for each lane of the group's register k.
SIMD_INLINE void rows_owners(ptrdiff_t columns, vi *owners) {
    float halves[VF_LANES];
    for (int lane = 0; lane < VF_LANES; lane++) halves[lane] = (float)lane + 0.5f;
    // (element + 1/2) / columns is never whole, so rounding half a row less rounds down.
    const vf per_row = v_set1(1.0f / (float)columns), less = v_set1(-0.5f), magic = v_set1(V_MAGIC);
    vf element = v_load(halves);
    for (ptrdiff_t k = 0; k < columns; k++, element += v_set1((float)VF_LANES))
        owners[k] = (vi)(v_fma(element, per_row, less) + magic) - (vi)magic;
}

// A group's sums, and its largest; NaN may be missed by these.
SIMD_INLINE vf rows_sum(ptrdiff_t columns, const float *p) {
    const ptrdiff_t rest = columns % VF_LANES;
    vf rows[VF_LANES];
    for (int r = 0; r < VF_LANES; r++, p += columns) {
        rows[r] = rest ? v_load_n(p + columns - rest, rest) : v_zero();
        for (ptrdiff_t c = 0; c + VF_LANES <= columns; c += VF_LANES) rows[r] += v_load(p + c);
    }
    return v_sums(rows);
}
SIMD_INLINE vf rows_top(ptrdiff_t columns, const float *p) {
    const ptrdiff_t rest = columns % VF_LANES;
    const vf low = v_set1(-__builtin_inff());
    vf rows[VF_LANES];
    for (int r = 0; r < VF_LANES; r++, p += columns) {
        rows[r] = rest ? v_load_fill(p + columns - rest, rest, low) : low;
        for (ptrdiff_t c = 0; c + VF_LANES <= columns; c += VF_LANES) rows[r] = v_max(rows[r], v_load(p + c));
    }
    return v_tops(rows);
}
// The sums of a * b.
SIMD_INLINE vf rows_dot(ptrdiff_t columns, const float *a, const float *b) {
    const ptrdiff_t rest = columns % VF_LANES;
    vf rows[VF_LANES];
    for (int r = 0; r < VF_LANES; r++, a += columns, b += columns) {
        rows[r] = v_zero();
        if (rest) rows[r] = v_load_n(a + columns - rest, rest) * v_load_n(b + columns - rest, rest);
        for (ptrdiff_t c = 0; c + VF_LANES <= columns; c += VF_LANES) rows[r] = v_fma(v_load(a + c), v_load(b + c), rows[r]);
    }
    return v_sums(rows);
}

// e = exp(z - top) of `groups` groups of rows, top of each. `ahead`: what follows by so much is fetched meanwhile.
SIMD_INLINE void rows_exps(ptrdiff_t groups, ptrdiff_t columns, const vi *owners, const float *z, ptrdiff_t ahead, vf *top,
                           float *e) {
    for (ptrdiff_t g = 0; g < groups; g++) top[g] = rows_top(columns, z + g * VF_LANES * columns);
    for (ptrdiff_t g = 0; g < groups; g++) {
        const vf highest = top[g];
        ptrdiff_t k = 0;
        for (; k + V_EXPS <= columns; k += V_EXPS, z += V_EXPS * VF_LANES, e += V_EXPS * VF_LANES) {
            vf x[V_EXPS];
            V_EACH_EXP {
                __builtin_prefetch(z + j * VF_LANES + ahead, 0, 3);
                x[j] = v_load(z + j * VF_LANES) - v_pick(highest, owners[k + j]);
            }
            v_exps(x);
            V_EACH_EXP v_store(e + j * VF_LANES, x[j]);
        }
        for (; k < columns; k++, z += VF_LANES, e += VF_LANES) {
            __builtin_prefetch(z + ahead, 0, 3);
            v_store(e, v_exp(v_load(z) - v_pick(highest, owners[k])));
        }
    }
}

// The largest of one row of any length but 0; of NaN, which its sum finds, nothing is said.
SIMD_INLINE float row_top(ptrdiff_t n, const float *x) {
    const vf low = v_set1(-__builtin_inff());
    vf t0 = low, t1 = low;
    ptrdiff_t c = 0;
    for (; c + 2 * VF_LANES <= n; c += 2 * VF_LANES) {
        t0 = v_max(t0, v_load(x + c));
        t1 = v_max(t1, v_load(x + c + VF_LANES));
    }
    for (; c + VF_LANES <= n; c += VF_LANES) t0 = v_max(t0, v_load(x + c));
    if (c < n) t0 = v_max(t0, v_load_fill(x + c, n - c, low));
    return v_largest(v_max(t0, t1));
}

#endif
