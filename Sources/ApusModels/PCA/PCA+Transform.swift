import ApusCore

extension PCA {
    /// The scores of data: their coordinates along the components.
    ///
    /// - Parameter x: shape [rows, ``columns``]; no rows are fine.
    /// - Returns: shape [rows, ``count``].
    /// - Throws: ``PCAError/columnCount(found:expected:)``, ``PCAError/notFinite(row:column:value:)``.
    public func transform(_ x: Tensor<Scalar>) throws -> Tensor<Scalar> {
        precondition(x.shape.rank == 2, "scores of a tensor of shape \(x.shape), which is no matrix")
        guard x.shape[1] == columns else { throw PCAError.columnCount(found: x.shape[1], expected: columns) }
        let centring = Centring<Scalar>(means: mean, scale: scale)
        let weights = whiten ? scaledRows(by: deviations.map { 1 / $0 }) : components
        let scores = try Tensor<Scalar>(uninitialized: [x.shape[0], count]) { (target) throws in
            try x.withView { x in
                try weights.withView { weights in
                    try centring.forEachBlock(of: x) { start, block in
                        try Scalar.pcaKernels.multiply(
                            block, by: weights, transposedB: true,
                            into: MutableTensorView(
                                pointer: target.baseAddress! + start * count, shape: [block.shape[0], count]))
                    }
                }
            }
        }
        // A bad element makes its row's scores bad; only then is it looked for.
        let isFinite = scores.withUnsafeBufferPointer { $0.allSatisfy { $0.isFinite } }
        if !isFinite, let error = x.withView({ $0.firstNotFinite }) { throw error }
        return scores
    }

    /// The data that scores stand for: exactly those that were transformed where all components are kept, otherwise the
    /// nearest to them that the components can express.
    ///
    /// - Parameter scores: shape [rows, ``count``].
    /// - Returns: shape [rows, ``columns``].
    /// - Throws: ``PCAError/scoreCount(found:expected:)``.
    public func inverseTransform(_ scores: Tensor<Scalar>) throws -> Tensor<Scalar> {
        precondition(scores.shape.rank == 2, "data for scores of shape \(scores.shape), which is no matrix")
        guard scores.shape[1] == count else { throw PCAError.scoreCount(found: scores.shape[1], expected: count) }
        var weights = whiten ? scaledRows(by: explainedVariance.map { $0.squareRoot() }) : components
        if let scale {
            weights.withUnsafeMutableBufferPointer { for i in $0.indices { $0[i] *= Scalar(scale[i % columns]) } }
        }
        let shape: Shape = [scores.shape[0], columns]
        return try Tensor(uninitialized: shape) { (target) throws in
            guard let base = target.baseAddress else { return }
            try scores.withView { scores in
                try weights.withView { weights in
                    try Scalar.pcaKernels.multiply(
                        scores, by: weights, bias: mean.map { Scalar($0) },
                        into: MutableTensorView(pointer: base, shape: shape))
                }
            }
        }
    }

    /// The scores' standard deviations, none so small that dividing by it would overflow.
    private var deviations: [Double] { explainedVariance.map { max($0.squareRoot(), Double(Scalar.ulpOfOne)) } }

    private func scaledRows(by factors: [Double]) -> Tensor<Scalar> {
        components.withUnsafeBufferPointer { source in
            Tensor(uninitialized: components.shape) { target in
                for i in target.indices { target[i] = Scalar(Double(source[i]) * factors[i / columns]) }
            }
        }
    }
}
