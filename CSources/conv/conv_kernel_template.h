// The tile kernels of one instruction set, written on the compilers' vector types (GCC and Clang) so
// that one text serves all of them. The including file defines:
//   APUS_CONV_TARGET, APUS_CONV_ISA (name suffix), APUS_WINOGRAD_TABLE, APUS_ROOTS_TABLE and
//   APUS_FIRST_TABLE (conv_winograd_template.h's, roots_template.h's and conv_first_template.h's),
//   APUS_CONV_WIDTH (floats a vector),
//   APUS_CONV_ROWS_MAX, APUS_CONV_VECTORS_MAX, APUS_CONV_EACH_TILE(F) applying F(rows, vectors), and
//   apus_conv_load_part / apus_conv_store_part: the first n < width floats of a vector, and
//   apus_conv_multiply_add: a * b + c rounded once (strict C11 lets compilers differ over a plain one).
// The tile's sums stay in registers: rows * vectors of them, one B row, and one broadcast element of A.

#define APUS_CONV_PASTE(stem, isa) stem##__##isa
#define APUS_CONV_EXPAND(stem, isa) APUS_CONV_PASTE(stem, isa)
#define APUS_CONV_NAME(stem) APUS_CONV_EXPAND(stem, APUS_CONV_ISA)

typedef float vec __attribute__((vector_size(APUS_CONV_WIDTH * 4)));
typedef float vec_unaligned __attribute__((vector_size(APUS_CONV_WIDTH * 4), aligned(4), may_alias));
typedef int vec_mask __attribute__((vector_size(APUS_CONV_WIDTH * 4)));
typedef float quad __attribute__((vector_size(16)));
typedef float quad_unaligned __attribute__((vector_size(16), aligned(4), may_alias));

#if defined(__clang__)
#define APUS_CONV_UNROLL _Pragma("clang loop unroll(full)")
#else
#define APUS_CONV_UNROLL _Pragma("GCC unroll 16")
#endif
// Hides where a pointer came from, so that the compiler addresses five rows from one pointer
// (base + stride * {0, 1, 2, 4}, and three strides in a register) rather than keeping a pointer a row,
// which spills.
#define APUS_CONV_OPAQUE(p) __asm__("" : "+r"(p))
#define APUS_CONV_ROWS_PER_BASE 5
#define APUS_CONV_BASES ((APUS_CONV_ROWS_MAX + APUS_CONV_ROWS_PER_BASE - 1) / APUS_CONV_ROWS_PER_BASE)

APUS_ALWAYS_INLINE APUS_CONV_TARGET vec apus_conv_load(const float *p) { return *(const vec_unaligned *)p; }
APUS_ALWAYS_INLINE APUS_CONV_TARGET void apus_conv_store(float *p, vec v) { *(vec_unaligned *)p = v; }

