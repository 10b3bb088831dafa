// Checks a descriptor and chooses how to compute it.
#include "gemm_plan.h"

#include "gemm_gemv.h"

size_t apus_gemm_extent(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t ld, ptrdiff_t element_bytes) {
    return rows == 0 || columns == 0 ? 0 : (size_t)(((rows - 1) * ld + columns) * element_bytes);
}

apus_status apus_gemm_check_matrix(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t ld, ptrdiff_t element_bytes) {
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
    apus_status status = apus_gemm_check_matrix(ta ? desc->k : desc->m, ta ? desc->m : desc->k, desc->lda, element_bytes);
    if (status == APUS_OK)
        status = apus_gemm_check_matrix(tb ? desc->n : desc->k, tb ? desc->k : desc->n, desc->ldb, element_bytes);
    if (status == APUS_OK) status = apus_gemm_check_matrix(desc->m, desc->n, desc->ldc, element_bytes);
    return status;
}

// Multiply-adds that are worth a thread, and a second one: to call the first worker takes less than to gather many.
static const double thread_product = 300e3, shared_product = 250e3;
// Rows of A for which to pack B once for all does not pay: the copy travels from core to core besides. A B that lies as the
// kernels read it needs more of them, for it may be read there; less so where its rows push each other out of the caches.
enum { few_tiles = 8, more_tiles = 64, few_rows = 224, many_rows = 896 };

static bool product_at_most(ptrdiff_t a, ptrdiff_t b, ptrdiff_t most) {
    ptrdiff_t product;
    return apus_multiply_sizes(a, b, &product) && product <= most;
}

static double bytes_of_b(const gemm_plan *plan, gemm_tile tile) {
    return (double)plan->n * (double)plan->k * (double)tile.element_bytes;
}

// What a tile of so many rows takes, in eighths of a row: fewer than twelve sums of two vectors leave the multiply-adds
// waiting for one another and for B.
static ptrdiff_t tile_cost(ptrdiff_t rows) { return 8 * rows + 2 * apus_max(0, 6 - rows); }

// Rows of a tile and the cut of C into row_blocks x column_blocks tasks, `rounds` for each thread: the cut whose
// largest task is smallest. Tiles a little lower than the highest fill the registers nearly as well.
static void cut(gemm_plan *plan, gemm_tile tile, ptrdiff_t team, ptrdiff_t rounds) {
    ptrdiff_t least = PTRDIFF_MAX, even = apus_ceil_div(plan->m, apus_ceil_div(plan->m, tile.mr));
    for (ptrdiff_t rows = even; rows >= apus_max(1, even - 2); --rows) {
        ptrdiff_t tiles = apus_ceil_div(plan->m, rows);
        for (ptrdiff_t across = 1; across <= apus_min(team, plan->panels); ++across) {
            if (team % across != 0) continue;
            ptrdiff_t row_blocks = apus_min(tiles, team / across * rounds);
            ptrdiff_t blocks_a_thread = apus_ceil_div(row_blocks * across, team);
            ptrdiff_t size = blocks_a_thread * apus_ceil_div(tiles, row_blocks) * tile_cost(rows) *
                             apus_ceil_div(plan->panels, across);
            // Every column block packs the rows again: only for a clear gain.
            if (across > 1) size += size / 16;
            if (size >= least) continue;
            least = size;
            plan->tile_rows = rows;
            plan->row_tiles = tiles;
            plan->row_blocks = row_blocks;
            plan->column_blocks = across;
        }
    }
}

static void plan_stripes(gemm_plan *plan, gemm_tile tile) {
    ptrdiff_t line = APUS_CACHE_LINE / tile.element_bytes;
    plan->path = GEMM_STRIPES;
    // B comes from memory and is used once or twice: wider stripes make longer runs.
    if (plan->row_tiles <= 2) plan->k_block = apus_round_up(apus_ceil_div(plan->k_block, 2), 8);
    else plan->k_block = apus_gemm_strided_k_block(plan->k, tile.nr * tile.element_bytes, tile.nr * tile.element_bytes);
    ptrdiff_t half_l2 = (ptrdiff_t)(apus_get_caches().l2 / 2) / ((plan->k_block + 1) * tile.element_bytes);
    plan->block = apus_max(1, apus_min(half_l2 / tile.nr, apus_ceil_div(plan->panels, 4 * (ptrdiff_t)plan->team)));
    plan->shared = apus_round_up(plan->row_tiles * tile.mr * plan->k, line);
    plan->private_ = apus_round_up(plan->block * tile.nr * (plan->k_block + 1), line);
}

