import ApusCore
import ApusNN
import Foundation
import Testing

/// Capsules against PyTorch's numbers, computed in float64 and stored in Fixtures/capsules.json.
///
/// Tolerances: 2e-5 of each number plus 2e-6 of an array's largest; for the network, whose gradients have come through four
/// layers, 1e-4 and 1e-5.
@Suite(.serialized) struct CapsuleFixtureTests {
    fileprivate struct Values: Decodable {
        var shape: [Int]
        var values: [Double]
        var tensor: Tensor<Float> { Tensor(values.map { Float($0) }, shape: Shape(shape)) }
    }
    fileprivate struct Config: Decodable {
        var channels, dimension, kernelSize, stride, capsules, iterations, filters, classes, classDimension: Int?
        var gradient: RoutingGradient?
    }
    fileprivate struct Case: Decodable {
        var name: String
        var layer: String
        var config: Config
        var parameters, parameterGradients: [String: Values]
        var inputShape, outputShape: [Int]
        var input, output, outputGradient, inputGradient: [Double]
    }
    fileprivate struct LossCase: Decodable {
        var name: String
        var lengthsShape: [Int]
        var lengths, targets, gradient: [Double]
        var value: Double
    }
    fileprivate struct Network: Decodable {
        var name: String
        var config: Config
        var parameters, parameterGradients: [String: Values]
        var inputShape: [Int]
        var input, targets, lengths: [Double]
        var loss: Double
    }
    fileprivate struct File: Decodable {
        var layers: [Case]
        var losses: [LossCase]
        var networks: [Network]
    }

    fileprivate static func file() throws -> File {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .custom { path in
            // Names of parameters stay as they are: only the schema's own keys are in snake case.
            let key = path[path.count - 1].stringValue
            guard !key.contains("/"), key.contains("_") else { return path[path.count - 1] }
            let words = key.split(separator: "_")
            return Key(words[0] + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined())
        }
        return try decoder.decode(File.self, from: Data(contentsOf: fixtureURL("capsules.json")))
    }

    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Calls the closure on every instruction set with one and with two threads; in a process of its own, for these are
    /// settings of the whole process.
    private static func everywhere(_ body: (String) throws -> Void) throws {
        for instructionSet in Runtime.InstructionSet.allCases where instructionSet.isSupported {
            try Runtime.use(instructionSet)
            for threads in [1, 2] {
                try Runtime.use(threads: threads)
                try body("\(instructionSet), \(threads) threads")
            }
        }
    }

    private static func far(
        _ actual: [Float], _ expected: [Double], relative: Double = 2e-5, absolute: Double = 2e-6
    ) -> Bool { misfit(actual, expected, relative: relative, absolute: absolute) > 1 }

