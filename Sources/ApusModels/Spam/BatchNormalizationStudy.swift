import ApusData
import ApusNN

/// What batch normalization does to the reference model: trained with and without it, over several seeds.
public enum BatchNormalizationStudy {
    /// One training run.
    public struct Run: Sendable, Codable {
        /// Whether there was batch normalization.
        public var normalized: Bool
        /// What fixed the run's random choices.
        public var seed: UInt64
        /// The share of training comments called right, at inference.
        public var trainAccuracy: Double
        /// The share of held-out comments called right.
        public var heldOutAccuracy: Double
        /// The mean binary cross-entropy on the held-out comments.
        public var heldOutLoss: Double
        /// By how much the model does better on what it has seen: its overfitting.
        public var gap: Double { trainAccuracy - heldOutAccuracy }
    }

    /// Means and standard deviations (n − 1) of one side.
    public struct Side: Sendable, Codable {
        /// Over the seeds, of ``Run/trainAccuracy``.
        public var trainAccuracy: Spread
        /// Over the seeds, of ``Run/heldOutAccuracy``.
        public var heldOutAccuracy: Spread
        /// Over the seeds, of ``Run/heldOutLoss``.
        public var heldOutLoss: Spread
        /// Over the seeds, of ``Run/gap``.
        public var gap: Spread
    }

    /// A mean and a standard deviation.
    public struct Spread: Sendable, Codable {
        /// The arithmetic mean; 0 of no values.
        public var mean: Double
        /// The sample's standard deviation; 0 of fewer than two values.
        public var deviation: Double

        /// Of some values.
        public init(_ values: [Double]) {
            mean = values.reduce(0, +) / Double(max(1, values.count))
            let squares = values.reduce(0) { [mean] in $0 + ($1 - mean) * ($1 - mean) }
            deviation = values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : 0
        }
    }

    /// Trains with and without for every seed, from the same first weights where the layers are the same.
    /// An interrupt ends it with the seeds of which both runs are done.
    public static func run(
        train: CommentDataset, test: CommentDataset, seeds: [UInt64],
        settings: SpamTrainingSettings = SpamTrainingSettings(), finished: (Run) throws -> Void = { _ in }
    ) throws -> [Run] {
        var runs: [Run] = []
        for seed in seeds {
            for normalized in [true, false] {
                var settings = settings
                settings.seed = seed
                settings.usesBatchNormalization = normalized
                let (classifier, history) = try SpamClassifier.train(
                    on: train, recipe: .reference, settings: settings)
                // An interrupted run compares with nothing; nor does its seed's other half.
                if history.isInterrupted { return runs.filter { $0.seed != seed } }
                let heldOut = try classifier.evaluate(test)
                let run = Run(
                    normalized: normalized, seed: seed, trainAccuracy: try classifier.evaluate(train).accuracy,
                    heldOutAccuracy: heldOut.accuracy, heldOutLoss: heldOut.logLoss)
                runs.append(run)
                try finished(run)
            }
        }
        return runs
    }

    /// One side of the comparison.
    public static func side(_ runs: [Run], normalized: Bool) -> Side {
        let chosen = runs.filter { $0.normalized == normalized }
        return Side(
            trainAccuracy: Spread(chosen.map(\.trainAccuracy)), heldOutAccuracy: Spread(chosen.map(\.heldOutAccuracy)),
            heldOutLoss: Spread(chosen.map(\.heldOutLoss)), gap: Spread(chosen.map(\.gap)))
    }

    /// What the numbers show, in a sentence: a paired comparison over the seeds, called a difference only
    /// where its mean is more than twice its standard error.
    public static func verdict(_ runs: [Run]) -> String {
        let with = runs.filter(\.normalized).sorted { $0.seed < $1.seed }
        let without = runs.filter { !$0.normalized }.sorted { $0.seed < $1.seed }
        func compare(_ what: String, unit: String, factor: Double, _ value: (Run) -> Double) -> String {
            let difference = Spread(zip(with, without).map { factor * (value($0) - value($1)) })
            let error = difference.deviation / Double(max(1, with.count)).squareRoot()
            let size = "\((abs(difference.mean) * 1000).rounded() / 1000) \(unit)"
            if with.count < 2 || abs(difference.mean) <= 2 * error {
                let sign = difference.mean < 0 ? "−" : "+"
                return "\(what): no difference that these \(with.count) seeds can tell from chance (\(sign)\(size))"
            }
            return "\(what): \(difference.mean > 0 ? "higher" : "lower") with batch normalization by \(size)"
        }
        return [
            compare("held-out accuracy", unit: "points", factor: 100) { $0.heldOutAccuracy },
            compare("held-out loss", unit: "nats", factor: 1) { $0.heldOutLoss },
            compare("overfitting (train minus held-out accuracy)", unit: "points", factor: 100) { $0.gap },
        ].joined(separator: "; ") + "."
    }
}
