import ApusCore
import ApusData
import ApusModels
import ApusNN
import Foundation
import Testing

@Suite struct CapsNetTests {
    /// A network of the paper's make, small enough for a test.
    private static func small(
        _ side: Int = 28, decoder: [Int] = [24, 32], reconstruction: Float = 0.0005, seed: UInt64 = 1
    ) throws -> CapsNet {
        var settings = CapsNet.Settings()
        (settings.height, settings.width) = (side, side)
        (settings.filters, settings.primaryChannels, settings.primaryDimension, settings.dimension) = (16, 4, 4, 8)
        (settings.decoder, settings.reconstructionWeight) = (decoder, reconstruction)
        return try CapsNet(settings, seed: seed)
    }

    private static func withBatch<S: BatchSource, R>(
        _ source: S, _ indices: [Int], epoch: Int = 0, _ body: (CapsNet.Batch) throws -> R
    ) throws -> R where S.Batch == CapsNet.Batch {
        try indices.withUnsafeBufferPointer { try source.withBatch($0, epoch: epoch, body) }
    }

    /// 9·9·256 + 256 + 9·9·256·256 + 256 + 1152·8·160, and 160·512 + 512 + 512·1024 + 1024 + 1024·784 + 784.
    @Test func thePapersSizes() throws {
        let model = try CapsNet()
        #expect(model.encoder.outputShapes.map(\.dimensions) == [[20, 20, 256], [1152, 8], [10, 16]])
        #expect(model.encoder.parameters.reduce(0) { $0 + $1.count } == 6_804_224)
        #expect(model.namedParameters.reduce(0) { $0 + $1.parameter.count } == 8_215_568)
        var plain = CapsNet.Settings()
        plain.decoder = []
        #expect(try CapsNet(plain).namedParameters.count == 5)
    }

    /// The gradient of the whole loss, margin and reconstruction, against differences of the loss itself.
    @Test(arguments: [1, 2]) func gradientsAreThoseOfTheLoss(digits: Int) throws {
        let images = RenderedDigits.make(30, seed: 2)
        let model = try Self.small(digits == 1 ? 28 : 36, reconstruction: 0.05)
        // Capsules of some length at once, as after some training: short ones hardly reach the decoder.
        let routing = try model.encoder.layer(named: "digit_caps", as: CapsuleLayer.self).kernel
        routing.value = Tensor(routing.value.scalars.map { 20 * $0 }, shape: routing.value.shape)
        func loss() throws -> (result: BatchResult, gradients: [[Float]]) {
            func step(_ batch: CapsNet.Batch) throws -> BatchResult { try model.trainingStep(batch, step: 0) }
            let result =
                digits == 1
                ? try Self.withBatch(ShiftedDigits(images), [3, 7], step)
                : try Self.withBatch(OverlappingDigits(images), [3, 7], step)
            return (result, model.trainableParameters.map { Array($0.gradientView.buffer) })
        }
        let (first, gradients) = try loss()
        #expect(first.itemCount == 2)
        #expect(abs(first.lossSum - (first.metricSums[1] + 0.05 * first.metricSums[2])) < 1e-6 * first.lossSum)
        try checkSlopes(of: model, along: gradients) { try loss().result.loss }
    }

    @Test func digitsAreLearned() throws {
        let training = RenderedDigits.make(600, seed: 1), test = RenderedDigits.make(100, seed: 9)
        let model = try Self.small()
        let history = try model.fit(
            ShiftedDigits(training, shift: 1), epochs: 4, batchSize: 20, optimizer: Adam(learningRate: 3e-3),
            validation: ShiftedDigits(test), seed: 4)
        let accuracy = try #require(history.epochs.last?.figures["val_accuracy"])
        #expect(accuracy > 0.9, "\(accuracy)")
        // What classify says is what the figure counts.
        let images = Tensor(test.pixels.map { Float($0) / 255 }, shape: [100, 28, 28, 1])
        let classes = try model.classify(images)
        let right = zip(classes, test.labels).filter { $0.0 == [Int($0.1)] }.count
        #expect(abs(Double(right) / 100 - accuracy) < 1e-9)
        // A reconstruction is nearer to its own image than to the next one.
        let capsules = try model.encoder.predict(images)
        let made = try model.reconstructions(of: capsules, classes: test.labels.map(Int.init)).scalars
        func distance(_ i: Int, _ j: Int) -> Float {
            (0..<784).reduce(0) { let d = made[i * 784 + $1] - images.scalars[j * 784 + $1]; return $0 + d * d }
        }
        let own = (0..<10).reduce(Float(0)) { $0 + distance($1, $1) }, other = (0..<10).reduce(Float(0)) { $0 + distance($1, ($1 + 1) % 10) }
        #expect(own < other, "\(own) to its own image, \(other) to the next")
    }

