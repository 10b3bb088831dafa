// Products with a B that was packed before, for one type: what gemm_driver_template.h defines, and the public names
// PACK_B, PACK_B_BYTES, PACKED and PACKED_WORKSPACE.
//
// The packed form is a header and, behind it, B as a single pass of the packed way through the caches: k block after
// k block, in each panel after panel, whole ones, padded with zeros. Nothing in it depends on where it lies or on the
// number of threads.

static gemm_packed_header NAME(header)(const KERNELS *kernels, ptrdiff_t n, ptrdiff_t k) {
    return (gemm_packed_header){
        .magic = apus_gemm_packed_magic,
        .isa = (int32_t)apus_get_isa(),
        .element_bytes = sizeof(T),
        .n = n,
        .k = k,
        .k_block = apus_gemm_deep_k_block(k, kernels->nr, sizeof(T)),
        .nr = kernels->nr,
    };
}

// Bytes of the packed form, or a status where n and k are no sizes of a matrix.
static apus_status NAME(packed_bytes)(const KERNELS *kernels, ptrdiff_t n, ptrdiff_t k, size_t *bytes) {
    ptrdiff_t elements, size;
    if (n < 0 || k < 0) return APUS_ERROR_SHAPE;
    if (n > PTRDIFF_MAX - kernels->nr) return APUS_ERROR_OVERFLOW;
    if (!apus_multiply_sizes(apus_round_up(n, kernels->nr), k, &elements) ||
        !apus_multiply_sizes(elements, sizeof(T), &size) || size > PTRDIFF_MAX - (ptrdiff_t)sizeof(gemm_packed_header))
        return APUS_ERROR_OVERFLOW;
    *bytes = (size_t)size + sizeof(gemm_packed_header);
    return APUS_OK;
}

size_t PACK_B_BYTES(ptrdiff_t n, ptrdiff_t k) {
    size_t bytes;
    return NAME(packed_bytes)(GET_KERNELS(), n, k, &bytes) == APUS_OK ? bytes : 0;
}

apus_status PACK_B(apus_transpose transpose, ptrdiff_t n, ptrdiff_t k, const T *b, ptrdiff_t ldb, void *packed,
                   size_t packed_bytes) {
    const KERNELS *kernels = GET_KERNELS();
    bool transposed = transpose == APUS_TRANSPOSE;
    if ((unsigned)transpose > APUS_TRANSPOSE) return APUS_ERROR_VALUE;
    size_t bytes;
    apus_status status = NAME(packed_bytes)(kernels, n, k, &bytes);
    if (status != APUS_OK) return status;
    status = apus_gemm_check_matrix(transposed ? n : k, transposed ? k : n, ldb, sizeof(T));
    if (status != APUS_OK) return status;
    size_t b_bytes = apus_gemm_extent(transposed ? n : k, transposed ? k : n, ldb, sizeof(T));
    if (packed == NULL || (b == NULL && b_bytes > 0)) return APUS_ERROR_NULL;
    if (packed_bytes < bytes) return APUS_ERROR_WORKSPACE;
    if (apus_overlap(packed, bytes, b, b_bytes)) return APUS_ERROR_ALIAS;

    const gemm_packed_header header = NAME(header)(kernels, n, k);
    memcpy(packed, &header, sizeof header);
    if (b_bytes == 0) return APUS_OK;
    NAME(job) job = {
        .kernels = kernels,
        .b = b,
        .shared = (T *)((char *)packed + sizeof header),
        .this_n = n,
        .this_k = k,
    };
    job.plan = (gemm_plan){
        .team = apus_team_size(),
        .n = n,
        .k = k,
        .b_row = transposed ? 1 : ldb,
        .b_column = transposed ? ldb : 1,
        .k_block = header.k_block,
    };
    ptrdiff_t panels = apus_ceil_div(n, kernels->nr) * apus_ceil_div(k, header.k_block);
    // Small ones are not worth a second thread.
    bool small = (double)n * (double)k < 32768;
    apus_parallel_for_team(job.plan.team, panels, small ? panels : 4, NAME(pack_pass), &job);
    return APUS_OK;
}

static gemm_plan NAME(make_prepacked_plan)(const apus_gemm_desc *desc, const KERNELS *kernels, int team) {
    gemm_tile tile = {kernels->mr, kernels->nr, sizeof(T)};
    return apus_gemm_make_prepacked_plan(desc, (T)desc->alpha == 0, tile, team);
}

// B's own stride and transposition do not matter any more.
static apus_gemm_desc NAME(without_b)(const apus_gemm_desc *desc) {
    apus_gemm_desc d = *desc;
    d.transpose_b = APUS_NO_TRANSPOSE;
    d.ldb = d.n;
    return d;
}

size_t PACKED_WORKSPACE(const apus_gemm_desc *desc) {
    if (desc == NULL) return 0;
    apus_gemm_desc d = NAME(without_b)(desc);
    if (apus_gemm_check(&d, sizeof(T)) != APUS_OK) return 0;
    gemm_plan plan = NAME(make_prepacked_plan)(&d, GET_KERNELS(), apus_team_size());
    return apus_gemm_plan_bytes(&plan, sizeof(T));
}

apus_status PACKED(const apus_gemm_desc *desc, const T *a, const void *packed_b, size_t packed_bytes, const T *bias, T *c,
                   void *workspace, size_t workspace_bytes) {
    if (desc == NULL) return APUS_ERROR_NULL;
    apus_gemm_desc d = NAME(without_b)(desc);
    apus_status status = apus_gemm_check(&d, sizeof(T));
    if (status != APUS_OK) return status;
    NAME(job) job = NAME(make_job)(&d, a, NULL, bias, c);
    job.plan = NAME(make_prepacked_plan)(&d, job.kernels, apus_team_size());
    const gemm_plan *plan = &job.plan;
    size_t b_bytes;
    status = NAME(packed_bytes)(job.kernels, d.n, d.k, &b_bytes);
    if (status != APUS_OK) return status;
    if (packed_b == NULL) return APUS_ERROR_NULL;
    if (packed_bytes < sizeof(gemm_packed_header)) return APUS_ERROR_WORKSPACE;
    gemm_packed_header found;
    memcpy(&found, packed_b, sizeof found);
    const gemm_packed_header wanted = NAME(header)(job.kernels, d.n, d.k);
    status = apus_gemm_check_packed(&found, &wanted);
    if (status != APUS_OK) return status;
    if (packed_bytes < b_bytes) return APUS_ERROR_WORKSPACE;
    if (plan->path == GEMM_NOTHING) return APUS_OK;
    bool reads = plan->path != GEMM_SCALE;
    if (c == NULL || (reads && a == NULL)) return APUS_ERROR_NULL;
    size_t c_bytes = apus_gemm_extent(plan->m, plan->n, plan->ldc, sizeof(T));
    if (apus_overlap(c, c_bytes, bias, (size_t)plan->n * sizeof(T)) || apus_overlap(c, c_bytes, packed_b, b_bytes) ||
        (reads && apus_overlap(c, c_bytes, a, NAME(a_bytes)(&d))))
        return APUS_ERROR_ALIAS;
    job.shared_b = (const T *)((const char *)packed_b + sizeof found);
    return NAME(run_with_workspace)(&job, workspace, workspace_bytes);
}

#undef CONCATENATE_
#undef CONCATENATE
#undef NAME
#undef EPILOGUE
#undef KERNELS
#undef GET_KERNELS
#undef GEMV
#undef T
#undef P
#undef GEMM
#undef GEMM_WORKSPACE
#undef PACK_B
#undef PACK_B_BYTES
#undef PACKED
#undef PACKED_WORKSPACE
