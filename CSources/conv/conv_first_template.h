// The forward pass of first layers, with a few input channels: include after conv_kernel_template.h, whose
// vectors and names these are. The including file defines APUS_FIRST_TABLE and APUS_FIRST_VECTORS (at most
// APUS_CONV_FIRST_VECTORS and a multiple of APUS_CONV_VECTORS_MAX, whose panels the weights lie in), and
// APUS_FIRST_ROWS(vectors): the outputs that a tile of so many vectors has.
//
// The inner product is short, so that a tile's sums are soon done: outputs are written in pieces as wide as
// the registers allow, each output has a pointer of its own (a tile reaches over the end of a row), and one
// index runs through the taps for all of them. Three taps of three colours, the commonest, are unrolled.

// One tap: its weights in panels, and its input of each output.
APUS_ALWAYS_INLINE APUS_CONV_TARGET void apus_first_step(const apus_conv_first_call *f, const float *const *at, ptrdiff_t k,
                                                         const float *weights, vec (*sums)[APUS_FIRST_VECTORS], const int rows,
                                                         const int vectors) {
    vec right[APUS_FIRST_VECTORS];
    const vec zero = {0};
    APUS_CONV_UNROLL
    for (int v = 0; v < vectors; v++)
        right[v] = apus_conv_load(weights + v / APUS_CONV_VECTORS_MAX * f->panel + v % APUS_CONV_VECTORS_MAX * APUS_CONV_WIDTH);
    APUS_CONV_UNROLL
    for (int r = 0; r < rows; r++) {
        const vec left = at[r][k] - zero; // exact, and folds to a splat
        APUS_CONV_UNROLL
        for (int v = 0; v < vectors; v++) sums[r][v] = (vec)apus_conv_multiply_add(left, right[v], sums[r][v]);
    }
}

// rows, vectors, segment, whole and stream are constants wherever this is inlined; segment 0: the call's.
APUS_ALWAYS_INLINE APUS_CONV_TARGET void apus_first_tile(const apus_conv_first_call *f, const float *const *pixels, float *to,
                                                         const int rows, const int vectors, const int segment, const bool whole,
                                                         const bool stream) {
    enum { PANEL = APUS_CONV_VECTORS_MAX * APUS_CONV_WIDTH };
    vec sums[APUS_CONV_FIRST_ROWS][APUS_FIRST_VECTORS];
    const vec zero = {0};
    const float *at[APUS_CONV_FIRST_ROWS];
    const int part = (int)(f->channels - (ptrdiff_t)(vectors - 1) * APUS_CONV_WIDTH); // of the last vector
    APUS_CONV_UNROLL
    for (int r = 0; r < rows; r++) {
        at[r] = pixels[r];
        APUS_CONV_UNROLL
        for (int v = 0; v < vectors; v++) sums[r][v] = zero;
    }
    const float *weights = f->weights;
    for (ptrdiff_t row = 0; row < f->taps_h; row++) {
        const ptrdiff_t begin = row * f->tap_step;
        if (segment != 0) {
            APUS_CONV_UNROLL
            for (int k = 0; k < segment; k++) apus_first_step(f, at, begin + k, weights + k * PANEL, sums, rows, vectors);
        } else {
            for (ptrdiff_t k = 0; k < f->segment; k++) apus_first_step(f, at, begin + k, weights + k * PANEL, sums, rows, vectors);
        }
        weights += f->segment * PANEL;
    }
    if (f->bias != NULL) {
        APUS_CONV_UNROLL
        for (int v = 0; v < vectors; v++) {
            const float *bias = f->bias + v * APUS_CONV_WIDTH;
            const vec added = v < vectors - 1 || whole ? apus_conv_load(bias) : (vec)apus_conv_load_part(bias, part);
            APUS_CONV_UNROLL
            for (int r = 0; r < rows; r++) sums[r][v] += added;
        }
    }
    APUS_CONV_UNROLL
    for (int r = 0; r < rows; r++, to += f->pitch) {
        APUS_CONV_UNROLL
        for (int v = 0; v < vectors; v++) {
            vec y = sums[r][v];
            if (f->relu) y = (vec)((vec_mask)y & ~(y < zero)); // NaN stays
            if (stream) apus_conv_stream(to + v * APUS_CONV_WIDTH, y);
            else if (v < vectors - 1 || whole) apus_conv_store(to + v * APUS_CONV_WIDTH, y);
            else apus_conv_store_part(to + v * APUS_CONV_WIDTH, part, y);
        }
    }
}

// All tiles of a call; the last begins early enough to be whole, as an output's bits are its own.
APUS_ALWAYS_INLINE APUS_CONV_TARGET void apus_first_tiles(const apus_conv_first_call *call, const int rows, const int vectors,
                                                          const int segment, const bool whole, const bool stream) {
    const apus_conv_first_call copy = *call, *f = &copy; // which no store to y can change
    const float *pixels[APUS_CONV_FIRST_ROWS];
    ptrdiff_t row = 0, column = 0;
    for (ptrdiff_t done = 0; done < f->pixels; done += rows) {
        if (done + rows > f->pixels) {
            done = f->pixels - rows;
            row = done / f->columns;
            column = done % f->columns;
        }
        APUS_CONV_UNROLL
        for (int r = 0; r < rows; r++) {
            pixels[r] = f->window + row * f->row_step + column * f->column_step;
            if (++column == f->columns) {
                column = 0;
                row++;
            }
        }
        apus_first_tile(f, pixels, f->y + done * f->pitch, rows, vectors, segment, whole, stream);
    }
}

#define APUS_FIRST_DEFINE(vectors)                                                                            \
    APUS_CONV_TARGET static void APUS_CONV_NAME(apus_f32_conv_first_x##vectors)(const apus_conv_first_call *f) { \
        enum { ROWS = APUS_FIRST_ROWS(vectors), COLOURS = (vectors) == APUS_FIRST_VECTORS ? 9 : 0 };           \
        const bool whole = f->channels == (ptrdiff_t)(vectors) * APUS_CONV_WIDTH, colours = f->segment == COLOURS; \
        if (f->pixels < ROWS) apus_first_tiles(f, 1, vectors, 0, false, false);                                \
        else if (f->stream && colours) apus_first_tiles(f, ROWS, vectors, COLOURS, true, true);                \
        else if (f->stream) apus_first_tiles(f, ROWS, vectors, 0, true, true);                                 \
        else if (whole && colours) apus_first_tiles(f, ROWS, vectors, COLOURS, true, false);                   \
        else if (whole) apus_first_tiles(f, ROWS, vectors, 0, true, false);                                    \
        else apus_first_tiles(f, ROWS, vectors, 0, false, false);                                              \
    }
#define APUS_FIRST_LIST(vectors) [vectors - 1] = APUS_CONV_NAME(apus_f32_conv_first_x##vectors),

#define APUS_FIRST_EACH_2(F) F(1) F(2)
#define APUS_FIRST_EACH_4(F) F(1) F(2) F(3) F(4)
#define APUS_FIRST_EACH_OF(vectors, F) APUS_FIRST_EACH_##vectors(F)
#define APUS_FIRST_EACH(vectors, F) APUS_FIRST_EACH_OF(vectors, F)
APUS_FIRST_EACH(APUS_FIRST_VECTORS, APUS_FIRST_DEFINE)
const apus_conv_first_kernels APUS_FIRST_TABLE = {
    .vectors = APUS_FIRST_VECTORS,
    .run = {APUS_FIRST_EACH(APUS_FIRST_VECTORS, APUS_FIRST_LIST)},
};
