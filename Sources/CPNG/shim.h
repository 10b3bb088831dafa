/* libpng's simplified API, which reports errors in a struct instead of jumping. Flags come from pkg-config. */
#ifndef APUS_CPNG_SHIM_H
#define APUS_CPNG_SHIM_H

#include <png.h>

/* Macros with casts and negated sizes, which Swift does not import. */
static inline png_image apus_png_image(void) {
    png_image image = {0};
    image.version = PNG_IMAGE_VERSION;
    return image;
}
static inline png_uint_32 apus_png_format_rgba(void) { return PNG_FORMAT_RGBA; }
/* Samples of 16 bits mean what samples of 8 do, as they do to everybody who writes no gAMA chunk. */
static inline png_uint_32 apus_png_16bit_srgb(void) { return PNG_IMAGE_FLAG_16BIT_sRGB; }

#endif
