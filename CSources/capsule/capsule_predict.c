// Predictions u_hat = u w and their gradients: a small product for each lower capsule, whose matrix stays in the
// first-level cache while all items go by.
#include <string.h>

#include "capsule_internal.h"

// Lower capsules of one chunk: a stretch of u_hat's rows long enough to be read at full speed.
#define CHUNK ((ptrdiff_t)8)

typedef struct predict_context {
    const apus_capsule_kernels *kernels;
    const apus_capsule_desc *desc;
    const apus_capsule_sizes *sizes;
    const float *u, *w, *g;
    float *u_hat, *du, *dw;
} predict_context;

static void predict_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const predict_context *c = context;
    ptrdiff_t in_dim = c->desc->in_dim, columns = c->sizes->columns, stride = c->desc->in_capsules * in_dim;
    for (ptrdiff_t i = begin; i < end; i++)
        for (ptrdiff_t b = 0; b < c->desc->batch; b += APUS_CAPSULE_ROWS)
            c->kernels->predict(apus_min(APUS_CAPSULE_ROWS, c->desc->batch - b), in_dim, columns,
                                c->u + b * stride + i * in_dim, stride, c->w + i * in_dim * columns,
                                c->u_hat + b * c->sizes->item + i * columns, c->sizes->item);
}

apus_status apus_scapsule_predict(const apus_capsule_desc *desc, const float *u, const float *w, float *u_hat) {
    apus_capsule_sizes s;
    apus_status status = apus_capsule_check(desc, &s);
    if (status != APUS_OK || s.u_hat == 0) return status;
    if (u_hat == NULL || apus_capsule_missing(u, s.u) || apus_capsule_missing(w, s.w)) return APUS_ERROR_NULL;
    if (apus_capsule_overlap(u_hat, s.u_hat, u, s.u) || apus_capsule_overlap(u_hat, s.u_hat, w, s.w))
        return APUS_ERROR_ALIAS;
    predict_context c = {.kernels = apus_capsule_select(), .desc = desc, .sizes = &s, .u = u, .w = w, .u_hat = u_hat};
    return apus_parallel_for(desc->in_capsules, CHUNK, predict_chunk, &c);
}

// Arrays of no elements may be null.
static inline const float *from(const float *array, ptrdiff_t offset) { return array == NULL ? NULL : array + offset; }

static void gradient_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const predict_context *c = context;
    ptrdiff_t in_dim = c->desc->in_dim, columns = c->sizes->columns, stride = c->desc->in_capsules * in_dim;
    for (ptrdiff_t i = begin; i < end; i++) {
        const float *g = from(c->g, i * columns), *w = from(c->w, i * in_dim * columns);
        if (c->dw != NULL)
            c->kernels->weight_gradient(c->desc->batch, in_dim, columns, from(c->u, i * in_dim), stride, g, c->sizes->item,
                                        false, c->dw + i * in_dim * columns);
        if (c->du != NULL)
            c->kernels->input_gradient(c->desc->batch, in_dim, columns, g, c->sizes->item, w, c->du + i * in_dim, stride);
    }
}

apus_status apus_capsule_predict_backward_run(const apus_capsule_kernels *kernels, const apus_capsule_desc *desc,
                                              const apus_capsule_sizes *sizes, const float *u, const float *w,
                                              const float *du_hat, float *du, float *dw) {
    predict_context c = {.kernels = kernels, .desc = desc, .sizes = sizes, .u = u, .w = w, .g = du_hat, .du = du, .dw = dw};
    return apus_parallel_for(desc->in_capsules, CHUNK, gradient_chunk, &c);
}

typedef struct combine_context {
    const apus_capsule_kernels *kernels;
    const apus_capsule_desc *desc;
    const apus_capsule_sizes *sizes;
    const apus_capsule_origin *origin;
    const float *u, *w;
    float *du, *dw, *scratch;
    ptrdiff_t scratch_floats;
} combine_context;

ptrdiff_t apus_capsule_combine_floats(const apus_capsule_desc *desc, const apus_capsule_sizes *sizes) {
    return apus_capsule_lines(APUS_CAPSULE_GROUP * sizes->columns) +
           2 * apus_capsule_lines(APUS_CAPSULE_LANES * APUS_CAPSULE_GROUP * desc->in_dim);
}

// Without a call for the usual length, in two halves lest compilers join it with the other case.
static inline void copy_row(ptrdiff_t n, const float *from, float *to) {
    if (n == 8) {
        memcpy(to, from, 4 * sizeof(float));
        memcpy(to + 4, from + 4, 4 * sizeof(float));
    } else {
        memcpy(to, from, (size_t)n * sizeof(float));
    }
}
// Between an array's rows for a block of lower capsules, `stride` apart, and [capsules][APUS_CAPSULE_GROUP][in_dim]: at that
// stride, often a multiple of a high power of two, the items' rows fall into the same few sets of the caches.
static void gather_rows(ptrdiff_t capsules, ptrdiff_t rows, ptrdiff_t n, const float *from, ptrdiff_t stride, float *to) {
    for (ptrdiff_t r = 0; r < rows; r++)
        for (ptrdiff_t i = 0; i < capsules; i++) copy_row(n, from + r * stride + i * n, to + (i * APUS_CAPSULE_GROUP + r) * n);
}
static void scatter_rows(ptrdiff_t capsules, ptrdiff_t rows, ptrdiff_t n, const float *from, float *to, ptrdiff_t stride) {
    for (ptrdiff_t r = 0; r < rows; r++)
        for (ptrdiff_t i = 0; i < capsules; i++) copy_row(n, from + (i * APUS_CAPSULE_GROUP + r) * n, to + r * stride + i * n);
}

