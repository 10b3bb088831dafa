"""Times PyTorch, Keras and NumPy on the workloads of apus-bench, one JSON line a case and peer.

usage: peers.py [--filter REGEX] [--peer REGEX] [--threads N] [--runs N] | --list

Each line: {"case", "peer", "median", "minimum", "runs", "work"}, times in seconds. A case and a peer are
measured in a process of their own, so that no thread pool or allocator of one disturbs the other.
"""
import argparse
import importlib.metadata
import json
import os
import re
import statistics
import subprocess
import sys
import time

# One row a measurement: case -> peer -> function that returns (work, function to time, default runs).
CASES = {}


def case(name, peer, **shape):
    def register(make):
        CASES.setdefault(name, {})[peer] = lambda: make(**shape)
        return make
    return register


def torch_library():
    import torch
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    return torch


def keras_library():
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    import tensorflow
    tensorflow.config.threading.set_intra_op_parallelism_threads(int(os.environ["OMP_NUM_THREADS"]))
    tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    import keras
    return keras


# The spam classifier: one epoch over four videos' worth of comments, batches of 64.

COMMENTS, LENGTH, VOCABULARY, BATCH = 1586, 250, 4000, 64
MANY_COMMENTS = 100_000


def comments():
    import numpy
    random = numpy.random.default_rng(0)
    return random.integers(0, VOCABULARY, (COMMENTS, LENGTH)), random.integers(0, 2, COMMENTS)


def spam_network(keras):
    layers = keras.layers
    return keras.Sequential([
        layers.Embedding(VOCABULARY + 2, 64),
        layers.Conv1D(64, 5, padding="same", activation="relu"),
        layers.Conv1D(64, 3, padding="same", activation="relu"),
        layers.MaxPooling1D(),
        layers.Conv1D(128, 3, padding="same", activation="relu"),
        layers.Conv1D(128, 3, padding="same", activation="relu"),
        layers.MaxPooling1D(),
        layers.Flatten(),
        layers.Dense(100, activation="relu"),
        layers.BatchNormalization(),
        layers.Dense(100, activation="relu"),
        layers.BatchNormalization(),
        layers.Dense(1, activation="sigmoid"),
    ])


@case("spam_cnn_epoch", "keras-tensorflow")
def spam_keras():
    keras = keras_library()
    x, y = comments()
    model = spam_network(keras)
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    work = f"{COMMENTS} comments of {LENGTH} words"
    return work, lambda: model.fit(x, y, batch_size=BATCH, epochs=1, verbose=0), 3


# Judging many comments. Keras is given a batch size that suits it better than the training's.
@case("spam_cnn_predict_100k", "keras-tensorflow")
def spam_predict_keras():
    import numpy
    keras = keras_library()
    x = numpy.random.default_rng(0).integers(0, VOCABULARY, (MANY_COMMENTS, LENGTH))
    model = spam_network(keras)
    return f"{MANY_COMMENTS} comments of {LENGTH} words", lambda: model.predict(x, batch_size=256, verbose=0), 3


