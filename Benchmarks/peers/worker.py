"""A library's own process, which measures what it is asked and is stopped in between.

Thread pools spin for a while after a call and would take the processors from whoever is measured next: a
stopped process cannot. The parent asks with a line "case peer seconds" and is answered with a JSON object.
"""
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def settings(threads):
    """A peer's environment: read by the libraries when they are first loaded; what is fastest for them here."""
    counts = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
    environment = {**os.environ, **{name: str(threads) for name in counts}}
    # Its own choice on processors newer than itself is an older kernel.
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        environment.pop(name, None)
    if "avx512bw" in Path("/proc/cpuinfo").read_text():
        environment["OPENBLAS_CORETYPE"] = "SkylakeX"
    environment |= {
        # Outputs keep their memory from one call to the next, on huge pages, instead of going back to the system.
        "MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 40), "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
        "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "",
    }
    return environment


class Worker:
    """The parent's end."""

    def __init__(self, python, library, threads):
        self.library = library
        self.process = subprocess.Popen(
            [python, str(HERE / "worker.py")], env=settings(threads), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)

    def measure(self, case, peer, seconds):
        """{"median", "min", "runs"}, or {"missing": why}. A worker that died says so again each time."""
        try:
            self.process.send_signal(signal.SIGCONT)
            self.process.stdin.write(f"{case} {peer} {seconds}\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
            self.process.send_signal(signal.SIGSTOP)
            return json.loads(answer)
        except (OSError, ValueError):
            return {"missing": f"its process ended ({self.process.poll()})"}

    def close(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()


def serve():
    # Whatever a library prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    import peers
    from registry import CASES, measure
    peers.load()
    ready, prepared = None, None
    for line in sys.stdin:
        case, peer, seconds = line.split()
        try:
            if ready != (case, peer):
                prepared = None  # frees the case before
                prepared = CASES[case][peer].prepare()
                ready = (case, peer)
            answer = measure(prepared, float(seconds))
        except Exception as error:
            ready = None
            answer = {"missing": f"{type(error).__name__}: {error}".splitlines()[0][:200]}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    serve()
