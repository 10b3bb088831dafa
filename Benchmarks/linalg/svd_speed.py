"""Seconds of Apus' SVD beside LAPACK's gesdd and gejsv (SciPy's OpenBLAS), thin vectors, float64.

    env -u OPENBLAS_CORETYPE python svd_speed.py --library build/libapus.so [--sizes 8 16 ...]

The rivals take turns on the same matrix, a batch of calls each; minimum and median of all. Prints a Markdown table.
"""
import argparse
import statistics
import time
import numpy as np
import scipy.linalg.lapack as lapack

from apus_linalg import Library


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--library", required=True)
    parser.add_argument("--sizes", type=int, nargs="+", default=[8, 16, 32, 64, 128, 256, 512, 1024, 2048])
    parser.add_argument("--seconds", type=float, default=0.5, help="for a rival, size and round")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--skip-gejsv-from", type=int, default=4096)
    arguments = parser.parse_args()
    apus = Library(arguments.library)
    print("| n | Apus ms (median) | gesdd ms (median) | gejsv ms (median) | gesdd / Apus | gejsv / Apus | sweeps |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for n in arguments.sizes:
        a = np.random.default_rng(n).standard_normal((n, n))
        columns = np.asfortranarray(a)
        run_apus, info = (lambda all: (all[0], all[4]))(apus.prepared(a))
        rivals = {"apus": run_apus, "gesdd": lambda: lapack.dgesdd(columns, full_matrices=0)}
        if n < arguments.skip_gejsv_from:
            rivals["gejsv"] = lambda: lapack.dgejsv(columns, joba=0, jobu=0, jobv=0, jobr=1, jobt=1, jobp=1)
        times = {name: [] for name in rivals}
        for _ in range(arguments.rounds):
            for name, run in rivals.items():
                # Each library's threads spin for a while after a call, and would take the next one's processors.
                time.sleep(0.3)
                begin = time.perf_counter()
                run()
                while len(times[name]) < 3 or time.perf_counter() - begin < arguments.seconds:
                    start = time.perf_counter()
                    run()
                    times[name].append(time.perf_counter() - start)
        cell = lambda x: f"{min(x) * 1e3:.3g} ({statistics.median(x) * 1e3:.3g})" if x else "–"
        ratio = lambda name: f"{min(times[name]) / min(times['apus']):.2f}" if times.get(name) else "–"
        print(f"| {n} | {cell(times['apus'])} | {cell(times['gesdd'])} | {cell(times.get('gejsv'))} "
              f"| {ratio('gesdd')} | {ratio('gejsv')} | {info.sweeps} |", flush=True)


main()
