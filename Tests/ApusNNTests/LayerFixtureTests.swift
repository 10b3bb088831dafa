import ApusCore
import ApusNN
import Foundation
import Testing

/// Every layer against Keras' numbers, stored in Fixtures/layers.json.
///
/// The kernels' variant and the number of threads are settings of the whole process, so the cases run in
/// a process of their own, where nobody else's numbers change under them.
@Suite(.serialized) struct LayerFixtureTests {
    /// The cases that the file holds; a file that lost some must not pass.
    static let minimumCases = 89

    @Test func everyLayerGivesKerasNumbersOnEveryInstructionSet() async {
        await #expect(processExitsWith: .success) {
            let fixtures = try LayerFixture.all()
            var executed = 0
            var variants = 0
            for instructionSet in Runtime.InstructionSet.allCases where instructionSet.isSupported {
                try Runtime.use(instructionSet)
                variants += 1
                for fixture in fixtures {
                    var runs: [FixtureRun] = []
                    for threads in [1, 2] {
                        try Runtime.use(threads: threads)
                        let run = try FixtureRun(fixture)
                        let worst = run.worstMisfit(fixture)
                        #expect(
                            worst.misfit <= 1,
                            "\(fixture.name), \(instructionSet), \(threads) threads: \(worst.what) is \(worst.misfit) times too far off")
                        runs.append(run)
                    }
                    #expect(runs[0] == runs[1], "\(fixture.name), \(instructionSet): two threads give other bits than one")
                    executed += 1
                }
            }
            #expect(executed >= LayerFixtureTests.minimumCases * variants)
            #expect(variants >= 1)
        }
    }

    /// The file has every kind of layer that Keras has a counterpart for.
    @Test func everyKindOccurs() throws {
        let kinds = Set(try LayerFixture.all().map(\.layer))
        #expect(kinds == [
            "Dense", "Activation", "Conv1D", "Conv2D", "MaxPooling1D", "MaxPooling2D", "AveragePooling1D",
            "AveragePooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalAveragePooling1D",
            "GlobalAveragePooling2D", "Embedding", "BatchNormalization",
        ])
    }
}

/// What a layer made of a fixture's numbers.
private struct FixtureRun: Equatable {
    var inference: [Float]
    var outputShape: [Int]
    var training: LayerRun
    var parameterNames: [String]
    /// All parameters after the training pass, by name: weights as they were, moving statistics moved.
    var parametersAfter: [String: [Float]]

    init(_ fixture: LayerFixture) throws {
        let layer = try fixture.makeLayer()
        func withInput<L: Layer>(_ layer: L) throws -> FixtureRun {
            try FixtureRun(fixture, layer, L.InputScalar.self)
        }
        self = try withInput(layer)
    }

    private init<Scalar: TensorScalar>(_ fixture: LayerFixture, _ layer: any Layer, _: Scalar.Type) throws {
        let model = try Sequential<Scalar>(input: Shape(fixture.inputShape.dropFirst()), layers: [layer])
        parameterNames = layer.parameters.map(\.name)
        for parameter in layer.parameters {
            let given = try #require(fixture.parameters[parameter.name], "\(fixture.name): \(parameter.name)")
            try #require(parameter.value.shape == Shape(given.shape), "\(fixture.name): \(parameter.name)")
            parameter.value = Tensor(given.values.map { Float($0) }, shape: Shape(given.shape))
        }
        let input = Tensor(scalars(fixture.input, as: Scalar.self), shape: Shape(fixture.inputShape))
        let output = try model.output(of: input)
        inference = output.scalars
        outputShape = output.shape.dimensions
        // Keras' inference pass has a gradient too; here that is the training pass of a frozen layer.
        layer.isTrainable = fixture.layer != "BatchNormalization" || fixture.training
        training = try model.trainingRun(input, outputGradient: fixture.outputGradient.map { Float($0) })
        parametersAfter = Dictionary(uniqueKeysWithValues: layer.parameters.map { ($0.name, $0.value.scalars) })
    }

    /// The number that is furthest from the fixture's, in units of what is allowed.
    func worstMisfit(_ fixture: LayerFixture) -> (what: String, misfit: Double) {
        var found: [(what: String, misfit: Double)] = []
        func compare(_ what: String, _ actual: [Float], _ expected: [Double], absolute: Double = 2e-6) {
            found.append((what, misfit(actual, expected, relative: 1e-5, absolute: absolute)))
        }
        // Around 1000 a float32 is rounded to 6e-5, which normalization magnifies like what it looks for.
        let absolute = fixture.name.contains("far_from_zero") ? 5e-5 : 2e-6
        compare("output", training.output, fixture.output, absolute: absolute)
        if !fixture.training { compare("output of inference", inference, fixture.output, absolute: absolute) }
        found.append(("output shape", outputShape == fixture.outputShape ? 0 : .infinity))
        found.append(("set of parameters", Set(parameterNames) == Set(fixture.parameters.keys) ? 0 : .infinity))
        compare(
            "input gradient", training.inputGradient,
            fixture.inputGradient ?? [Double](repeating: 0, count: fixture.input.count), absolute: absolute)
        let isFrozen = fixture.layer == "BatchNormalization" && !fixture.training
        for (name, gradient) in zip(parameterNames, training.parameterGradients) {
            if let expected = fixture.parameterGradients[name], !isFrozen {
                compare("gradient of \(name)", gradient, expected.values, absolute: absolute)
            } else {
                found.append(("absence of a gradient of \(name)", gradient.isEmpty ? 0 : .infinity))
            }
        }
        for (name, after) in parametersAfter {
            guard let expected = fixture.stateAfter[name] ?? fixture.parameters[name] else {
                found.append((name, .infinity))
                continue
            }
            compare("\(name) after the pass", after, expected.values)
        }
        return found.max { $0.misfit < $1.misfit } ?? ("nothing", .infinity)
    }
}
