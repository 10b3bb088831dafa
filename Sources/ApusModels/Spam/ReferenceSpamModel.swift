import ApusCore
import ApusData
import ApusNN
import Foundation

/// The article's network: a word embedding, two pairs of 1-D convolutions, two dense layers with batch
/// normalization, a sigmoid.
///
/// ```
/// Embedding 64 → Conv1D 64×5, 64×3 → max pool 2 → Conv1D 128×3, 128×3 → max pool 2
///   → Dense 100, normalization → Dense 100, normalization → Dense 1, sigmoid
/// ```
/// Words are those of the training comments, after lower-casing and replacing all that is no letter,
/// digit or apostrophe by a space; a comment is its last 250 words, padded in front. Padding has index 0
/// and words that training never saw have index 1, so that both are rows of the embedding.
public final class ReferenceSpamModel: SpamModel {
    public static let recipe = SpamRecipe.reference
    /// The words of a comment that the network sees.
    public static let length = 250

    /// The moving statistics' momentum. Ten epochs are 250 steps: with Keras' usual 0.99 the statistics would
    /// still hold a tenth of their first values and follow the network by 100 steps, so that predictions
    /// from them are near chance (in Keras, too). With 0.9 they follow by ten.
    static let movingMomentum: Float = 0.9

    /// The network, `[250]` indices to `[1]` probability.
    public let network: Sequential<Int32>
    /// The words and their indices.
    public let tokenizer: Tokenizer
    private let cleaner = CommentCleaner()

    init(network: Sequential<Int32>, tokenizer: Tokenizer) {
        self.network = network
        self.tokenizer = tokenizer
    }

    /// The network for a vocabulary, not yet trained.
    /// - Parameters:
    ///   - vocabulary: rows of the embedding.
    ///   - normalized: whether the dense layers are followed by batch normalization.
    ///   - seed: fixes the first weights.
    public static func network(vocabulary: Int, normalized: Bool = true, seed: UInt64 = 0) throws -> Sequential<Int32> {
        let network = try Sequential<Int32>(input: [length], seed: seed) {
            Embedding(vocabulary: vocabulary, width: 64)
            Conv1D(64, kernelSize: 5, padding: .same, activation: .relu)
            Conv1D(64, kernelSize: 3, padding: .same, activation: .relu)
            MaxPool1D(2)
            Conv1D(128, kernelSize: 3, padding: .same, activation: .relu)
            Conv1D(128, kernelSize: 3, padding: .same, activation: .relu)
            MaxPool1D(2)
            Flatten()
            Dense(100, activation: .relu)
            if normalized { BatchNormalization(momentum: movingMomentum) }
            Dense(100, activation: .relu)
            if normalized { BatchNormalization(momentum: movingMomentum) }
            Dense(1, activation: .sigmoid)
        }
        network.name = "spam_reference"
        return network
    }

    public static func train(
        on training: CommentDataset, validation: CommentDataset?, settings: SpamTrainingSettings,
        callbacks: [any Callback]
    ) throws -> (model: ReferenceSpamModel, history: History) {
        let labels = try SpamClassifier.trainingLabels(of: training)
        var tokenizer = Tokenizer(unknownToken: "<unknown>")
        let cleaner = CommentCleaner()
        tokenizer.fit(onTexts: training.texts.map(cleaner.clean))
        let model = ReferenceSpamModel(
            network: try network(
                vocabulary: tokenizer.numberCount, normalized: settings.usesBatchNormalization, seed: settings.seed),
            tokenizer: tokenizer)
        let held = try validation.map {
            (inputs: model.indices(of: $0.texts), targets: Tensor(try SpamClassifier.labels(of: $0)).reshaped(to: [$0.count, 1]))
        }
        let history = try model.network.fit(
            model.indices(of: training.texts), Tensor(labels).reshaped(to: [labels.count, 1]),
            loss: BinaryCrossEntropy(), optimizer: Adam(), metrics: [BinaryAccuracy()], epochs: settings.epochs ?? 10,
            batchSize: settings.batchSize ?? 64, validation: held, seed: settings.seed, callbacks: callbacks)
        // Ten short epochs leave the moving statistics behind the weights; see `movingMomentum`.
        if settings.usesBatchNormalization && !history.isInterrupted {
            var order = RandomStream(seed: settings.seed).forked(0x57A7)
            try model.network.gatherBatchStatistics(
                model.indices(of: training.texts.shuffled(using: &order)), batchSize: settings.batchSize ?? 64)
        }
        return (model, history)
    }

    /// `[texts, 250]`.
    func indices(of texts: [String]) -> Tensor<Int32> {
        let padded = padSequences(
            tokenizer.sequences(of: texts.map(cleaner.clean)), maxLength: ReferenceSpamModel.length)
        return Tensor(padded.values, shape: [texts.count, ReferenceSpamModel.length])
    }

    public func probabilities(of comments: [Comment]) throws -> [Float] {
        try network.predict(indices(of: comments.map(\.text)), batchSize: 64).scalars
    }

    public func summary() -> String { network.summary() }

    private static let tokenizerKey = "tokenizer", normalizedKey = "normalized"

    public func contents() throws -> SpamModelContents {
        let json = try JSONEncoder().encode(tokenizer)
        let normalized = network.layers.contains { $0 is BatchNormalization }
        return SpamModelContents(
            tensors: network.namedParameters.map { (name: $0.name, value: $0.parameter.value) },
            texts: [
                ReferenceSpamModel.tokenizerKey: String(decoding: json, as: UTF8.self),
                ReferenceSpamModel.normalizedKey: normalized ? "1" : "0",
            ])
    }

    public convenience init(restoring contents: SpamModelContents) throws {
        let json = try contents.text(ReferenceSpamModel.tokenizerKey)
        let tokenizer: Tokenizer
        do {
            tokenizer = try JSONDecoder().decode(Tokenizer.self, from: Data(json.utf8))
        } catch {
            throw SpamError.damagedModel("the vocabulary cannot be read: \(error)")
        }
        let network = try ReferenceSpamModel.network(
            vocabulary: tokenizer.numberCount,
            normalized: try contents.text(ReferenceSpamModel.normalizedKey) == "1")
        try contents.fill(network.namedParameters)
        self.init(network: network, tokenizer: tokenizer)
    }
}
