import ApusData
import ApusNN

/// Every video held out in turn, with several seeds.
public enum SpamCrossValidation {
    /// One training run and what it gave.
    public struct Fold: Sendable, Codable {
        public var heldOut: String
        public var seed: UInt64
        public var evaluation: SpamEvaluation
        public var seconds: Double
    }

    /// Trains on all videos but one and judges on that one, for every video and seed.
    /// - Parameters:
    ///   - comments: comments on at least two videos.
    ///   - videos: which to hold out; nil: every one.
    ///   - finished: told of each fold as it is done.
    /// - Throws: ``SpamError``; `CommentDatasetError` for an unknown video.
    public static func run(
        on comments: CommentDataset, videos: [String]? = nil, recipe: SpamRecipe, seeds: [UInt64],
        settings: SpamTrainingSettings = SpamTrainingSettings(), finished: (Fold) throws -> Void = { _ in }
    ) throws -> [Fold] {
        var folds: [Fold] = []
        for video in videos ?? comments.sources {
            let (train, test) = try comments.holdingOut(video)
            for seed in seeds {
                var settings = settings
                settings.seed = seed
                var evaluation: SpamEvaluation?
                let duration = try ContinuousClock().measure {
                    let (classifier, _) = try SpamClassifier.train(on: train, recipe: recipe, settings: settings)
                    evaluation = try classifier.evaluate(test)
                }
                guard let evaluation else { continue }
                let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
                let fold = Fold(heldOut: video, seed: seed, evaluation: evaluation, seconds: seconds)
                folds.append(fold)
                try finished(fold)
            }
        }
        return folds
    }
}