// Rows so many bytes apart fall into one set of the first-level cache.
static bool collides(ptrdiff_t stride, gemm_tile tile) { return stride * tile.element_bytes % 4096 == 0; }

// Cuts C so that what a task goes through again and again, its rows of A over a k block, stays in so many bytes of the
// second-level cache. Up to four tasks a thread, yet not so small that B streams through the core for a few rows.
static void cut_rows(gemm_plan *plan, gemm_tile tile, double work, ptrdiff_t least_tiles, size_t bytes) {
    ptrdiff_t rows = (ptrdiff_t)bytes / (plan->k_block * tile.element_bytes);
    ptrdiff_t most = apus_max(1, rows / tile.mr), tiles = plan->row_tiles;
    ptrdiff_t team = apus_min(plan->team, apus_max(2, (ptrdiff_t)(work / thread_product)));
    ptrdiff_t rounds = apus_max(apus_ceil_div(tiles, most * team), apus_min(4, tiles / (least_tiles * team)));
    cut(plan, tile, team, apus_max(rounds, 1));
    plan->row_blocks = apus_max(plan->row_blocks, apus_ceil_div(plan->row_tiles, most));
    plan->block = apus_ceil_div(plan->row_tiles, plan->row_blocks);
}

// A large C of short sums, a gradient of weights say, is a matter of writing it: all of a few rows after the other,
// B from the second-level cache.
static void cut_for_writing(gemm_plan *plan) {
    enum { tiles = 4 };
    plan->row_blocks = apus_ceil_div(plan->row_tiles, tiles);
    plan->column_blocks = 1;
    plan->block = apus_ceil_div(plan->row_tiles, plan->row_blocks);
}

static void plan_blocks(gemm_plan *plan, gemm_tile tile, double work, bool reads_c) {
    plan->path = GEMM_BLOCKS;
    plan->pack_b = plan->b_column != 1;
    if (!plan->pack_b)
        plan->k_block = apus_gemm_strided_k_block(plan->k, tile.nr * tile.element_bytes, plan->b_row * tile.element_bytes);
    if (work < shared_product) {
        // One task, in the first two levels of the cache.
        plan->row_blocks = plan->column_blocks = 1;
        plan->block = plan->row_tiles;
        return;
    }
    cut_rows(plan, tile, work, 12, apus_get_caches().l2 / 2);
    double line_bytes = (double)plan->n * (double)tile.element_bytes;
    if ((double)plan->m * line_bytes > (double)apus_get_caches().l3 && plan->k <= 64 &&
        (double)plan->k * line_bytes <= (double)apus_get_caches().l2 / 2) {
        cut_for_writing(plan);
        plan->stream = !reads_c && plan->ldc * tile.element_bytes % APUS_CACHE_LINE == 0;
    }
    // To pack A pays where its rows would push each other out of the cache, or, transposed, come line by line.
    ptrdiff_t task_panels = apus_ceil_div(plan->panels, plan->column_blocks);
    plan->pack_a = task_panels >= 4 && (plan->a_column == 1 ? collides(plan->a_row, tile) : plan->k > 128);
    plan->call_ahead = bytes_of_b(plan, tile) > (double)apus_get_caches().l2 / 2;
    ptrdiff_t line = APUS_CACHE_LINE / tile.element_bytes;
    plan->private_ = plan->pack_a ? apus_round_up(plan->block * tile.mr * plan->k_block, line) : 0;
}

