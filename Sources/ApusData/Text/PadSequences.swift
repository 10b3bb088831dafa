/// Sequences brought to one length: a matrix of shape [count, length], row-major.
public struct PaddedSequences: Hashable, Sendable {
    /// The numbers, row after row.
    public var values: [Int32]
    /// The number of rows.
    public let count: Int
    /// The length of a row.
    public let length: Int

    /// A row, counted from 0.
    public subscript(row: Int) -> ArraySlice<Int32> {
        precondition((0..<count).contains(row), "row \(row) of \(count) padded sequences")
        return values[row * length..<(row + 1) * length]
    }
}

/// At which end a sequence is filled up or cut.
public enum SequenceEnd: String, Hashable, Sendable, Codable {
    /// At its beginning.
    case pre
    /// At its end.
    case post
}

/// Brings sequences to one length, as Keras' `pad_sequences` does: shorter ones are filled up with `value`, longer ones cut.
///
/// - Parameters:
///   - sequences: the sequences; empty ones become all `value`.
///   - maxLength: the length of a row; that of the longest sequence when `nil`.
///   - padding: the end at which `value` is put.
///   - truncating: the end at which numbers are dropped.
///   - value: what fills up a row.
public func padSequences(
    _ sequences: [[Int32]], maxLength: Int? = nil, padding: SequenceEnd = .pre, truncating: SequenceEnd = .pre, value: Int32 = 0
) -> PaddedSequences {
    let length = maxLength ?? sequences.lazy.map(\.count).max() ?? 0
    precondition(length >= 0, "maxLength is \(length); it must not be negative")
    var values = [Int32](repeating: value, count: sequences.count * length)
    for (row, sequence) in sequences.enumerated() {
        let kept = truncating == .pre ? sequence.suffix(length) : sequence.prefix(length)
        let start = row * length + (padding == .pre ? length - kept.count : 0)
        values.replaceSubrange(start..<start + kept.count, with: kept)
    }
    return PaddedSequences(values: values, count: sequences.count, length: length)
}
