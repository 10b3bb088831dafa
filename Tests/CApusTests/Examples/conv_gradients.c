/* A convolution forward and backward with Apus: the gradients that training needs, checked against differences.
 *
 *   cc conv_gradients.c $(pkg-config --cflags --libs apus) -lm
 */
#include <apus.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { batch = 2, height = 9, width = 8, in = 3, out = 5, taps = 3 };
enum { inputs = batch * height * width * in, weights = taps * taps * in * out, outputs = batch * height * width * out };

static float x[inputs], w[weights], bias[out], y[outputs], dy[outputs], dx[inputs], dw[weights], dbias[out];

static void must(apus_status status, const char *what) {
    if (status == APUS_OK) return;
    fprintf(stderr, "%s: %s\n", what, apus_status_string(status));
    exit(1);
}

static void fill(float *values, int n, int step) {
    for (int i = 0; i < n; ++i) values[i] = (float)((i * step) % 17 - 8) / 8;
}

/* The loss: the sum of y * dy, so that its gradient with respect to y is dy. */
static double loss(const apus_conv_desc *conv, void *workspace, size_t bytes) {
    double sum = 0;
    must(apus_sconv_forward(conv, x, w, bias, y, workspace, bytes), "apus_sconv_forward");
    for (int i = 0; i < outputs; ++i) sum += (double)y[i] * dy[i];
    return sum;
}

/* The loss is linear in each array, so a difference is exact but for rounding. */
static double worst(const apus_conv_desc *conv, float *values, const float *gradient, int n, void *workspace, size_t bytes) {
    double largest = 0;
    for (int i = 0; i < n; i += 1 + n / 20) {
        float kept = values[i];
        values[i] = kept + 1;
        double above = loss(conv, workspace, bytes);
        values[i] = kept - 1;
        double below = loss(conv, workspace, bytes);
        values[i] = kept;
        double difference = fabs((above - below) / 2 - gradient[i]);
        if (!(difference <= largest)) largest = difference;
    }
    return largest;
}

int main(void) {
    apus_conv_desc conv = {};
    conv.batch = batch;
    conv.in_h = height;
    conv.in_w = width;
    conv.in_c = in;
    conv.out_c = out;
    conv.kernel_h = conv.kernel_w = taps;
    conv.stride_h = conv.stride_w = conv.dilation_h = conv.dilation_w = 1;
    conv.pad_top = conv.pad_bottom = conv.pad_left = conv.pad_right = 1;
    fill(x, inputs, 5);
    fill(w, weights, 7);
    fill(bias, out, 3);
    fill(dy, outputs, 11);

    /* One workspace for all three passes: as large as the largest. */
    size_t bytes = 0;
    for (int pass = APUS_CONV_FORWARD; pass <= APUS_CONV_BACKWARD_WEIGHTS; ++pass) {
        size_t wanted = apus_sconv_workspace(&conv, (apus_conv_pass)pass);
        if (wanted > bytes) bytes = wanted;
    }
    void *workspace = apus_alloc(bytes);
    must(workspace == NULL ? APUS_ERROR_MEMORY : APUS_OK, "apus_alloc");

    must(apus_sconv_backward_data(&conv, dy, w, dx, workspace, bytes), "apus_sconv_backward_data");
    must(apus_sconv_backward_weights(&conv, x, dy, dw, dbias, workspace, bytes), "apus_sconv_backward_weights");
    double data = worst(&conv, x, dx, inputs, workspace, bytes), filter = worst(&conv, w, dw, weights, workspace, bytes);
    double offset = worst(&conv, bias, dbias, out, workspace, bytes);
    apus_free(workspace);

    printf("gradients against differences: data %.2g, weights %.2g, bias %.2g\n", data, filter, offset);
    int right = data < 1e-3 && filter < 1e-3 && offset < 1e-3;
    puts(right ? "right" : "WRONG");
    return right ? 0 : 1;
}
