"""Writes pca.json: what scikit-learn makes of Iris, of digits and of random data. Needs scikit-learn 1.9.

usage: make_pca_fixtures.py > pca.json

Random data come from SplitMix64, which the tests have too, so they are not stored. Digits are the first 700 of
sklearn.datasets.load_digits, 64 pixels of 0 to 16 each, as letters from A on.
"""
import json
import sys
import warnings

import numpy as np
import sklearn
from sklearn.datasets import load_digits, load_iris
from sklearn.decomposition import PCA, IncrementalPCA
from sklearn.decomposition._pca import _assess_dimension
from sklearn.preprocessing import StandardScaler

assert sklearn.__version__.startswith("1.9."), sklearn.__version__
DIGITS = 700


def splitmix(seed, count):
    """Numbers in [0, 1)."""
    mask, state, result = (1 << 64) - 1, seed, []
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        z ^= z >> 31
        result.append((z >> 11) * 2.0 ** -53)
    return np.array(result)


def random_table(rows, columns, factors, noise, seed):
    """`factors` hidden factors of falling weight, mixed at random, and noise; each column about its number."""
    numbers = splitmix(seed, rows * factors + factors * columns + rows * columns) - 0.5
    hidden = numbers[:rows * factors].reshape(rows, factors) / (1 + np.arange(factors))
    mixing = numbers[rows * factors:rows * factors + factors * columns].reshape(factors, columns)
    rest = numbers[rows * factors + factors * columns:].reshape(rows, columns)
    return hidden @ mixing + noise * rest + np.arange(columns)


def plain(array):
    return [float(f"{value:.13g}") for value in np.asarray(array, float).ravel()]


def fitted(name, data, x, solver, components, standardize=False, whiten=False, shown=4, stored=None):
    """One fit. Of the scores, the first rows; of the components, those stored."""
    if standardize:
        x = StandardScaler().fit_transform(x)
    pca = PCA(components, svd_solver=solver, whiten=whiten).fit(x)
    scores = pca.transform(x)
    vectors = pca.components_[:stored]
    return {
        "name": name, "data": data, "solver": solver.removesuffix("_eigh"),
        "components": "all" if components is None else str(components), "standardize": standardize, "whiten": whiten,
        "count": int(pca.n_components_), "vectors": plain(vectors), "variance": plain(pca.explained_variance_),
        "ratio": plain(pca.explained_variance_ratio_), "singularValues": plain(pca.singular_values_),
        "noise": float(pca.noise_variance_), "mean": plain(pca.mean_), "scores": plain(scores[:shown]),
        "inverse": plain(pca.inverse_transform(scores)[:1]),
    }


def incremental(name, data, x, components, batch):
    pca = IncrementalPCA(components, batch_size=batch).fit(x)
    return {
        "name": name, "data": data, "components": components, "batch": batch, "count": int(pca.n_components_),
        "vectors": plain(pca.components_), "variance": plain(pca.explained_variance_),
        "ratio": plain(pca.explained_variance_ratio_), "singularValues": plain(pca.singular_values_),
        "noise": float(pca.noise_variance_), "mean": plain(pca.mean_), "scores": plain(pca.transform(x[:3])),
    }


def chosen(rows, columns, components):
    x = splitmix(1, rows * columns).reshape(rows, columns)
    pca = PCA(components).fit(x)
    return {"rows": rows, "columns": columns, "components": "all" if components is None else str(components),
            "solver": pca._fit_svd_solver.removesuffix("_eigh")}


def evidence(x):
    spectrum = PCA().fit(x).explained_variance_
    return {"rows": len(x), "spectrum": plain(spectrum),
            "evidence": [float(_assess_dimension(spectrum, k, len(x))) for k in range(1, len(spectrum))]}


def main():
    warnings.simplefilter("error")
    iris = load_iris().data
    digits = load_digits().data[:DIGITS]
    tall, wide = random_table(300, 12, 5, 0.1, 7), random_table(15, 40, 6, 0.05, 8)
    large = random_table(620, 520, 8, 0.01, 9)
    cases = [
        fitted("iris, all", "iris", iris, "full", None),
        fitted("iris, two", "iris", iris, "full", 2),
        fitted("iris, standardized", "iris", iris, "full", 3, standardize=True),
        fitted("iris, white", "iris", iris, "full", 2, whiten=True),
        fitted("iris, standardized and white", "iris", iris, "full", 0.97, standardize=True, whiten=True),
        fitted("iris, likelihood", "iris", iris, "full", "mle"),
        fitted("digits, ten", "digits", digits, "full", 10, stored=4),
        fitted("digits, by ratio", "digits", digits, "full", 0.9, stored=1, shown=2),
        fitted("digits, likelihood", "digits", digits, "full", "mle", stored=0, shown=1),
        fitted("tall", "tall", tall, "full", 5),
        fitted("tall, standardized, by ratio", "tall", tall, "full", 0.8, standardize=True),
        fitted("wide, all", "wide", wide, "full", 14),
        fitted("wide", "wide", wide, "full", 6),
        fitted("wide", "wide", wide, "covariance_eigh", 6),
    ]
    large_fit = fitted("large", "large", large, "full", 6, shown=1, stored=2)
    large_fit["inverse"] = []
    json.dump({
        "digits": "".join(chr(65 + int(v)) for v in digits.ravel()),
        "cases": cases,
        "randomized": large_fit,
        "incremental": [
            incremental("iris, all", "iris", iris, None, 50),
            incremental("iris, two, uneven batches", "iris", iris, 2, 47),
            incremental("tall", "tall", tall, 4, 40),
            incremental("wide, a short last batch", "wide", wide, 5, 7),
        ],
        "auto": [chosen(*shape) for shape in [
            (100, 10, None), (100, 10, 3), (99, 10, 3), (500, 500, 3), (501, 60, 3), (501, 60, 47), (501, 60, 48),
            (501, 60, None), (501, 60, 0.5), (501, 60, "mle"), (40, 501, 4), (600, 60, 0.5), (10010, 1001, 2),
            (12, 501, 10), (12, 501, 9)]],
        "evidence": {"iris": evidence(iris), "tall": evidence(tall)},
    }, sys.stdout, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
