import ApusCore
import ApusData
import ApusNN

/// The default recipe: cues of advertising, hashed n-grams and a convolution over words in one network.
///
/// A comment is normalized (markup, styled letters, words spaced out or disguised) and taken apart into
/// tokens, of which addresses, handles and numbers become marks. From these come ``CueFeature``s made by
/// hand, ``HashedGrams`` weighted by their rarity, and the tokens in their order; ``CueNetwork`` combines
/// them. Three such networks are trained and their probabilities averaged. Only the text is looked at,
/// and only what is known from at least two videos is learned from.
///
/// Adam, 15 epochs of batches of 64, learning rate 0.002 falling to 0 in a straight line, targets 0.05 and
/// 0.95 (label smoothing, Szegedy et al., 2016).
public final class CueSpamModel: SpamModel {
    public static let recipe = SpamRecipe.cues

    static let epochs = 15, batchSize = 64, memberCount = 3
    static let learningRate: Float = 0.002, smoothing: Float = 0.05
    /// How many comments are encoded and judged at once at inference.
    private static let chunk = 1024, inferenceBatch = 128

    let vectorizer: CueVectorizer
    let networks: CueEnsemble

    init(vectorizer: CueVectorizer, networks: CueEnsemble) {
        self.vectorizer = vectorizer
        self.networks = networks
    }

    /// Trains on labelled comments.
    ///
    /// The same comments, settings and seed give the same model, bit for bit.
    /// - Throws: ``SpamError/badLabel(comment:source:label:)`` for a comment without class, of the validation
    ///   set too, ``SpamError/oneClass(spam:ham:)``, and what callbacks throw.
    public static func train(
        on training: CommentDataset, validation: CommentDataset?, settings: SpamTrainingSettings,
        callbacks: [any Callback]
    ) throws -> (model: CueSpamModel, history: History) {
        let targets = smoothed(try SpamClassifier.trainingLabels(of: training))
        let held = try validation.map { (comments: $0, targets: smoothed(try SpamClassifier.labels(of: $0))) }

        let documents = try CueDocument.documents(training.texts)
        let vectorizer = CueVectorizer(fitting: documents, sources: training.comments.map { $0.source.lowercased() })
        let networks = try CueEnsemble(
            CueNetwork.Sizes(grams: vectorizer.buckets.count, indices: vectorizer.indexCount), members: memberCount,
            seed: settings.seed)
        let epochs = settings.epochs ?? epochs, batchSize = settings.batchSize ?? batchSize
        let decay = LinearDecay(
            initial: learningRate, steps: stepCount(items: training.count, epochs: epochs, batchSize: batchSize))
        let history = try networks.fit(
            CueDataset(documents, targets: targets, vectorizer: vectorizer), epochs: epochs, batchSize: batchSize,
            optimizer: Adam(learningRate: learningRate, epsilon: 1e-8),
            validation: try held.map {
                CueDataset(try CueDocument.documents($0.comments.texts), targets: $0.targets, vectorizer: vectorizer)
            },
            seed: settings.seed, callbacks: [LearningRateScheduler(decay)] + callbacks)
        return (CueSpamModel(vectorizer: vectorizer, networks: networks), history)
    }

    private static func smoothed(_ labels: [Float]) -> [Float] { labels.map { smoothing + $0 * (1 - 2 * smoothing) } }

    /// The steps of a whole training, the largest number where they are more; settings that `fit` refuses give 0.
    static func stepCount(items: Int, epochs: Int, batchSize: Int) -> Int64 {
        guard epochs > 0, batchSize > 0 else { return 0 }
        let batches = items / batchSize + (items % batchSize == 0 ? 0 : 1)
        let (steps, overflow) = Int64(epochs).multipliedReportingOverflow(by: Int64(batches))
        return overflow ? Int64.max : steps
    }

    public func probabilities(of comments: [Comment]) throws -> [Float] {
        var probabilities: [Float] = []
        probabilities.reserveCapacity(comments.count)
        for start in stride(from: 0, to: comments.count, by: CueSpamModel.chunk) {
            let texts = comments[start..<min(comments.count, start + CueSpamModel.chunk)].map(\.text)
            let data = CueDataset(try CueDocument.documents(texts), vectorizer: vectorizer)
            let order = Array(0..<data.itemCount)
            for first in stride(from: 0, to: order.count, by: CueSpamModel.inferenceBatch) {
                let items = order[first..<min(order.count, first + CueSpamModel.inferenceBatch)]
                try items.withUnsafeBufferPointer { items in
                    probabilities += try data.withBatch(items, epoch: 0) { try networks.probabilities($0) }
                }
            }
        }
        return probabilities
    }

    public func summary() -> String {
        let sizes = networks.members[0].sizes
        let count = networks.namedParameters.reduce(0) { $0 + $1.parameter.count }
        return """
            Cues, n-grams and a word convolution: the mean of \(networks.members.count) networks
              \(CueFeature.allCases.count) features, \(sizes.grams) hashed n-grams, \(vectorizer.vocabulary.count) words
              tokens ── Embedding \(sizes.indices)×\(sizes.embedding) ─ Conv1D \(sizes.filters)×3 ReLU ─ max ─┐
              features ─┬─ Dense \(sizes.hidden) ReLU ─┼─ Dense 1 ─ sigmoid
                        └───────────────┤
              n-grams ──────────────────┘
            \(count) parameters
            """
    }
}

/// From `initial` to 0 in a straight line.
struct LinearDecay: LearningRateSchedule {
    let initial: Float
    let steps: Int64

    func learningRate(at step: Int64) -> Float {
        steps > 0 ? initial * Float(1 - min(1, Double(step) / Double(steps))) : initial
    }
}
