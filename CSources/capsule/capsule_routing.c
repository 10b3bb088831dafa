// Routing by agreement: checks, workspace, and the iterations over one item's predictions.
//
// The logits after t iterations are b_ij = u_hat_ij . (v_j of iteration 1 + ... + v_j of iteration t), so they need not
// be kept: a pass over u_hat computes them from the sum of the v's, their softmax and the next s, in one reading.
#include <string.h>

#include "capsule_internal.h"

// One thread's scratch, in floats. Room for predictions, which only apus_scapsule_forward without u_hat needs, comes last.
static ptrdiff_t forward_floats(const apus_capsule_sizes *s, ptrdiff_t outs, bool predictions) {
    return 3 * apus_capsule_lines(s->columns) + apus_capsule_lines(s->plane) + apus_capsule_lines(APUS_CAPSULE_LANES * outs) +
           (predictions ? apus_capsule_lines(APUS_CAPSULE_ROWS * s->item) : 0);
}
static ptrdiff_t backward_floats(const apus_capsule_desc *desc, const apus_capsule_sizes *s) {
    ptrdiff_t vectors = (2 * desc->iterations + 3) * apus_capsule_lines(s->columns);
    ptrdiff_t planes = 2 * apus_max(desc->iterations - 1, 1) * apus_capsule_lines(s->plane);
    return apus_max(vectors + planes, apus_capsule_combine_floats(desc, s));
}

static size_t workspace_bytes_of(const apus_capsule_desc *desc, const apus_capsule_sizes *s, apus_capsule_pass pass,
                                 int team) {
    if (pass == APUS_CAPSULE_BACKWARD_COUPLED) return apus_capsule_coupled_bytes(desc, s, team);
    ptrdiff_t floats = pass == APUS_CAPSULE_BACKWARD ? backward_floats(desc, s) : forward_floats(s, desc->out_capsules, true);
    return (size_t)team * (size_t)floats * sizeof(float) + APUS_CACHE_LINE;
}

size_t apus_scapsule_workspace(const apus_capsule_desc *desc, apus_capsule_pass pass) {
    apus_capsule_sizes s;
    if (apus_capsule_check(desc, &s) != APUS_OK) return 0;
    return workspace_bytes_of(desc, &s, pass, apus_team_size());
}

ptrdiff_t apus_scapsule_sums_count(const apus_capsule_desc *desc) {
    apus_capsule_sizes s;
    return apus_capsule_check(desc, &s) == APUS_OK ? s.sums : 0;
}

// What a call's chunks share.
typedef struct job {
    const apus_capsule_kernels *kernels;
    const apus_capsule_desc *desc;
    apus_capsule_sizes sizes;
    apus_capsule_shape shape;
    const float *u, *w, *u_hat, *sums_in, *dv;
    float *u_hat_out, *v, *sums, *coupling, *du_hat;
    apus_capsule_origin origin; // backward: origin.kept.offsets > 0 where u_hat's gradient is not made, but what it is made of
    float *scratch;
    ptrdiff_t scratch_floats;
    int team;
    void *owned;
} job;

static apus_status open_job(job *j, const apus_capsule_desc *desc, apus_capsule_pass pass, void *workspace, size_t bytes) {
    j->kernels = apus_capsule_select();
    j->desc = desc;
    j->shape = (apus_capsule_shape){desc->in_capsules, desc->out_capsules, desc->out_dim};
    j->team = apus_team_size();
    j->scratch_floats =
        pass == APUS_CAPSULE_BACKWARD ? backward_floats(desc, &j->sizes) : forward_floats(&j->sizes, desc->out_capsules, true);
    const size_t wanted = workspace_bytes_of(desc, &j->sizes, pass, j->team);
    return apus_capsule_claim(wanted, workspace, bytes, &j->owned, &j->scratch);
}

static float *scratch_of_member(const job *j) { return j->scratch + apus_team_member() * j->scratch_floats; }
static float *take(float **scratch, ptrdiff_t floats) {
    float *taken = *scratch;
    *scratch += apus_capsule_lines(floats);
    return taken;
}

static void add(ptrdiff_t n, const float *x, float *sum) {
    for (ptrdiff_t i = 0; i < n; i++) sum[i] += x[i];
}

// From blocks of lanes to [in_capsules, out_capsules].
static void gather_coupling(const job *j, const float *blocks, float *coupling) {
    ptrdiff_t outs = j->shape.out_capsules, lanes = j->kernels->lanes;
    for (ptrdiff_t i = 0; i < j->shape.in_capsules; i += lanes, blocks += lanes * outs) {
        ptrdiff_t n = apus_min(lanes, j->shape.in_capsules - i);
        for (ptrdiff_t lane = 0; lane < n; lane++, coupling += outs)
            for (ptrdiff_t o = 0; o < outs; o++) coupling[o] = blocks[o * lanes + lane];
    }
}

