// The ways through matrix multiplication for one type: T, P.

#define CONCATENATE_(a, b, c) a##b##c
#define CONCATENATE(a, b, c) CONCATENATE_(a, b, c)
#define NAME(x) CONCATENATE(P, _, x)
#define EPILOGUE CONCATENATE(apus_, P, _gemm_epilogue)
#define KERNELS CONCATENATE(apus_, P, _gemm_kernels)
#define GET_KERNELS CONCATENATE(apus_, P, _gemm_get_kernels)
#define GEMV CONCATENATE(apus_, P, _gemv)

typedef struct {
    gemm_plan plan;
    const KERNELS *kernels;
    const T *a, *b, *bias;
    T *c;
    T alpha, beta;
    int relu;
    bool transposed_a, transposed_b;
    T *shared, *private_;
    const T *shared_b;                          // PACKED: the packed pass
    ptrdiff_t first_n, this_n, first_k, this_k; // and which it is
} NAME(job);

static inline const T *NAME(a_at)(const NAME(job) *job, ptrdiff_t i, ptrdiff_t p) {
    return job->a + i * job->plan.a_row + p * job->plan.a_column;
}

static inline const T *NAME(b_at)(const NAME(job) *job, ptrdiff_t p, ptrdiff_t j) {
    return job->b + p * job->plan.b_row + j * job->plan.b_column;
}

// What the kernel does with the sums of steps p ... p + kc - 1 for columns from j on: C's old value
// counts in the first block, bias and activation in the last.
static inline EPILOGUE NAME(epilogue)(const NAME(job) *job, ptrdiff_t p, ptrdiff_t kc, ptrdiff_t j) {
    bool last = p + kc == job->plan.k;
    return (EPILOGUE){
        .alpha = job->alpha,
        .beta = p == 0 ? job->beta : 1,
        .bias = last && job->bias != NULL ? job->bias + j : NULL,
        .relu = last && job->relu,
        .stream = job->plan.stream && (uintptr_t)job->c % APUS_CACHE_LINE == 0,
    };
}

// The tiles of rows and panels of columns of task `item`.
typedef struct {
    ptrdiff_t first_tile, last_tile, first_panel, last_panel;
} NAME(part);

static inline NAME(part) NAME(part_of)(const gemm_plan *plan, ptrdiff_t item, ptrdiff_t panels) {
    if (plan->row_blocks * plan->column_blocks == 1) return (NAME(part)){0, plan->row_tiles, 0, panels};
    ptrdiff_t row = item / plan->column_blocks, column = item % plan->column_blocks;
    return (NAME(part)){
        row * plan->row_tiles / plan->row_blocks,
        (row + 1) * plan->row_tiles / plan->row_blocks,
        column * panels / plan->column_blocks,
        (column + 1) * panels / plan->column_blocks,
    };
}

// Panels of `count` of the `wide` elements of each of kc rows, a stride apart, that lie one after the other. A row is another
// page, and runs through all panels: a few rows at a time go into all of them, and the next few are called into the
// second-level cache meanwhile, for the hardware's prefetch ends with the page. `more` rows follow. Twice to thrice the speed
// where they come from memory.
static void NAME(pack_across)(const KERNELS *kernels, ptrdiff_t width, ptrdiff_t count, ptrdiff_t wide, ptrdiff_t kc,
                              ptrdiff_t more, const T *from, ptrdiff_t stride, T *to, ptrdiff_t panel_stride) {
    enum { steps = 8, line = APUS_CACHE_LINE / sizeof(T) };
    for (ptrdiff_t q = 0; q < kc; q += steps) {
        T *panel = to + q * width;
        for (ptrdiff_t x = 0; x < wide; x += count, panel += panel_stride) {
            ptrdiff_t here = apus_min(count, wide - x), ahead = apus_min(q + 2 * steps, kc + more);
            for (ptrdiff_t r = q + steps; r < ahead; ++r) {
                const T *row = from + r * stride + x;
                for (ptrdiff_t l = 0; l < here; l += line) __builtin_prefetch(row + l, 0, 2);
            }
            kernels->pack(width, here, apus_min(steps, kc - q), from + q * stride + x, 1, stride, panel);
        }
    }
}

