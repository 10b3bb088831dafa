import ApusCore
import CApus

/// Adam (Kingma and Ba, 2015), as in Keras 3: m = beta1 · m + (1 − beta1) g; v = beta2 · v + (1 − beta2) g²;
/// w −= rate · √(1 − beta2ᵗ) / (1 − beta1ᵗ) · m / (√v + epsilon).
///
/// With `weightDecay` it is AdamW (Loshchilov and Hutter, 2019): w −= rate · weightDecay · w first.
public class Adam: Optimizer {
    public class var kind: String { "Adam" }
    public var learningRate: Float
    public private(set) var stepCount: Int64 = 0
    /// The share of the mean gradient that a step keeps, in [0, 1).
    public let beta1: Float
    /// The share of the mean squared gradient that a step keeps, in [0, 1).
    public let beta2: Float
    /// Added to the root of the mean squared gradient.
    public let epsilon: Float
    /// The share of a weight, times the rate, that a step takes away; 0: plain Adam.
    public let weightDecay: Float
    /// Parameters of these names (within their layer, `bias`) are not decayed.
    public let undecayed: Set<String>
    /// The most that the norm of all gradients together may be; nil: no limit.
    public let clipNorm: Float?
    private var slots = OptimizerSlots(["momentum", "velocity"])

    /// An optimizer with these settings, each explained at its property.
    public init(
        learningRate: Float = 0.001, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-7,
        weightDecay: Float = 0, undecayed: Set<String> = [], clipNorm: Float? = nil
    ) {
        self.learningRate = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.undecayed = undecayed
        self.clipNorm = clipNorm
    }

    public func step(_ parameters: [Parameter]) throws {
        if let clipNorm { try clipGradients(of: parameters, norm: clipNorm) }
        stepCount += 1
        for parameter in parameters {
            let gradient = parameter.gradientView, value = parameter.mutableView
            let decay = weightDecay == 0 || undecayed.contains(parameter.name) ? 0 : weightDecay
            try check(
                apus_sadam_step(
                    value.count, learningRate, beta1, beta2, epsilon, decay, stepCount, gradient.pointer,
                    slots.pointer(0, of: parameter), slots.pointer(1, of: parameter), value.pointer),
                "a step of \(Self.kind) on '\(parameter.name)', shape \(value.shape), learning rate \(learningRate)")
        }
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

/// ``Adam`` with Keras' default of 0.004 for the decoupled weight decay.
public final class AdamW: Adam {
    public override class var kind: String { "AdamW" }

    public override init(
        learningRate: Float = 0.001, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-7,
        weightDecay: Float = 0.004, undecayed: Set<String> = [], clipNorm: Float? = nil
    ) {
        super.init(
            learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay,
            undecayed: undecayed, clipNorm: clipNorm)
    }
}
