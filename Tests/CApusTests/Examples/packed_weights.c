/* A dense layer whose weights are packed once and then used for batches of any size.
 *
 *   cc packed_weights.c $(pkg-config --cflags --libs apus) -lm
 *   c++ -x c++ packed_weights.c $(pkg-config --cflags --libs apus)
 */
#include <apus.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { inputs = 300, outputs = 70, most = 24 };

static float x[most * inputs], w[inputs * outputs], bias[outputs], y[most * outputs], alone[outputs];

static void fill(float *to, int n, int step) {
    for (int i = 0; i < n; ++i) to[i] = (float)((i * step) % 17 - 8) / 8;
}

static void must(apus_status status, const char *what) {
    if (status == APUS_OK) return;
    fprintf(stderr, "%s: %s\n", what, apus_status_string(status));
    exit(1);
}

/* y := relu(x * w + bias) for so many rows. */
static void layer(int rows, const float *from, const void *packed, size_t bytes, float *to) {
    apus_gemm_desc product = {};
    product.m = rows;
    product.n = outputs;
    product.k = inputs;
    product.lda = inputs;
    product.ldc = outputs; /* ldb does not matter: w is packed */
    product.alpha = 1;
    product.activation = APUS_ACTIVATION_RELU;
    must(apus_sgemm_packed(&product, from, packed, bytes, bias, to, NULL, 0), "apus_sgemm_packed");
}

int main(void) {
    fill(x, most * inputs, 5);
    fill(w, inputs * outputs, 3);
    fill(bias, outputs, 2);

    size_t bytes = apus_sgemm_pack_b_bytes(outputs, inputs);
    void *packed = apus_alloc(bytes);
    must(packed == NULL ? APUS_ERROR_MEMORY : APUS_OK, "apus_alloc");
    must(apus_sgemm_pack_b(APUS_NO_TRANSPOSE, outputs, inputs, w, outputs, packed, bytes), "apus_sgemm_pack_b");

    layer(most, x, packed, bytes, y);
    double worst = 0;
    for (int i = 0; i < most; ++i)
        for (int j = 0; j < outputs; ++j) {
            double sum = bias[j];
            for (int p = 0; p < inputs; ++p) sum += (double)x[i * inputs + p] * w[p * outputs + j];
            double difference = fabs((sum > 0 ? sum : 0) - y[i * outputs + j]);
            if (!(difference <= worst)) worst = difference;
        }

    /* A row gives the same bits alone as in the batch. */
    int same = 1;
    for (int i = 0; i < most; ++i) {
        layer(1, x + i * inputs, packed, bytes, alone);
        same = same && memcmp(alone, y + i * outputs, sizeof alone) == 0;
    }

    /* What was packed for another matrix is refused, not used. */
    apus_gemm_desc other = {};
    other.m = 1, other.n = outputs - 1, other.k = inputs, other.lda = inputs, other.ldc = outputs - 1, other.alpha = 1;
    apus_status refused = apus_sgemm_packed(&other, x, packed, bytes, NULL, alone, NULL, 0);

    printf("%zu bytes packed, largest difference %g, rows alone %s, another shape: %s\n", bytes, worst,
           same ? "the same" : "DIFFERENT", apus_status_string(refused));
    apus_free(packed);
    return worst < 1e-3 && same && refused == APUS_ERROR_SHAPE ? 0 : 1;
}
