import ApusCore
import ApusKeras
import ApusNN
import Testing

@Suite struct KerasLoadingTests {
    static let files = [
        "keras1.h5", "keras2.h5", "legacy.h5", "keras3.weights.h5", "keras3.keras", "deflated.keras", "compressed.h5",
    ]

    @Test(arguments: files, [KerasMatching.order, .name])
    func predictsAsKerasDoes(file: String, matching: KerasMatching) throws {
        let model = try network()
        #expect(try Predictions.stored.distance(model, batchSize: 8) > 0.01)
        let report = try model.loadKerasWeights(
            from: fixture(file), matching: matching, trustsFile: file == "compressed.h5")
        #expect(report.loaded == ["block1_conv1", "bn", "block2_conv1", "fc1", "predictions"])
        #expect(report.kept.isEmpty && report.unused.isEmpty)
        for batchSize in [1, 3, 8] {
            #expect(try Predictions.stored.distance(model, batchSize: batchSize) < 1e-5)
        }
    }

    @Test func unusualFilesNeedTrust() throws {
        let model = try network()
        let before = numbers(model)
        #expect(throws: KerasError.unusual(file: fixture("compressed.h5"))) {
            try model.loadKerasWeights(from: fixture("compressed.h5"))
        }
        #expect(numbers(model) == before)
    }

    @Test func orderIgnoresNames() throws {
        for file in ["keras2.h5", "keras3.weights.h5"] {
            let model = try network()
            for (number, layer) in model.layers.enumerated() { layer.name = "layer\(number)" }
            try model.loadKerasWeights(from: fixture(file))
            #expect(try Predictions.stored.distance(model, batchSize: 8) < 1e-5)
        }
    }

    @Test func fileWithoutTop() throws {
        let model = try network()
        let dense = try model.layer(named: "fc1", as: Dense.self).kernel.value
        let report = try model.loadKerasWeights(
            from: fixture("keras2_notop.h5"), matching: .name(keepingMissing: true))
        #expect(report.loaded == ["block1_conv1", "bn", "block2_conv1"])
        #expect(report.kept == ["fc1", "predictions"])
        #expect(try model.layer(named: "fc1", as: Dense.self).kernel.value == dense)
        // The dense layers from the whole file make it whole.
        try model.loadKerasWeights(from: fixture("keras1.h5"))
        #expect(try Predictions.stored.distance(model, batchSize: 8) < 1e-5)
    }

    @Test func modelWithoutTop() throws {
        let whole = try network(), bare = try network(top: false)
        try whole.loadKerasWeights(from: fixture("keras2.h5"))
        let report = try bare.loadKerasWeights(from: fixture("keras3.weights.h5"), matching: .name)
        #expect(report.unused == ["fc1", "predictions"])
        #expect(numbers(bare) == Array(numbers(whole).prefix(numbers(bare).count)))
    }

    @Test func describesFiles() throws {
        let layers = try KerasWeights.layers(in: fixture("keras1.h5"))
        #expect(layers.map(\.name) == ["block1_conv1", "bn", "block2_conv1", "fc1", "predictions"])
        #expect(layers[0].weights.map(\.name) == ["block1_conv1_W_1:0", "block1_conv1_b_1:0"])
        #expect(layers[0].weights.map(\.shape) == [[3, 3, 3, 4], [4]])
        #expect(layers[3].weights[0].shape == [24, 8])
    }

    @Test func severalThreadsAtOnce() async throws {
        try await withThrowingTaskGroup(of: [Float].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let model = try network()
                    try model.loadKerasWeights(from: fixture("legacy.h5"))
                    return numbers(model)
                }
            }
            let first = try await group.next()
            for try await other in group { #expect(other == first) }
        }
    }
}
