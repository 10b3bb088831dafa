/// Pictures of bytes, [height, width, channels], on their way into a network: resizing, turning, warping,
/// conversion to float32.
///
/// Every function works on the calling thread: pictures are decoded side by side, one a thread.
#ifndef APUS_IMAGE_H
#define APUS_IMAGE_H

#include "status.h"

APUS_BEGIN_DECLS

typedef enum apus_image_filter {
    /// The pixel under each output's centre: Pillow's NEAREST, bit for bit.
    APUS_IMAGE_NEAREST = 0,
    /// A triangle as wide as two output pixels, so that shrinking does not alias: Pillow's BILINEAR, bit for bit
    /// (its version 13 at times resizes rows before columns, which makes a difference of 1 in a few pixels).
    APUS_IMAGE_BILINEAR = 1,
    /// The mean over each output's area, parts of pixels counted as parts: TensorFlow's AREA, to 1 of 255.
    APUS_IMAGE_AREA = 2
} apus_image_filter;

/// x: [in_h, in_w, channels], rows in_stride bytes apart; y: [out_h, out_w, channels], dense.
typedef struct apus_image_resize_desc {
    ptrdiff_t in_h, in_w, in_stride; ///< 1 ... 2^24; in_stride >= in_w * channels
    ptrdiff_t out_h, out_w;          ///< 1 ... 2^24
    ptrdiff_t channels;              ///< 1 ... 4
    apus_image_filter filter;
} apus_image_resize_desc;

/// Bytes of workspace that a resize needs.
apus_status apus_image_resize_workspace(const apus_image_resize_desc *desc, size_t *bytes);
/// y = x at another size. Horizontally, then vertically, each rounded to bytes, as Pillow does it. Rows of x
/// end with their last pixel: the bytes up to in_stride are not read.
apus_status apus_image_resize(const apus_image_resize_desc *desc, const uint8_t *x, uint8_t *y, void *workspace,
                              size_t workspace_bytes);

/// What lies outside a picture.
typedef enum apus_image_fill {
    APUS_IMAGE_FILL_CONSTANT = 0, ///< k k k | a b c d | k k k; everything from the outermost pixels' centres on
    APUS_IMAGE_FILL_EDGE = 1,     ///< a a a | a b c d | d d d
    APUS_IMAGE_FILL_REFLECT = 2,  ///< c b a | a b c d | d c b
    APUS_IMAGE_FILL_WRAP = 3      ///< b c d | a b c d | a b c
} apus_image_fill;

/// y(row, column) = x at row m[0] * row + m[1] * column + m[2], column m[3] * row + m[4] * column + m[5],
/// interpolated between the four pixels about it and rounded; x and y are [height, width, channels] with 1 to 4
/// channels. SciPy's affine_transform of order 1 (its modes constant, nearest, reflect, grid-wrap), to 1 of 255.
/// APUS_ERROR_VALUE: an entry of m that is not finite, or one that leads beyond 2^30 pixels.
apus_status apus_image_affine(ptrdiff_t height, ptrdiff_t width, ptrdiff_t channels, const double m[6],
                              apus_image_fill fill, uint8_t constant, const uint8_t *x, uint8_t *y);

/// y = x turned and mirrored as its EXIF orientation, 1 ... 8, says it is to be shown; y is
/// [in_w, in_h, channels] for 5 ... 8, else as x.
apus_status apus_image_orient(int orientation, ptrdiff_t in_h, ptrdiff_t in_w, ptrdiff_t channels, const uint8_t *x,
                              uint8_t *y);

/// Left becomes right (horizontal != 0), top becomes bottom (vertical != 0), in place.
apus_status apus_image_flip(ptrdiff_t height, ptrdiff_t width, ptrdiff_t channels, int horizontal, int vertical,
                            uint8_t *x);

/// x = table[x], in place, for brightness and the like.
apus_status apus_image_lookup(ptrdiff_t count, const uint8_t table[256], uint8_t *x);

/// y[i, c] = scale[c] * x[i, c] + offset[c], rounded once; 1 to 4 channels.
apus_status apus_image_to_float(ptrdiff_t pixels, ptrdiff_t channels, const float *scale, const float *offset,
                                const uint8_t *x, float *y);

/// Inks to light, [pixels, 4] to [pixels, 3], as Pillow converts them: 255 means all the ink there is, or none if
/// `inverted`, as Adobe's JPEGs have it. blue_first: blue, green, red.
apus_status apus_image_cmyk_to_rgb(ptrdiff_t pixels, int inverted, int blue_first, const uint8_t *x, uint8_t *y);

/// Luma, [pixels, 3 or 4] to [pixels]: 0.299 red + 0.587 green + 0.114 blue, as Pillow's "L". A fourth channel is
/// left out. blue_first: as above.
apus_status apus_image_to_grey(ptrdiff_t pixels, ptrdiff_t channels, int blue_first, const uint8_t *x, uint8_t *y);

APUS_END_DECLS
#endif
