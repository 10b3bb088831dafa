"""What can be measured: a table of cases and of the libraries that have them."""
import os
import re
import statistics
import time
from pathlib import Path

# case -> peer -> Measurement
CASES = {}

SHAPES = Path(__file__).resolve().parent.parent / "common" / "shapes"


class Measurement:
    """A case in one library.

    prepare() imports the library, sets everything up and returns the function to time, or that and the least
    number of timed runs.
    """

    def __init__(self, family, peer, prepare):
        self.family, self.peer, self.prepare = family, peer, prepare
        # Peers of one library share a process: torch-nchw and torch-nhwc.
        self.library = peer.split("-")[0]


def case(name, family, peer, **shape):
    """Registers the decorated function: def prepare(**shape)."""
    def register(make):
        CASES.setdefault(name, {})[peer] = Measurement(family, peer, lambda: make(**shape))
        return make
    return register


def threads():
    return int(os.environ["OMP_NUM_THREADS"])


def rows(file, macro):
    """The rows of a shape table that the C and Swift sides read too: tuples of text and integers."""
    for line in (SHAPES / file).read_text().splitlines():
        found = re.fullmatch(rf"{macro}\((.*)\)", line.strip())
        if found:
            yield tuple(int(part) if re.fullmatch(r"-?\d+", part) else part for part in map(str.strip, found[1].split(",")))


def measure(prepared, seconds):
    """Warms up as apus-bench does, with two runs more, then runs for so many seconds, three times at least."""
    function, least = prepared if isinstance(prepared, tuple) else (prepared, 3)
    start = time.perf_counter()
    warm = 0
    while warm < 2 or time.perf_counter() - start < min(0.1, seconds):
        function()
        warm += 1
        if time.perf_counter() - start > 3:
            break
    times = []
    while len(times) < least or (sum(times) < seconds and len(times) < 1000):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return {"median": statistics.median(times), "min": min(times), "runs": len(times)}


def torch_library():
    import torch
    torch.set_num_threads(threads())
    torch.manual_seed(0)
    return torch


def keras_library():
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    import tensorflow
    tensorflow.config.threading.set_intra_op_parallelism_threads(threads())
    tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    import keras
    return keras
