// Squash and lengths: checks, choice of variant and the split over threads. And what every entry does first: the descriptor's
// check and the workspace.
#include "capsule_internal.h"

apus_status apus_capsule_check(const apus_capsule_desc *desc, apus_capsule_sizes *s) {
    if (desc == NULL) return APUS_ERROR_NULL;
    if (desc->batch < 0 || desc->in_capsules < 0 || desc->in_dim < 0 || desc->out_capsules < 0 || desc->out_dim < 0)
        return APUS_ERROR_SHAPE;
    if (desc->iterations < 1 || desc->iterations > 100 ||
        (desc->gradient != APUS_ROUTING_ALL_ITERATIONS && desc->gradient != APUS_ROUTING_LAST_ITERATION))
        return APUS_ERROR_VALUE;
    // Rounded up to whole blocks of the widest variant, with room for every plane of the backward pass.
    ptrdiff_t lower, rounded, planes, scratch;
    if (__builtin_add_overflow(desc->in_capsules, APUS_CAPSULE_LANES, &rounded) ||
        !apus_element_count(desc->batch, desc->in_capsules, sizeof(float), &lower) ||
        !apus_element_count(lower, desc->in_dim, sizeof(float), &s->u) ||
        !apus_element_count(desc->out_capsules, desc->out_dim, sizeof(float), &s->columns) ||
        !apus_element_count(desc->in_capsules, s->columns, sizeof(float), &s->item) ||
        !apus_element_count(desc->in_dim, s->item, sizeof(float), &s->w) ||
        !apus_element_count(desc->batch, s->item, sizeof(float), &s->u_hat) ||
        !apus_element_count(desc->batch, s->columns, sizeof(float), &s->v) ||
        !apus_element_count(desc->iterations, s->v, sizeof(float), &s->sums) ||
        !apus_element_count(lower, desc->out_capsules, sizeof(float), &s->coupling) ||
        !apus_element_count(rounded, desc->out_capsules, sizeof(float), &planes) ||
        !apus_element_count(planes, 2 * (ptrdiff_t)desc->iterations + 2, 1024 * sizeof(float), &scratch) ||
        !apus_element_count(desc->in_dim, 2 * APUS_CAPSULE_LANES * APUS_CAPSULE_GROUP, 1024 * sizeof(float), &scratch) ||
        !apus_element_count(s->item, APUS_CAPSULE_ROWS, 1024 * sizeof(float), &scratch) ||
        !apus_element_count(s->columns, 2 * (ptrdiff_t)desc->iterations + 8 + APUS_CAPSULE_GROUP, 1024 * sizeof(float), &scratch))
        return APUS_ERROR_OVERFLOW;
    s->plane = apus_round_up(desc->in_capsules, apus_capsule_select()->lanes) * desc->out_capsules;
    return APUS_OK;
}

apus_status apus_capsule_claim(size_t wanted, void *workspace, size_t bytes, void **owned, float **start) {
    *owned = NULL;
    if (workspace == NULL) {
        if (bytes != 0) return APUS_ERROR_NULL;
        *owned = workspace = apus_alloc(wanted);
        if (workspace == NULL) return APUS_ERROR_MEMORY;
    } else if (bytes < wanted) {
        return APUS_ERROR_WORKSPACE;
    }
    *start = (float *)(((uintptr_t)workspace + APUS_CACHE_LINE - 1) & ~(uintptr_t)(APUS_CACHE_LINE - 1));
    return APUS_OK;
}

typedef struct rows_context {
    const apus_capsule_kernels *kernels;
    ptrdiff_t dim;
    const float *x, *other;
    float *out;
} rows_context;

static void squash_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const rows_context *c = context;
    c->kernels->squash(end - begin, c->dim, c->x + begin * c->dim, c->out + begin * c->dim);
}
static void squash_gradient_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const rows_context *c = context;
    ptrdiff_t at = begin * c->dim;
    c->kernels->squash_gradient(end - begin, c->dim, c->x + at, c->other + at, c->out + at);
}
static void length_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const rows_context *c = context;
    c->kernels->length(end - begin, c->dim, c->x + begin * c->dim, c->out + begin);
}
static void length_gradient_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const rows_context *c = context;
    ptrdiff_t at = begin * c->dim;
    c->kernels->length_gradient(end - begin, c->dim, c->x + at, c->other + begin, c->out + at);
}

static apus_status check_rows(ptrdiff_t rows, ptrdiff_t dim, ptrdiff_t *count) {
    if (rows < 0 || dim < 0) return APUS_ERROR_SHAPE;
    return apus_element_count(rows, apus_max(dim, 1), sizeof(float), count) ? APUS_OK : APUS_ERROR_OVERFLOW;
}

apus_status apus_ssquash_forward(ptrdiff_t rows, ptrdiff_t dim, const float *x, float *y) {
    ptrdiff_t count;
    apus_status status = check_rows(rows, dim, &count);
    if (status != APUS_OK || rows == 0 || dim == 0) return status;
    if (x == NULL || y == NULL) return APUS_ERROR_NULL;
    if (apus_partly_overlaps(y, x, count, sizeof(float))) return APUS_ERROR_ALIAS;
    rows_context c = {apus_capsule_select(), dim, x, NULL, y};
    return apus_parallel_for(rows, apus_row_grain(dim), squash_chunk, &c);
}

apus_status apus_ssquash_backward(ptrdiff_t rows, ptrdiff_t dim, const float *x, const float *dy, float *dx) {
    ptrdiff_t count;
    apus_status status = check_rows(rows, dim, &count);
    if (status != APUS_OK || rows == 0 || dim == 0) return status;
    if (x == NULL || dy == NULL || dx == NULL) return APUS_ERROR_NULL;
    if (apus_capsule_overlap(dx, count, x, count) || apus_partly_overlaps(dx, dy, count, sizeof(float)))
        return APUS_ERROR_ALIAS;
    rows_context c = {apus_capsule_select(), dim, x, dy, dx};
    return apus_parallel_for(rows, apus_row_grain(dim), squash_gradient_chunk, &c);
}

apus_status apus_slength_forward(ptrdiff_t rows, ptrdiff_t dim, const float *x, float *lengths) {
    ptrdiff_t count;
    apus_status status = check_rows(rows, dim, &count);
    if (status != APUS_OK || rows == 0) return status;
    if (lengths == NULL || (x == NULL && dim > 0)) return APUS_ERROR_NULL;
    if (apus_capsule_overlap(lengths, rows, x, rows * dim)) return APUS_ERROR_ALIAS;
    rows_context c = {apus_capsule_select(), dim, x, NULL, lengths};
    return apus_parallel_for(rows, apus_row_grain(dim), length_chunk, &c);
}

apus_status apus_slength_backward(ptrdiff_t rows, ptrdiff_t dim, const float *x, const float *dlengths, float *dx) {
    ptrdiff_t count;
    apus_status status = check_rows(rows, dim, &count);
    if (status != APUS_OK || rows == 0 || dim == 0) return status;
    if (x == NULL || dlengths == NULL || dx == NULL) return APUS_ERROR_NULL;
    if (apus_capsule_overlap(dx, count, dlengths, rows) || apus_partly_overlaps(dx, x, count, sizeof(float)))
        return APUS_ERROR_ALIAS;
    rows_context c = {apus_capsule_select(), dim, x, dlengths, dx};
    return apus_parallel_for(rows, apus_row_grain(dim), length_gradient_chunk, &c);
}
