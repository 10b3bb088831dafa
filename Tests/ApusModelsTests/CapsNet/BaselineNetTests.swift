import ApusCore
import ApusData
import ApusModels
import ApusNN
import Foundation
import Testing

@Suite struct BaselineNetTests {
    /// A network of either make, small enough for a test.
    private static func small(several: Bool = false, dropout: Float = 0.5, seed: UInt64 = 1) throws -> BaselineNet {
        var settings = several ? BaselineNet.Settings.overlapping : BaselineNet.Settings()
        settings.convolutions = [
            .init(8, kernelSize: 5, isPooled: true), .init(8, kernelSize: 3, isPooled: several),
        ]
        (settings.dense, settings.dropout) = ([24], dropout)
        return try BaselineNet(settings, seed: seed)
    }

    private static func withTemporary<R>(_ body: (String) throws -> R) rethrows -> R {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("apus-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }

    /// 35.4 M and 24.56 M in the paper.
    @Test func thePapersSizes() throws {
        func count(_ settings: BaselineNet.Settings) throws -> Int {
            try BaselineNet(settings).namedParameters.reduce(0) { $0 + $1.parameter.count }
        }
        #expect(try count(BaselineNet.Settings()) == 35_445_522)
        #expect(try count(.overlapping) == 24_563_978)
    }

    /// The gradient of the whole loss against differences of the loss itself, dropout included.
    @Test(arguments: [false, true]) func gradientsAreThoseOfTheLoss(several: Bool) throws {
        let images = RenderedDigits.make(30, seed: 2)
        let model = try Self.small(several: several)
        let source: any BatchSource<CapsNet.Batch> =
            several ? try OverlappingDigits(images) : ShiftedDigits(images)
        // Where there is no ink, a bias of 0 would leave every place on the edge between ReLU's two sides.
        for (name, parameter) in model.namedParameters where name.hasSuffix("bias") {
            parameter.value = Tensor((0..<parameter.count).map { $0 % 3 == 0 ? -0.05 : 0.1 }, shape: parameter.value.shape)
        }
        func loss() throws -> (result: BatchResult, gradients: [[Float]]) {
            let result = try Self.step(source, [3, 7, 11]) { try model.trainingStep($0, step: 5) }
            return (result, model.trainableParameters.map { Array($0.gradientView.buffer) })
        }
        let (first, gradients) = try loss()
        #expect(first.itemCount == 3)
        try checkSlopes(of: model, along: gradients) { try loss().result.loss }
    }

    private static func step<R>(
        _ source: some BatchSource<CapsNet.Batch>, _ indices: [Int], _ body: (CapsNet.Batch) throws -> R
    ) throws -> R {
        try indices.withUnsafeBufferPointer { try source.withBatch($0, epoch: 0, body) }
    }

    @Test(arguments: [false, true]) func digitsAreLearned(several: Bool) throws {
        let training = RenderedDigits.make(400, seed: 1), test = RenderedDigits.make(100, seed: 9)
        let model = try Self.small(several: several, dropout: 0.2)
        func source(_ digits: DigitImages, shift: Int) throws -> any BatchSource<CapsNet.Batch> {
            several ? try OverlappingDigits(digits, seed: 3) : ShiftedDigits(digits, shift: shift, seed: 3)
        }
        func fit(_ source: some BatchSource<CapsNet.Batch>, _ test: any BatchSource<CapsNet.Batch>) throws -> Double? {
            try model.fit(
                source, epochs: several ? 12 : 5, batchSize: 20, optimizer: Adam(learningRate: 3e-3), validation: test, seed: 4
            ).last?["val_accuracy"]
        }
        let accuracy = try #require(try fit(try source(training, shift: 1), try source(test, shift: 0)))
        // By chance: a tenth, and one in 45 where both digits must be found.
        #expect(accuracy > (several ? 0.3 : 0.85), "\(accuracy)")
        guard !several else { return }
        let images = Tensor(test.pixels.map { Float($0) / 255 }, shape: [100, 28, 28, 1])
        let right = zip(try model.classify(images), test.labels).filter { $0.0 == [Int($0.1)] }.count
        #expect(abs(Double(right) / 100 - accuracy) < 1e-9)
    }

    @Test func aFileBringsItBack() throws {
        try Self.withTemporary { path in
            let model = try Self.small(several: true, seed: 8)
            try model.save(to: path)
            let again = try #require(try loadDigitModel(from: path) as? BaselineNet)
            #expect(again.settings == model.settings)
            #expect(again.namedParameters.map(\.parameter.value.scalars) == model.namedParameters.map(\.parameter.value.scalars))
            try model.network.save(to: path)
            #expect(throws: CapsNetError.self) { try BaselineNet.load(from: path) }
            #expect(throws: CapsNetError.self) { try loadDigitModel(from: path) }
            try model.network.save(to: path, extra: ["baselinenet.settings": "{}"])
            #expect(throws: CapsNetError.self) { try BaselineNet.load(from: path) }
            var settings = CapsNet.Settings()
            (settings.filters, settings.primaryChannels, settings.decoder) = (2, 1, [])
            try CapsNet(settings).save(to: path)
            #expect(try loadDigitModel(from: path) is CapsNet)
        }
    }

    @Test func badBatchesAreErrors() throws {
        let model = try Self.small()
        let digits = RenderedDigits.make(20)
        #expect(throws: ModelError.self) { try Self.step(try OverlappingDigits(digits), [0]) { try model.evaluationStep($0) } }
        let two = Tensor<Int32>([1, 2], shape: [1, 2]), image = Tensor<Float>(zeros: [1, 28, 28, 1])
        let none = Tensor<Float>(zeros: [1, 2, 784])
        #expect(throws: CapsNetError.digits(2, classes: 1)) {
            try image.withView { i in
                try two.withView { l in
                    try none.withView { t in
                        _ = try model.evaluationStep(CapsNet.Batch(images: i, labels: l, targets: t))
                    }
                }
            }
        }
    }

    /// Ended by a budget in the middle of an epoch and resumed without: the same bits as in one go, dropout included, and
    /// a clock that goes on.
    @Test func aBudgetEndsARunThatMayGoOn() throws {
        let digits = ShiftedDigits(RenderedDigits.make(60, seed: 5), shift: 2, seed: 6)
        func train(
            _ model: BaselineNet, _ clock: TrainingClock, from checkpoint: String? = nil
        ) throws -> (steps: UInt64, weights: [[Float]]) {
            var steps: UInt64 = 0
            try model.fit(
                digits, epochs: 2, batchSize: 16, optimizer: Adam(), seed: 7,
                callbacks: [clock, LambdaCallback(trainEnd: { steps = $0.step })], resumingFrom: checkpoint)
            return (steps, model.namedParameters.map(\.parameter.value.scalars))
        }
        let watch = TrainingClock()
        let whole = try train(try Self.small(seed: 2), watch)
        #expect(whole.steps == 8 && watch.seconds > 0 && watch.epochEnds.keys.sorted() == [0, 1])
        #expect(watch.epochEnds[1] == watch.seconds && !watch.isUsed)
        try Self.withTemporary { path in
            let short = TrainingClock(budget: 1e-9, checkpoint: path)
            #expect(try train(try Self.small(seed: 2), short).steps == 1)
            #expect(short.isUsed)
            // The budget is used already: not a step more.
            let used = TrainingClock(budget: 1e-9, checkpoint: path)
            #expect(try train(try Self.small(seed: 2), used, from: path).steps == 1)
            #expect(used.seconds == short.seconds)
            let long = TrainingClock()
            // A network's seed fixes its dropout; its weights come from the checkpoint.
            let resumed = try train(try Self.small(seed: 2), long, from: path)
            #expect(resumed.steps == whole.steps && resumed.weights == whole.weights)
            #expect(long.seconds > short.seconds)
        }
    }
}
