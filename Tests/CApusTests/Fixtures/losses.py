"""Writes losses.h: PyTorch's losses and gradients in float64 on fixed inputs.

    python losses.py > losses.h
"""
import numpy as np
import torch
import torch.nn.functional as F

ROWS, CLASSES = 3, 5
logits = (np.sin(np.arange(ROWS * CLASSES) * 2.3) * 4).reshape(ROWS, CLASSES).astype("float32")
binary = ((np.arange(ROWS * CLASSES) * 7 % 3) == 0).astype("float32").reshape(ROWS, CLASSES)
spread = (np.cos(np.arange(ROWS * CLASSES) * 1.1) + 1.2).reshape(ROWS, CLASSES)
spread = (spread / spread.sum(1, keepdims=True)).astype("float32")
labels = np.array([4, 0, 2])
weights = np.array([0.5, 2.0, 1.25], dtype="float32")


def doubles(a):
    return "{" + ", ".join(repr(float(v)) for v in np.ravel(a)) + "}"


def floats(a):
    return "{" + ", ".join(f"{v:.9g}f" if set(f"{v:.9g}") & set(".e") else f"{v:.9g}.0f" for v in np.ravel(a)) + "}"


def case(name, loss_rows):
    z = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    loss = (loss_rows(z) * torch.tensor(weights, dtype=torch.float64)).sum()
    loss.backward()
    print(f"static const double fixture_{name}_loss = {loss.item()!r};")
    print(f"static const double fixture_{name}_gradient[FIXTURE_ROWS * FIXTURE_CLASSES] =\n    {doubles(z.grad.numpy())};")


t = torch.tensor(binary, dtype=torch.float64)
s = torch.tensor(spread, dtype=torch.float64)
k = torch.tensor(labels)
smoothing = float(np.float32(0.1))
print(f"// Made by losses.py with PyTorch {torch.__version__.split('+')[0]}: weighted sums and their gradients.")
print(f"enum {{ FIXTURE_ROWS = {ROWS}, FIXTURE_CLASSES = {CLASSES} }};")
print(f"static const float fixture_logits[] =\n    {floats(logits)};")
print(f"static const float fixture_binary[] =\n    {floats(binary)};")
print(f"static const float fixture_spread[] =\n    {floats(spread)};")
print("static const int32_t fixture_labels[] = {4, 0, 2};")
print(f"static const float fixture_weights[] = {floats(weights)};")
case("bce", lambda z: F.binary_cross_entropy_with_logits(z, t, reduction="none").sum(1))
case("sparse", lambda z: F.cross_entropy(z, k, reduction="none"))
case("smooth", lambda z: F.cross_entropy(z, k, reduction="none", label_smoothing=smoothing))
case("categorical", lambda z: F.cross_entropy(z, s, reduction="none"))
case("squared", lambda z: F.mse_loss(z, t, reduction="none").mean(1))
