// The specification of batch normalization's kernels in plain C.
#include "norm_kernels.h"

static void statistics(ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t stride, const float *x, const float *pivot,
                       float *mean, float *squares) {
    for (ptrdiff_t c = 0; c < channels; c++) {
        double sum = 0, sum_squares = 0;
        for (ptrdiff_t r = 0; r < rows; r++) sum += (double)x[r * stride + c] - pivot[c];
        double middle = sum / (double)rows;
        for (ptrdiff_t r = 0; r < rows; r++) {
            double d = (double)x[r * stride + c] - pivot[c] - middle;
            sum_squares += d * d;
        }
        mean[c] = (float)middle;
        squares[c] = (float)sum_squares;
    }
}

static void merge(ptrdiff_t channels, double count_a, float *mean_a, float *squares_a, double count_b,
                  const float *mean_b, const float *squares_b) {
    double share = count_b / (count_a + count_b);
    for (ptrdiff_t c = 0; c < channels; c++) {
        double d = (double)mean_b[c] - mean_a[c];
        mean_a[c] = (float)(mean_a[c] + d * share);
        squares_a[c] = (float)(squares_a[c] + (squares_b[c] + d * d * count_a * share));
    }
}

static void normalize(ptrdiff_t rows, ptrdiff_t channels, const float *x, const float *mean, const float *factor,
                      const float *beta, bool relu, float *y, bool stream) {
    (void)stream;
    for (ptrdiff_t r = 0; r < rows; r++, x += channels, y += channels)
        for (ptrdiff_t c = 0; c < channels; c++) {
            float value = (x[c] - mean[c]) * factor[c] + beta[c];
            y[c] = relu && value <= 0 ? 0 : value;
        }
}

static float kept(float dy, float x, float mean, const float *factor, const float *beta, ptrdiff_t c) {
    return beta == NULL || (x - mean) * factor[c] + beta[c] > 0 ? dy : 0;
}

static void gradient_sums(ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t stride, const float *x, const float *dy,
                          const float *mean, const float *factor, const float *beta, float *sum_dy, float *sum_dy_x) {
    for (ptrdiff_t c = 0; c < channels; c++) {
        double plain = 0, weighted = 0;
        for (ptrdiff_t r = 0; r < rows; r++) {
            float value = x[r * stride + c], g = kept(dy[r * stride + c], value, mean[c], factor, beta, c);
            plain += g;
            weighted += (double)g * (value - mean[c]);
        }
        sum_dy[c] = (float)plain;
        sum_dy_x[c] = (float)weighted;
    }
}

static void gradient(ptrdiff_t rows, ptrdiff_t channels, const float *x, const float *dy, const float *mean,
                     const float *a, const float *b, const float *c, const float *beta, float *dx, bool stream) {
    (void)stream;
    for (ptrdiff_t r = 0; r < rows; r++, x += channels, dy += channels, dx += channels)
        for (ptrdiff_t i = 0; i < channels; i++)
            dx[i] = a[i] * kept(dy[i], x[i], mean[i], a, beta, i) + (b[i] * (x[i] - mean[i]) + c[i]);
}

const apus_norm_kernels apus_norm_reference = {statistics, merge, normalize, gradient_sums, gradient};
