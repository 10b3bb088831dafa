// Convolutions in Apus and oneDNN: forward with bias, and forward with both backward passes and the bias gradient.
//
// onednn-nhwc has images channels last, as Apus has them, and weights in whatever layout it asks for; onednn-blocked
// has everything as it asks for; onednn-winograd is its Winograd algorithm, where it has one. Its weights are reordered
// beforehand, outside of what is timed; so are Apus' in the forward pass alone (apus_sconv_prepare), and in training,
// where they change at each step, they stay as they are and what Apus makes of them is timed.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apus.h"
#include "checks.h"
#include "harness.h"
#include "libraries.h"

#if __has_include(<oneapi/dnnl/dnnl.h>)
#include <oneapi/dnnl/dnnl.h>
#endif

// One case: the shape and whether the backward passes belong to it.
typedef struct job {
    bench_conv_shape shape;
    bool backward;
    char name[64], family[64];
} job;

typedef struct arrays {
    const job *j;
    ptrdiff_t inputs, weights, outputs, out_c;
    float *x, *w, *bias, *y, *dy, *dx, *dw, *dbias;
} arrays;

static void arrays_make(arrays *a, const job *j) {
    const apus_conv_desc *d = &j->shape.desc;
    a->j = j;
    a->inputs = d->batch * d->in_h * d->in_w * d->in_c;
    a->weights = d->kernel_h * d->kernel_w * d->in_c * d->out_c;
    a->outputs = d->batch * j->shape.out_h * j->shape.out_w * d->out_c;
    a->out_c = d->out_c;
    a->x = bench_floats(1, a->inputs), a->w = bench_floats(2, a->weights), a->bias = bench_floats(3, a->out_c);
    a->y = bench_floats(0, a->outputs);
    if (!j->backward) return;
    a->dy = bench_floats(4, a->outputs), a->dx = bench_floats(0, a->inputs);
    a->dw = bench_floats(0, a->weights), a->dbias = bench_floats(0, a->out_c);
}

static double worse(double a, double b) { return a >= b ? a : b; }

static double arrays_error(const arrays *a, bool with_weights) {
    const bench_conv_shape *s = &a->j->shape;
    double error = bench_conv_forward_error(s, a->x, a->w, a->bias, a->y);
    if (a->j->backward) error = worse(error, bench_conv_backward_data_error(s, a->dy, a->w, a->dx));
    if (a->j->backward && with_weights) error = worse(error, bench_conv_backward_weights_error(s, a->x, a->dy, a->dw));
    return error;
}

// MARK: Apus

typedef struct ours {
    arrays a;
    void *workspace, *prepared; // prepared: weights, of the forward pass alone
    size_t bytes, prepared_bytes;
} ours;

static void run_apus(void *context) {
    ours *o = context;
    const apus_conv_desc *d = &o->a.j->shape.desc;
    if (!o->a.j->backward) {
        apus_sconv_forward_prepared(d, APUS_CONV_POOL_NONE, o->a.x, o->prepared, o->prepared_bytes, o->a.bias, o->a.y, o->workspace,
                                    o->bytes);
        return;
    }
    apus_sconv_forward(d, o->a.x, o->a.w, o->a.bias, o->a.y, o->workspace, o->bytes);
    apus_sconv_backward_data(d, o->a.dy, o->a.w, o->a.dx, o->workspace, o->bytes);
    apus_sconv_backward_weights(d, o->a.x, o->a.dy, o->a.dw, o->a.dbias, o->workspace, o->bytes);
}

static double apus_error(void *context) { return arrays_error(&((ours *)context)->a, true); }

