import Testing

@testable import ApusModels

@Suite struct CueDocumentTests {
    private static let stored = CueFixture.stored

    @Test func featuresHaveTheReferencesOrder() {
        #expect(CueFeature.allCases.map { "\($0)" } == Self.stored.features)
        #expect(CueFeature.allCases.count == 58)
    }

    @Test func textsBecomeWhatTheReferenceMakesOfThem() {
        #expect(Self.stored.texts.count > 50)
        for expected in Self.stored.texts {
            let document = CueDocument(expected.raw)
            // Scalars, for strings that differ in composition are equal.
            #expect(document.text == Array(expected.text.unicodeScalars), "\(expected.raw)")
            #expect(
                document.tokens.map { Array($0.text.unicodeScalars) } == expected.tokens.map { Array($0.unicodeScalars) },
                "\(expected.raw)")
            for (feature, value) in zip(CueFeature.allCases, expected.features) {
                #expect(abs(document.features[feature] - value) < 1e-5, "\(feature) of \(expected.raw)")
            }
            let counts = document.grams.counts
            #expect(counts.count == expected.buckets, "\(expected.raw)")
            let sum = counts.enumerated().reduce(0) { $0 + ($1.offset + 1) * Int($1.element.bucket) * Int($1.element.count) }
            #expect(sum == expected.bucketSum, "\(expected.raw)")
        }
    }

    @Test func everyFeatureIsSeenToMove() {
        // A feature that is 0 in all of the reference's texts would be tested by nothing.
        for (place, feature) in CueFeature.allCases.enumerated() {
            #expect(Set(Self.stored.texts.map { $0.features[place] }).count > 1, "\(feature)")
        }
    }

    @Test(arguments: [
        ("<b>bold</b> and <br />", "bold and"),
        ("a &amp;amp; b &#65;&#x42; &nope;", "a &amp; b AB &nope;"),
        ("<a href=\"http://v.example/?t=1\">1:02</a> wow", "1:02 wow"),
        ("<a href=\"http://v.example/\">here</a>", "http://v.example/"),
        ("I <3 it, 2 < 3", "I <3 it, 2 < 3"),
        ("  tabs\tand\nlines  ", "tabs and lines"),
        ("F R E E stuff", "F R E E stuff"),
        ("F-R-E-E-S tuff", "FREES tuff"),
        ("F.R.E.E tuff", "F.R.E.E tuff"),
        ("ｆｕｌｌ ｗｉｄｔｈ", "full width"),
        ("ze\u{200B}ro\u{FEFF}", "zero"),
        ("p\u{430}ge \u{430}\u{431}\u{432}", "page \u{430}\u{431}\u{432}"),
        ("\u{201C}it\u{2019}s\u{201D}", "\"it's\""),
    ])
    func normalization(text: String, expected: String) {
        #expect(String(scalars: CommentNormalizer.normalize(text)) == expected)
    }

    @Test(arguments: [
        ("Soooo goooood, good", ["so", "god", ",", "good"]),
        ("@me #tag a@b @ #", ["<at>", "<tag>", "a", "@", "b", "@", "#"]),
        ("1,000 in 2014, 1984 and 12345678", ["<n4>", "in", "<year>", ",", "<n4>", "and", "<n7>"]),
        ("don't 'quote'", ["don't", "'", "quote", "'"]),
        ("ha ha ha ha ho", ["ha", "ha", "ho"]),
        ("youtu.be/a and foo.com", ["<yt>", "and", "<url>"]),
        ("ur vids r gr8", ["your", "video", "are", "gr", "<n1>"]),
    ])
    func tokens(text: String, expected: [String]) {
        #expect(CueDocument(text).tokens.map(\.text) == expected)
    }

    // Published values: http://www.isthe.com/chongo/src/fnv/test_fnv.c.
    @Test(arguments: [("", 0x811C_9DC5 as UInt32), ("a", 0xE40C_292C), ("foobar", 0xBF9C_F968)])
    func hashes(text: String, expected: UInt32) {
        var hash = FNV1a()
        hash.feed(text.utf8)
        #expect(hash.value == expected)
        var byScalars = FNV1a()
        for scalar in text.unicodeScalars { byScalars.feed(scalar) }
        #expect(byScalars.value == expected)
    }

    @Test func gramsLieWithinTheirGroups() {
        let groups = HashedGrams.Group.allCases
        #expect(groups.reduce(0) { $0 + $1.size } == HashedGrams.bucketCount)
        for group in groups {
            #expect(HashedGrams.Group(bucket: Int32(group.offset)) == group)
            #expect(HashedGrams.Group(bucket: Int32(group.offset + group.size - 1)) == group)
        }
        let counts = CueDocument("check out my channel, 日本 é").grams.counts
        #expect(zip(counts, counts.dropFirst()).allSatisfy { $0.bucket < $1.bucket })
    }

    @Test func documentsAreTheSameOnManyThreads() throws {
        let texts = (0..<200).map { "comment number \($0) check out my channel http://a\($0).example" }
        let together = try CueDocument.documents(texts)
        for (text, document) in zip(texts, together) {
            let alone = CueDocument(text)
            #expect(document.tokens.map(\.text) == alone.tokens.map(\.text))
            #expect(document.features.values == alone.features.values)
        }
        #expect(try CueDocument.documents([]).isEmpty)
    }

    @Test func longAdversarialTextsTakeLinearTime() {
        // Every start that scans to the end would make it 10⁹ steps and more.
        for piece in ["<a href=\"", "<a <", "-", "a.", "a-", "www.", "&#", "http:/ ", "a b ", "<x "] {
            let text = String(repeating: piece, count: 20_000)
            let time = ContinuousClock().measure { _ = CueDocument(text) }
            #expect(time < .seconds(20), "\(piece)")
        }
    }
}