APUS_ALWAYS_INLINE APUS_CONV_TARGET void apus_conv_finish(const apus_conv_tile *tile, vec (*sums)[APUS_CONV_VECTORS_MAX],
                                                          const int rows, const int vectors) {
    const ptrdiff_t ldc = tile->ldc;
    const int part = (int)(tile->columns - (ptrdiff_t)(vectors - 1) * APUS_CONV_WIDTH); // of the last vector
    const bool whole = part == APUS_CONV_WIDTH;
    const vec zero = {0};
    if (tile->accumulate) {
        float *c = tile->c;
        APUS_CONV_UNROLL
        for (int r = 0; r < rows; r++, c += ldc) {
            APUS_CONV_UNROLL
            for (int v = 0; v < vectors; v++) {
                float *at = c + v * APUS_CONV_WIDTH;
                sums[r][v] += v < vectors - 1 || whole ? apus_conv_load(at) : (vec)apus_conv_load_part(at, part);
            }
        }
    }
    if (tile->bias != NULL) {
        APUS_CONV_UNROLL
        for (int v = 0; v < vectors; v++) {
            const float *at = tile->bias + v * APUS_CONV_WIDTH;
            const vec bias = v < vectors - 1 || whole ? apus_conv_load(at) : (vec)apus_conv_load_part(at, part);
            APUS_CONV_UNROLL
            for (int r = 0; r < rows; r++) sums[r][v] += bias;
        }
    }
    if (tile->relu) {
        APUS_CONV_UNROLL
        for (int r = 0; r < rows; r++) {
            APUS_CONV_UNROLL
            for (int v = 0; v < vectors; v++) sums[r][v] = (vec)((vec_mask)sums[r][v] & ~(sums[r][v] < zero)); // NaN stays
        }
    }
    float *c = tile->c;
    if (tile->stream) {
        APUS_CONV_UNROLL
        for (int r = 0; r < rows; r++, c += ldc) {
            APUS_CONV_UNROLL
            for (int v = 0; v < vectors; v++) apus_conv_stream(c + v * APUS_CONV_WIDTH, sums[r][v]);
        }
        return;
    }
    APUS_CONV_UNROLL
    for (int r = 0; r < rows; r++, c += ldc) {
        APUS_CONV_UNROLL
        for (int v = 0; v < vectors; v++) {
            float *at = c + v * APUS_CONV_WIDTH;
            if (v < vectors - 1 || whole) apus_conv_store(at, sums[r][v]);
            else apus_conv_store_part(at, part, sums[r][v]);
        }
    }
}

// rows, vectors and outer are constants wherever this is inlined.
APUS_ALWAYS_INLINE APUS_CONV_TARGET void apus_conv_tile_body(const apus_conv_tile *tile, const int rows,
                                                             const int vectors, const bool outer) {
    vec sums[APUS_CONV_ROWS_MAX][APUS_CONV_VECTORS_MAX];
    const vec zero = {0};
    APUS_CONV_UNROLL
    for (int r = 0; r < rows; r++) {
        APUS_CONV_UNROLL
        for (int v = 0; v < vectors; v++) sums[r][v] = zero;
    }
    enum { PANEL = APUS_CONV_VECTORS_MAX * APUS_CONV_WIDTH, LINE = APUS_CACHE_LINE / sizeof(float) };
    const float *fetch = tile->fetch;
    const ptrdiff_t ldb = outer ? tile->ldb : (ptrdiff_t)APUS_CONV_VECTORS_MAX * APUS_CONV_WIDTH;
    for (ptrdiff_t i = 0; i < tile->run_count; i++) {
        const apus_conv_run *run = &tile->runs[i];
        const float *b = run->b + tile->b_shift;
        const ptrdiff_t stride = run->stride;
        const float *base[APUS_CONV_BASES];
        base[0] = run->a + tile->a_shift;
        if (!outer) {
            APUS_CONV_UNROLL
            for (int g = 1; g * APUS_CONV_ROWS_PER_BASE < rows; g++) {
                base[g] = base[g - 1] + APUS_CONV_ROWS_PER_BASE * stride;
                APUS_CONV_OPAQUE(base[g]);
            }
        }
        if (!outer && tile->fetch == NULL) fetch = b; // which are on their way anyhow
        for (ptrdiff_t k = run->count; k > 0; k--) {
            if (!outer) {
                APUS_CONV_UNROLL
                for (int i = 0; i < PANEL; i += LINE) __builtin_prefetch(fetch + i, 0, 2);
                fetch += PANEL;
            }
            vec right[APUS_CONV_VECTORS_MAX];
            APUS_CONV_UNROLL
            for (int v = 0; v < vectors; v++) right[v] = apus_conv_load(b + v * APUS_CONV_WIDTH);
            APUS_CONV_UNROLL
            for (int r = 0; r < rows; r++) {
                const float left = outer ? base[0][r] : base[r / APUS_CONV_ROWS_PER_BASE][(r % APUS_CONV_ROWS_PER_BASE) * stride];
                const vec broadcast = left - zero; // exact: x - 0 is x, also for -0, and folds to a splat
                APUS_CONV_UNROLL
                for (int v = 0; v < vectors; v++) sums[r][v] = (vec)apus_conv_multiply_add(broadcast, right[v], sums[r][v]);
            }
            b += ldb;
            if (outer) {
                base[0] += stride;
            } else {
                APUS_CONV_UNROLL
                for (int g = 0; g * APUS_CONV_ROWS_PER_BASE < rows; g++) {
                    base[g]++;
                    APUS_CONV_OPAQUE(base[g]);
                }
            }
        }
    }
    apus_conv_finish(tile, sums, rows, vectors);
}

