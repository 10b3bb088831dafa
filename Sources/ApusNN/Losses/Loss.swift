import ApusCore

/// What training makes small: a number for each item from the model's output and the item's target.
///
/// A loss that follows a sigmoid or a softmax takes the values before that activation (logits), where its
/// gradient is exact and nothing overflows; ``includedActivation`` says which. A model ending in that
/// activation is trained without computing it, a model ending in `.linear` gives logits already.
public protocol Loss<Target> {
    /// The elements of the targets: `Float`, or `Int32` for class labels.
    associatedtype Target: TensorScalar

    /// The name in messages.
    var name: String { get }
    /// The activation that the loss computes itself; `.linear`: it takes the model's output as it is,
    /// whatever activation made it.
    var includedActivation: Activation { get }
    /// Whether outputs and targets of these item shapes can be compared.
    /// - Throws: ``ModelError/targetShape(loss:output:target:reason:)``.
    func check(output: Shape, target: Shape) throws
    /// The loss of a batch, and its gradient.
    /// - Parameters:
    ///   - outputs: logits if ``includedActivation`` is not linear, `[batch] + output`.
    ///   - targets: `[batch] + target`, of item shapes that ``check(output:target:)`` has accepted.
    ///   - weights: one for each item, `[batch]`; nil: all 1.
    ///   - scale: what the gradient is multiplied by; 1 / batch for the gradient of the mean.
    ///   - gradient: where to write the gradient with respect to `outputs`; nil: only the loss is wanted.
    /// - Returns: the sum over the items of weight · loss; not multiplied by `scale`.
    /// - Throws: `KernelError`, for example for a label outside the classes.
    func evaluate(
        outputs: TensorView<Float>, targets: TensorView<Target>, weights: TensorView<Float>?, scale: Float,
        gradient: MutableTensorView<Float>?
    ) throws -> Double
}

extension Loss {
    func mismatch(_ output: Shape, _ target: Shape, _ reason: String) -> ModelError {
        .targetShape(loss: name, output: output, target: target, reason: reason)
    }

    /// Accepts one target number for each output number; a scalar target may meet an output of shape `[1]`.
    func checkElementwise(output: Shape, target: Shape) throws {
        guard output.elementCount > 0 else { throw mismatch(output, target, "the output has no elements") }
        guard output == target || (output.elementCount == 1 && target.elementCount == 1) else {
            throw mismatch(output, target, "there must be one target for each output")
        }
    }

    /// Accepts a row of classes.
    func checkClasses(output: Shape, target: Shape) throws {
        guard output.rank == 1, output[0] > 0 else {
            throw mismatch(output, target, "the output must be one row of classes")
        }
    }
}

extension Sequential {
    /// Whether the last activation is left to the loss.
    /// - Throws: ``ModelError/lossActivation(loss:layer:activation:)`` if the loss includes another
    ///   activation than the model ends in.
    func leavesLogits(to loss: some Loss) throws -> Bool {
        guard let last = layers.last else { throw ModelError.noLayers }
        guard loss.includedActivation != .linear else { return false }
        let ending = layers.last { !$0.isReshape } ?? last
        if ending.outputActivation == .linear { return false }
        // Only the very last layer is told to stop at its logits.
        if ending.outputActivation == loss.includedActivation && ending === last { return true }
        throw ModelError.lossActivation(
            loss: loss.name, layer: ending.name, activation: ending.outputActivation.name)
    }
}