    @Test func layersGivePyTorchsNumbers() async {
        await #expect(processExitsWith: .success) {
            let cases = try CapsuleFixtureTests.file().layers
            #expect(cases.count == 18 && Set(cases.map(\.layer)) == ["PrimaryCaps", "CapsuleLayer", "Length"])
            try CapsuleFixtureTests.everywhere { place in
                for fixture in cases {
                    let layer = try fixture.makeLayer()
                    let model = try Sequential<Float>(input: Shape(fixture.inputShape.dropFirst()), layers: [layer])
                    for parameter in layer.parameters {
                        let given = try #require(fixture.parameters[parameter.name]).tensor
                        try #require(parameter.value.shape == given.shape, "\(fixture.name): \(parameter.name)")
                        parameter.value = given
                    }
                    let input = Tensor(fixture.input.map { Float($0) }, shape: Shape(fixture.inputShape))
                    let inferred = try model.predict(input).scalars
                    #expect(!CapsuleFixtureTests.far(inferred, fixture.output), "\(fixture.name), \(place): inference")
                    let run = try model.trainingRun(input, outputGradient: fixture.outputGradient.map { Float($0) })
                    #expect(!CapsuleFixtureTests.far(run.output, fixture.output), "\(fixture.name), \(place): output")
                    #expect(!CapsuleFixtureTests.far(run.inputGradient, fixture.inputGradient), "\(fixture.name), \(place): input's gradient")
                    for (parameter, gradient) in zip(layer.parameters, run.parameterGradients) {
                        let expected = try #require(fixture.parameterGradients[parameter.name]).values
                        #expect(!CapsuleFixtureTests.far(gradient, expected), "\(fixture.name), \(place): \(parameter.name)'s gradient")
                    }
                }
            }
        }
    }

    @Test func theMarginLossGivesPyTorchsNumbers() throws {
        let cases = try Self.file().losses
        #expect(cases.count == 2)
        for fixture in cases {
            let shape = Shape(fixture.lengthsShape), rows = fixture.lengthsShape[0]
            let lengths = Tensor(fixture.lengths.map { Float($0) }, shape: shape)
            let targets = Tensor(fixture.targets.map { Float($0) }, shape: shape)
            var gradient = Tensor<Float>(zeros: shape)
            let sum = try lengths.withView { lengths in
                try targets.withView { targets in
                    try gradient.withMutableView {
                        try MarginLoss().evaluate(
                            outputs: lengths, targets: targets, weights: nil, scale: 1 / Float(rows), gradient: $0)
                    }
                }
            }
            #expect(abs(sum / Double(rows) - fixture.value) < 1e-6 * fixture.value, "\(fixture.name)")
            #expect(!Self.far(gradient.scalars, fixture.gradient), "\(fixture.name)")
        }
    }

    @Test func aNetworkGivesPyTorchsNumbers() async {
        await #expect(processExitsWith: .success) {
            let networks = try CapsuleFixtureTests.file().networks
            #expect(networks.compactMap(\.config.gradient) == [.allIterations, .lastIteration])
            try CapsuleFixtureTests.everywhere { place in
                for fixture in networks {
                    let network = try fixture.makeNetwork()
                    for (name, parameter) in network.namedParameters {
                        let given = try #require(fixture.parameters[name], "\(name)").tensor
                        try #require(parameter.value.shape == given.shape, "\(name)")
                        parameter.value = given
                    }
                    let input = Tensor(fixture.input.map { Float($0) }, shape: Shape(fixture.inputShape))
                    let targets = Tensor(
                        fixture.targets.map { Float($0) }, shape: [fixture.inputShape[0], try #require(fixture.config.classes)])
                    let lengths = try network.predict(input).scalars
                    #expect(
                        !CapsuleFixtureTests.far(lengths, fixture.lengths, relative: 1e-4, absolute: 1e-5),
                        "\(fixture.name), \(place): lengths")
                    let model = try SupervisedModel(network, loss: MarginLoss())
                    let result = try input.withView { input in
                        try targets.withView { targets in
                            try model.trainingStep(SupervisedBatch(inputs: input, targets: targets), step: 0)
                        }
                    }
                    #expect(abs(result.loss - fixture.loss) < 1e-5 * fixture.loss, "\(fixture.name), \(place): loss")
                    for (name, parameter) in network.namedParameters {
                        let expected = try #require(fixture.parameterGradients[name]).values
                        #expect(
                            !CapsuleFixtureTests.far(parameter.gradient.scalars, expected, relative: 1e-4, absolute: 1e-5),
                            "\(fixture.name), \(place): \(name)'s gradient")
                    }
                }
            }
        }
    }
}

extension CapsuleFixtureTests.Case {
    fileprivate func makeLayer() throws -> any Layer {
        switch layer {
        case "PrimaryCaps":
            PrimaryCaps(
                channels: try #require(config.channels), dimension: try #require(config.dimension),
                kernelSize: try #require(config.kernelSize), stride: try #require(config.stride))
        case "CapsuleLayer":
            CapsuleLayer(
                capsules: try #require(config.capsules), dimension: try #require(config.dimension),
                iterations: try #require(config.iterations), gradient: try #require(config.gradient))
        default: Length()
        }
    }
}

extension CapsuleFixtureTests.Network {
    fileprivate func makeNetwork() throws -> Sequential<Float> {
        let kernelSize = try #require(config.kernelSize)
        return try Sequential(
            input: Shape(inputShape.dropFirst()),
            layers: [
                Conv2D(try #require(config.filters), kernelSize: kernelSize, activation: .relu).named("conv1"),
                PrimaryCaps(
                    channels: try #require(config.channels), dimension: try #require(config.dimension),
                    kernelSize: kernelSize, stride: 2
                ).named("primary_caps"),
                CapsuleLayer(
                    capsules: try #require(config.classes), dimension: try #require(config.classDimension),
                    iterations: try #require(config.iterations), gradient: try #require(config.gradient)
                ).named("digit_caps"),
                Length().named("length"),
            ])
    }
}
