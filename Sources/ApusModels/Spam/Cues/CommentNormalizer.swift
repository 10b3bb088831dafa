import Foundation

/// Makes different ways to write the same thing the same: markup, styled letters, spaced-out words,
/// letters borrowed from another script.
///
/// Case is kept, for capitals tell something. All work is on Unicode scalars: a comment's length is a
/// count of them.
enum CommentNormalizer {
    static func normalize(_ text: String) -> [Unicode.Scalar] {
        var scalars = Array(text.unicodeScalars)
        if scalars.contains("<") { scalars = withoutTags(withLinksAsAddresses(scalars)) }
        if scalars.contains("&") { scalars = withEntitiesDecoded(scalars) }
        scalars = compatible(scalars)
        collapseSpaces(&scalars)
        scalars = withSpacedLettersJoined(scalars)
        undisguise(&scalars)
        return scalars
    }

    // MARK: Markup

    /// `<a href="address">text</a>` → address; a time stamp (`3:40`), which leads into the same video,
    /// keeps its text instead.
    private static func withLinksAsAddresses(_ s: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var out: [Unicode.Scalar] = []
        out.reserveCapacity(s.count)
        var i = 0
        // Links that begin before this place have been tried: which attribute is the address depends on
        // where the tag ends alone.
        var tried = 0
        while i < s.count {
            if s[i] == "<", i >= tried, s.hasASCII("<a ", at: i, ignoringCase: true) {
                if let link = link(in: s, at: i) {
                    out.append(" ")
                    let isTime = !link.text.isEmpty && s[link.text].allSatisfy { $0.isDigit || $0 == ":" }
                    out.append(contentsOf: s[isTime ? link.text : link.address])
                    out.append(" ")
                    i = link.end
                    continue
                }
                tried = s.firstIndex(of: ">", from: i) ?? s.count
            }
            out.append(s[i])
            i += 1
        }
        return out
    }

    private static func link(
        in s: [Unicode.Scalar], at start: Int
    ) -> (address: Range<Int>, text: Range<Int>, end: Int)? {
        var place = start + 3
        // Where the tag and its text end is the same for most attributes; looking again at each would take
        // time quadratic in their number.
        var from = Int.max, tagEnd: Int?, textEnd: Int?
        while place < s.count {
            if s.hasASCII("href=\"", at: place, ignoringCase: true),
                let quote = s.firstIndex(of: "\"", from: place + 6)
            {
                if from > quote + 1 || (tagEnd ?? s.count) <= quote {
                    from = quote + 1
                    tagEnd = s.firstIndex(of: ">", from: from)
                    textEnd = tagEnd.flatMap { s.firstIndex(of: "<", from: $0 + 1) }
                }
                if let tagEnd, let textEnd, s.hasASCII("</a>", at: textEnd, ignoringCase: true) {
                    return (place + 6..<quote, tagEnd + 1..<textEnd, textEnd + 4)
                }
            }
            if s[place] == ">" { return nil }
            place += 1
        }
        return nil
    }

    /// Tags → a space. A `<` that begins none, as in `<3`, stays.
    private static func withoutTags(_ s: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var out: [Unicode.Scalar] = []
        out.reserveCapacity(s.count)
        var i = 0
        while i < s.count {
            if s[i] == "<" {
                let name = i + 1 < s.count && s[i + 1] == "/" ? i + 2 : i + 1
                if name < s.count, s[name].isASCIILetter {
                    guard let end = s.firstIndex(of: ">", from: name + 1) else {
                        // Nothing is closed from here on.
                        out.append(contentsOf: s[i...])
                        return out
                    }
                    out.append(" ")
                    i = end + 1
                    continue
                }
            }
            out.append(s[i])
            i += 1
        }
        return out
    }

    /// Character references, in one pass: what they yield is not read again.
    private static func withEntitiesDecoded(_ s: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var out: [Unicode.Scalar] = []
        out.reserveCapacity(s.count)
        var i = 0
        while i < s.count {
            if s[i] == "&", let (scalar, end) = entity(in: s, at: i) {
                out.append(scalar)
                i = end
            } else {
                out.append(s[i])
                i += 1
            }
        }
        return out
    }

    private static func entity(in s: [Unicode.Scalar], at start: Int) -> (Unicode.Scalar, end: Int)? {
        guard s.hasASCII("&#", at: start) else {
            for (name, scalar) in namedEntities where s.hasASCII(name, at: start) {
                return (scalar, start + name.utf8CodeUnitCount)
            }
            return nil
        }
        let isHexadecimal = start + 2 < s.count && (s[start + 2] == "x" || s[start + 2] == "X")
        let radix: UInt32 = isHexadecimal ? 16 : 10, longest = isHexadecimal ? 6 : 7
        let first = start + (isHexadecimal ? 3 : 2)
        var place = first
        var value: UInt32 = 0
        while place < s.count, place - first < longest, let digit = hexadecimal(s[place]), digit < radix {
            value = value * radix + digit
            place += 1
        }
        guard place > first, place < s.count, s[place] == ";" else { return nil }
        return (value == 0 ? " " : Unicode.Scalar(value) ?? " ", place + 1)
    }

