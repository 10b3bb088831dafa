import ApusCore

/// How weights begin.
public enum Initializer: String, Codable, Hashable, Sendable {
    case zeros, ones
    /// Uniform in ±√(6 / (fanIn + fanOut)) (Glorot and Bengio, 2010). Keras' default for kernels.
    case glorotUniform
    /// Normal with variance 2 / (fanIn + fanOut).
    case glorotNormal
    /// Uniform in ±√(6 / fanIn) (He et al., 2015), for ReLU.
    case heUniform
    /// Normal with variance 2 / fanIn.
    case heNormal
    /// Uniform in ±0.05. Keras' default for embeddings.
    case uniform

    /// A first value.
    /// - Parameters:
    ///   - fanIn: how many inputs one output sums.
    ///   - fanOut: how many outputs one input reaches.
    func make(shape: Shape, fanIn: Int, fanOut: Int, random: inout RandomStream) throws -> Tensor<Float> {
        func spread(_ variance: Double) -> Float { Float(variance.squareRoot()) }
        let both = Double(max(1, fanIn + fanOut)), one = Double(max(1, fanIn))
        switch self {
        case .zeros: return Tensor(repeating: 0, shape: shape)
        case .ones: return Tensor(repeating: 1, shape: shape)
        case .glorotUniform: return try random.uniform(-spread(6 / both)..<spread(6 / both), shape: shape)
        case .glorotNormal: return try random.normal(standardDeviation: spread(2 / both), shape: shape)
        case .heUniform: return try random.uniform(-spread(6 / one)..<spread(6 / one), shape: shape)
        case .heNormal: return try random.normal(standardDeviation: spread(2 / one), shape: shape)
        case .uniform: return try random.uniform(-0.05..<0.05, shape: shape)
        }
    }
}
