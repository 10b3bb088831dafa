/// Capsules: squash, lengths, predictions and routing by agreement
/// (Sabour, Frosst and Hinton, "Dynamic Routing Between Capsules", 2017).
///
/// A capsule is a short vector; arrays hold capsules in their last dimension, row-major. All arrays are dense,
/// of any alignment, and nothing outside them is read or written. For a fixed instruction set the results are the
/// same bits with any number of threads. The calls are reentrant.
/// APUS_ERROR_NULL, _SHAPE (a negative size), _OVERFLOW, _ALIAS (an output overlaps another array, except where a
/// comment allows it), _VALUE, _WORKSPACE, _MEMORY; on an error no output is written. Zero sizes are fine.
#ifndef APUS_CAPSULE_H
#define APUS_CAPSULE_H

#include "status.h"

APUS_BEGIN_DECLS

/// y = x |x| / (1 + |x|^2), row by row (equation 1): the direction stays, the length comes into [0, 1).
/// x, y: [rows, dim]; y may be x's own array. A zero row stays zero. Lengths beyond 1.8e19 give a result that is
/// too long, and lengths below 1e-19 give zero.
apus_status apus_ssquash_forward(ptrdiff_t rows, ptrdiff_t dim, const float *x, float *y);
/// dx = the gradient with respect to x, from x and the gradient dy with respect to y; 0 for a zero row, whose
/// slope is 0. dx may be dy's own array.
apus_status apus_ssquash_backward(ptrdiff_t rows, ptrdiff_t dim, const float *x, const float *dy, float *dx);

/// lengths[r] = |x[r]|. x: [rows, dim], lengths: [rows].
apus_status apus_slength_forward(ptrdiff_t rows, ptrdiff_t dim, const float *x, float *lengths);
/// dx[r] = dlengths[r] x[r] / |x[r]|, and 0 for a zero row. dx may be x's own array.
apus_status apus_slength_backward(ptrdiff_t rows, ptrdiff_t dim, const float *x, const float *dlengths, float *dx);

/// What the gradient of routing goes through.
typedef enum apus_routing_gradient {
    APUS_ROUTING_ALL_ITERATIONS = 0, ///< everything: the derivative of what forward computes
    APUS_ROUTING_LAST_ITERATION = 1  ///< the coupling coefficients count as constants, as in popular implementations
} apus_routing_gradient;

/// A layer of capsules that sees another one.
/// u:     [batch, in_capsules, in_dim], what the lower capsules say
/// w:     [in_capsules, in_dim, out_capsules, out_dim], a matrix for each pair
/// u_hat: [batch, in_capsules, out_capsules, out_dim], u_hat_j|i = u_i w_ij (equation 2): what i expects of j
/// v:     [batch, out_capsules, out_dim], what the upper capsules say
typedef struct apus_capsule_desc {
    ptrdiff_t batch, in_capsules, in_dim, out_capsules, out_dim;
    int iterations;                 ///< of routing, 1 to 100; APUS_ERROR_VALUE otherwise
    apus_routing_gradient gradient; ///< read by the backward passes
} apus_capsule_desc;

/// u_hat from u and w.
apus_status apus_scapsule_predict(const apus_capsule_desc *desc, const float *u, const float *w, float *u_hat);
/// du and dw, the gradients with respect to u and w, from du_hat, that with respect to u_hat. Either may be null.
apus_status apus_scapsule_predict_backward(const apus_capsule_desc *desc, const float *u, const float *w,
                                           const float *du_hat, float *du, float *dw);

/// Floats of `sums` below: batch * iterations * out_capsules * out_dim (0 for an invalid descriptor).
ptrdiff_t apus_scapsule_sums_count(const apus_capsule_desc *desc);
typedef enum apus_capsule_pass {
    APUS_CAPSULE_FORWARD = 0,
    APUS_CAPSULE_BACKWARD = 1,
    APUS_CAPSULE_BACKWARD_COUPLED = 2 ///< apus_scapsule_backward_coupled
} apus_capsule_pass;
/// Bytes of workspace of apus_srouting_* and apus_scapsule_* that take one. Grows with the number of threads and
/// with one item's u_hat, but with the batch only for APUS_CAPSULE_BACKWARD_COUPLED, by v's size. 0 for an invalid
/// descriptor.
size_t apus_scapsule_workspace(const apus_capsule_desc *desc, apus_capsule_pass pass);

/// v from u_hat by procedure 1 of the paper: logits b = 0; then `iterations` times c = softmax of b over the upper
/// capsules, s_j = sum_i c_ij u_hat_j|i, v_j = squash(s_j), b_ij += u_hat_j|i . v_j.
/// sums: every iteration's s, [batch, iterations, out_capsules, out_dim], for the backward pass; or null.
/// coupling: the last iteration's c, [batch, in_capsules, out_capsules]; or null.
/// workspace: as for apus_sgemm.
apus_status apus_srouting_forward(const apus_capsule_desc *desc, const float *u_hat, float *v, float *sums,
                                  float *coupling, void *workspace, size_t workspace_bytes);
/// du_hat from dv, with the forward pass' u_hat and sums. du_hat may be u_hat's own array.
apus_status apus_srouting_backward(const apus_capsule_desc *desc, const float *u_hat, const float *sums,
                                   const float *dv, float *du_hat, void *workspace, size_t workspace_bytes);

/// Predictions and routing in one, each few items' u_hat routed while it is in the caches.
/// u_hat and sums: kept for the backward pass; null at inference, and then u_hat is never written out.
/// apus_scapsule_backward_coupled needs sums and coupling, a tenth of u_hat or less, in place of u_hat.
apus_status apus_scapsule_forward(const apus_capsule_desc *desc, const float *u, const float *w, float *v,
                                  float *u_hat, float *sums, float *coupling, void *workspace, size_t workspace_bytes);
/// du (or null) and dw (or null) from dv. u_hat is the forward pass' and is overwritten: its memory is worked in.
apus_status apus_scapsule_backward(const apus_capsule_desc *desc, const float *u, const float *w, float *u_hat,
                                   const float *sums, const float *dv, float *du, float *dw, void *workspace,
                                   size_t workspace_bytes);
/// The same through the last iteration, desc->gradient APUS_ROUTING_LAST_ITERATION (APUS_ERROR_VALUE otherwise), from the
/// forward pass' coupling instead of its u_hat: in less than half the time.
apus_status apus_scapsule_backward_coupled(const apus_capsule_desc *desc, const float *u, const float *w,
                                           const float *coupling, const float *sums, const float *dv, float *du, float *dw,
                                           void *workspace, size_t workspace_bytes);

APUS_END_DECLS
#endif