// A's tiles of a part, steps p ... p + kc - 1.
static void NAME(pack_tiles)(const NAME(job) *job, const NAME(part) *part, ptrdiff_t p, ptrdiff_t kc, T *packed) {
    const gemm_plan *plan = &job->plan;
    ptrdiff_t mr = job->kernels->mr;
    if (plan->a_column != 1) {
        ptrdiff_t top = part->first_tile * plan->tile_rows, rows = apus_min(part->last_tile * plan->tile_rows, plan->m) - top;
        NAME(pack_across)(job->kernels, mr, plan->tile_rows, rows, kc, plan->k - p - kc, NAME(a_at)(job, top, p),
                          plan->a_column, packed, mr * kc);
        return;
    }
    for (ptrdiff_t t = part->first_tile; t < part->last_tile; ++t, packed += mr * kc) {
        ptrdiff_t i = t * plan->tile_rows;
        job->kernels->pack(mr, apus_min(plan->tile_rows, plan->m - i), kc, NAME(a_at)(job, i, p), plan->a_row,
                           plan->a_column, packed);
    }
}

// MARK: No product

static void NAME(scale_rows)(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const NAME(job) *job = context;
    for (ptrdiff_t i = begin; i < end; ++i) {
        T *c = job->c + i * job->plan.ldc;
        for (ptrdiff_t j = 0; j < job->plan.n; ++j) {
            T y = job->beta == 0 ? 0 : job->beta * c[j];
            if (job->bias != NULL) y += job->bias[j];
            c[j] = job->relu && y <= 0 ? 0 : y;
        }
    }
}

// MARK: A few vectors times a matrix

typedef struct {
    GEMV g;
    void (*run)(const GEMV *, ptrdiff_t, ptrdiff_t);
} NAME(gemv_job);

static void NAME(gemv_range)(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const NAME(gemv_job) *job = context;
    job->run(&job->g, begin, end);
}

static void NAME(vector_product)(const NAME(job) *job) {
    const gemm_plan *plan = &job->plan;
    bool row = plan->n != 1; // the vectors are the rows of A; else B is the vector, and A the matrix
    NAME(gemv_job) vector = {.g = {
        .vectors = row ? plan->m : 1,
        .k = plan->k,
        .x = row ? job->a : job->b,
        .x_vector = plan->a_row,
        .x_stride = row ? plan->a_column : plan->b_row,
        .matrix = row ? job->b : job->a,
        .y = job->c,
        .y_vector = plan->ldc,
        .y_stride = row ? 1 : plan->ldc,
        .bias = job->bias,
        .bias_stride = row ? 1 : 0,
        .alpha = job->alpha,
        .beta = job->beta,
        .relu = job->relu,
        .call_ahead = (double)(row ? plan->n : plan->m) * (double)plan->k * (double)sizeof(T) > (double)apus_get_caches().l3,
    }};
    ptrdiff_t step = row ? plan->b_row : plan->a_column;   // from p to p + 1
    ptrdiff_t across = row ? plan->b_column : plan->a_row; // from j to j + 1
    bool dots = row ? job->transposed_b : !job->transposed_a; // the matrix runs along p
    if (dots) {
        vector.g.ld = across;
        vector.run = CONCATENATE(apus_, P, _gemv_columns);
        ptrdiff_t count = vector.g.vectors, stretch = apus_gemm_gemv_stretch(count, plan->k, sizeof(T));
        ptrdiff_t apart = stretch + APUS_CACHE_LINE / (ptrdiff_t)sizeof(T); // else they could share the sets of a cache
        if (plan->shared > 0) {
            for (ptrdiff_t r = 0; r < count; ++r)
                for (ptrdiff_t p = 0; p < plan->k; ++p)
                    job->shared[(p / stretch * count + r) * apart + p % stretch] =
                        vector.g.x[r * vector.g.x_vector + p * vector.g.x_stride];
            vector.g.x = job->shared;
            vector.g.x_vector = apart;
            vector.g.x_stride = 1;
        }
    } else {
        vector.g.ld = step;
        vector.run = CONCATENATE(apus_, P, _gemv_rows);
    }
    ptrdiff_t count = row ? plan->n : plan->m, grain;
    if ((double)count * (double)plan->k * (double)vector.g.vectors <= 65536) {
        grain = count;
    } else if (dots) {
        // About 64 thousand elements of the matrix a task.
        grain = apus_min(apus_max(65536 / plan->k, 4), 1 << 20);
    } else {
        // As wide as its sums allow, and as many for each thread.
        ptrdiff_t stripe = CONCATENATE(apus_, P, _gemv_stripe)(&vector.g);
        grain = apus_ceil_div(count, apus_round_up(apus_ceil_div(count, stripe), plan->team));
        grain = apus_min(stripe, apus_round_up(grain, apus_gemm_gemv_step));
    }
    apus_parallel_for_team(plan->team, count, apus_round_up(grain, apus_gemm_gemv_step), NAME(gemv_range), &vector);
}

