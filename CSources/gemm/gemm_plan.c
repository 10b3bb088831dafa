// Checks a descriptor and chooses how to compute it.
#include "gemm_plan.h"

#include "gemm_gemv.h"

size_t apus_gemm_extent(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t ld, ptrdiff_t element_bytes) {
    return rows == 0 || columns == 0 ? 0 : (size_t)(((rows - 1) * ld + columns) * element_bytes);
}

static apus_status check_matrix(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t ld, ptrdiff_t element_bytes) {
    if (ld < columns) return APUS_ERROR_STRIDE;
    ptrdiff_t elements, bytes;
    if (!apus_multiply_sizes(rows, ld, &elements) || !apus_multiply_sizes(elements, element_bytes, &bytes))
        return APUS_ERROR_OVERFLOW;
    return APUS_OK;
}

apus_status apus_gemm_check(const apus_gemm_desc *desc, ptrdiff_t element_bytes) {
    if (desc == NULL) return APUS_ERROR_NULL;
    if (desc->m < 0 || desc->n < 0 || desc->k < 0) return APUS_ERROR_SHAPE;
    if (desc->activation != APUS_ACTIVATION_LINEAR && desc->activation != APUS_ACTIVATION_RELU)
        return APUS_ERROR_UNSUPPORTED;
    if ((unsigned)desc->transpose_a > APUS_TRANSPOSE || (unsigned)desc->transpose_b > APUS_TRANSPOSE)
        return APUS_ERROR_VALUE;
    bool ta = desc->transpose_a == APUS_TRANSPOSE, tb = desc->transpose_b == APUS_TRANSPOSE;
    apus_status status = check_matrix(ta ? desc->k : desc->m, ta ? desc->m : desc->k, desc->lda, element_bytes);
    if (status == APUS_OK)
        status = check_matrix(tb ? desc->n : desc->k, tb ? desc->k : desc->n, desc->ldb, element_bytes);
    if (status == APUS_OK) status = check_matrix(desc->m, desc->n, desc->ldc, element_bytes);
    return status;
}

// Multiply-adds up to which packing and a second thread cost more than they bring.
static const double small_product = 90.0 * 90.0 * 90.0;
// Rows up to which B should be packed by the tasks that use it: so few uses do not pay for a shared copy.
enum { stripe_tiles = 8 };

static bool product_at_most(ptrdiff_t a, ptrdiff_t b, ptrdiff_t most) {
    ptrdiff_t product;
    return apus_multiply_sizes(a, b, &product) && product <= most;
}

gemm_plan apus_gemm_make_plan(const apus_gemm_desc *desc, int alpha_is_zero, gemm_tile tile, int team) {
    gemm_plan plan = {.team = team, .m = desc->m, .n = desc->n, .k = desc->k, .ldc = desc->ldc};
    bool ta = desc->transpose_a == APUS_TRANSPOSE, tb = desc->transpose_b == APUS_TRANSPOSE;
    plan.a_row = ta ? 1 : desc->lda;
    plan.a_column = ta ? desc->lda : 1;
    plan.b_row = tb ? 1 : desc->ldb;
    plan.b_column = tb ? desc->ldb : 1;
    ptrdiff_t m = plan.m, n = plan.n, k = plan.k;
    if (m == 0 || n == 0) {
        plan.path = GEMM_NOTHING;
        return plan;
    }
    if (k == 0 || alpha_is_zero) {
        plan.path = GEMM_SCALE;
        return plan;
    }
    bool small = (double)m * (double)n * (double)k <= small_product;
    if (m == 1 || n == 1 || (m <= apus_gemm_gemv_most && !small)) {
        plan.path = GEMM_GEMV;
        // Dot products want their vectors in runs: strided ones are copied.
        bool row = n != 1, dots = row ? tb : !ta;
        ptrdiff_t stride = row ? plan.a_column : plan.b_row;
        plan.shared = dots && stride != 1 ? (row ? m : 1) * k : 0;
        return plan;
    }
    if (small) {
        plan.path = GEMM_SMALL;
        return plan;
    }
    plan.k_block = tile.k_block;
    plan.tile_rows = apus_ceil_div(m, apus_ceil_div(m, tile.mr));
    ptrdiff_t line = APUS_CACHE_LINE / tile.element_bytes;
    apus_caches caches = apus_get_caches();
    ptrdiff_t row_tiles = apus_ceil_div(m, plan.tile_rows), panels = apus_ceil_div(n, tile.nr);
    // What one task packs for itself stays in half the second-level cache.
    ptrdiff_t half_l2 = (ptrdiff_t)(caches.l2 / 2) / (plan.k_block * tile.element_bytes);
    ptrdiff_t pass_elements = (ptrdiff_t)apus_min((ptrdiff_t)caches.l3 / 4, 16 << 20) / tile.element_bytes;
    if (row_tiles <= stripe_tiles && product_at_most(row_tiles * tile.mr, k, 2 * pass_elements)) {
        plan.path = GEMM_STRIPES;
        // B comes from memory and is used once or twice: wider stripes make longer runs.
        if (row_tiles <= 2) plan.k_block = apus_round_up(apus_ceil_div(plan.k_block, 2), 8);
        half_l2 = (ptrdiff_t)(caches.l2 / 2) / ((plan.k_block + 1) * tile.element_bytes);
        plan.block = apus_max(1, apus_min(half_l2 / tile.nr, apus_ceil_div(panels, 4 * (ptrdiff_t)team)));
        plan.shared = row_tiles * tile.mr * k;
        plan.private_ = apus_round_up(plan.block * tile.nr * (plan.k_block + 1), line);
    } else {
        plan.path = GEMM_BLOCKS;
        ptrdiff_t most = apus_max(1, half_l2 / tile.mr);
        // Blocks of equal length, at least four a thread where m allows, yet not so short that B streams
        // through the core for a few rows.
        ptrdiff_t rounds = apus_max(apus_ceil_div(row_tiles, most * team), apus_min(4, row_tiles / (8 * (ptrdiff_t)team)));
        plan.blocks = apus_min(row_tiles, (ptrdiff_t)team * apus_max(rounds, 1));
        plan.block = apus_ceil_div(row_tiles, plan.blocks);
        plan.pass_n = apus_min(apus_round_up(n, tile.nr), apus_max(1, 4096 / tile.nr) * tile.nr);
        plan.pass_k = apus_min(k, apus_max(1, pass_elements / (plan.pass_n * plan.k_block)) * plan.k_block);
        plan.shared = plan.pass_n * plan.pass_k;
        plan.private_ = apus_round_up(plan.block * tile.mr * plan.k_block, line);
    }
    plan.shared = apus_round_up(plan.shared, line);
    return plan;
}

size_t apus_gemm_plan_bytes(const gemm_plan *plan, ptrdiff_t element_bytes) {
    size_t elements = (size_t)plan->shared + (size_t)plan->team * (size_t)plan->private_;
    return elements == 0 ? 0 : elements * (size_t)element_bytes + APUS_CACHE_LINE;
}
