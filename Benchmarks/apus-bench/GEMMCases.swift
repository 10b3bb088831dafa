import ApusCore
import CApus

/// Square float32 products.
func gemmCases() -> [Case] {
    [64, 256, 1024, 2048].map { n in
        Case("sgemm\(n)", operations: 2 * Double(n) * Double(n) * Double(n), runs: n < 512 ? 51 : 15) {
            var desc = apus_gemm_desc()
            (desc.m, desc.n, desc.k, desc.lda, desc.ldb, desc.ldc) = (n, n, n, n, n, n)
            desc.alpha = 1
            let a = try random([n, n], seed: 1), b = try random([n, n], seed: 2)
            var c = Tensor<Float>(zeros: [n, n])
            let workspace = AlignedBuffer(byteCount: apus_sgemm_workspace(&desc))
            return {
                try a.withView { a in
                    try b.withView { b in
                        try c.withMutableView { c in
                            try check(
                                apus_sgemm(
                                    &desc, a.pointer, b.pointer, nil, c.pointer, workspace.baseAddress,
                                    workspace.byteCount),
                                "sgemm \(n)")
                        }
                    }
                }
            }
        }
    }
}
