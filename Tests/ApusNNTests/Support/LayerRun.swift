import ApusCore
import ApusNN
import Testing

/// What a training pass through a model left behind.
struct LayerRun: Equatable {
    var output: [Float]
    var inputGradient: [Float]
    /// Of every parameter, in the model's order; empty where no gradient was computed.
    var parameterGradients: [[Float]]
}

extension Sequential {
    /// A forward pass alone.
    func output(of input: Tensor<InputScalar>, training: Bool = false, step: UInt64 = 0) throws -> Tensor<Float> {
        try input.withView { (view) throws -> Tensor<Float> in
            try self.forward(view, training: training, step: step).copy()
        }
    }

    /// A training pass forward and back, from a given gradient of the output.
    func trainingRun(
        _ input: Tensor<InputScalar>, outputGradient: [Float], step: UInt64 = 0, wantsInputGradient: Bool = true
    ) throws -> LayerRun {
        try input.withView { (view) throws -> LayerRun in
            let output = try self.forward(
                view, training: true, step: step, wantsInputGradient: wantsInputGradient).copy().scalars
            let gradient = self.outputGradient
            try #require(gradient.count == outputGradient.count)
            _ = gradient.buffer.update(fromContentsOf: outputGradient)
            let inputGradient = try self.backward()
            return LayerRun(
                output: output, inputGradient: inputGradient.map { Array($0.buffer) } ?? [],
                parameterGradients: self.parameters.map(\.gradient.scalars))
        }
    }
}

/// Numbers as the elements that a model reads.
func scalars<Scalar: TensorScalar>(_ values: [Double], as type: Scalar.Type) -> [Scalar] {
    values.map { value in
        if let index = Int32(value) as? Scalar, type == Int32.self { return index }
        return Float(value) as! Scalar
    }
}

/// How far `actual` lies from `expected`: 1 at the most that is allowed, which is `relative` of each
/// number plus `absolute` of the largest. Infinite where the counts differ or a number is not finite.
func misfit(_ actual: [Float], _ expected: [Double], relative: Double, absolute: Double) -> Double {
    guard actual.count == expected.count else { return .infinity }
    let scale = expected.reduce(0) { max($0, abs($1)) }
    var worst = 0.0
    for (a, e) in zip(actual, expected) {
        guard a.isFinite, e.isFinite else { return .infinity }
        let error = abs(Double(a) - e)
        if error > 0 { worst = max(worst, error / (relative * abs(e) + absolute * scale)) }
    }
    return worst
}
