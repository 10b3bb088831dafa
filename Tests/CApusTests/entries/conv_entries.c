#include "entries.h"

// Convolutions that take different ways: rows and images, few and many channels, strides, a dilation.
static const apus_conv_desc shapes[] = {
    {2, 30, 28, 33, 40, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, APUS_ACTIVATION_RELU},
    {3, 31, 33, 3, 20, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, APUS_ACTIVATION_LINEAR},
    {16, 20, 20, 1, 64, 9, 9, 1, 1, 1, 1, 0, 0, 0, 0, APUS_ACTIVATION_LINEAR},
    {4, 13, 14, 20, 36, 5, 4, 2, 2, 1, 1, 1, 0, 2, 1, APUS_ACTIVATION_LINEAR},
    {2, 17, 17, 24, 16, 3, 3, 1, 1, 2, 2, 2, 2, 2, 2, APUS_ACTIVATION_LINEAR},
    {4, 14, 14, 40, 72, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, APUS_ACTIVATION_LINEAR},
    {17, 1, 125, 40, 72, 1, 3, 1, 1, 1, 1, 0, 0, 1, 1, APUS_ACTIVATION_LINEAR},
};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static apus_conv_desc described(call *c, const apus_conv_desc *s) {
    apus_conv_desc d = *s;
    d.batch = size(c, s->batch), d.in_h = size(c, s->in_h), d.in_w = size(c, s->in_w);
    d.in_c = size(c, s->in_c), d.out_c = size(c, s->out_c);
    d.kernel_h = size(c, s->kernel_h), d.kernel_w = size(c, s->kernel_w);
    return d;
}

static ptrdiff_t inputs(const apus_conv_desc *s) { return s->batch * s->in_h * s->in_w * s->in_c; }
static ptrdiff_t weights(const apus_conv_desc *s) { return s->kernel_h * s->kernel_w * s->in_c * s->out_c; }
static ptrdiff_t outputs(const apus_conv_desc *s) {
    ptrdiff_t h = 0, w = 0;
    apus_conv_output(s, &h, &w);
    return s->batch * h * w * s->out_c;
}

// Every algorithm in turn: those that cannot do a shape leave it to another.
static apus_status forward(call *c, const apus_conv_desc *s, apus_conv_algorithm algorithm) {
    const apus_conv_desc d = described(c, s);
    const float *x = in_f32(c, inputs(s)), *w = in_f32(c, weights(s)), *bias = in_f32(optional(c), s->out_c);
    float *y = out_f32(c, outputs(s));
    const apus_conv_algorithm before = apus_get_conv_algorithm();
    apus_set_conv_algorithm(algorithm);
    size_t bytes = apus_sconv_workspace(&d, APUS_CONV_FORWARD);
    void *workspace = space(c, &bytes);
    const apus_status status = apus_sconv_forward(&d, x, w, bias, y, workspace, bytes);
    apus_set_conv_algorithm(before);
    return status;
}

static apus_status backward_data(call *c, const apus_conv_desc *s, apus_conv_algorithm algorithm) {
    const apus_conv_desc d = described(c, s);
    const float *dy = in_f32(c, outputs(s)), *w = in_f32(c, weights(s));
    float *dx = out_f32(c, inputs(s));
    const apus_conv_algorithm before = apus_get_conv_algorithm();
    apus_set_conv_algorithm(algorithm);
    size_t bytes = apus_sconv_workspace(&d, APUS_CONV_BACKWARD_DATA);
    void *workspace = space(c, &bytes);
    const apus_status status = apus_sconv_backward_data(&d, dy, w, dx, workspace, bytes);
    apus_set_conv_algorithm(before);
    return status;
}

static apus_status backward_weights(call *c, const apus_conv_desc *s, apus_conv_algorithm algorithm) {
    const apus_conv_desc d = described(c, s);
    const float *x = in_f32(c, inputs(s)), *dy = in_f32(c, outputs(s));
    float *dw = out_f32(c, weights(s)), *dbias = out_f32(optional(c), s->out_c);
    const apus_conv_algorithm before = apus_get_conv_algorithm();
    apus_set_conv_algorithm(algorithm);
    size_t bytes = apus_sconv_workspace(&d, APUS_CONV_BACKWARD_WEIGHTS);
    void *workspace = space(c, &bytes);
    const apus_status status = apus_sconv_backward_weights(&d, x, dy, dw, dbias, workspace, bytes);
    apus_set_conv_algorithm(before);
    return status;
}