// MARK: Stripes

// Tile t of the k block at p lies at shared[p * row_tiles * mr + t * kc * mr].
static void NAME(pack_rows)(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const NAME(job) *job = context;
    const gemm_plan *plan = &job->plan;
    ptrdiff_t mr = job->kernels->mr, row_tiles = plan->row_tiles;
    for (ptrdiff_t item = begin; item < end; ++item) {
        ptrdiff_t p = item / row_tiles * plan->k_block, t = item % row_tiles, i = t * plan->tile_rows;
        ptrdiff_t kc = apus_min(plan->k_block, plan->k - p);
        job->kernels->pack(mr, apus_min(plan->tile_rows, plan->m - i), kc, NAME(a_at)(job, i, p), plan->a_row,
                           plan->a_column, job->shared + (p * row_tiles + t * kc) * mr);
    }
}

// Columns j ... j + wide - 1, steps p ... p + kc - 1 of B into panels, panel_stride elements apart.
static void NAME(pack_columns)(const NAME(job) *job, ptrdiff_t p, ptrdiff_t kc, ptrdiff_t j, ptrdiff_t wide, T *to,
                               ptrdiff_t panel_stride) {
    const gemm_plan *plan = &job->plan;
    ptrdiff_t nr = job->kernels->nr;
    if (plan->b_column != 1) {
        for (ptrdiff_t x = 0; x < wide; x += nr)
            job->kernels->pack(nr, apus_min(nr, wide - x), kc, NAME(b_at)(job, p, j + x), plan->b_column, plan->b_row,
                               to + x / nr * panel_stride);
        return;
    }
    NAME(pack_across)(job->kernels, nr, nr, wide, kc, plan->k - p - kc, NAME(b_at)(job, p, j), plan->b_row, to, panel_stride);
}

static void NAME(stripe)(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const NAME(job) *job = context;
    const gemm_plan *plan = &job->plan;
    const KERNELS *kernels = job->kernels;
    ptrdiff_t mr = kernels->mr, nr = kernels->nr, row_tiles = plan->row_tiles;
    ptrdiff_t left = begin * nr, wide = apus_min(end * nr, plan->n) - left;
    // One row more than a panel has: else all panels' rows would fall into the same sets of the cache.
    ptrdiff_t panel_stride = (plan->k_block + 1) * nr;
    T *packed = job->private_ + apus_team_member() * plan->private_;
    for (ptrdiff_t p = 0; p < plan->k; p += plan->k_block) {
        ptrdiff_t kc = apus_min(plan->k_block, plan->k - p);
        NAME(pack_columns)(job, p, kc, left, wide, packed, panel_stride);
        for (ptrdiff_t x = 0; x < wide; x += nr) {
            ptrdiff_t j = left + x, cols = apus_min(nr, wide - x);
            EPILOGUE e = NAME(epilogue)(job, p, kc, j);
            for (ptrdiff_t t = 0; t < row_tiles; ++t) {
                ptrdiff_t i = t * plan->tile_rows;
                kernels->kernel(apus_min(plan->tile_rows, plan->m - i), cols, kc,
                                job->shared + (p * row_tiles + t * kc) * mr, packed + x / nr * panel_stride,
                                job->c + i * plan->ldc + j, plan->ldc, &e);
            }
        }
    }
}

