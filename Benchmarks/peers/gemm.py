"""Matrix products by NumPy's own OpenBLAS and by PyTorch's MKL, where they are large enough to hide Python."""
from registry import case, rows, torch_library

for family, name, ta, tb, m, n, k in rows("gemm.def", "GEMM"):
    if family in ("gemm_double", "gemv") or m * n * k < 256 ** 3:
        continue
    shape = dict(ta=ta, tb=tb, m=m, n=n, k=k)

    @case(f"sgemm{name}", family, "numpy", **shape)
    def by_numpy(ta, tb, m, n, k):
        import numpy
        random = numpy.random.default_rng(0)
        a, b = (random.random(size, numpy.float32) for size in ((k, m) if ta else (m, k), (n, k) if tb else (k, n)))
        c = numpy.empty((m, n), numpy.float32)
        return lambda: numpy.matmul(a.T if ta else a, b.T if tb else b, out=c)

    @case(f"sgemm{name}", family, "torch", **shape)
    def by_torch(ta, tb, m, n, k):
        torch = torch_library()
        a, b = (torch.rand(size) for size in ((k, m) if ta else (m, k), (n, k) if tb else (k, n)))
        c = torch.empty(m, n)
        return lambda: torch.mm(a.T if ta else a, b.T if tb else b, out=c)
