// The public functions of matrix multiplication for one type, over gemm_driver_template.h, which defines the names.

static NAME(job) NAME(make_job)(const apus_gemm_desc *desc, const T *a, const T *b, const T *bias, T *c) {
    return (NAME(job)){
        .kernels = GET_KERNELS(),
        .a = a,
        .b = b,
        .bias = bias,
        .c = c,
        .alpha = (T)desc->alpha,
        .beta = (T)desc->beta,
        .relu = desc->activation == APUS_ACTIVATION_RELU,
        .transposed_a = desc->transpose_a == APUS_TRANSPOSE,
        .transposed_b = desc->transpose_b == APUS_TRANSPOSE,
    };
}

static size_t NAME(a_bytes)(const apus_gemm_desc *d) {
    return d->transpose_a == APUS_TRANSPOSE ? apus_gemm_extent(d->k, d->m, d->lda, sizeof(T))
                                            : apus_gemm_extent(d->m, d->k, d->lda, sizeof(T));
}

// In the caller's workspace, or, where there is none, in one of its own.
static apus_status NAME(run_with_workspace)(NAME(job) *job, void *workspace, size_t workspace_bytes) {
    size_t bytes = apus_gemm_plan_bytes(&job->plan, sizeof(T));
    void *own = NULL;
    if (workspace == NULL && workspace_bytes == 0) {
        if (bytes > 0) workspace = own = apus_alloc(bytes);
        if (bytes > 0 && own == NULL) return APUS_ERROR_MEMORY;
    } else if (workspace == NULL || workspace_bytes < bytes) {
        return APUS_ERROR_WORKSPACE;
    }
    if (bytes > 0) {
        job->shared = (T *)(((uintptr_t)workspace + APUS_CACHE_LINE - 1) / APUS_CACHE_LINE * APUS_CACHE_LINE);
        job->private_ = job->shared + job->plan.shared;
    }
    NAME(run)(job);
    apus_free(own);
    return APUS_OK;
}

static gemm_plan NAME(make_plan)(const apus_gemm_desc *desc, const KERNELS *kernels, int team) {
    gemm_tile tile = {kernels->mr, kernels->nr, sizeof(T)};
    return apus_gemm_make_plan(desc, (T)desc->alpha == 0, tile, team);
}

size_t GEMM_WORKSPACE(const apus_gemm_desc *desc) {
    if (apus_gemm_check(desc, sizeof(T)) != APUS_OK) return 0;
    gemm_plan plan = NAME(make_plan)(desc, GET_KERNELS(), apus_team_size());
    return apus_gemm_plan_bytes(&plan, sizeof(T));
}

// Products so small that planning them would take as long: straight from the caller's matrices.
static bool NAME(is_small)(const apus_gemm_desc *d, const KERNELS *kernels) {
    enum { most = 128 };
    return d->m <= most && d->n <= most && d->k <= most && d->m > 1 && d->n > 1 && d->k > 0 && d->m * d->n * d->k <= 250000 &&
           d->transpose_b == APUS_NO_TRANSPOSE && (T)d->alpha != 0 && (kernels->ragged || d->n % kernels->nr == 0);
}

static void NAME(small_product)(const apus_gemm_desc *d, const KERNELS *kernels, const T *a, const T *b, const T *bias, T *c) {
    ptrdiff_t a_row = d->transpose_a == APUS_TRANSPOSE ? 1 : d->lda, a_column = d->transpose_a == APUS_TRANSPOSE ? d->lda : 1;
    uint32_t tiles = ((uint32_t)d->m + (uint32_t)kernels->mr - 1) / (uint32_t)kernels->mr;
    ptrdiff_t tile_rows = tiles == 1 ? d->m : ((uint32_t)d->m + tiles - 1) / tiles;
    EPILOGUE e = {.alpha = (T)d->alpha, .beta = (T)d->beta, .relu = d->activation == APUS_ACTIVATION_RELU};
    for (ptrdiff_t j = 0; j < d->n; j += kernels->nr) {
        e.bias = bias == NULL ? NULL : bias + j;
        for (ptrdiff_t i = 0; i < d->m; i += tile_rows)
            kernels->strided(apus_min(tile_rows, d->m - i), apus_min(kernels->nr, d->n - j), d->k, a + i * a_row, a_row, a_column,
                             b + j, d->ldb, c + i * d->ldc + j, d->ldc, &e);
    }
}

static bool NAME(overlaps)(const apus_gemm_desc *d, const T *a, const T *b, const T *bias, const T *c) {
    size_t c_bytes = apus_gemm_extent(d->m, d->n, d->ldc, sizeof(T));
    size_t b_bytes = d->transpose_b == APUS_TRANSPOSE ? apus_gemm_extent(d->n, d->k, d->ldb, sizeof(T))
                                                      : apus_gemm_extent(d->k, d->n, d->ldb, sizeof(T));
    return apus_overlap(c, c_bytes, bias, (size_t)d->n * sizeof(T)) || apus_overlap(c, c_bytes, a, NAME(a_bytes)(d)) ||
           apus_overlap(c, c_bytes, b, b_bytes);
}

apus_status GEMM(const apus_gemm_desc *desc, const T *a, const T *b, const T *bias, T *c, void *workspace,
                 size_t workspace_bytes) {
    apus_status status = apus_gemm_check(desc, sizeof(T));
    if (status != APUS_OK) return status;
    const KERNELS *kernels = GET_KERNELS();
    if (NAME(is_small)(desc, kernels)) {
        if (a == NULL || b == NULL || c == NULL) return APUS_ERROR_NULL;
        if (NAME(overlaps)(desc, a, b, bias, c)) return APUS_ERROR_ALIAS;
        if (workspace == NULL && workspace_bytes != 0) return APUS_ERROR_WORKSPACE;
        NAME(small_product)(desc, kernels, a, b, bias, c);
        return APUS_OK;
    }
    NAME(job) job = NAME(make_job)(desc, a, b, bias, c);
    job.plan = NAME(make_plan)(desc, kernels, apus_team_size());
    if (job.plan.path == GEMM_NOTHING) return APUS_OK;
    bool reads = job.plan.path != GEMM_SCALE;
    if (c == NULL || (reads && (a == NULL || b == NULL))) return APUS_ERROR_NULL;
    if (NAME(overlaps)(desc, reads ? a : NULL, reads ? b : NULL, bias, c)) return APUS_ERROR_ALIAS;
    return NAME(run_with_workspace)(&job, workspace, workspace_bytes);
}
