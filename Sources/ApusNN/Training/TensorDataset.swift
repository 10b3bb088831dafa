import ApusCore

/// Inputs and targets in memory, as a source of batches.
public final class TensorDataset<InputScalar: TensorScalar, Target: TensorScalar>: BatchSource {
    /// Every item's input, `[items] + input`.
    public let inputs: Tensor<InputScalar>
    /// Every item's target, `[items] + target`.
    public let targets: Tensor<Target>
    /// Every item's weight in the loss, `[items]`; nil: all 1.
    public let weights: Tensor<Float>?

    // Rows gathered for a batch; as large as the largest batch so far.
    private var inputRows: Tensor<InputScalar>
    private var targetRows: Tensor<Target>
    private var weightRows: Tensor<Float>
    private var capacity = 0

    /// - Throws: ``ModelError/itemCount(what:expected:found:)`` unless all have as many items.
    public init(inputs: Tensor<InputScalar>, targets: Tensor<Target>, weights: Tensor<Float>? = nil) throws {
        precondition(
            inputs.shape.rank > 0 && targets.shape.rank > 0,
            "a data set of inputs of shape \(inputs.shape) and targets of shape \(targets.shape): no items")
        guard targets.shape[0] == inputs.shape[0] else {
            throw ModelError.itemCount(what: "targets", expected: inputs.shape[0], found: targets.shape[0])
        }
        if let weights, weights.shape != [inputs.shape[0]] {
            throw ModelError.itemCount(
                what: "weights (shape \(weights.shape))", expected: inputs.shape[0], found: weights.count)
        }
        self.inputs = inputs
        self.targets = targets
        self.weights = weights
        inputRows = Tensor(zeros: [0])
        targetRows = Tensor(zeros: [0])
        weightRows = Tensor(zeros: [0])
    }

    public var itemCount: Int { inputs.shape[0] }
    /// The shape of one input.
    public var inputShape: Shape { inputs.shape.droppingFirst() }
    /// The shape of one target.
    public var targetShape: Shape { targets.shape.droppingFirst() }

    public func withBatch<Result>(
        _ indices: UnsafeBufferPointer<Int>, epoch: Int, _ body: (SupervisedBatch<InputScalar, Target>) throws -> Result
    ) throws -> Result {
        if let range = ascending(indices) {
            // Neighbours already lie as a batch must.
            return try inputs.withView { x in
                try targets.withView { y in
                    guard let weights else {
                        return try body(SupervisedBatch(inputs: x.rows(range), targets: y.rows(range)))
                    }
                    return try weights.withView { w in
                        try body(
                            SupervisedBatch(inputs: x.rows(range), targets: y.rows(range), weights: w.rows(range)))
                    }
                }
            }
        }
        let count = indices.count
        if count > capacity {
            capacity = count
            inputRows = Tensor(zeros: inputShape.prepending(count))
            targetRows = Tensor(zeros: targetShape.prepending(count))
            if weights != nil { weightRows = Tensor(zeros: [count]) }
        }
        gather(inputs, indices, into: &inputRows)
        gather(targets, indices, into: &targetRows)
        if let weights { gather(weights, indices, into: &weightRows) }
        return try inputRows.withView { x in
            try targetRows.withView { y in
                try weightRows.withView { w in
                    try body(
                        SupervisedBatch(
                            inputs: x.rows(0..<count), targets: y.rows(0..<count),
                            weights: weights == nil ? nil : w.rows(0..<count)))
                }
            }
        }
    }

    private func ascending(_ indices: UnsafeBufferPointer<Int>) -> Range<Int>? {
        guard let first = indices.first else { return 0..<0 }
        for (place, index) in indices.enumerated() where index != first + place { return nil }
        return first..<(first + indices.count)
    }

    private func gather<Scalar>(
        _ source: Tensor<Scalar>, _ indices: UnsafeBufferPointer<Int>, into target: inout Tensor<Scalar>
    ) {
        let width = source.shape[0] == 0 ? 0 : source.count / source.shape[0]
        let items = source.shape[0]
        source.withView { source in
            target.withMutableView { target in
                for (place, index) in indices.enumerated() {
                    precondition(index >= 0 && index < items, "item \(index) of a data set of \(items)")
                    (target.pointer + place * width).update(from: source.pointer + index * width, count: width)
                }
            }
        }
    }
}

/// A batch of inputs and targets, good for the call that it is given to.
public struct SupervisedBatch<InputScalar: TensorScalar, Target: TensorScalar> {
    /// `[batch] + input`.
    public let inputs: TensorView<InputScalar>
    /// `[batch] + target`.
    public let targets: TensorView<Target>
    /// `[batch]`; nil: all 1.
    public let weights: TensorView<Float>?

    /// A batch; first dimensions are all the number of its items.
    public init(inputs: TensorView<InputScalar>, targets: TensorView<Target>, weights: TensorView<Float>? = nil) {
        self.inputs = inputs
        self.targets = targets
        self.weights = weights
    }
}
