import ApusCore

extension PCA {
    /// Finds the principal components of data.
    ///
    /// - Parameters:
    ///   - x: shape [rows, columns], at least two rows.
    ///   - options: how many components, and how.
    /// - Throws: ``PCAError`` for data that are empty, have an element that is not finite or no variance, for a
    ///   constant column that is to be standardized, and for a number of components that cannot be had;
    ///   `KernelError` when memory cannot be had.
    public static func fit(_ x: Tensor<Scalar>, _ options: PCAOptions = PCAOptions()) throws -> PCA {
        try x.withView { try fit($0, options) }
    }

    /// Finds the principal components of data, with every other setting at its default.
    public static func fit(_ x: Tensor<Scalar>, components: PCAComponents) throws -> PCA {
        try fit(x, PCAOptions(components: components))
    }

    /// Finds the principal components of data and gives their scores too, shape [rows, components].
    ///
    /// - Throws: as ``fit(_:_:)``.
    public static func fitTransform(
        _ x: Tensor<Scalar>, _ options: PCAOptions = PCAOptions()
    ) throws -> (pca: PCA, scores: Tensor<Scalar>) {
        let pca = try fit(x, options)
        return (pca, try pca.transform(x))
    }

    static func fit(_ x: TensorView<Scalar>, _ options: PCAOptions) throws -> PCA {
        let data = try CentredData(x, standardize: options.standardize)
        let limit = min(data.rows, data.columns)
        try check(options.components, limit: limit, data: data)

        let solver = options.solver(rows: data.rows, columns: data.columns)
        let spectrum =
            switch solver {
            case .full, .auto: try fullSpectrum(data)
            case .covariance: try covarianceSpectrum(data, components: options.components)
            case .randomized: try randomizedSpectrum(data, options)
            }

        let total = spectrum.totalVariance
        guard total > 0, total.isFinite else { throw PCAError.noVariance }
        let ratios = spectrum.variances.map { $0 / total }
        let count = spectrum.count(of: options.components, data)
        let variances = Array(spectrum.variances.prefix(count))
        // Directions left out: as many as there are known variances, or as the solver's spectrum would have.
        let rest = spectrum.length - count
        let left =
            spectrum.variances.count == spectrum.length
            ? spectrum.variances.dropFirst(count).reduce(0, +) : max(total - variances.reduce(0, +), 0)
        return PCA(
            components: oriented(spectrum.vectors.rows(0..<count)), mean: data.means, scale: data.scale,
            explainedVariance: variances, explainedVarianceRatio: Array(ratios.prefix(count)),
            singularValues: variances.map { ($0 * Double(data.rows - 1)).squareRoot() },
            noiseVariance: count < limit ? left / Double(rest) : 0, sampleCount: data.rows, solver: solver,
            whiten: options.whiten)
    }

    private static func check(_ components: PCAComponents, limit: Int, data: CentredData<Scalar>) throws {
        switch components {
        case .all: break
        case .count(let count):
            guard 1...limit ~= count else {
                throw PCAError.componentCount(asked: count, limit: limit, rows: data.rows, columns: data.columns)
            }
        case .varianceRatio(let ratio):
            guard ratio > 0, ratio < 1 else { throw PCAError.varianceRatio(ratio) }
        case .mle:
            guard data.rows >= data.columns else {
                throw PCAError.mleNeedsRows(rows: data.rows, columns: data.columns)
            }
        }
    }

    /// Scikit-learn's convention (`svd_flip` on the rows): the element of largest size in each row is positive.
    static func oriented(_ vectors: Tensor<Scalar>) -> Tensor<Scalar> {
        var vectors = vectors
        vectors.withMutableView { Scalar.pcaKernels.orientRows($0.shape[0], $0.shape[1], $0.pointer) }
        return vectors
    }
}

/// What a solver finds.
struct PCASpectrum<Scalar: PCAScalar> {
    /// One direction a row, at least as many as components are wanted.
    var vectors: Tensor<Scalar>
    /// The variance along each.
    var variances: [Double]
    /// How many variances there are in all; those not among ``variances`` are known by their sum only.
    var length: Int
    /// The sum of all.
    var totalVariance: Double
    /// What of the largest variance rounding may have made of zero.
    var relativeError: Double

    /// How many components are kept; by number, or told by the variances, of which all are then known.
    func count(of components: PCAComponents, _ data: CentredData<Scalar>) -> Int {
        let limit = min(data.rows, data.columns)
        switch components {
        case .all: return limit
        case .count(let count): return count
        case .varianceRatio(let ratio):
            // The fewest that explain more than the ratio.
            var sum = 0.0
            for (index, variance) in variances.prefix(limit).enumerated() {
                sum += variance / totalVariance
                if sum > ratio { return index + 1 }
            }
            return limit
        case .mle: return MinkaDimension.infer(spectrum: variances, rows: data.rows, floor: relativeError)
        }
    }
}
