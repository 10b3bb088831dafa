import ApusCore
import CApus

/// The largest value or the mean of each channel over all places.
///
/// Input `[length, channels]` or `[height, width, channels]`, output `[channels]`. Use it by the names
/// ``GlobalMaxPool`` and ``GlobalAveragePool``.
public final class GlobalPool<Operation: PoolingOperation>: Layer {
    /// The layer's settings, as a saved model has them.
    public struct Configuration: Codable, Hashable, Sendable {
        /// There is nothing to set.
        public init() {}
    }

    public static var kind: String { "Global\(Operation.name)Pooling" }
    /// Keras has two layers where this is one.
    static var kinds: [String] { [kind, kind + "1D", kind + "2D"] }

    public func kind(for input: Shape) -> String {
        switch input.rank {
        case 2: Self.kind + "1D"
        case 3: Self.kind + "2D"
        default: Self.kind
        }
    }

    public let configuration: Configuration
    public var name = ""
    public var isTrainable = true

    /// A layer from its settings; they are checked when a model takes it in.
    public init(_ configuration: Configuration = Configuration()) { self.configuration = configuration }

    /// The places of an item as one row, which the window covers.
    private func plan(_ item: Shape, batch: Int) -> (pooling: Pooling, desc: apus_pool_desc)? {
        let channels = item[item.rank - 1]
        let places = channels == 0 ? 0 : item.elementCount / channels
        let pooling = Pooling(
            kind: Operation.kind, windowH: 1, windowW: places, strideH: 1, strideW: 1, padding: .valid)
        return pooling.descriptor(batch: batch, height: 1, width: places, channels: channels).map { (pooling, $0.desc) }
    }

    // A window of unknown size may be larger than a byte can index; its winners are found again.
    public var backwardReads: BackwardReads { Operation.kind == .maximum ? .input : [] }

    public func outputShape(for input: Shape) throws -> Shape {
        guard input.rank == 2 || input.rank == 3, input.elementCount > 0 else {
            throw incompatible(input, "it needs [length, channels] or [height, width, channels]")
        }
        return [input[input.rank - 1]]
    }

    public func memory(batch: Int, input: Shape, training: Bool) -> LayerMemory {
        guard let (pooling, desc) = plan(input, batch: batch) else { return LayerMemory() }
        return LayerMemory(saved: pooling.savedBytes(outputCount: batch * desc.channels, training: training))
    }

    public func forward(_ input: TensorView<Float>, into output: MutableTensorView<Float>, _ context: LayerContext) throws {
        guard let (pooling, desc) = plan(input.shape.droppingFirst(), batch: input.shape[0]) else { return }
        try pooling.forward(desc, input, into: output, layer: name, context)
    }

    public func backward(
        input: TensorView<Float>, output: TensorView<Float>, outputGradient: MutableTensorView<Float>,
        inputGradient: MutableTensorView<Float>?, _ context: LayerContext
    ) throws {
        guard let (pooling, desc) = plan(input.shape.droppingFirst(), batch: input.shape[0]) else { return }
        try pooling.backward(
            desc, input: input, outputGradient: outputGradient, inputGradient: inputGradient, layer: name, context)
    }
}

/// The largest value of each channel.
public typealias GlobalMaxPool = GlobalPool<MaximumPooling>
/// The mean of each channel.
public typealias GlobalAveragePool = GlobalPool<AveragePooling>
