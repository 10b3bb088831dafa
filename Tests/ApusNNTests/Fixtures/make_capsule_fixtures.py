"""Writes capsules.json: what PyTorch computes for capsules, in float64.

usage: python make_capsule_fixtures.py            (needs torch and numpy)

Inputs, weights and output gradients are float32 numbers of three decimals, so that a reader starts from exactly the same
values; results are rounded to nine digits. Images are [batch, height, width, channels], kernels [rows, columns, in, out],
capsules' kernels [in capsules, in dimension, capsules, dimension]; all arrays flat and row-major.

  {"versions": {package: version},
   "layers": [{"name", "layer": PrimaryCaps | CapsuleLayer | Length, "config", "parameters": {name: {"shape", "values"}},
               "input_shape", "input", "output_shape", "output", "output_gradient", "input_gradient",
               "parameter_gradients": {name: {"shape", "values"}}}],
   "losses": [{"name", "lengths_shape", "lengths", "targets", "value": the batch's mean, "gradient": the value's}],
   "networks": [{"name", "config", "parameters": {"layer/name": …}, "input_shape", "input", "targets", "lengths", "loss",
                 "parameter_gradients"}]}
"""
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
random = np.random.default_rng(1710)


def numbers(*shape, scale=1.0):
    values = (random.integers(-1000, 1001, shape) / 1000 * scale).round(3)
    return torch.tensor(values.astype(np.float32).astype(np.float64), requires_grad=True)


def given(x):
    return [float(str(v)) for v in x.detach().numpy().astype(np.float32).ravel()]


def computed(x):
    return [float(f"{v:.9g}") for v in x.detach().numpy().ravel()]


def named(tensors, write):
    return {name: {"shape": list(x.shape), "values": write(x)} for name, x in tensors.items()}


def squash(s):
    """Equation 1, and 0 for a capsule of length 0, whose slope is 0 too."""
    squared = (s * s).sum(-1, keepdim=True)
    length = torch.sqrt(torch.where(squared > 0, squared, 1))
    return torch.where(squared > 0, s * length / (1 + squared), 0 * s)


def primary(x, kernel, bias, config):
    y = F.conv2d(x.permute(0, 3, 1, 2), kernel.permute(3, 2, 0, 1), bias, stride=config["stride"]).permute(0, 2, 3, 1)
    return squash(y.reshape(x.shape[0], -1, config["dimension"]))


def route(u, kernel, config):
    """Procedure 1; the gradient of `last` stops at the coupling coefficients."""
    predictions = torch.einsum("bik,ikjd->bijd", u, kernel)
    seen = predictions.detach() if config["gradient"] == "lastIteration" else predictions
    logits = torch.zeros(predictions.shape[:3])
    for iteration in range(config["iterations"]):
        last = iteration + 1 == config["iterations"]
        v = squash(torch.einsum("bij,bijd->bjd", logits.softmax(2), predictions if last else seen))
        if not last:
            logits = logits + torch.einsum("bijd,bjd->bij", seen, v)
    return v


def layer(name, kind, config, parameters, x, forward):
    y = forward()
    gradient = numbers(*y.shape)
    (y * gradient.detach()).sum().backward()
    return {
        "name": name, "layer": kind, "config": config, "parameters": named(parameters, given),
        "input_shape": list(x.shape), "input": given(x), "output_shape": list(y.shape), "output": computed(y),
        "output_gradient": given(gradient), "input_gradient": computed(x.grad),
        "parameter_gradients": named({name: p.grad for name, p in parameters.items()}, computed)}


def squash_case(name, dimension, scale, zero_row=False):
    """Squash alone: primary capsules whose kernel hands each number on."""
    x = numbers(3, 1, 5, dimension, scale=scale)
    if zero_row:
        with torch.no_grad():
            x[1, 0, 2] = 0
    kernel = torch.eye(dimension).reshape(1, 1, dimension, dimension).requires_grad_()
    bias = torch.zeros(dimension, requires_grad=True)
    config = {"channels": 1, "dimension": dimension, "kernel_size": 1, "stride": 1}
    return layer(name, "PrimaryCaps", config, {"kernel": kernel, "bias": bias}, x, lambda: primary(x, kernel, bias, config))


def primary_case(name, size, channels, config):
    filters = config["channels"] * config["dimension"]
    x = numbers(2, *size, channels)
    kernel, bias = numbers(config["kernel_size"], config["kernel_size"], channels, filters, scale=0.3), numbers(filters, scale=0.2)
    return layer(name, "PrimaryCaps", config, {"kernel": kernel, "bias": bias}, x, lambda: primary(x, kernel, bias, config))