    private static let namedEntities: [(StaticString, Unicode.Scalar)] = [
        ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&nbsp;", " "),
    ]

    private static func hexadecimal(_ scalar: Unicode.Scalar) -> UInt32? {
        if scalar.isDigit { return scalar.value - 0x30 }
        let lower = scalar.value | 0x20
        return (0x61...0x66).contains(lower) ? lower - 0x61 + 10 : nil
    }

    // MARK: Letters and spaces

    /// Invisible scalars out, then normalization form KC, then straight quotes.
    private static func compatible(_ s: [Unicode.Scalar]) -> [Unicode.Scalar] {
        // The form leaves everything below as it is.
        if s.allSatisfy({ $0.value < 0xA0 }) { return s }
        func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
            switch scalar.value {
            case 0xFEFF, 0xAD, 0x2060, 0xFE0E, 0xFE0F, 0x200B...0x200F, 0x202A...0x202E: true
            default: false
            }
        }
        let visible = String(scalars: s.lazy.filter { !isInvisible($0) })
        return visible.precomposedStringWithCompatibilityMapping.unicodeScalars.map {
            switch $0 {
            case "\u{2018}", "\u{2019}": "'"
            case "\u{201C}", "\u{201D}": "\""
            default: $0
            }
        }
    }

    /// Every run of white space → one space, none at the ends.
    private static func collapseSpaces(_ s: inout [Unicode.Scalar]) {
        var length = 0
        var pending = false
        for i in s.indices {
            let scalar = s[i]
            if scalar.isSpace {
                pending = length > 0
            } else {
                if pending {
                    s[length] = " "
                    length += 1
                    pending = false
                }
                s[length] = scalar
                length += 1
            }
        }
        s.removeLast(s.count - length)
    }

    /// `s u b s c r i b e` → `subscribe`: five or more single letters with one space or `. - * _` between
    /// neighbours. A last letter that begins a longer word is not one of them.
    private static func withSpacedLettersJoined(_ s: [Unicode.Scalar]) -> [Unicode.Scalar] {
        func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
            scalar == " " || scalar == "." || scalar == "-" || scalar == "*" || scalar == "_"
        }
        var out: [Unicode.Scalar] = []
        out.reserveCapacity(s.count)
        var i = 0
        while i < s.count {
            // Only where the next scalar but one could be another single letter is there anything to see.
            guard i + 2 < s.count, isSeparator(s[i + 1]), s[i].isLetter, i == 0 || !(s[i - 1].isLetter || s[i - 1].isDigit)
            else {
                out.append(s[i])
                i += 1
                continue
            }
            var last = i, count = 1
            while last + 2 < s.count, isSeparator(s[last + 1]), s[last + 2].isLetter {
                last += 2
                count += 1
            }
            if last + 1 < s.count, s[last + 1].isLetter || s[last + 1].isDigit {
                last -= 2
                count -= 1
            }
            if count >= 5 {
                for place in stride(from: i, through: last, by: 2) { out.append(s[place]) }
                i = last + 1
            } else {
                out.append(s[i])
                i += 1
            }
        }
        return out
    }

    /// Cyrillic and Greek letters that look Latin become Latin in words that also have Latin letters.
    private static func undisguise(_ s: inout [Unicode.Scalar]) {
        guard s.contains(where: { isGreekOrCyrillic($0) }) else { return }
        var start = 0
        while start < s.count {
            let end = s.firstIndex(of: " ", from: start) ?? s.count
            let word = start..<end
            if s[word].contains(where: \.isASCIILetter), s[word].contains(where: { isGreekOrCyrillic($0) }) {
                for i in word { s[i] = lookalikes[s[i]] ?? s[i] }
            }
            start = end + 1
        }
    }

    private static func isGreekOrCyrillic(_ scalar: Unicode.Scalar) -> Bool { (0x370...0x4FF).contains(scalar.value) }

    private static let lookalikes: [Unicode.Scalar: Unicode.Scalar] = Dictionary(
        uniqueKeysWithValues: zip(
            "аеорсухіјѕкмтнвАЕОРСУХІЈЅКМТНВαοενΑΒΕΖΗΙΚΜΝΟΡΤΥΧ".unicodeScalars,
            "aeopcyxijskmthbAEOPCYXIJSKMTHBaoevABEZHIKMNOPTYX".unicodeScalars))
}
