// Routing over one item's u_hat, VF_LANES lower capsules at a time: coefficients have a lane for each of them, so
// that softmax over the upper capsules goes from register to register.
#include <math.h>

#include "capsule_kernels.h"

static SIMD_TARGET void uniform(const apus_capsule_shape *shape, const float *u_hat, float factor, float *sum) {
    ptrdiff_t columns = shape->out_capsules * shape->out_dim;
    ptrdiff_t c = 0;
    // Eight registers a pass: whole cache lines of every row, and sums independent of one another.
    for (; c + 8 * VF_LANES <= columns; c += 8 * VF_LANES) {
        vf total[8];
        for (int k = 0; k < 8; k++) total[k] = v_zero();
        for (ptrdiff_t i = 0; i < shape->in_capsules; i++)
            for (int k = 0; k < 8; k++) total[k] += v_load(u_hat + i * columns + c + k * VF_LANES);
        for (int k = 0; k < 8; k++) v_store(sum + c + k * VF_LANES, v_set1(factor) * total[k]);
    }
    for (; c < columns; c += VF_LANES) {
        ptrdiff_t n = columns - c;
        vf total = v_zero();
        for (ptrdiff_t i = 0; i < shape->in_capsules; i++) total += load_columns(u_hat + i * columns + c, n);
        store_columns(sum + c, v_set1(factor) * total, n);
    }
}

// Lane i = row i's capsule j . v, for the first n rows; 0 in the other lanes.
SIMD_INLINE vf block_dots(ptrdiff_t n, ptrdiff_t columns, ptrdiff_t dim, const float *rows, const float *v) {
    vf x[VF_LANES];
    for (int i = 0; i < VF_LANES; i++) x[i] = v_zero();
    if (n == VF_LANES) {
        ptrdiff_t d = 0;
        for (; d + VF_LANES <= dim; d += VF_LANES) {
            vf part = v_load(v + d);
            for (int i = 0; i < VF_LANES; i++) x[i] = v_fma(v_load(rows + i * columns + d), part, x[i]);
        }
        if (d < dim) {
            vf part = v_load_n(v + d, dim - d);
            for (int i = 0; i < VF_LANES; i++) x[i] = v_fma(v_load_n(rows + i * columns + d, dim - d), part, x[i]);
        }
    } else {
        for (ptrdiff_t i = 0; i < n; i++)
            for (ptrdiff_t d = 0; d < dim; d += VF_LANES)
                x[i] = v_fma(load_columns(rows + i * columns + d, dim - d), load_columns(v + d, dim - d), x[i]);
    }
    return v_sums(x);
}

// c = softmax over j of the block's logits; lanes from n on are 0.
SIMD_INLINE void couple(const apus_capsule_shape *shape, ptrdiff_t n, const float *rows, const float *agreement, float *c) {
    ptrdiff_t outs = shape->out_capsules, dim = shape->out_dim, columns = outs * dim;
    vf largest = v_set1(-INFINITY), total = v_zero();
    for (ptrdiff_t j = 0; j < outs; j++) {
        vf logit = block_dots(n, columns, dim, rows + j * dim, agreement + j * dim);
        v_store(c + j * VF_LANES, logit);
        largest = v_max(largest, logit);
    }
    for (ptrdiff_t j = 0; j < outs; j++) {
        vf e = v_exp(v_load(c + j * VF_LANES) - largest);
        v_store(c + j * VF_LANES, e);
        total += e;
    }
    vf inverse = v_set1(1) / total;
    if (n < VF_LANES) inverse = v_keep_n(inverse, n);
    for (ptrdiff_t j = 0; j < outs; j++) v_store(c + j * VF_LANES, inverse * v_load(c + j * VF_LANES));
}

