import ApusCore
import Foundation
import Testing

@testable import ApusNN

/// A layer of a user's own.
private final class Doubling: Layer {
    struct Configuration: Codable, Sendable { var factor: Float }
    static let kind = "TestsDoubling"
    let configuration: Configuration
    var name = ""
    var isTrainable = true

    init(_ configuration: Configuration) { self.configuration = configuration }

    var backwardReads: BackwardReads { [] }
    func outputShape(for input: Shape) throws -> Shape { input }
    func forward(_ input: TensorView<Float>, into output: MutableTensorView<Float>, _ context: LayerContext) throws {
        for i in 0..<input.count { output.buffer[i] = configuration.factor * input.buffer[i] }
    }
    func backward(
        input: TensorView<Float>, output: TensorView<Float>, outputGradient: MutableTensorView<Float>,
        inputGradient: MutableTensorView<Float>?, _ context: LayerContext
    ) throws {
        guard let inputGradient else { return }
        for i in 0..<inputGradient.count { inputGradient.buffer[i] = configuration.factor * outputGradient.buffer[i] }
    }
}

/// One of every kind that reads images.
private func imageNetwork() throws -> Sequential<Float> {
    try Sequential(input: [12, 12, 2], seed: 5) {
        Conv2D(4, kernelSize: 3, padding: .same, activation: .relu).named("first")
        MaxPool2D((2, 2))
        BatchNormalization()
        Conv2D(3, kernelSize: 3, activation: .leakyReLU(slope: 0.125))
        ActivationLayer(.elu(alpha: 0.7))
        AveragePool2D((2, 2))
        Reshape([4, 3])
        Conv1D(5, kernelSize: 2, useBias: false)
        MaxPool1D(2)
        Flatten()
        Dropout(0.5)
        Dense(4, activation: .softmax)
    }
}

/// Writes a model's file again with its structure changed as text.
private func rewrite(_ path: String, to copy: String, _ change: (String) -> String) throws {
    let reader = try SafetensorsReader(path: path)
    var writer = SafetensorsWriter(metadata: reader.metadata)
    let old = try #require(reader.metadata[Architecture.key])
    let new = change(old)
    #expect(new != old)
    writer.metadata[Architecture.key] = new
    for entry in reader.entries { writer.add(try reader.tensor(named: entry.name, of: Float.self), named: entry.name) }
    try writer.write(to: copy)
}

