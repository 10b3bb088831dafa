/* Pooling with Apus: maxima with their places, the way back, and means.
 *
 *   cc pooling.c $(pkg-config --cflags --libs apus)
 */
#include <apus.h>

#include <stdio.h>
#include <stdlib.h>

static void must(apus_status status, const char *what) {
    if (status == APUS_OK) return;
    fprintf(stderr, "%s: %s\n", what, apus_status_string(status));
    exit(1);
}

static int same(const float *a, const float *b, int n) {
    for (int i = 0; i < n; ++i)
        if (a[i] != b[i]) return 0;
    return 1;
}

int main(void) {
    /* One picture of 4 x 4 points with a single channel. */
    const float x[16] = {1, 2, 5, 3, 4, 0, 1, 1, 7, 7, 2, 8, 6, 3, 9, 4};
    const float dy[4] = {10, 20, 30, 40};
    float y[4], dx[16], mean[4];
    uint8_t winner[4];

    apus_pool_desc pool = {};
    pool.batch = 1;
    pool.in_h = pool.in_w = 4;
    pool.channels = 1;
    pool.window_h = pool.window_w = 2;
    pool.stride_h = pool.stride_w = 2;
    must(apus_smaxpool_forward(&pool, x, y, winner), "apus_smaxpool_forward");
    must(apus_smaxpool_backward(&pool, dy, winner, dx), "apus_smaxpool_backward");
    must(apus_savgpool_forward(&pool, x, mean), "apus_savgpool_forward");

    const float maxima[4] = {4, 5, 7, 9}, means[4] = {1.75f, 2.5f, 5.75f, 5.75f};
    /* Each gradient goes to its window's largest value, the first of equals. */
    const float back[16] = {0, 0, 20, 0, 10, 0, 0, 0, 30, 0, 0, 0, 0, 0, 40, 0};
    printf("maxima %g %g %g %g, means %g %g %g %g\n", y[0], y[1], y[2], y[3], mean[0], mean[1], mean[2], mean[3]);
    int right = same(y, maxima, 4) && same(mean, means, 4) && same(dx, back, 16);
    puts(right ? "right" : "WRONG");
    return right ? 0 : 1;
}
