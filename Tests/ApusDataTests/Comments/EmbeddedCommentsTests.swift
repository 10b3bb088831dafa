import ApusData
import ApusTestSupport
import Foundation
import Testing

@Suite struct EmbeddedCommentsTests {
    @Test func balancedOverFiveVideos() throws {
        let dataset = EmbeddedComments.dataset
        #expect(dataset.count == 300)
        #expect(dataset.sources == ["LunaVista", "TinFoxes", "DJOkapi", "MarisolVey", "GlassHarbor"])
        for source in dataset.sources {
            let (train, test) = try dataset.holdingOut(source)
            #expect(train.count == 240)
            #expect(test.count == 60)
            #expect(test.count(ofLabel: 1) == 30)
            #expect(test.count(ofLabel: 0) == 30)
        }
    }

    @Test func everyCommentIsItsOwn() {
        let dataset = EmbeddedComments.dataset
        #expect(Set(dataset.texts).count == 300)
        #expect(Set(dataset.comments.map(\.id)).count == 300)
        #expect(Set(dataset.comments.map(\.author)).count == 300)
        #expect(dataset.texts.allSatisfy { !$0.isEmpty })
    }

    /// Links and addresses lead only where RFC 2606 sees to it that nobody is.
    @Test func noRealAddresses() throws {
        let address = try Regex(#"(?i)(?:https?://|www\.|@)[^\s<>"]+"#)
        let hostEnds = try Regex(#"(?i)\.(?:com|net|org|io|tv|ly|gl|be|me|info|biz|de|uk|us|ru)\b"#)
        var links = 0
        for text in EmbeddedComments.dataset.texts {
            #expect(text.firstMatch(of: hostEnds) == nil, "\(text)")
            for match in text.matches(of: address) where match.output[0].substring?.contains(".") == true {
                let host = String(match.output[0].substring!)
                if host.hasPrefix("@") && !host.contains(".example") && !host.contains(".test") { continue }
                links += 1
                #expect(host.contains(".example") || host.contains(".test"), "\(host)")
            }
        }
        #expect(links >= 25)
    }

    /// As files they are read like anybody's.
    @Test func asFiles() throws {
        try withTemporaryFolder { folder in
            for (number, file) in EmbeddedComments.files.enumerated() {
                try put(file.csv.utf8, at: folder + "/Youtube0\(number + 1)-\(file.video).csv")
            }
            #expect(try CommentDataset(contentsOf: folder) == EmbeddedComments.dataset)
        }
    }
}
