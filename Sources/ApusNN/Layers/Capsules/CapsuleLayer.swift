import ApusCore
import CApus

/// What the gradient of routing by agreement goes through.
public enum RoutingGradient: String, Codable, Hashable, Sendable, CaseIterable {
    /// Everything: the derivative of what the layer computes.
    case allIterations
    /// The coupling coefficients count as constants, as in popular implementations; cheaper by three
    /// quarters, and a tenth of the memory or less.
    case lastIteration
}

/// Capsules that see all capsules below them, by routing by agreement (Sabour, Frosst and Hinton, 2017, procedure 1).
///
/// Input `[inCapsules, inDimension]`, output `[capsules, dimension]`, each of a length in 0 ..< 1; kernel
/// `[inCapsules, inDimension, capsules, dimension]`: a matrix for each pair, no bias.
public final class CapsuleLayer: Layer {
    /// The layer's settings, as a saved model has them.
    public struct Configuration: Codable, Hashable, Sendable {
        /// The output's capsules.
        public var capsules: Int
        /// The numbers of one of them.
        public var dimension: Int
        /// How often the coupling is adjusted; 1: not at all.
        public var iterations: Int
        /// What the gradient goes through.
        public var gradient: RoutingGradient
    }

    public static let kind = "CapsuleLayer"
    public let configuration: Configuration
    public var name = ""
    public var isTrainable = true
    /// `[inCapsules, inDimension, capsules, dimension]`.
    public let kernel = Parameter("kernel")

    /// A layer from its settings; they are checked when a model takes it in.
    public init(_ configuration: Configuration) { self.configuration = configuration }

    /// - Parameters:
    ///   - capsules: the output's capsules; one for each class in a classifier's last layer.
    ///   - dimension: the numbers of one of them; 16 in the paper.
    ///   - iterations: of routing, 1 to 100.
    ///   - gradient: what the gradient goes through.
    public convenience init(
        capsules: Int, dimension: Int, iterations: Int = 3, gradient: RoutingGradient = .allIterations
    ) {
        self.init(
            Configuration(capsules: capsules, dimension: dimension, iterations: iterations, gradient: gradient))
    }

    public var parameters: [Parameter] { [kernel] }
    public var backwardReads: BackwardReads { .input }

    private func descriptor(batch: Int, input: Shape) -> apus_capsule_desc {
        let c = configuration
        return apus_capsule_desc(
            batch: batch, in_capsules: input[0], in_dim: input[1], out_capsules: c.capsules, out_dim: c.dimension,
            iterations: Int32(c.iterations),
            gradient: c.gradient == .allIterations ? APUS_ROUTING_ALL_ITERATIONS : APUS_ROUTING_LAST_ITERATION)
    }

    public func outputShape(for input: Shape) throws -> Shape {
        let c = configuration
        for (setting, value) in [("capsules", c.capsules), ("dimension", c.dimension)] where !(1...1 << 20).contains(value) {
            throw ModelError.invalidSetting(layer: name, setting: setting, reason: "must be positive, and below a million")
        }
        guard (1...100).contains(c.iterations) else {
            throw ModelError.invalidSetting(layer: name, setting: "iterations", reason: "must be 1 to 100")
        }
        guard input.rank == 2, input.elementCount > 0 else { throw incompatible(input, "it needs [capsules, dimension]") }
        if kernel.count > 0 && (kernel.value.shape[0] != input[0] || kernel.value.shape[1] != input[1]) {
            throw incompatible(input, "its kernel has shape \(kernel.value.shape)")
        }
        return [c.capsules, c.dimension]
    }

    public func build(for input: Shape, random: inout RandomStream) throws {
        guard kernel.count == 0 else { return }
        // The paper's network has 1152 lower capsules. What they add up to, and what routing makes of their agreement, grows
        // with their number times the variance: of more of them, lengths would be 1 from the start and learn nothing.
        let deviation = 0.1 * min(1, (1152 / Float(input[0])).squareRoot())
        kernel.initialize(
            try random.normal(
                standardDeviation: deviation, shape: [input[0], input[1], configuration.capsules, configuration.dimension]))
    }