@case("spam_cnn_epoch", "torch")
def spam_torch():
    torch = torch_library()
    nn = torch.nn

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(VOCABULARY + 2, 64)
            self.rest = nn.Sequential(
                nn.Conv1d(64, 64, 5, padding=2), nn.ReLU(),
                nn.Conv1d(64, 64, 3, padding=1), nn.ReLU(),
                nn.MaxPool1d(2),
                nn.Conv1d(64, 128, 3, padding=1), nn.ReLU(),
                nn.Conv1d(128, 128, 3, padding=1), nn.ReLU(),
                nn.MaxPool1d(2),
                nn.Flatten(),
                nn.Linear(128 * (LENGTH // 4), 100), nn.ReLU(), nn.BatchNorm1d(100),
                nn.Linear(100, 100), nn.ReLU(), nn.BatchNorm1d(100),
                nn.Linear(100, 1))

        def forward(self, words):
            return self.rest(self.embedding(words).transpose(1, 2))[:, 0]

    model = Model()
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    x, y = comments()
    x, y = torch.from_numpy(x), torch.from_numpy(y).float()
    loss = nn.functional.binary_cross_entropy_with_logits

    def epoch():
        for start in range(0, COMMENTS, BATCH):
            optimizer.zero_grad(set_to_none=True)
            loss(model(x[start:start + BATCH]), y[start:start + BATCH]).backward()
            optimizer.step()

    return f"{COMMENTS} comments of {LENGTH} words", epoch, 3


# Kernels.

for n in (256, 1024, 2048):
    @case(f"sgemm{n}", "numpy-openblas", n=n)
    def gemm_numpy(n):
        import numpy
        random = numpy.random.default_rng(0)
        a, b = random.random((n, n), numpy.float32), random.random((n, n), numpy.float32)
        return f"{2 * n ** 3 / 1e9:.3f} GFLOP", lambda: a @ b, 15

    @case(f"sgemm{n}", "torch-mkl", n=n)
    def gemm_torch(n):
        torch = torch_library()
        a, b = torch.rand(n, n), torch.rand(n, n)
        return f"{2 * n ** 3 / 1e9:.3f} GFLOP", lambda: a @ b, 15


def convolution_passes(torch, layer, x, gigaflop, backward):
    if not backward:
        def forward():
            with torch.no_grad():
                layer(x)
        return f"{gigaflop:.2f} GFLOP", forward, 5
    x.requires_grad_(True)
    gradient = torch.randn_like(layer(x))

    def both():
        x.grad = layer.weight.grad = None
        layer(x).backward(gradient)
    return f"{3 * gigaflop:.2f} GFLOP", both, 3


CONVOLUTIONS = {  # in, out, height and width, kernel, stride, padding, batch
    "vgg1_2": (64, 64, 224, 3, 1, 1, 8),
    "vgg2_2": (128, 128, 112, 3, 1, 1, 8),
    "vgg3_2": (256, 256, 56, 3, 1, 1, 8),
    "vgg4_2": (512, 512, 28, 3, 1, 1, 8),
    "vgg5_2": (512, 512, 14, 3, 1, 1, 8),
    "caps_primary_b128": (256, 256, 20, 9, 2, 0, 128),
}
for name, shape in CONVOLUTIONS.items():
    for backward in (False, True):
        @case(f"conv_{'fwdbwd' if backward else 'fwd'}_{name}", "torch-onednn", shape=shape, backward=backward)
        def convolution(shape, backward):
            torch = torch_library()
            channels, filters, size, kernel, stride, padding, batch = shape
            layer = torch.nn.Conv2d(channels, filters, kernel, stride, padding).to(memory_format=torch.channels_last)
            x = torch.randn(batch, channels, size, size).to(memory_format=torch.channels_last)
            out = (size + 2 * padding - kernel) // stride + 1
            gigaflop = 2 * batch * out * out * channels * filters * kernel * kernel / 1e9
            return convolution_passes(torch, layer, x, gigaflop, backward)

SPAM_CONVOLUTIONS = {"spam_1": (64, 64, 250, 5), "spam_4": (128, 128, 125, 3)}  # in, out, length, kernel; batch 64
for name, shape in SPAM_CONVOLUTIONS.items():
    for backward in (False, True):
        @case(f"conv_{'fwdbwd' if backward else 'fwd'}_{name}", "torch-onednn", shape=shape, backward=backward)
        def convolution_1d(shape, backward):
            torch = torch_library()
            channels, filters, length, kernel = shape
            layer = torch.nn.Conv1d(channels, filters, kernel, padding=kernel // 2)
            x = torch.randn(64, channels, length)
            gigaflop = 2 * 64 * length * channels * filters * kernel / 1e9
            return convolution_passes(torch, layer, x, gigaflop, backward)

for layout in ("nchw", "nhwc"):
    @case("maxpool2_16x64x224", f"torch-{layout}", layout=layout)
    def pooling(layout):
        torch = torch_library()
        x = torch.randn(16, 64, 224, 224)
        if layout == "nhwc":
            x = x.to(memory_format=torch.channels_last)

        def pool():
            with torch.no_grad():
                torch.nn.functional.max_pool2d(x, 2)
        return "16 images of 224 x 224 x 64", pool, 9


# Measuring

def measure(name, peer, runs):
    work, function, usual = CASES[name][peer]()
    for _ in range(2):
        function()
    times = []
    for _ in range(runs or usual):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return {"case": name, "peer": peer, "median": statistics.median(times), "minimum": min(times),
            "runs": len(times), "work": work}


def environment(threads):
    """For a peer's process: read by the libraries when they are first loaded."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
    return {**os.environ, **{name: str(threads) for name in names}, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}


def measured_apart(name, peer, threads, runs=0):
    """Runs one measurement in a process of its own. None, with a message, where the peer is missing."""
    command = [sys.executable, os.path.abspath(__file__), "--only", name, peer, "--runs", str(runs)]
    done = subprocess.run(command, env=environment(threads), capture_output=True, text=True)
    if done.returncode != 0:
        print(f"{name}, {peer}: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    return json.loads(done.stdout.strip().splitlines()[-1])


def versions():
    packages = ("torch", "keras", "tensorflow-cpu", "numpy", "scikit-learn")
    found = {}
    for package in packages:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            pass
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--filter", default="", help="cases that this regular expression finds")
    parser.add_argument("--peer", default="", help="peers that this regular expression finds")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=0, help="timed runs (0: the case's own number)")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--only", nargs=2, metavar=("CASE", "PEER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        print(json.dumps(measure(*options.only, options.runs)))
        return
    failed = False
    for name, peers in CASES.items():
        for peer in peers:
            if not (re.search(options.filter, name) and re.search(options.peer, peer)):
                continue
            if options.list:
                print(name, peer)
                continue
            result = measured_apart(name, peer, options.threads, options.runs)
            failed |= result is None
            if result:
                print(json.dumps(result), flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
