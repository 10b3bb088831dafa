import ApusNN
import Foundation

/// How well a classifier does on labelled comments, which it calls spam above ``threshold``.
public struct SpamEvaluation: Hashable, Sendable, Codable {
    /// A probability above this one is spam.
    public static let threshold: Float = 0.5

    /// Rows are what comments are (ham, spam), columns what they were called.
    public var confusion: ConfusionMatrix
    /// The area under the receiver operating characteristic; nil if there is only one class.
    public var auc: Double?

    /// The mean binary cross-entropy; probabilities are taken to be at least 1e-7 from 0 and 1.
    public var logLoss: Double

    /// From probabilities of spam and classes, 1 for spam.
    public init(probabilities: [Float], labels: [Float]) throws {
        confusion = try ConfusionMatrix(
            probabilities: probabilities, actual: labels.map { Int($0) }, threshold: SpamEvaluation.threshold)
        let losses = zip(probabilities, labels).map { p, label in
            let right = label == 1 ? Double(p) : 1 - Double(p)
            return -log(min(max(right, 1e-7), 1 - 1e-7))
        }
        logLoss = losses.isEmpty ? 0 : losses.reduce(0, +) / Double(losses.count)
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
