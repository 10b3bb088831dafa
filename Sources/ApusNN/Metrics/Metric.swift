import ApusCore

/// A figure that training and evaluation report beside the loss: a mean over the items.
public protocol Metric<Target> {
    /// The elements of the targets, those of the loss.
    associatedtype Target: TensorScalar

    /// The name in histories: `accuracy`.
    var name: String { get }
    /// The sum of the figure over the items of a batch.
    /// - Parameters:
    ///   - outputs: `[batch] + output`.
    ///   - pending: the activation that `outputs` have yet to go through to be predictions; `.linear` if
    ///     they are predictions.
    ///   - targets: `[batch] + target`.
    func sum(outputs: TensorView<Float>, pending: Activation, targets: TensorView<Target>) throws -> Double
}

/// The share of predictions on the right side of a threshold: a mean over each item's elements.
public struct BinaryAccuracy: Metric, Sendable {
    public let name: String
    /// A prediction above it says 1.
    public let threshold: Float

    /// The share of elements on the right side of `threshold`.
    public init(threshold: Float = 0.5, name: String = "accuracy") {
        self.threshold = threshold
        self.name = name
    }

    public func sum(outputs: TensorView<Float>, pending: Activation, targets: TensorView<Float>) throws -> Double {
        let rows = outputs.shape[0]
        guard rows > 0 else { return 0 }
        precondition(
            outputs.count == targets.count,
            "binary accuracy of outputs of shape \(outputs.shape) and targets of shape \(targets.shape)")
        let x = outputs.buffer, t = targets.buffer
        var right = 0
        if pending == .sigmoid && threshold == 0.5 {
            for i in 0..<x.count where (x[i] > 0) == (t[i] > 0.5) { right += 1 }
        } else if pending == .sigmoid {
            for i in 0..<x.count where (sigmoid(x[i]) > threshold) == (t[i] > 0.5) { right += 1 }
        } else {
            for i in 0..<x.count where (x[i] > threshold) == (t[i] > 0.5) { right += 1 }
        }
        return Double(right) / Double(x.count / rows)
    }
}

/// The share of items whose highest output is that of their label. Labels have the item shape `[]` or `[1]`.
public struct SparseCategoricalAccuracy: Metric, Sendable {
    public let name: String

    /// The share of items whose class is the highest output; `name` is what the history calls it.
    public init(name: String = "accuracy") { self.name = name }

    public func sum(outputs: TensorView<Float>, pending: Activation, targets: TensorView<Int32>) throws -> Double {
        let rows = outputs.shape[0]
        guard rows > 0 else { return 0 }
        let classes = outputs.count / rows
        precondition(
            targets.count == rows,
            "sparse accuracy of outputs of shape \(outputs.shape) and labels of shape \(targets.shape)")
        var right = 0
        for row in 0..<rows
        where argmax(outputs.pointer + row * classes, count: classes) == Int(targets.pointer[row]) { right += 1 }
        return Double(right)
    }
}

/// The share of items whose highest output is where the highest target is. Outputs and targets have the
/// item shape `[classes]`.
public struct CategoricalAccuracy: Metric, Sendable {
    public let name: String

    /// The share of items whose class is the highest output; `name` is what the history calls it.
    public init(name: String = "accuracy") { self.name = name }

    public func sum(outputs: TensorView<Float>, pending: Activation, targets: TensorView<Float>) throws -> Double {
        let rows = outputs.shape[0]
        guard rows > 0 else { return 0 }
        let classes = outputs.count / rows
        precondition(
            outputs.shape == targets.shape,
            "categorical accuracy of outputs of shape \(outputs.shape) and targets of shape \(targets.shape)")
        var right = 0
        for row in 0..<rows
        where argmax(outputs.pointer + row * classes, count: classes)
            == argmax(targets.pointer + row * classes, count: classes)
        { right += 1 }
        return Double(right)
    }
}

/// The place of the highest of `count` numbers, the first of equals. A NaN is never the highest.
func argmax(_ values: UnsafePointer<Float>, count: Int) -> Int {
    var best = 0
    for i in 1..<max(1, count) where values[i] > values[best] || (values[best].isNaN && !values[i].isNaN) { best = i }
    return best
}
