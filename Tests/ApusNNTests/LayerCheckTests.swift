import ApusCore
import ApusNN
import Foundation
import Testing

/// One check for every kind of layer: shape, parameters, values, gradients against central differences in
/// float64, small and unequal batches, freezing, and the round trip of its settings.
@Suite struct LayerCheckTests {
    @Test(arguments: LayerCase.all) func shapeAndParameters(_ layerCase: LayerCase) throws {
        let layer = layerCase.make()
        #expect(try layer.outputShape(for: Shape(layerCase.input)) == Shape(layerCase.output))
        var random = RandomStream(seed: 1)
        try layer.build(for: Shape(layerCase.input), random: &random)
        #expect(layer.parameterCount == layerCase.parameterCount)
        #expect(try layer.outputShape(for: Shape(layerCase.input)) == Shape(layerCase.output), "once built")
        let values = layer.parameters.map(\.value)
        try layer.build(for: Shape(layerCase.input), random: &random)
        #expect(layer.parameters.map(\.value) == values, "building again must keep the weights")
        #expect(Set(layer.parameters.map(\.name)).count == layer.parameters.count)
    }

    @Test(arguments: LayerCase.all) func settingsSurviveARoundTrip(_ layerCase: LayerCase) throws {
        func roundTrip<L: Layer>(_ layer: L) throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            let written = try encoder.encode(layer.configuration)
            let again = L(try JSONDecoder().decode(L.Configuration.self, from: written))
            #expect(try encoder.encode(again.configuration) == written)
            #expect(try again.outputShape(for: Shape(layerCase.input)) == Shape(layerCase.output))
            #expect(again.name.isEmpty && again.isTrainable)
        }
        try roundTrip(layerCase.make())
    }

    /// Batches of three, one, and (in the memory planned for three) two.
    @Test(arguments: LayerCase.all) func valuesAndGradients(_ layerCase: LayerCase) throws {
        try LayerCheck(layerCase).run(batches: [3, 1, 2])
    }

    @Test(arguments: LayerCase.all) func frozen(_ layerCase: LayerCase) throws {
        try LayerCheck(layerCase, frozen: true).run(batches: [2])
    }

    @Test func everyKindIsChecked() {
        let kinds = Set(LayerCase.all.map { type(of: $0.make()).kind })
        #expect(kinds == [
            "Dense", "Activation", "Conv1D", "Conv2D", "MaxPooling1D", "AveragePooling1D", "MaxPooling2D",
            "AveragePooling2D", "GlobalMaxPooling", "GlobalAveragePooling", "BatchNormalization", "Embedding",
            "Flatten", "Reshape", "Dropout", "ZeroPadding2D", "PrimaryCaps", "CapsuleLayer", "Length", "Mask",
        ])
        #expect(Set(LayerCase.all.map(\.name)).count == LayerCase.all.count)
    }

    @Test func anItemsOutputDoesNotDependOnItsNeighbours() throws {
        for layerCase in LayerCase.all where layerCase.vocabulary == 0 {
            let model = try Sequential<Float>(input: Shape(layerCase.input), seed: 2, layers: [layerCase.make()])
            var random = RandomStream(seed: 31)
            let input = try random.uniform(-1..<1, shape: Shape([3] + layerCase.input))
            let together = try model.output(of: input)
            for item in 0..<3 {
                let alone = try model.output(of: input.rows(item..<(item + 1)))
                let off = misfit(
                    alone.scalars, together.rows(item..<(item + 1)).scalars.map(Double.init), relative: 1e-6,
                    absolute: 1e-6)
                #expect(off <= 1, "\(layerCase.name), item \(item): \(off)")
            }
        }
    }

    @Test func anEmptyBatchGivesAnEmptyOutput() throws {
        for layerCase in LayerCase.all where layerCase.vocabulary == 0 {
            let model = try Sequential<Float>(input: Shape(layerCase.input), layers: [layerCase.make()])
            #expect(
                try model.output(of: Tensor(zeros: Shape([0] + layerCase.input))).shape == Shape([0] + layerCase.output),
                "\(layerCase.name)")
        }
    }

    /// The identity that the layer's documentation promises: γ = √(variance + ε), β = mean.
    @Test func batchNormalizationCanBeTheIdentity() throws {
        let layer = BatchNormalization(epsilon: 0.01)
        let model = try Sequential<Float>(input: [5, 3], layers: [layer])
        let mean: [Float] = [0.3, -2, 10], variance: [Float] = [0.5, 4, 0.01]
        layer.movingMean.value = Tensor(mean)
        layer.movingVariance.value = Tensor(variance)
        layer.gamma.value = Tensor(variance.map { Float((Double($0) + Double(Float(0.01))).squareRoot()) })
        layer.beta.value = Tensor(mean)
        var random = RandomStream(seed: 8)
        let input = try random.normal(standardDeviation: 3, shape: [4, 5, 3])
        let output = try model.output(of: input)
        #expect(misfit(output.scalars, input.scalars.map(Double.init), relative: 1e-6, absolute: 1e-6) <= 1)
        // In training it is the batch that counts, so the same weights are no identity.
        #expect(
            misfit(
                try model.output(of: input, training: true).scalars, input.scalars.map(Double.init), relative: 1e-3,
                absolute: 1e-3) > 1)
    }

    @Test func batchNormalizationMovesItsStatistics() throws {
        let layer = BatchNormalization(momentum: 0.75)
        let model = try Sequential<Float>(input: [3], layers: [layer])
        var random = RandomStream(seed: 8)
        var mean = [0.0, 0.0, 0.0], variance = [1.0, 1.0, 1.0]
        for _ in 0..<4 {
            let input = try random.normal(mean: 2, standardDeviation: 3, shape: [16, 3])
            _ = try model.output(of: input, training: true)
            let batch = Naive.statistics(NaiveArray([16, 3], input.scalars.map(Double.init)))
            for k in 0..<3 {
                mean[k] = 0.75 * mean[k] + 0.25 * batch.mean[k]
                variance[k] = 0.75 * variance[k] + 0.25 * batch.variance[k]
            }
            #expect(misfit(layer.movingMean.value.scalars, mean, relative: 1e-5, absolute: 1e-6) <= 1)
            #expect(misfit(layer.movingVariance.value.scalars, variance, relative: 1e-5, absolute: 1e-6) <= 1)
        }
        let kept = (layer.movingMean.value, layer.movingVariance.value)
        layer.isTrainable = false
        let input = try random.normal(shape: [16, 3])
        let frozen = try model.output(of: input, training: true)
        #expect(layer.movingMean.value == kept.0 && layer.movingVariance.value == kept.1, "frozen statistics stay")
        #expect(try model.output(of: input) == frozen, "frozen, training is inference")
    }
}

