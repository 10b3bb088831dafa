import ApusCore
import Foundation
import Testing

@testable import ApusNN

private struct MetricFixtures: Decodable {
    struct AUC: Decodable {
        var name: String
        var scores: [Float]
        var labels: [Int]
        var auc: Double
    }
    struct Confusion: Decodable {
        var name: String
        var classes: Int
        var predicted: [Int]
        var actual: [Int]
        var counts: [[Int]]
        var accuracy: Double
        var precision: [Double]
        var recall: [Double]
        var f1: [Double]
        var macroF1: Double
    }
    var auc: [AUC]
    var confusion: [Confusion]
}

@Suite struct MetricTests {
    @Test func rocAUCAgreesWithScikitLearn() throws {
        let cases = try fixture("training.json", as: MetricFixtures.self).auc
        #expect(cases.count >= 5)
        for c in cases {
            let found = try rocAUC(scores: c.scores, actual: c.labels.map { $0 == 1 })
            #expect(abs(found - c.auc) < 1e-12, "\(c.name)")
        }
    }

    @Test func rocAUCTakesInfinityAndRefusesWhatHasNoOrder() throws {
        // Pairs (-∞, 0), (-∞, ∞), (∞, 0), (∞, ∞): two in order, one not, one tie.
        #expect(try rocAUC(scores: [-.infinity, 0, .infinity, .infinity], actual: [false, true, false, true]) == 0.625)
        #expect(throws: MetricError.oneClass) { try rocAUC(scores: [1, 2], actual: [true, true]) }
        #expect(throws: MetricError.notANumber(item: 1)) { try rocAUC(scores: [1, .nan], actual: [true, false]) }
        #expect(throws: MetricError.itemCount(predictions: 1, labels: 2)) {
            try rocAUC(scores: [1], actual: [true, false])
        }
    }

    @Test func confusionMatrixAgreesWithScikitLearn() throws {
        let cases = try fixture("training.json", as: MetricFixtures.self).confusion
        #expect(cases.count >= 4)
        for c in cases {
            let matrix = try ConfusionMatrix(predicted: c.predicted, actual: c.actual, classes: c.classes)
            #expect(matrix.counts == c.counts, "\(c.name)")
            #expect(abs(matrix.accuracy - c.accuracy) < 1e-12 && abs(matrix.macroF1 - c.macroF1) < 1e-12, "\(c.name)")
            #expect(matrix.total == c.actual.count)
            for label in 0..<c.classes {
                #expect(abs(matrix.precision(of: label) - c.precision[label]) < 1e-12, "\(c.name), class \(label)")
                #expect(abs(matrix.recall(of: label) - c.recall[label]) < 1e-12, "\(c.name), class \(label)")
                #expect(abs(matrix.f1(of: label) - c.f1[label]) < 1e-12, "\(c.name), class \(label)")
            }
        }
        #expect(throws: MetricError.label(2, item: 1, classes: 2)) {
            try ConfusionMatrix(predicted: [0, 2], actual: [0, 1], classes: 2)
        }
        #expect(throws: MetricError.notANumber(item: 0)) { try ConfusionMatrix(probabilities: [.nan], actual: [1]) }
        #expect(try ConfusionMatrix(probabilities: [0.4, 0.6], actual: [1, 1], threshold: 0.3).counts == [[0, 0], [0, 2]])
    }

    @Test func confusionMatrixIsReadBackOrRefused() throws {
        let matrix = try ConfusionMatrix(predicted: [0, 2, 1], actual: [0, 1, 1], classes: 3)
        #expect(try JSONDecoder().decode(ConfusionMatrix.self, from: JSONEncoder().encode(matrix)) == matrix)
        let damaged = [
            "[]", "[[1,2],[3]]", "[[1,2,3],[4,5,6]]", "[[1],[2]]", "[[1,2],[3,-4]]",
            "[[9223372036854775807,1],[0,0]]", "[[4611686018427387904,0],[0,0]]",
        ]
        for counts in damaged {
            #expect(throws: DecodingError.self, "\(counts)") {
                try JSONDecoder().decode(ConfusionMatrix.self, from: Data("{\"counts\":\(counts)}".utf8))
            }
        }
    }

    private func sum<M: Metric>(
        _ metric: M, _ outputs: Tensor<Float>, _ targets: Tensor<M.Target>, pending: Activation = .linear
    ) throws -> Double {
        try outputs.withView { outputs in
            try targets.withView { try metric.sum(outputs: outputs, pending: pending, targets: $0) }
        }
    }

    @Test func binaryAccuracySeesLogitsAsProbabilities() throws {
        let logits = Tensor<Float>([-1, 0.2, 2, -0.1], shape: [4, 1]), targets = Tensor<Float>([0, 1, 1, 1], shape: [4, 1])
        #expect(try sum(BinaryAccuracy(), logits, targets, pending: .sigmoid) == 3)
        // The sigmoids are 0.27, 0.55, 0.88, 0.48.
        #expect(try sum(BinaryAccuracy(threshold: 0.6), logits, targets, pending: .sigmoid) == 2)
        #expect(try sum(BinaryAccuracy(threshold: 0.4), logits, targets, pending: .sigmoid) == 4)
        let probabilities = Tensor<Float>([0.27, 0.55, 0.88, 0.48], shape: [4, 1])
        #expect(try sum(BinaryAccuracy(), probabilities, targets) == 3)
        // An item's elements share its place.
        #expect(try sum(BinaryAccuracy(), Tensor([0.9, 0.1], shape: [1, 2]), Tensor([1, 1], shape: [1, 2])) == 0.5)
    }

    @Test func categoricalAccuraciesCompareTheHighest() throws {
        let outputs = Tensor<Float>([0.1, 0.7, 0.2, 3, 1, 2, 0, 0, 0], shape: [3, 3])
        #expect(try sum(SparseCategoricalAccuracy(), outputs, Tensor([1, 2, 0]), pending: .softmax) == 2)
        let oneHot = Tensor<Float>([0, 1, 0, 1, 0, 0, 0, 0, 1], shape: [3, 3])
        #expect(try sum(CategoricalAccuracy(), outputs, oneHot) == 2)
        #expect(try sum(SparseCategoricalAccuracy(), Tensor([.nan, 1], shape: [1, 2]), Tensor([1])) == 1)
    }
}
