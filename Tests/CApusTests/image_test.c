// Pictures: the results of Pillow, TensorFlow and SciPy, and every variant against the scalar one.
#include "../../include/apus/image.h"
#include "harness.h"

#include "Fixtures/images.h"

#define COUNT(a) ((ptrdiff_t)(sizeof(a) / sizeof *(a)))

static uint8_t pixel(ptrdiff_t i) { return (uint8_t)((uint32_t)((uint64_t)i * 2654435761u) >> 24); }

static guarded picture(ptrdiff_t bytes, guard_side side) {
    guarded g = guard_alloc((size_t)bytes, side);
    for (ptrdiff_t i = 0; i < bytes; i++) ((uint8_t *)g.data)[i] = pixel(i);
    return g;
}

static int largest_distance(const uint8_t *a, const uint8_t *b, ptrdiff_t n) {
    int most = 0;
    for (ptrdiff_t i = 0; i < n; i++) most = abs(a[i] - b[i]) > most ? abs(a[i] - b[i]) : most;
    return most;
}

static void resize_into(const apus_image_resize_desc *d, const uint8_t *x, uint8_t *y, guard_side side) {
    size_t bytes = 0;
    CHECK_STATUS(apus_image_resize_workspace(d, &bytes), APUS_OK);
    guarded workspace = guard_alloc(bytes, side);
    CHECK_STATUS(apus_image_resize(d, x, y, workspace.data, bytes - 1), APUS_ERROR_WORKSPACE);
    CHECK_STATUS(apus_image_resize(d, x, y, workspace.data, bytes), APUS_OK);
    guard_free(&workspace);
}

static void resizes_as_pillow_does(void) {
    FOR_EACH_ISA(isa) {
        CHECK_STATUS(apus_set_isa((apus_isa)isa), APUS_OK);
        for (ptrdiff_t i = 0; i < COUNT(resize_cases); i++) {
            const struct resize_case *c = &resize_cases[i];
            const apus_image_resize_desc *d = &c->desc;
            const ptrdiff_t n = d->out_h * d->out_w * d->channels;
            for (guard_side side = GUARD_END; side <= GUARD_START; side++) {
                guarded x = picture(d->in_h * d->in_stride, side), y = guard_alloc((size_t)n, side);
                memset(y.data, 0xA5, (size_t)n);
                resize_into(d, x.data, y.data, side);
                const int distance = largest_distance(y.data, c->expected, n);
                CHECK_MSG(distance <= c->tolerance, "%s: case %td, filter %d is %d off", apus_isa_name((apus_isa)isa), i,
                          (int)d->filter, distance);
                guard_free(&x), guard_free(&y);
            }
        }
    }
}

// Random sizes, strides and filters: the same bytes from every variant.
static void variants_agree(void) {
    random_state random = {7};
    for (int round = 0; round < (harness_is_quick() ? 20 : 200); round++) {
        const ptrdiff_t channels = 1 + random_index(&random, 4);
        apus_image_resize_desc d = {1 + random_index(&random, 70), 1 + random_index(&random, 70), 0,
                                    1 + random_index(&random, 50), 1 + random_index(&random, 50), channels,
                                    (apus_image_filter)random_index(&random, 3)};
        const ptrdiff_t gap = random_index(&random, 5), n = d.out_h * d.out_w * channels;
        d.in_stride = d.in_w * channels + gap;
        // The last row ends with its last pixel.
        guarded x = picture(d.in_h * d.in_stride - gap, GUARD_END), y = guard_alloc((size_t)n, GUARD_END);
        uint8_t *expected = malloc((size_t)n);
        const apus_isa before = apus_get_isa();
        CHECK_STATUS(apus_set_isa(APUS_ISA_SCALAR), APUS_OK);
        resize_into(&d, x.data, expected, GUARD_END);
        CHECK_STATUS(apus_set_isa(before), APUS_OK);
        FOR_EACH_ISA(isa) {
            CHECK_STATUS(apus_set_isa((apus_isa)isa), APUS_OK);
            memset(y.data, 0xA5, (size_t)n);
            resize_into(&d, x.data, y.data, GUARD_END);
            CHECK_MSG(memcmp(y.data, expected, (size_t)n) == 0, "%s: %tdx%tdx%td to %tdx%td, filter %d",
                      apus_isa_name((apus_isa)isa), d.in_h, d.in_w, channels, d.out_h, d.out_w, (int)d.filter);
        }
        free(expected);
        guard_free(&x), guard_free(&y);
    }
}

