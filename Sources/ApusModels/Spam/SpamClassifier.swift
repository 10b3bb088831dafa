import ApusCore
import ApusData
import ApusNN

/// Tells spam from ham among short comments.
///
/// ```swift
/// let comments = try CommentDataset(contentsOf: "comments/")
/// let (train, test) = try comments.holdingOut("Shakira")
/// let (classifier, _) = try SpamClassifier.train(on: train)
/// print(try classifier.evaluate(test).accuracy)
/// try classifier.save(to: "spam.safetensors")
/// ```
public final class SpamClassifier {
    /// The model behind it.
    public let model: any SpamModel
    /// How the model was trained.
    public var recipe: SpamRecipe { type(of: model).recipe }

    /// A classifier around a model.
    public init(_ model: any SpamModel) { self.model = model }

    /// Trains a classifier.
    /// - Parameters:
    ///   - training: comments, each with a class.
    ///   - validation: comments that every epoch is judged on; nothing is decided by them.
    ///   - recipe: how.
    ///   - settings: epochs, batch size, seed; nil values are the recipe's own.
    ///   - callbacks: told of every batch and epoch.
    /// - Returns: the classifier and its learning curves.
    /// - Throws: ``SpamError`` for comments without a class or of one class only.
    public static func train(
        on training: CommentDataset, validation: CommentDataset? = nil, recipe: SpamRecipe = .cues,
        settings: SpamTrainingSettings = SpamTrainingSettings(), callbacks: [any Callback] = []
    ) throws -> (classifier: SpamClassifier, history: History) {
        func run<M: SpamModel>(_: M.Type) throws -> (classifier: SpamClassifier, history: History) {
            let (model, history) = try M.train(
                on: training, validation: validation, settings: settings, callbacks: callbacks)
            return (SpamClassifier(model), history)
        }
        switch recipe {
        case .reference: return try run(ReferenceSpamModel.self)
        case .cues: return try run(CueSpamModel.self)
        }
    }

    /// The probability of spam of each comment, in order.
    public func probabilities(of comments: [Comment]) throws -> [Float] { try model.probabilities(of: comments) }
    /// The probability of spam of each text, in order.
    public func probabilities(of texts: [String]) throws -> [Float] {
        try probabilities(of: texts.map { Comment(text: $0) })
    }

    /// How well it does on labelled comments.
    public func evaluate(_ comments: CommentDataset) throws -> SpamEvaluation {
        try SpamEvaluation(probabilities: probabilities(of: comments.comments), labels: SpamClassifier.labels(of: comments))
    }

    /// The classes as numbers, 1 for spam.
    /// - Throws: ``SpamError/badLabel(comment:source:label:)``.
    static func labels(of comments: CommentDataset) throws -> [Float] {
        try comments.comments.enumerated().map { place, comment in
            guard let label = comment.label, label == 0 || label == 1 else {
                throw SpamError.badLabel(comment: place, source: comment.source, label: comment.label)
            }
            return Float(label)
        }
    }

    /// The same for comments to train on: every ``SpamModel`` begins its training with it.
    /// - Throws: ``SpamError/badLabel(comment:source:label:)``, ``SpamError/oneClass(spam:ham:)``.
    static func trainingLabels(of comments: CommentDataset) throws -> [Float] {
        let labels = try labels(of: comments)
        let spam = labels.count { $0 == 1 }
        guard spam > 0, spam < labels.count else { throw SpamError.oneClass(spam: spam, ham: labels.count - spam) }
        return labels
    }
}
