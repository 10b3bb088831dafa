"""Writes singular_values.h: matrices and their singular values or eigenvalues, by mpmath with hundreds of digits.

    python singular_values.py > singular_values.h

Beside each, the largest relative error of LAPACK's gesdd in epsilon, as the script found it.
"""
import sys
import mpmath
import numpy as np
import scipy.linalg.lapack as lapack

N = 10


def with_condition(rng, m, n, condition):
    q = np.linalg.qr(rng.standard_normal((m, n)))[0]
    p = np.linalg.qr(rng.standard_normal((n, n)))[0]
    return (q * np.geomspace(1, 1 / condition, n)) @ p.T


def kahan(n, angle=1.2):
    sine, cosine = np.sin(angle), np.cos(angle)
    return np.diag(sine ** np.arange(n)) @ (np.eye(n) - cosine * np.triu(np.ones((n, n)), 1))


def exact(a):
    spread = np.log10(np.abs(a[a != 0]))
    mpmath.mp.dps = int(2 * (spread.max() - spread.min())) + 80
    return sorted(mpmath.svd_r(mpmath.matrix(a.tolist()), compute_uv=False), reverse=True)


def main():
    rng = np.random.default_rng(4)
    b, tall = with_condition(rng, N, N, 100), with_condition(rng, 12, 8, 30)
    scale = lambda n, e: 10.0 ** rng.uniform(-e, e, n)
    i = np.arange(N)
    # Tolerances in epsilon: what the theory of one-sided Jacobi gives with the condition of the matrix after scaling;
    # where scaling does not help (Hilbert), epsilon times the condition.
    cases = [
        ("columns scaled up to 1e+-150", b * scale(N, 150), 300),
        ("rows scaled up to 1e+-150", scale(N, 150)[:, None] * b, 300),
        ("columns and rows scaled up to 1e+-10", scale(N, 10)[:, None] * b * scale(N, 10), 1000),
        ("tall, columns scaled up to 1e+-20", tall * scale(8, 20), 300),
        ("tall, rows scaled up to 1e+-20", scale(12, 20)[:, None] * tall, 300),
        ("Kahan", kahan(N), 100),
        ("Hilbert", 1.0 / (i[:, None] + i + 1), 1e14),
        ("graded, upper triangular", np.triu(rng.standard_normal((N, N)) + 3 * np.eye(N)) * 10.0 ** (-6.0 * i[:, None]), 300),
    ]
    print("// Written by singular_values.py; do not edit. Exact singular values by mpmath.")
    print("typedef struct singular_value_case {\n    const char *name;\n    ptrdiff_t m, n;\n    double tolerance; // in epsilon")
    print(f"    double s[{N}], a[{12 * N}];\n}} singular_value_case;\n")
    print("static const singular_value_case singular_value_cases[] = {")
    for name, a, tolerance in cases:
        truth = exact(a)
        values = lapack.dgesdd(np.asfortranarray(a), compute_uv=0)[1]
        eps = np.finfo(np.float64).eps
        error = max(float(abs(mpmath.mpf(float(x)) - t) / t / eps) for x, t in zip(values, truth))
        print(f"    // gesdd: {error:.2g} epsilon; condition {mpmath.nstr(truth[0] / truth[-1], 2)}")
        print(f'    {{"{name}", {a.shape[0]}, {a.shape[1]}, {tolerance:g},')
        print("     {" + ", ".join(float(x).hex() for x in truth) + "},")
        numbers = [float(x).hex() for x in a.flatten()]
        rows = [", ".join(numbers[k:k + 6]) for k in range(0, len(numbers), 6)]
        print("     {" + ",\n      ".join(rows) + "}},")
        print(f"{name}: gesdd {error:.2g} eps", file=sys.stderr)
    print("};")


main()