// Whatever the size, a picture of one colour keeps it: weights sum to one.
static void flat_pictures_stay_flat(void) {
    for (int filter = 0; filter < 3; filter++)
        for (ptrdiff_t size = 1; size < 4000; size = size * 3 + 1) {
            const apus_image_resize_desc d = {2, size, size, 3, 33, 1, (apus_image_filter)filter};
            uint8_t *x = malloc((size_t)(2 * size)), y[99];
            memset(x, 255, (size_t)(2 * size));
            resize_into(&d, x, y, GUARD_END);
            for (int i = 0; i < 99; i++) CHECK_INT(y[i], 255);
            free(x);
        }
}

static void warps_as_scipy_does(void) {
    const ptrdiff_t h = 15, w = 18, n = h * w * 3;
    guarded x = picture(n, GUARD_END), y = guard_alloc((size_t)n, GUARD_END);
    FOR_EACH_ISA(isa) {
        CHECK_STATUS(apus_set_isa((apus_isa)isa), APUS_OK);
        for (ptrdiff_t i = 0; i < COUNT(warp_cases); i++) {
            const struct warp_case *c = &warp_cases[i];
            CHECK_STATUS(apus_image_affine(h, w, 3, c->m, c->fill, 77, x.data, y.data), APUS_OK);
            CHECK_MSG(largest_distance(y.data, c->expected, n) <= 1, "case %td", i);
        }
    }
    // One and four channels go another way: the identity leaves them alone.
    const double identity[6] = {1, 0, 0, 0, 1, 0};
    for (ptrdiff_t channels = 1; channels <= 4; channels++) {
        const ptrdiff_t width = n / h / channels;
        CHECK_STATUS(apus_image_affine(h, width, channels, identity, APUS_IMAGE_FILL_CONSTANT, 9, x.data, y.data), APUS_OK);
        CHECK(memcmp(x.data, y.data, (size_t)(h * width * channels)) == 0);
    }
    const double far[6] = {1, 0, 2e9, 0, 1, 0}, odd[6] = {NAN, 0, 0, 0, 1, 0};
    CHECK_STATUS(apus_image_affine(h, w, 3, far, APUS_IMAGE_FILL_WRAP, 0, x.data, y.data), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_image_affine(h, w, 3, odd, APUS_IMAGE_FILL_WRAP, 0, x.data, y.data), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_image_affine(h, w, 3, identity, APUS_IMAGE_FILL_WRAP, 0, x.data, x.data), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_image_affine(0, w, 3, identity, APUS_IMAGE_FILL_WRAP, 0, NULL, NULL), APUS_OK);
    guard_free(&x), guard_free(&y);
}

// Random warps of odd sizes, against double arithmetic, and the same bytes from every variant.
static void warps_agree(void) {
    random_state random = {21};
    for (int round = 0; round < (harness_is_quick() ? 20 : 150); round++) {
        const ptrdiff_t h = 1 + random_index(&random, 40), w = 1 + random_index(&random, 40), c = 1 + random_index(&random, 4);
        const ptrdiff_t n = h * w * c;
        double m[6];
        for (int i = 0; i < 6; i++) m[i] = 3 * random_unit(&random) - 1.5;
        m[2] *= 20, m[5] *= 20;
        const guard_side side = round % 2 ? GUARD_END : GUARD_START;
        guarded x = picture(n, side), y = guard_alloc((size_t)n, side);
        const uint8_t *p = x.data;
        uint8_t *first = NULL;
        FOR_EACH_ISA(isa) {
            CHECK_STATUS(apus_set_isa((apus_isa)isa), APUS_OK);
            CHECK_STATUS(apus_image_affine(h, w, c, m, APUS_IMAGE_FILL_EDGE, 0, x.data, y.data), APUS_OK);
            if (first == NULL) first = memcpy(malloc((size_t)n), y.data, (size_t)n);
            CHECK_MSG(memcmp(first, y.data, (size_t)n) == 0, "%s: %tdx%tdx%td", apus_isa_name((apus_isa)isa), h, w, c);
        }
        double worst = 0;
        for (ptrdiff_t i = 0; i < n; i++) {
            const double row = m[0] * (double)(i / c / w) + m[1] * (double)(i / c % w) + m[2];
            const double column = m[3] * (double)(i / c / w) + m[4] * (double)(i / c % w) + m[5];
            double sum = 0;
            for (int corner = 0; corner < 4; corner++) {
                const double r = floor(row) + corner / 2, q = floor(column) + corner % 2;
                const ptrdiff_t inside_r = (ptrdiff_t)fmin(fmax(r, 0), (double)(h - 1)), inside_q = (ptrdiff_t)fmin(fmax(q, 0), (double)(w - 1));
                sum += (1 - fabs(row - r)) * (1 - fabs(column - q)) * p[(inside_r * w + inside_q) * c + i % c];
            }
            worst = fmax(worst, fabs(sum - first[i]));
        }
        // Half for rounding, and the weights' 2^-11.
        CHECK_MSG(worst < 0.5 + 0.25, "%td x %td x %td: %g off", h, w, c, worst);
        free(first);
        guard_free(&x), guard_free(&y);
    }
}

