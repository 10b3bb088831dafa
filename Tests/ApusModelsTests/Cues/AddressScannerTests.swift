import Foundation
import Testing

@testable import ApusModels

@Suite struct AddressScannerTests {
    // The expression that the scanner stands for; its doc comment explains it.
    private static let expression = try! NSRegularExpression(
        pattern: #"(?:https?[ ]?:[ ]?/[ ]?/?[ ]?|www[ ]?\.[ ]?|(?<![^ ])//)[^ ]+"#
            + #"|/?watch\?v=[^ ]+"#
            + #"|(?<![a-z0-9@])[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.(?:com|net|org|co|tv|ly|gl|io|info|biz|ru|tk|uk|de|eu|"#
            + #"fm|pl|cc|ws|xyz|blogspot|tumblr)(?![a-z0-9])(?:[ ]?/[^ ]*)?"#
            + #"|(?<![a-z0-9@])[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.(?:me|in|to|us|be|it|is|se|nu|pw|club|site|online|app)"#
            + #"/[^ ]*"#
            + #"|(?<![a-z0-9@])[a-z0-9-]{2,}(?:[ ]?[.*,]|\.?[ ]?[\[(]?dot[\])]?)[ ]?(?:com|net|org)(?![a-z0-9])"#
            + #"(?:[ ]?/[ ]?[^ ]*)?"#
            + #"|(?<![a-z0-9@])[a-z0-9-]{2,}(?:[ ]\.|\.[ ]|[ ]?\.[ ]?|[ ])(?:ly|be|gl)[ ]?/[ ]?[^ ]+"#)

    private func scanned(_ text: String) -> [Range<Int>] {
        var scanner = AddressScanner(Array(text.unicodeScalars))
        var found: [Range<Int>] = []
        while let range = scanner.next(from: found.last?.upperBound ?? 0) { found.append(range) }
        return found
    }

    private func matched(_ text: String) -> [Range<Int>] {
        // ASCII: UTF-16 offsets are scalars'.
        Self.expression.matches(in: text, range: NSRange(location: 0, length: text.utf16.count)).map {
            $0.range.location..<($0.range.location + $0.range.length)
        }
    }

    @Test(arguments: [
        ("see http : // foo.example / bar", ["http : // foo.example"]),
        ("foo.com-bar.net/x y", ["foo.com-bar.net/x"]),
        ("exampledotcom", ["exampledotcom"]), ("foo ( dot ) com", []), ("foo (dot) com", ["foo (dot) com"]),
        ("me@mail.com", []), ("bit ly/x", ["bit ly/x"]), ("it is good.to be", []), ("so.me/x", ["so.me/x"]),
        ("x//y.z //y.z", ["//y.z"]), ("a.com b.org", ["a.com", "b.org"]), ("", []),
    ])
    func finds(text: String, addresses: [String]) {
        let scalars = Array(text.unicodeScalars)
        #expect(scanned(text).map { String(scalars: scalars[$0]) } == addresses)
    }

    @Test func takesWhatTheExpressionTakes() {
        let pieces = [
            "http", "https", ":", "/", "//", " ", ".", "com", "net", "org", "www", "watch?v=", "dot", "(", "[", ")", "]",
            "a", "b-c", "foo", "be", "ly", "gl", "/x", "me", "in", "@", "co", "-", "*", ",", "to/", "d", "1", "s", "tv",
        ]
        var random = CueTestRandom(state: 7)
        var texts = 0, addresses = 0
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 1...14, using: &random)).map { _ in pieces.randomElement(using: &random)! }.joined()
            let expected = matched(text)
            if scanned(text) != expected { Issue.record("\(text): \(scanned(text)), not \(expected)") }
            texts += 1
            addresses += expected.count
        }
        #expect(addresses > texts / 6)
    }
}
