import ApusCore
import CApus

/// The C functions behind ``PCA`` for one element type: the only place that calls them.
public struct PCAKernels<Scalar: TensorScalar>: Sendable {
    typealias Elements = UnsafePointer<Scalar>
    typealias Output = UnsafeMutablePointer<Scalar>

    let columnMeans: @Sendable (Int, Int, Elements?, Int, UnsafeMutablePointer<Double>?) -> apus_status
    let columnSquares:
        @Sendable (Int, Int, Elements?, Int, UnsafePointer<Double>?, UnsafeMutablePointer<Double>?) -> apus_status
    let center:
        @Sendable (
            Int, Int, Elements?, Int, UnsafePointer<Double>?, UnsafePointer<Double>?, Output?, Int
        ) -> apus_status
    let covariance:
        @Sendable (
            UnsafePointer<apus_covariance_desc>?, Elements?, UnsafePointer<Double>?, UnsafePointer<Double>?,
            UnsafeMutablePointer<Double>?, UnsafeMutableRawPointer?, Int
        ) -> apus_status
    let gemm:
        @Sendable (
            UnsafePointer<apus_gemm_desc>?, Elements?, Elements?, Elements?, Output?, UnsafeMutableRawPointer?, Int
        ) -> apus_status
    let svd:
        @Sendable (
            UnsafePointer<apus_svd_desc>?, Elements?, Output?, Output?, Output?, UnsafeMutablePointer<apus_linalg_info>?,
            UnsafeMutableRawPointer?, Int
        ) -> apus_status
    let qr:
        @Sendable (
            UnsafePointer<apus_qr_desc>?, Elements?, Output?, Output?, UnsafeMutablePointer<Int>?,
            UnsafeMutablePointer<apus_linalg_info>?, UnsafeMutableRawPointer?, Int
        ) -> apus_status
    /// Loops over elements, compiled for the type: through a protocol each element would cost several calls.
    let orientRows: @Sendable (_ rows: Int, _ columns: Int, Output) -> Void
    let round: @Sendable (UnsafeBufferPointer<Double>, Output) -> Void
}

extension Float: PCAScalar {
    public static var pcaKernels: PCAKernels<Float> {
        PCAKernels(
            columnMeans: apus_scolumn_means, columnSquares: apus_scolumn_squares, center: apus_scenter,
            covariance: apus_scovariance, gemm: apus_sgemm, svd: apus_ssvd, qr: apus_sqr,
            orientRows: { largestPositive($0, $1, $2) },
            round: { source, target in for i in source.indices { target[i] = Float(source[i]) } })
    }
}

extension Double: PCAScalar {
    public static var pcaKernels: PCAKernels<Double> {
        PCAKernels(
            columnMeans: apus_dcolumn_means, columnSquares: apus_dcolumn_squares, center: apus_dcenter,
            covariance: apus_dcovariance, gemm: apus_dgemm, svd: apus_dsvd, qr: apus_dqr,
            orientRows: { largestPositive($0, $1, $2) },
            round: { source, target in for i in source.indices { target[i] = Double(source[i]) } })
    }
}

/// Turns each row so that its element of largest size, the first of several, is positive.
@inline(__always)
private func largestPositive<Element: BinaryFloatingPoint>(_ rows: Int, _ columns: Int, _ x: UnsafeMutablePointer<Element>) {
    for row in 0..<rows {
        let row = UnsafeMutableBufferPointer(start: x + row * columns, count: columns)
        var largest: Element = 0
        for element in row where element.magnitude > largest.magnitude { largest = element }
        if largest < 0 { for column in row.indices { row[column] = -row[column] } }
    }
}

extension PCAKernels where Scalar: PCAScalar {
    /// The columns' means.
    func means(_ x: TensorView<Scalar>) throws -> [Double] {
        var means = [Double](repeating: 0, count: x.shape[1])
        try check(columnMeans(x.shape[0], x.shape[1], x.pointer, x.shape[1], &means), "column means of \(x.shape)")
        return means
    }

    /// The columns' sums of squared deviations from their means.
    func squares(_ x: TensorView<Scalar>, means: [Double]) throws -> [Double] {
        var squares = [Double](repeating: 0, count: means.count)
        try check(
            columnSquares(x.shape[0], x.shape[1], x.pointer, x.shape[1], means, &squares), "column squares of \(x.shape)")
        return squares
    }

    /// The covariance of the columns, each times its factor: [columns, columns] in double.
    func covariance(_ x: TensorView<Scalar>, means: [Double], factors: [Double]?, divisor: Double) throws -> Tensor<Double> {
        let columns = x.shape[1]
        var desc = apus_covariance_desc(rows: x.shape[0], columns: columns, ldx: columns, divisor: divisor)
        return try Tensor(uninitialized: [columns, columns]) { (target) throws in
            let call = { (factors: UnsafePointer<Double>?) in
                covariance(&desc, x.pointer, means, factors, target.baseAddress, nil, 0)
            }
            let status = factors.map { $0.withUnsafeBufferPointer { call($0.baseAddress) } } ?? call(nil)
            try check(status, "covariance of \(x.shape)")
        }
    }

