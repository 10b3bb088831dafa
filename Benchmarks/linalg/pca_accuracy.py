"""Principal components of float32 data, 60000 x 784, 50 of them, beside scikit-learn's in float64; memory and seconds.

    python pca_accuracy.py --library build/libapus.so

Apus' covariance solver is three calls of the C library: column means, covariance, leading eigenvectors. The truth is the
covariance in float64 by NumPy and its eigenvectors by LAPACK; beside it scikit-learn's covariance_eigh on the same float32 data.
Prints a Markdown table. Needs numpy and scikit-learn.
"""
import argparse
import ctypes
import time
import numpy as np

ROWS, COLUMNS, COMPONENTS = 60000, 784, 50


class CovarianceDesc(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ssize_t) for name in ("rows", "columns", "ldx")] + [("divisor", ctypes.c_double)]


class EighDesc(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ssize_t) for name in ("n", "count", "lda", "ldvt")]


def data():
    """Forty directions and a little noise, a block of rows at a time: nothing as large in float64."""
    random = np.random.default_rng(0)
    mixing = random.standard_normal((40, COLUMNS)).astype(np.float32)
    x = np.empty((ROWS, COLUMNS), np.float32)
    for start in range(0, ROWS, 6000):
        x[start:start + 6000] = (random.standard_normal((6000, 40), np.float32) @ mixing
                                 + np.float32(0.1) * random.standard_normal((6000, COLUMNS), np.float32))
    return x


def by_apus(c, x):
    pointer = lambda a: ctypes.c_void_p(a.ctypes.data)
    size = ctypes.c_ssize_t

    def check(status):
        if status != 0:
            raise RuntimeError(c.apus_status_string(status).decode())

    means, covariance = np.empty(COLUMNS), np.empty((COLUMNS, COLUMNS))
    w, v = np.empty(COMPONENTS), np.empty((COMPONENTS, COLUMNS))
    check(c.apus_scolumn_means(size(ROWS), size(COLUMNS), pointer(x), size(COLUMNS), pointer(means)))
    desc = CovarianceDesc(ROWS, COLUMNS, COLUMNS, ROWS - 1)
    check(c.apus_scovariance(ctypes.byref(desc), pointer(x), pointer(means), None, pointer(covariance), None, size(0)))
    desc = EighDesc(COLUMNS, COMPONENTS, COLUMNS, COLUMNS)
    check(c.apus_deigh(ctypes.byref(desc), pointer(covariance), pointer(w), pointer(v), None, None, size(0)))
    return w, v


def memory(kind):
    """MiB, by Linux' /proc."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(kind)) / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--library", required=True)
    c = ctypes.CDLL(parser.parse_args().library)
    c.apus_status_string.restype = ctypes.c_char_p
    x = data()
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak starts anew
    before = memory("VmRSS")
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        w, v = by_apus(c, x)
        seconds.append(time.perf_counter() - start)
    grown = memory("VmHWM") - before

    from sklearn.decomposition import PCA
    sklearn_seconds = []
    for _ in range(5):
        start = time.perf_counter()
        sklearn = PCA(COMPONENTS, svd_solver="covariance_eigh").fit(x)
        sklearn_seconds.append(time.perf_counter() - start)
    exact = np.zeros((COLUMNS, COLUMNS))
    mean = x.mean(0, np.float64)
    for start in range(0, ROWS, 6000):
        block = x[start:start + 6000] - mean
        exact += block.T @ block
    truth, vectors = np.linalg.eigh(exact / (ROWS - 1))
    truth, vectors = truth[::-1][:COMPONENTS], vectors.T[::-1][:COMPONENTS]
    print(f"| {ROWS} x {COLUMNS} float32, {COMPONENTS} components | variances, largest relative error | leading 40 directions, largest sine "
          "| seconds, minimum (median) |")
    print("| --- | ---: | ---: | ---: |")
    for name, values, found, times in (("Apus", w, v, seconds), ("scikit-learn covariance_eigh", sklearn.explained_variance_,
                                                                 sklearn.components_, sklearn_seconds)):
        error = np.abs(values / truth - 1).max()
        # The noise's directions are close to arbitrary: those that the data have are compared.
        found = found[:40].astype(np.float64)
        off = found - np.sum(found * vectors[:40], 1)[:, None] * vectors[:40]
        print(f"| {name} | {error:.1e} | {np.linalg.norm(off, axis=1).max():.1e} | {min(times):.4f} ({np.median(times):.4f}) |")
    print(f"\nMemory that Apus added at its peak: {grown:.0f} MiB; the data are {x.nbytes / 2**20:.0f} MiB, in float64 twice that.")


main()
