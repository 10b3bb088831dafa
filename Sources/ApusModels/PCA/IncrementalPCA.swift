import ApusCore

/// Principal components of data that come in batches and need not fit in memory.
///
/// ```swift
/// var incremental = IncrementalPCA<Float>(components: 50)
/// while let batch = nextBatch() { try incremental.partialFit(batch) }
/// let scores = try incremental.pca?.transform(x)
/// ```
///
/// Memory is a batch and the components. A batch is decomposed together with the components that those before it left,
/// weighted by their singular values, and a row for the change of the mean; what is outside the components is forgotten
/// after each batch, so results approach ``PCA``'s and equal them where all components are kept. Source: D. A. Ross et
/// al., "Incremental learning for robust visual tracking", IJCV 77 (2008). Numbers agree with scikit-learn 1.9's
/// `IncrementalPCA`.
public struct IncrementalPCA<Scalar: PCAScalar>: Sendable {
    /// How many components are kept; nil: as many as the first batch has rows or columns.
    public let components: Int?
    /// Whether scores are divided by their standard deviations.
    public let whiten: Bool
    /// The components of the rows seen so far; nil before the first batch.
    public private(set) var pca: PCA<Scalar>?
    /// The columns' sums of squared deviations from the mean.
    private var squares: [Double] = []

    /// Nothing seen yet.
    /// - Precondition: `components` is nil or at least 1.
    public init(components: Int? = nil, whiten: Bool = false) {
        precondition(components ?? 1 >= 1, "\(components ?? 0) components; at least 1 must be asked for")
        self.components = components
        self.whiten = whiten
    }

    /// How many rows have been seen.
    public var sampleCount: Int { pca?.sampleCount ?? 0 }

    /// Takes in a batch.
    ///
    /// - Parameter x: shape [rows, columns]; in the first batch at least two rows, and as many as components.
    /// - Throws: ``PCAError`` as ``PCA/fit(_:_:)``, and for a first batch of too few rows or a later one with another
    ///   number of columns. What was learnt before is then as it was.
    public mutating func partialFit(_ x: Tensor<Scalar>) throws { try x.withView { try partialFit($0) } }

    /// Takes in data in batches.
    ///
    /// - Parameters:
    ///   - x: shape [rows, columns].
    ///   - batchSize: rows of a batch; nil: five times as many as columns. The last batch takes what would be too few
    ///     rows for one of their own.
    public mutating func fit(_ x: Tensor<Scalar>, batchSize: Int? = nil) throws {
        precondition(x.shape.rank == 2, "principal components of a tensor of shape \(x.shape), which is no matrix")
        let size = batchSize ?? 5 * x.shape[1], least = max(components ?? 0, 0)
        guard x.count > 0 else { throw PCAError.noData(rows: x.shape[0], columns: x.shape[1]) }
        precondition(size > 0, "batches of \(size) rows")
        try x.withView { x in
            var start = 0
            while start < x.shape[0] {
                var end = min(start + size, x.shape[0])
                if x.shape[0] - end < least { end = x.shape[0] }
                try partialFit(x.rows(start..<end))
                start = end
            }
        }
    }

    private mutating func partialFit(_ x: TensorView<Scalar>) throws {
        precondition(x.shape.rank == 2, "principal components of a tensor of shape \(x.shape), which is no matrix")
        let (rows, columns) = (x.shape[0], x.shape[1])
        guard x.count > 0 else { throw PCAError.noData(rows: rows, columns: columns) }
        let count = try keptComponents(rows: rows, columns: columns)
        let means = try Scalar.pcaKernels.means(x)
        if let column = means.firstIndex(where: { !$0.isFinite }) { throw x.firstNotFinite ?? PCAError.tooLarge(column: column) }
        let batchSquares = try Scalar.pcaKernels.squares(x, means: means)
        let seen = Double(sampleCount), total = seen + Double(rows)

        // Chan, Golub and LeVeque's update of means and squares.
        let old = pca?.mean ?? [Double](repeating: 0, count: columns)
        let oldSquares = squares.isEmpty ? [Double](repeating: 0, count: columns) : squares
        let newMeans = (0..<columns).map { old[$0] + (means[$0] - old[$0]) * (Double(rows) / total) }
        let newSquares = (0..<columns).map { column in
            let d = means[column] - old[column]
            return oldSquares[column] + batchSquares[column] + d * d * (seen * Double(rows) / total)
        }
        if let column = newSquares.firstIndex(where: { !$0.isFinite }) { throw PCAError.tooLarge(column: column) }
        let totalSquares = newSquares.reduce(0, +)
        guard totalSquares > 0 else { throw PCAError.noVariance }

        let centring = Centring<Scalar>(means: means, scale: nil)
        let kept = pca?.count ?? 0
        let stacked = try Tensor<Scalar>(uninitialized: [rows + (pca == nil ? 0 : kept + 1), columns]) { (target) throws in
            let base = target.baseAddress!
            if let pca {
                pca.components.withUnsafeBufferPointer { source in
                    for i in source.indices { base[i] = source[i] * Scalar(pca.singularValues[i / columns]) }
                }
            }
            try centring.apply(to: x, into: MutableTensorView(pointer: base + kept * columns, shape: x.shape))
            if pca != nil {
                let weight = (seen / total * Double(rows)).squareRoot()
                for column in 0..<columns {
                    base[(kept + rows) * columns + column] = Scalar(weight * (old[column] - means[column]))
                }
            }
        }
        let (values, vectors) = try stacked.withView { try Scalar.pcaKernels.rightSingularVectors($0) }
        let squaredValues = values.map { Double($0) * Double($0) }
        let variances = squaredValues.map { $0 / (total - 1) }
        let rest = variances.dropFirst(count)
        pca = PCA(
            components: PCA.oriented(vectors.rows(0..<count)), mean: newMeans, scale: nil,
            explainedVariance: Array(variances.prefix(count)),
            explainedVarianceRatio: squaredValues.prefix(count).map { $0 / totalSquares },
            singularValues: values.prefix(count).map { Double($0) },
            noiseVariance: rest.isEmpty || count == rows || count == columns ? 0 : rest.reduce(0, +) / Double(rest.count),
            sampleCount: sampleCount + rows, solver: .full, whiten: whiten)
        squares = newSquares
    }

    private func keptComponents(rows: Int, columns: Int) throws -> Int {
        if let pca {
            guard columns == pca.columns else { throw PCAError.columnCount(found: columns, expected: pca.columns) }
            return pca.count
        }
        guard rows > 1 else { throw PCAError.tooFewRows(rows: rows) }
        guard let components else { return min(rows, columns) }
        guard components <= columns else {
            throw PCAError.componentCount(asked: components, limit: columns, rows: rows, columns: columns)
        }
        guard components <= rows else { throw PCAError.firstBatch(rows: rows, components: components) }
        return components
    }
}
