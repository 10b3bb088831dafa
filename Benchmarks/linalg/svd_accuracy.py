"""Relative errors of singular values beside LAPACK's gesdd and gejsv; the truth by mpmath.

    python svd_accuracy.py --library build/libapus.so [--n 20]

Prints a Markdown table: the condition number, and for each the largest |s - exact| / exact over all singular values, in
units of epsilon. Needs numpy, scipy and mpmath.
"""
import argparse
import mpmath
import numpy as np
import scipy.linalg.lapack as lapack

from apus_linalg import Library, graded_matrices


def exact(a):
    """The singular values of a, descending, to far more digits than a float64 has."""
    with np.errstate(divide="ignore"):
        spread = np.log10(np.abs(a[a != 0]))
    mpmath.mp.dps = int(2 * (spread.max() - spread.min())) + 80
    s = mpmath.svd_r(mpmath.matrix(a.tolist()), compute_uv=False)
    return sorted((x for x in s), reverse=True)


def error(s, truth):
    """In units of epsilon."""
    worst = max(abs(mpmath.mpf(float(x)) - t) / t for x, t in zip(s, truth))
    return float(worst / np.finfo(np.float64).eps)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--library", required=True)
    parser.add_argument("--n", type=int, default=20)
    arguments = parser.parse_args()
    apus = Library(arguments.library)
    print("| matrix | condition | Apus | gejsv | gesdd |\n| --- | ---: | ---: | ---: | ---: |")
    for name, a in graded_matrices(arguments.n).items():
        a = np.ascontiguousarray(a)
        truth = exact(a)
        s = apus.svd(a)[1]
        # joba 2: high relative accuracy, with row pivoting; no perturbation, no range restriction.
        values, _, _, work, _, status = lapack.dgejsv(a, joba=2, jobu=0, jobv=0, jobr=0, jobt=0, jobp=1)
        values = np.sort(values * (work[0] / work[1]))[::-1]
        divided = lapack.dgesdd(a, full_matrices=0)[1]
        cells = [f"{error(x, truth):.2g}" for x in (s, values, divided)]
        print(f"| {name} | {mpmath.nstr(truth[0] / truth[-1], 2)} | " + " | ".join(cells) + " |", flush=True)


main()
