// Winograd's 3x3 convolutions for AVX2: products of 6 tiles by 16 channels, 12 sums in 16 registers.
#include "winograd_tile.h"

#if defined(APUS_X86)
#include "../runtime/simd_avx2.h"

#define WINOGRAD_TABLE apus_winograd_tiles_avx2
#define WINOGRAD_ROWS 6
#define WINOGRAD_VECTORS 2
#define WINOGRAD_EACH_ROW(F, vectors) F(1, vectors) F(2, vectors) F(3, vectors) F(4, vectors) F(5, vectors) F(6, vectors)
#define WINOGRAD_EACH_TILE(F) WINOGRAD_EACH_ROW(F, 1) WINOGRAD_EACH_ROW(F, 2)

SIMD_INLINE void winograd_stream(float *p, vf x) { _mm256_stream_ps(p, x); }
static void winograd_flush(void) { _mm_sfence(); }

#include "winograd_tile_template.h"
#include "winograd_tile_weights_template.h"
#include "winograd_tile_multiply_template.h"
#endif
