import ApusCore

/// Data seen as centred, and standardized where that is wanted, without being copied: blocks of rows are centred when
/// their turn comes.
struct CentredData<Scalar: PCAScalar> {
    let x: TensorView<Scalar>
    let means: [Double]
    /// Standard deviations; nil where data are only centred.
    let scale: [Double]?

    var rows: Int { x.shape[0] }
    var columns: Int { x.shape[1] }

    /// Means, checks, and standard deviations.
    init(_ x: TensorView<Scalar>, standardize: Bool) throws {
        precondition(x.shape.rank == 2, "principal components of a tensor of shape \(x.shape), which is no matrix")
        guard x.count > 0 else { throw PCAError.noData(rows: x.shape[0], columns: x.shape[1]) }
        guard x.shape[0] > 1 else { throw PCAError.tooFewRows(rows: x.shape[0]) }
        self.x = x
        means = try Scalar.pcaKernels.means(x)
        if let column = means.firstIndex(where: { !$0.isFinite }) { throw x.firstNotFinite ?? PCAError.tooLarge(column: column) }
        guard standardize else {
            scale = nil
            return
        }
        let squares = try Scalar.pcaKernels.squares(x, means: means)
        if let column = squares.firstIndex(where: { !$0.isFinite }) { throw PCAError.tooLarge(column: column) }
        let rows = Double(x.shape[0])
        let variances = squares.map { $0 / rows }
        for (column, variance) in variances.enumerated() {
            // What the rounding of the mean can make of a constant column.
            let off = rows * means[column] * Double.ulpOfOne
            if variance <= rows * Double.ulpOfOne * variance + off * off { throw PCAError.constantColumn(column) }
        }
        scale = variances.map { $0.squareRoot() }
    }

    /// What centred elements are multiplied by.
    var factors: [Double]? { scale?.map { 1 / $0 } }

    /// The sum of the columns' variances, with the divisor rows − 1.
    func totalVariance() throws -> Double {
        let squares = try Scalar.pcaKernels.squares(x, means: means)
        if let column = squares.firstIndex(where: { !$0.isFinite }) { throw PCAError.tooLarge(column: column) }
        let scaled = factors.map { zip(squares, $0).map { $0 * $1 * $1 } } ?? squares
        return scaled.reduce(0, +) / Double(rows - 1)
    }

    /// The whole centred, in memory of its own.
    func copy() throws -> Tensor<Scalar> {
        try Centring(means: means, scale: scale).applied(to: x)
    }

    /// Calls `body` with blocks of centred rows, in order, each with the number of its first row.
    func forEachBlock(_ body: (Int, TensorView<Scalar>) throws -> Void) throws {
        try Centring(means: means, scale: scale).forEachBlock(of: x, body)
    }
}

/// Subtracting means, dividing by scales, in double.
struct Centring<Scalar: PCAScalar> {
    let means: [Double]
    let factors: [Double]?

    init(means: [Double], scale: [Double]?) {
        self.means = means
        factors = scale?.map { 1 / $0 }
    }

    func apply(to x: TensorView<Scalar>, into y: MutableTensorView<Scalar>) throws {
        let (rows, columns) = (x.shape[0], x.shape[1])
        let call = { (factors: UnsafePointer<Double>?) in
            Scalar.pcaKernels.center(rows, columns, x.pointer, columns, means, factors, y.pointer, columns)
        }
        let status = factors.map { $0.withUnsafeBufferPointer { call($0.baseAddress) } } ?? call(nil)
        try check(status, "centring of \(x.shape)")
    }

    func applied(to x: TensorView<Scalar>) throws -> Tensor<Scalar> {
        try Tensor(uninitialized: x.shape) { (target) throws in
            guard let base = target.baseAddress else { return }
            try apply(to: x, into: MutableTensorView(pointer: base, shape: x.shape))
        }
    }

    /// Blocks of about 8 MiB: long enough for products to run at speed, short enough to stay in a cache.
    func forEachBlock(of x: TensorView<Scalar>, _ body: (Int, TensorView<Scalar>) throws -> Void) throws {
        let (rows, columns) = (x.shape[0], x.shape[1])
        let block = min(max((8 << 20) / (columns * MemoryLayout<Scalar>.stride), 64), rows)
        guard block > 0 else { return }
        let buffer = AlignedBuffer(byteCount: block * columns * MemoryLayout<Scalar>.stride, zeroed: false)
        defer { withExtendedLifetime(buffer) {} }
        let base = buffer.baseAddress.assumingMemoryBound(to: Scalar.self)
        for start in stride(from: 0, to: rows, by: block) {
            let source = x.rows(start..<min(start + block, rows))
            let centred = MutableTensorView(pointer: base, shape: source.shape)
            try apply(to: source, into: centred)
            try body(start, centred.readOnly)
        }
    }
}

extension TensorView where Scalar: PCAScalar {
    /// The first element that is not finite, as an error; nil where all are.
    var firstNotFinite: PCAError? {
        guard let index = buffer.firstIndex(where: { !$0.isFinite }) else { return nil }
        return .notFinite(row: index / shape[1], column: index % shape[1], value: "\(Double(pointer[index]))")
    }
}
