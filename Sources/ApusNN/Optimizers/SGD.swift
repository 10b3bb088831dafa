import ApusCore
import CApus

/// Gradient descent, with momentum in Keras' form:
/// g = gradient + weightDecay · w; v = momentum · v − rate · g; w += v,
/// or with Nesterov's momentum w += momentum · v − rate · g (Sutskever et al., 2013).
public final class SGD: Optimizer {
    public static var kind: String { "SGD" }
    public var learningRate: Float
    public private(set) var stepCount: Int64 = 0
    /// The share of the last step that the next one keeps, in [0, 1); 0: none.
    public let momentum: Float
    /// Whether momentum is Nesterov's.
    public let nesterov: Bool
    /// Added to the gradient times the weight (an L2 penalty's gradient); not multiplied by the rate apart
    /// from that.
    public let weightDecay: Float
    /// The most that the norm of all gradients together may be; nil: no limit.
    public let clipNorm: Float?
    private var slots = OptimizerSlots(["velocity"])

    /// An optimizer with these settings, each explained at its property.
    public init(
        learningRate: Float = 0.01, momentum: Float = 0, nesterov: Bool = false, weightDecay: Float = 0,
        clipNorm: Float? = nil
    ) {
        self.learningRate = learningRate
        self.momentum = momentum
        self.nesterov = nesterov
        self.weightDecay = weightDecay
        self.clipNorm = clipNorm
    }

    public func step(_ parameters: [Parameter]) throws {
        if let clipNorm { try clipGradients(of: parameters, norm: clipNorm) }
        for parameter in parameters {
            let gradient = parameter.gradientView, value = parameter.mutableView
            try check(
                apus_ssgd_step(
                    value.count, learningRate, momentum, nesterov ? 1 : 0, weightDecay, gradient.pointer,
                    momentum == 0 ? nil : slots.pointer(0, of: parameter), value.pointer),
                "a step of SGD on '\(parameter.name)', shape \(value.shape), learning rate \(learningRate)")
        }
        stepCount += 1
    }

    public func state(
        of parameters: [(name: String, parameter: Parameter)]
    ) -> [(name: String, tensor: Tensor<Float>)] { slots.state(of: parameters) }

    public func restore(
        _ state: [String: Tensor<Float>], of parameters: [(name: String, parameter: Parameter)], stepCount: Int64
    ) throws {
        try slots.restore(state, of: parameters)
        self.stepCount = stepCount
    }
}
