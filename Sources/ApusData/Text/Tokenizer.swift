/// Turns texts into sequences of word numbers, word for word as Keras' `Tokenizer` does (`keras.preprocessing.text`, the legacy one; checked
/// against its stored outputs).
///
/// Words are numbered by how often they occur, the most frequent first, equals in the order they were first seen. Number 0 is never a word's:
/// it is for padding. With an ``unknownToken``, number 1 is its and no word's, words begin at 2, and a word not seen in fitting, or numbered
/// from ``wordLimit`` on, becomes 1; without one such words are dropped.
///
/// In one thing it departs from Keras on purpose: there, a word in the texts that is spelled like the unknown token gives its own number to
/// every unknown word. Here it is counted, but its number is 1.
///
/// Codable, to be saved within a model: the decoded tokenizer gives the same numbers and can be fitted further.
public struct Tokenizer: Hashable, Sendable {
    /// What Keras takes out by default: punctuation but for the apostrophe, tab and line feed.
    public static let defaultFilters = "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n"

    /// Only numbers below this come out of ``sequence(of:)``; `nil` for all. As 0 is padding, 1000 keeps the 999 most frequent words (998 and
    /// the unknown token). Keras' `num_words`.
    public let wordLimit: Int?
    /// The scalars that are replaced by the separator.
    public let filters: String
    /// Whether text is made lower case first.
    public let lowercases: Bool
    /// What stands between words.
    public let separator: String
    /// Whether every Unicode scalar is a word; filters are not used then.
    public let isCharacterLevel: Bool
    /// The name of the unknown word, for ``text(of:)``. Keras' `oov_token`.
    public let unknownToken: String?

    /// The number of texts fitted on.
    public private(set) var documentCount = 0

    private let splitting: WordSplitting
    // In the order of first sight.
    private var seenWords: [String] = []
    private var seenCounts: [Int] = []
    private var seenDocuments: [Int] = []
    private var seenIndex: [ExactString: Int] = [:]

    /// The words by their numbers; "" at 0.
    private var wordsByNumber: [String] = [""]
    private var numbers: [ExactString: Int32] = [:]

    /// - Parameters:
    ///   - wordLimit: the first number not used, positive; `nil` for no limit.
    ///   - filters: the scalars to be replaced by the separator.
    ///   - lowercases: whether text is made lower case.
    ///   - separator: what stands between words; not empty.
    ///   - isCharacterLevel: whether every scalar is a word.
    ///   - unknownToken: the name of the unknown word; `nil` to drop unknown words.
    public init(
        wordLimit: Int? = nil, filters: String = Tokenizer.defaultFilters, lowercases: Bool = true, separator: String = " ",
        isCharacterLevel: Bool = false, unknownToken: String? = nil
    ) {
        if let wordLimit { precondition(wordLimit > 0, "wordLimit is \(wordLimit); it must be positive") }
        self.wordLimit = wordLimit
        self.filters = filters
        self.lowercases = lowercases
        self.separator = separator
        self.isCharacterLevel = isCharacterLevel
        self.unknownToken = unknownToken
        splitting = WordSplitting(
            filters: filters, separator: separator, lowercases: lowercases, isCharacterLevel: isCharacterLevel)
        renumber()
    }

    /// Counts the words of some texts, on top of those counted before, and numbers all anew.
    public mutating func fit(onTexts texts: some Sequence<String>) {
        for text in texts { count(splitting.words(of: text)) }
        renumber()
    }

    /// Counts the words of texts already split, on top of those counted before, and numbers all anew.
    public mutating func fit(onWords texts: some Sequence<[String]>) {
        for words in texts { count(words.map(splitting.word)) }
        renumber()
    }

    /// The words' numbers of a text, in order.
    public func sequence(of text: String) -> [Int32] {
        sequence(ofSplit: splitting.words(of: text))
    }

    /// The numbers of a text already split.
    public func sequence(ofWords words: [String]) -> [Int32] {
        sequence(ofSplit: words.map(splitting.word))
    }

    /// The words' numbers of each text. Keras' `texts_to_sequences`.
    public func sequences(of texts: some Sequence<String>) -> [[Int32]] {
        texts.map { sequence(of: $0) }
    }

    /// The words of a sequence, with spaces between. Numbers that are no word's, or past the limit, become the unknown token or are dropped.
    public func text(of sequence: some Sequence<Int32>) -> String {
        sequence.compactMap { number in
            let isKept = number > 0 && Int(number) < min(wordsByNumber.count, wordLimit ?? .max)
            return isKept ? wordsByNumber[Int(number)] : unknownToken
        }.joined(separator: " ")
    }

    /// The words a text is split into.
    public func words(of text: String) -> [String] {
        splitting.words(of: text)
    }

    /// The words in the order of their numbers, the first being number 1 (the unknown token, where there is one). The limit is not applied.
    public var vocabulary: [String] { Array(wordsByNumber.dropFirst()) }

    /// The number of a word, as counted, whatever the limit; `nil` if it was never seen.
    public func number(of word: String) -> Int32? { numbers[ExactString(word)] }

