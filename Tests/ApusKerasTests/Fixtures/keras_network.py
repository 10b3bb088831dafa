"""The network of the fixtures, in Keras."""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
import keras
from keras import layers

SHAPE = (8, 8, 3)


def network(top=True):
    convolution = [
        keras.Input(SHAPE),
        layers.Conv2D(4, 3, padding="same", activation="relu", name="block1_conv1"),
        layers.BatchNormalization(name="bn"),
        layers.MaxPooling2D(name="block1_pool"),
        layers.Conv2D(6, 3, padding="same", activation="relu", name="block2_conv1"),
        layers.MaxPooling2D(name="block2_pool"),
    ]
    dense = [
        layers.Flatten(name="flatten"),
        layers.Dense(8, activation="relu", name="fc1"),
        layers.Dropout(0.5, name="dropout"),
        layers.Dense(3, activation="softmax", name="predictions"),
    ]
    return keras.Sequential(convolution + (dense if top else []))
