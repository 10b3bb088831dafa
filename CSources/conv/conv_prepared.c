// The forward pass for inference: prepared weights and fused pooling. Winograd's tiles have their weights
// transformed and pool as they write; every other algorithm finds the weights as they were, and its outputs are
// pooled an image at a time.
#include "winograd_tile.h"

#include <string.h>

#include "../../include/apus/pool.h"

// What prepared weights begin with, in a cache line of its own; the floats follow.
typedef struct prepared_header {
    uint64_t mark;
    int32_t algorithm, panel_width; // APUS_CONV_DIRECT, 0: the weights as they were
    int64_t kernel_h, kernel_w, in_c, out_c;
} prepared_header;
static const uint64_t mark_of_version_1 = 0x31766e6f63757061;

static bool is_tile(apus_conv_algorithm algorithm) {
    return algorithm == APUS_CONV_WINOGRAD_4X4 || algorithm == APUS_CONV_WINOGRAD_6X6;
}

static apus_winograd_plan tile_plan(const apus_conv_kernels *kernels, const apus_conv_desc *desc, apus_conv_algorithm algorithm) {
    const apus_winograd_tiles *tiles = apus_winograd_tiles_of(kernels);
    return apus_winograd_plan_pass(tiles, apus_winograd_scheme_of(tiles, algorithm), desc, false);
}

static size_t prepared_bytes_of(const apus_conv_kernels *kernels, const apus_conv_desc *desc, apus_conv_algorithm algorithm,
                                const apus_conv_sizes *s) {
    if (!is_tile(algorithm)) return APUS_CACHE_LINE + (size_t)s->w;
    return APUS_CACHE_LINE + (size_t)tile_plan(kernels, desc, algorithm).panel_floats * sizeof(float);
}

size_t apus_sconv_prepare_bytes(const apus_conv_desc *desc) {
    const apus_conv_kernels *kernels = apus_conv_active_kernels();
    apus_conv_sizes s;
    if (apus_conv_check(desc, &s) != APUS_OK) return 0;
    return prepared_bytes_of(kernels, desc, apus_conv_choose(kernels, desc, APUS_CONV_FORWARD), &s);
}

apus_status apus_sconv_prepare(const apus_conv_desc *desc, const float *w, void *prepared, size_t prepared_bytes) {
    apus_conv_sizes s;
    const apus_status status = apus_conv_check(desc, &s);
    if (status != APUS_OK) return status;
    if (prepared == NULL || (w == NULL && s.w > 0)) return APUS_ERROR_NULL;
    if ((uintptr_t)prepared % APUS_CACHE_LINE != 0) return APUS_ERROR_VALUE;
    const apus_conv_kernels *kernels = apus_conv_active_kernels();
    const apus_conv_algorithm algorithm = apus_conv_choose(kernels, desc, APUS_CONV_FORWARD);
    const size_t bytes = prepared_bytes_of(kernels, desc, algorithm, &s);
    if (prepared_bytes < bytes) return APUS_ERROR_WORKSPACE;
    if (apus_overlap(prepared, bytes, w, (size_t)s.w)) return APUS_ERROR_ALIAS;
    prepared_header header = {.mark = mark_of_version_1, .algorithm = APUS_CONV_DIRECT, .kernel_h = desc->kernel_h,
                              .kernel_w = desc->kernel_w, .in_c = desc->in_c, .out_c = desc->out_c};
    float *floats = (float *)((char *)prepared + APUS_CACHE_LINE);
    if (is_tile(algorithm)) {
        const apus_winograd_plan plan = tile_plan(kernels, desc, algorithm);
        header.algorithm = algorithm;
        header.panel_width = (int32_t)plan.panel_width;
        apus_winograd_transform_weights(kernels, &plan, w, floats, NULL, apus_team_size());
    } else if (s.w > 0) {
        memcpy(floats, w, (size_t)s.w);
    }
    memset(prepared, 0, APUS_CACHE_LINE);
    memcpy(prepared, &header, sizeof header);
    return APUS_OK;
}

// A checked call: what the weights were prepared for, and where its parts lie in the workspace.
typedef struct inference {
    apus_conv_algorithm algorithm;
    apus_conv_sizes sizes;
    const apus_conv_kernels *kernels;
    apus_winograd_plan plan; // of tiles
    apus_conv_desc image;    // one image, where each is pooled by itself
    ptrdiff_t out_h, out_w;
    size_t image_bytes, workspace; // of one image's outputs; in all
    int team;
} inference;

