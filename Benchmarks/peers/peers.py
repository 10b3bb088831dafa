"""Times other systems on the workloads of apus-bench, one JSON line a case and peer.

usage: peers.py [--filter REGEX] [--peer REGEX] [--threads N] [--seconds S] | --list

Each line: {"case", "family", "peer", "median", "min", "runs"} in seconds, or {"case", "family", "peer", "missing"}.
"""
import argparse
import importlib
import importlib.metadata
import json
import os
import re
import sys

from registry import CASES

FAMILIES = ("gemm", "convolution", "pooling", "elementwise", "spam", "vgg16", "capsnet", "pca", "loader")
PACKAGES = ("torch", "keras", "tensorflow-cpu", "onnxruntime", "openvino", "ncnn", "scikit-learn", "numpy", "scipy")


def load():
    """Fills the table. Imports none of the peers."""
    for family in FAMILIES:
        importlib.import_module(family)


def versions():
    found = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            pass
    return found


def main():
    from worker import Worker
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--filter", default="", help="cases or families that this regular expression finds")
    parser.add_argument("--peer", default="", help="peers that this regular expression finds")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seconds", type=float, default=0.5, help="of timed runs for each")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    load()
    workers, missing = {}, False
    for name, peers in CASES.items():
        for peer, measurement in peers.items():
            found = re.search(options.filter, name) or re.search(options.filter, measurement.family)
            if not (found and re.search(options.peer, peer)):
                continue
            if options.list:
                print(name, peer)
                continue
            library = measurement.library
            if library not in workers:
                workers[library] = Worker(sys.executable, library, options.threads)
            result = workers[library].measure(name, peer, options.seconds)
            missing |= "missing" in result
            print(json.dumps({"case": name, "family": measurement.family, "peer": peer, **result}), flush=True)
    for worker in workers.values():
        worker.close()
    sys.exit(missing)


if __name__ == "__main__":
    main()