static void route_item(const job *j, const float *u_hat, ptrdiff_t item, float *scratch) {
    ptrdiff_t columns = j->sizes.columns;
    int iterations = j->desc->iterations;
    float *agreement = take(&scratch, columns), *own_sum = take(&scratch, columns), *own_v = take(&scratch, columns);
    float *c = take(&scratch, j->sizes.plane);
    float *block = take(&scratch, APUS_CAPSULE_LANES * j->shape.out_capsules); // where only the last block's coefficients are held
    memset(agreement, 0, (size_t)columns * sizeof(float));
    for (int t = 0; t < iterations; t++) {
        bool last = t == iterations - 1, keeps = last && j->coupling != NULL;
        float *sum = j->sums == NULL ? own_sum : j->sums + (item * iterations + t) * columns;
        float *v = last ? j->v + item * columns : own_v;
        if (t == 0) j->kernels->uniform(&j->shape, u_hat, 1.0f / (float)j->shape.out_capsules, sum);
        else j->kernels->route(&j->shape, u_hat, agreement, keeps, keeps ? c : block, sum);
        j->kernels->squash(j->shape.out_capsules, j->shape.out_dim, sum, v);
        if (!last) add(columns, v, agreement);
    }
    if (j->coupling == NULL) return;
    ptrdiff_t pairs = j->shape.in_capsules * j->shape.out_capsules;
    float *coupling = j->coupling + item * pairs;
    if (iterations > 1) gather_coupling(j, c, coupling);
    else
        for (ptrdiff_t i = 0; i < pairs; i++) coupling[i] = 1.0f / (float)j->shape.out_capsules;
}

static void route_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const job *j = context;
    for (ptrdiff_t b = begin; b < end; b++) route_item(j, j->u_hat + b * j->sizes.item, b, scratch_of_member(j));
}

static void forward_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const job *j = context;
    float *scratch = scratch_of_member(j);
    ptrdiff_t in_dim = j->desc->in_dim, columns = j->sizes.columns, stride = j->desc->in_capsules * in_dim;
    float *u_hat = j->u_hat_out == NULL ? scratch + forward_floats(&j->sizes, j->shape.out_capsules, false)
                                        : j->u_hat_out + begin * j->sizes.item;
    for (ptrdiff_t i = 0; i < j->shape.in_capsules; i++)
        j->kernels->predict(end - begin, in_dim, columns, j->u + begin * stride + i * in_dim, stride,
                            j->w + i * in_dim * columns, u_hat + i * columns, j->sizes.item);
    for (ptrdiff_t b = begin; b < end; b++) route_item(j, u_hat + (b - begin) * j->sizes.item, b, scratch);
}

static void backward_item(const job *j, const float *u_hat, const float *sums, const float *dv, float *du_hat,
                          float *kept, float *scratch) {
    ptrdiff_t columns = j->sizes.columns, outs = j->shape.out_capsules, dim = j->shape.out_dim;
    int iterations = j->desc->iterations, last = iterations - 1, terms = 0;
    bool all = j->desc->gradient == APUS_ROUTING_ALL_ITERATIONS;
    const float *coefficients[2 * 100], *vectors[2 * 100];
    float *agreement[100], *gs[100];
    for (int t = 0; t < iterations; t++) {
        agreement[t] = take(&scratch, columns);
        gs[t] = take(&scratch, columns);
    }
    float *base = take(&scratch, columns), *gv = take(&scratch, columns), *part = take(&scratch, columns);
    memset(agreement[0], 0, (size_t)columns * sizeof(float));
    for (int t = 1; t < iterations; t++) {
        j->kernels->squash(outs, dim, sums + (t - 1) * columns, agreement[t]);
        add(columns, agreement[t - 1], agreement[t]);
    }
    // The v of iteration t counts in every later iteration's logits, so what these give for it adds up in gv.
    memcpy(gv, dv, (size_t)columns * sizeof(float));
    memset(base, 0, (size_t)columns * sizeof(float));
    for (int t = last; t > 0 && (all || t == last); t--) {
        float *c = take(&scratch, j->sizes.plane), *db = take(&scratch, j->sizes.plane);
        j->kernels->squash_gradient(outs, dim, sums + t * columns, gv, gs[t]);
        coefficients[terms] = c;
        vectors[terms++] = gs[t];
        if (!all) {
            j->kernels->route(&j->shape, u_hat, agreement[t], true, c, part);
            break;
        }
        j->kernels->route_gradient(&j->shape, u_hat, agreement[t], gs[t], c, db, part);
        coefficients[terms] = db;
        vectors[terms++] = agreement[t];
        if (t == last) memset(gv, 0, (size_t)columns * sizeof(float));
        add(columns, part, gv);
    }
    if (all || last == 0) {
        j->kernels->squash_gradient(outs, dim, sums, gv, gs[0]);
        for (ptrdiff_t k = 0; k < columns; k++) base[k] = gs[0][k] * (1.0f / (float)outs);
    }
    if (kept == NULL) {
        j->kernels->spread(&j->shape, base, terms, coefficients, vectors, du_hat);
        return;
    }
    for (int t = 0; t < terms; t++) memcpy(kept + t * j->sizes.plane, coefficients[t], (size_t)j->sizes.plane * sizeof(float));
    kept += terms * j->sizes.plane;
    memcpy(kept, base, (size_t)columns * sizeof(float));
    for (int t = 0; t < terms; t++) memcpy(kept + (t + 1) * columns, vectors[t], (size_t)columns * sizeof(float));
}

