"""Writes summary.txt and summary_frozen.txt: the tables that Keras 3 prints for the model of SummaryTests.

usage: python make_summary_fixtures.py            (needs keras 3 and tensorflow)

The second model is named, has its first two layers frozen, and a name that is wider than its column.
"""
import os
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
from keras import layers


def small_model():
    keras.backend.clear_session()
    return keras.Sequential([
        layers.Input((40, 3)),
        layers.Conv1D(8, 5, activation="relu"),
        layers.BatchNormalization(),
        layers.MaxPooling1D(4),
        layers.Conv1D(16, 3, padding="same", use_bias=False),
        layers.Activation("relu"),
        layers.AveragePooling1D(3),
        layers.Flatten(),
        layers.Dropout(0.25),
        layers.Dense(1234, activation="relu"),
        layers.Dense(2, activation="softmax", name="predictions"),
    ])


def image_model():
    keras.backend.clear_session()
    model = keras.Sequential([
        layers.Input((16, 12, 3)),
        layers.Conv2D(4, (3, 2), strides=(2, 1), padding="same"),
        layers.BatchNormalization(),
        layers.MaxPooling2D((2, 3)),
        layers.Reshape((4, 16)),
        layers.Dense(5, name="a_name_that_is_wider_than_the_whole_column"),
        layers.Dense(7, name="exactly_31_wide_with_it"),
    ], name="images")
    for layer in model.layers[:2]:
        layer.trainable = False
    return model


def table(model):
    lines = []
    model.summary(print_fn=lambda text, line_break=True: lines.append(text))
    return "\n".join(lines)


here = Path(__file__).parent
for name, model in [("summary.txt", small_model()), ("summary_frozen.txt", image_model())]:
    (here / name).write_text(table(model), encoding="utf-8")
print("keras", keras.__version__, file=sys.stderr)
