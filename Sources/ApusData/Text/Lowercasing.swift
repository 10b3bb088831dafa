extension Unicode.Scalar {
    @inline(__always)
    fileprivate var asciiLowercased: Unicode.Scalar {
        ("A"..."Z").contains(self) ? Unicode.Scalar(UInt8(value) | 0x20) : self
    }
}

/// The scalars of `text` in lower case by the full mappings of the Unicode Standard, as Python's `str.lower` gives them. It differs from
/// `String.lowercased` in the capital sigma, which at the end of a word becomes ς (section 3.13, condition Final_Sigma).
func lowercasedScalars(_ text: String) -> [Unicode.Scalar] {
    let scalars = Array(text.unicodeScalars)
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(scalars.count)
    for (index, scalar) in scalars.enumerated() {
        if scalar.isASCII {
            result.append(scalar.asciiLowercased)
        } else if scalar == "\u{3A3}" {
            result.append(isFinal(index, in: scalars) ? "\u{3C2}" : "\u{3C3}")
        } else {
            result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
        }
    }
    return result
}

/// Whether a cased letter comes before and none after, scalars without a bearing on case passed over.
private func isFinal(_ index: Int, in scalars: [Unicode.Scalar]) -> Bool {
    func isCased(_ neighbours: some Sequence<Unicode.Scalar>) -> Bool {
        neighbours.first { !$0.properties.isCaseIgnorable }?.properties.isCased ?? false
    }
    return isCased(scalars[..<index].reversed()) && !isCased(scalars[(index + 1)...])
}
