import ApusCore
import CApus

/// The mean over an item's elements of (output − target)². Follows any activation.
public struct MeanSquaredError: Loss, Sendable {
    public var name: String { "mean squared error" }
    public var includedActivation: Activation { .linear }

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
        var sum = 0.0
        try ApusCore.check(
            apus_smean_squared_error(
                rows, outputs.count / rows, outputs.pointer, targets.pointer, weights?.pointer, scale, &sum,
                gradient?.pointer),
            "\(name) of outputs of shape \(outputs.shape)")
        return sum
    }
}