// sum_j += sum over the block's rows of weights[j][i] row_i's capsule j. Four chains of sums hide the latency.
SIMD_INLINE void accumulate(const apus_capsule_shape *shape, ptrdiff_t n, const float *rows, const float *weights,
                            float *sum) {
    ptrdiff_t dim = shape->out_dim, columns = shape->out_capsules * dim;
    for (ptrdiff_t j = 0; j < shape->out_capsules; j++, weights += VF_LANES)
        for (ptrdiff_t d = 0; d < dim; d += VF_LANES) {
            const float *from = rows + j * dim + d;
            float *to = sum + j * dim + d;
            ptrdiff_t rest = dim - d;
            vf a = load_columns(to, rest), b = v_zero(), p = v_zero(), q = v_zero();
            if (n == VF_LANES && rest >= VF_LANES) {
                for (int i = 0; i < VF_LANES; i += 4, from += 4 * columns) {
                    a = v_fma(v_set1(weights[i]), v_load(from), a);
                    b = v_fma(v_set1(weights[i + 1]), v_load(from + columns), b);
                    p = v_fma(v_set1(weights[i + 2]), v_load(from + 2 * columns), p);
                    q = v_fma(v_set1(weights[i + 3]), v_load(from + 3 * columns), q);
                }
            } else {
                for (ptrdiff_t i = 0; i < n; i++) a = v_fma(v_set1(weights[i]), load_columns(from + i * columns, rest), a);
            }
            store_columns(to, (a + b) + (p + q), rest);
        }
}

static SIMD_TARGET void route(const apus_capsule_shape *shape, const float *u_hat, const float *agreement, bool keeps_all,
                              float *c, float *sum) {
    ptrdiff_t columns = shape->out_capsules * shape->out_dim;
    for (ptrdiff_t k = 0; k < columns; k++) sum[k] = 0;
    for (ptrdiff_t i = 0; i < shape->in_capsules; i += VF_LANES) {
        ptrdiff_t n = apus_min(VF_LANES, shape->in_capsules - i);
        couple(shape, n, u_hat + i * columns, agreement, c);
        accumulate(shape, n, u_hat + i * columns, c, sum);
        if (keeps_all) c += shape->out_capsules * VF_LANES;
    }
}

static SIMD_TARGET void route_gradient(const apus_capsule_shape *shape, const float *u_hat, const float *agreement,
                                       const float *gs, float *c, float *db, float *dagreement) {
    ptrdiff_t outs = shape->out_capsules, dim = shape->out_dim, columns = outs * dim;
    for (ptrdiff_t k = 0; k < columns; k++) dagreement[k] = 0;
    for (ptrdiff_t i = 0; i < shape->in_capsules; i += VF_LANES, c += outs * VF_LANES, db += outs * VF_LANES) {
        ptrdiff_t n = apus_min(VF_LANES, shape->in_capsules - i);
        const float *rows = u_hat + i * columns;
        couple(shape, n, rows, agreement, c);
        vf mean = v_zero();
        for (ptrdiff_t j = 0; j < outs; j++) {
            vf g = block_dots(n, columns, dim, rows + j * dim, gs + j * dim);
            v_store(db + j * VF_LANES, g);
            mean = v_fma(v_load(c + j * VF_LANES), g, mean);
        }
        for (ptrdiff_t j = 0; j < outs; j++)
            v_store(db + j * VF_LANES, v_load(c + j * VF_LANES) * (v_load(db + j * VF_LANES) - mean));
        accumulate(shape, n, rows, db, dagreement);
    }
}

