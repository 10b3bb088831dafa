/// A string that equals another only scalar for scalar, as in Python. Swift's own equality takes "é" in one scalar and in two for the same,
/// which is kinder to readers but would number words otherwise than Keras does.
struct ExactString: Hashable, Sendable {
    let text: String

    init(_ text: String) {
        self.text = text
    }

    static func == (left: ExactString, right: ExactString) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    func hash(into hasher: inout Hasher) {
        // Copied only if it is not contiguous, which native strings are.
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(UInt8(0xFF))
    }
}
