"""The C library's decompositions for NumPy arrays, and the test matrices of the comparisons."""
import ctypes
import numpy as np


class SVDDesc(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ssize_t) for name in ("m", "n", "lda", "ldu", "ldvt")] + [("vectors", ctypes.c_int)]


class Info(ctypes.Structure):
    _fields_ = [("row", ctypes.c_ssize_t), ("column", ctypes.c_ssize_t), ("rank", ctypes.c_ssize_t),
                ("sweeps", ctypes.c_int), ("scale_exponent", ctypes.c_int), ("off_diagonal", ctypes.c_double)]


class Library:
    """The shared library at `path` (cmake -S CSources -B build && cmake --build build: build/libapus.so)."""

    def __init__(self, path):
        self.c = ctypes.CDLL(path)
        for letter in "sd":
            getattr(self.c, f"apus_{letter}svd_workspace").restype = ctypes.c_size_t
        self.c.apus_status_string.restype = ctypes.c_char_p
        self.c.apus_alloc.restype = ctypes.c_void_p
        self.c.apus_free.argtypes = [ctypes.c_void_p]
        self.workspace, self.size = None, 0

    def prepared(self, a, vectors=True):
        """A function without arguments that decomposes a C-ordered float32 or float64 matrix, and where it leaves
        u, s, vt (u and vt thin) and info. The workspace is shared: one call at a time."""
        m, n = a.shape
        k = min(m, n)
        letter = "d" if a.dtype == np.float64 else "s"
        u, s, vt = np.empty((m, k), a.dtype), np.empty(k, a.dtype), np.empty((k, n), a.dtype)
        desc, info = SVDDesc(m, n, n, k, n, int(vectors)), Info()
        size = getattr(self.c, f"apus_{letter}svd_workspace")(ctypes.byref(desc))
        if size > self.size:
            self.c.apus_free(self.workspace)
            self.workspace, self.size = self.c.apus_alloc(ctypes.c_size_t(size)), size
        pointer = lambda x: ctypes.c_void_p(x.ctypes.data)
        function = getattr(self.c, f"apus_{letter}svd")
        arguments = (ctypes.byref(desc), pointer(a), pointer(s), pointer(u), pointer(vt), ctypes.byref(info))

        def run():
            status = function(*arguments, ctypes.c_void_p(self.workspace), ctypes.c_size_t(self.size))
            if status != 0:
                raise RuntimeError(self.c.apus_status_string(status).decode())

        run.keep = (a, u, s, vt, desc, info)
        return run, u, s, vt, info

    def svd(self, a, vectors=True):
        """u, s, vt, info; u and vt unset without vectors."""
        run, u, s, vt, info = self.prepared(a, vectors)
        run()
        return u, s, vt, info


def kahan(n, angle=1.2):
    sine, cosine = np.sin(angle), np.cos(angle)
    return np.diag(sine ** np.arange(n)) @ (np.eye(n) - cosine * np.triu(np.ones((n, n)), 1))


def with_condition(rng, m, n, condition):
    """A random matrix with singular values from 1 down to 1 / condition, in geometric steps."""
    q = np.linalg.qr(rng.standard_normal((m, n)))[0]
    p = np.linalg.qr(rng.standard_normal((n, n)))[0]
    return (q * np.geomspace(1, 1 / condition, n)) @ p.T


def graded_matrices(n, seed=0):
    """Name -> matrix. B is random with condition 100; D has random powers of ten up to the exponent named."""
    rng = np.random.default_rng(seed)
    b = with_condition(rng, n, n, 100)
    scale = lambda e: 10.0 ** rng.uniform(-e, e, n)
    i = np.arange(n)
    return {
        "B": b,
        "B D, 1e+-10": b * scale(10),
        "B D, 1e+-150": b * scale(150),
        "D B, 1e+-10": scale(10)[:, None] * b,
        "D B, 1e+-150": scale(150)[:, None] * b,
        "D1 B D2, 1e+-10": scale(10)[:, None] * b * scale(10),
        "Kahan": kahan(n),
        "Hilbert": 1.0 / (i[:, None] + i + 1),
        "Vandermonde": np.vander(np.linspace(0.1, 1, n), n),
        "Demmel tall": np.vstack([scale(6)[:, None] * b, b * scale(6)]),
    }