static void plan_packed(gemm_plan *plan, gemm_tile tile, double work, ptrdiff_t pass_elements) {
    ptrdiff_t line = APUS_CACHE_LINE / tile.element_bytes;
    plan->path = GEMM_PACKED;
    plan->k_block = apus_gemm_deep_k_block(plan->k, tile.nr, tile.element_bytes);
    // Narrow panels take a row of A more slowly than it comes, where it lies in one run.
    plan->pack_a = tile.mr >= 12 || plan->a_column != 1 || plan->k > plan->k_block;
    cut_rows(plan, tile, work, 8, apus_get_caches().l2 / 8 * 3);
    plan->pass_n = apus_min(apus_round_up(plan->n, tile.nr), apus_max(1, 4096 / tile.nr) * tile.nr);
    plan->pass_k = apus_min(plan->k, apus_max(1, pass_elements / (plan->pass_n * plan->k_block)) * plan->k_block);
    plan->shared = apus_round_up(plan->pass_n * plan->pass_k, line);
    plan->private_ = plan->pack_a ? apus_round_up(plan->block * tile.mr * plan->k_block, line) : 0;
}

// Whether each task should pack its own columns of B, all of A being packed before.
static bool wants_stripes(const gemm_plan *plan, gemm_tile tile, ptrdiff_t pass_elements) {
    enum { least_panels = 16 };
    if (!product_at_most(plan->row_tiles * tile.mr, plan->k, 2 * pass_elements)) return false;
    const double bytes = bytes_of_b(plan, tile), l2 = (double)apus_get_caches().l2;
    // Where B's rows can be read as they lie, only one or two uses of them do not make up for short runs from memory.
    if (plan->b_column == 1 && plan->row_tiles <= 2) return bytes > (double)apus_get_caches().l3;
    if (plan->b_column != 1 && plan->row_tiles <= few_tiles) return true;
    if (plan->panels < least_panels) return false;
    if (plan->b_column == 1) return plan->m <= few_rows && bytes > l2 && collides(plan->b_row, tile);
    return plan->row_tiles <= more_tiles && bytes > l2 / 4;
}

// Whether B should be packed once for all: its panels would fight for a few sets of the caches, it is transposed, or it is
// so large that its rows come from memory again and again.
static bool wants_packed_b(const gemm_plan *plan, gemm_tile tile) {
    const double bytes = bytes_of_b(plan, tile), l2 = (double)apus_get_caches().l2;
    if (plan->row_tiles <= few_tiles) return false;
    if (plan->b_column != 1) return plan->row_tiles > more_tiles || bytes > l2 / 4;
    // Tiles of few rows go through B more often, which then had better lie in order.
    if (tile.mr < 12 && plan->m > few_rows) return bytes > l2 / 3;
    // In float64, packed panels are no faster than those, and cost their packing.
    if (collides(plan->b_row, tile) && tile.element_bytes == sizeof(float)) return bytes > l2;
    return plan->m > many_rows && bytes > 2 * (double)apus_get_caches().l3;
}

// Strides, and the path where there is no product; GEMM_PACKED where there is one.
static gemm_plan begin_plan(const apus_gemm_desc *desc, int alpha_is_zero, int team) {
    gemm_plan plan = {.team = team, .path = GEMM_PACKED, .m = desc->m, .n = desc->n, .k = desc->k, .ldc = desc->ldc};
    bool ta = desc->transpose_a == APUS_TRANSPOSE, tb = desc->transpose_b == APUS_TRANSPOSE;
    plan.a_row = ta ? 1 : desc->lda;
    plan.a_column = ta ? desc->lda : 1;
    plan.b_row = tb ? 1 : desc->ldb;
    plan.b_column = tb ? desc->ldb : 1;
    if (plan.m == 0 || plan.n == 0) plan.path = GEMM_NOTHING;
    else if (plan.k == 0 || alpha_is_zero) plan.path = GEMM_SCALE;
    return plan;
}

