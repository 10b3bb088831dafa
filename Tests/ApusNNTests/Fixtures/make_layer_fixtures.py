"""Writes layers.json: what Keras 3 and PyTorch compute for every layer, loss and optimizer, in float64.

usage: python make_layer_fixtures.py            (needs keras 3, tensorflow, torch, numpy)

Keras on TensorFlow gives the numbers: its layouts (channels last), kernel order (H, W, I, O), `same`
padding, batch statistics and update rules are the ones that the Swift layers promise. PyTorch computes
each case again from its own primitives, with padding and layouts done by hand below; the script stops
where the two differ by more than 2e-8 (TensorFlow keeps a few constants in float32). Inputs, parameters and output gradients are float32 numbers, so a
reader of the file starts from exactly the same values; results are rounded to nine digits.

Schema. All arrays are flat and row-major; every shape starts with the batch.

  {"format": 1, "versions": {package: version},
   "layers": [{
      "name":            unique, for messages
      "layer":           Keras' class name: Dense, Conv1D, Conv2D, MaxPooling1D, MaxPooling2D,
                         AveragePooling1D, AveragePooling2D, GlobalAveragePooling1D/2D,
                         GlobalMaxPooling1D/2D, Embedding, BatchNormalization, Activation
      "config":          Keras' argument names, always lists for sizes ([3], [3, 3]);
                         "activation" is a name, "alpha" its parameter (leaky_relu, elu) or 0
      "training":        whether the pass was a training pass (matters for BatchNormalization)
      "input_shape", "input":            integers for Embedding
      "parameters":      {name: {"shape", "values"}} in Keras' order: kernel, bias | embeddings |
                         gamma, beta, moving_mean, moving_variance
      "output_shape", "output"
      "output_gradient": what flows back into the layer, of the output's shape
      "input_gradient":  null for Embedding
      "parameter_gradients": {name: {"shape", "values"}}, trainable parameters only
      "state_after":     {name: {"shape", "values"}}: moving statistics after the pass; {} elsewhere
   }],
   "losses": [{
      "name", "loss":    binary_crossentropy | categorical_crossentropy |
                         sparse_categorical_crossentropy | mean_squared_error
      "config":          {"from_logits": bool, "label_smoothing": number}
      "predictions_shape", "predictions", "targets_shape", "targets", "sample_weights": null or list
      "value":           Keras' sum_over_batch_size: sum of weight * sample loss, over the batch's size
                         (a sample's binary cross-entropy and squared error are means over its columns)
      "sample_values":   the unweighted loss of each sample
      "gradient":        of the value with respect to the predictions
   }],
   "optimizers": [{
      "name", "optimizer": SGD | RMSprop | Adam | AdamW
      "config":          Keras' argument names; SGD's "coupled_weight_decay" is PyTorch's weight_decay
                         (added to the gradient), every other decay is decoupled, as in Keras
      "parameters":      before the first step
      "gradients":       one list a step
      "steps":           the parameters after each step
   }]}
"""
import json
import os
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
sys.modules["triton"] = None  # PyTorch's optional compiler brings a second LLVM, which TensorFlow's does not bear

import numpy as np
import tensorflow as tf
import torch
import torch.nn.functional as F
import keras

keras.config.set_floatx("float64")
torch.set_default_dtype(torch.float64)
random = np.random.default_rng(2026)


# Numbers

def numbers(*shape, low=-1.0, high=1.0):
    """Distinct float32 numbers with three decimals (distinct: no maximum is a tie), as float64."""
    count = int(np.prod(shape))
    steps = int(round((high - low) * 1000))
    chosen = random.choice(steps, size=count, replace=count > steps)
    return as_float32(low + chosen / 1000).reshape(shape)


def as_float32(x):
    return np.asarray(x).round(3).astype(np.float32).astype(np.float64)


def given(x):
    """An input: float32 numbers in their shortest form."""
    x = np.asarray(x)
    if np.issubdtype(x.dtype, np.integer):
        return [int(v) for v in x.ravel()]
    assert (x == x.astype(np.float32)).all()
    return [float(str(v)) for v in x.astype(np.float32).ravel()]


def computed(x):
    """A result: nine significant digits, more than float32 holds."""
    return [float(f"{v:.9g}") for v in np.asarray(x, dtype=np.float64).ravel()]


