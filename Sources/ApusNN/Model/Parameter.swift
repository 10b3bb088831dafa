import ApusCore

/// A tensor that a layer owns: a weight that training changes, or a state such as a moving average.
///
/// Parameters are objects, so that a layer, an optimizer and a checkpoint speak of the same one. The
/// value is empty until the layer is built.
public final class Parameter {
    /// What changes the value.
    public enum Role: String, Sendable {
        /// The optimizer, from a gradient.
        case weight
        /// The layer itself, while it trains (batch normalization's moving statistics).
        case state
    }

    /// The name within the layer: `kernel`, `bias`, `gamma`, …
    public let name: String
    /// What changes the value.
    public let role: Role
    /// The numbers. Assigning another shape once the layer is built is a programmer's mistake.
    public var value: Tensor<Float> {
        // Not `willSet`, which would have every change in place work on a copy of the memory.
        didSet {
            precondition(
                !isBuilt || value.shape == shape,
                "parameter '\(name)' has shape \(shape); a value of shape \(value.shape) was assigned")
            revision &+= 1
        }
    }
    /// Moves on with every change of ``value``, and whenever ``mutableView`` is asked for. What a layer computes from
    /// the value and keeps, such as a convolution's transformed weights, is good for one revision.
    public private(set) var revision = 0
    /// The loss' gradient with respect to the value, of the last backward pass; empty before the first.
    public private(set) var gradient: Tensor<Float>
    private var isBuilt = false
    private var shape: Shape = [0]

    /// A parameter without a value.
    public init(_ name: String, role: Role = .weight) {
        self.name = name
        self.role = role
        value = Tensor(zeros: [0])
        gradient = Tensor(zeros: [0])
    }

    /// Gives the parameter its shape and its first value; a layer does so in its `build`.
    public func initialize(_ initial: Tensor<Float>) {
        isBuilt = false
        value = initial
        shape = initial.shape
        gradient = Tensor(zeros: [0])
        isBuilt = true
    }

    /// The number of elements.
    public var count: Int { value.count }

    /// The value for a kernel to read, good until the value is changed.
    public var view: TensorView<Float> { value.withView { $0 } }
    /// The value for a kernel to change in place, at once: ask again for every change, for whoever keeps what follows
    /// from the value finds it changed by the ``revision``, which moves on here.
    public var mutableView: MutableTensorView<Float> { value.withMutableView { $0 } }
    /// The gradient for a kernel to overwrite; memory is taken at the first call.
    public var gradientView: MutableTensorView<Float> {
        if gradient.shape != value.shape { gradient = Tensor(zeros: value.shape) }
        return gradient.withMutableView { $0 }
    }
}