/// One layer in a model of its own, against its float64 reference.
private struct LayerCheck {
    let layerCase: LayerCase
    let frozen: Bool

    init(_ layerCase: LayerCase, frozen: Bool = false) {
        self.layerCase = layerCase
        self.frozen = frozen
    }

    func run(batches: [Int]) throws {
        let layer = layerCase.make()
        func opened<L: Layer>(_ layer: L) throws { try run(layer, L.InputScalar.self, batches) }
        try opened(layer)
    }

    private func run<Scalar: TensorScalar>(_ layer: any Layer, _: Scalar.Type, _ batches: [Int]) throws {
        let model = try Sequential<Scalar>(input: Shape(layerCase.input), seed: 5, layers: [layer])
        var random = RandomStream(seed: 17)
        for parameter in layer.parameters {
            // Away from zero for what is divided by or multiplies; of either sign for the rest.
            let isScale = parameter.name == "gamma" || parameter.name == "moving_variance"
            parameter.value = try random.uniform(isScale ? 0.5..<1.5 : -1..<1, shape: parameter.value.shape)
        }
        layer.isTrainable = !frozen
        let reference = frozen ? layerCase.inference ?? layerCase.training : layerCase.training

        for batch in batches {
            let count = batch * layerCase.input.reduce(1, *)
            let x =
                layerCase.vocabulary > 0
                ? (0..<count).map { _ in Double(Int.random(in: 0..<layerCase.vocabulary, using: &random)) }
                : try random.uniform(-1..<1, shape: [count]).scalars.map(Double.init)
            let input = Tensor(scalars(x, as: Scalar.self), shape: Shape([batch] + layerCase.input))
            let direction = try random.uniform(-1..<1, shape: [batch * layerCase.output.reduce(1, *)]).scalars
            let parameters = layer.parameters.map { NaiveArray($0.value.shape.dimensions, $0.value.scalars.map(Double.init)) }
            let naive = NaiveArray([batch] + layerCase.input, x)

            let inference = try model.output(of: input)
            compare(
                "inference, batch \(batch)", inference.scalars, (layerCase.inference ?? layerCase.training)(naive, parameters).values,
                relative: 1e-5, absolute: 2e-6)
            let run = try model.trainingRun(input, outputGradient: direction)
            let expected = reference(naive, parameters)
            #expect(expected.shape == [batch] + layerCase.output)
            compare("output, batch \(batch)", run.output, expected.values, relative: 1e-5, absolute: 2e-6)

            // The projection of the output on a random direction, whose gradient the backward pass gives.
            func projection(_ y: NaiveArray) -> Double { zip(y.values, direction).reduce(0) { $0 + $1.0 * Double($1.1) } }
            let inputGradient =
                layerCase.vocabulary > 0
                ? [Double](repeating: 0, count: count)
                : differences(naive) { projection(reference($0, parameters)) }
            compare("input gradient, batch \(batch)", run.inputGradient, inputGradient, relative: 1e-3, absolute: 1e-4)
            for (i, parameter) in layer.parameters.enumerated() {
                guard !frozen, parameter.role == .weight else {
                    #expect(run.parameterGradients[i].isEmpty, "\(layerCase.name): a gradient of \(parameter.name)")
                    continue
                }
                let gradient = differences(parameters[i]) { changed in
                    var all = parameters
                    all[i] = changed
                    return projection(reference(naive, all))
                }
                compare(
                    "gradient of \(parameter.name), batch \(batch)", run.parameterGradients[i], gradient, relative: 1e-3,
                    absolute: 1e-4)
            }
        }
    }

    /// (f(x + ε) − f(x − ε)) / 2ε for each element, with ε = 10⁻⁶.
    private func differences(_ x: NaiveArray, _ f: (NaiveArray) -> Double) -> [Double] {
        let epsilon = 1e-6
        return x.values.indices.map { i in
            var above = x, below = x
            above.values[i] += epsilon
            below.values[i] -= epsilon
            return (f(above) - f(below)) / (2 * epsilon)
        }
    }

    private func compare(_ what: String, _ actual: [Float], _ expected: [Double], relative: Double, absolute: Double) {
        let off = misfit(actual, expected, relative: relative, absolute: absolute)
        #expect(off <= 1, "\(layerCase.name), \(what): \(off) times what is allowed")
    }
}
