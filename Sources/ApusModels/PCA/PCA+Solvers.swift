import ApusCore

extension PCA {
    /// All directions, from the singular values of the centred data.
    static func fullSpectrum(_ data: CentredData<Scalar>) throws -> PCASpectrum<Scalar> {
        let (values, vectors) = try data.copy().withView { try Scalar.pcaKernels.rightSingularVectors($0) }
        let variances = try variances(values, data)
        let epsilon = Double(Scalar.ulpOfOne) * Double(max(data.rows, data.columns))
        return PCASpectrum(
            vectors: vectors, variances: variances, length: variances.count, totalVariance: variances.reduce(0, +),
            relativeError: epsilon * epsilon)
    }

    /// The leading directions of the covariance.
    static func covarianceSpectrum(
        _ data: CentredData<Scalar>, components: PCAComponents
    ) throws -> PCASpectrum<Scalar> {
        let covariance = try Scalar.pcaKernels.covariance(
            data.x, means: data.means, factors: data.factors, divisor: Double(data.rows - 1))
        let columns = data.columns
        let diagonal = covariance.withUnsafeBufferPointer { source in (0..<columns).map { source[$0 * (columns + 1)] } }
        if let column = diagonal.firstIndex(where: { !$0.isFinite }) { throw PCAError.tooLarge(column: column) }
        var spectrum = PCASpectrum(
            vectors: Tensor<Scalar>(zeros: [0, columns]), variances: [], length: columns,
            totalVariance: diagonal.reduce(0, +), relativeError: Double(Scalar.ulpOfOne) * Double(columns))
        guard spectrum.totalVariance > 0 else { throw PCAError.noVariance }
        // Where their number is yet to be found, all variances are; vectors never more than are wanted.
        switch components {
        case .count(let count): (spectrum.variances, spectrum.vectors) = try leading(covariance, count)
        case .all: (spectrum.variances, spectrum.vectors) = try leading(covariance, columns)
        case .varianceRatio, .mle:
            spectrum.variances = try eigenvalues(ofCovariance: covariance, count: columns)
            spectrum.vectors = try leading(covariance, spectrum.count(of: components, data)).vectors
        }
        return spectrum
    }

    private static func leading(
        _ covariance: Tensor<Double>, _ count: Int
    ) throws -> (values: [Double], vectors: Tensor<Scalar>) {
        let (values, vectors) = try eigenvectors(ofCovariance: covariance, count: count)
        let converted = vectors.withUnsafeBufferPointer { source in
            Tensor<Scalar>(uninitialized: vectors.shape) { Scalar.pcaKernels.round(source, $0.baseAddress!) }
        }
        return (values, converted)
    }

    /// The leading directions, approximately.
    ///
    /// Source: N. Halko, P.-G. Martinsson, J. A. Tropp, "Finding structure with randomness", SIAM Review 53 (2011),
    /// algorithms 4.4 and 5.1; the number of power iterations is scikit-learn's. The shorter side is sampled.
    static func randomizedSpectrum(_ data: CentredData<Scalar>, _ options: PCAOptions) throws -> PCASpectrum<Scalar> {
        guard case .count(let count) = options.components else { throw PCAError.needsCount(solver: .randomized) }
        let smaller = min(data.rows, data.columns)
        let total = try data.totalVariance()
        let width = min(count + options.oversampling, smaller)
        let iterations = options.powerIterations ?? (Double(count) < 0.1 * Double(smaller) ? 7 : 4)
        let isTall = data.rows >= data.columns
        var stream = RandomStream(seed: options.seed, stream: 0x5043_4100)
        let sample = try stream.normal(shape: [smaller, width])
        var range = sample.withUnsafeBufferPointer { source in
            Tensor<Scalar>(uninitialized: [smaller, width]) { for i in $0.indices { $0[i] = Scalar(source[i]) } }
        }
        func longSide(_ basis: Tensor<Scalar>) throws -> Tensor<Scalar> { try product(data, basis, transposed: !isTall) }
        func shortSide(_ basis: Tensor<Scalar>) throws -> Tensor<Scalar> { try product(data, basis, transposed: isTall) }
        for _ in 0..<iterations {
            range = try orthonormal(longSide(range))
            range = try orthonormal(shortSide(range))
        }
        let basis = try orthonormal(longSide(range))
        // [shorter side, width], whose singular vectors are those of the data within the range that was found.
        let small = try shortSide(basis)
        let (values, vectors): ([Scalar], Tensor<Scalar>)
        if isTall {
            let (found, left) = try small.withView { try Scalar.pcaKernels.leftSingularVectors($0) }
            (values, vectors) = (found, transposed(left))
        } else {
            let (found, right) = try small.withView { try Scalar.pcaKernels.rightSingularVectors($0) }
            values = found
            vectors = try Tensor(uninitialized: [width, data.columns]) { (target) throws in
                try right.withView { right in
                    try basis.withView { basis in
                        try Scalar.pcaKernels.multiply(
                            right, by: basis, transposedB: true,
                            into: MutableTensorView(pointer: target.baseAddress!, shape: [width, data.columns]))
                    }
                }
            }
        }
        return PCASpectrum(
            vectors: vectors.rows(0..<count), variances: Array(try variances(values, data).prefix(count)), length: smaller,
            totalVariance: total, relativeError: Double(Scalar.ulpOfOne))
    }

    private static func variances(_ values: [Scalar], _ data: CentredData<Scalar>) throws -> [Double] {
        let variances = values.map { Double($0) * Double($0) / Double(data.rows - 1) }
        if variances.contains(where: { !$0.isFinite }) {
            let squares = try Scalar.pcaKernels.squares(data.x, means: data.means)
            throw PCAError.tooLarge(column: squares.firstIndex { !$0.isFinite } ?? 0)
        }
        return variances
    }

    private static func orthonormal(_ matrix: Tensor<Scalar>) throws -> Tensor<Scalar> {
        try matrix.withView { try Scalar.pcaKernels.orthonormalBasis($0) }
    }

    /// The centred data, or their transpose, times a matrix.
    private static func product(
        _ data: CentredData<Scalar>, _ matrix: Tensor<Scalar>, transposed: Bool
    ) throws -> Tensor<Scalar> {
        let width = matrix.shape[1]
        var result = Tensor<Scalar>(zeros: [transposed ? data.columns : data.rows, width])
        try result.withMutableView { result in
            try matrix.withView { matrix in
                try data.forEachBlock { start, block in
                    if transposed {
                        try Scalar.pcaKernels.multiply(
                            block, transposedA: true, by: matrix.rows(start..<start + block.shape[0]), beta: 1, into: result)
                    } else {
                        let target = MutableTensorView(
                            pointer: result.pointer + start * width, shape: [block.shape[0], width])
                        try Scalar.pcaKernels.multiply(block, by: matrix, into: target)
                    }
                }
            }
        }
        return result
    }

    private static func transposed(_ matrix: Tensor<Scalar>) -> Tensor<Scalar> {
        let (rows, columns) = (matrix.shape[0], matrix.shape[1])
        return matrix.withUnsafeBufferPointer { source in
            Tensor(uninitialized: [columns, rows]) { target in
                for row in 0..<rows {
                    for column in 0..<columns { target[column * rows + row] = source[row * columns + column] }
                }
            }
        }
    }
}
