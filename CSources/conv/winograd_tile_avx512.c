// Winograd's 3x3 convolutions for AVX-512: products of 14 tiles by 32 channels, 28 sums in 32 registers.
#include "winograd_tile.h"

#if defined(APUS_X86)
#include "../runtime/simd_avx512.h"

#define WINOGRAD_TABLE apus_winograd_tiles_avx512
#define WINOGRAD_ROWS 14
#define WINOGRAD_VECTORS 2
#define WINOGRAD_EACH_ROW(F, vectors)                                                                         \
    F(1, vectors) F(2, vectors) F(3, vectors) F(4, vectors) F(5, vectors) F(6, vectors) F(7, vectors)         \
    F(8, vectors) F(9, vectors) F(10, vectors) F(11, vectors) F(12, vectors) F(13, vectors) F(14, vectors)
#define WINOGRAD_EACH_TILE(F) WINOGRAD_EACH_ROW(F, 1) WINOGRAD_EACH_ROW(F, 2)

SIMD_INLINE void winograd_stream(float *p, vf x) { _mm512_stream_ps(p, x); }
static void winograd_flush(void) { _mm_sfence(); }

#include "winograd_tile_template.h"
#include "winograd_tile_weights_template.h"
#include "winograd_tile_multiply_template.h"
#endif