static bool prepare_apus(const bench_row *row, bench_work *work) {
    ours *o = bench_memory(sizeof *o);
    arrays_make(&o->a, row->shape);
    const apus_conv_desc *d = &o->a.j->shape.desc;
    if (!o->a.j->backward) {
        o->prepared_bytes = apus_sconv_prepare_bytes(d);
        o->prepared = bench_memory(o->prepared_bytes);
        apus_sconv_prepare(d, o->a.w, o->prepared, o->prepared_bytes);
        o->bytes = apus_sconv_forward_prepared_workspace(d, APUS_CONV_POOL_NONE, o->prepared);
    }
    for (int pass = 0; pass < 3 && o->a.j->backward; pass++) {
        const size_t bytes = apus_sconv_workspace(d, (apus_conv_pass)pass);
        o->bytes = bytes > o->bytes ? bytes : o->bytes;
    }
    o->workspace = o->bytes == 0 ? NULL : bench_memory(o->bytes);
    snprintf(work->version, sizeof work->version, "%s", apus_conv_algorithm_name(o->prepared == NULL ? apus_conv_algorithm_for(d, APUS_CONV_FORWARD)
                                                       : apus_sconv_prepared_algorithm(o->prepared)));
    work->context = o;
    work->run = run_apus;
    work->error = apus_error;
    return true;
}

// MARK: oneDNN

#if defined(DNNL_VERSION_MAJOR) && DNNL_VERSION_MAJOR == 2

enum { PASSES = 3, MOST_ARGUMENTS = 4 };

typedef struct theirs {
    arrays a;
    bool plain; // images are the arrays' own
    dnnl_stream_t stream;
    struct {
        dnnl_primitive_t primitive;
        dnnl_exec_arg_t arguments[MOST_ARGUMENTS];
        int count;
    } pass[PASSES];
} theirs;

static void *library;
// Loaded, not linked: the library may be missing.
#define DNNL(function) ((__typeof__(&function))dlsym(library, #function))

static dnnl_engine_t engine;

// The array that belongs to an argument, where it is used as it lies; null where oneDNN's layout is its own.
static float *own_array(const theirs *t, int argument) {
    const arrays *a = &t->a;
    switch (argument) {
    case DNNL_ARG_BIAS: return a->bias;
    case DNNL_ARG_DIFF_BIAS: return a->dbias;
    case DNNL_ARG_SRC: return t->plain ? a->x : NULL;
    case DNNL_ARG_DST: return t->plain ? a->y : NULL;
    case DNNL_ARG_DIFF_SRC: return t->plain ? a->dx : NULL;
    case DNNL_ARG_DIFF_DST: return t->plain ? a->dy : NULL;
    default: return NULL;
    }
}

// Memory for an argument in the layout that the primitive asks for; weights are brought into it.
static bool add_argument(theirs *t, int pass, const_dnnl_primitive_desc_t desc, dnnl_query_t what, int index, int argument) {
    const dnnl_memory_desc_t *md = DNNL(dnnl_primitive_desc_query_md)(desc, what, index);
    float *data = own_array(t, argument);
    if (data == NULL) data = bench_floats(5, (ptrdiff_t)(DNNL(dnnl_memory_desc_get_size)(md) / sizeof(float) + 1));
    dnnl_memory_t memory;
    if (DNNL(dnnl_memory_create)(&memory, md, engine, data) != dnnl_success) return false;
    t->pass[pass].arguments[t->pass[pass].count++] = (dnnl_exec_arg_t){argument, memory};
    if (argument != DNNL_ARG_WEIGHTS) return true;
    const apus_conv_desc *d = &t->a.j->shape.desc;
    const dnnl_dims_t dims = {d->out_c, d->in_c, d->kernel_h, d->kernel_w};
    dnnl_memory_desc_t hwio;
    dnnl_memory_t from;
    dnnl_primitive_desc_t reorder_desc;
    dnnl_primitive_t reorder;
    if (DNNL(dnnl_memory_desc_init_by_tag)(&hwio, 4, dims, dnnl_f32, dnnl_hwio) != dnnl_success ||
        DNNL(dnnl_memory_create)(&from, &hwio, engine, t->a.w) != dnnl_success ||
        DNNL(dnnl_reorder_primitive_desc_create)(&reorder_desc, &hwio, engine, md, engine, NULL) != dnnl_success ||
        DNNL(dnnl_primitive_create)(&reorder, reorder_desc) != dnnl_success)
        return false;
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, memory}};
    return DNNL(dnnl_primitive_execute)(reorder, t->stream, 2, arguments) == dnnl_success &&
           DNNL(dnnl_stream_wait)(t->stream) == dnnl_success;
}

