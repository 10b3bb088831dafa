// The kernels of capsules: one table a variant. All are serial, check nothing and write no array but their outputs.
//
// Routing goes over the lower capsules in blocks of `lanes`: a block's coefficients lie as [out_capsules][lanes], a
// lane a lower capsule, so that softmax needs no sum across a register. The last block's lanes beyond the last capsule
// are zero.
#ifndef APUS_CAPSULE_KERNELS_H
#define APUS_CAPSULE_KERNELS_H

#include "../../include/apus/capsule.h"
#include "../runtime/internal.h"

// One item's u_hat: in_capsules rows of out_capsules * out_dim.
typedef struct apus_capsule_shape {
    ptrdiff_t in_capsules, out_capsules, out_dim;
} apus_capsule_shape;

// What the gradient of one item's u_hat is made of, kept where its u_hat was: `terms` planes of coefficients, a base and
// `terms` vectors of out_capsules * out_dim. Items' areas begin at different offsets: at the same ones, their lines would
// all fall into the same few sets of the caches.
typedef struct apus_capsule_terms {
    const float *area;       // item 0's u_hat
    ptrdiff_t item, plane;   // floats of an item's u_hat, and of a plane
    ptrdiff_t offsets, step; // how many offsets there are, and floats from one to the next; 0: nothing is kept
    int terms;
} apus_capsule_terms;

static inline const float *apus_capsule_terms_of(const apus_capsule_terms *t, ptrdiff_t item) {
    return t->area + item * t->item + item % t->offsets * t->step;
}

// Rows that one call of `predict` may have.
#define APUS_CAPSULE_ROWS 8
// The most lanes of any variant.
#define APUS_CAPSULE_LANES 16

typedef struct apus_capsule_kernels {
    ptrdiff_t lanes;

    void (*squash)(ptrdiff_t rows, ptrdiff_t dim, const float *x, float *y);
    void (*squash_gradient)(ptrdiff_t rows, ptrdiff_t dim, const float *x, const float *dy, float *dx);
    void (*length)(ptrdiff_t rows, ptrdiff_t dim, const float *x, float *lengths);
    void (*length_gradient)(ptrdiff_t rows, ptrdiff_t dim, const float *x, const float *dlengths, float *dx);

    // out[r] = u[r] w for `rows` <= APUS_CAPSULE_ROWS rows; u[r]: in_dim, w: [in_dim, columns], out[r]: columns.
    void (*predict)(ptrdiff_t rows, ptrdiff_t in_dim, ptrdiff_t columns, const float *u, ptrdiff_t u_stride,
                    const float *w, float *out, ptrdiff_t out_stride);
    // dw = (adds ? dw : 0) + sum over the rows of u[r]^T g[r], in their order.
    void (*weight_gradient)(ptrdiff_t rows, ptrdiff_t in_dim, ptrdiff_t columns, const float *u, ptrdiff_t u_stride,
                            const float *g, ptrdiff_t g_stride, bool adds, float *dw);
    // du[r] = g[r] w^T.
    void (*input_gradient)(ptrdiff_t rows, ptrdiff_t in_dim, ptrdiff_t columns, const float *g, ptrdiff_t g_stride,
                           const float *w, float *du, ptrdiff_t du_stride);

    // sum = the sum over the lower capsules, times `factor`.
    void (*uniform)(const apus_capsule_shape *shape, const float *u_hat, float factor, float *sum);
    // c = softmax over j of u_hat_ij . agreement_j; sum_j = sum_i c_ij u_hat_ij. c: one block, or with
    // keeps_all, all blocks one after the other.
    void (*route)(const apus_capsule_shape *shape, const float *u_hat, const float *agreement, bool keeps_all, float *c,
                  float *sum);
    // From gs_j, the gradient with respect to sum_j: db_ij = c_ij (u_hat_ij . gs_j - sum_k c_ik u_hat_ik . gs_k), the
    // gradient with respect to the logits, and dagreement_j = sum_i db_ij u_hat_ij. c and db: all blocks.
    void (*route_gradient)(const apus_capsule_shape *shape, const float *u_hat, const float *agreement, const float *gs,
                           float *c, float *db, float *dagreement);
    // du_hat_ij = base_j + sum over t of coefficients[t]_ij vectors[t]_j. du_hat may be any array of that size.
    void (*spread)(const apus_capsule_shape *shape, const float *base, int terms, const float *const *coefficients,
                   const float *const *vectors, float *du_hat);
    // The same for one lower capsule of `rows` items from `first` on, from what was kept: g[r], columns floats.
    void (*combine)(const apus_capsule_shape *shape, const apus_capsule_terms *kept, ptrdiff_t capsule, ptrdiff_t first,
                    ptrdiff_t rows, float *g);
    // g[r]_j = coupling[r]_j vectors[r]_j for `rows` items; coupling[r] begins in_capsules * out_capsules after the one before.
    void (*scale)(const apus_capsule_shape *shape, ptrdiff_t rows, const float *coupling, const float *vectors, float *g);
} apus_capsule_kernels;

extern const apus_capsule_kernels apus_capsule_reference;
extern const apus_capsule_kernels apus_capsule_avx2;
extern const apus_capsule_kernels apus_capsule_avx512;
extern const apus_capsule_kernels apus_capsule_neon;

#endif
