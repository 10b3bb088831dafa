extension CSVRecord {
    /// The offset in ``bytes`` of the first byte that is not part of valid UTF-8, each field taken for itself.
    var firstInvalidUTF8: Int? {
        bytes.withUnsafeBytes { all in
            if isASCII(all) { return nil }
            var start = 0
            for end in ends {
                if let offset = invalidUTF8Offset(UnsafeRawBufferPointer(rebasing: all[start..<end])) { return start + offset }
                start = end
            }
            return nil
        }
    }
}

private func isASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var union: UInt64 = 0
    var position = 0
    while position + 8 <= bytes.count {
        union |= bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
        position += 8
    }
    while position < bytes.count {
        union |= UInt64(bytes[position])
        position += 1
    }
    return union & 0x8080_8080_8080_8080 == 0
}

/// The offset of the first ill-formed sequence, after table 3-7 of the Unicode Standard: no overlong forms, no surrogates, nothing
/// past U+10FFFF.
private func invalidUTF8Offset(_ bytes: UnsafeRawBufferPointer) -> Int? {
    var position = 0
    while position < bytes.count {
        let lead = bytes[position]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0x00...0x7F: length = 1
        case 0xC2...0xDF: length = 2
        case 0xE0:
            length = 3
            second = 0xA0...0xBF
        case 0xED:
            length = 3
            second = 0x80...0x9F
        case 0xE1...0xEF: length = 3
        case 0xF0:
            length = 4
            second = 0x90...0xBF
        case 0xF1...0xF3: length = 4
        case 0xF4:
            length = 4
            second = 0x80...0x8F
        default: return position
        }
        if position + length > bytes.count { return position }
        for index in 1..<max(length, 1) {
            let allowed = index == 1 ? second : 0x80...0xBF
            if !allowed.contains(bytes[position + index]) { return position }
        }
        position += length
    }
    return nil
}
