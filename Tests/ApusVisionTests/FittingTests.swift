import ApusCore
import ApusNN
import ApusTestSupport
import ApusVision
import Foundation
import Testing

/// A network trained, judged and run on pictures on disk.
@Suite struct FittingTests {
    private let names = ["plain.jpg", "progressive.jpg", "grey.jpg", "colour.png", "large.jpg", "palette.png"]
    private let options = ImageOptions(height: 10, width: 8, scaling: .torch)

    private func pictures(_ names: [String], onBroken: BrokenPictures = .stop) -> ImageDataset<Int32> {
        let items = names.enumerated().map { ImageFolder.Item(path: $1.hasPrefix("/") ? $1 : fixture($1), label: $0 % 2) }
        return ImageDataset(
            ImageFolder(classes: ["a", "b"], items: items), targets: .number, options: options, onBroken: onBroken)
    }

    private func network() throws -> Sequential<Float> {
        try Sequential(input: [10, 8, 3], seed: 4) {
            Conv2D(4, kernelSize: 3, activation: .relu)
            GlobalAveragePool()
            Dense(2, activation: .softmax)
        }
    }

    /// The pictures as one tensor in memory.
    private func inMemory(_ names: [String]) throws -> (x: Tensor<Float>, y: Tensor<Int32>) {
        let reader = ImageReader(options: options)
        let pixels = try names.flatMap { try reader.tensor(at: fixture($0)).scalars }
        return (Tensor(pixels, shape: [names.count, 10, 8, 3]), Tensor(names.indices.map { Int32($0 % 2) }))
    }

    @Test func isWhatTensorsInMemoryGive() throws {
        let (x, y) = try inMemory(names)
        let loss = SparseCategoricalCrossEntropy(), metrics: [any Metric<Int32>] = [SparseCategoricalAccuracy()]
        let (disk, memory) = (try network(), try network())
        let found = try disk.fit(
            pictures(names), loss: loss, optimizer: Adam(learningRate: 0.02), metrics: metrics, epochs: 30, batchSize: 4,
            validation: pictures(names), seed: 9)
        let expected = try memory.fit(
            x, y, loss: loss, optimizer: Adam(learningRate: 0.02), metrics: metrics, epochs: 30, batchSize: 4,
            validation: (inputs: x, targets: y), seed: 9)
        for name in ["loss", "accuracy", "val_loss", "val_accuracy"] { #expect(found[name] == expected[name], "\(name)") }
        #expect(found["loss"][29] < found["loss"][0], "it learns: \(found["loss"])")
        #expect(disk.parameters.map(\.value) == memory.parameters.map(\.value))
        let judged = try disk.evaluate(pictures(names), loss: loss, metrics: metrics, batchSize: 4)
        #expect(judged["accuracy"] == found["val_accuracy"].last && judged["loss"] == found["val_loss"].last)
        let (outputs, items) = try disk.predict(pictures(names), batchSize: 4)
        #expect(try outputs == memory.predict(x, batchSize: 4) && items == Array(names.indices))
    }

    @Test func brokenPicturesHaveNoRow() throws {
        try withTemporaryFolder { path in
            let bad = path + "/bad.jpg"
            try Data([0xFF, 0xD8, 7]).write(to: URL(filePath: bad))
            let model = try network()
            let mixed = [names[0], bad, names[2], names[3]]
            let (outputs, items) = try model.predict(pictures(mixed, onBroken: .skip), batchSize: 3)
            #expect(items == [0, 2, 3])
            let whole = try model.predict(inMemory([names[0], names[2], names[3]]).x)
            #expect(outputs.shape == [3, 2] && zip(outputs.scalars, whole.scalars).allSatisfy { abs($0 - $1) < 1e-6 })
            #expect {
                try model.fit(pictures(mixed), loss: SparseCategoricalCrossEntropy(), optimizer: Adam())
            } throws: { "\($0)".contains(bad) }
        }
    }

    @Test func whatDoesNotFitIsRefused() throws {
        let other = try Sequential<Float>(input: [10, 9, 3]) {
            GlobalAveragePool()
            Dense(2, activation: .softmax)
        }
        let loss = SparseCategoricalCrossEntropy()
        let error = ModelError.inputShape(expected: [10, 9, 3], found: [10, 8, 3])
        #expect(throws: error) { try other.fit(pictures(names), loss: loss, optimizer: Adam()) }
        #expect(throws: error) { try other.evaluate(pictures(names), loss: loss) }
        #expect(throws: error) { try other.predict(pictures(names)) }
        #expect(throws: ModelError.self) {
            try network().fit(
                pictures(names), loss: loss, optimizer: Adam(),
                validation: ImageDataset(
                    pictures(names).folder, targets: .number, options: ImageOptions(height: 4, width: 4)))
        }
    }
}
