// The forward pass for inference: prepared weights and fused pooling. Weights are packed or transformed once, as the
// algorithm has them. Winograd's tiles pool as they write; the outputs of every other way are pooled an image at a time.
#include "conv_winograd.h"
#include "winograd_tile.h"

#include <string.h>

#include "../../include/apus/pool.h"

// What prepared weights begin with, in a cache line of its own; the floats follow.
typedef struct prepared_header {
    uint64_t mark;
    int32_t algorithm, panel_width; // 0: the weights as they were, for the reference
    int64_t kernel_h, kernel_w, in_c, out_c;
    int64_t stride_h, stride_w;
} prepared_header;
static const uint64_t mark_of_version_2 = 0x32766e6f63757061;

static bool is_tile(apus_conv_algorithm algorithm) {
    return algorithm == APUS_CONV_WINOGRAD_4X4 || algorithm == APUS_CONV_WINOGRAD_6X6;
}

static apus_winograd_plan tile_plan(const apus_conv_kernels *kernels, const apus_conv_desc *desc, apus_conv_algorithm algorithm) {
    const apus_winograd_tiles *tiles = apus_winograd_tiles_of(kernels);
    return apus_winograd_plan_pass(tiles, apus_winograd_scheme_of(tiles, algorithm), desc, false);
}

static ptrdiff_t weights_floats(const apus_conv_kernels *kernels, const apus_conv_desc *desc, apus_conv_algorithm algorithm) {
    if (kernels == NULL) return desc->kernel_h * desc->kernel_w * desc->in_c * desc->out_c;
    if (is_tile(algorithm)) return tile_plan(kernels, desc, algorithm).panel_floats;
    if (algorithm == APUS_CONV_ROOTS) return apus_roots_weights_floats(kernels, desc);
    if (algorithm == APUS_CONV_WINOGRAD) return apus_winograd_panel_floats(kernels, desc);
    return apus_conv_packed_floats(kernels, desc);
}

static size_t bytes_of(ptrdiff_t floats) { return APUS_CACHE_LINE + (size_t)floats * sizeof(float); }

size_t apus_sconv_prepare_bytes(const apus_conv_desc *desc) {
    const apus_conv_kernels *kernels = apus_conv_active_kernels();
    apus_conv_sizes s;
    if (apus_conv_check(desc, &s) != APUS_OK) return 0;
    return bytes_of(weights_floats(kernels, desc, apus_conv_choose_prepared(kernels, desc)));
}

apus_status apus_sconv_prepare(const apus_conv_desc *desc, const float *w, void *prepared, size_t prepared_bytes) {
    apus_conv_sizes s;
    const apus_status status = apus_conv_check(desc, &s);
    if (status != APUS_OK) return status;
    if (prepared == NULL || (w == NULL && s.w > 0)) return APUS_ERROR_NULL;
    if ((uintptr_t)prepared % APUS_CACHE_LINE != 0) return APUS_ERROR_VALUE;
    const apus_conv_kernels *kernels = apus_conv_active_kernels();
    const apus_conv_algorithm algorithm = apus_conv_choose_prepared(kernels, desc);
    const size_t bytes = bytes_of(weights_floats(kernels, desc, algorithm));
    if (prepared_bytes < bytes) return APUS_ERROR_WORKSPACE;
    if (apus_overlap(prepared, bytes, w, (size_t)s.w)) return APUS_ERROR_ALIAS;
    const prepared_header header = {
        .mark = mark_of_version_2, .algorithm = (int32_t)algorithm, .kernel_h = desc->kernel_h, .kernel_w = desc->kernel_w,
        .in_c = desc->in_c, .out_c = desc->out_c, .stride_h = desc->stride_h, .stride_w = desc->stride_w,
        .panel_width = kernels == NULL ? 0 : (int32_t)(kernels->width * kernels->vectors)};
    _Static_assert(sizeof header == APUS_CACHE_LINE, "the floats begin at a line");
    memcpy(prepared, &header, sizeof header);
    float *floats = (float *)((char *)prepared + APUS_CACHE_LINE);
    const int team = apus_team_size();
    if (s.w == 0) return APUS_OK;
    if (kernels == NULL) {
        memcpy(floats, w, (size_t)s.w);
    } else if (is_tile(algorithm)) {
        const apus_winograd_plan plan = tile_plan(kernels, desc, algorithm);
        apus_winograd_transform_weights(kernels, &plan, w, floats, NULL, team);
    } else if (algorithm == APUS_CONV_ROOTS) {
        apus_roots_prepare(kernels, desc, w, floats, team);
    } else if (algorithm == APUS_CONV_WINOGRAD) {
        apus_winograd_prepare(kernels, desc, w, floats, team);
    } else {
        apus_conv_pack_weights(kernels, desc->kernel_h * desc->kernel_w * desc->in_c, desc->out_c, w, floats, team);
    }
    return APUS_OK;
}

