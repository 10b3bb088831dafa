/* A matrix product and a small convolution with Apus, each checked against plain loops.
 *
 *   cc gemm_and_conv.c $(pkg-config --cflags --libs apus)
 *   c++ -x c++ gemm_and_conv.c $(pkg-config --cflags --libs apus)
 */
#include <apus.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static float largest_difference(const float *a, const float *b, ptrdiff_t n) {
    float worst = 0;
    for (ptrdiff_t i = 0; i < n; ++i)
        if (!(fabsf(a[i] - b[i]) <= worst)) worst = fabsf(a[i] - b[i]);
    return worst;
}

static void fill(float *x, ptrdiff_t n, int step) {
    for (ptrdiff_t i = 0; i < n; ++i) x[i] = (float)((i * step) % 17 - 8) / 8;
}

/* Every function of Apus that can fail says how; nothing is printed or aborted for you. */
static void must(apus_status status, const char *what) {
    if (status == APUS_OK) return;
    fprintf(stderr, "%s: %s\n", what, apus_status_string(status));
    exit(1);
}

/* C := relu(A * B + bias): a dense layer on a batch of m rows. */
static int matrix_product(void) {
    enum { m = 5, k = 30, n = 7 };
    float a[m * k], b[k * n], bias[n], c[m * n], expected[m * n];
    fill(a, m * k, 5);
    fill(b, k * n, 3);
    fill(bias, n, 2);

    apus_gemm_desc product = {};
    product.m = m;
    product.n = n;
    product.k = k;
    product.lda = k; /* elements from one row to the next */
    product.ldb = n;
    product.ldc = n;
    product.alpha = 1; /* beta stays 0: c is only written */
    product.activation = APUS_ACTIVATION_RELU;
    must(apus_sgemm(&product, a, b, bias, c, NULL, 0), "apus_sgemm");

    for (int i = 0; i < m; ++i)
        for (int j = 0; j < n; ++j) {
            float sum = bias[j];
            for (int p = 0; p < k; ++p) sum += a[i * k + p] * b[p * n + j];
            expected[i * n + j] = sum > 0 ? sum : 0;
        }
    float difference = largest_difference(c, expected, m * n);
    int positive = 0;
    for (int i = 0; i < m * n; ++i) positive += c[i] > 0;
    printf("gemm  5x30 times 30x7:     %d of %d outputs positive, largest difference %g\n", positive, m * n, difference);
    return difference < 1e-4f && positive > 5;
}

/* A 3x3 convolution of one 6x8 image, 3 channels in, 4 out, padded so that the size stays. */
static int convolution(void) {
    enum { height = 6, width = 8, in = 3, out = 4, size = 3 };
    float x[height * width * in], w[size * size * in * out], y[height * width * out], expected[height * width * out];
    fill(x, height * width * in, 7);
    fill(w, size * size * in * out, 5);

    apus_conv_desc conv = {};
    conv.batch = 1;
    conv.in_h = height;
    conv.in_w = width;
    conv.in_c = in;
    conv.out_c = out;
    conv.kernel_h = conv.kernel_w = size;
    conv.stride_h = conv.stride_w = 1;
    conv.dilation_h = conv.dilation_w = 1;
    conv.pad_top = conv.pad_bottom = conv.pad_left = conv.pad_right = 1;

    /* A program that calls often asks once how much workspace a call wants, and keeps it. */
    size_t bytes = apus_sconv_workspace(&conv, APUS_CONV_FORWARD);
    void *workspace = apus_alloc(bytes);
    must(workspace == NULL ? APUS_ERROR_MEMORY : APUS_OK, "apus_alloc");
    must(apus_sconv_forward(&conv, x, w, NULL, y, workspace, bytes), "apus_sconv_forward");
    apus_free(workspace);

    for (int i = 0; i < height; ++i)
        for (int j = 0; j < width; ++j)
            for (int o = 0; o < out; ++o) {
                float sum = 0;
                for (int di = 0; di < size; ++di)
                    for (int dj = 0; dj < size; ++dj) {
                        int row = i + di - 1, column = j + dj - 1;
                        if (row < 0 || row >= height || column < 0 || column >= width) continue;
                        for (int c = 0; c < in; ++c)
                            sum += x[(row * width + column) * in + c] * w[((di * size + dj) * in + c) * out + o];
                    }
                expected[(i * width + j) * out + o] = sum;
            }
    float difference = largest_difference(y, expected, height * width * out);
    printf("conv  3x3, 6x8x3 to 6x8x4: first output %g, largest difference %g\n", y[0], difference);
    return difference < 1e-4f;
}

int main(void) {
    printf("instruction set %s, %d threads\n", apus_isa_name(apus_get_isa()), apus_get_threads());
    int right = matrix_product();
    right = convolution() && right;
    puts(right ? "both are right" : "WRONG");
    return right ? 0 : 1;
}