    /// `c := op(a) op(b) + beta c + bias`, everything dense.
    func multiply(
        _ a: TensorView<Scalar>, transposedA transposeA: Bool = false, by b: TensorView<Scalar>,
        transposedB transposeB: Bool = false, bias: [Scalar]? = nil, beta: Double = 0, into c: MutableTensorView<Scalar>
    ) throws {
        var desc = apus_gemm_desc()
        desc.transpose_a = transposeA ? APUS_TRANSPOSE : APUS_NO_TRANSPOSE
        desc.transpose_b = transposeB ? APUS_TRANSPOSE : APUS_NO_TRANSPOSE
        (desc.m, desc.n, desc.k) = (c.shape[0], c.shape[1], a.shape[transposeA ? 0 : 1])
        (desc.lda, desc.ldb, desc.ldc) = (a.shape[1], b.shape[1], c.shape[1])
        (desc.alpha, desc.beta) = (1, beta)
        let call = { (bias: UnsafePointer<Scalar>?) in gemm(&desc, a.pointer, b.pointer, bias, c.pointer, nil, 0) }
        let status = bias.map { $0.withUnsafeBufferPointer { call($0.baseAddress) } } ?? call(nil)
        try check(status, "product of \(a.shape) and \(b.shape) into \(c.shape)")
    }

    /// Singular values, largest first, and the right singular vectors, one a row: [min(m, n), n].
    func rightSingularVectors(_ a: TensorView<Scalar>) throws -> (values: [Scalar], vectors: Tensor<Scalar>) {
        let (m, n) = (a.shape[0], a.shape[1]), count = min(m, n)
        var desc = apus_svd_desc(m: m, n: n, lda: n, ldu: count, ldvt: n, vectors: APUS_VECTORS_THIN)
        var values = [Scalar](repeating: 0, count: count)
        let vectors = try Tensor<Scalar>(uninitialized: [count, n]) { (target) throws in
            try check(svd(&desc, a.pointer, &values, nil, target.baseAddress, nil, nil, 0), "singular values of \(a.shape)")
        }
        return (values, vectors)
    }

    /// An orthonormal basis of the columns' space, one vector a column: [m, n] for m >= n.
    func orthonormalBasis(_ a: TensorView<Scalar>) throws -> Tensor<Scalar> {
        let (m, n) = (a.shape[0], a.shape[1])
        var desc = apus_qr_desc()
        (desc.m, desc.n, desc.lda, desc.ldq, desc.ldr, desc.vectors) = (m, n, n, n, n, APUS_VECTORS_THIN)
        var triangle = Tensor<Scalar>(zeros: [n, n])
        return try Tensor(uninitialized: [m, n]) { (basis) throws in
            try triangle.withMutableView { (triangle) throws in
                try check(
                    qr(&desc, a.pointer, basis.baseAddress, triangle.pointer, nil, nil, nil, 0), "orthonormal basis of \(a.shape)")
            }
        }
    }

    /// Singular values, largest first, and the left singular vectors, one a column: [m, min(m, n)].
    func leftSingularVectors(_ a: TensorView<Scalar>) throws -> (values: [Scalar], vectors: Tensor<Scalar>) {
        let (m, n) = (a.shape[0], a.shape[1]), count = min(m, n)
        var desc = apus_svd_desc(m: m, n: n, lda: n, ldu: count, ldvt: n, vectors: APUS_VECTORS_THIN)
        var values = [Scalar](repeating: 0, count: count)
        let vectors = try Tensor<Scalar>(uninitialized: [m, count]) { (target) throws in
            try check(svd(&desc, a.pointer, &values, target.baseAddress, nil, nil, nil, 0), "singular values of \(a.shape)")
        }
        return (values, vectors)
    }
}

/// The largest eigenvalues of a covariance, in order; those that rounding left below zero are 0.
func eigenvalues(ofCovariance covariance: Tensor<Double>, count: Int) throws -> [Double] {
    let n = covariance.shape[0]
    var desc = apus_eigh_desc(n: n, count: count, lda: n, ldvt: n)
    var values = [Double](repeating: 0, count: count)
    try covariance.withView {
        try check(
            apus_deigh(&desc, $0.pointer, &values, nil, nil, nil, 0), "eigenvalues of a covariance of shape \($0.shape)")
    }
    return values.map { max($0, 0) }
}

/// The same with their eigenvectors, one a row.
func eigenvectors(
    ofCovariance covariance: Tensor<Double>, count: Int
) throws -> (values: [Double], vectors: Tensor<Double>) {
    let n = covariance.shape[0]
    var desc = apus_eigh_desc(n: n, count: count, lda: n, ldvt: n)
    var values = [Double](repeating: 0, count: count)
    let vectors = try Tensor<Double>(uninitialized: [count, n]) { (target) throws in
        try covariance.withView { (view) throws in
            try check(
                apus_deigh(&desc, view.pointer, &values, target.baseAddress, nil, nil, 0),
                "eigenvectors of a covariance of shape \(view.shape)")
        }
    }
    return (values.map { max($0, 0) }, vectors)
}