// With the number of terms a constant, the vectors stay in registers over a block's rows.
SIMD_INLINE void spread_terms(const apus_capsule_shape *shape, const float *base, int terms,
                              const float *const *coefficients, const float *const *vectors, float *du_hat) {
    ptrdiff_t outs = shape->out_capsules, dim = shape->out_dim, columns = outs * dim;
    for (ptrdiff_t i = 0; i < shape->in_capsules; i += VF_LANES) {
        ptrdiff_t n = apus_min(VF_LANES, shape->in_capsules - i);
        for (ptrdiff_t j = 0; j < outs; j++) {
            ptrdiff_t at = i * outs + j * VF_LANES;
            for (ptrdiff_t d = 0; d < dim; d += VF_LANES) {
                ptrdiff_t rest = dim - d, place = j * dim + d;
                vf start = load_columns(base + place, rest);
                float *to = du_hat + i * columns + place;
                for (ptrdiff_t r = 0; r < n; r++) {
                    vf sum = start;
                    for (int t = 0; t < terms; t++)
                        sum = v_fma(v_set1(coefficients[t][at + r]), load_columns(vectors[t] + place, rest), sum);
                    store_columns(to + r * columns, sum, rest);
                }
            }
        }
    }
}

static SIMD_TARGET void spread(const apus_capsule_shape *shape, const float *base, int terms,
                               const float *const *coefficients, const float *const *vectors, float *du_hat) {
    if (terms == 4) spread_terms(shape, base, 4, coefficients, vectors, du_hat);
    else if (terms == 1) spread_terms(shape, base, 1, coefficients, vectors, du_hat);
    else spread_terms(shape, base, terms, coefficients, vectors, du_hat);
}

SIMD_INLINE void combine_terms(const apus_capsule_shape *shape, const apus_capsule_terms *kept, int terms,
                               ptrdiff_t capsule, ptrdiff_t first, ptrdiff_t rows, float *g) {
    ptrdiff_t outs = shape->out_capsules, dim = shape->out_dim, columns = outs * dim, plane = kept->plane;
    ptrdiff_t lane = capsule / VF_LANES * VF_LANES * outs + capsule % VF_LANES;
    for (ptrdiff_t r = 0; r < rows; r++, g += columns) {
        const float *coefficients = apus_capsule_terms_of(kept, first + r), *vectors = coefficients + terms * plane;
        for (ptrdiff_t j = 0; j < outs; j++)
            for (ptrdiff_t d = 0; d < dim; d += VF_LANES) {
                ptrdiff_t rest = dim - d, place = j * dim + d;
                vf sum = load_columns(vectors + place, rest);
                for (int t = 0; t < terms; t++)
                    sum = v_fma(v_set1(coefficients[t * plane + lane + j * VF_LANES]),
                                load_columns(vectors + (t + 1) * columns + place, rest), sum);
                store_columns(g + place, sum, rest);
            }
    }
}

static SIMD_TARGET void combine(const apus_capsule_shape *shape, const apus_capsule_terms *kept, ptrdiff_t capsule,
                                ptrdiff_t first, ptrdiff_t rows, float *g) {
    if (kept->terms == 4) combine_terms(shape, kept, 4, capsule, first, rows, g);
    else if (kept->terms == 1) combine_terms(shape, kept, 1, capsule, first, rows, g);
    else combine_terms(shape, kept, kept->terms, capsule, first, rows, g);
}

// With the length of a capsule a constant, where it is the usual one, its factor and a part of it are one operation.
SIMD_INLINE void scale_rows_of(const apus_capsule_shape *shape, ptrdiff_t dim, ptrdiff_t rows, const float *coupling,
                               const float *vectors, float *g) {
    ptrdiff_t outs = shape->out_capsules;
    for (ptrdiff_t r = 0; r < rows; r++, coupling += shape->in_capsules * outs)
        for (ptrdiff_t j = 0; j < outs; j++, vectors += dim, g += dim) {
            vf factor = v_set1(coupling[j]);
            for (ptrdiff_t d = 0; d < dim; d += VF_LANES)
                store_columns(g + d, factor * load_columns(vectors + d, dim - d), dim - d);
        }
}

static SIMD_TARGET void scale(const apus_capsule_shape *shape, ptrdiff_t rows, const float *coupling, const float *vectors,
                              float *g) {
    if (shape->out_dim == 16) scale_rows_of(shape, 16, rows, coupling, vectors, g);
    else scale_rows_of(shape, shape->out_dim, rows, coupling, vectors, g);
}
