import ApusData
import Foundation

/// A word of a comment and how much it speaks for spam.
public struct TellingWord: Hashable, Sendable, Codable {
    /// The word as written.
    public let word: String
    /// How much lower the log-odds of spam are without it: positive for spam, negative for ham.
    public let weight: Double
}

extension SpamClassifier {
    /// The words that tell most, the strongest first.
    ///
    /// Each word's weight is what its absence changes: the comment is judged again without it (occlusion,
    /// Zeiler and Fergus 2014), so it holds for every recipe. A word that stands more than once counts once,
    /// with all its places removed.
    /// - Parameters:
    ///   - comment: what to explain.
    ///   - limit: how many words at most.
    public func tellingWords(of comment: Comment, limit: Int = 8) throws -> [TellingWord] {
        let words = comment.text.split(whereSeparator: \.isWhitespace)
        var distinct: [Substring] = []
        for word in words where !distinct.contains(word) { distinct.append(word) }
        guard !distinct.isEmpty else { return [] }
        let variants = distinct.map { absent in
            var variant = comment
            variant.text = words.filter { $0 != absent }.joined(separator: " ")
            return variant
        }
        let logits = try probabilities(of: [comment] + variants).map(SpamClassifier.logit)
        let weighed = zip(distinct, logits.dropFirst()).map { TellingWord(word: String($0), weight: logits[0] - $1) }
        // Ties keep the comment's order, so that the result is always the same.
        return Array(
            weighed.enumerated().sorted {
                let (a, b) = (abs($0.element.weight), abs($1.element.weight))
                return a != b ? a > b : $0.offset < $1.offset
            }.prefix(limit).map(\.element))
    }

    private static func logit(_ probability: Float) -> Double {
        let p = min(max(Double(probability), 1e-7), 1 - 1e-7)
        return log(p / (1 - p))
    }
}
