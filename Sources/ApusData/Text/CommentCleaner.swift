/// Makes a comment plain before it is split into words: lower case, links replaced, everything but letters, digits and apostrophes turned
/// into spaces, runs of spaces squeezed to one, none at the ends.
///
/// This is the usual regular-expression cleaning of tutorials on text classification, in one pass:
///
///     text = text.lower()
///     text = re.sub(r"(?:https?|ftp)://[^\s<>\"]*|(?<![a-z0-9])www\.[^\s<>\"]*", link, text)
///     text = re.sub(r"[^letters, marks, digits, ']+", " ", text).strip()
///
/// Letters are those of every script (general categories L and M, the marks so that an accent stays with its letter), digits are decimal
/// digits (Nd). A typographic apostrophe (U+2019) becomes a plain one. Emoji vanish, and so do punctuation and case, which tell spam from the
/// rest quite well: what this throws away is a choice, so it is a step of its own and not part of ``Tokenizer``.
public struct CommentCleaner: Hashable, Sendable, Codable {
    /// What stands for a link in the result, as a word of its own. The default is nothing, as in the tutorials; a word such as "httplink"
    /// keeps the fact that there was one.
    public var link: String
    /// Whether letters are made lower case.
    public var lowercases: Bool

    /// A cleaner; links vanish and letters are made lower case unless told otherwise.
    public init(link: String = "", lowercases: Bool = true) {
        self.link = link
        self.lowercases = lowercases
    }

    /// The cleaned text.
    public func clean(_ text: String) -> String {
        let scalars = lowercases ? lowercasedScalars(text) : Array(text.unicodeScalars)
        var result = String.UnicodeScalarView()
        var needsSpace = false
        func append(_ scalar: Unicode.Scalar) {
            if needsSpace && !result.isEmpty { result.append(" ") }
            needsSpace = false
            result.append(scalar)
        }
        var position = 0
        while position < scalars.count {
            if let end = endOfLink(at: position, in: scalars) {
                needsSpace = true
                link.unicodeScalars.forEach(append)
                needsSpace = true
                position = end
                continue
            }
            let scalar = scalars[position]
            if scalar == "\u{2019}" {
                append("'")
            } else if isKept(scalar) {
                append(scalar)
            } else {
                needsSpace = true
            }
            position += 1
        }
        return String(result)
    }

    private func isASCIIWord(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
    }

    private func isKept(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return isASCIIWord(scalar) || scalar == "'" }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark, .spacingMark,
            .enclosingMark, .decimalNumber:
            return true
        default:
            return false
        }
    }

    private static let schemes = ["http://", "https://", "ftp://"].map { Array($0.unicodeScalars) }
    private static let www = Array("www.".unicodeScalars)

    /// Where the link that begins at `position` ends; `nil` where none begins.
    private func endOfLink(at position: Int, in scalars: [Unicode.Scalar]) -> Int? {
        let isLink: Bool
        switch scalars[position] {
        case "h", "f", "H", "F":
            isLink = Self.schemes.contains { begins($0, at: position, in: scalars) }
        case "w", "W":
            let isInsideWord = position > 0 && isASCIIWord(scalars[position - 1])
            isLink = !isInsideWord && begins(Self.www, at: position, in: scalars)
        default:
            isLink = false
        }
        guard isLink else { return nil }
        return scalars[position...].firstIndex { $0.properties.isWhitespace || $0 == "<" || $0 == ">" || $0 == "\"" } ?? scalars.count
    }

    private func begins(_ prefix: [Unicode.Scalar], at position: Int, in scalars: [Unicode.Scalar]) -> Bool {
        scalars.count - position >= prefix.count
            && zip(prefix, scalars[position...]).allSatisfy { $0 == $1 || ($1.isASCII && $0.value == $1.value | 0x20) }
    }
}