def routing_case(capsules, dimension, config):
    u, kernel = numbers(3, capsules, dimension), numbers(capsules, dimension, config["capsules"], config["dimension"])
    name = f"routing of {capsules} to {config['capsules']}, {config['iterations']} iterations, {config['gradient']}"
    return layer(name, "CapsuleLayer", config, {"kernel": kernel}, u, lambda: route(u, kernel, config))


def length_case():
    x = numbers(4, 6, 5)
    return layer("length", "Length", {}, {}, x, lambda: x.norm(dim=-1))


def margin(lengths, targets):
    present, absent = F.relu(0.9 - lengths) ** 2, F.relu(lengths - 0.1) ** 2
    return (targets * present + 0.5 * (1 - targets) * absent).sum(1).mean()


def some_targets(rows, classes, digits):
    targets = torch.zeros(rows, classes)
    for row in range(rows):
        targets[row, torch.tensor(random.permutation(classes)[:digits])] = 1
    return targets


def loss_case(name, rows, classes, digits):
    lengths = torch.tensor((random.integers(0, 1000, (rows, classes)) / 1000).astype(np.float32).astype(np.float64)).requires_grad_()
    targets = some_targets(rows, classes, digits)
    value = margin(lengths, targets)
    value.backward()
    return {"name": name, "lengths_shape": [rows, classes], "lengths": given(lengths), "targets": given(targets),
            "value": float(f"{value.item():.12g}"), "gradient": computed(lengths.grad)}


def network_case(gradient):
    """Convolution, primary capsules, routing, lengths, margin loss."""
    config = {"filters": 4, "kernel_size": 3, "channels": 2, "dimension": 4, "classes": 3, "class_dimension": 5,
              "iterations": 3, "gradient": gradient}
    x, targets = numbers(4, 10, 9, 1), some_targets(4, 3, 1)
    parameters = {
        "conv1/kernel": numbers(3, 3, 1, 4), "conv1/bias": numbers(4, scale=0.2),
        "primary_caps/kernel": numbers(3, 3, 4, 8, scale=0.4), "primary_caps/bias": numbers(8, scale=0.2),
        "digit_caps/kernel": numbers(3 * 3 * 2, 4, 3, 5)}
    h = F.relu(F.conv2d(x.permute(0, 3, 1, 2), parameters["conv1/kernel"].permute(3, 2, 0, 1), parameters["conv1/bias"]))
    u = primary(h.permute(0, 2, 3, 1), parameters["primary_caps/kernel"], parameters["primary_caps/bias"],
                {"dimension": 4, "stride": 2})
    lengths = route(u, parameters["digit_caps/kernel"], {"iterations": 3, "gradient": gradient}).norm(dim=-1)
    loss = margin(lengths, targets)
    loss.backward()
    return {"name": f"network, {gradient}", "config": config, "parameters": named(parameters, given),
            "input_shape": list(x.shape), "input": given(x), "targets": given(targets), "lengths": computed(lengths),
            "loss": float(f"{loss.item():.12g}"),
            "parameter_gradients": named({name: p.grad for name, p in parameters.items()}, computed)}


fixtures = {
    "versions": {"torch": torch.__version__.split("+")[0], "numpy": np.__version__},
    "layers": [
        squash_case("squash of 1", 1, 1), squash_case("squash of 8", 8, 1), squash_case("squash of 16, short", 16, 0.02),
        squash_case("squash of 5, long", 5, 50), squash_case("squash of 8 with a zero capsule", 8, 1, zero_row=True),
        primary_case("primary, stride 2", (9, 8), 3, {"channels": 3, "dimension": 4, "kernel_size": 3, "stride": 2}),
        primary_case("primary, stride 1", (5, 6), 2, {"channels": 2, "dimension": 3, "kernel_size": 4, "stride": 1}),
        length_case(),
    ] + [
        routing_case(*sizes, {"capsules": outs, "dimension": out_dim, "iterations": iterations, "gradient": gradient})
        for sizes, outs, out_dim in [((11, 3), 4, 5), ((9, 8), 3, 16)]
        for iterations in [1, 2, 3] for gradient in ["allIterations", "lastIteration"]
        if (sizes[0], iterations) != (9, 2)
    ],
    "losses": [loss_case("one class of three", 5, 3, 1), loss_case("two classes of ten", 4, 10, 2)],
    "networks": [network_case("allIterations"), network_case("lastIteration")],
}
(Path(__file__).parent / "capsules.json").write_text(json.dumps(fixtures, separators=(",", ":")) + "\n")
