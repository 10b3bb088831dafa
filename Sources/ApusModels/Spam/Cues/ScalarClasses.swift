extension Unicode.Scalar {
    /// A letter of any script: general category L.
    var isLetter: Bool {
        if isASCII { return isASCIILetter }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
        default: return false
        }
    }

    var isASCIILetter: Bool { (value | 0x20) &- 0x61 < 26 }
    /// 0 to 9; digits of other scripts are symbols here.
    var isDigit: Bool { value &- 0x30 < 10 }
    /// What a word of a handle or a hashtag is made of.
    var isWordScalar: Bool { isLetter || isDigit || self == "_" }

    /// What separates words, in any script: white space and the separators of ASCII.
    var isSpace: Bool {
        if value < 0x80 { return value == 0x20 || (9...13).contains(value) || (0x1C...0x1F).contains(value) }
        return properties.isWhitespace
    }
}

extension RandomAccessCollection<Unicode.Scalar> where Index == Int {
    /// Whether `word` stands at `place`. ASCII only; upper and lower case alike if `ignoringCase`, for
    /// which `word` is lower case.
    func hasASCII(_ word: StaticString, at place: Int, ignoringCase: Bool = false) -> Bool {
        let length = word.utf8CodeUnitCount
        guard place >= startIndex, length <= endIndex - place else { return false }
        for offset in 0..<length {
            let expected = UInt32(word.utf8Start[offset])
            let found = self[place + offset].value
            if found == expected { continue }
            // Setting bit 5 makes a lower-case letter of an upper-case one, and of nothing else a letter.
            guard ignoringCase, (0x61...0x7A).contains(expected), found | 0x20 == expected else { return false }
        }
        return true
    }

    /// The first place of `scalar` at or after `place`.
    func firstIndex(of scalar: Unicode.Scalar, from place: Int) -> Int? {
        var i = place
        while i < endIndex {
            if self[i] == scalar { return i }
            i += 1
        }
        return nil
    }
}

extension String {
    init(scalars: some Sequence<Unicode.Scalar>) {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        self.init(view)
    }
}
