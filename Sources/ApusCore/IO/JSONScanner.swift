/// Reads the few kinds of JSON that a safetensors header has: objects, strings, arrays of whole numbers.
struct JSONScanner {
    private let bytes: UnsafeRawBufferPointer
    private let file: String
    private var place = 0

    init(bytes: UnsafeRawBufferPointer, file: String) {
        self.bytes = bytes
        self.file = file
    }

    private func error(_ reason: String) -> SafetensorsError { .header(file: file, offset: place, reason: reason) }

    private mutating func peek() -> UInt8? {
        while place < bytes.count {
            switch bytes[place] {
            case 0x20, 0x09, 0x0A, 0x0D: place += 1
            default: return bytes[place]
            }
        }
        return nil
    }

    private mutating func expect(_ character: Unicode.Scalar) throws {
        guard peek() == UInt8(ascii: character) else { throw error("'\(character)' expected") }
        place += 1
    }

    /// Nothing but white space is left.
    mutating func end() throws {
        if peek() != nil { throw error("something after the header's object") }
    }

    /// `{"key": value, …}`; the closure reads each value.
    mutating func object(_ member: (inout JSONScanner, String) throws -> Void) throws {
        try expect("{")
        if peek() == UInt8(ascii: "}") {
            place += 1
            return
        }
        while true {
            let key = try string()
            try expect(":")
            try member(&self, key)
            if peek() == UInt8(ascii: "}") {
                place += 1
                return
            }
            try expect(",")
        }
    }

    /// `[1, 2, …]`, each from 0 to `Int.max`.
    mutating func integers(atMost limit: Int, tooMany: () -> SafetensorsError) throws -> [Int] {
        try expect("[")
        var values: [Int] = []
        if peek() == UInt8(ascii: "]") {
            place += 1
            return values
        }
        while true {
            if values.count == limit { throw tooMany() }
            values.append(try integer())
            if peek() == UInt8(ascii: "]") {
                place += 1
                return values
            }
            try expect(",")
        }
    }

    private mutating func integer() throws -> Int {
        _ = peek()
        let start = place
        var value = 0
        while place < bytes.count, case let digit = bytes[place], digit >= 0x30, digit <= 0x39 {
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(Int(digit - 0x30))
            if overflow || carry { throw error("a number that is too large") }
            value = sum
            place += 1
        }
        if place == start { throw error("a whole number expected") }
        if bytes[start] == 0x30 && place - start > 1 { throw error("a number that begins with 0") }
        return value
    }

    mutating func string() throws -> String {
        try expect("\"")
        var result: [UInt8] = []
        while true {
            guard place < bytes.count else { throw error("a string without an end") }
            let byte = bytes[place]
            if byte == UInt8(ascii: "\"") { break }
            if byte < 0x20 { throw error("a control character in a string") }
            place += 1
            if byte == UInt8(ascii: "\\") {
                result.append(contentsOf: try escape().utf8)
            } else {
                result.append(byte)
            }
        }
        place += 1
        guard let text = String(validating: result, as: UTF8.self) else { throw error("a string that is not UTF-8") }
        return text
    }

    private mutating func escape() throws -> String {
        guard place < bytes.count else { throw error("a string without an end") }
        let byte = bytes[place]
        place += 1
        switch byte {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let first = try hexadecimal()
            if let scalar = Unicode.Scalar(first) { return String(Character(scalar)) }
            guard first < 0xDC00, place + 1 < bytes.count, bytes[place] == UInt8(ascii: "\\"),
                bytes[place + 1] == UInt8(ascii: "u")
            else { throw error("half of a surrogate pair") }
            place += 2
            let second = try hexadecimal()
            guard second >= 0xDC00, second < 0xE000,
                let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
            else { throw error("half of a surrogate pair") }
            return String(Character(scalar))
        default: throw error("an unknown escape")
        }
    }

    private mutating func hexadecimal() throws -> UInt32 {
        guard place + 4 <= bytes.count else { throw error("a string without an end") }
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(bytes[place])).hexDigitValue, bytes[place] < 0x80 else {
                throw error("four hexadecimal digits expected")
            }
            value = value << 4 | UInt32(digit)
            place += 1
        }
        return value
    }
}
