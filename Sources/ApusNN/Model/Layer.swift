import ApusCore

/// One step of a network: a function of a batch with parameters, and its derivative.
///
/// A layer sees its data as views into memory that the model has planned, and calls kernels on them;
/// it allocates nothing per step. Shapes in this protocol are those of one item, without the batch,
/// except in the views, whose first dimension is the batch.
///
/// To write a layer of your own: keep its settings in a `Configuration`, its numbers in ``Parameter``s,
/// check shapes in ``outputShape(for:)``, and write the whole of `output` and of `inputGradient`.
public protocol Layer: AnyObject {
    /// The elements that it reads: `Float`, or `Int32` for indices.
    associatedtype InputScalar: TensorScalar = Float
    /// Its settings, which are saved beside the weights.
    associatedtype Configuration: Codable & Sendable

    /// The name of the kind in summaries and files: `Dense`. Unique among layers.
    static var kind: String { get }
    /// The same for items of this shape, where Keras names a kind by their dimensions: `GlobalAveragePooling2D`.
    func kind(for input: Shape) -> String
    /// The settings.
    var configuration: Configuration { get }
    /// A layer from its settings, not yet built.
    init(_ configuration: Configuration)

    /// The name within the model; empty until somebody names it, the model at the latest.
    var name: String { get set }
    /// Whether training changes the weights; false: frozen.
    var isTrainable: Bool { get set }
    /// Weights and states, in the order of Keras' files; the same objects for the layer's whole life.
    var parameters: [Parameter] { get }

    /// The shape of an item's output.
    /// - Throws: ``ModelError/incompatibleShape(layer:kind:input:reason:)``.
    func outputShape(for input: Shape) throws -> Shape
    /// Gives the parameters their shapes and first values.
    func build(for input: Shape, random: inout RandomStream) throws

    /// What the backward pass reads of the forward pass; the model keeps no more.
    var backwardReads: BackwardReads { get }
    /// True for a layer whose output is its input under another shape: no memory of its own, and neither
    /// `forward` nor `backward` is called.
    var isReshape: Bool { get }
    /// The activation at the layer's end that a loss may take over, to be computed from logits; then
    /// `context.leavesLogits` is set.
    var outputActivation: Activation { get }
    /// Memory for a batch of `batch` items.
    func memory(batch: Int, input: Shape, training: Bool) -> LayerMemory

    /// output := f(input).
    func forward(_ input: TensorView<InputScalar>, into output: MutableTensorView<Float>, _ context: LayerContext) throws
    /// Gradients from the output's: of the weights into their `gradientView`s if
    /// `context.wantsWeightGradients`, of the input into `inputGradient` unless that is nil.
    /// - Parameters:
    ///   - input: the forward pass' input; not valid unless ``backwardReads`` has `.input`.
    ///   - output: the forward pass' output; not valid unless ``backwardReads`` has `.output`.
    ///   - outputGradient: may be overwritten.
    func backward(
        input: TensorView<InputScalar>, output: TensorView<Float>, outputGradient: MutableTensorView<Float>,
        inputGradient: MutableTensorView<Float>?, _ context: LayerContext) throws
}

extension Layer {
    public func kind(for input: Shape) -> String { Self.kind }
    public var parameters: [Parameter] { [] }
    public var isReshape: Bool { false }
    public var outputActivation: Activation { .linear }
    public func build(for input: Shape, random: inout RandomStream) throws {}
    public func memory(batch: Int, input: Shape, training: Bool) -> LayerMemory { LayerMemory() }

    /// The number of elements in weights and states.
    public var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }
    /// The weights that training changes now.
    public var trainableParameters: [Parameter] { isTrainable ? parameters.filter { $0.role == .weight } : [] }

    /// Gives the layer a name, for use where it is made: `Dense(2).named("predictions")`.
    public func named(_ name: String) -> Self {
        self.name = name
        return self
    }

    /// The error for a shape that this layer cannot take.
    public func incompatible(_ input: Shape, _ reason: String) -> ModelError {
        .incompatibleShape(layer: name, kind: Self.kind, input: input, reason: reason)
    }
}

/// Parts of the forward pass that a layer's backward pass reads.
public struct BackwardReads: OptionSet, Sendable {
    /// The set as bits.
    public let rawValue: Int
    /// A set from its bits.
    public init(rawValue: Int) { self.rawValue = rawValue }
    /// The layer's input, `[batch] + input`.
    public static let input = BackwardReads(rawValue: 1)
    /// The layer's output, `[batch] + output`.
    public static let output = BackwardReads(rawValue: 2)
}

/// The bytes that a layer needs beside its input and output.
public struct LayerMemory: Sendable {
    /// Kept from the forward to the backward pass (argmax, batch statistics).
    public var saved: Int
    /// Scratch during one call; shared by all layers.
    public var workspace: Int

    /// Bytes kept and bytes of scratch; none unless given.
    public init(saved: Int = 0, workspace: Int = 0) {
        self.saved = saved
        self.workspace = workspace
    }
}

/// A layer that writes its saved memory only where ``LayerContext/savesForBackward`` is set: for other passes a plan asks
/// it for the memory of inference.
protocol SavesOnlyForBackward: Layer {}

/// What a layer is told about the pass that it takes part in.
public struct LayerContext {
    /// Training: dropout drops, batch normalization uses the batch's statistics.
    public let isTraining: Bool
    /// Whether a backward pass through this layer may follow. If not, nothing needs to be kept for one, even in training:
    /// no layer up to this one has weights that train.
    public let savesForBackward: Bool
    /// Whether `backward` is to compute the weights' gradients.
    public let wantsWeightGradients: Bool
    /// Whether the layer is to stop before its ``Layer/outputActivation``, which the loss includes.
    public let leavesLogits: Bool
    /// The bytes that ``LayerMemory/saved`` asked for, 64-byte aligned; the same in `backward`.
    public let saved: UnsafeMutableRawPointer
    /// The bytes that ``LayerMemory/workspace`` asked for, 64-byte aligned.
    public let workspace: UnsafeMutableRawBufferPointer
    /// Randomness of this layer at this step; the same in `backward`.
    public let random: RandomStream
}