    /// How often a word was seen.
    public func count(of word: String) -> Int { seenIndex[ExactString(word)].map { seenCounts[$0] } ?? 0 }

    /// In how many texts a word was seen.
    public func documentCount(of word: String) -> Int { seenIndex[ExactString(word)].map { seenDocuments[$0] } ?? 0 }

    /// One more than the highest number that can come out, padding counted: the rows an embedding needs.
    public var numberCount: Int { min(wordsByNumber.count, wordLimit.map { max($0, unknownToken == nil ? 1 : 2) } ?? .max) }

    private mutating func count(_ words: [String]) {
        documentCount += 1
        var inThisText: Set<Int> = []
        for word in words {
            let index: Int
            if let known = seenIndex[ExactString(word)] {
                index = known
                seenCounts[known] += 1
            } else {
                index = seenWords.count
                seenIndex[ExactString(word)] = index
                seenWords.append(word)
                seenCounts.append(1)
                seenDocuments.append(0)
            }
            if inThisText.insert(index).inserted { seenDocuments[index] += 1 }
        }
    }

    private mutating func renumber() {
        // The standard library's sort is stable in fact but not by contract; the second key makes it so.
        let order = seenWords.indices.sorted { seenCounts[$0] == seenCounts[$1] ? $0 < $1 : seenCounts[$0] > seenCounts[$1] }
        wordsByNumber = [""]
        numbers = [:]
        numbers.reserveCapacity(seenWords.count + 1)
        if let unknownToken { number(unknownToken) }
        for index in order where numbers[ExactString(seenWords[index])] == nil { number(seenWords[index]) }
    }

    private mutating func number(_ word: String) {
        numbers[ExactString(word)] = Int32(wordsByNumber.count)
        wordsByNumber.append(word)
    }

    private func sequence(ofSplit words: [String]) -> [Int32] {
        let unknown: Int32? = unknownToken == nil ? nil : 1
        let limit = Int32(clamping: wordLimit ?? .max)
        return words.compactMap { word in
            guard let number = numbers[ExactString(word)], number < limit || wordLimit == nil else { return unknown }
            return number
        }
    }
}

extension Tokenizer: Codable {
    private enum CodingKeys: String, CodingKey {
        case wordLimit, filters, lowercases, separator, isCharacterLevel, unknownToken, documentCount, words, counts, documents
    }

    /// - Throws: `DecodingError` for contents no tokenizer has: an empty separator, a limit or count that is not positive, lists of different
    ///   lengths, a word twice.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func require(_ condition: Bool, _ key: CodingKeys, _ problem: String) throws {
            if !condition { throw DecodingError.dataCorruptedError(forKey: key, in: values, debugDescription: problem) }
        }
        let wordLimit = try values.decodeIfPresent(Int.self, forKey: .wordLimit)
        try require(wordLimit ?? 1 > 0, .wordLimit, "the limit must be positive")
        let separator = try values.decode(String.self, forKey: .separator)
        try require(!separator.isEmpty, .separator, "the separator must not be empty")
        try self.init(
            wordLimit: wordLimit, filters: values.decode(String.self, forKey: .filters),
            lowercases: values.decode(Bool.self, forKey: .lowercases), separator: separator,
            isCharacterLevel: values.decode(Bool.self, forKey: .isCharacterLevel),
            unknownToken: values.decodeIfPresent(String.self, forKey: .unknownToken))

        documentCount = try values.decode(Int.self, forKey: .documentCount)
        seenWords = try values.decode([String].self, forKey: .words)
        seenCounts = try values.decode([Int].self, forKey: .counts)
        seenDocuments = try values.decode([Int].self, forKey: .documents)
        try require(documentCount >= 0, .documentCount, "the number of texts must not be negative")
        try require(seenWords.count < Int(Int32.max) - 1, .words, "too many words")
        try require(seenCounts.count == seenWords.count, .counts, "\(seenCounts.count) counts for \(seenWords.count) words")
        try require(seenDocuments.count == seenWords.count, .documents, "\(seenDocuments.count) counts for \(seenWords.count) words")
        try require(seenCounts.allSatisfy { $0 > 0 }, .counts, "a word's count must be positive")
        for (index, word) in seenWords.enumerated() {
            try require(seenIndex.updateValue(index, forKey: ExactString(word)) == nil, .words, "\"\(word)\" stands twice")
        }
        renumber()
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encodeIfPresent(wordLimit, forKey: .wordLimit)
        try values.encode(filters, forKey: .filters)
        try values.encode(lowercases, forKey: .lowercases)
        try values.encode(separator, forKey: .separator)
        try values.encode(isCharacterLevel, forKey: .isCharacterLevel)
        try values.encodeIfPresent(unknownToken, forKey: .unknownToken)
        try values.encode(documentCount, forKey: .documentCount)
        try values.encode(seenWords, forKey: .words)
        try values.encode(seenCounts, forKey: .counts)
        try values.encode(seenDocuments, forKey: .documents)
    }
}