static inline void prefetch(const float *from, ptrdiff_t floats) {
    for (ptrdiff_t k = 0; k < floats; k += APUS_CACHE_LINE / (ptrdiff_t)sizeof(float)) __builtin_prefetch(from + k);
}

// A few items' vectors stay in the first-level cache while a block of lower capsules goes by, whose coefficients share lines.
static void combine_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const combine_context *c = context;
    ptrdiff_t batch = c->desc->batch, in_dim = c->desc->in_dim, columns = c->sizes->columns;
    ptrdiff_t stride = c->desc->in_capsules * in_dim;
    apus_capsule_shape shape = {c->desc->in_capsules, c->desc->out_capsules, c->desc->out_dim};
    float *g = c->scratch + apus_team_member() * c->scratch_floats;
    float *u = g + apus_capsule_lines(APUS_CAPSULE_GROUP * columns);
    float *du = u + apus_capsule_lines(APUS_CAPSULE_LANES * APUS_CAPSULE_GROUP * in_dim);
    for (ptrdiff_t b = 0; b < batch; b += APUS_CAPSULE_GROUP) {
        ptrdiff_t rows = apus_min(APUS_CAPSULE_GROUP, batch - b), at = b * stride + begin * in_dim;
        if (c->dw != NULL) gather_rows(end - begin, rows, in_dim, c->u + at, stride, u);
        for (ptrdiff_t i = begin; i < end; i++) {
            ptrdiff_t place = (i - begin) * APUS_CAPSULE_GROUP * in_dim, matrix = i * in_dim * columns;
            // The items' short rows lie far apart; one of the next group's is fetched meanwhile.
            ptrdiff_t next = b + APUS_CAPSULE_GROUP + i - begin;
            if (next < batch) {
                ptrdiff_t row = next * stride + begin * in_dim;
                if (c->dw != NULL) prefetch(c->u + row, (end - begin) * in_dim);
                if (c->du != NULL) prefetch(c->du + row, (end - begin) * in_dim);
                if (c->origin->coupling != NULL)
                    prefetch(c->origin->coupling + (next * shape.in_capsules + begin) * shape.out_capsules,
                             (end - begin) * shape.out_capsules);
            }
            if (c->origin->coupling == NULL) c->kernels->combine(&shape, &c->origin->kept, i, b, rows, g);
            else
                c->kernels->scale(&shape, rows, c->origin->coupling + (b * shape.in_capsules + i) * shape.out_capsules,
                                  c->origin->vectors + b * columns, g);
            if (c->dw != NULL)
                c->kernels->weight_gradient(rows, in_dim, columns, u + place, in_dim, g, columns, b > 0, c->dw + matrix);
            if (c->du != NULL)
                c->kernels->input_gradient(rows, in_dim, columns, g, columns, c->w + matrix, du + place, in_dim);
        }
        if (c->du != NULL) scatter_rows(end - begin, rows, in_dim, du, c->du + at, stride);
    }
}

apus_status apus_capsule_combine_run(const apus_capsule_kernels *kernels, const apus_capsule_desc *desc,
                                     const apus_capsule_sizes *sizes, const apus_capsule_origin *origin, const float *u,
                                     const float *w, float *du, float *dw, float *scratch, ptrdiff_t scratch_floats, int team) {
    combine_context c = {kernels, desc, sizes, origin, u, w, du, dw, scratch, scratch_floats};
    return apus_parallel_for_team(team, desc->in_capsules, APUS_CAPSULE_LANES, combine_chunk, &c);
}

apus_status apus_scapsule_predict_backward(const apus_capsule_desc *desc, const float *u, const float *w,
                                           const float *du_hat, float *du, float *dw) {
    apus_capsule_sizes s;
    apus_status status = apus_capsule_check(desc, &s);
    if (status != APUS_OK) return status;
    if (apus_capsule_missing(u, s.u) || apus_capsule_missing(w, s.w) || apus_capsule_missing(du_hat, s.u_hat))
        return APUS_ERROR_NULL;
    if (apus_capsule_overlap(du, s.u, u, s.u) || apus_capsule_overlap(du, s.u, w, s.w) ||
        apus_capsule_overlap(du, s.u, du_hat, s.u_hat) || apus_capsule_overlap(dw, s.w, u, s.u) ||
        apus_capsule_overlap(dw, s.w, w, s.w) || apus_capsule_overlap(dw, s.w, du_hat, s.u_hat) ||
        apus_capsule_overlap(dw, s.w, du, s.u))
        return APUS_ERROR_ALIAS;
    return apus_capsule_predict_backward_run(apus_capsule_select(), desc, &s, u, w, du_hat, du, dw);
}
