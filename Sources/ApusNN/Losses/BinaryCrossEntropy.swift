import ApusCore
import CApus

/// Binary cross-entropy from logits: max(z, 0) − z t + log(1 + e^−|z|), the mean over an item's elements.
///
/// Targets lie in [0, 1] and have the output's item shape; a target of item shape `[]` may meet an output
/// of item shape `[1]`.
public struct BinaryCrossEntropy: Loss, Sendable {
    public var name: String { "binary cross-entropy" }
    public var includedActivation: Activation { .sigmoid }

    /// The loss; it has no settings.
    public init() {}

    public func check(output: Shape, target: Shape) throws {
        try checkElementwise(output: output, target: target)
    }

    public func evaluate(
        outputs: TensorView<Float>, targets: TensorView<Float>, weights: TensorView<Float>?, scale: Float,
        gradient: MutableTensorView<Float>?
    ) throws -> Double {
        let rows = outputs.shape[0]
        guard rows > 0 else { return 0 }
        let columns = outputs.count / rows
        var sum = 0.0
        try ApusCore.check(
            apus_sbinary_cross_entropy(
                rows, columns, outputs.pointer, targets.pointer, weights?.pointer, scale / Float(columns), &sum,
                gradient?.pointer),
            "\(name) of outputs of shape \(outputs.shape)")
        return sum / Double(columns)
    }
}
