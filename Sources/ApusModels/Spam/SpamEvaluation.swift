import ApusNN

/// How well a classifier does on labelled comments, which it calls spam above ``threshold``.
public struct SpamEvaluation: Hashable, Sendable, Codable {
    /// A probability above this one is spam.
    public static let threshold: Float = 0.5

    /// Rows are what comments are (ham, spam), columns what they were called.
    public var confusion: ConfusionMatrix
    /// The area under the receiver operating characteristic; nil if there is only one class.
    public var auc: Double?

    /// From probabilities of spam and classes, 1 for spam.
    public init(probabilities: [Float], labels: [Float]) throws {
        confusion = try ConfusionMatrix(
            probabilities: probabilities, actual: labels.map { Int($0) }, threshold: SpamEvaluation.threshold)
        let spam = labels.count { $0 == 1 }
        auc = spam > 0 && spam < labels.count ? try rocAUC(scores: probabilities, actual: labels.map { $0 == 1 }) : nil
    }

    /// The number of comments.
    public var count: Int { confusion.total }
    /// The share called right.
    public var accuracy: Double { confusion.accuracy }
    /// The harmonic mean of precision and recall of spam.
    public var f1: Double { confusion.f1(of: 1) }
}
