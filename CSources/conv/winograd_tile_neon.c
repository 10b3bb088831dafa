// Winograd's 3x3 convolutions for NEON: products of 6 tiles by 16 channels, 24 sums in 32 registers.
#include "winograd_tile.h"

#if defined(APUS_ARM64)
#include "../runtime/simd_neon.h"

#define WINOGRAD_TABLE apus_winograd_tiles_neon
#define WINOGRAD_ROWS 6
#define WINOGRAD_VECTORS 4
#define WINOGRAD_EACH_ROW(F, vectors) F(1, vectors) F(2, vectors) F(3, vectors) F(4, vectors) F(5, vectors) F(6, vectors)
#define WINOGRAD_EACH_TILE(F) \
    WINOGRAD_EACH_ROW(F, 1) WINOGRAD_EACH_ROW(F, 2) WINOGRAD_EACH_ROW(F, 3) WINOGRAD_EACH_ROW(F, 4)

SIMD_INLINE void winograd_stream(float *p, vf x) { vst1q_f32(p, x); }
static void winograd_flush(void) {}

#include "winograd_tile_template.h"
#include "winograd_tile_weights_template.h"
#include "winograd_tile_multiply_template.h"
#endif