// MARK: Blocks

// A panel of B over a k block: where a task is, and where it goes next.
typedef struct {
    ptrdiff_t p, kc, x, cols;
} NAME(place);

static inline NAME(place) NAME(place_at)(const gemm_plan *plan, ptrdiff_t nr, ptrdiff_t p, ptrdiff_t x) {
    return (NAME(place)){p, apus_min(plan->k_block, plan->k - p), x, apus_min(nr, plan->n - x * nr)};
}

// kc == 0 behind the last one.
static inline NAME(place) NAME(place_after)(const gemm_plan *plan, ptrdiff_t nr, const NAME(part) *part, NAME(place) at) {
    if (at.kc == 0 || at.x + 1 < part->last_panel) return NAME(place_at)(plan, nr, at.p, at.kc == 0 ? at.x : at.x + 1);
    return NAME(place_at)(plan, nr, at.p + at.kc, part->first_panel);
}

// A share of a panel: its steps in `shares` runs, whole cache lines of a transposed B.
typedef struct {
    ptrdiff_t begin, end;
} NAME(share);

static inline NAME(share) NAME(share_of)(ptrdiff_t kc, ptrdiff_t share, ptrdiff_t shares) {
    enum { unit = 16 };
    ptrdiff_t units = (kc + unit - 1) / unit;
    return (NAME(share)){units * share / shares * unit, apus_min(kc, units * (share + 1) / shares * unit)};
}

static inline void NAME(call_share)(const NAME(job) *job, NAME(place) at, NAME(share) share) {
    enum { line = APUS_CACHE_LINE / sizeof(T) };
    const gemm_plan *plan = &job->plan;
    if (share.begin >= share.end) return;
    const T *from = NAME(b_at)(job, at.p + share.begin, at.x * job->kernels->nr);
    bool runs_across = plan->b_column == 1;
    ptrdiff_t runs = runs_across ? share.end - share.begin : at.cols, length = runs_across ? at.cols : share.end - share.begin;
    ptrdiff_t stride = runs_across ? plan->b_row : plan->b_column;
    for (ptrdiff_t r = 0; r < runs; ++r, from += stride) {
        for (ptrdiff_t l = 0; l < length; l += line) __builtin_prefetch(from + l, 0, 2);
        __builtin_prefetch(from + length - 1, 0, 2);
    }
}

static inline void NAME(pack_share)(const NAME(job) *job, NAME(place) at, NAME(share) share, T *panel) {
    const gemm_plan *plan = &job->plan;
    ptrdiff_t nr = job->kernels->nr;
    if (share.begin < share.end)
        job->kernels->pack(nr, at.cols, share.end - share.begin, NAME(b_at)(job, at.p + share.begin, at.x * nr),
                           plan->b_column, plan->b_row, panel + share.begin * nr);
}

