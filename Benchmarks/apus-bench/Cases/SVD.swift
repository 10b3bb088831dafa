import ApusCore
import CApus

/// Singular values and vectors of square float64 matrices.
func svdCases() -> [Case] {
    [64, 256, 512, 1024].map { n in
        Case("svd_f64_\(n)", family: "svd", elementBytes: 8, runs: 3) {
            var desc = apus_svd_desc(m: n, n: n, lda: n, ldu: n, ldvt: n, vectors: APUS_VECTORS_THIN)
            let a = Buffer<Double>(n * n, seed: 1), s = Buffer<Double>(n), u = Buffer<Double>(n * n), vt = Buffer<Double>(n * n)
            let space = workspace(apus_dsvd_workspace(&desc))
            return Work(
                wrong: 1e-10,
                // Some entries of u s vt against a.
                error: {
                    a.samples.map { at in
                        let row = at / n, column = at % n
                        let product = (0..<n).reduce(0.0) { $0 + u.pointer[row * n + $1] * s.pointer[$1] * vt.pointer[$1 * n + column] }
                        return abs(product - a.pointer[at])
                    }.max()! / s.pointer[0]
                },
                run: {
                    try check(
                        apus_dsvd(&desc, a.pointer, s.pointer, u.pointer, vt.pointer, nil, space.pointer, space.count),
                        "svd of \(n) x \(n)")
                })
        }
    }
}
