import ApusCore
import CApus

/// A nonlinearity, elementwise but for softmax, which works on the last dimension.
public enum Activation: Hashable, Sendable {
    case linear
    /// max(x, 0).
    case relu
    /// x above zero, `slope` · x below.
    case leakyReLU(slope: Float = 0.3)
    /// x above zero, `alpha` · (eˣ − 1) below.
    case elu(alpha: Float = 1)
    case sigmoid, tanh, softplus
    /// x Φ(x), with the error function (Hendrycks and Gimpel, 2016).
    case gelu
    /// x · sigmoid(x).
    case silu
    /// eˣ / Σ eˣ over the last dimension.
    case softmax

    /// The name in files and messages.
    public var name: String {
        switch self {
        case .linear: "linear"
        case .relu: "relu"
        case .leakyReLU: "leaky_relu"
        case .elu: "elu"
        case .sigmoid: "sigmoid"
        case .tanh: "tanh"
        case .softplus: "softplus"
        case .gelu: "gelu"
        case .silu: "silu"
        case .softmax: "softmax"
        }
    }

    /// The kernel and its parameter; nil for softmax, which is a kernel of its own.
    var kernel: (kind: apus_activation, alpha: Float)? {
        switch self {
        case .linear: (APUS_ACTIVATION_LINEAR, 0)
        case .relu: (APUS_ACTIVATION_RELU, 0)
        case let .leakyReLU(slope): (APUS_ACTIVATION_LEAKY_RELU, slope)
        case let .elu(alpha): (APUS_ACTIVATION_ELU, alpha)
        case .sigmoid: (APUS_ACTIVATION_SIGMOID, 0)
        case .tanh: (APUS_ACTIVATION_TANH, 0)
        case .softplus: (APUS_ACTIVATION_SOFTPLUS, 0)
        case .gelu: (APUS_ACTIVATION_GELU, 0)
        case .silu: (APUS_ACTIVATION_SILU, 0)
        case .softmax: nil
        }
    }

    /// The part that GEMM and convolution apply while their result is in registers.
    var fused: apus_activation { self == .relu ? APUS_ACTIVATION_RELU : APUS_ACTIVATION_LINEAR }
    /// Whether a pass of its own is needed after a kernel that has applied ``fused``.
    var needsOwnPass: Bool { self != .relu && self != .linear }
    /// Whether the slope follows from the output alone.
    var slopeFollowsFromOutput: Bool {
        switch self {
        case .softplus, .gelu, .silu: false
        case let .leakyReLU(slope): slope >= 0
        case let .elu(alpha): alpha >= 0
        default: true
        }
    }

    /// y := f(x); the two may be the same memory.
    func forward(_ x: TensorView<Float>, into y: MutableTensorView<Float>) throws {
        if let kernel {
            try check(
                apus_sactivation_forward(kernel.kind, kernel.alpha, x.count, x.pointer, y.pointer),
                "\(name) of shape \(x.shape)")
        } else {
            let columns = x.shape.last ?? 1
            try check(
                apus_ssoftmax_forward(columns == 0 ? 0 : x.count / columns, columns, x.pointer, y.pointer),
                "softmax of shape \(x.shape)")
        }
    }

    /// dx := dy · f'(x); the two may be the same memory.
    /// - Parameter x: needed where the slope does not follow from the output.
    func backward(
        x: UnsafePointer<Float>?, y: UnsafePointer<Float>?, dy: TensorView<Float>, into dx: MutableTensorView<Float>
    ) throws {
        if let kernel {
            try check(
                apus_sactivation_backward(kernel.kind, kernel.alpha, dy.count, x, y, dy.pointer, dx.pointer),
                "the gradient of \(name) of shape \(dy.shape)")
        } else {
            let columns = dy.shape.last ?? 1
            try check(
                apus_ssoftmax_backward(columns == 0 ? 0 : dy.count / columns, columns, y, dy.pointer, dx.pointer),
                "the gradient of softmax of shape \(dy.shape)")
        }
    }
}

extension Activation: Codable {
    private enum Key: String, CodingKey { case name, alpha }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let name = try container.decode(String.self, forKey: .name)
        let alpha = try container.decodeIfPresent(Float.self, forKey: .alpha)
        switch name {
        case "leaky_relu": self = .leakyReLU(slope: alpha ?? 0.3)
        case "elu": self = .elu(alpha: alpha ?? 1)
        default:
            let plain: [Activation] = [.linear, .relu, .sigmoid, .tanh, .softplus, .gelu, .silu, .softmax]
            guard let match = plain.first(where: { $0.name == name }) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .name, in: container, debugDescription: "no activation is named '\(name)'")
            }
            self = match
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(name, forKey: .name)
        switch self {
        case let .leakyReLU(slope): try container.encode(slope, forKey: .alpha)
        case let .elu(alpha): try container.encode(alpha, forKey: .alpha)
        default: break
        }
    }
}
