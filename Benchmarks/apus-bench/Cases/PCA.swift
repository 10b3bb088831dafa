import ApusCore
import ApusModels
import CApus

/// Fifty principal components of 60000 rows of 784 columns: forty directions and a little noise, as in the peers.
func pcaCases() -> [Case] {
    let rows = 60_000, columns = 784, components = 50
    return [
        Case("pca_60000x784_k50", family: "pca", runs: 7) {
            let x = try table(rows: rows, columns: columns, directions: 40)
            var last: PCA<Float>?
            return Work(
                wrong: 1e-4,
                // The first and the last component's variances against those of the scores on them.
                error: {
                    guard let pca = last else { return .infinity }
                    let scores = try pca.transform(x)
                    return [0, components - 1].map { component in
                        let variance = scores.withUnsafeBufferPointer { scores in
                            (0..<rows).reduce(0.0) { $0 + Double(scores[$1 * components + component]) * Double(scores[$1 * components + component]) }
                        } / Double(rows - 1)
                        return abs(variance / pca.explainedVariance[component] - 1)
                    }.max()!
                },
                run: { last = try PCA.fit(x, components: .count(components)) })
        }
    ]
}

private func table(rows: Int, columns: Int, directions: Int) throws -> Tensor<Float> {
    var stream = RandomStream(seed: 1)
    let hidden = try stream.normal(shape: [rows, directions]), mixing = try stream.normal(shape: [directions, columns])
    var x = try stream.normal(standardDeviation: 0.1, shape: [rows, columns])
    var desc = apus_gemm_desc()
    (desc.m, desc.n, desc.k, desc.lda, desc.ldb, desc.ldc) = (rows, columns, directions, directions, columns, columns)
    (desc.alpha, desc.beta) = (1, 1)
    try hidden.withView { hidden in
        try mixing.withView { mixing in
            try x.withMutableView { x in
                try check(apus_sgemm(&desc, hidden.pointer, mixing.pointer, nil, x.pointer, nil, 0), "a table of \(x.shape)")
            }
        }
    }
    return x
}
