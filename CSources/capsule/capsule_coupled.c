// The gradient through the last iteration from the coupling that forward kept: u_hat's gradient is c_ij times that of s_j,
// so neither is ever written or read, only du and dw.
#include "capsule_internal.h"

size_t apus_capsule_coupled_bytes(const apus_capsule_desc *desc, const apus_capsule_sizes *sizes, int team) {
    ptrdiff_t floats = apus_capsule_lines(sizes->v) + team * apus_capsule_combine_floats(desc, sizes);
    return (size_t)floats * sizeof(float) + APUS_CACHE_LINE;
}

typedef struct job {
    const apus_capsule_kernels *kernels;
    const apus_capsule_desc *desc;
    ptrdiff_t columns;
    const float *sums, *dv;
    float *gs;
} job;

static void sum_gradient_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const job *j = context;
    ptrdiff_t columns = j->columns, iterations = j->desc->iterations;
    for (ptrdiff_t b = begin; b < end; b++)
        j->kernels->squash_gradient(j->desc->out_capsules, j->desc->out_dim, j->sums + ((b + 1) * iterations - 1) * columns,
                                    j->dv + b * columns, j->gs + b * columns);
}

apus_status apus_scapsule_backward_coupled(const apus_capsule_desc *desc, const float *u, const float *w,
                                           const float *coupling, const float *sums, const float *dv, float *du, float *dw,
                                           void *workspace, size_t workspace_bytes) {
    apus_capsule_sizes s;
    apus_status status = apus_capsule_check(desc, &s);
    if (status != APUS_OK) return status;
    if (desc->gradient != APUS_ROUTING_LAST_ITERATION) return APUS_ERROR_VALUE;
    const float *inputs[] = {u, w, coupling, sums, dv};
    const ptrdiff_t counts[] = {s.u, s.w, s.coupling, s.sums, s.v};
    for (int a = 0; a < 5; a++) {
        if (apus_capsule_missing(inputs[a], counts[a])) return APUS_ERROR_NULL;
        if (apus_capsule_overlap(du, s.u, inputs[a], counts[a]) || apus_capsule_overlap(dw, s.w, inputs[a], counts[a]))
            return APUS_ERROR_ALIAS;
    }
    if (apus_capsule_overlap(du, s.u, dw, s.w)) return APUS_ERROR_ALIAS;
    int team = apus_team_size();
    const size_t wanted = apus_capsule_coupled_bytes(desc, &s, team);
    void *owned;
    float *gs;
    status = apus_capsule_claim(wanted, workspace, workspace_bytes, &owned, &gs);
    if (status != APUS_OK) return status;
    job j = {apus_capsule_select(), desc, s.columns, sums, dv, gs};
    if (s.v > 0) status = apus_parallel_for_team(team, desc->batch, apus_row_grain(s.columns), sum_gradient_chunk, &j);
    const apus_capsule_origin origin = {.coupling = coupling, .vectors = gs};
    if (status == APUS_OK)
        status = s.u_hat > 0 ? apus_capsule_combine_run(j.kernels, desc, &s, &origin, u, w, du, dw, gs + apus_capsule_lines(s.v),
                                                        apus_capsule_combine_floats(desc, &s), team)
                             : apus_capsule_predict_backward_run(j.kernels, desc, &s, u, w, NULL, du, dw);
    apus_free(owned);
    return status;
}