    public func memory(batch: Int, input: Shape, training: Bool) -> LayerMemory {
        let desc = descriptor(batch: batch, input: input)
        let forward = withUnsafePointer(to: desc) { apus_scapsule_workspace($0, APUS_CAPSULE_FORWARD) }
        guard training else { return LayerMemory(workspace: forward) }
        let pass = configuration.gradient == .allIterations ? APUS_CAPSULE_BACKWARD : APUS_CAPSULE_BACKWARD_COUPLED
        let backward = withUnsafePointer(to: desc) { apus_scapsule_workspace($0, pass) }
        let sums = withUnsafePointer(to: desc) { apus_scapsule_sums_count($0) }
        return LayerMemory(
            saved: (keptCount(batch, input) + sums) * MemoryLayout<Float>.stride, workspace: max(forward, backward))
    }

    /// What the backward pass needs besides the sums: the predictions, or, of the last iteration only, the coupling.
    private func keptCount(_ batch: Int, _ input: Shape) -> Int {
        let pairs = batch * input[0] * configuration.capsules
        return configuration.gradient == .allIterations ? pairs * configuration.dimension : pairs
    }

    public func forward(_ input: TensorView<Float>, into output: MutableTensorView<Float>, _ context: LayerContext) throws {
        let item = input.shape.droppingFirst()
        let desc = descriptor(batch: input.shape[0], input: item)
        let kept = context.isTraining ? context.saved.assumingMemoryBound(to: Float.self) : nil
        let sums = kept.map { $0 + keptCount(input.shape[0], item) }
        let all = configuration.gradient == .allIterations
        try check(
            withUnsafePointer(to: desc) {
                apus_scapsule_forward(
                    $0, input.pointer, kernel.view.pointer, output.pointer, all ? kept : nil, sums, all ? nil : kept,
                    context.workspace.baseAddress, context.workspace.count)
            },
            "layer '\(name)': routing from capsules \(item) to \(output.shape.droppingFirst())")
    }

    public func backward(
        input: TensorView<Float>, output: TensorView<Float>, outputGradient: MutableTensorView<Float>,
        inputGradient: MutableTensorView<Float>?, _ context: LayerContext
    ) throws {
        let item = input.shape.droppingFirst()
        let desc = descriptor(batch: input.shape[0], input: item)
        let kept = context.saved.assumingMemoryBound(to: Float.self), sums = kept + keptCount(input.shape[0], item)
        let gradient = context.wantsWeightGradients ? kernel.gradientView.pointer : nil
        try check(
            withUnsafePointer(to: desc) {
                configuration.gradient == .allIterations
                    ? apus_scapsule_backward(
                        $0, input.pointer, kernel.view.pointer, kept, sums, outputGradient.pointer, inputGradient?.pointer,
                        gradient, context.workspace.baseAddress, context.workspace.count)
                    : apus_scapsule_backward_coupled(
                        $0, input.pointer, kernel.view.pointer, kept, sums, outputGradient.pointer, inputGradient?.pointer,
                        gradient, context.workspace.baseAddress, context.workspace.count)
            },
            "layer '\(name)': the gradient of routing from capsules \(item) to \(output.shape.droppingFirst())")
    }

    /// The coupling coefficients of the last iteration: how much of each lower capsule goes to each upper one.
    /// - Parameter input: `[batch, inCapsules, inDimension]`.
    /// - Returns: `[batch, inCapsules, capsules]`; each lower capsule's add up to 1.
    /// - Throws: ``ModelError`` for an input that the layer was not built for.
    public func coupling(for input: Tensor<Float>) throws -> Tensor<Float> {
        let item = input.shape.rank > 0 ? input.shape.droppingFirst() : input.shape
        guard kernel.count > 0 else { throw incompatible(item, "it has no weights yet: it is in no model") }
        let output = try outputShape(for: item)
        let batch = input.shape[0]
        let desc = descriptor(batch: batch, input: item)
        var upper = Tensor<Float>(zeros: output.prepending(batch))
        return try Tensor(uninitialized: [batch, item[0], configuration.capsules]) { (coupling) throws in
            try input.withView { (u) throws in
                try upper.withMutableView { (v) throws in
                    try check(
                        withUnsafePointer(to: desc) {
                            apus_scapsule_forward(
                                $0, u.pointer, kernel.view.pointer, v.pointer, nil, nil, coupling.baseAddress, nil, 0)
                        },
                        "layer '\(name)': the coupling of capsules \(item)")
                }
            }
        }
    }
}
