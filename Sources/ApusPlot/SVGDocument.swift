/// What is done to cairo's SVG before it is written: it gets a title and a description, which screen readers and
/// tooltips use since cairo turns its text into outlines, and numbers of its own.
enum SVGDocument {
    static func finished(_ bytes: [UInt8], title: String, description: String) -> [UInt8] {
        let document = renumbered(bytes)
        let opening = Array("<svg ".utf8)
        guard
            let start = document.indices.first(where: { document[$0...].starts(with: opening) }),
            let end = document[start...].firstIndex(of: UInt8(ascii: ">"))
        else { return document }
        let attributes = start + opening.count
        let names = "\n<title>\(escaped(title))</title>\n<desc>\(escaped(description))</desc>"
        return document[..<attributes] + Array("role=\"img\" ".utf8) + document[attributes...end]
            + Array(names.utf8) + document[(end + 1)...]
    }

    /// cairo numbers surfaces and images with a counter of the whole process, so the same plot drawn twice would give
    /// two different files. Here every such name gets its place in the order of first appearance instead.
    static func renumbered(_ document: [UInt8]) -> [UInt8] {
        let prefixes = [Array("surface".utf8), Array("image".utf8)]
        var result: [UInt8] = []
        result.reserveCapacity(document.count)
        var places: [ArraySlice<UInt8>: Int] = [:]
        var position = 0
        while position < document.count {
            let byte = document[position]
            result.append(byte)
            position += 1
            // Names stand after id=" and after #, nowhere else; base64 has neither character.
            guard byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "#") else { continue }
            for prefix in prefixes where document[position...].starts(with: prefix) {
                let number = position + prefix.count
                let digits = document[number...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
                guard !digits.isEmpty else { continue }
                let name = document[position..<digits.endIndex]
                let place = places[name] ?? places.count + 1
                places[name] = place
                result += prefix + Array(String(place).utf8)
                position = digits.endIndex
                break
            }
        }
        return result
    }

    /// Text as XML content; characters XML 1.0 does not allow are left out.
    static func escaped(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result.append(contentsOf: "&amp;".unicodeScalars)
            case "<": result.append(contentsOf: "&lt;".unicodeScalars)
            case ">": result.append(contentsOf: "&gt;".unicodeScalars)
            case "\t", "\n", "\r": result.append(scalar)
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": continue
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}