// A letter F, stored in each orientation by the definition in TIFF 6.0, tag 274.
static void orients(void) {
    static const char shown[] = "###"
                                "#.."
                                "##."
                                "#..";
    for (int orientation = 1; orientation <= 8; orientation++) {
        char source[12], result[36], wide[36];
        const bool swaps = orientation >= 5;
        const ptrdiff_t h = swaps ? 3 : 4, w = swaps ? 4 : 3;
        // Laid out by the definition: where the stored row 0 and column 0 are when shown.
        for (ptrdiff_t r = 0; r < h; r++)
            for (ptrdiff_t c = 0; c < w; c++) {
                ptrdiff_t row, column;
                switch (orientation) {
                case 1: row = r, column = c; break;             // row 0 at the top, column 0 at the left
                case 2: row = r, column = 2 - c; break;         // top, right
                case 3: row = 3 - r, column = 2 - c; break;     // bottom, right
                case 4: row = 3 - r, column = c; break;         // bottom, left
                case 5: row = c, column = r; break;             // row 0 at the left, column 0 at the top
                case 6: row = c, column = 2 - r; break;         // right, top
                case 7: row = 3 - c, column = 2 - r; break;     // right, bottom
                default: row = 3 - c, column = r; break;        // left, bottom
                }
                source[r * w + c] = shown[row * 3 + column];
            }
        CHECK_STATUS(apus_image_orient(orientation, h, w, 1, (uint8_t *)source, (uint8_t *)result), APUS_OK);
        CHECK_MSG(memcmp(result, shown, 12) == 0, "orientation %d", orientation);
        for (int i = 0; i < 36; i++) wide[i] = (char)(source[i / 3] + i % 3);
        CHECK_STATUS(apus_image_orient(orientation, h, w, 3, (uint8_t *)wide, (uint8_t *)result), APUS_OK);
        bool same = true;
        for (int i = 0; i < 36; i++) same &= result[i] == (char)(shown[i / 3] + i % 3);
        CHECK_MSG(same, "orientation %d of three channels", orientation);
    }
    CHECK_STATUS(apus_image_orient(9, 1, 1, 1, (const uint8_t *)"a", (uint8_t[1]){0}), APUS_ERROR_VALUE);
}

static void flips(void) {
    uint8_t x[2 * 3 * 2] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    const uint8_t sideways[] = {5, 6, 3, 4, 1, 2, 11, 12, 9, 10, 7, 8}, over[] = {11, 12, 9, 10, 7, 8, 5, 6, 3, 4, 1, 2};
    CHECK_STATUS(apus_image_flip(2, 3, 2, 1, 0, x), APUS_OK);
    CHECK(memcmp(x, sideways, sizeof x) == 0);
    CHECK_STATUS(apus_image_flip(2, 3, 2, 0, 1, x), APUS_OK);
    CHECK(memcmp(x, over, sizeof x) == 0);
    uint8_t table[256];
    for (int i = 0; i < 256; i++) table[i] = (uint8_t)(255 - i);
    CHECK_STATUS(apus_image_lookup(sizeof x, table, x), APUS_OK);
    for (size_t i = 0; i < sizeof x; i++) CHECK_INT(x[i], 255 - over[i]);
}

