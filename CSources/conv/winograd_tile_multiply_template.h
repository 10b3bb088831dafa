// The products between Winograd's transforms, and one instruction set's table: include after
// winograd_tile_template.h and winograd_tile_weights_template.h. The including file defines WINOGRAD_TABLE,
// WINOGRAD_ROWS, WINOGRAD_VECTORS (of the products' tile), WINOGRAD_EACH_ROW(F, vectors) and
// WINOGRAD_EACH_TILE(F).

// Hides where a pointer came from, so that the compiler addresses five rows from one pointer (base + pitch *
// {0, 1, 2, 4}, and three pitches in a register) rather than keeping a pointer a row, which spills.
#define WINOGRAD_OPAQUE(p) __asm__("" : "+r"(p))
#define WINOGRAD_BASES ((WINOGRAD_ROWS + 4) / 5)

// The sums stay in registers: rows * vectors of them, one row of B and one broadcast element of A.
// A's elements lie at a[r * pitch + k], or with `outer` at a[r + k * pitch]. Unless `outer`, a line of `fetch` is
// asked for at each step.
SIMD_INLINE void winograd_multiply(const int rows, const int vectors, const bool outer, ptrdiff_t depth, const float *a,
                                   ptrdiff_t pitch, const float *b, ptrdiff_t ldb, float *c, ptrdiff_t ldc, bool accumulate,
                                   const float *fetch) {
    vf sums[WINOGRAD_ROWS][WINOGRAD_VECTORS];
    WINOGRAD_UNROLL
    for (int r = 0; r < rows; r++) {
        WINOGRAD_UNROLL
        for (int v = 0; v < vectors; v++) sums[r][v] = v_set1(0);
    }
    const float *base[WINOGRAD_BASES];
    base[0] = a;
    if (!outer) {
        WINOGRAD_UNROLL
        for (int g = 1; g * 5 < rows; g++) {
            base[g] = base[g - 1] + 5 * pitch;
            WINOGRAD_OPAQUE(base[g]);
        }
    }
    for (ptrdiff_t k = depth; k > 0; k--) {
        vf right[WINOGRAD_VECTORS];
        if (!outer) {
            __builtin_prefetch(fetch, 0, 2);
            fetch += APUS_CACHE_LINE / sizeof(float);
        }
        WINOGRAD_UNROLL
        for (int v = 0; v < vectors; v++) right[v] = v_load(b + v * VF_LANES);
        WINOGRAD_UNROLL
        for (int r = 0; r < rows; r++) {
            const vf left = v_set1(outer ? a[r] : base[r / 5][r % 5 * pitch]);
            WINOGRAD_UNROLL
            for (int v = 0; v < vectors; v++) sums[r][v] = v_fma(left, right[v], sums[r][v]);
        }
        b += ldb;
        if (outer) {
            a += pitch;
        } else {
            WINOGRAD_UNROLL
            for (int g = 0; g * 5 < rows; g++) {
                base[g]++;
                WINOGRAD_OPAQUE(base[g]);
            }
        }
    }
    WINOGRAD_UNROLL
    for (int r = 0; r < rows; r++, c += ldc) {
        WINOGRAD_UNROLL
        for (int v = 0; v < vectors; v++) {
            if (accumulate) sums[r][v] = v_load(c + v * VF_LANES) + sums[r][v];
            v_store(c + v * VF_LANES, sums[r][v]);
        }
    }
}

#define WINOGRAD_DEFINE_MULTIPLY(rows, vectors)                                                                         \
    SIMD_TARGET static void SIMD_NAME(apus_f32_winograd_multiply_##rows##x##vectors)(                                    \
        ptrdiff_t depth, const float *a, ptrdiff_t pitch, const float *b, ptrdiff_t ldb, float *c, ptrdiff_t ldc,       \
        bool accumulate, const float *fetch) {                                                                          \
        winograd_multiply(rows, vectors, false, depth, a, pitch, b, ldb, c, ldc, accumulate, fetch);                    \
    }                                                                                                                   \
    SIMD_TARGET static void SIMD_NAME(apus_f32_winograd_outer_##rows##x##vectors)(                                       \
        ptrdiff_t depth, const float *a, ptrdiff_t pitch, const float *b, ptrdiff_t ldb, float *c, ptrdiff_t ldc,       \
        bool accumulate) {                                                                                              \
        winograd_multiply(rows, vectors, true, depth, a, pitch, b, ldb, c, ldc, accumulate, NULL);                      \
    }
WINOGRAD_EACH_TILE(WINOGRAD_DEFINE_MULTIPLY)

#define WINOGRAD_LIST_MULTIPLY(rows, vectors) [vectors - 1][rows - 1] = SIMD_NAME(apus_f32_winograd_multiply_##rows##x##vectors),
#define WINOGRAD_LIST_OUTER(rows, vectors) [vectors - 1][rows - 1] = SIMD_NAME(apus_f32_winograd_outer_##rows##x##vectors),
#define WINOGRAD_SCHEME(m)                                                                                              \
    {m, m + 2, SIMD_NAME(apus_f32_winograd_input_##m##x##m), SIMD_NAME(apus_f32_winograd_filter_##m##x##m),              \
     SIMD_NAME(apus_f32_winograd_output_##m##x##m), SIMD_NAME(apus_f32_winograd_pool_##m##x##m),                         \
     SIMD_NAME(apus_f32_winograd_input_pair_##m##x##m),                                                                 \
     SIMD_NAME(apus_f32_winograd_unfold_pair_##m##x##m), SIMD_NAME(apus_f32_winograd_gather_##m##x##m)}
const apus_winograd_tiles WINOGRAD_TABLE = {
    .width = VF_LANES,
    .vectors = WINOGRAD_VECTORS,
    .rows = WINOGRAD_ROWS,
    .multiply = {WINOGRAD_EACH_TILE(WINOGRAD_LIST_MULTIPLY)},
    .outer = {WINOGRAD_EACH_TILE(WINOGRAD_LIST_OUTER)},
    .flush = winograd_flush,
    .f4 = WINOGRAD_SCHEME(4),
    .f6 = WINOGRAD_SCHEME(6),
};