def tensor(x, write):
    return {"shape": list(np.shape(x)), "values": write(x)}


def agree(name, what, ours, theirs):
    """Keras' and PyTorch's values must be the same numbers."""
    theirs = theirs.detach().numpy() if isinstance(theirs, torch.Tensor) else np.asarray(theirs)
    ours = np.asarray(ours)
    assert ours.shape == theirs.shape, f"{name}: {what}: {ours.shape}, PyTorch {theirs.shape}"
    error = np.max(np.abs(ours - theirs), initial=0)
    assert error < 2e-8, f"{name}: {what} differs from PyTorch's by {error}"


# Activations and padding, in PyTorch

def torch_activation(name, alpha, x):
    alpha = float(np.float32(alpha))  # as TensorFlow keeps it
    return {
        "linear": lambda: x,
        "relu": lambda: F.relu(x),
        "leaky_relu": lambda: F.leaky_relu(x, alpha),
        "elu": lambda: F.elu(x, alpha),
        "sigmoid": lambda: torch.sigmoid(x),
        "tanh": lambda: torch.tanh(x),
        "softplus": lambda: torch.log1p(torch.exp(-x.abs())) + x.clamp(min=0),
        "gelu": lambda: F.gelu(x),
        "silu": lambda: F.silu(x),
        "softmax": lambda: torch.softmax(x, -1),
    }[name]()


def keras_activation(name, alpha):
    if name == "leaky_relu":
        return lambda x: keras.activations.leaky_relu(x, negative_slope=alpha)
    if name == "elu":
        return lambda x: keras.activations.elu(x, alpha=alpha)
    if name == "gelu":
        return lambda x: keras.activations.gelu(x, approximate=False)
    return keras.activations.get(name)