    /// Every epoch turns each digit in a way of its own, which follows from seed, epoch and number; no ink is lost, and
    /// the image is also what is to be reconstructed.
    @Test func digitsAreDistortedAnewInEveryEpoch() throws {
        let digits = RenderedDigits.make(12, seed: 3)
        func images(_ indices: [Int], epoch: Int, _ distortion: AffineDistortion) throws -> [[Float]] {
            let source = ShiftedDigits(digits, by: distortion, border: 6, seed: 8)
            return try indices.withUnsafeBufferPointer { indices in
                try source.withBatch(indices, epoch: epoch) { batch in
                    #expect(batch.images.shape == [indices.count, 40, 40, 1])
                    #expect(Array(batch.labels.buffer) == indices.map { Int32(digits.labels[$0]) })
                    #expect(Array(batch.targets.buffer) == Array(batch.images.buffer))
                    let all = Array(batch.images.buffer)
                    return indices.indices.map { Array(all[$0 * 1600..<($0 + 1) * 1600]) }
                }
            }
        }
        let distortion = AffineDistortion(shift: 2, strength: 0.5)
        let first = try images([4, 9, 2], epoch: 0, distortion)
        #expect(try images([2], epoch: 0, distortion)[0] == first[2])
        #expect(try images([2], epoch: 1, distortion)[0] != first[2])
        let plain = try images([4, 9, 2], epoch: 0, AffineDistortion(shift: 0, strength: 0))
        for (moved, still) in zip(first, plain) {
            // Ink goes with the area: 0.9 to 1.1 in each direction.
            let ratio = moved.reduce(0, +) / still.reduce(0, +)
            #expect((0.78...1.25).contains(ratio), "\(ratio)")
            #expect(moved != still)
        }
        for (place, index) in [4, 9, 2].enumerated() {
            let inner = (0..<784).map { (pixel: Int) -> Float in plain[place][(pixel / 28 + 6) * 40 + pixel % 28 + 6] }
            #expect(inner == digits.pixels[index * 784..<(index + 1) * 784].map { Float($0) / 255 })
        }
    }

    /// Stopped in the middle of an epoch and resumed: the same bits as in one go.
    @Test func aRunMayBeStoppedAndResumed() throws {
        let digits = RenderedDigits.make(60, seed: 5)
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("apus-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        func train(_ model: CapsNet, _ callbacks: [any Callback], from checkpoint: String? = nil) throws -> [[Float]] {
            try model.fit(
                ShiftedDigits(digits, shift: 2, seed: 6), epochs: 2, batchSize: 16, optimizer: Adam(), seed: 7,
                callbacks: callbacks, resumingFrom: checkpoint)
            return model.namedParameters.map(\.parameter.value.scalars)
        }
        let whole = try train(try Self.small(seed: 2), [])
        final class Stop: Callback {
            let path: String
            init(_ path: String) { self.path = path }
            func batchEnd(_ run: TrainingRun) throws {
                if run.step == 5 {
                    run.requestCheckpoint(to: path)
                    run.stop()
                }
            }
        }
        _ = try train(try Self.small(seed: 2), [Stop(path)])
        #expect(try train(try Self.small(seed: 3), [], from: path) == whole)
    }

