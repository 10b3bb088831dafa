import ApusCore
import CApus

/// The settings of a ``Pool2D``.
public struct Pool2DConfiguration: Codable, Hashable, Sendable {
    /// The window's rows.
    public var height: Int
    /// The window's columns.
    public var width: Int
    /// The rows from one window to the next.
    public var strideHeight: Int
    /// The columns from one window to the next.
    public var strideWidth: Int
    /// What happens at the borders.
    public var padding: Padding
}

/// The largest value or the mean over windows of an image.
///
/// Input `[height, width, channels]`, output `[outHeight, outWidth, channels]`. The first of equal values wins; padding
/// neither wins nor counts. Use it by the names ``MaxPool2D`` and ``AveragePool2D``.
public final class Pool2D<Operation: PoolingOperation>: Layer, SavesOnlyForBackward {
    public typealias Configuration = Pool2DConfiguration

    public static var kind: String { "\(Operation.name)Pooling2D" }
    public let configuration: Configuration
    public var name = ""
    public var isTrainable = true

    /// A layer from its settings; they are checked when a model takes it in.
    public init(_ configuration: Configuration) { self.configuration = configuration }

    /// A pooling layer.
    /// - Parameters:
    ///   - size: (height, width) of the window.
    ///   - strides: the steps from one window to the next; the window's size unless given.
    public convenience init(_ size: (Int, Int) = (2, 2), strides: (Int, Int)? = nil, padding: Padding = .valid) {
        let steps = strides ?? size
        self.init(
            Configuration(
                height: size.0, width: size.1, strideHeight: steps.0, strideWidth: steps.1, padding: padding))
    }

    private var pooling: Pooling {
        let c = configuration
        return Pooling(
            kind: Operation.kind, windowH: c.height, windowW: c.width, strideH: c.strideHeight, strideW: c.strideWidth,
            padding: c.padding)
    }

    public var backwardReads: BackwardReads { pooling.backwardReads }

    /// - Parameter shape: `[batch, height, width, channels]`.
    private func plan(_ shape: Shape) throws -> (desc: apus_pool_desc, outH: Int, outW: Int) {
        guard
            let plan = pooling.descriptor(batch: shape[0], height: shape[1], width: shape[2], channels: shape[3])
        else {
            throw incompatible(
                shape.droppingFirst(),
                "a window of \(configuration.height) × \(configuration.width) places does not fit in")
        }
        return plan
    }

    public func outputShape(for input: Shape) throws -> Shape {
        let c = configuration
        guard min(c.height, c.width, c.strideHeight, c.strideWidth) > 0 else {
            throw ModelError.invalidSetting(layer: name, setting: "size and strides", reason: "must be positive")
        }
        guard c.padding != .causal else {
            throw ModelError.invalidSetting(layer: name, setting: "padding", reason: "cannot be causal in pooling")
        }
        guard input.rank == 3 else { throw incompatible(input, "it needs [height, width, channels]") }
        let plan = try plan(input.prepending(1))
        return [plan.outH, plan.outW, input[2]]
    }

    /// Whether outputs of `shape` are halved, rounded down: the largest or the mean of each 2 × 2.
    func halves(_ shape: Shape) -> Bool {
        guard shape.rank == 3, let desc = try? plan(shape.prepending(1)).desc else { return false }
        return [desc.window_h, desc.window_w, desc.stride_h, desc.stride_w].allSatisfy { $0 == 2 }
            && [desc.pad_top, desc.pad_bottom, desc.pad_left, desc.pad_right].allSatisfy { $0 == 0 }
    }

    public func memory(batch: Int, input: Shape, training: Bool) -> LayerMemory {
        guard let plan = try? plan(input.prepending(batch)) else { return LayerMemory() }
        return LayerMemory(
            saved: pooling.savedBytes(outputCount: batch * plan.outH * plan.outW * input[2], training: training))
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
public typealias MaxPool2D = Pool2D<MaximumPooling>
/// The mean of each window.
public typealias AveragePool2D = Pool2D<AveragePooling>
