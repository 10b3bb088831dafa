/* Batch normalization with Apus: training, what it remembers, and inference with that.
 *
 *   cc batch_norm.c $(pkg-config --cflags --libs apus) -lm
 */
#include <apus.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { rows = 256, channels = 3, count = rows * channels, steps = 200 };

static float x[count], y[count], dy[count], dx[count];

static void must(apus_status status, const char *what) {
    if (status == APUS_OK) return;
    fprintf(stderr, "%s: %s\n", what, apus_status_string(status));
    exit(1);
}

int main(void) {
    float gamma[channels] = {1, 2, 0.5f}, beta[channels] = {0, -1, 3};
    float mean[channels], inverse_deviation[channels];
    float moving_mean[channels] = {0, 0, 0}, moving_variance[channels] = {1, 1, 1};
    float dgamma[channels], dbeta[channels];
    apus_batchnorm_desc norm = {};
    norm.rows = rows;
    norm.channels = channels;
    norm.epsilon = 1e-3f;
    norm.momentum = 0.9f;

    for (int step = 0; step < steps; ++step) {
        /* Channel c: mean 10 c, standard deviation c + 1. */
        must(apus_random_normal(7, 0, (uint64_t)step * count, count, 0, 1, x), "apus_random_normal");
        for (int i = 0; i < count; ++i) x[i] = x[i] * (float)(i % channels + 1) + (float)(10 * (i % channels));
        must(apus_sbatchnorm_training(&norm, x, gamma, beta, y, mean, inverse_deviation, moving_mean, moving_variance),
             "apus_sbatchnorm_training");
    }
    for (int i = 0; i < count; ++i) dy[i] = y[i];
    must(apus_sbatchnorm_backward(&norm, x, dy, gamma, mean, inverse_deviation, dx, dgamma, dbeta), "apus_sbatchnorm_backward");
    must(apus_sbatchnorm_inference(&norm, x, gamma, beta, moving_mean, moving_variance, y), "apus_sbatchnorm_inference");

    int right = 1;
    for (int c = 0; c < channels; ++c) {
        double sum = 0, gradient = 0;
        for (int r = 0; r < rows; ++r) sum += y[r * channels + c], gradient += dx[r * channels + c];
        printf("channel %d: moving mean %.2f, moving deviation %.2f, mean output %.2f\n", c, moving_mean[c],
               sqrt(moving_variance[c]), sum / rows);
        right = right && fabs(moving_mean[c] - 10 * c) < 0.2 * (c + 1) && fabs(sqrt(moving_variance[c]) - (c + 1)) < 0.1 * (c + 1) &&
                fabs(sum / rows - beta[c]) < 0.3 * gamma[c] && fabs(gradient) < 0.05; /* a shift of x changes nothing */
    }
    puts(right ? "right" : "WRONG");
    return right ? 0 : 1;
}
