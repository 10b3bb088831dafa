import ApusCore
import CApus

/// The settings of a ``Pool1D``.
public struct Pool1DConfiguration: Codable, Hashable, Sendable {
    /// The window's places.
    public var size: Int
    /// The places from one window to the next.
    public var stride: Int
    /// What happens at the borders.
    public var padding: Padding
}

/// The largest value or the mean over windows of a sequence.
///
/// Input `[length, channels]`, output `[outLength, channels]`. The first of equal values wins; padding
/// neither wins nor counts. Use it by the names ``MaxPool1D`` and ``AveragePool1D``.
public final class Pool1D<Operation: PoolingOperation>: Layer, SavesOnlyForBackward {
    public typealias Configuration = Pool1DConfiguration

    public static var kind: String { "\(Operation.name)Pooling1D" }
    public let configuration: Configuration
    public var name = ""
    public var isTrainable = true

    /// A layer from its settings; they are checked when a model takes it in.
    public init(_ configuration: Configuration) { self.configuration = configuration }

    /// A pooling layer.
    /// - Parameters:
    ///   - size: the window's length.
    ///   - stride: the step from one window to the next; the window's length unless given.
    public convenience init(_ size: Int = 2, stride: Int? = nil, padding: Padding = .valid) {
        self.init(Configuration(size: size, stride: stride ?? size, padding: padding))
    }

    private var pooling: Pooling {
        Pooling(
            kind: Operation.kind, windowH: 1, windowW: configuration.size, strideH: 1, strideW: configuration.stride,
            padding: configuration.padding)
    }

    public var backwardReads: BackwardReads { pooling.backwardReads }

    /// - Parameter shape: `[batch, length, channels]`.
    private func plan(_ shape: Shape) throws -> (desc: apus_pool_desc, outH: Int, outW: Int) {
        guard let plan = pooling.descriptor(batch: shape[0], height: 1, width: shape[1], channels: shape[2]) else {
            throw incompatible(shape.droppingFirst(), "a window of \(configuration.size) places does not fit in")
        }
        return plan
    }

    public func outputShape(for input: Shape) throws -> Shape {
        guard configuration.size > 0, configuration.stride > 0 else {
            throw ModelError.invalidSetting(layer: name, setting: "size and stride", reason: "must be positive")
        }
        guard configuration.padding != .causal else {
            throw ModelError.invalidSetting(layer: name, setting: "padding", reason: "cannot be causal in pooling")
        }
        guard input.rank == 2 else { throw incompatible(input, "it needs [length, channels]") }
        return [try plan(input.prepending(1)).outW, input[1]]
    }

    public func memory(batch: Int, input: Shape, training: Bool) -> LayerMemory {
        guard let plan = try? plan(input.prepending(batch)) else { return LayerMemory() }
        return LayerMemory(saved: pooling.savedBytes(outputCount: batch * plan.outW * input[1], training: training))
    }

    public func forward(_ input: TensorView<Float>, into output: MutableTensorView<Float>, _ context: LayerContext) throws {
        try pooling.forward(plan(input.shape).desc, input, into: output, layer: name, context)
    }

    public func backward(
        input: TensorView<Float>, output: TensorView<Float>, outputGradient: MutableTensorView<Float>,
        inputGradient: MutableTensorView<Float>?, _ context: LayerContext
    ) throws {
        try pooling.backward(
            plan(input.shape).desc, input: input, outputGradient: outputGradient, inputGradient: inputGradient,
            layer: name, context)
    }
}

/// The largest value of each window.
public typealias MaxPool1D = Pool1D<MaximumPooling>
/// The mean of each window.
public typealias AveragePool1D = Pool1D<AveragePooling>
