import ApusCore
import Foundation
import Testing

@testable import ApusNN

/// A stored file beside the tests.
func fixture<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/\(name)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: Data(contentsOf: url))
}

/// A folder that is gone when the test is.
final class ScratchFolder {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("apus-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }
    var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }
}

/// Points in two classes that a small network can tell apart, not quite.
func twoClasses(_ count: Int, seed: UInt64 = 4) throws -> (x: Tensor<Float>, y: Tensor<Float>) {
    var random = RandomStream(seed: seed)
    let x = try random.normal(shape: [count, 3])
    let noise = try random.normal(standardDeviation: 0.3, shape: [count])
    let points = x.scalars, off = noise.scalars
    let labels = (0..<count).map { i -> Float in
        let sum: Float = points[3 * i] * points[3 * i + 1] + points[3 * i + 2] + off[i]
        return sum > 0 ? 1 : 0
    }
    return (x, Tensor(labels, shape: [count, 1]))
}

/// A network with everything that a resumption must bring back: dropout, moving statistics, several layers.
func smallNetwork(seed: UInt64 = 7) throws -> Sequential<Float> {
    try Sequential(input: [3], seed: seed) {
        Dense(8, activation: .tanh)
        BatchNormalization()
        Dropout(0.25)
        Dense(6, activation: .relu)
        Dense(1, activation: .sigmoid)
    }
}

/// Every weight and state, as bits.
func bits(_ parameters: [(name: String, parameter: Parameter)]) -> [String: [UInt32]] {
    Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.parameter.value.scalars.map(\.bitPattern)) })
}

/// A history without what a clock says.
func timeless(_ history: History) -> [History.Epoch] {
    history.epochs.map {
        var epoch = $0
        epoch.seconds = 0
        return epoch
    }
}

struct Halt: Error {}

/// Throws after a number of steps, as a crash would stop the run.
func halt(afterStep step: UInt64) -> LambdaCallback {
    LambdaCallback(batchEnd: { if $0.step == step { throw Halt() } })
}
