import ApusCore

/// A ``Sequential`` with a loss and metrics: what its own `fit` trains.
public final class SupervisedModel<InputScalar: TensorScalar, L: Loss>: Model {
    public typealias Batch = SupervisedBatch<InputScalar, L.Target>

    /// The network.
    public let network: Sequential<InputScalar>
    /// The loss.
    public let loss: L
    /// The metrics.
    public let metrics: [any Metric<L.Target>]
    public let metricNames: [String]

    private let leavesLogits: Bool
    /// The activation that the network's output, as the loss sees it, has yet to go through.
    private let pending: Activation

    /// - Throws: ``ModelError/lossActivation(loss:layer:activation:)`` if the loss cannot follow the
    ///   network's last activation.
    public init(_ network: Sequential<InputScalar>, loss: L, metrics: [any Metric<L.Target>] = []) throws {
        precondition(
            metrics.count <= MetricSums.capacity, "\(metrics.count) metrics; there can be \(MetricSums.capacity)")
        self.network = network
        self.loss = loss
        self.metrics = metrics
        metricNames = metrics.map(\.name)
        leavesLogits = try network.leavesLogits(to: loss)
        pending = loss.includedActivation
    }

    public var namedParameters: [(name: String, parameter: Parameter)] { network.namedParameters }
    public var trainableParameters: [Parameter] { network.trainableParameters }

    public func trainingStep(_ batch: Batch, step: UInt64) throws -> BatchResult {
        let outputs = try network.forward(batch.inputs, training: true, step: step, leavesLogits: leavesLogits)
        let trains = network.hasBackwardPass
        let result = try measure(outputs, batch, gradient: trains ? network.outputGradient : nil)
        if trains { try network.backward() }
        return result
    }

    public func evaluationStep(_ batch: Batch) throws -> BatchResult {
        try measure(network.forward(batch.inputs, leavesLogits: leavesLogits), batch, gradient: nil)
    }

    private func measure(
        _ outputs: TensorView<Float>, _ batch: Batch, gradient: MutableTensorView<Float>?
    ) throws -> BatchResult {
        let count = outputs.shape[0]
        guard batch.targets.shape.rank > 0, batch.targets.shape[0] == count else {
            throw ModelError.itemCount(what: "targets", expected: count, found: batch.targets.shape.first ?? 0)
        }
        try loss.check(output: network.outputShape, target: batch.targets.shape.droppingFirst())
        var result = BatchResult(itemCount: count)
        // Metrics first, for a loss may write its gradient over the outputs.
        for place in metrics.indices {
            result.metricSums[place] = try metrics[place].sum(
                outputs: outputs, pending: pending, targets: batch.targets)
        }
        result.lossSum = try loss.evaluate(
            outputs: outputs, targets: batch.targets, weights: batch.weights, scale: 1 / Float(max(1, count)),
            gradient: gradient)
        return result
    }

    /// Writes the network, structure and weights.
    public func save(to path: String) throws { try network.save(to: path) }
}
