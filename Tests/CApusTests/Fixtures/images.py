"""Writes images.h: what Pillow, TensorFlow and SciPy make of small pictures.

usage: images.py > images.h   (Pillow 13, TensorFlow 2.21, SciPy 1.17)

Pillow resizes in two steps here, columns first: its version 13 now and then begins with the rows, earlier ones
never did.

The picture of n bytes has byte i = (i * 2654435761 mod 2^32) >> 24.
"""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy
import PIL.Image
import scipy.ndimage
import tensorflow

SIZES = [(13, 17, 3, 6, 8), (5, 7, 3, 11, 19), (40, 33, 1, 9, 32), (37, 41, 4, 12, 13), (1, 9, 3, 4, 4), (20, 20, 3, 20, 7),
         (24, 36, 3, 12, 12), (50, 3, 1, 1, 1), (16, 50, 3, 23, 50)]
MODES = {1: "L", 3: "RGB", 4: "CMYK"}
WARPS = [((0.8, 0.3, -1.5, -0.3, 0.9, 2.25), "constant"), ((1.2, -0.4, 1.0, 0.4, 1.3, -3.5), "nearest"),
         ((1.1, 0.2, -4.0, -0.2, 1.4, -7.0), "reflect"), ((1.0, 0.0, 5.5, 0.0, 1.0, -6.25), "grid-wrap")]
FILLS = {"constant": "CONSTANT", "nearest": "EDGE", "reflect": "REFLECT", "grid-wrap": "WRAP"}


def picture(*shape):
    i = numpy.arange(numpy.prod(shape), dtype=numpy.uint64)
    return ((i * 2654435761 % 2**32) >> 24).astype(numpy.uint8).reshape(shape)


def text(array):
    return "{" + ",".join(str(v) for v in array.ravel()) + "}"


def main():
    print("// Made by images.py: what Pillow, TensorFlow and SciPy make of small pictures. Not to be edited.")
    rows = []
    for h, w, c, oh, ow in SIZES:
        x = picture(h, w, c)
        image = PIL.Image.fromarray(x.squeeze(2) if c == 1 else x, MODES[c])
        for name, pillow in (("NEAREST", PIL.Image.Resampling.NEAREST), ("BILINEAR", PIL.Image.Resampling.BILINEAR)):
            rows.append((h, w, c, oh, ow, name, 0, numpy.asarray(image.resize((ow, h), pillow).resize((ow, oh), pillow))))
        y = tensorflow.image.resize(x.astype("float32"), (oh, ow), method="area").numpy()
        rows.append((h, w, c, oh, ow, "AREA", 1, numpy.rint(y).astype(int)))
    for i, row in enumerate(rows):
        print(f"static const uint8_t resized_{i}[] = {text(row[-1])};")
    print("static const struct resize_case {\n    apus_image_resize_desc desc;\n    int tolerance;\n"
          "    const uint8_t *expected;\n} resize_cases[] = {")
    for i, (h, w, c, oh, ow, name, tolerance, _) in enumerate(rows):
        print(f"    {{{{{h}, {w}, {w * c}, {oh}, {ow}, {c}, APUS_IMAGE_{name}}}, {tolerance}, resized_{i}}},")
    print("};")

    x = picture(15, 18, 3)
    warped = []
    for m, mode in WARPS:
        matrix = numpy.array(m).reshape(2, 3)
        warped.append(numpy.stack([
            scipy.ndimage.affine_transform(x[:, :, c].astype(float), matrix[:, :2], matrix[:, 2], order=1, mode=mode, cval=77)
            for c in range(3)], axis=2))
    for i, y in enumerate(warped):
        print(f"static const uint8_t warped_{i}[] = {text(numpy.rint(y).astype(int))};")
    print("static const struct warp_case {\n    double m[6];\n    apus_image_fill fill;\n"
          "    const uint8_t *expected;\n} warp_cases[] = {")
    for i, (m, mode) in enumerate(WARPS):
        print(f"    {{{{{', '.join(map(str, m))}}}, APUS_IMAGE_FILL_{FILLS[mode]}, warped_{i}}},")
    print("};")

    cmyk = PIL.Image.fromarray(picture(6, 7, 4), "CMYK")
    print(f"static const uint8_t cmyk_as_rgb[] = {text(numpy.asarray(cmyk.convert('RGB')))};")
    rgb = PIL.Image.fromarray(picture(6, 7, 3), "RGB")
    print(f"static const uint8_t rgb_as_grey[] = {text(numpy.asarray(rgb.convert('L')))};")


main()
