import ApusCore

/// The same numbers as one vector: `[height, width, channels]` → `[height · width · channels]`, channels
/// last. Costs nothing.
public final class Flatten: Layer {
    /// The layer's settings, as a saved model has them.
    public struct Configuration: Codable, Hashable, Sendable {
        /// There is nothing to set.
        public init() {}
    }

    public static let kind = "Flatten"
    public let configuration: Configuration
    public var name = ""
    public var isTrainable = true

    /// A layer from its settings; they are checked when a model takes it in.
    public init(_ configuration: Configuration = Configuration()) { self.configuration = configuration }

    public var isReshape: Bool { true }
    public var backwardReads: BackwardReads { [] }
    public func outputShape(for input: Shape) throws -> Shape { [input.elementCount] }
    public func forward(_ input: TensorView<Float>, into output: MutableTensorView<Float>, _ context: LayerContext) throws {
        output.copy(from: input)
    }
    public func backward(
        input: TensorView<Float>, output: TensorView<Float>, outputGradient: MutableTensorView<Float>,
        inputGradient: MutableTensorView<Float>?, _ context: LayerContext
    ) throws {
        inputGradient?.copy(from: outputGradient.readOnly)
    }
}

/// The same numbers under another shape. Costs nothing.
public final class Reshape: Layer {
    /// The layer's settings, as a saved model has them.
    public struct Configuration: Codable, Hashable, Sendable {
        /// The target shape, without the batch.
        public var dimensions: [Int]
    }

    public static let kind = "Reshape"
    public let configuration: Configuration
    public var name = ""
    public var isTrainable = true

    /// A layer from its settings; they are checked when a model takes it in.
    public init(_ configuration: Configuration) { self.configuration = configuration }
    /// The same numbers under the shape `target`, without the batch.
    public convenience init(_ target: Shape) { self.init(Configuration(dimensions: target.dimensions)) }

    public var isReshape: Bool { true }
    public var backwardReads: BackwardReads { [] }
    public func outputShape(for input: Shape) throws -> Shape {
        guard configuration.dimensions.allSatisfy({ $0 >= 0 }), configuration.dimensions.count < Shape.maximumRank else {
            throw ModelError.invalidSetting(layer: name, setting: "dimensions", reason: "are no shape")
        }
        let target = Shape(configuration.dimensions)
        // Sizes may come from a file, so their product may be more than an Int holds.
        var count = 1
        var overflows = false
        for size in target where !overflows { (count, overflows) = count.multipliedReportingOverflow(by: size) }
        guard !overflows, count == input.elementCount else {
            throw incompatible(input, "\(input.elementCount) numbers do not make a shape of \(target)")
        }
        return target
    }
    public func forward(_ input: TensorView<Float>, into output: MutableTensorView<Float>, _ context: LayerContext) throws {
        output.copy(from: input)
    }
    public func backward(
        input: TensorView<Float>, output: TensorView<Float>, outputGradient: MutableTensorView<Float>,
        inputGradient: MutableTensorView<Float>?, _ context: LayerContext
    ) throws {
        inputGradient?.copy(from: outputGradient.readOnly)
    }
}
