import ApusCore
import CApus

/// A table of vectors, looked up by index.
///
/// Input `[length]` of `Int32` indices, output `[length, width]`; table `embeddings` `[vocabulary, width]`.
/// An index outside the table is an error, not a neighbour's vector.
public final class Embedding: Layer {
    /// Indices.
    public typealias InputScalar = Int32
    /// The layer's settings, as a saved model has them.
    public struct Configuration: Codable, Hashable, Sendable {
        /// The rows of the table; indices are 0 ..< vocabulary.
        public var vocabulary: Int
        /// The length of a vector.
        public var width: Int
        /// What the table begins as.
        public var initializer: Initializer
    }

    public static let kind = "Embedding"
    public let configuration: Configuration
    public var name = ""
    public var isTrainable = true
    /// `[vocabulary, width]`.
    public let embeddings = Parameter("embeddings")

    /// A layer from its settings; they are checked when a model takes it in.
    public init(_ configuration: Configuration) { self.configuration = configuration }

    /// A table of vectors.
    /// - Parameters:
    ///   - vocabulary: the number of rows; indices are 0 ..< vocabulary.
    ///   - width: the length of a vector.
    public convenience init(vocabulary: Int, width: Int, initializer: Initializer = .uniform) {
        self.init(Configuration(vocabulary: vocabulary, width: width, initializer: initializer))
    }

    public var parameters: [Parameter] { [embeddings] }
    public var backwardReads: BackwardReads { .input }

    public func outputShape(for input: Shape) throws -> Shape {
        guard configuration.vocabulary > 0, configuration.width > 0 else {
            throw ModelError.invalidSetting(layer: name, setting: "vocabulary and width", reason: "must be positive")
        }
        guard input.rank < Shape.maximumRank - 1 else { throw incompatible(input, "it has too many dimensions") }
        return Shape(input.dimensions + [configuration.width])
    }

    public func build(for input: Shape, random: inout RandomStream) throws {
        guard embeddings.count == 0 else { return }
        embeddings.initialize(
            try configuration.initializer.make(
                shape: [configuration.vocabulary, configuration.width], fanIn: configuration.vocabulary,
                fanOut: configuration.width, random: &random))
    }

    public func forward(_ input: TensorView<Int32>, into output: MutableTensorView<Float>, _ context: LayerContext) throws {
        try check(
            apus_sembedding_forward(
                input.count, configuration.vocabulary, configuration.width, input.pointer, embeddings.view.pointer,
                output.pointer),
            "layer '\(name)': looking up \(input.shape) indices in \(configuration.vocabulary) rows")
    }

    public func backward(
        input: TensorView<Int32>, output: TensorView<Float>, outputGradient: MutableTensorView<Float>,
        inputGradient: MutableTensorView<Float>?, _ context: LayerContext
    ) throws {
        // Indices have no slope; a model that asks for the gradient of its input gets none.
        inputGradient?.buffer.update(repeating: 0)
        guard context.wantsWeightGradients else { return }
        try check(
            apus_sembedding_backward(
                input.count, configuration.vocabulary, configuration.width, input.pointer, outputGradient.pointer,
                embeddings.gradientView.pointer),
            "layer '\(name)': the gradient of \(input.shape) look-ups")
    }
}