    @Test func aFileBringsItBack() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("apus-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let model = try Self.small(seed: 8)
        try model.save(to: path)
        let again = try CapsNet.load(from: path)
        #expect(again.settings == model.settings)
        #expect(again.namedParameters.map { $0.parameter.value.scalars } == model.namedParameters.map { $0.parameter.value.scalars })
        try model.encoder.save(to: path)
        #expect(throws: CapsNetError.self) { try CapsNet.load(from: path) }
        var writer = SafetensorsWriter(metadata: [
            "apus.capsnet.format": "1",
            "apus.capsnet.settings": #"{"height":28,"width":28,"classes":10,"filters":65536,"kernelSize":9,"primaryChannels":65536,"primaryDimension":8,"dimension":16,"iterations":3,"gradient":"allIterations","decoder":[],"reconstructionWeight":0.0005}"#,
        ])
        writer.add(Tensor<Float>([1]), named: "conv1/kernel")
        try writer.write(to: path)
        #expect(throws: CapsNetError.self) { try CapsNet.load(from: path) }
    }

    @Test func badBatchesAreErrors() throws {
        let model = try Self.small()
        let images = Tensor<Float>(zeros: [2, 28, 28, 1]), pixels = Tensor<Float>(zeros: [2, 1, 784])
        func step(_ labels: Tensor<Int32>, _ targets: Tensor<Float>) throws {
            try images.withView { i in
                try labels.withView { l in
                    try targets.withView { t in
                        _ = try model.evaluationStep(CapsNet.Batch(images: i, labels: l, targets: t))
                    }
                }
            }
        }
        try step(Tensor([1, 9], shape: [2, 1]), pixels)
        #expect(throws: CapsNetError.label(10, classes: 10)) { try step(Tensor([1, 10], shape: [2, 1]), pixels) }
        #expect(throws: CapsNetError.label(-1, classes: 10)) { try step(Tensor([1, -1], shape: [2, 1]), pixels) }
        #expect(throws: ModelError.self) { try step(Tensor([1], shape: [1, 1]), pixels) }
        #expect(throws: ModelError.self) { try step(Tensor([1, 2, 3, 4], shape: [2, 2]), pixels) }
        #expect(throws: CapsNetError.self) { try step(Tensor([], shape: [2, 0]), pixels) }
        #expect(throws: CapsNetError.noDecoder) {
            try Self.small(decoder: []).reconstructions(of: Tensor(zeros: [1, 10, 8]))
        }
    }

    @Test func overlappingDigitsAreTheSumOfTwo() throws {
        let digits = RenderedDigits.make(50, seed: 3)
        let source = try OverlappingDigits(digits, seed: 1)
        #expect(source.height == 36 && source.width == 36 && source.itemCount == 50)
        try Self.withBatch(source, [4, 11, 40]) { batch in
            #expect(batch.images.shape == [3, 36, 36, 1] && batch.labels.shape == [3, 2] && batch.targets.shape == [3, 2, 1296])
            #expect([0, 2, 4].map { Int(batch.labels.buffer[$0]) } == [4, 1, 0])
            for item in 0..<3 {
                #expect(batch.labels.buffer[2 * item] != batch.labels.buffer[2 * item + 1])
                for p in 0..<1296 {
                    let sum = batch.targets.buffer[item * 2592 + p] + batch.targets.buffer[item * 2592 + 1296 + p]
                    #expect(batch.images.buffer[item * 1296 + p] == min(1, sum))
                }
                // Nothing of a digit is cut away by its shift.
                let ink = (0..<1296).reduce(Float(0)) { $0 + batch.targets.buffer[item * 2592 + $1] }
                let index = [4, 11, 40][item]
                let own = (0..<784).reduce(Float(0)) { $0 + Float(digits.pixels[index * 784 + $1]) / 255 }
                #expect(abs(ink - own) < 1e-2)
            }
        }
        let first = try Self.withBatch(source, [4]) { Array($0.images.buffer) }
        #expect(try Self.withBatch(source, [4]) { Array($0.images.buffer) } == first, "an epoch and an index fix an image")
        #expect(try Self.withBatch(source, [4], epoch: 1) { Array($0.images.buffer) } != first)
        #expect(throws: CapsNetError.oneClass) { try OverlappingDigits(RenderedDigits.make(1)) }
    }
}