// Item q: row block q / column_blocks, column block q % column_blocks. While the tiles of one panel of B are
// multiplied, the next panel is called into the cache or, a share a tile, packed.
static void NAME(block)(void *context, ptrdiff_t begin, ptrdiff_t end) {
    enum { panel_elements = apus_gemm_panel_bytes / sizeof(T) };
    _Alignas(APUS_CACHE_LINE) T panels[2][panel_elements];
    const NAME(job) *job = context;
    const gemm_plan *plan = &job->plan;
    const KERNELS *kernels = job->kernels;
    ptrdiff_t mr = kernels->mr, nr = kernels->nr;
    // A single task is called as a plain function, within whatever body the caller is a member of.
    ptrdiff_t member = plan->row_blocks * plan->column_blocks == 1 ? 0 : apus_team_member();
    T *packed = job->private_ + member * plan->private_;
    for (ptrdiff_t item = begin; item < end; ++item) {
        NAME(part) part = NAME(part_of)(plan, item, plan->panels);
        ptrdiff_t tiles = part.last_tile - part.first_tile, p = -1;
        NAME(place) at = NAME(place_at)(plan, nr, 0, part.first_panel), next;
        int current = 0;
        if (plan->pack_b) NAME(pack_share)(job, at, (NAME(share)){0, at.kc}, panels[current]);
        for (; at.kc > 0; at = next, current ^= 1) {
            next = NAME(place_after)(plan, nr, &part, at);
            NAME(place) after = plan->pack_b ? NAME(place_after)(plan, nr, &part, next) : next;
            if (plan->pack_a && at.p != p) NAME(pack_tiles)(job, &part, at.p, at.kc, packed);
            p = at.p;
            ptrdiff_t j = at.x * nr, cols = at.cols, kc = at.kc;
            EPILOGUE e = NAME(epilogue)(job, p, kc, j);
            const T *b = plan->pack_b ? panels[current] : NAME(b_at)(job, p, j);
            ptrdiff_t b_row = plan->pack_b ? nr : plan->b_row;
            if (!plan->pack_b && cols < nr && !kernels->ragged && tiles > 1) {
                NAME(pack_share)(job, at, (NAME(share)){0, kc}, panels[0]);
                b = panels[0];
                b_row = nr;
            }
            for (ptrdiff_t t = 0; t < tiles; ++t) {
                if (plan->pack_b) {
                    NAME(pack_share)(job, next, NAME(share_of)(next.kc, t, tiles), panels[current ^ 1]);
                    if (t + 1 < tiles) NAME(call_share)(job, next, NAME(share_of)(next.kc, t + 1, tiles));
                    else NAME(call_share)(job, after, NAME(share_of)(after.kc, 0, tiles));
                } else if (plan->call_ahead) {
                    NAME(call_share)(job, next, NAME(share_of)(next.kc, t, tiles));
                }
                ptrdiff_t i = (part.first_tile + t) * plan->tile_rows, rows = apus_min(plan->tile_rows, plan->m - i);
                const T *a = plan->pack_a ? packed + t * mr * kc : NAME(a_at)(job, i, p);
                T *c = job->c + i * plan->ldc + j;
                if (plan->pack_b && plan->pack_a) kernels->kernel(rows, cols, kc, a, b, c, plan->ldc, &e);
                else if (plan->pack_a) kernels->strided(rows, cols, kc, a, 1, mr, b, b_row, c, plan->ldc, &e);
                else kernels->strided(rows, cols, kc, a, plan->a_row, plan->a_column, b, b_row, c, plan->ldc, &e);
            }
        }
    }
    if (plan->stream) apus_gemm_stream_end();
}

// MARK: Packed

// Item q of a pass: panel q % panels of the k block q / panels, at shared[offset of its k block + panel * nr * kc].
static void NAME(pack_pass)(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const NAME(job) *job = context;
    const gemm_plan *plan = &job->plan;
    ptrdiff_t nr = job->kernels->nr, panels = apus_ceil_div(job->this_n, nr);
    for (ptrdiff_t item = begin; item < end;) {
        ptrdiff_t p = item / panels * plan->k_block, first = item % panels;
        ptrdiff_t count = apus_min(end - item, panels - first);
        ptrdiff_t kc = apus_min(plan->k_block, job->this_k - p);
        ptrdiff_t wide = apus_min(count * nr, job->this_n - first * nr);
        NAME(pack_columns)(job, job->first_k + p, kc, job->first_n + first * nr, wide,
                           job->shared + p * panels * nr + first * nr * kc, nr * kc);
        item += count;
    }
}

