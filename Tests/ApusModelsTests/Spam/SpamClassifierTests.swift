import ApusCore
import ApusData
import ApusNN
import Foundation
import Testing

@testable import ApusModels

/// A file that is gone after the test.
private func withTemporaryFile<Result>(_ body: (String) throws -> Result) throws -> Result {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("apus-\(UUID().uuidString).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

@Suite(.serialized) struct SpamClassifierTests {
    private static let split: (train: CommentDataset, test: CommentDataset) = {
        let comments = EmbeddedComments.dataset
        return try! comments.holdingOut(comments.sources.last!)
    }()

    private func train(
        _ recipe: SpamRecipe, seed: UInt64 = 0, epochs: Int? = nil
    ) throws -> (classifier: SpamClassifier, history: History) {
        try SpamClassifier.train(
            on: Self.split.train, validation: Self.split.test, recipe: recipe,
            settings: SpamTrainingSettings(epochs: epochs, seed: seed))
    }

    @Test func learnsFromTheEmbeddedComments() throws {
        // Always guessing one class gives one half on either side of the split.
        let (classifier, history) = try train(.cues)
        #expect(try classifier.evaluate(Self.split.train).accuracy > 0.95)
        let evaluation = try classifier.evaluate(Self.split.test)
        #expect(evaluation.accuracy > 0.8)
        #expect(evaluation.count == Self.split.test.count)
        let losses = history["loss"]
        #expect(try #require(losses.last) < 0.7 * losses[0])
    }

    @Test(arguments: SpamRecipe.allCases) func savedAndLoadedItJudgesAlike(recipe: SpamRecipe) throws {
        let (classifier, _) = try train(recipe, epochs: 2)
        let before = try classifier.probabilities(of: Self.split.test.comments)
        try withTemporaryFile { path in
            try classifier.save(to: path)
            let loaded = try SpamClassifier.load(from: path)
            #expect(loaded.recipe == recipe)
            #expect(try loaded.probabilities(of: Self.split.test.comments) == before)
        }
        #expect(Set(before).count > before.count / 2)
    }

    @Test(arguments: SpamRecipe.allCases) func aSeedFixesTheResult(recipe: SpamRecipe) throws {
        let threads = Runtime.threads
        defer { try? Runtime.use(threads: threads) }
        func probabilities(_ seed: UInt64, threads: Int) throws -> [Float] {
            try Runtime.use(threads: threads)
            return try train(recipe, seed: seed, epochs: 1).classifier.probabilities(of: Self.split.test.comments)
        }
        let once = try probabilities(5, threads: 1)
        #expect(try probabilities(5, threads: 2) == once)
        #expect(try probabilities(6, threads: 1) != once)
    }

    @Test(arguments: SpamRecipe.allCases) func neighboursDoNotMatter(recipe: SpamRecipe) throws {
        let (classifier, _) = try train(recipe, epochs: 1)
        let comments = Array(Self.split.test.comments.prefix(5))
        let together = try classifier.probabilities(of: comments)
        for (comment, expected) in zip(comments, together) {
            let alone = try classifier.probabilities(of: [comment])[0]
            #expect(abs(alone - expected) < 1e-5)
        }
    }

    @Test(arguments: SpamRecipe.allCases) func judgesAnything(recipe: SpamRecipe) throws {
        let (classifier, _) = try train(recipe, epochs: 1)
        let odd = ["", " ", "\u{FEFF}", "👍👍👍", String(repeating: "spam ", count: 5000), "\0", "日本語のコメント"]
        let probabilities = try classifier.probabilities(of: odd)
        #expect(probabilities.count == odd.count)
        #expect(probabilities.allSatisfy { (0...1).contains($0) })
        #expect(try classifier.probabilities(of: [String]()).isEmpty)
    }

    @Test func namesTheTellingWords() throws {
        let (classifier, _) = try train(.cues)
        let words = try classifier.tellingWords(
            of: Comment(text: "subscribe to my channel and check out my videos please"), limit: 4)
        #expect(words.count == 4)
        #expect(zip(words, words.dropFirst()).allSatisfy { abs($0.weight) >= abs($1.weight) })
        #expect(words.contains { $0.weight > 0 })
        #expect(try classifier.tellingWords(of: Comment(text: "  ")).isEmpty)
    }

    @Test func refusesWhatItCannotLearnFrom() throws {
        var unlabelled = Self.split.train
        unlabelled.comments[3].label = nil
        #expect(throws: SpamError.badLabel(comment: 3, source: unlabelled.comments[3].source, label: nil)) {
            try SpamClassifier.train(on: unlabelled)
        }
        let ham = CommentDataset(Self.split.train.comments.filter { $0.label == 0 })
        #expect(throws: SpamError.oneClass(spam: 0, ham: ham.count)) { try SpamClassifier.train(on: ham) }
        #expect(throws: SpamError.oneClass(spam: 0, ham: 0)) { try SpamClassifier.train(on: CommentDataset([])) }
    }

    @Test func refusesOtherFiles() throws {
        try withTemporaryFile { path in
            let network = try Sequential<Float>(input: [2]) { Dense(1) }
            try network.save(to: path)
            #expect(throws: SpamError.notASpamModel(file: path)) { try SpamClassifier.load(from: path) }
            try Data("no model".utf8).write(to: URL(fileURLWithPath: path))
            #expect(throws: (any Error).self) { try SpamClassifier.load(from: path) }
        }
    }
}

@Suite struct SpamEvaluationTests {
    @Test func countsAndRatios() throws {
        let evaluation = try SpamEvaluation(
            probabilities: [0.9, 0.8, 0.4, 0.3, 0.6, 0.5], labels: [1, 1, 1, 0, 0, 1])
        // Exactly one half is not spam, as in Keras.
        #expect(evaluation.confusion.counts == [[1, 1], [2, 2]])
        #expect(abs(evaluation.accuracy - 3.0 / 6) < 1e-12)
        #expect(abs(evaluation.f1 - 4.0 / 7) < 1e-12)
        // Of the eight pairs of spam and ham, six are in order: 0.4 and 0.5 stand below 0.6.
        #expect(abs(try #require(evaluation.auc) - 0.75) < 1e-12)
        #expect(try SpamEvaluation(probabilities: [0.2], labels: [0]).auc == nil)
        // −(ln 0.8 + ln 0.25) / 2.
        #expect(abs(try SpamEvaluation(probabilities: [0.2, 0.25], labels: [0, 1]).logLoss - 0.8047189562170503) < 1e-7)
    }
}

@Suite struct BatchNormalizationStudyTests {
    private func runs(with: [Double], without: [Double]) -> [BatchNormalizationStudy.Run] {
        func side(_ values: [Double], _ normalized: Bool) -> [BatchNormalizationStudy.Run] {
            values.enumerated().map {
                .init(normalized: normalized, seed: UInt64($0), trainAccuracy: 1, heldOutAccuracy: $1, heldOutLoss: 0.1)
            }
        }
        return side(with, true) + side(without, false)
    }

    @Test func callsOnlyWhatStandsOutADifference() {
        let clear = BatchNormalizationStudy.verdict(runs(with: [0.95, 0.96, 0.95], without: [0.90, 0.91, 0.905]))
        #expect(clear.contains("held-out accuracy: higher with batch normalization"))
        #expect(clear.contains("lower with batch normalization"))
        let noise = BatchNormalizationStudy.verdict(runs(with: [0.95, 0.90, 0.93], without: [0.93, 0.94, 0.90]))
        #expect(noise.contains("no difference"))
    }

    @Test func spreads() {
        let spread = BatchNormalizationStudy.Spread([1, 2, 3, 4])
        #expect(spread.mean == 2.5)
        #expect(abs(spread.deviation - 1.2909944487358056) < 1e-15)
        #expect(BatchNormalizationStudy.Spread([7]).deviation == 0)
    }
}