// Where the terms of an item's gradient are smaller than the gradient, they are kept, in the place of its u_hat, which no
// longer counts: writing the gradient out and reading it twice would take most of the time.
static void keep_terms(job *j) {
    const apus_capsule_sizes *s = &j->sizes;
    ptrdiff_t later = j->desc->iterations - 1;
    ptrdiff_t terms = j->desc->gradient == APUS_ROUTING_ALL_ITERATIONS ? 2 * later : apus_min(later, 1);
    ptrdiff_t rest = s->item - terms * s->plane - (terms + 1) * s->columns;
    if (s->columns == 0 || rest < 0) return;
    j->origin.kept = (apus_capsule_terms){.area = j->du_hat, .item = s->item, .plane = s->plane, .step = s->columns,
                                          .offsets = 1 + apus_min(rest / s->columns, 127), .terms = (int)terms};
}

static void backward_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const job *j = context;
    ptrdiff_t columns = j->sizes.columns;
    for (ptrdiff_t b = begin; b < end; b++)
        backward_item(j, j->u_hat + b * j->sizes.item, j->sums_in + b * j->desc->iterations * columns,
                      j->dv + b * columns, j->du_hat + b * j->sizes.item,
                      j->origin.kept.offsets > 0 ? j->du_hat + (apus_capsule_terms_of(&j->origin.kept, b) - j->du_hat) : NULL,
                      scratch_of_member(j));
}

// The outputs of a forward call: none may overlap another or an input.
static bool forward_aliases(const job *j) {
    const apus_capsule_sizes *s = &j->sizes;
    const float *arrays[] = {j->v, j->sums, j->coupling, j->u_hat_out, j->u_hat, j->u, j->w};
    const ptrdiff_t counts[] = {s->v, s->sums, s->coupling, s->u_hat, s->u_hat, s->u, s->w};
    for (int a = 0; a < 4; a++)
        for (int b = a + 1; b < 7; b++)
            if (apus_capsule_overlap(arrays[a], counts[a], arrays[b], counts[b])) return true;
    return false;
}

apus_status apus_srouting_forward(const apus_capsule_desc *desc, const float *u_hat, float *v, float *sums,
                                  float *coupling, void *workspace, size_t workspace_bytes) {
    job j = {.u_hat = u_hat, .v = v, .sums = sums, .coupling = coupling};
    apus_status status = apus_capsule_check(desc, &j.sizes);
    if (status != APUS_OK || desc->batch == 0 || desc->out_capsules == 0) return status;
    if (apus_capsule_missing(v, j.sizes.v) || apus_capsule_missing(u_hat, j.sizes.u_hat)) return APUS_ERROR_NULL;
    if (forward_aliases(&j)) return APUS_ERROR_ALIAS;
    status = open_job(&j, desc, APUS_CAPSULE_FORWARD, workspace, workspace_bytes);
    if (status != APUS_OK) return status;
    status = apus_parallel_for_team(j.team, desc->batch, 1, route_chunk, &j);
    apus_free(j.owned);
    return status;
}