gemm_plan apus_gemm_make_plan(const apus_gemm_desc *desc, int alpha_is_zero, gemm_tile tile, int team) {
    gemm_plan plan = begin_plan(desc, alpha_is_zero, team);
    if (plan.path != GEMM_PACKED) return plan;
    bool ta = desc->transpose_a == APUS_TRANSPOSE, tb = desc->transpose_b == APUS_TRANSPOSE;
    ptrdiff_t m = plan.m, n = plan.n, k = plan.k;
    double work = (double)m * (double)n * (double)k;
    // To add up a vector of partial sums costs as much as a few hundred steps of them.
    enum { least_dot = 384 };
    if (m == 1 || n == 1 || (m <= apus_gemm_gemv_most && work >= 2 * thread_product && (!tb || k >= least_dot))) {
        plan.path = GEMM_GEMV;
        // Dot products want their vectors in runs, many of them stretch by stretch: those that lie otherwise are copied.
        bool row = n != 1, dots = row ? tb : !ta;
        ptrdiff_t stride = row ? plan.a_column : plan.b_row, vectors = row ? m : 1;
        ptrdiff_t stretch = apus_gemm_gemv_stretch(vectors, k, tile.element_bytes), line = APUS_CACHE_LINE / tile.element_bytes;
        if (dots && (stride != 1 || stretch < k)) plan.shared = vectors * apus_ceil_div(k, stretch) * (stretch + line);
        plan.shared = apus_round_up(plan.shared, APUS_CACHE_LINE / tile.element_bytes);
        return plan;
    }
    plan.k_block = apus_gemm_k_block(k, tile.nr * tile.element_bytes);
    plan.tile_rows = apus_ceil_div(m, apus_ceil_div(m, tile.mr));
    plan.row_tiles = apus_ceil_div(m, plan.tile_rows);
    plan.panels = apus_ceil_div(n, tile.nr);
    if (work < 2 * thread_product) {
        plan_blocks(&plan, tile, work, desc->beta != 0);
        return plan;
    }
    ptrdiff_t pass_elements = apus_min((ptrdiff_t)apus_get_caches().l3 / 4, 16 << 20) / tile.element_bytes;
    if (wants_stripes(&plan, tile, pass_elements))
        plan_stripes(&plan, tile);
    else if (wants_packed_b(&plan, tile))
        plan_packed(&plan, tile, work, pass_elements);
    else
        plan_blocks(&plan, tile, work, desc->beta != 0);
    return plan;
}

gemm_plan apus_gemm_make_prepacked_plan(const apus_gemm_desc *desc, int alpha_is_zero, gemm_tile tile, int team) {
    gemm_plan plan = begin_plan(desc, alpha_is_zero, team);
    if (plan.path != GEMM_PACKED) return plan;
    double work = (double)plan.m * (double)plan.n * (double)plan.k;
    ptrdiff_t line = APUS_CACHE_LINE / tile.element_bytes;
    plan.prepacked = true;
    plan.k_block = apus_gemm_deep_k_block(plan.k, tile.nr, tile.element_bytes);
    plan.tile_rows = apus_ceil_div(plan.m, apus_ceil_div(plan.m, tile.mr));
    plan.row_tiles = apus_ceil_div(plan.m, plan.tile_rows);
    plan.panels = apus_ceil_div(plan.n, tile.nr);
    plan.pass_n = plan.panels * tile.nr;
    plan.pass_k = plan.k;
    if (work < 2 * thread_product) {
        plan.row_blocks = plan.column_blocks = 1;
        plan.block = plan.row_tiles;
        return plan;
    }
    plan.pack_a = true;
    if (plan.row_tiles <= 2) {
        // B comes from memory: a few tasks a thread, so that one which waits longer does not hold up all.
        plan.row_blocks = 1;
        plan.column_blocks = apus_min(plan.panels, 4 * (ptrdiff_t)team);
        plan.block = plan.row_tiles;
    } else {
        cut_rows(&plan, tile, work, 8, apus_get_caches().l2 / 8 * 3);
    }
    plan.private_ = apus_round_up(plan.block * tile.mr * plan.k_block, line);
    return plan;
}

apus_status apus_gemm_check_packed(const gemm_packed_header *found, const gemm_packed_header *wanted) {
    if (found->magic != wanted->magic) return APUS_ERROR_VALUE;
    if (found->element_bytes != wanted->element_bytes || found->isa != wanted->isa) return APUS_ERROR_UNSUPPORTED;
    if (found->n != wanted->n || found->k != wanted->k) return APUS_ERROR_SHAPE;
    return found->k_block == wanted->k_block && found->nr == wanted->nr ? APUS_OK : APUS_ERROR_UNSUPPORTED;
}

size_t apus_gemm_plan_bytes(const gemm_plan *plan, ptrdiff_t element_bytes) {
    size_t elements = (size_t)plan->shared + (size_t)plan->team * (size_t)plan->private_;
    return elements == 0 ? 0 : elements * (size_t)element_bytes + APUS_CACHE_LINE;
}