apus_conv_algorithm apus_sconv_prepared_algorithm(const void *prepared) {
    prepared_header header = {0};
    if (prepared != NULL) memcpy(&header, prepared, sizeof header);
    return header.mark == mark_of_version_2 ? (apus_conv_algorithm)header.algorithm : APUS_CONV_AUTO;
}

// A checked call: what the weights were prepared for, and where its parts lie in the workspace.
typedef struct inference {
    apus_conv_algorithm algorithm;
    apus_conv_sizes sizes;
    const apus_conv_kernels *kernels;
    apus_winograd_plan plan; // of tiles
    apus_conv_desc image;    // what is computed at a time: one image, where each is pooled by itself
    ptrdiff_t out_h, out_w, image_floats; // the outputs of that image
    size_t weights, workspace;            // bytes
    int team;
} inference;

static ptrdiff_t scratch_floats(const inference *f) {
    if (f->kernels == NULL) return 0;
    if (is_tile(f->algorithm)) return f->plan.shared_floats + f->team * f->plan.scratch_floats;
    if (f->algorithm == APUS_CONV_ROOTS) return apus_roots_prepared_scratch(f->kernels, &f->image);
    if (f->algorithm == APUS_CONV_WINOGRAD) return apus_winograd_prepared_scratch(f->kernels, &f->image, f->team);
    return apus_conv_packed_scratch(f->kernels, &f->image, f->team);
}

// Of f->image, without a pool unless the algorithm is one of tiles.
static void correlate(const inference *f, bool pool, const float *x, const float *weights, const float *bias, float *y,
                      float *scratch) {
    const bool relu = f->image.activation == APUS_ACTIVATION_RELU;
    if (f->kernels == NULL) apus_conv_forward_reference(&f->image, x, weights, bias, y);
    else if (is_tile(f->algorithm))
        apus_winograd_correlate(apus_winograd_tiles_of(f->kernels), &f->plan, x, weights, bias, relu, pool, y, scratch, f->team);
    else if (f->algorithm == APUS_CONV_ROOTS)
        apus_roots_prepared_run(f->kernels, &f->image, x, weights, bias, y, scratch, f->team);
    else if (f->algorithm == APUS_CONV_WINOGRAD)
        apus_winograd_prepared_run(f->kernels, &f->image, x, weights, bias, y, scratch, f->team);
    else apus_conv_packed_run(f->kernels, &f->image, x, weights, bias, y, scratch, f->team);
}

static apus_status open_inference(const apus_conv_desc *desc, apus_conv_pool pool, const void *prepared, inference *f) {
    apus_status status = apus_conv_check(desc, &f->sizes);
    if (status != APUS_OK) return status;
    if (desc->activation != APUS_ACTIVATION_LINEAR && desc->activation != APUS_ACTIVATION_RELU) return APUS_ERROR_UNSUPPORTED;
    if (prepared == NULL) return APUS_ERROR_NULL;
    prepared_header header;
    memcpy(&header, prepared, sizeof header);
    if ((uintptr_t)prepared % APUS_CACHE_LINE != 0 || header.mark != mark_of_version_2 || (unsigned)pool > APUS_CONV_POOL_MAX_2X2)
        return APUS_ERROR_VALUE;
    if (header.kernel_h != desc->kernel_h || header.kernel_w != desc->kernel_w || header.in_c != desc->in_c ||
        header.out_c != desc->out_c || header.stride_h != desc->stride_h || header.stride_w != desc->stride_w)
        return APUS_ERROR_SHAPE;
    apus_conv_output(desc, &f->out_h, &f->out_w);
    if (pool == APUS_CONV_POOL_MAX_2X2) {
        if (f->out_h < 2 || f->out_w < 2) return APUS_ERROR_SHAPE;
        f->sizes.y = f->sizes.y / f->out_h / f->out_w * (f->out_h / 2) * (f->out_w / 2);
    }
    f->algorithm = (apus_conv_algorithm)header.algorithm;
    f->kernels = apus_conv_active_kernels();
    f->team = apus_team_size();
    f->image = *desc;
    f->workspace = 0;
    if (f->sizes.y == 0) return APUS_OK;
    const ptrdiff_t width = f->kernels == NULL ? 0 : f->kernels->width * f->kernels->vectors;
    if (width != header.panel_width) return APUS_ERROR_UNSUPPORTED;
    if ((is_tile(f->algorithm) && !apus_winograd_tile_can(desc)) || (f->algorithm == APUS_CONV_WINOGRAD && !apus_winograd_can(desc)))
        return APUS_ERROR_SHAPE;
    if (f->algorithm == APUS_CONV_ROOTS && !apus_roots_can(desc)) return APUS_ERROR_SHAPE;
    f->weights = bytes_of(weights_floats(f->kernels, desc, f->algorithm));
    if (is_tile(f->algorithm)) f->plan = tile_plan(f->kernels, desc, f->algorithm);
    if (pool == APUS_CONV_POOL_MAX_2X2 && !is_tile(f->algorithm)) {
        f->image.batch = 1;
        f->image_floats = apus_conv_line(f->out_h * f->out_w * desc->out_c);
    }
    const ptrdiff_t floats = f->image_floats + scratch_floats(f);
    f->workspace = floats == 0 ? 0 : bytes_of(floats);
    return APUS_OK;
}

