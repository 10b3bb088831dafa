"""Writes optimizer_steps.h: five steps of Keras 3's optimizers on a fixed sequence of gradients.

    python optimizer_steps.py > optimizer_steps.h

The numbers in the repository were made with Keras 3.15.1 on its TensorFlow backend, in float32.
"""
import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
import keras
import numpy as np

STEPS, N = 5, 7
start = np.linspace(-1.5, 2.0, N).astype("float32")
gradients = (np.sin(np.arange(STEPS * N) * 1.7) * 2.0 ** (np.arange(STEPS * N) % 5 - 3)).reshape(STEPS, N).astype("float32")


def row(values):
    return "{" + ", ".join(f"{v:.9g}f" if "." in f"{v:.9g}" or "e" in f"{v:.9g}" else f"{v:.9g}.0f" for v in values) + "}"


def run(optimizer):
    w = keras.Variable(start)
    optimizer.build([w])
    rows = []
    for g in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(g)], [w])
        rows.append(row(np.array(keras.ops.convert_to_numpy(w))))
    return rows


cases = {
    "sgd_plain": keras.optimizers.SGD(0.1),
    "sgd_momentum": keras.optimizers.SGD(0.1, momentum=0.9),
    "sgd_nesterov": keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "rmsprop_plain": keras.optimizers.RMSprop(0.01, rho=0.9, epsilon=1e-7),
    "rmsprop_momentum": keras.optimizers.RMSprop(0.01, rho=0.9, momentum=0.5, epsilon=1e-7),
    "adam_plain": keras.optimizers.Adam(0.01),
    "adam_decay": keras.optimizers.AdamW(0.01, weight_decay=0.05),
}
print(f"// Made by optimizer_steps.py with Keras {keras.__version__}: weights after each step.")
print(f"enum {{ FIXTURE_STEPS = {STEPS}, FIXTURE_N = {N} }};")
print(f"static const float fixture_start[FIXTURE_N] = {row(start)};")
print("static const float fixture_gradients[FIXTURE_STEPS][FIXTURE_N] = {")
print(",\n".join("    " + row(g) for g in gradients) + "};")
for name, optimizer in cases.items():
    print(f"static const float fixture_{name}[FIXTURE_STEPS][FIXTURE_N] = {{")
    print(",\n".join("    " + r for r in run(optimizer)) + "};")
