import ApusData
import Testing

@Suite struct CommentCleanerTests {
    struct Case: Decodable {
        var text: String
        var link: String
        var cleaned: String
    }

    @Test func asPythonsExpressions() throws {
        let cases: [Case] = try fixture("cleaning.json")
        #expect(cases.count > 50)
        for test in cases {
            let cleaned = CommentCleaner(link: test.link).clean(test.text)
            #expect(Array(cleaned.unicodeScalars) == Array(test.cleaned.unicodeScalars), "\(test)")
        }
    }

    @Test func examples() {
        #expect(CommentCleaner().clean("Check THIS out!! http://x.example/a?b it’s great :)") == "check this out it's great")
        #expect(CommentCleaner(link: "httplink").clean("see WWW.x.example now") == "see httplink now")
        #expect(CommentCleaner(lowercases: false).clean("See HTTP://x.example Now, OK?") == "See Now OK")
        #expect(CommentCleaner().clean("🔥🔥🔥") == "")
        #expect(CommentCleaner().clean("") == "")
    }
}
