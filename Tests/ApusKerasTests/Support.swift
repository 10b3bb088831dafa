import ApusCore
import ApusNN
import Foundation

private let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

/// The path of a file in Fixtures/, which make_keras_fixtures.py has made.
func fixture(_ name: String) -> String { folder.appending(path: name).path }

/// What Keras predicts with the fixtures' weights.
struct Predictions: Decodable {
    let inputs: [Float]
    let expected: [Float]

    static let stored: Predictions = {
        do {
            return try JSONDecoder().decode(
                Predictions.self, from: Data(contentsOf: URL(filePath: fixture("predictions.json"))))
        } catch { fatalError("\(error)") }
    }()

    /// The largest distance of a model's predictions, in batches of `batchSize`, from Keras'.
    func distance(_ model: Sequential<Float>, batchSize: Int) throws -> Float {
        let found = try model.predict(Tensor(inputs, shape: [8, 8, 8, 3]), batchSize: batchSize).scalars
        precondition(found.count == expected.count)
        return zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
    }
}

/// The network of make_keras_fixtures.py with other weights.
func network(top: Bool = true, seed: UInt64 = 3) throws -> Sequential<Float> {
    let model = try Sequential<Float>(input: [8, 8, 3], seed: seed) {
        Conv2D(4, kernelSize: 3, padding: .same, activation: .relu).named("block1_conv1")
        BatchNormalization().named("bn")
        MaxPool2D((2, 2)).named("block1_pool")
        Conv2D(6, kernelSize: 3, padding: .same, activation: .relu).named("block2_conv1")
        MaxPool2D((2, 2)).named("block2_pool")
    }
    guard top else { return model }
    try model.append(Flatten().named("flatten"))
    try model.append(Dense(8, activation: .relu).named("fc1"))
    try model.append(Dropout(0.5).named("dropout"))
    try model.append(Dense(3, activation: .softmax).named("predictions"))
    return model
}

/// All weights and states in one list.
func numbers(_ model: Sequential<Float>) -> [Float] { model.parameters.flatMap { $0.value.scalars } }

func contents(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }
func put(_ data: Data, at path: String) throws { try data.write(to: URL(filePath: path)) }