static void NAME(packed_block)(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const NAME(job) *job = context;
    const gemm_plan *plan = &job->plan;
    const KERNELS *kernels = job->kernels;
    ptrdiff_t mr = kernels->mr, nr = kernels->nr, panels = apus_ceil_div(job->this_n, nr);
    T *packed = job->private_ + apus_team_member() * plan->private_;
    for (ptrdiff_t item = begin; item < end; ++item) {
        NAME(part) part = NAME(part_of)(plan, item, panels);
        for (ptrdiff_t p = 0; p < job->this_k && part.first_panel < part.last_panel; p += plan->k_block) {
            ptrdiff_t kc = apus_min(plan->k_block, job->this_k - p);
            if (plan->pack_a) NAME(pack_tiles)(job, &part, job->first_k + p, kc, packed);
            for (ptrdiff_t x = part.first_panel; x < part.last_panel; ++x) {
                ptrdiff_t j = job->first_n + x * nr, cols = apus_min(nr, job->this_n - x * nr);
                const T *panel = job->shared_b + p * panels * nr + x * nr * kc;
                EPILOGUE e = NAME(epilogue)(job, job->first_k + p, kc, j);
                for (ptrdiff_t t = part.first_tile; t < part.last_tile; ++t) {
                    ptrdiff_t i = t * plan->tile_rows, rows = apus_min(plan->tile_rows, plan->m - i);
                    T *c = job->c + i * plan->ldc + j;
                    if (plan->pack_a)
                        kernels->kernel(rows, cols, kc, packed + (t - part.first_tile) * mr * kc, panel, c, plan->ldc, &e);
                    else
                        kernels->strided(rows, cols, kc, NAME(a_at)(job, i, job->first_k + p), plan->a_row, plan->a_column,
                                         panel, nr, c, plan->ldc, &e);
                }
            }
        }
    }
}

// MARK: All ways

static void NAME(run)(NAME(job) *job) {
    const gemm_plan *plan = &job->plan;
    switch (plan->path) {
    case GEMM_NOTHING: return;
    case GEMM_SCALE:
        apus_parallel_for_team(plan->team, plan->m, apus_max(1, 65536 / plan->n), NAME(scale_rows), job);
        return;
    case GEMM_GEMV: NAME(vector_product)(job); return;
    case GEMM_STRIPES: {
        ptrdiff_t tiles = plan->row_tiles * apus_ceil_div(plan->k, plan->k_block);
        apus_parallel_for_team(plan->team, tiles, 2, NAME(pack_rows), job);
        apus_parallel_for_team(plan->team, plan->panels, plan->block, NAME(stripe), job);
        return;
    }
    case GEMM_BLOCKS: {
        ptrdiff_t tasks = plan->row_blocks * plan->column_blocks;
        if (tasks == 1) NAME(block)(job, 0, 1);
        else apus_parallel_for_team(plan->team, tasks, 1, NAME(block), job);
        return;
    }
    case GEMM_PACKED:
        for (ptrdiff_t j = 0; j < plan->n; j += plan->pass_n)
            for (ptrdiff_t p = 0; p < plan->k; p += plan->pass_k) {
                job->first_n = j;
                job->this_n = apus_min(plan->pass_n, plan->n - j);
                job->first_k = p;
                job->this_k = apus_min(plan->pass_k, plan->k - p);
                if (!plan->prepacked) {
                    job->shared_b = job->shared;
                    ptrdiff_t panels = apus_ceil_div(job->this_n, job->kernels->nr);
                    apus_parallel_for_team(plan->team, panels * apus_ceil_div(job->this_k, plan->k_block), 4,
                                           NAME(pack_pass), job);
                }
                apus_parallel_for_team(plan->team, plan->row_blocks * plan->column_blocks, 1, NAME(packed_block), job);
            }
        return;
    }
}
