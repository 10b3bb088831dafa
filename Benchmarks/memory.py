"""Peak memory of a case: Apus beside a peer, each in a process of its own.

usage: memory.py [--filter REGEX] [--threads N]

What is counted is by how much the peak of the process' resident memory grows from before the case is prepared (the library
loaded, nothing allocated) to after three runs: weights, their gradients, the optimizer's state, activations and all
workspaces. The system's own account (VmHWM and VmRSS in /proc/self/status), so Linux only. Start it with the Python that
has the peers; it builds apus-bench.
"""
import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "peers"))
import peers
from registry import CASES


def kilobytes(field):
    return int(re.search(rf"{field}:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])


def child(case, peer):
    """In the peer's process."""
    peers.load()
    # The library is loaded by the smallest thing that it can do.
    __import__(CASES[case][peer].library)
    before = kilobytes("VmRSS")
    prepared = CASES[case][peer].prepare()
    function = prepared[0] if isinstance(prepared, tuple) else prepared
    for _ in range(3):
        function()
    print(json.dumps({"megabytes": (kilobytes("VmHWM") - before) / 1024}))


def answer(command, threads):
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
    done = subprocess.run([str(part) for part in command], env=environment, text=True, capture_output=True)
    if done.returncode != 0:
        sys.exit(f"{command}:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])["megabytes"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--filter", default="^capsnet_train_b128$")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--bench", help="an apus-bench that is built already")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        return child(*options.child)
    if options.bench:
        bench = options.bench
    else:
        subprocess.run(["swift", "build", "-c", "release", "--product", "apus-bench"], cwd=HERE.parent, check=True, stdout=sys.stderr)
        path = subprocess.run(["swift", "build", "-c", "release", "--show-bin-path"], cwd=HERE.parent, check=True, text=True, capture_output=True)
        bench = Path(path.stdout.strip()) / "apus-bench"
    peers.load()
    print("| case | Apus | peer | ratio |\n| --- | ---: | ---: | ---: |")
    for case in CASES:
        if not re.search(options.filter, case):
            continue
        ours = answer([bench, "--memory", "--filter", f"^{case}$", "--threads", options.threads], options.threads)
        for peer in CASES[case]:
            theirs = answer([sys.executable, __file__, "--child", case, peer], options.threads)
            print(f"| {case} | {ours:.0f} MB | {peer} {theirs:.0f} MB | {theirs / ours:.2f} |", flush=True)


if __name__ == "__main__":
    main()