static apus_status prepare(call *c, const apus_conv_desc *s) {
    const apus_conv_desc d = described(c, s);
    size_t bytes = apus_sconv_prepare_bytes(s);
    const float *w = in_f32(c, weights(s));
    void *prepared = out_bytes(c, bytes);
    if (c->mode == CALL_SHORT) c->spoiled = true, bytes--;
    return apus_sconv_prepare(&d, w, prepared, bytes);
}

static apus_status forward_prepared(call *c, const apus_conv_desc *s, apus_conv_pool pool) {
    const apus_conv_desc d = described(c, s);
    const size_t prepared_bytes = apus_sconv_prepare_bytes(s);
    const float *x = in_f32(c, inputs(s)), *bias = in_f32(optional(c), s->out_c);
    in_f32(optional(c), weights(s));
    const void *w = c->array[c->arrays - 1].intended, *prepared = in_bytes(c, (ptrdiff_t)prepared_bytes, 0);
    if (!c->keep_inputs) {
        const apus_status status = apus_sconv_prepare(s, w, c->array[c->arrays - 1].intended, prepared_bytes);
        if (status != APUS_OK) return status;
        changed(c);
    }
    float *y = out_f32(c, outputs(s));
    size_t bytes = apus_sconv_forward_prepared_workspace(&d, pool, prepared);
    void *workspace = space(c, &bytes);
    return apus_sconv_forward_prepared(&d, pool, x, prepared, prepared_bytes, bias, y, workspace, bytes);
}

static apus_status prepare_images(call *c) { return prepare(c, &shapes[0]); }
static apus_status prepare_strided(call *c) { return prepare(c, &shapes[3]); }
static apus_status prepared_images(call *c) { return forward_prepared(c, &shapes[0], APUS_CONV_POOL_NONE); }
static apus_status prepared_pooled(call *c) { return forward_prepared(c, &shapes[0], APUS_CONV_POOL_MAX_2X2); }
static apus_status prepared_strided(call *c) { return forward_prepared(c, &shapes[3], APUS_CONV_POOL_NONE); }

#define ENTRIES_OF(shape, suffix, algorithm)                                                                            \
    static apus_status forward_##suffix(call *c) { return forward(c, &shapes[shape], algorithm); }                      \
    static apus_status backward_data_##suffix(call *c) { return backward_data(c, &shapes[shape], algorithm); }          \
    static apus_status backward_weights_##suffix(call *c) { return backward_weights(c, &shapes[shape], algorithm); }
ENTRIES_OF(0, direct, APUS_CONV_DIRECT)
ENTRIES_OF(0, winograd4, APUS_CONV_WINOGRAD_4X4)
ENTRIES_OF(0, winograd6, APUS_CONV_WINOGRAD_6X6)
ENTRIES_OF(1, colours, APUS_CONV_AUTO)
ENTRIES_OF(2, digits, APUS_CONV_AUTO)
ENTRIES_OF(3, strided, APUS_CONV_AUTO)
ENTRIES_OF(4, dilated, APUS_CONV_AUTO)
ENTRIES_OF(5, pointwise, APUS_CONV_AUTO)
ENTRIES_OF(6, rows, APUS_CONV_DIRECT)
ENTRIES_OF(6, rows_winograd, APUS_CONV_WINOGRAD)

#define ROWS_OF(suffix)                                                                                                 \
    {"apus_sconv_forward", forward_##suffix}, {"apus_sconv_backward_data", backward_data_##suffix}, {                   \
        "apus_sconv_backward_weights", backward_weights_##suffix                                                        \
    }
const entry conv_entries[] = {
    ROWS_OF(direct), ROWS_OF(winograd4), ROWS_OF(winograd6), ROWS_OF(colours), ROWS_OF(digits), ROWS_OF(strided),
    ROWS_OF(dilated), ROWS_OF(pointwise), ROWS_OF(rows), ROWS_OF(rows_winograd),
    {"apus_sconv_prepare", prepare_images},
    {"apus_sconv_prepare", prepare_strided},
    {"apus_sconv_forward_prepared", prepared_images},
    {"apus_sconv_forward_prepared", prepared_pooled},
    {"apus_sconv_forward_prepared", prepared_strided},
    {NULL, NULL},
};
