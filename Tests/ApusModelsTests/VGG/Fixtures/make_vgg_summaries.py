"""Writes vgg16.txt and vgg16_notop.txt: the tables that Keras 3 prints for its own VGG16.

usage: python make_vgg_summaries.py            (needs keras 3 and tensorflow)
"""
import os
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras


def table(model, width):
    lines = []
    model.summary(line_length=width, print_fn=lambda text, line_break=True: lines.append(text))
    return "\n".join(lines)


here = Path(__file__).parent
(here / "vgg16.txt").write_text(table(keras.applications.VGG16(weights=None), 76), encoding="utf-8")
keras.backend.clear_session()
small = keras.applications.VGG16(weights=None, include_top=False, input_shape=(64, 64, 3))
(here / "vgg16_notop.txt").write_text(table(small, 79), encoding="utf-8")
print("keras", keras.__version__, file=sys.stderr)