typedef struct argument {
    dnnl_query_t what;
    int index, argument;
} argument;
static const argument arguments_of[PASSES][MOST_ARGUMENTS] = {
    {{dnnl_query_src_md, 0, DNNL_ARG_SRC},
     {dnnl_query_weights_md, 0, DNNL_ARG_WEIGHTS},
     {dnnl_query_weights_md, 1, DNNL_ARG_BIAS},
     {dnnl_query_dst_md, 0, DNNL_ARG_DST}},
    {{dnnl_query_diff_src_md, 0, DNNL_ARG_DIFF_SRC},
     {dnnl_query_weights_md, 0, DNNL_ARG_WEIGHTS},
     {dnnl_query_diff_dst_md, 0, DNNL_ARG_DIFF_DST}},
    {{dnnl_query_src_md, 0, DNNL_ARG_SRC},
     {dnnl_query_diff_weights_md, 0, DNNL_ARG_DIFF_WEIGHTS},
     {dnnl_query_diff_weights_md, 1, DNNL_ARG_DIFF_BIAS},
     {dnnl_query_diff_dst_md, 0, DNNL_ARG_DIFF_DST}},
};

static bool open_passes(theirs *t, dnnl_alg_kind_t algorithm) {
    const bench_conv_shape *s = &t->a.j->shape;
    const apus_conv_desc *d = &s->desc;
    const dnnl_format_tag_t tag = t->plain ? dnnl_nhwc : dnnl_format_tag_any;
    const dnnl_dims_t src_dims = {d->batch, d->in_c, d->in_h, d->in_w}, dst_dims = {d->batch, d->out_c, s->out_h, s->out_w};
    const dnnl_dims_t weights_dims = {d->out_c, d->in_c, d->kernel_h, d->kernel_w}, bias_dims = {d->out_c};
    const dnnl_dims_t strides = {d->stride_h, d->stride_w};
    const dnnl_dims_t before = {d->pad_top, d->pad_left}, after = {d->pad_bottom, d->pad_right};
    dnnl_memory_desc_t src, weights, bias, dst;
    DNNL(dnnl_memory_desc_init_by_tag)(&src, 4, src_dims, dnnl_f32, tag);
    DNNL(dnnl_memory_desc_init_by_tag)(&dst, 4, dst_dims, dnnl_f32, tag);
    DNNL(dnnl_memory_desc_init_by_tag)(&weights, 4, weights_dims, dnnl_f32, dnnl_format_tag_any);
    DNNL(dnnl_memory_desc_init_by_tag)(&bias, 1, bias_dims, dnnl_f32, dnnl_a);
    dnnl_convolution_desc_t what[PASSES];
    const dnnl_prop_kind_t kind = t->a.j->backward ? dnnl_forward_training : dnnl_forward_inference;
    if (DNNL(dnnl_convolution_forward_desc_init)(&what[0], kind, algorithm, &src, &weights, &bias, &dst, strides, before, after) != dnnl_success ||
        DNNL(dnnl_convolution_backward_data_desc_init)(&what[1], algorithm, &src, &weights, &dst, strides, before, after) != dnnl_success ||
        DNNL(dnnl_convolution_backward_weights_desc_init)(&what[2], algorithm, &src, &weights, &bias, &dst, strides, before, after) != dnnl_success)
        return false;
    dnnl_primitive_desc_t hint = NULL;
    for (int pass = 0; pass < (t->a.j->backward ? PASSES : 1); pass++) {
        dnnl_primitive_desc_t desc = NULL;
        if (DNNL(dnnl_primitive_desc_create)(&desc, &what[pass], NULL, engine, hint) != dnnl_success ||
            DNNL(dnnl_primitive_create)(&t->pass[pass].primitive, desc) != dnnl_success)
            return false;
        if (pass == 0) hint = desc;
        for (int i = 0; i < MOST_ARGUMENTS && arguments_of[pass][i].argument != 0; i++) {
            const argument *a = &arguments_of[pass][i];
            if (!add_argument(t, pass, desc, a->what, a->index, a->argument)) return false;
        }
    }
    return true;
}

