import ApusCore
import CApus

/// Gradient descent divided by a moving average of the gradient's size (Tieleman and Hinton, 2012), as in
/// Keras 3: s = rho · s + (1 − rho) g²; the step is rate · g / √(s + epsilon), with momentum
/// v = momentum · v + step.
public final class RMSprop: Optimizer {
    public static var kind: String { "RMSprop" }
    public var learningRate: Float
    public private(set) var stepCount: Int64 = 0
    /// The share of the mean squared gradient that a step keeps, in [0, 1).
    public let rho: Float
    /// The share of the last step that the next one keeps, in [0, 1); 0: none.
    public let momentum: Float
    /// Added to the mean squared gradient before the root is taken.
    public let epsilon: Float
    /// The most that the norm of all gradients together may be; nil: no limit.
    public let clipNorm: Float?
    private var slots: OptimizerSlots

    /// An optimizer with these settings, each explained at its property.
    public init(
        learningRate: Float = 0.001, rho: Float = 0.9, momentum: Float = 0, epsilon: Float = 1e-7,
        clipNorm: Float? = nil
    ) {
        self.learningRate = learningRate
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.clipNorm = clipNorm
        slots = OptimizerSlots(momentum == 0 ? ["square"] : ["square", "velocity"])
    }

    public func step(_ parameters: [Parameter]) throws {
        if let clipNorm { try clipGradients(of: parameters, norm: clipNorm) }
        for parameter in parameters {
            let gradient = parameter.gradientView, value = parameter.mutableView
            try check(
                apus_srmsprop_step(
                    value.count, learningRate, rho, momentum, epsilon, gradient.pointer,
                    slots.pointer(0, of: parameter), momentum == 0 ? nil : slots.pointer(1, of: parameter),
                    value.pointer),
                "a step of RMSprop on '\(parameter.name)', shape \(value.shape), learning rate \(learningRate)")
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
