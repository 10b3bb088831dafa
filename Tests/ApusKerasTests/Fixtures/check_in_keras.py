"""Loads weight files into Keras and compares its predictions with predictions.json.

usage: check_in_keras.py FILE...
"""
import json
import pathlib
import sys

import numpy

from keras_network import SHAPE, network

stored = json.loads((pathlib.Path(__file__).parent / "predictions.json").read_text())
inputs = numpy.array(stored["inputs"], "float32").reshape(-1, *SHAPE)
expected = numpy.array(stored["expected"], "float32").reshape(len(inputs), -1)
for path in sys.argv[1:]:
    model = network()
    model.load_weights(path)
    distance = abs(model.predict(inputs, verbose=0) - expected).max()
    print(path, distance)
    assert distance < 1e-6