static void run_dnnl(void *context) {
    theirs *t = context;
    for (int pass = 0; pass < (t->a.j->backward ? PASSES : 1); pass++)
        DNNL(dnnl_primitive_execute)(t->pass[pass].primitive, t->stream, t->pass[pass].count, t->pass[pass].arguments);
    DNNL(dnnl_stream_wait)(t->stream);
}

// Weight gradients have a layout of their own.
static double dnnl_error(void *context) { return arrays_error(&((theirs *)context)->a, false); }

static bool prepare_dnnl(const bench_row *row, bench_work *work) {
    library = open_dnnl(work);
    if (library == NULL) return false;
    theirs *t = bench_memory(sizeof *t);
    arrays_make(&t->a, row->shape);
    t->plain = strcmp(row->peer, "onednn-nhwc") == 0;
    const dnnl_alg_kind_t algorithm = strcmp(row->peer, "onednn-winograd") == 0 ? dnnl_convolution_winograd : dnnl_convolution_direct;
    if (DNNL(dnnl_engine_create)(&engine, dnnl_cpu, 0) != dnnl_success ||
        DNNL(dnnl_stream_create)(&t->stream, engine, dnnl_stream_default_flags) != dnnl_success || !open_passes(t, algorithm)) {
        snprintf(work->why, sizeof work->why, "has no such convolution");
        return false;
    }
    work->context = t;
    work->run = run_dnnl;
    if (t->plain) work->error = dnnl_error;
    return true;
}

#else

static bool prepare_dnnl(const bench_row *row, bench_work *work) {
    (void)row;
    snprintf(work->why, sizeof work->why, "this program was built without the headers of oneDNN 2");
    return false;
}

#endif

int main(int count, char **arguments) {
    static const char *const peers[] = {"apus", "onednn-nhwc", "onednn-blocked", "onednn-winograd"};
    enum { PEERS = sizeof peers / sizeof *peers };
    const int shapes = bench_conv_shape_count();
    job *jobs = calloc((size_t)shapes * 2, sizeof *jobs);
    bench_row *rows = calloc((size_t)shapes * 2 * PEERS, sizeof *rows);
    if (jobs == NULL || rows == NULL) return 1;
    int n = 0;
    for (int i = 0; i < shapes; i++)
        for (int backward = 0; backward < 2; backward++) {
            const bench_conv_shape shape = bench_conv_shape_at(i);
            if (backward && shape.forward_only) continue;
            job *j = &jobs[n];
            j->shape = shape;
            j->backward = backward;
            snprintf(j->name, sizeof j->name, "conv_%s_%s", backward ? "fwdbwd" : "fwd", shape.name);
            snprintf(j->family, sizeof j->family, "%s%s", shape.family, backward ? "_training" : "");
            for (int p = 0; p < PEERS; p++)
                rows[n * PEERS + p] = (bench_row){.family = j->family, .name = j->name, .peer = peers[p],
                                                  .operations = bench_conv_operations(&shape) * (backward ? 3 : 1),
                                                  .prepare = p == 0 ? prepare_apus : prepare_dnnl, .shape = j};
            n++;
        }
    const int status = bench_main(count, arguments, rows, n * PEERS);
    free(rows), free(jobs);
    return status;
}
