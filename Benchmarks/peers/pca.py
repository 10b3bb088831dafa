"""Principal components by scikit-learn and PyTorch, singular values by LAPACK in NumPy, SciPy and PyTorch."""
from registry import case, torch_library

ROWS, COLUMNS, COMPONENTS = 60000, 784, 50


def data():
    """Forty directions and a little noise."""
    import numpy
    random = numpy.random.default_rng(0)
    signal = random.standard_normal((ROWS, 40)) @ random.standard_normal((40, COLUMNS))
    return (signal + 0.1 * random.standard_normal((ROWS, COLUMNS))).astype(numpy.float32)


for solver in ("covariance_eigh", "randomized", "full"):
    @case("pca_60000x784_k50", "pca", f"sklearn-{solver}", solver=solver)
    def by_sklearn(solver):
        from sklearn.decomposition import PCA
        x = data()
        return lambda: PCA(COMPONENTS, svd_solver=solver).fit(x)


@case("pca_60000x784_k50", "pca", "torch-pca_lowrank")
def by_torch():
    torch = torch_library()
    x = torch.from_numpy(data())
    return lambda: torch.pca_lowrank(x, COMPONENTS)


for n in (64, 256, 512, 1024):
    def matrix(n):
        import numpy
        return numpy.random.default_rng(0).standard_normal((n, n))

    @case(f"svd_f64_{n}", "svd", "numpy-gesdd", n=n)
    def svd_by_numpy(n):
        import numpy
        a = matrix(n)
        return lambda: numpy.linalg.svd(a)

    @case(f"svd_f64_{n}", "svd", "torch-gesdd", n=n)
    def svd_by_torch(n):
        torch = torch_library()
        a = torch.from_numpy(matrix(n))
        return lambda: torch.linalg.svd(a)

    if n <= 512:
        @case(f"svd_f64_{n}", "svd", "scipy-gejsv", n=n)
        def svd_by_scipy(n):
            from scipy.linalg import lapack
            a = matrix(n)
            return lambda: lapack.dgejsv(a)
