import ApusCore

/// Principal components: the directions in which data vary most, found and ready for use.
///
/// ```swift
/// let iris = Tensor(Iris.fisher.features, shape: [150, 4])
/// let pca = try PCA.fit(iris, components: 2)
/// print(pca.explainedVarianceRatio)       // [0.9246…, 0.0530…]
/// let scores = try pca.transform(iris)    // [150, 2]
/// let again = try pca.inverseTransform(scores)
/// try pca.save(to: "iris.safetensors")
/// ```
///
/// A value is always a fitted one: ``fit(_:_:)`` makes it, or ``load(from:)``, or ``IncrementalPCA`` for data that do
/// not fit in memory. Results agree with scikit-learn 1.9's `PCA`, signs included: the largest loading of each
/// component is positive.
///
/// Float data are never copied to Double. Means are summed in Double; the covariance is that of centred data, whose
/// blocks are added up in Double, so that a mean far from zero costs no digits.
public struct PCA<Scalar: PCAScalar>: Sendable {
    /// The components, shape [``count``, ``columns``]: orthonormal rows, the one of largest variance first.
    public let components: Tensor<Scalar>
    /// The columns' means, which are subtracted first.
    public let mean: [Double]
    /// The columns' standard deviations, which centred data are divided by; nil where data are only centred.
    public let scale: [Double]?
    /// The variance of the data along each component, with the divisor rows − 1.
    public let explainedVariance: [Double]
    /// The shares of all variance.
    public let explainedVarianceRatio: [Double]
    /// The singular values of the centred data that belong to the components.
    public let singularValues: [Double]
    /// The mean variance along the directions left out: the noise of Tipping and Bishop's probabilistic model (1999).
    public let noiseVariance: Double
    /// How many rows the components were found in.
    public let sampleCount: Int
    /// How they were computed; never `auto`.
    public let solver: PCASolver
    /// Whether ``transform(_:)`` divides scores by their standard deviations.
    public var whiten: Bool
    /// The columns' names, kept in the file; empty where nobody gave them.
    /// - Precondition: none or one a column.
    public var columnNames: [String] = [] {
        didSet {
            precondition(
                columnNames.isEmpty || columnNames.count == columns, "\(columnNames.count) names for \(columns) columns")
        }
    }

    /// How many components there are.
    public var count: Int { components.shape[0] }
    /// How many columns the data have.
    public var columns: Int { components.shape[1] }

    init(
        components: Tensor<Scalar>, mean: [Double], scale: [Double]?, explainedVariance: [Double],
        explainedVarianceRatio: [Double], singularValues: [Double], noiseVariance: Double, sampleCount: Int,
        solver: PCASolver, whiten: Bool
    ) {
        self.components = components
        self.mean = mean
        self.scale = scale
        self.explainedVariance = explainedVariance
        self.explainedVarianceRatio = explainedVarianceRatio
        self.singularValues = singularValues
        self.noiseVariance = noiseVariance
        self.sampleCount = sampleCount
        self.solver = solver
        self.whiten = whiten
    }
}