def same_padding(sizes, windows, strides, dilations):
    """F.pad's argument for `same`: last dimension first; the odd element goes behind."""
    pads = []
    for size, window, stride, dilation in reversed(list(zip(sizes, windows, strides, dilations))):
        out = -(-size // stride)
        total = max((out - 1) * stride + dilation * (window - 1) + 1 - size, 0)
        pads += [total // 2, total - total // 2]
    return pads


def channels_first(x):
    return x.movedim(-1, 1)


def channels_last(x):
    return x.movedim(1, -1)


def torch_convolution(x, p, c):
    rank = len(c["kernel_size"])
    h = channels_first(x)
    if c["padding"] == "same":
        h = F.pad(h, same_padding(h.shape[2:], c["kernel_size"], c["strides"], c["dilation_rate"]))
    convolve = F.conv1d if rank == 1 else F.conv2d
    kernel = p["kernel"].movedim((-1, -2), (0, 1))
    y = convolve(h, kernel, p.get("bias"), stride=c["strides"], dilation=c["dilation_rate"])
    return torch_activation(c["activation"], c["alpha"], channels_last(y))


def torch_pooling(x, c, maximum):
    h = channels_first(x)
    pads = [0] * (2 * len(c["pool_size"]))
    if c["padding"] == "same":
        pads = same_padding(h.shape[2:], c["pool_size"], c["strides"], [1] * len(pads))
    flat = len(c["pool_size"]) == 1
    if maximum:
        pool = F.max_pool1d if flat else F.max_pool2d
        return channels_last(pool(F.pad(h, pads, value=-torch.inf), c["pool_size"], c["strides"]))
    pool = F.avg_pool1d if flat else F.avg_pool2d
    sums = pool(F.pad(h, pads), c["pool_size"], c["strides"])
    inside = pool(F.pad(torch.ones_like(h), pads), c["pool_size"], c["strides"])
    return channels_last(sums / inside)


def torch_batch_normalization(x, p, c, training):
    axes = tuple(range(x.ndim - 1))
    mean, variance = p["moving_mean"], p["moving_variance"]
    if training:
        mean = x.mean(axes)
        variance = ((x - mean) ** 2).mean(axes)
    y = p["gamma"] * (x - mean) / torch.sqrt(variance + c["epsilon"]) + p["beta"]
    if training:
        keep = c["momentum"]
        p["moving_mean"] = keep * p["moving_mean"] + (1 - keep) * mean.detach()
        p["moving_variance"] = keep * p["moving_variance"] + (1 - keep) * variance.detach()
    return y


def torch_layer(layer, c, x, p, training):
    if layer == "Dense":
        y = x @ p["kernel"]
        return torch_activation(c["activation"], c["alpha"], y + p["bias"] if "bias" in p else y)
    if layer in ("Conv1D", "Conv2D"):
        return torch_convolution(x, p, c)
    if layer.startswith(("MaxPooling", "AveragePooling")):
        return torch_pooling(x, c, layer.startswith("Max"))
    if layer.startswith("Global"):
        axes = tuple(range(1, x.ndim - 1))
        return x.amax(axes) if "Max" in layer else x.mean(axes)
    if layer == "Embedding":
        return p["embeddings"][x]
    if layer == "BatchNormalization":
        return torch_batch_normalization(x, p, c, training)
    return torch_activation(c["activation"], c["alpha"], x)


# Layers

def keras_layer(layer, c):
    if layer == "Activation":
        return keras.layers.Activation(keras_activation(c["activation"], c["alpha"]))
    arguments = {k: tuple(v) if isinstance(v, list) else v for k, v in c.items() if k != "alpha"}
    if "activation" in arguments:
        arguments["activation"] = keras_activation(c["activation"], c["alpha"])
    return getattr(keras.layers, layer)(**arguments)


def layer_case(name, layer, config, x, parameters=None, training=False):
    built = keras_layer(layer, config)
    built.build(x.shape)
    names = [v.name for v in built.variables if "seed" not in v.name]
    values = {}
    for variable in built.variables:
        if variable.name in names:
            value = (parameters or {}).get(variable.name)
            values[variable.name] = numbers(*variable.shape, low=-0.5, high=0.5) if value is None else value
            variable.assign(values[variable.name])
    trained = {v.name: v for v in built.trainable_variables}
    integer = np.issubdtype(x.dtype, np.integer)
    source = tf.constant(x)
    with tf.GradientTape() as tape:
        if not integer:
            tape.watch(source)
        output = built(source, training=training) if layer == "BatchNormalization" else built(source)
        dy = numbers(*output.shape)
        weighted = tf.reduce_sum(output * dy)
    sources = ([] if integer else [source]) + [v.value for v in trained.values()]
    gradients = [tf.convert_to_tensor(g).numpy() for g in tape.gradient(weighted, sources)]
    input_gradient = None if integer else gradients.pop(0)
    parameter_gradients = dict(zip(trained, gradients))
    output = output.numpy()

    # The same in PyTorch.
    tx = torch.tensor(x, requires_grad=not integer)
    tp = {k: torch.tensor(v, requires_grad=k in trained) for k, v in values.items()}
    leaves = dict(tp)
    ty = torch_layer(layer, config, tx, tp, training)
    agree(name, "output", output, ty)
    (ty * torch.tensor(dy)).sum().backward()
    if not integer:
        agree(name, "input gradient", input_gradient, tx.grad)
    for k, g in parameter_gradients.items():
        agree(name, f"gradient of {k}", g, leaves[k].grad)
    state = {v.name: v.numpy() for v in built.non_trainable_variables if v.name in names}
    for k, v in state.items():
        agree(name, f"{k} after the pass", v, tp[k])

    return {
        "name": name, "layer": layer, "config": config, "training": training,
        "input_shape": list(x.shape), "input": given(x),
        "parameters": {k: tensor(v, given) for k, v in values.items()},
        "output_shape": list(output.shape), "output": computed(output),
        "output_gradient": given(dy),
        "input_gradient": None if integer else computed(input_gradient),
        "parameter_gradients": {k: tensor(g, computed) for k, g in parameter_gradients.items()},
        "state_after": {k: tensor(v, computed) for k, v in state.items()},
    }


ACTIVATIONS = [("linear", 0), ("relu", 0), ("leaky_relu", 0.3), ("leaky_relu", 0.01), ("elu", 1.0), ("elu", 0.5),
               ("sigmoid", 0), ("tanh", 0), ("softplus", 0), ("gelu", 0), ("silu", 0), ("softmax", 0)]


def dense_cases():
    for activation, alpha in ACTIVATIONS:
        suffix = f"{activation}_{alpha}" if alpha else activation
        yield layer_case(f"dense_{suffix}", "Dense",
                         {"units": 4, "use_bias": True, "activation": activation, "alpha": alpha},
                         numbers(3, 5, low=-2, high=2))
    plain = {"use_bias": False, "activation": "linear", "alpha": 0}
    yield layer_case("dense_without_bias", "Dense", {"units": 3, **plain}, numbers(2, 6))
    yield layer_case("dense_batch_of_one", "Dense", {"units": 7, **plain, "use_bias": True}, numbers(1, 9))
    yield layer_case("dense_on_the_last_dimension", "Dense",
                     {"units": 3, **plain, "use_bias": True, "activation": "tanh"}, numbers(2, 4, 5))


def activation_cases():
    # Far tails as well: sigmoid, tanh and softplus must not overflow, softmax must not underflow to 0/0.
    edges = as_float32([[-80, -20, -5, -1, -0.125], [0.25, 1, 5, 20, 80]])
    for activation, alpha in ACTIVATIONS:
        suffix = f"{activation}_{alpha}" if alpha else activation
        config = {"activation": activation, "alpha": alpha}
        yield layer_case(f"activation_{suffix}", "Activation", config, numbers(3, 4, low=-3, high=3))
        yield layer_case(f"activation_{suffix}_tails", "Activation", config, edges)
    yield layer_case("activation_relu_at_zero", "Activation", {"activation": "relu", "alpha": 0},
                     as_float32([[-1, 0, 1], [0, 0, 2]]))
    yield layer_case("activation_softmax_images", "Activation", {"activation": "softmax", "alpha": 0}, numbers(2, 2, 2, 3))


def convolution_cases():
    def one(name, shape, filters, size, stride=1, padding="valid", dilation=1, bias=True, activation="linear"):
        return layer_case(f"conv1d_{name}", "Conv1D", {
            "filters": filters, "kernel_size": [size], "strides": [stride], "padding": padding,
            "dilation_rate": [dilation], "use_bias": bias, "activation": activation, "alpha": 0}, numbers(*shape))

    def two(name, shape, filters, size, stride=(1, 1), padding="valid", dilation=(1, 1), bias=True, activation="linear"):
        return layer_case(f"conv2d_{name}", "Conv2D", {
            "filters": filters, "kernel_size": list(size), "strides": list(stride), "padding": padding,
            "dilation_rate": list(dilation), "use_bias": bias, "activation": activation, "alpha": 0}, numbers(*shape))

    yield one("valid", (2, 9, 3), 4, 3)
    yield one("same_even_kernel", (2, 8, 2), 3, 4, padding="same")
    yield one("same_kernel_5_relu", (2, 10, 3), 4, 5, padding="same", activation="relu")
    yield one("same_strided", (2, 10, 2), 3, 3, stride=2, padding="same")
    yield one("same_strided_past_the_kernel", (1, 11, 2), 3, 2, stride=3, padding="same")
    yield one("valid_strided", (2, 11, 2), 3, 3, stride=3)
    yield one("valid_dilated", (2, 11, 2), 3, 3, dilation=3, bias=False)
    yield one("same_dilated", (1, 9, 2), 3, 3, padding="same", dilation=2, activation="sigmoid")
    yield two("valid", (2, 5, 6, 3), 4, (3, 3))
    yield two("valid_relu", (1, 5, 5, 2), 3, (2, 3), activation="relu")
    yield two("one_by_one", (2, 3, 4, 5), 3, (1, 1))
    yield two("same", (2, 5, 5, 2), 3, (3, 3), padding="same", activation="relu")
    yield two("same_even_kernel", (1, 5, 6, 2), 3, (2, 4), padding="same")
    yield two("same_strided", (1, 7, 6, 2), 3, (3, 3), stride=(2, 2), padding="same")
    yield two("same_strided_unequal", (1, 7, 8, 2), 2, (3, 2), stride=(3, 2), padding="same")
    yield two("valid_strided", (2, 7, 8, 2), 3, (3, 3), stride=(2, 3))
    yield two("valid_dilated", (1, 7, 7, 2), 3, (3, 2), dilation=(2, 3), bias=False)
    yield two("same_dilated", (1, 6, 5, 2), 2, (3, 3), padding="same", dilation=(2, 2), activation="tanh")
    yield two("kernel_as_large_as_the_input", (2, 4, 3, 2), 3, (4, 3))
    yield two("more_channels", (1, 4, 4, 17), 9, (3, 3), padding="same")


def pooling_cases():
    for layer, size, stride, padding, shape in [
        ("Pooling1D", [2], [2], "valid", (2, 9, 3)),
        ("Pooling1D", [3], [2], "same", (2, 8, 2)),
        ("Pooling1D", [3], [1], "valid", (1, 7, 2)),
        ("Pooling1D", [2], [3], "same", (1, 8, 2)),
        ("Pooling2D", [2, 2], [2, 2], "valid", (2, 5, 6, 3)),
        ("Pooling2D", [3, 3], [2, 2], "same", (1, 7, 6, 2)),
        ("Pooling2D", [2, 3], [1, 2], "same", (1, 5, 6, 2)),
        ("Pooling2D", [3, 2], [1, 1], "valid", (1, 5, 5, 2)),
    ]:
        for kind in ("Max", "Average"):
            parts = "x".join(map(str, size)), "x".join(map(str, stride))
            yield layer_case(f"{kind}{layer}_{parts[0]}_by_{parts[1]}_{padding}".lower(), kind + layer,
                             {"pool_size": size, "strides": stride, "padding": padding}, numbers(*shape))
    for kind in ("Max", "Average"):
        for rank, shape in (("1D", (2, 5, 3)), ("2D", (2, 3, 4, 3))):
            yield layer_case(f"global{kind}pooling{rank}".lower(), f"Global{kind}Pooling{rank}", {}, numbers(*shape))


def embedding_cases():
    config = {"input_dim": 6, "output_dim": 3}
    yield layer_case("embedding_repeats", "Embedding", config, np.array([[0, 5, 2, 2], [5, 1, 5, 0]], np.int32))
    yield layer_case("embedding_one", "Embedding", config, np.array([[4]], np.int32))


def batch_normalization_cases():
    for name, x, config in [
        ("rows", numbers(8, 3, low=-2, high=2), {"epsilon": 0.001, "momentum": 0.99}),
        ("images", numbers(2, 3, 3, 4, low=-2, high=2), {"epsilon": 0.001, "momentum": 0.9}),
        ("far_from_zero", as_float32(1000 + numbers(6, 2)), {"epsilon": 0.01, "momentum": 0.5}),
    ]:
        channels = x.shape[-1]
        statistics = {"gamma": numbers(channels, low=0.5, high=1.5), "moving_variance": numbers(channels, low=0.5, high=2)}
        for training in (True, False):
            yield layer_case(f"batchnormalization_{name}_{'training' if training else 'inference'}",
                             "BatchNormalization", config, x, statistics, training)


# Losses

def smoothed(targets, classes, smoothing):
    return targets * (1 - smoothing) + smoothing / classes


def torch_samples(loss, z, t, from_logits, smoothing):
    if loss == "mean_squared_error":
        return ((z - t) ** 2).mean(-1)
    if loss == "binary_crossentropy":
        t = smoothed(t, 2, smoothing)
        each = F.binary_cross_entropy_with_logits if from_logits else F.binary_cross_entropy
        return each(z, t, reduction="none").mean(-1)
    assert from_logits
    if loss == "sparse_categorical_crossentropy":
        return F.cross_entropy(z, t.long(), reduction="none", label_smoothing=smoothing)
    return -(smoothed(t, z.shape[-1], smoothing) * torch.log_softmax(z, -1)).sum(-1)


def keras_samples(loss, z, t, from_logits, smoothing):
    if loss == "mean_squared_error":
        return keras.losses.mean_squared_error(t, z)
    if loss == "sparse_categorical_crossentropy":
        if smoothing == 0:
            return keras.losses.sparse_categorical_crossentropy(t, z, from_logits=from_logits)
        loss, t = "categorical_crossentropy", tf.one_hot(t, z.shape[-1], dtype=z.dtype)
    return getattr(keras.losses, loss)(t, z, from_logits=from_logits, label_smoothing=smoothing)


def loss_case(name, loss, predictions, targets, from_logits=True, smoothing=0.0, weights=None):
    batch = predictions.shape[0]
    scale = np.ones(batch) if weights is None else weights
    z = tf.constant(predictions)
    with tf.GradientTape() as tape:
        tape.watch(z)
        samples = keras_samples(loss, z, tf.constant(targets), from_logits, smoothing)
        value = tf.reduce_sum(samples * scale) / batch
    gradient = tape.gradient(value, z).numpy()
    tz = torch.tensor(predictions, requires_grad=True)
    ts = torch_samples(loss, tz, torch.tensor(targets), from_logits, smoothing)
    tv = (ts * torch.tensor(scale)).sum() / batch
    tv.backward()
    agree(name, "sample values", samples.numpy(), ts)
    agree(name, "value", value.numpy(), tv)
    agree(name, "gradient", gradient, tz.grad)
    config = {"from_logits": from_logits, "label_smoothing": smoothing}
    return {
        "name": name, "loss": loss, "config": config,
        "predictions_shape": list(predictions.shape), "predictions": given(predictions),
        "targets_shape": list(targets.shape), "targets": given(targets),
        "sample_weights": None if weights is None else given(weights),
        "value": computed(value)[0], "sample_values": computed(samples), "gradient": computed(gradient),
    }


def loss_cases():
    binary, sparse = "binary_crossentropy", "sparse_categorical_crossentropy"
    categorical, squared = "categorical_crossentropy", "mean_squared_error"
    weights = as_float32([0.5, 2, 0, 1.25])
    yes_or_no = as_float32([[1], [0], [0], [1]])
    yield loss_case("binary_logits", binary, numbers(4, 1, low=-3, high=3), yes_or_no)
    yield loss_case("binary_logits_tails", binary, as_float32([[-100], [100], [-30], [30]]), yes_or_no)
    yield loss_case("binary_logits_soft_targets", binary, numbers(2, 1, low=-3, high=3), as_float32([[0.25], [0.9]]))
    yield loss_case("binary_logits_columns", binary, numbers(2, 3, low=-3, high=3), as_float32([[1, 0, 1], [0, 0, 1]]))
    yield loss_case("binary_logits_weights", binary, numbers(4, 1, low=-3, high=3), yes_or_no, weights=weights)
    yield loss_case("binary_logits_smoothing", binary, numbers(4, 1, low=-3, high=3), yes_or_no, smoothing=0.1)
    yield loss_case("binary_probabilities", binary, numbers(4, 1, low=0.05, high=0.95), yes_or_no, from_logits=False)

    labels = np.array([2, 0, 1, 2], np.int32)
    yield loss_case("sparse_logits", sparse, numbers(4, 3, low=-3, high=3), labels)
    yield loss_case("sparse_logits_smoothing", sparse, numbers(4, 3, low=-3, high=3), labels, smoothing=0.1)
    yield loss_case("sparse_logits_weights", sparse, numbers(4, 3, low=-3, high=3), labels, weights=weights)
    yield loss_case("sparse_logits_tails", sparse, as_float32([[500, 0, -500], [-500, 0, 500]]), labels[:2])

    rows = as_float32([[0, 0, 1], [1, 0, 0], [0, 1, 0], [0.25, 0.25, 0.5]])
    yield loss_case("categorical_logits", categorical, numbers(4, 3, low=-3, high=3), rows)
    yield loss_case("categorical_logits_smoothing", categorical, numbers(4, 3, low=-3, high=3), rows, smoothing=0.2)
    yield loss_case("categorical_logits_weights", categorical, numbers(4, 3, low=-3, high=3), rows, weights=weights)

    yield loss_case("squared_error", squared, numbers(3, 2, low=-2, high=2), numbers(3, 2), from_logits=False)
    yield loss_case("squared_error_weights", squared, numbers(4, 2), numbers(4, 2), from_logits=False, weights=weights)


# Optimizers

def torch_optimizer(kind, c, w):
    """Only where PyTorch's rule is the same; elsewhere the rule is written out in plain_step."""
    if kind == "SGD":
        return torch.optim.SGD([w], lr=c["learning_rate"], momentum=c["momentum"], nesterov=c["nesterov"],
                               weight_decay=c.get("coupled_weight_decay", 0))
    return None


def plain_step(kind, c, w, g, state, t):
    """Keras' documented rules in NumPy: its epsilon stands elsewhere than PyTorch's."""
    rate, epsilon = c["learning_rate"], c["epsilon"]
    if kind == "RMSprop":
        state["v"] = c["rho"] * state.get("v", 0) + (1 - c["rho"]) * g * g
        step = rate * g / np.sqrt(state["v"] + epsilon)
        state["m"] = c["momentum"] * state.get("m", 0) + step
        return w - state["m"]
    state["m"] = c["beta_1"] * state.get("m", 0) + (1 - c["beta_1"]) * g
    state["v"] = c["beta_2"] * state.get("v", 0) + (1 - c["beta_2"]) * g * g
    corrected = rate * np.sqrt(1 - c["beta_2"] ** t) / (1 - c["beta_1"] ** t)
    return w * (1 - rate * c.get("weight_decay", 0)) - corrected * state["m"] / (np.sqrt(state["v"]) + epsilon)


def optimizer_case(name, kind, config, steps=5):
    before = numbers(6)
    gradients = [numbers(6, low=-2, high=2) for _ in range(steps)]
    gradients[2][1] = 0
    arguments = {k: v for k, v in config.items() if k != "coupled_weight_decay"}
    optimizer = getattr(keras.optimizers, kind)(**arguments)
    variable = keras.Variable(before, dtype="float64", name="kernel")
    optimizer.build([variable])
    w = torch.tensor(before, requires_grad=True)
    peer, plain, state = torch_optimizer(kind, config, w), before, {}
    after = []
    for t, gradient in enumerate(gradients, start=1):
        coupled = gradient + config.get("coupled_weight_decay", 0) * variable.numpy()
        optimizer.apply([tf.constant(coupled)], [variable])
        after.append(variable.numpy().copy())
        if peer is None:
            plain = plain_step(kind, config, plain, gradient, state, t)
        else:
            w.grad = torch.tensor(gradient)
            peer.step()
            plain = w.detach().numpy()
        # Keras takes 0.999's powers in float32, whose distance from 1 is off by 1e-5 of itself.
        error = np.max(np.abs(after[-1] - plain))
        assert error < 1e-6, f"{name}: step {t} differs by {error}"
    return {"name": name, "optimizer": kind, "config": config, "parameters": given(before),
            "gradients": [given(g) for g in gradients], "steps": [computed(w) for w in after]}


def optimizer_cases():
    sgd = {"learning_rate": 0.1, "momentum": 0.0, "nesterov": False}
    yield optimizer_case("sgd", "SGD", sgd)
    yield optimizer_case("sgd_momentum", "SGD", {**sgd, "momentum": 0.9})
    yield optimizer_case("sgd_nesterov", "SGD", {**sgd, "momentum": 0.9, "nesterov": True})
    yield optimizer_case("sgd_coupled_weight_decay", "SGD", {**sgd, "momentum": 0.9, "coupled_weight_decay": 0.05})
    rmsprop = {"learning_rate": 0.01, "rho": 0.9, "momentum": 0.0, "epsilon": 1e-7}
    yield optimizer_case("rmsprop", "RMSprop", rmsprop)
    yield optimizer_case("rmsprop_momentum", "RMSprop", {**rmsprop, "momentum": 0.8})
    adam = {"learning_rate": 0.01, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}
    yield optimizer_case("adam", "Adam", adam)
    yield optimizer_case("adam_large_epsilon", "Adam", {**adam, "beta_1": 0.75, "beta_2": 0.9375, "epsilon": 0.01})
    yield optimizer_case("adamw", "AdamW", {**adam, "weight_decay": 0.1})


def main():
    layers = [case for cases in (dense_cases, activation_cases, convolution_cases, pooling_cases, embedding_cases,
                                 batch_normalization_cases) for case in cases()]
    document = {
        "format": 1,
        "versions": {"keras": keras.__version__, "tensorflow": tf.__version__, "torch": torch.__version__},
        "layers": layers, "losses": list(loss_cases()), "optimizers": list(optimizer_cases()),
    }
    for kind in ("layers", "losses", "optimizers"):
        names = [case["name"] for case in document[kind]]
        assert len(set(names)) == len(names), kind
    lines = ['{"format": 1,', f'"versions": {json.dumps(document["versions"])},']
    for kind in ("layers", "losses", "optimizers"):
        rows = ",\n".join(json.dumps(case, separators=(",", ":")) for case in document[kind])
        lines.append(f'"{kind}": [\n{rows}\n]' + ("" if kind == "optimizers" else ","))
    text = "\n".join(lines) + "}\n"
    json.loads(text)
    path = Path(__file__).with_name("layers.json")
    path.write_text(text)
    print(f"{path.name}: {len(layers)} layer cases, {len(document['losses'])} losses, "
          f"{len(document['optimizers'])} optimizers, {len(text)} bytes")


if __name__ == "__main__":
    main()
