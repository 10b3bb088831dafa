import ApusTestSupport
import Foundation
import Testing

@testable import ApusData

@Suite struct TokenizerTests {
    struct Options: Decodable {
        var wordLimit: Int?
        var filters: String
        var lowercases: Bool
        var separator: String
        var isCharacterLevel: Bool
        var unknownToken: String?
    }

    struct Case: Decodable {
        var name: String
        var options: Options
        var fit: [[String]]
        var convert: [String]
        var vocabulary: [String]
        var counts: [Int]
        var documents: [Int]
        var documentCount: Int
        var sequences: [[Int32]]
        var texts: [String]
    }

    private func tokenizer(_ options: Options) -> Tokenizer {
        Tokenizer(
            wordLimit: options.wordLimit, filters: options.filters, lowercases: options.lowercases, separator: options.separator,
            isCharacterLevel: options.isCharacterLevel, unknownToken: options.unknownToken)
    }

    /// Scalar for scalar, where strings' own equality would take precomposed and combining accents for the same.
    private func scalars(_ words: [String]) -> [[Unicode.Scalar]] { words.map { Array($0.unicodeScalars) } }

    @Test func asKeras() throws {
        let cases: [Case] = try fixture("tokenizer.json")
        #expect(cases.count == 15)
        for test in cases {
            var tokenizer = tokenizer(test.options)
            for texts in test.fit { tokenizer.fit(onTexts: texts) }
            #expect(scalars(tokenizer.vocabulary) == scalars(test.vocabulary), "\(test.name)")
            #expect(tokenizer.vocabulary.map(tokenizer.count(of:)) == test.counts, "\(test.name)")
            #expect(tokenizer.vocabulary.map(tokenizer.documentCount(of:)) == test.documents, "\(test.name)")
            #expect(tokenizer.documentCount == test.documentCount, "\(test.name)")
            let sequences = tokenizer.sequences(of: test.convert)
            #expect(sequences == test.sequences, "\(test.name)")
            #expect(scalars(sequences.map { tokenizer.text(of: $0) }) == scalars(test.texts), "\(test.name)")
            #expect(sequences.joined().allSatisfy { $0 > 0 && $0 < tokenizer.numberCount }, "\(test.name)")

            let decoded = try JSONDecoder().decode(Tokenizer.self, from: JSONEncoder().encode(tokenizer))
            #expect(decoded == tokenizer, "\(test.name)")
            #expect(decoded.sequences(of: test.convert) == test.sequences, "\(test.name)")
        }
    }

    struct Collection: Decodable {
        struct Case: Decodable {
            var wordLimit: Int?
            var unknownToken: String?
            var isCharacterLevel: Bool
            var vocabularyCount: Int
            var numbers: Int
            var hash: Int
        }
        var comments: Int
        var cases: [Case]
        var cleanedHash: Int
    }

    /// Every number Keras gives for every word of the 1,956 real comments, in a hash.
    @Test func asKerasOnRealComments() throws {
        guard let folder = realData("youtube-spam") else { return }
        let expected: Collection = try fixture("youtube_spam.json")
        let texts = try CommentDataset(contentsOf: folder).texts
        #expect(texts.count == expected.comments)
        let modulus = 2_147_483_647
        for test in expected.cases {
            var tokenizer = Tokenizer(
                wordLimit: test.wordLimit, isCharacterLevel: test.isCharacterLevel, unknownToken: test.unknownToken)
            tokenizer.fit(onTexts: texts)
            let sequences = tokenizer.sequences(of: texts)
            #expect(tokenizer.vocabulary.count == test.vocabularyCount)
            #expect(sequences.reduce(0) { $0 + $1.count } == test.numbers)
            let hash = sequences.reduce(0) { ($1 + [0]).reduce($0) { ($0 * 31 + Int($1)) % modulus } }
            #expect(hash == test.hash)
        }
        let cleaner = CommentCleaner()
        let hash = texts.reduce(0) { (cleaner.clean($1) + "\n").utf8.reduce($0) { ($0 * 31 + Int($1)) % modulus } }
        #expect(hash == expected.cleanedHash)
    }

    @Test func paddingAndUnknownAreNoWords() {
        var tokenizer = Tokenizer(unknownToken: "unk")
        tokenizer.fit(onTexts: ["unk unk unk b b a"])
        #expect(tokenizer.vocabulary == ["unk", "b", "a"])
        #expect(tokenizer.sequence(of: "a b unk c") == [3, 2, 1, 1])
        #expect(tokenizer.count(of: "unk") == 3)
        #expect(tokenizer.numberCount == 4)
        #expect(tokenizer.number(of: "c") == nil)

        var plain = Tokenizer(wordLimit: 2)
        plain.fit(onTexts: ["b b a"])
        #expect(plain.sequence(of: "a b") == [1])
        #expect(plain.numberCount == 2)
        #expect(Tokenizer().numberCount == 1)
    }

    @Test func readyMadeWords() {
        var tokenizer = Tokenizer(unknownToken: "?")
        tokenizer.fit(onWords: [["New York", "is", "Big"], ["new york"]])
        #expect(tokenizer.vocabulary == ["?", "new york", "is", "big"])
        #expect(tokenizer.sequence(ofWords: ["BIG", "New York", "new"]) == [4, 2, 1])
    }

    @Test func aSavedTokenizerCanBeFittedFurther() throws {
        var one = Tokenizer(wordLimit: 9, unknownToken: "?")
        one.fit(onTexts: ["c b a", "b a"])
        var two = try JSONDecoder().decode(Tokenizer.self, from: JSONEncoder().encode(one))
        one.fit(onTexts: ["c c d"])
        two.fit(onTexts: ["c c d"])
        #expect(one == two)
        #expect(two.vocabulary == ["?", "c", "b", "a", "d"])
    }

    @Test(arguments: [
        ("\"separator\":\" \"", "\"separator\":\"\""),
        ("\"wordLimit\":5", "\"wordLimit\":0"),
        ("\"counts\":[2,1]", "\"counts\":[2]"),
        ("\"counts\":[2,1]", "\"counts\":[2,0]"),
        ("\"documents\":[1,1]", "\"documents\":[1,1,1]"),
        ("\"words\":[\"a\",\"b\"]", "\"words\":[\"a\",\"a\"]"),
        ("\"documentCount\":1", "\"documentCount\":-1"),
        ("\"lowercases\":true,", ""),
    ])
    func damagedFiles(part: String, replacement: String) throws {
        var tokenizer = Tokenizer(wordLimit: 5)
        tokenizer.fit(onTexts: ["a b a"])
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let json = String(decoding: try encoder.encode(tokenizer), as: UTF8.self)
        let damaged = json.replacingOccurrences(of: part, with: replacement)
        #expect(damaged != json)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Tokenizer.self, from: Data(damaged.utf8)) }
    }
}