@Suite struct SerializationTests {
    @Test func aModelComesBackAsItWas() throws {
        let folder = try ScratchFolder(), path = folder.file("model"), model = try imageNetwork()
        var random = RandomStream(seed: 2)
        let x = try random.normal(shape: [3, 12, 12, 2])
        // Moving statistics other than the first ones.
        try x.withView { _ = try model.forward($0, training: true) }
        try model.layer(named: "first").isTrainable = false
        model.name = "Bild \"é\" \\ \n"
        try model.save(to: path, extra: ["vocabulary": "a\u{1}\t\"ü🦋", "": "empty"])
        let (loaded, extra) = try Sequential<Float>.loadWithExtra(from: path)
        #expect(extra == ["vocabulary": "a\u{1}\t\"ü🦋", "": "empty"])
        #expect(loaded.name == model.name && loaded.seed == 5 && loaded.inputShape == model.inputShape)
        #expect(loaded.layers.map(\.name) == model.layers.map(\.name))
        #expect(loaded.layers.map(\.isTrainable) == model.layers.map(\.isTrainable))
        #expect(loaded.outputShapes == model.outputShapes)
        #expect(bits(loaded.namedParameters) == bits(model.namedParameters))
        #expect(try loaded.predict(x) == model.predict(x))
        // The same model gives the same file.
        try loaded.save(to: folder.file("again"), extra: extra)
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: path)) == Data(contentsOf: URL(fileURLWithPath: folder.file("again"))))
    }

    @Test func indicesAndSequencesComeBackToo() throws {
        let folder = try ScratchFolder()
        let model = try Sequential<Int32>(input: [6], seed: UInt64.max) {
            Embedding(vocabulary: 10, width: 4)
            AveragePool1D(2)
            GlobalMaxPool()
            Dense(1, activation: .sigmoid)
        }
        try model.save(to: folder.file("model"))
        let loaded = try Sequential<Int32>.load(from: folder.file("model"))
        let x = Tensor<Int32>([1, 2, 3, 4, 5, 9], shape: [1, 6])
        #expect(try loaded.predict(x) == model.predict(x) && loaded.seed == UInt64.max)
        #expect(throws: SerializationError.inputElements(file: folder.file("model"), expected: "F32", found: "I32")) {
            try Sequential<Float>.load(from: folder.file("model"))
        }
    }

    @Test func everyStandardKindIsRegistered() {
        for kind in [
            "Activation", "AveragePooling1D", "AveragePooling2D", "BatchNormalization", "Conv1D", "Conv2D", "Dense",
            "Dropout", "Embedding", "Flatten", "GlobalAveragePooling", "GlobalAveragePooling1D", "GlobalAveragePooling2D",
            "GlobalMaxPooling", "GlobalMaxPooling1D", "GlobalMaxPooling2D", "MaxPooling1D", "MaxPooling2D", "Reshape",
        ] { #expect(LayerRegistry.names.contains(kind), "\(kind)") }
    }

    /// Keras names global poolings by their input's dimensions; files of before that said neither, and have no input's name.
    @Test func globalPoolingsAreNamedAsInKeras() throws {
        let folder = try ScratchFolder(), key = "apus.architecture"
        for (input, kind, name) in [
            ([5, 3], "GlobalMaxPooling1D", "global_max_pooling1d"), ([5, 4, 3], "GlobalMaxPooling2D", "global_max_pooling2d"),
        ] as [(Shape, String, String)] {
            let model = try Sequential<Float>(input: input) { GlobalMaxPool() }
            model.inputName = "pictures"
            #expect(model.layers[0].name == name && model.summary().contains("(\(kind))"))
            try model.save(to: folder.file("new"))
            let metadata = try SafetensorsReader(path: folder.file("new")).metadata
            let architecture = try #require(metadata[key])
            #expect(architecture.contains("\"\(kind)\""))
            let old = architecture.replacingOccurrences(of: kind, with: "GlobalMaxPooling")
                .replacingOccurrences(of: "\"inputName\":\"pictures\",", with: "")
            #expect(!old.contains("pictures") && old != architecture)
            try SafetensorsWriter(metadata: [key: old]).write(to: folder.file("old"))
            let x = Tensor((0..<input.elementCount).map { Float($0 * 7 % 11) }, shape: input.prepending(1))
            for (file, inputName) in [("new", "pictures"), ("old", nil)] {
                let loaded = try Sequential<Float>.load(from: folder.file(file))
                #expect(try loaded.predict(x) == model.predict(x))
                #expect(loaded.inputName == inputName && loaded.summary().contains("(\(kind))"))
            }
        }
    }

    @Test func aLayerOfOnesOwnCanBeRegistered() throws {
        let folder = try ScratchFolder(), path = folder.file("model")
        let model = try Sequential<Float>(input: [2]) {
            Doubling(Doubling.Configuration(factor: 2)).named("mine")
            Dense(1)
        }
        try model.save(to: path)
        #expect(throws: SerializationError.unknownKind(file: path, layer: "mine", kind: "TestsDoubling")) {
            try Sequential<Float>.load(from: path)
        }
        LayerRegistry.register(Doubling.self)
        LayerRegistry.register(Doubling.self)
        let x = Tensor<Float>([1, 2], shape: [1, 2])
        #expect(try Sequential<Float>.load(from: path).predict(x) == model.predict(x))
    }

    @Test func weightsMustFitExactly() throws {
        let folder = try ScratchFolder(), path = folder.file("weights")
        func network(_ units: Int, name: String = "hidden", extra: Bool = false) throws -> Sequential<Float> {
            try Sequential(input: [3], seed: UInt64(units)) {
                Dense(units).named(name)
                if extra { Dense(units).named("extra") }
                Dense(1).named("out")
            }
        }
        let source = try network(4)
        try source.saveWeights(to: path)
        let same = try network(4)
        same.layers[0].parameters[0].value = Tensor(zeros: [3, 4])
        try same.loadWeights(from: path)
        #expect(bits(same.namedParameters) == bits(source.namedParameters))

        let wide = try network(5), renamed = try network(4, name: "other"), longer = try network(4, extra: true)
        let failures: [(Sequential<Float>, SerializationError)] = [
            (wide, .shape(file: path, parameter: "hidden/kernel", expected: [3, 5], found: [3, 4])),
            (renamed, .missing(file: path, parameter: "other/kernel")),
            (longer, .missing(file: path, parameter: "extra/kernel")),
        ]
        for (model, error) in failures {
            let before = bits(model.namedParameters)
            #expect(throws: error) { try model.loadWeights(from: path) }
            #expect(bits(model.namedParameters) == before)
        }
        try longer.saveWeights(to: path)
        #expect(throws: SerializationError.unexpected(
            file: path, parameter: "extra/kernel", available: ["hidden/kernel", "hidden/bias", "out/kernel", "out/bias"])
        ) { try source.loadWeights(from: path) }
        // Weights alone have no structure.
        #expect(throws: SerializationError.self) { try Sequential<Float>.load(from: path) }
        // Other elements.
        var writer = SafetensorsWriter()
        for (name, parameter) in source.namedParameters { writer.add(Tensor<Double>(zeros: parameter.value.shape), named: name) }
        try writer.write(to: path)
        #expect(throws: SafetensorsError.elementType(file: path, tensor: "hidden/kernel", expected: "F32", found: "F64")) {
            try source.loadWeights(from: path)
        }
    }

    @Test func reservedKeysAreRefused() throws {
        let folder = try ScratchFolder()
        #expect(throws: SerializationError.reservedKey("apus.mine")) {
            try smallNetwork().save(to: folder.file("model"), extra: ["apus.mine": ""])
        }
        #expect(folder.names.isEmpty)
    }

    /// Settings that ask for what cannot be, or for more memory than there is, are errors.
    @Test func hostileStructuresAreErrors() throws {
        let folder = try ScratchFolder(), good = folder.file("good"), bad = folder.file("bad")
        let model = try Sequential<Float>(input: [8, 2], seed: 5) {
            Conv1D(3, kernelSize: 2)
            BatchNormalization()
            MaxPool1D(2)
            Flatten()
            Reshape([3, 3])
            Dense(4)
            Dropout(0.25)
        }
        try model.save(to: good)
        let changes: [(String, String)] = [
            ("\"units\":4", "\"units\":4000000000000"), ("\"units\":4", "\"units\":-4"), ("\"units\":4", "\"units\":0"),
            ("\"units\":4", "\"units\":9223372036854775807"), ("\"units\":4", "\"units\":99999999999999999999"),
            ("\"units\":4", "\"units\":\"4\""), ("\"units\":4", "\"units\":null"), ("\"units\":4", "\"unit\":4"),
            ("\"filters\":3", "\"filters\":1000000000000000000"), ("\"filters\":3", "\"filters\":-3"),
            ("\"kernelSize\":2", "\"kernelSize\":9223372036854775807"), ("\"kernelSize\":2", "\"kernelSize\":0"),
            ("\"inputShape\":[8,2]", "\"inputShape\":[8,9223372036854775807]"),
            ("\"inputShape\":[8,2]", "\"inputShape\":[1099511627776,1099511627776]"),
            ("\"inputShape\":[8,2]", "\"inputShape\":[-8,2]"), ("\"inputShape\":[8,2]", "\"inputShape\":[]"),
            ("\"inputShape\":[8,2]", "\"inputShape\":[1,1,1,1,1,1,1,1,1,1]"),
            ("\"dimensions\":[3,3]", "\"dimensions\":[3,-3]"),
            ("\"dimensions\":[3,3]", "\"dimensions\":[9223372036854775807,9223372036854775807]"),
            ("\"dimensions\":[3,3]", "\"dimensions\":[1,1,1,1,1,1,1,1,9]"),
            ("\"rate\":0.25", "\"rate\":7"), ("\"rate\":0.25", "\"rate\":-1"), ("\"stride\":1", "\"stride\":0"),
            ("\"stride\":1", "\"stride\":-9223372036854775808"), ("\"dilation\":1", "\"dilation\":9223372036854775807"),
            ("\"name\":\"linear\"", "\"name\":\"exec\""), ("\"kind\":\"Flatten\"", "\"kind\":\"Lambda\""),
            ("\"name\":\"dense\"", "\"name\":\"flatten\""), ("\"format\":1", "\"format\":2"), ("{", "["), ("}", ""),
        ]
        for (old, new) in changes {
            try rewrite(good, to: bad) { text in
                guard let range = text.range(of: old) else { return text }
                return text.replacingCharacters(in: range, with: new)
            }
            #expect(throws: (any Error).self, "\(old) → \(new)") { try Sequential<Float>.load(from: bad) }
        }
        #expect(throws: Never.self) { try Sequential<Float>.load(from: good) }
    }
}
