/// Measurements of 150 iris flowers of three species, the data set of R. A. Fisher, "The use of multiple measurements in taxonomic
/// problems", Annals of Eugenics 7 (1936), pages 179–188, gathered by Edgar Anderson.
///
/// There are two versions: Fisher's, which scikit-learn and R have, and that of the UCI Machine Learning Repository (`iris.data`), where
/// the 35th and the 38th flower were mistyped, as its own `iris.names` tells. They differ in three numbers, counted from 1:
///
/// | flower | Fisher | UCI |
/// | --- | --- | --- |
/// | 35 | 4.9, 3.1, 1.5, **0.2** | 4.9, 3.1, 1.5, **0.1** |
/// | 38 | 4.9, **3.6**, **1.4**, 0.1 | 4.9, **3.1**, **1.5**, 0.1 |
public struct Iris: Hashable, Sendable {
    /// Shape [150, 4], row-major: a row is a flower, its columns are ``featureNames``, in ``unit``.
    public let features: [Double]
    /// The species of each flower, an index into ``species``.
    public let labels: [Int]

    /// What the columns measure.
    public static let featureNames = ["sepal length", "sepal width", "petal length", "petal width"]
    /// The unit of all features: centimetre.
    public static let unit = "cm"
    /// The species' names.
    public static let species = ["Iris setosa", "Iris versicolor", "Iris virginica"]
    /// The number of flowers.
    public static let count = 150

    /// The data as Fisher printed it.
    public static let fisher = Iris(features: fisherMeasurements)

    /// The data as the UCI Machine Learning Repository has it, with its two mistyped flowers.
    public static let uci: Iris = {
        var features = fisherMeasurements
        features.replaceSubrange(34 * 4..<35 * 4, with: [4.9, 3.1, 1.5, 0.1])
        features.replaceSubrange(37 * 4..<38 * 4, with: [4.9, 3.1, 1.5, 0.1])
        return Iris(features: features)
    }()

    private init(features: [Double]) {
        self.features = features
        labels = (0..<Self.count).map { $0 / 50 }
    }

    /// The four numbers of a flower, counted from 0.
    public subscript(flower: Int) -> ArraySlice<Double> {
        precondition((0..<Self.count).contains(flower), "flower \(flower) of \(Self.count)")
        return features[flower * 4..<(flower + 1) * 4]
    }
}