static void converts(void) {
    const float scale[4] = {1, 0.5f, 2, 1 / 127.5f}, offset[4] = {-103.939f, 3, 0.25f, -1};
    FOR_EACH_ISA(isa) {
        CHECK_STATUS(apus_set_isa((apus_isa)isa), APUS_OK);
        for (ptrdiff_t channels = 1; channels <= 4; channels++)
            for (ptrdiff_t pixels = 0; pixels < 70; pixels++) {
                const ptrdiff_t n = pixels * channels;
                guarded x = picture(n, GUARD_END), y = guard_alloc((size_t)n * sizeof(float), GUARD_END);
                fill_nan_f32(y.data, n);
                CHECK_STATUS(apus_image_to_float(pixels, channels, scale, offset, x.data, y.data), APUS_OK);
                bool same = true;
                for (ptrdiff_t i = 0; i < n; i++)
                    same &= ((float *)y.data)[i] == fmaf(scale[i % channels], (float)pixel(i), offset[i % channels]);
                CHECK_MSG(same, "%s: %td pixels of %td", apus_isa_name((apus_isa)isa), pixels, channels);
                guard_free(&x), guard_free(&y);
            }
    }
    guarded x = picture(42 * 4, GUARD_END), y = guard_alloc(42 * 3, GUARD_END), grey = guard_alloc(42, GUARD_END);
    uint8_t *rgb = y.data;
    CHECK_STATUS(apus_image_cmyk_to_rgb(42, 0, 0, x.data, rgb), APUS_OK);
    CHECK(memcmp(rgb, cmyk_as_rgb, 42 * 3) == 0);
    for (int i = 0; i < 42 * 4; i++) ((uint8_t *)x.data)[i] ^= 255;
    CHECK_STATUS(apus_image_cmyk_to_rgb(42, 1, 1, x.data, rgb), APUS_OK);
    for (int i = 0; i < 42 * 3; i++) CHECK_INT(rgb[i / 3 * 3 + 2 - i % 3], cmyk_as_rgb[i]);
    for (int i = 0; i < 42 * 3; i++) rgb[i] = pixel(i);
    CHECK_STATUS(apus_image_to_grey(42, 3, 0, rgb, grey.data), APUS_OK);
    CHECK(memcmp(grey.data, rgb_as_grey, 42) == 0);
    for (int i = 0; i < 42 * 3; i++) rgb[i / 3 * 3 + 2 - i % 3] = pixel(i);
    CHECK_STATUS(apus_image_to_grey(42, 3, 1, rgb, grey.data), APUS_OK);
    CHECK(memcmp(grey.data, rgb_as_grey, 42) == 0);
    guard_free(&x), guard_free(&y), guard_free(&grey);
}

static void refuses(void) {
    const apus_image_resize_desc good = {4, 5, 15, 2, 2, 3, APUS_IMAGE_BILINEAR};
    size_t bytes;
    uint8_t x[60], y[12], workspace[4096];
    CHECK_STATUS(apus_image_resize_workspace(NULL, &bytes), APUS_ERROR_NULL);
    apus_image_resize_desc bad = good;
    bad.in_w = 0;
    CHECK_STATUS(apus_image_resize_workspace(&bad, &bytes), APUS_ERROR_SHAPE);
    bad = good, bad.channels = 5;
    CHECK_STATUS(apus_image_resize_workspace(&bad, &bytes), APUS_ERROR_SHAPE);
    bad = good, bad.in_stride = 14;
    CHECK_STATUS(apus_image_resize_workspace(&bad, &bytes), APUS_ERROR_STRIDE);
    bad = good, bad.filter = (apus_image_filter)3;
    CHECK_STATUS(apus_image_resize_workspace(&bad, &bytes), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_image_resize(&good, x, x, workspace, sizeof workspace), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_image_resize(&good, NULL, y, workspace, sizeof workspace), APUS_ERROR_NULL);
    CHECK_STATUS(apus_image_to_float(1, 5, NULL, NULL, NULL, NULL), APUS_ERROR_SHAPE);
    CHECK_STATUS(apus_image_to_grey(-1, 3, 0, x, y), APUS_ERROR_SHAPE);
    CHECK_STATUS(apus_image_flip(PTRDIFF_MAX, 2, 1, 1, 1, x), APUS_ERROR_OVERFLOW);
}

int main(void) {
    RUN(resizes_as_pillow_does);
    RUN(variants_agree);
    RUN(flat_pictures_stay_flat);
    RUN(warps_as_scipy_does);
    RUN(warps_agree);
    RUN(orients);
    RUN(flips);
    RUN(converts);
    RUN(refuses);
    return harness_finish();
}
