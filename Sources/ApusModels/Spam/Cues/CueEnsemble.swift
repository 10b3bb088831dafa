import ApusCore
import ApusNN
import CApus

/// Networks that differ in their first weights and in what they drop, trained side by side; their mean
/// probability is the answer.
final class CueEnsemble: Model {
    let members: [CueNetwork]
    private let loss = BinaryCrossEntropy()
    private var gradient = AlignedBuffer(byteCount: 0)
    private var means: [Float] = []

    /// - Parameter seed: member k begins from 100 · seed + k.
    init(_ sizes: CueNetwork.Sizes, members: Int, rates: CueNetwork.Rates = CueNetwork.Rates(), seed: UInt64) throws {
        self.members = try (0..<members).map { try CueNetwork(sizes, rates: rates, seed: 100 &* seed &+ UInt64($0)) }
    }

    let metricNames = ["accuracy"]

    var namedParameters: [(name: String, parameter: Parameter)] {
        members.enumerated().flatMap { number, member in
            member.namedParameters.map { (name: "member\(number)/\($0.name)", parameter: $0.parameter) }
        }
    }

    var trainableParameters: [Parameter] { namedParameters.map(\.parameter) }

    func trainingStep(_ batch: CueBatch, step: UInt64) throws -> BatchResult { try run(batch, step: step) }
    func evaluationStep(_ batch: CueBatch) throws -> BatchResult { try run(batch, step: nil) }

    /// The mean probabilities of a batch.
    func probabilities(_ batch: CueBatch) throws -> [Float] {
        try run(batch, step: nil)
        return means
    }

    /// - Parameter step: nil: forward only.
    @discardableResult
    private func run(_ batch: CueBatch, step: UInt64?) throws -> BatchResult {
        let bytes = batch.count * MemoryLayout<Float>.stride
        if bytes > gradient.byteCount { gradient = AlignedBuffer(byteCount: bytes) }
        let slope = MutableTensorView(
            pointer: gradient.baseAddress.assumingMemoryBound(to: Float.self), shape: [batch.count, 1])
        means = Array(repeating: 0, count: batch.count)
        var result = BatchResult(itemCount: batch.count)
        for member in members {
            let logits = try member.logits(batch, step: step)
            result.lossSum += try loss.evaluate(
                outputs: logits.readOnly, targets: batch.targets, weights: nil, scale: 1 / Float(max(1, batch.count)),
                gradient: step == nil ? nil : slope) / Double(members.count)
            if step != nil { try member.backward(batch, gradient: slope.readOnly) }
            try check(
                apus_sactivation_forward(
                    APUS_ACTIVATION_SIGMOID, 0, logits.count, logits.pointer, logits.pointer),
                "the probabilities of \(batch.count) comments")
            for i in 0..<batch.count { means[i] += logits.pointer[i] / Float(members.count) }
        }
        result.metricSums[0] = Double(
            (0..<batch.count).count { (means[$0] > SpamEvaluation.threshold) == (batch.targets.pointer[$0] > 0.5) })
        return result
    }
}
