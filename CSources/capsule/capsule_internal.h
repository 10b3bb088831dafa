// What the entries of this family share: checked sizes and the caller's workspace.
#ifndef APUS_CAPSULE_INTERNAL_H
#define APUS_CAPSULE_INTERNAL_H

#include "../runtime/blocks.h"
#include "../runtime/dispatch.h"
#include "capsule_kernels.h"

static inline const apus_capsule_kernels *apus_capsule_select(void) { return APUS_VARIANT(apus_capsule); }

// Numbers of floats.
typedef struct apus_capsule_sizes {
    ptrdiff_t u, w, u_hat, v, sums, coupling;
    ptrdiff_t columns; // of one lower capsule's predictions
    ptrdiff_t item;    // of one item's u_hat
    ptrdiff_t plane;   // of one item's coefficients in blocks of lanes
} apus_capsule_sizes;

apus_status apus_capsule_check(const apus_capsule_desc *desc, apus_capsule_sizes *sizes);

static inline bool apus_capsule_missing(const void *p, ptrdiff_t count) { return p == NULL && count > 0; }
static inline bool apus_capsule_overlap(const float *a, ptrdiff_t a_count, const float *b, ptrdiff_t b_count) {
    return apus_overlap(a, (size_t)a_count * sizeof(float), b, (size_t)b_count * sizeof(float));
}

// Floats rounded up to whole cache lines.
static inline ptrdiff_t apus_capsule_lines(ptrdiff_t floats) {
    return apus_round_up(floats, APUS_CACHE_LINE / (ptrdiff_t)sizeof(float));
}

// `wanted` bytes of scratch from the caller's workspace, or from the heap where that is NULL with 0 bytes: then *owned is to be
// freed. *start is the first whole cache line; `wanted` has room for the bytes before it.
apus_status apus_capsule_claim(size_t wanted, void *workspace, size_t bytes, void **owned, float **start);

// du and dw from du_hat, everything checked.
apus_status apus_capsule_predict_backward_run(const apus_capsule_kernels *kernels, const apus_capsule_desc *desc,
                                              const apus_capsule_sizes *sizes, const float *u, const float *w,
                                              const float *du_hat, float *du, float *dw);

// Items whose u_hat's gradient is made at once, a lower capsule at a time.
#define APUS_CAPSULE_GROUP ((ptrdiff_t)16)
// What that gradient follows from: the terms kept of each item; or where `coupling`, [batch, in_capsules, out_capsules], is
// not null, du_hat_ij = coupling_ij vectors_j of vectors [batch, out_capsules, out_dim].
typedef struct apus_capsule_origin {
    apus_capsule_terms kept;
    const float *coupling, *vectors;
} apus_capsule_origin;
// The same, bit for bit, from that. scratch: apus_capsule_combine_floats a thread.
apus_status apus_capsule_combine_run(const apus_capsule_kernels *kernels, const apus_capsule_desc *desc,
                                     const apus_capsule_sizes *sizes, const apus_capsule_origin *origin, const float *u,
                                     const float *w, float *du, float *dw, float *scratch, ptrdiff_t scratch_floats, int team);
// Bytes of workspace of apus_scapsule_backward_coupled.
size_t apus_capsule_coupled_bytes(const apus_capsule_desc *desc, const apus_capsule_sizes *sizes, int team);
ptrdiff_t apus_capsule_combine_floats(const apus_capsule_desc *desc, const apus_capsule_sizes *sizes);

#endif
