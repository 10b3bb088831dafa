import Testing

@testable import ApusModels

@Suite struct CueVectorizerTests {
    private static let corpus = CueFixture.stored.corpus
    private static let documents = corpus.texts.map { CueDocument($0) }
    private static let vectorizer = CueVectorizer(fitting: documents, sources: corpus.videos)

    private func expectClose(_ found: [Float], _ expected: [Float], _ what: String) {
        #expect(found.count == expected.count, "\(what)")
        for (a, b) in zip(found, expected) where abs(a - b) > 2e-5 { Issue.record("\(what): \(a), not \(b)") }
    }

    @Test func learnsWhatTheReferenceLearns() {
        let corpus = Self.corpus, vectorizer = Self.vectorizer
        #expect(vectorizer.buckets == corpus.kept)
        #expect(vectorizer.vocabulary == corpus.vocabulary)
        #expect(vectorizer.indexCount == corpus.vocabulary.count + 2)
        expectClose(vectorizer.rarities, corpus.idf, "rarities")
        expectClose(vectorizer.means, corpus.mean, "means")
        expectClose(vectorizer.deviations, corpus.deviation, "deviations")
    }

    @Test func encodesAsTheReferenceDoes() {
        for (place, document) in Self.documents.enumerated() {
            let entries = Self.vectorizer.grams(of: document)
            #expect(entries.map(\.column) == Self.corpus.grams[place].map { Int32($0[0]) })
            expectClose(entries.map(\.value), Self.corpus.grams[place].map { $0[1] }, "grams of text \(place)")
            expectClose(Self.vectorizer.features(of: document), Self.corpus.features[place], "features of text \(place)")
            #expect(Self.vectorizer.indices(of: document) == Self.corpus.indices[place])
        }
    }

    @Test func eachGroupOfGramsHasLengthThree() {
        for document in Self.documents {
            var squares: [HashedGrams.Group: Float] = [:]
            for (column, value) in Self.vectorizer.grams(of: document) {
                squares[HashedGrams.Group(bucket: Self.vectorizer.buckets[Int(column)]), default: 0] += value * value
            }
            for (group, sum) in squares { #expect(abs(sum.squareRoot() - 3) < 1e-4, "\(group)") }
        }
    }

    @Test func withOneVideoWhatTwoCommentsHaveIsKnown() {
        let texts = ["alpha beta", "alpha gamma", "delta"]
        let one = CueVectorizer(fitting: texts.map { CueDocument($0) }, sources: ["v", "v", "v"])
        #expect(one.vocabulary == ["alpha"])
        let two = CueVectorizer(fitting: texts.map { CueDocument($0) }, sources: ["v", "v", "w"])
        #expect(two.vocabulary.isEmpty)
    }

    @Test func longCommentsAreCutAndShortOnesPadded() {
        let words = Array(repeating: ["check", "out"], count: 50).flatMap { $0 }.joined(separator: " ")
        let row = Self.vectorizer.indices(of: CueDocument(words))
        #expect(row.count == CueVectorizer.length)
        #expect(!row.contains(CueVectorizer.padding))
        let empty = Self.vectorizer.indices(of: CueDocument(""))
        #expect(empty == Array(repeating: CueVectorizer.padding, count: CueVectorizer.length))
        #expect(Self.vectorizer.indices(of: CueDocument("zebra"))[0] == CueVectorizer.unknown)
    }
}
