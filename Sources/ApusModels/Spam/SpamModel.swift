import ApusCore
import ApusData
import ApusNN

/// A way to tell spam from ham: text in, probability out. Each recipe is one; ``SpamClassifier`` is the
/// face that users see.
public protocol SpamModel: AnyObject {
    /// The recipe's name in commands and files.
    static var recipe: SpamRecipe { get }

    /// Trains on labelled comments.
    /// - Parameters:
    ///   - training: comments, each with a label.
    ///   - validation: comments on which every epoch is judged and nothing is decided; may be nil.
    ///   - settings: epochs, batch size, seed.
    ///   - callbacks: told of every batch and epoch.
    /// - Returns: the model and its learning curves.
    /// - Throws: ``SpamError`` for comments without a class, or of one class only; what callbacks throw.
    static func train(
        on training: CommentDataset, validation: CommentDataset?, settings: SpamTrainingSettings,
        callbacks: [any Callback]
    ) throws -> (model: Self, history: History)

    /// The probability of spam of each comment, in order.
    func probabilities(of comments: [Comment]) throws -> [Float]

    /// Everything that ``init(restoring:)`` needs: tensors and texts.
    func contents() throws -> SpamModelContents
    /// The model from what ``contents()`` gave.
    init(restoring contents: SpamModelContents) throws
    /// What it is made of, for people to read.
    func summary() -> String
}

/// The recipes that a classifier can be trained by.
public enum SpamRecipe: String, Codable, Sendable, CaseIterable {
    /// The article's network: word embedding and 1-D convolutions.
    case reference
    /// Cues, n-grams and a word convolution in one network: the default.
    case cues
}

/// What a recipe may be told; nil: the recipe's own choice.
public struct SpamTrainingSettings: Sendable {
    /// Passes over the training comments.
    public var epochs: Int?
    /// Comments a step.
    public var batchSize: Int?
    /// Fixes every random choice.
    public var seed: UInt64
    /// Reference recipe only: whether its dense layers are followed by batch normalization.
    public var usesBatchNormalization: Bool

    /// Settings; the recipe's own unless given.
    public init(
        epochs: Int? = nil, batchSize: Int? = nil, seed: UInt64 = 0, usesBatchNormalization: Bool = true
    ) {
        self.epochs = epochs
        self.batchSize = batchSize
        self.seed = seed
        self.usesBatchNormalization = usesBatchNormalization
    }
}

/// A model taken apart for a file: numbers by name and texts by name.
public struct SpamModelContents: Sendable {
    /// Weights and tables, each with a name of its own; shapes are the recipe's.
    public var tensors: [(name: String, value: Tensor<Float>)]
    /// JSON or plain text: vocabularies, settings, architecture.
    public var texts: [String: String]

    /// Contents; empty unless given.
    public init(tensors: [(name: String, value: Tensor<Float>)] = [], texts: [String: String] = [:]) {
        self.tensors = tensors
        self.texts = texts
    }
}