size_t apus_sconv_forward_prepared_workspace(const apus_conv_desc *desc, apus_conv_pool pool, const void *prepared) {
    inference f = {0};
    return open_inference(desc, pool, prepared, &f) == APUS_OK ? f.workspace : 0;
}

static apus_status pool_images(const inference *f, ptrdiff_t batch, const float *x, const float *weights, const float *bias,
                               float *y, float *space) {
    const apus_conv_desc *d = &f->image;
    const apus_pool_desc windows = {.batch = 1, .in_h = f->out_h, .in_w = f->out_w, .channels = d->out_c, .window_h = 2,
                                    .window_w = 2, .stride_h = 2, .stride_w = 2};
    for (ptrdiff_t i = 0; i < batch; i++) {
        correlate(f, false, x + i * d->in_h * d->in_w * d->in_c, weights, bias, space, space + f->image_floats);
        const apus_status status = apus_smaxpool_forward(&windows, space, y + i * (f->out_h / 2) * (f->out_w / 2) * d->out_c, NULL);
        if (status != APUS_OK) return status;
    }
    return APUS_OK;
}

apus_status apus_sconv_forward_prepared(const apus_conv_desc *desc, apus_conv_pool pool, const float *x, const void *prepared,
                                        size_t prepared_bytes, const float *bias, float *y, void *workspace,
                                        size_t workspace_bytes) {
    if (desc == NULL || prepared == NULL) return APUS_ERROR_NULL;
    if (prepared_bytes < APUS_CACHE_LINE) return APUS_ERROR_WORKSPACE;
    inference f = {0};
    apus_status status = open_inference(desc, pool, prepared, &f);
    if (status != APUS_OK) return status;
    if (f.sizes.y == 0) return APUS_OK;
    if (prepared_bytes < f.weights) return APUS_ERROR_WORKSPACE;
    if (y == NULL || (x == NULL && f.sizes.x > 0)) return APUS_ERROR_NULL;
    if (apus_overlap(y, (size_t)f.sizes.y, x, (size_t)f.sizes.x) || apus_overlap(y, (size_t)f.sizes.y, prepared, prepared_bytes) ||
        apus_overlap(y, (size_t)f.sizes.y, bias, (size_t)f.sizes.bias))
        return APUS_ERROR_ALIAS;
    void *owned = NULL;
    if (workspace == NULL) {
        if (workspace_bytes != 0) return APUS_ERROR_NULL;
        if (f.workspace > 0) {
            owned = workspace = apus_alloc(f.workspace);
            if (workspace == NULL) return APUS_ERROR_MEMORY;
        }
    } else if (workspace_bytes < f.workspace) {
        return APUS_ERROR_WORKSPACE;
    }
    const float *weights = (const float *)((const char *)prepared + APUS_CACHE_LINE);
    float *aligned = (float *)(((uintptr_t)workspace + APUS_CACHE_LINE - 1) & ~(uintptr_t)(APUS_CACHE_LINE - 1));
    if (f.image_floats > 0) status = pool_images(&f, desc->batch, x, weights, bias, y, aligned);
    else correlate(&f, pool == APUS_CONV_POOL_MAX_2X2, x, weights, bias, y, aligned);
    apus_free(owned);
    return status;
}
