import ApusCore
import CApus

/// Softmax cross-entropy from logits against class labels: log Σ eᶻ − z of the label.
///
/// Outputs have the item shape `[classes]`, targets are `Int32` labels in 0 ..< classes of item shape `[]`
/// or `[1]`.
public struct SparseCategoricalCrossEntropy: Loss, Sendable {
    public var name: String { "sparse categorical cross-entropy" }
    public var includedActivation: Activation { .softmax }
    /// The share of the target that is spread evenly over all classes (Szegedy et al., 2016); in [0, 1).
    public let labelSmoothing: Float

    /// The loss.
    /// - Parameter labelSmoothing: the share of a target that is spread over all classes, in [0, 1); 0: none.
    public init(labelSmoothing: Float = 0) { self.labelSmoothing = labelSmoothing }

    public func check(output: Shape, target: Shape) throws {
        try checkClasses(output: output, target: target)
        guard target.rank <= 1, target.elementCount == 1 else {
            throw mismatch(output, target, "there must be one label for each item")
        }
    }

    /// - Throws: `KernelError` for a label outside the classes.
    public func evaluate(
        outputs: TensorView<Float>, targets: TensorView<Int32>, weights: TensorView<Float>?, scale: Float,
        gradient: MutableTensorView<Float>?
    ) throws -> Double {
        let rows = outputs.shape[0]
        guard rows > 0 else { return 0 }
        var sum = 0.0
        try ApusCore.check(
            apus_ssparse_cross_entropy(
                rows, outputs.count / rows, outputs.pointer, targets.pointer, labelSmoothing, weights?.pointer, scale,
                &sum, gradient?.pointer),
            "\(name) of outputs of shape \(outputs.shape), label smoothing \(labelSmoothing)")
        return sum
    }
}

/// Softmax cross-entropy from logits against a distribution over the classes: −Σ t log softmax(z).
///
/// Outputs and targets have the item shape `[classes]`.
public struct CategoricalCrossEntropy: Loss, Sendable {
    public var name: String { "categorical cross-entropy" }
    public var includedActivation: Activation { .softmax }

    /// The loss; it has no settings.
    public init() {}

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
            apus_scategorical_cross_entropy(
                rows, outputs.count / rows, outputs.pointer, targets.pointer, weights?.pointer, scale, &sum,
                gradient?.pointer),
            "\(name) of outputs of shape \(outputs.shape)")
        return sum
    }
}
