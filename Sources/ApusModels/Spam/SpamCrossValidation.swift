import ApusData
import ApusNN

/// Every video held out in turn, with several seeds.
public enum SpamCrossValidation {
    /// One training run and what it gave.
    public struct Fold: Sendable, Codable {
        /// The video that was kept from training.
        public var heldOut: String
        /// What fixed the run's random choices.
        public var seed: UInt64
        /// How well the classifier did on that video.
        public var evaluation: SpamEvaluation
        /// How long training and judging took.
        public var seconds: Double
    }

    /// Trains on all videos but one and judges on that one, for every video and seed. An interrupt ends it
    /// with the folds that are done; the one at hand does not count.
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
                var isInterrupted = false
                let duration = try ContinuousClock().measure {
                    let (classifier, history) = try SpamClassifier.train(on: train, recipe: recipe, settings: settings)
                    isInterrupted = history.isInterrupted
                    if !isInterrupted { evaluation = try classifier.evaluate(test) }
                }
                guard !isInterrupted, let evaluation else { return folds }
                let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
                let fold = Fold(heldOut: video, seed: seed, evaluation: evaluation, seconds: seconds)
                folds.append(fold)
                try finished(fold)
            }
        }
        return folds
    }
}
