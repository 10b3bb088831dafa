"""Makes the pictures in this folder and pictures.json: what Pillow and Keras make of them.

usage: make_vision_fixtures.py ODD_JPEG_FOLDER   (Pillow 13, Keras 3.15)

Pillow's resize is done in two steps, columns first: its version 13 now and then begins with the rows.
"""
import json
import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy
from keras.applications.imagenet_utils import preprocess_input
from keras.src.legacy.preprocessing.image import apply_affine_transform, apply_brightness_shift
from PIL import Image, ImageOps

HERE = pathlib.Path(__file__).parent
NEAREST, BILINEAR = Image.Resampling.NEAREST, Image.Resampling.BILINEAR


def scene(height, width):
    """Smooth shades with a dark bar and a bright spot, not alike under any flip."""
    y, x = numpy.mgrid[0:height, 0:width] / [[[height]], [[width]]]
    red, green, blue = 255 * x, 255 * y, 127 + 120 * numpy.sin(7 * x + 4 * y)
    picture = numpy.stack([red, green, blue], axis=2)
    picture[height // 5: height // 3, : width // 2] = 20
    picture[-height // 6:, -width // 6:] = (250, 240, 30)
    return Image.fromarray(picture.astype("uint8"))


def resize(image, height, width, filter=BILINEAR):
    return image.resize((width, image.height), filter).resize((width, height), filter)


def numbers(image):
    return numpy.asarray(image).ravel().tolist()


def pictures():
    base = scene(45, 60)
    base.save(HERE / "plain.jpg", quality=90)
    base.save(HERE / "progressive.jpg", quality=90, progressive=True)
    base.convert("L").save(HERE / "grey.jpg", quality=90)
    base.convert("CMYK").save(HERE / "cmyk.jpg", quality=90)
    base.save(HERE / "colour.png")
    base.convert("P", palette=Image.Palette.ADAPTIVE).save(HERE / "palette.png")
    base.convert("L").save(HERE / "grey.png")
    clear = base.copy()
    clear.putalpha(Image.linear_gradient("L").resize(base.size))
    clear.save(HERE / "clear.png")
    scene(160, 200).save(HERE / "large.jpg", quality=90)
    exif = Image.Exif()
    exif[0x0112] = 6
    base.save(HERE / "turned.jpg", quality=90, exif=exif)
    names = ["plain.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg", "colour.png", "palette.png", "grey.png", "clear.png",
             "large.jpg", "turned.jpg"]
    result = {}
    for name in names:
        image = ImageOps.exif_transpose(Image.open(HERE / name)).convert("RGBA" if name == "clear.png" else "RGB")
        image = Image.fromarray(numpy.asarray(image)[:, :, :3])
        result[name] = {"nearest": numbers(resize(image, 9, 14, NEAREST)), "bilinear": numbers(resize(image, 9, 14)),
                        "grey": numbers(resize(image.convert("L"), 9, 14))}
    # JPEG's own scaling, as Pillow's draft mode uses it.
    image = Image.open(HERE / "large.jpg")
    image.draft("RGB", (40, 30))
    result["large.jpg"]["scaled"] = numbers(resize(image, 30, 40))
    # Keras' keep_aspect_ratio: the middle of the right shape.
    image = Image.open(HERE / "plain.jpg").convert("RGB")
    result["plain.jpg"]["cropped"] = numbers(resize(image.crop((7, 0, 7 + 45, 45)), 10, 10))
    return result


def scalings():
    pixels = numpy.array([[[10, 100, 200], [255, 0, 3]]], "float32")
    return {mode: preprocess_input(pixels.copy(), data_format="channels_last", mode=mode).ravel().tolist()
            for mode in ("caffe", "tf", "torch")}


def changes():
    picture = numpy.asarray(scene(24, 24)).astype("float32")
    settings = [
        dict(theta=20, tx=0, ty=0, shear=0, zx=1, zy=1), dict(theta=0, tx=3.6, ty=-4.5, shear=0, zx=1, zy=1),
        dict(theta=0, tx=0, ty=0, shear=25, zx=1, zy=1), dict(theta=0, tx=0, ty=0, shear=0, zx=0.7, zy=1.3),
        dict(theta=-15, tx=2.4, ty=1.5, shear=12, zx=0.9, zy=1.2),
    ]
    results = []
    for setting in settings:
        for keras, mode in (("nearest", "edge"), ("reflect", "reflect"), ("constant", "constant")):
            y = apply_affine_transform(picture, row_axis=0, col_axis=1, channel_axis=2, fill_mode=keras, cval=9, order=1,
                                       **setting)
            results.append({"setting": setting, "fill": mode, "expected": numpy.rint(y).astype(int).ravel().tolist()})
    bright = [{"factor": factor, "expected": numpy.asarray(
        apply_brightness_shift(picture, factor, scale=False)).astype(int).ravel().tolist()} for factor in (0.6, 1.4)]
    return {"picture": picture.astype(int).ravel().tolist(), "affine": results, "brightness": bright}


def odd(folder):
    """For each file: 8 x 8 pixels, or null where Pillow refuses it or it is no JPEG or PNG."""
    Image.MAX_IMAGE_PIXELS = 100_000_000
    result = {}
    for path in sorted(folder.rglob("*.jpg")):
        try:
            image = Image.open(path)
            assert image.format in ("JPEG", "PNG", "MPO")
            image = ImageOps.exif_transpose(image).convert("RGB")
            result[str(path.relative_to(folder))] = numbers(resize(image, 8, 8))
        except Exception as error:
            print(path.name, repr(error)[:90])
            result[str(path.relative_to(folder))] = None
    return result


def main():
    with open(HERE / "pictures.json", "w") as file:
        json.dump({"pictures": pictures(), "scalings": scalings(), "changes": changes(),
                   "odd": odd(pathlib.Path(sys.argv[1]))}, file, separators=(",", ":"))


main()
