import ApusCore
import CApus

/// The margin loss of capsule lengths p, summed over the classes:
/// t max(0, upper − p)² + absentWeight (1 − t) max(0, p − lower)²
/// (Sabour, Frosst and Hinton, 2017, equation 4).
///
/// Outputs (lengths) and targets (1 for a class that is there, several if several are) have the item
/// shape `[classes]`.
public struct MarginLoss: Loss, Sendable {
    public var name: String { "margin loss" }
    public var includedActivation: Activation { .linear }
    /// The length that a class that is there should reach.
    public let upper: Float
    /// The length that a class that is not there should stay below.
    public let lower: Float
    /// The weight of classes that are not there, so that they do not shrink all lengths at first.
    public let absentWeight: Float

    /// The loss with these settings, each explained at its property.
    public init(upper: Float = 0.9, lower: Float = 0.1, absentWeight: Float = 0.5) {
        self.upper = upper
        self.lower = lower
        self.absentWeight = absentWeight
    }

    public func check(output: Shape, target: Shape) throws {
        try checkClasses(output: output, target: target)
        guard output == target else { throw mismatch(output, target, "there must be one target for each class") }
    }

    public func evaluate(
        outputs: TensorView<Float>, targets: TensorView<Float>, weights: TensorView<Float>?, scale: Float,
        gradient: MutableTensorView<Float>?
    ) throws -> Double {
        let rows = outputs.shape[0]
        guard rows > 0 else { return 0 }
        var sum = 0.0
        try ApusCore.check(
            apus_smargin_loss(
                rows, outputs.count / rows, outputs.pointer, targets.pointer, upper, lower, absentWeight,
                weights?.pointer, scale, &sum, gradient?.pointer),
            "\(name) of outputs of shape \(outputs.shape)")
        return sum
    }
}
