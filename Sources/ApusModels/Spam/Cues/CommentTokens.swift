/// A piece of a comment: a word in its canonical spelling, a mark such as `<url>` or `<n3>` in the place of
/// what varies, or one symbol.
struct CommentToken: Sendable {
    enum Kind: Sendable { case word, mark, symbol }

    let text: String
    let kind: Kind
    /// The length of `text` in scalars.
    let length: Int
    /// The word's number among those that rules name.
    let known: KnownWord

    /// Whether it counts as a word: all but symbols.
    var isWord: Bool { kind != .symbol }
}

/// A comment in pieces, with the addresses that were in it.
struct CommentTokens: Sendable {
    private(set) var tokens: [CommentToken] = []
    private(set) var addressCount = 0
    /// The addresses' lengths together, in scalars.
    private(set) var addressLength = 0

    /// - Parameters:
    ///   - s: a normalized comment in lower case.
    ///   - lexicon: numbers the words.
    init(_ s: [Unicode.Scalar], lexicon: CueLexicon) {
        var scanner = AddressScanner(s)
        var place = 0
        while let address = scanner.next(from: place) {
            scan(s[place..<address.lowerBound], lexicon)
            let isVideo = (address.lowerBound..<address.upperBound).contains {
                s[address].hasASCII("youtu", at: $0) || s[address].hasASCII("watch?v", at: $0)
            }
            append(isVideo ? "<yt>" : "<url>", .mark, lexicon)
            addressCount += 1
            addressLength += address.count
            place = address.upperBound
        }
        scan(s[place...], lexicon)
    }

    /// Adds a token, unless it would be the third of its kind in a row.
    private mutating func append(_ text: String, _ kind: CommentToken.Kind, _ lexicon: CueLexicon) {
        let count = tokens.count
        if count >= 2, tokens[count - 1].text == text, tokens[count - 2].text == text { return }
        tokens.append(
            CommentToken(text: text, kind: kind, length: text.unicodeScalars.count, known: lexicon.word(text)))
    }

    /// Takes text without addresses apart.
    private mutating func scan(_ s: ArraySlice<Unicode.Scalar>, _ lexicon: CueLexicon) {
        var i = s.startIndex
        while i < s.endIndex {
            let scalar = s[i]
            let start = i
            i += 1
            if scalar == " " { continue }
            if scalar == "@" || scalar == "#", i < s.endIndex, s[i].isWordScalar,
                start == s.startIndex || !s[start - 1].isWordScalar
            {
                while i < s.endIndex, s[i].isWordScalar { i += 1 }
                append(scalar == "@" ? "<at>" : "<tag>", .mark, lexicon)
            } else if scalar.isLetter {
                while i < s.endIndex, s[i].isLetter || (s[i] == "'" && i + 1 < s.endIndex && s[i + 1].isLetter) { i += 1 }
                append(Spelling.canonical(CommentTokens.squeezed(s[start..<i])), .word, lexicon)
            } else if scalar.isDigit {
                while i < s.endIndex,
                    s[i].isDigit || ((s[i] == "." || s[i] == ",") && i + 1 < s.endIndex && s[i + 1].isDigit)
                { i += 1 }
                append(CommentTokens.mark(forNumber: s[start..<i]), .mark, lexicon)
            } else {
                append(String(scalars: CollectionOfOne(scalar)), .symbol, lexicon)
            }
        }
    }

    /// The word with every letter that stands three times or more in a row written once.
    private static func squeezed(_ word: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        var i = word.startIndex
        while i < word.endIndex {
            var end = i + 1
            while end < word.endIndex, word[end] == word[i] { end += 1 }
            let count = end - i
            for _ in 0..<(count >= 3 ? 1 : count) { view.append(word[i]) }
            i = end
        }
        return String(view)
    }

    /// `<year>` for 2000 to 2019, else `<nK>` by the number K of digits, 7 standing for more.
    private static func mark(forNumber s: ArraySlice<Unicode.Scalar>) -> String {
        let digits = s.filter(\.isDigit)
        if digits.count == 4, digits[0] == "2", digits[1] == "0", digits[2] == "0" || digits[2] == "1" { return "<year>" }
        return numberMarks[min(digits.count, 7)]
    }

    private static let numberMarks = (0...7).map { "<n\($0)>" }
}