apus_status apus_scapsule_forward(const apus_capsule_desc *desc, const float *u, const float *w, float *v,
                                  float *u_hat, float *sums, float *coupling, void *workspace, size_t workspace_bytes) {
    job j = {.u = u, .w = w, .v = v, .u_hat_out = u_hat, .sums = sums, .coupling = coupling};
    apus_status status = apus_capsule_check(desc, &j.sizes);
    if (status != APUS_OK || desc->batch == 0 || desc->out_capsules == 0) return status;
    if (apus_capsule_missing(v, j.sizes.v) || apus_capsule_missing(u, j.sizes.u) || apus_capsule_missing(w, j.sizes.w))
        return APUS_ERROR_NULL;
    if (forward_aliases(&j)) return APUS_ERROR_ALIAS;
    status = open_job(&j, desc, APUS_CAPSULE_FORWARD, workspace, workspace_bytes);
    if (status != APUS_OK) return status;
    // An item's result does not depend on its neighbours, so the cut may follow the team.
    ptrdiff_t grain = apus_min(APUS_CAPSULE_ROWS, apus_ceil_div(desc->batch, j.team));
    status = apus_parallel_for_team(j.team, desc->batch, grain, forward_chunk, &j);
    apus_free(j.owned);
    return status;
}

static apus_status check_backward(const job *j) {
    const apus_capsule_sizes *s = &j->sizes;
    if (apus_capsule_missing(j->u_hat, s->u_hat) || apus_capsule_missing(j->du_hat, s->u_hat) ||
        apus_capsule_missing(j->sums_in, s->sums) || apus_capsule_missing(j->dv, s->v))
        return APUS_ERROR_NULL;
    if (apus_partly_overlaps(j->du_hat, j->u_hat, s->u_hat, sizeof(float)) ||
        apus_capsule_overlap(j->du_hat, s->u_hat, j->sums_in, s->sums) ||
        apus_capsule_overlap(j->du_hat, s->u_hat, j->dv, s->v))
        return APUS_ERROR_ALIAS;
    return APUS_OK;
}

apus_status apus_srouting_backward(const apus_capsule_desc *desc, const float *u_hat, const float *sums,
                                   const float *dv, float *du_hat, void *workspace, size_t workspace_bytes) {
    job j = {.u_hat = u_hat, .sums_in = sums, .dv = dv, .du_hat = du_hat};
    apus_status status = apus_capsule_check(desc, &j.sizes);
    if (status != APUS_OK || j.sizes.u_hat == 0) return status;
    status = check_backward(&j);
    if (status != APUS_OK) return status;
    status = open_job(&j, desc, APUS_CAPSULE_BACKWARD, workspace, workspace_bytes);
    if (status != APUS_OK) return status;
    status = apus_parallel_for_team(j.team, desc->batch, 1, backward_chunk, &j);
    apus_free(j.owned);
    return status;
}

apus_status apus_scapsule_backward(const apus_capsule_desc *desc, const float *u, const float *w, float *u_hat,
                                   const float *sums, const float *dv, float *du, float *dw, void *workspace,
                                   size_t workspace_bytes) {
    job j = {.u_hat = u_hat, .sums_in = sums, .dv = dv, .du_hat = u_hat};
    apus_status status = apus_capsule_check(desc, &j.sizes);
    if (status != APUS_OK) return status;
    const apus_capsule_sizes *s = &j.sizes;
    if (apus_capsule_missing(u, s->u) || apus_capsule_missing(w, s->w)) return APUS_ERROR_NULL;
    status = check_backward(&j);
    if (status != APUS_OK) return status;
    const float *outputs[] = {du, dw, u_hat}, *inputs[] = {u, w, sums, dv};
    const ptrdiff_t output_counts[] = {s->u, s->w, s->u_hat}, input_counts[] = {s->u, s->w, s->sums, s->v};
    for (int a = 0; a < 3; a++) {
        for (int b = 0; b < 4; b++)
            if (apus_capsule_overlap(outputs[a], output_counts[a], inputs[b], input_counts[b])) return APUS_ERROR_ALIAS;
        for (int b = a + 1; b < 3; b++)
            if (apus_capsule_overlap(outputs[a], output_counts[a], outputs[b], output_counts[b])) return APUS_ERROR_ALIAS;
    }
    status = open_job(&j, desc, APUS_CAPSULE_BACKWARD, workspace, workspace_bytes);
    if (status != APUS_OK) return status;
    keep_terms(&j);
    if (s->u_hat > 0) status = apus_parallel_for_team(j.team, desc->batch, 1, backward_chunk, &j);
    if (status == APUS_OK)
        status = j.origin.kept.offsets > 0 && s->u_hat > 0
                     ? apus_capsule_combine_run(j.kernels, desc, s, &j.origin, u, w, du, dw, j.scratch, j.scratch_floats, j.team)
                     : apus_capsule_predict_backward_run(j.kernels, desc, s, u, w, u_hat, du, dw);
    apus_free(j.owned);
    return status;
}
