/// How often each class was taken for each: a row for each actual class, a column for each predicted one.
///
/// A figure whose denominator is 0 is 0, as in scikit-learn.
public struct ConfusionMatrix: Hashable, Sendable, Codable {
    /// `counts[actual][predicted]`.
    public private(set) var counts: [[Int]]

    /// Counts predicted against actual classes, both in 0 ..< classes.
    /// - Throws: ``MetricError``.
    public init(predicted: some Collection<Int>, actual: some Collection<Int>, classes: Int) throws {
        precondition(classes > 0, "a confusion matrix of \(classes) classes")
        guard predicted.count == actual.count else {
            throw MetricError.itemCount(predictions: predicted.count, labels: actual.count)
        }
        counts = Array(repeating: Array(repeating: 0, count: classes), count: classes)
        for (item, (p, a)) in zip(predicted, actual).enumerated() {
            for label in [p, a] where label < 0 || label >= classes {
                throw MetricError.label(label, item: item, classes: classes)
            }
            counts[a][p] += 1
        }
    }

    /// Counts two classes from the probability of class 1, which is predicted above `threshold`.
    /// - Throws: ``MetricError``.
    public init(probabilities: some Collection<Float>, actual: some Collection<Int>, threshold: Float = 0.5) throws {
        if let item = probabilities.enumerated().first(where: { $1.isNaN })?.offset {
            throw MetricError.notANumber(item: item)
        }
        try self.init(predicted: probabilities.map { $0 > threshold ? 1 : 0 }, actual: actual, classes: 2)
    }

    /// The number of classes.
    public var classes: Int { counts.count }
    /// The number of items.
    public var total: Int { counts.reduce(0) { $0 + $1.reduce(0, +) } }
    /// The share of items whose class was predicted.
    public var accuracy: Double { ratio((0..<classes).reduce(0) { $0 + counts[$1][$1] }, total) }

    /// How many of the items predicted to be of a class are.
    public func precision(of label: Int = 1) -> Double {
        ratio(counts[label][label], counts.reduce(0) { $0 + $1[label] })
    }

    /// How many of the items of a class were predicted to be.
    public func recall(of label: Int = 1) -> Double { ratio(counts[label][label], counts[label].reduce(0, +)) }

    /// The harmonic mean of precision and recall.
    public func f1(of label: Int = 1) -> Double {
        ratio(2 * counts[label][label], counts[label].reduce(0, +) + counts.reduce(0) { $0 + $1[label] })
    }

    /// The mean of ``f1(of:)`` over the classes.
    public var macroF1: Double { (0..<classes).reduce(0) { $0 + f1(of: $1) } / Double(classes) }

    private func ratio(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }
}

extension ConfusionMatrix {
    private enum CodingKeys: CodingKey { case counts }

    /// - Throws: `DecodingError` unless there are as many columns as rows, at least one, and the counts are
    ///   0 or more, with sums that an `Int` can hold twice (as ``f1(of:)`` needs).
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        counts = try container.decode([[Int]].self, forKey: .counts)
        func damaged(_ reason: String) -> DecodingError {
            .dataCorruptedError(forKey: .counts, in: container, debugDescription: reason)
        }
        guard !counts.isEmpty else { throw damaged("no classes") }
        var total = 0
        for (label, row) in counts.enumerated() {
            guard row.count == counts.count else {
                throw damaged("row \(label) has \(row.count) columns, but there are \(counts.count) rows")
            }
            for count in row {
                guard count >= 0 else { throw damaged("the count \(count) in row \(label)") }
                let (sum, overflow) = total.addingReportingOverflow(count)
                guard !overflow, sum <= Int.max / 2 else { throw damaged("counts too large to be added up") }
                total = sum
            }
        }
    }
}

/// The area under the receiver operating characteristic: the chance that an item of class 1 scores higher
/// than one of class 0, a tie counting half (Mann and Whitney's statistic).
/// - Throws: ``MetricError`` for counts that differ, a NaN, or items of one class only.
public func rocAUC(scores: some Collection<Float>, actual: some Collection<Bool>) throws -> Double {
    guard scores.count == actual.count else {
        throw MetricError.itemCount(predictions: scores.count, labels: actual.count)
    }
    if let item = scores.enumerated().first(where: { $1.isNaN })?.offset { throw MetricError.notANumber(item: item) }
    let sorted = zip(scores, actual).sorted { $0.0 < $1.0 }
    let positives = sorted.reduce(0) { $0 + ($1.1 ? 1 : 0) }
    let negatives = sorted.count - positives
    guard positives > 0 && negatives > 0 else { throw MetricError.oneClass }
    // Twice the number of pairs that are in order; equal scores form a group.
    var ordered = 0
    var below = 0
    var start = 0
    while start < sorted.count {
        var end = start
        var groupPositives = 0
        while end < sorted.count && sorted[end].0 == sorted[start].0 {
            if sorted[end].1 { groupPositives += 1 }
            end += 1
        }
        let groupNegatives = end - start - groupPositives
        ordered += groupPositives * (2 * below + groupNegatives)
        below += groupNegatives
        start = end
    }
    return Double(ordered) / (2 * Double(positives) * Double(negatives))
}