static apus_status open_inference(const apus_conv_desc *desc, apus_conv_pool pool, const void *prepared, inference *f) {
    apus_status status = apus_conv_check(desc, &f->sizes);
    if (status != APUS_OK) return status;
    if (desc->activation != APUS_ACTIVATION_LINEAR && desc->activation != APUS_ACTIVATION_RELU) return APUS_ERROR_UNSUPPORTED;
    if (prepared == NULL) return APUS_ERROR_NULL;
    prepared_header header;
    memcpy(&header, prepared, sizeof header);
    if ((uintptr_t)prepared % APUS_CACHE_LINE != 0 || header.mark != mark_of_version_1 || (unsigned)pool > APUS_CONV_POOL_MAX_2X2)
        return APUS_ERROR_VALUE;
    if (header.kernel_h != desc->kernel_h || header.kernel_w != desc->kernel_w || header.in_c != desc->in_c ||
        header.out_c != desc->out_c)
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
    if (is_tile(f->algorithm)) {
        if (!apus_winograd_tile_can(desc)) return APUS_ERROR_SHAPE;
        if (f->kernels == NULL) return APUS_ERROR_UNSUPPORTED;
        f->plan = tile_plan(f->kernels, desc, f->algorithm);
        if (f->plan.panel_width != header.panel_width) return APUS_ERROR_UNSUPPORTED;
        f->workspace = (size_t)(f->plan.shared_floats + f->team * f->plan.scratch_floats) * sizeof(float) + APUS_CACHE_LINE;
    } else if (pool == APUS_CONV_POOL_MAX_2X2) {
        f->image.batch = 1;
        f->image_bytes = (size_t)apus_conv_line(f->out_h * f->out_w * desc->out_c) * sizeof(float);
        f->workspace = APUS_CACHE_LINE + f->image_bytes + apus_sconv_workspace(&f->image, APUS_CONV_FORWARD);
    } else {
        f->workspace = apus_sconv_workspace(desc, APUS_CONV_FORWARD);
    }
    return APUS_OK;
}

size_t apus_sconv_forward_prepared_workspace(const apus_conv_desc *desc, apus_conv_pool pool, const void *prepared) {
    inference f;
    return open_inference(desc, pool, prepared, &f) == APUS_OK ? f.workspace : 0;
}

static apus_status pool_images(const inference *f, const apus_conv_desc *desc, const float *x, const float *w, const float *bias,
                               float *y, char *workspace) {
    const apus_pool_desc windows = {.batch = 1, .in_h = f->out_h, .in_w = f->out_w, .channels = desc->out_c, .window_h = 2,
                                    .window_w = 2, .stride_h = 2, .stride_w = 2};
    const size_t rest = f->workspace - APUS_CACHE_LINE - f->image_bytes;
    for (ptrdiff_t i = 0; i < desc->batch; i++) {
        apus_status status = apus_sconv_forward(&f->image, x + i * desc->in_h * desc->in_w * desc->in_c, w, bias,
                                                (float *)workspace, rest == 0 ? NULL : workspace + f->image_bytes, rest);
        if (status == APUS_OK)
            status = apus_smaxpool_forward(&windows, (const float *)workspace,
                                           y + i * (f->out_h / 2) * (f->out_w / 2) * desc->out_c, NULL);
        if (status != APUS_OK) return status;
    }
    return APUS_OK;
}

apus_status apus_sconv_forward_prepared(const apus_conv_desc *desc, apus_conv_pool pool, const float *x, const void *prepared,
                                        size_t prepared_bytes, const float *bias, float *y, void *workspace,
                                        size_t workspace_bytes) {
    if (desc == NULL || prepared == NULL) return APUS_ERROR_NULL;
    if (prepared_bytes < APUS_CACHE_LINE) return APUS_ERROR_WORKSPACE;
    inference f;
    apus_status status = open_inference(desc, pool, prepared, &f);
    if (status != APUS_OK) return status;
    if (f.sizes.y == 0) return APUS_OK;
    const size_t weights = is_tile(f.algorithm) ? (size_t)f.plan.panel_floats * sizeof(float) : (size_t)f.sizes.w;
    if (prepared_bytes < APUS_CACHE_LINE + weights) return APUS_ERROR_WORKSPACE;
    if (y == NULL || (x == NULL && f.sizes.x > 0)) return APUS_ERROR_NULL;
    if (apus_overlap(y, (size_t)f.sizes.y, x, (size_t)f.sizes.x) || apus_overlap(y, (size_t)f.sizes.y, prepared, prepared_bytes) ||
        apus_overlap(y, (size_t)f.sizes.y, bias, (size_t)f.sizes.bias))
        return APUS_ERROR_ALIAS;
    const float *floats = (const float *)((const char *)prepared + APUS_CACHE_LINE);
    if (!is_tile(f.algorithm) && pool == APUS_CONV_POOL_NONE)
        return apus_sconv_forward(desc, x, floats, bias, y, workspace, workspace_bytes);
    void *owned = NULL;
    if (workspace == NULL) {
        if (workspace_bytes != 0) return APUS_ERROR_NULL;
        owned = workspace = apus_alloc(f.workspace);
        if (workspace == NULL) return APUS_ERROR_MEMORY;
    } else if (workspace_bytes < f.workspace) {
        return APUS_ERROR_WORKSPACE;
    }
    char *aligned = (char *)workspace + (APUS_CACHE_LINE - (uintptr_t)workspace % APUS_CACHE_LINE) % APUS_CACHE_LINE;
    if (is_tile(f.algorithm))
        apus_winograd_correlate(apus_winograd_tiles_of(f.kernels), &f.plan, x, floats, bias, desc->activation == APUS_ACTIVATION_RELU,
                                pool == APUS_CONV_POOL_MAX_2X2, y, (float *)aligned, f.team);
    else status = pool_images(&f, desc, x, floats, bias, y, aligned);
    apus_free(owned);
    return status;
}
