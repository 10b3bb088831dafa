/// How a text becomes words, as Keras' `text_to_word_sequence` does it: lower case, each scalar of a set replaced by the separator, split at
/// the separator, empty words dropped; or every scalar a word of its own.
struct WordSplitting: Hashable, Sendable {
    private let filtered: Set<Unicode.Scalar>
    private let separator: [UInt8]
    private let lowercases: Bool
    private let isCharacterLevel: Bool

    /// - Parameter separator: not empty.
    init(filters: String, separator: String, lowercases: Bool, isCharacterLevel: Bool) {
        precondition(!separator.isEmpty, "the separator between words must not be empty")
        filtered = Set(filters.unicodeScalars)
        self.separator = Array(separator.utf8)
        self.lowercases = lowercases
        self.isCharacterLevel = isCharacterLevel
    }

    func words(of text: String) -> [String] {
        let scalars = lowercases ? lowercasedScalars(text) : Array(text.unicodeScalars)
        // Keras does not filter here.
        if isCharacterLevel { return scalars.map { String($0) } }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(scalars.count)
        for scalar in scalars {
            if filtered.contains(scalar) {
                bytes.append(contentsOf: separator)
            } else {
                bytes.append(contentsOf: UTF8.encode(scalar)!)
            }
        }
        return split(bytes)
    }

    /// A word given ready-made.
    func word(_ token: String) -> String {
        guard lowercases else { return token }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: lowercasedScalars(token))
        return String(view)
    }

    // No sequence of UTF-8 begins inside another scalar's, so that bytes can be compared in place of scalars.
    private func split(_ bytes: [UInt8]) -> [String] {
        var words: [String] = []
        var start = 0
        var position = 0
        func endWord() {
            if position > start { words.append(String(decoding: bytes[start..<position], as: UTF8.self)) }
        }
        while position < bytes.count {
            if bytes[position] == separator[0], bytes[position...].starts(with: separator) {
                endWord()
                position += separator.count
                start = position
            } else {
                position += 1
            }
        }
        endWord()
        return words
    }
}
