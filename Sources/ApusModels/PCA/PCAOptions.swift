/// How many principal components are kept.
///
/// Literals serve too: `2` is ``count(_:)`` and `0.95` is ``varianceRatio(_:)``.
public enum PCAComponents: Hashable, Sendable {
    /// As many as there can be: the smaller of rows and columns.
    case all
    /// This many, from 1 on.
    case count(Int)
    /// The fewest whose shares of the variance add up to more than this, between 0 and 1.
    case varianceRatio(Double)
    /// The number that is most probable by Minka's approximation to the evidence ("Automatic choice of dimensionality
    /// for PCA", NIPS 2000). Needs at least as many rows as columns.
    case mle
}

extension PCAComponents: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
    public init(integerLiteral value: Int) { self = .count(value) }
    public init(floatLiteral value: Double) { self = .varianceRatio(value) }
}

/// How principal components are computed.
public enum PCASolver: String, Hashable, Sendable, CaseIterable {
    /// Whatever suits the shape, as scikit-learn 1.9 decides: ``covariance`` for up to 1000 columns and ten times as
    /// many rows; else ``full`` for up to 500 rows and columns, and for ``PCAComponents/mle``; else ``randomized``
    /// where less than four fifths of the possible components are wanted by number; else ``full``.
    case auto
    /// The singular values of the centred data, by one-sided Jacobi rotations: the most accurate, also for components
    /// of tiny variance.
    case full
    /// The eigenvectors of the covariance: much the fastest for many rows. Squaring costs components whose standard
    /// deviation is below about 3e-4 (Float) or 1e-8 (Double) of the largest.
    case covariance
    /// Halko, Martinsson and Tropp's randomized range finder ("Finding structure with randomness", 2011) with power
    /// iterations, made orthonormal after every product: the leading components of large data, approximately.
    case randomized
}

/// Settings of ``PCA``.
public struct PCAOptions: Hashable, Sendable {
    /// How many components are kept.
    public var components: PCAComponents
    /// How they are computed.
    public var solver: PCASolver
    /// Whether columns are divided by their standard deviations (of the population, as scikit-learn's
    /// `StandardScaler` does) once they are centred.
    public var standardize: Bool
    /// Whether scores are divided by their standard deviations, so that each has variance 1.
    public var whiten: Bool
    /// Fixes the random numbers of ``PCASolver/randomized``.
    public var seed: UInt64
    /// How many directions more than components ``PCASolver/randomized`` follows.
    public var oversampling: Int
    /// How many power iterations ``PCASolver/randomized`` makes; nil: 7 for less than a tenth of the possible
    /// components, else 4.
    public var powerIterations: Int?

    /// Settings; the defaults are scikit-learn's.
    public init(
        components: PCAComponents = .all, solver: PCASolver = .auto, standardize: Bool = false, whiten: Bool = false,
        seed: UInt64 = 0, oversampling: Int = 10, powerIterations: Int? = nil
    ) {
        precondition(oversampling >= 0, "oversampling is \(oversampling); it must not be negative")
        precondition(powerIterations ?? 0 >= 0, "powerIterations is \(powerIterations ?? 0); it must not be negative")
        self.components = components
        self.solver = solver
        self.standardize = standardize
        self.whiten = whiten
        self.seed = seed
        self.oversampling = oversampling
        self.powerIterations = powerIterations
    }

    /// What ``PCASolver/auto`` means for a shape; the solver itself where it is another.
    public func solver(rows: Int, columns: Int) -> PCASolver {
        guard solver == .auto else { return solver }
        let smaller = min(rows, columns)
        if columns <= 1000, rows / 10 >= columns { return .covariance }
        if max(rows, columns) <= 500 || components == .mle { return .full }
        if case .count(let count) = components, 1 <= count, Double(count) < 0.8 * Double(smaller) { return .randomized }
        return .full
    }
}