#define APUS_CONV_DEFINE_TILE(rows, vectors)                                                           \
    APUS_CONV_TARGET static void APUS_CONV_NAME(apus_f32_conv_rows_##rows##x##vectors)(                  \
        const apus_conv_tile *tile) {                                                                   \
        apus_conv_tile_body(tile, rows, vectors, false);                                                \
    }                                                                                                   \
    APUS_CONV_TARGET static void APUS_CONV_NAME(apus_f32_conv_outer_##rows##x##vectors)(                 \
        const apus_conv_tile *tile) {                                                                   \
        apus_conv_tile_body(tile, rows, vectors, true);                                                 \
    }
APUS_CONV_EACH_TILE(APUS_CONV_DEFINE_TILE)

APUS_CONV_TARGET static void APUS_CONV_NAME(apus_f32_conv_pack)(ptrdiff_t k, ptrdiff_t columns, ptrdiff_t panel_width,
                                                                const float *source, ptrdiff_t ld, float *panel) {
    const vec zero = {0};
    for (ptrdiff_t i = 0; i < k; i++, source += ld, panel += panel_width) {
        for (ptrdiff_t j = 0; j < panel_width; j += APUS_CONV_WIDTH) {
            const ptrdiff_t left = columns - j;
            apus_conv_store(panel + j, left >= APUS_CONV_WIDTH ? apus_conv_load(source + j)
                                       : left > 0              ? (vec)apus_conv_load_part(source + j, (int)left)
                                                               : zero);
        }
    }
}

// 4x4 blocks transposed in registers; the edges, less than four wide, element by element.
APUS_CONV_TARGET static void APUS_CONV_NAME(apus_f32_conv_pack_transposed)(ptrdiff_t k, ptrdiff_t columns,
                                                                           ptrdiff_t panel_width, const float *source,
                                                                           ptrdiff_t ld, float *panel) {
    const ptrdiff_t whole_k = k - k % 4, whole_columns = columns - columns % 4;
    for (ptrdiff_t j = 0; j < whole_columns; j += 4) {
        const float *s = source + j * ld;
        for (ptrdiff_t i = 0; i < whole_k; i += 4) {
            const quad a = *(const quad_unaligned *)(s + i), b = *(const quad_unaligned *)(s + ld + i);
            const quad c = *(const quad_unaligned *)(s + 2 * ld + i), d = *(const quad_unaligned *)(s + 3 * ld + i);
            const quad ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
            const quad cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5), cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
            float *to = panel + i * panel_width + j;
            *(quad_unaligned *)to = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
            *(quad_unaligned *)(to + panel_width) = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
            *(quad_unaligned *)(to + 2 * panel_width) = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
            *(quad_unaligned *)(to + 3 * panel_width) = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
        }
        for (ptrdiff_t i = whole_k; i < k; i++)
            for (ptrdiff_t q = 0; q < 4; q++) panel[i * panel_width + j + q] = s[q * ld + i];
    }
    for (ptrdiff_t i = 0; i < k; i++) {
        for (ptrdiff_t j = whole_columns; j < columns; j++) panel[i * panel_width + j] = source[j * ld + i];
        for (ptrdiff_t j = columns; j < panel_width; j++) panel[i * panel_width + j] = 0;
    }
}

