import ApusCore
import ApusNN
import ApusTestSupport
import ApusVision
import Foundation
import Testing

@Suite struct PictureClassifierTests {
    private let names = ["plain.jpg", "progressive.jpg", "grey.jpg", "colour.png", "large.jpg"]

    private func folder(_ extra: [String] = []) -> ImageFolder {
        ImageFolder(
            classes: ["a", "b"],
            items: names.enumerated().map { .init(path: fixture($1), label: $0 % 2) } + extra.map { .init(path: $0, label: nil) })
    }

    private func classifier(seed: UInt64 = 1) throws -> PictureClassifier {
        let network = try Sequential<Float>(input: [12, 10, 3], seed: seed) {
            Conv2D(4, kernelSize: 3, activation: .relu)
            BatchNormalization()
            MaxPool2D()
            Flatten()
            Dense(6, activation: .relu)
            Dense(2, activation: .softmax)
        }
        return PictureClassifier(network: network, classes: ["a", "b"], preprocessing: .torch)
    }

    @Test func predictionsAreTheNetworksOutputs() throws {
        let classifier = try classifier()
        let reader = ImageReader(options: classifier.options)
        for batchSize in [1, 2, 16] {
            let (predictions, broken) = try classifier.predict(folder(), batchSize: batchSize)
            #expect(broken.isEmpty && predictions.map(\.label) == [0, 1, 0, 1, 0])
            for (name, prediction) in zip(names, predictions) {
                let picture = try reader.tensor(at: fixture(name))
                let output = try classifier.network.predict(picture.reshaped(to: picture.shape.prepending(1))).scalars
                #expect(zip(output, prediction.probabilities).allSatisfy { abs($0 - $1) < 1e-6 })
                #expect(prediction.best == (output[0] >= output[1] ? 0 : 1))
                #expect(prediction.path == fixture(name))
            }
        }
    }

    @Test func brokenPicturesAreLeftOutOrStopIt() throws {
        try withTemporaryFolder { path in
            let bad = path + "/bad.jpg"
            try Data([0xFF, 0xD8, 1, 2]).write(to: URL(filePath: bad))
            let (predictions, broken) = try classifier().predict(folder([bad]), batchSize: 4)
            #expect(predictions.count == 5 && broken.map(\.path) == [bad])
            #expect(throws: ImageError.self) { try classifier().predict(folder([bad]), onBroken: .stop) }
            // The second comes from the file that the first has written.
            for _ in 0..<2 {
                let features = try FrozenFeatures(
                    of: classifier(), layers: 4, folder: folder([bad]), cache: path + "/features", batchSize: 4)
                #expect(features.labels.scalars == [0, 1, 0, 1, 0] && features.features.shape == [5, 80])
                #expect(features.brokenPictures.map(\.path) == [bad])
                #expect("\(try #require(features.brokenPictures.first).error)".contains(bad))
            }
            #expect(throws: ImageError.self) {
                try FrozenFeatures(
                    of: classifier(), layers: 4, folder: folder([bad]), cache: path + "/features", onBroken: .stop)
            }
        }
    }

    @Test func aFileHasItAll() throws {
        try withTemporaryFolder { path in
            let saved = try classifier(seed: 5)
            try saved.save(to: path + "/x.safetensors")
            let loaded = try PictureClassifier.load(from: path + "/x.safetensors")
            #expect(loaded.classes == ["a", "b"] && loaded.preprocessing == .torch && loaded.options == saved.options)
            #expect(try loaded.predict(folder()).predictions == saved.predict(folder()).predictions)
            try saved.network.save(to: path + "/y.safetensors")
            #expect(throws: SerializationError.self) { try PictureClassifier.load(from: path + "/y.safetensors") }
            try saved.network.save(
                to: path + "/z.safetensors", extra: ["pictures.classes": #"["a"]"#, "pictures.preprocessing": "torch"])
            #expect(throws: SerializationError.self) { try PictureClassifier.load(from: path + "/z.safetensors") }
        }
    }

    /// Features come from the file while pictures and frozen weights are the same, and anew when they are not.
    @Test func featuresAreComputedOnce() throws {
        try withTemporaryFolder { path in
            let classifier = try classifier(), file = path + "/features"
            var computed = 0
            func features() throws -> FrozenFeatures {
                computed = 0
                return try FrozenFeatures(of: classifier, layers: 4, folder: folder(), cache: file, batchSize: 2) { computed = $0 }
            }
            let first = try features()
            #expect(computed == 5)
            let again = try features()
            #expect(computed == 0 && again.features == first.features && again.labels == first.labels)
            // A dense layer may change, a convolution not.
            let dense = try classifier.network.layer(named: "dense", as: Dense.self)
            dense.kernel.value = Tensor(repeating: 0.5, shape: dense.kernel.value.shape)
            _ = try features()
            #expect(computed == 0)
            let convolution = try classifier.network.layer(named: "conv2d", as: Conv2D.self)
            convolution.kernel.value = Tensor(repeating: 0.01, shape: convolution.kernel.value.shape)
            let other = try features()
            #expect(computed == 5 && other.features != first.features)
            try Data([1, 2, 3]).write(to: URL(filePath: file))
            #expect(try features().features == other.features)
            #expect(computed == 5, "a damaged file is computed anew")
            // What follows gives what the whole network gives.
            let head = try Sequential<Float>(
                input: other.features.shape.droppingFirst(), layers: Array(classifier.network.layers[4...]))
            let whole = try classifier.predict(folder()).predictions.flatMap(\.probabilities)
            #expect(zip(try head.predict(other.features).scalars, whole).allSatisfy { abs($0 - $1) < 1e-6 })
        }
    }

    /// A convolution of one pixel and the mean of it all: W · (mean pixel) at any size.
    @Test func aGlobalPoolingTakesAnySize() throws {
        let network = try Sequential<Float>(input: [12, 10, 3], seed: 2) {
            Conv2D(2, kernelSize: 1, useBias: false)
            GlobalAveragePool()
        }
        network.inputName = "input_layer"
        let small = PictureClassifier(network: network, classes: ["a", "b"], preprocessing: .unit)
        let large = try small.resized(height: 30, width: 21)
        #expect(large.options.height == 30 && large.options.width == 21 && large.network.inputName == "input_layer")
        let kernel = try #require(network.parameters.first?.value.scalars)
        let pixels = try ImageReader(options: large.options).tensor(at: fixture("plain.jpg")).scalars
        let means = (0..<3).map { c in stride(from: c, to: pixels.count, by: 3).reduce(0.0) { $0 + Double(pixels[$1]) } / (30 * 21) }
        let found = try large.predict(folder()).predictions[0].probabilities
        for output in 0..<2 {
            let expected = (0..<3).reduce(0.0) { $0 + means[$1] * Double(kernel[$1 * 2 + output]) }
            #expect(abs(Double(found[output]) - expected) < 1e-5)
        }
        #expect(throws: ModelError.self) { try classifier().resized(height: 24, width: 24) }
    }
}