// Blocks of 64 rows are summed before they are added: the error grows with the blocks, not the rows.
APUS_CONV_TARGET static void APUS_CONV_NAME(apus_f32_conv_column_sums)(ptrdiff_t rows, ptrdiff_t columns, const float *x,
                                                                       ptrdiff_t ld, float *sums) {
    for (ptrdiff_t j = 0; j < columns; j += 4 * APUS_CONV_WIDTH) {
        vec total[4] = {{0}, {0}, {0}, {0}};
        const ptrdiff_t left = apus_min(columns - j, 4 * APUS_CONV_WIDTH);
        const int whole = (int)(left / APUS_CONV_WIDTH), part = (int)(left % APUS_CONV_WIDTH);
        for (ptrdiff_t begin = 0; begin < rows; begin += 64) {
            const ptrdiff_t end = apus_min(rows, begin + 64);
            vec block[4] = {{0}, {0}, {0}, {0}};
            const float *at = x + begin * ld + j;
            if (whole == 4) {
                for (ptrdiff_t i = begin; i < end; i++, at += ld) {
                    APUS_CONV_UNROLL
                    for (int v = 0; v < 4; v++) block[v] += apus_conv_load(at + v * APUS_CONV_WIDTH);
                }
            } else {
                for (int v = 0; v < whole; v++) {
                    const float *column = at + v * APUS_CONV_WIDTH;
                    for (ptrdiff_t i = begin; i < end; i++, column += ld) block[v] += apus_conv_load(column);
                }
                if (part != 0) {
                    const float *column = at + whole * APUS_CONV_WIDTH;
                    for (ptrdiff_t i = begin; i < end; i++, column += ld) block[whole] += apus_conv_load_part(column, part);
                }
            }
            for (int v = 0; v < 4; v++) total[v] += block[v];
        }
        for (int v = 0; v < whole; v++) apus_conv_store(sums + j + v * APUS_CONV_WIDTH, total[v]);
        if (part != 0) apus_conv_store_part(sums + j + whole * APUS_CONV_WIDTH, part, total[whole]);
    }
}

APUS_CONV_TARGET static void APUS_CONV_NAME(apus_f32_conv_add)(ptrdiff_t rows, ptrdiff_t columns, const float *from,
                                                               ptrdiff_t from_ld, float *to, ptrdiff_t to_ld) {
    for (ptrdiff_t i = 0; i < rows; i++, from += from_ld, to += to_ld) {
        ptrdiff_t j = 0;
        for (; j + APUS_CONV_WIDTH <= columns; j += APUS_CONV_WIDTH)
            apus_conv_store(to + j, apus_conv_load(to + j) + apus_conv_load(from + j));
        const int part = (int)(columns - j);
        if (part > 0)
            apus_conv_store_part(to + j, part, (vec)apus_conv_load_part(to + j, part) + (vec)apus_conv_load_part(from + j, part));
    }
}

static void APUS_CONV_NAME(apus_f32_conv_drain)(void) { apus_conv_drain(); }

#define APUS_CONV_LIST_ROWS(rows, vectors) [vectors - 1][rows - 1] = APUS_CONV_NAME(apus_f32_conv_rows_##rows##x##vectors),
#define APUS_CONV_LIST_OUTER(rows, vectors) [vectors - 1][rows - 1] = APUS_CONV_NAME(apus_f32_conv_outer_##rows##x##vectors),
const apus_conv_kernels APUS_CONV_TABLE = {
    .width = APUS_CONV_WIDTH,
    .vectors = APUS_CONV_VECTORS_MAX,
    .rows = APUS_CONV_ROWS_MAX,
    .rows_tile = {APUS_CONV_EACH_TILE(APUS_CONV_LIST_ROWS)},
    .outer_tile = {APUS_CONV_EACH_TILE(APUS_CONV_LIST_OUTER)},
    .pack = APUS_CONV_NAME(apus_f32_conv_pack),
    .pack_transposed = APUS_CONV_NAME(apus_f32_conv_pack_transposed),
    .column_sums = APUS_CONV_NAME(apus_f32_conv_column_sums),
    .add = APUS_CONV_NAME(apus_f32_conv_add),
    .drain = APUS_CONV_NAME(apus_f32_conv_drain),
    .winograd = &APUS_WINOGRAD_TABLE,
    .roots = &APUS_ROOTS_TABLE,
    .first = &APUS_FIRST_TABLE,
};
