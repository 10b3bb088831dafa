import ApusCore
import ApusKeras
import ApusNN
import ApusTestSupport
import Foundation
import Testing

@Suite struct KerasSavingTests {
    @Test(arguments: [KerasFormat.keras2, .keras3]) func roundTrip(format: KerasFormat) throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/model.weights.h5"
            let model = try network(seed: 9)
            try model.saveKerasWeights(to: path, format: format)
            for matching in [KerasMatching.order, .name] {
                let again = try network(seed: 10)
                #expect(numbers(again) != numbers(model))
                try again.loadKerasWeights(from: path, matching: matching)
                #expect(numbers(again) == numbers(model))
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["model.weights.h5"])
        }
    }

    @Test func manyLayers() throws {
        // More names than one attribute can hold.
        let stem = String(repeating: "n", count: 300)
        let layers: [any Layer] = try (0..<300).map { number in
            let dense = Dense(1).named("\(stem)\(number)")
            var random = RandomStream(seed: UInt64(number))
            try dense.build(for: [2], random: &random)
            return dense
        }
        try withTemporaryFolder { folder in
            try KerasWeights.save(layers, to: "\(folder)/a.h5", format: .keras2)
            #expect(try KerasWeights.layers(in: "\(folder)/a.h5").map(\.name) == layers.map(\.name))
        }
    }

    @Test func failureLeavesTheFile() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/model.h5"
            try put(Data("before".utf8), at: path)
            let model = try network()
            model.layers[0].name = "a/b"
            #expect(throws: KerasError.self) { try model.saveKerasWeights(to: path) }
            #expect(try contents(path) == Data("before".utf8))
            #expect(throws: FileError.self) { try network().saveKerasWeights(to: "\(folder)/no/model.h5") }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["model.h5"])
        }
    }

    /// With APUS_KERAS_PYTHON the path of a Python that has Keras 3.
    @Test func kerasLoadsWhatWasWritten() throws {
        guard let python = ProcessInfo.processInfo.environment["APUS_KERAS_PYTHON"] else {
            print("SKIPPED: APUS_KERAS_PYTHON names no Python with Keras")
            return
        }
        try withTemporaryFolder { folder in
            let model = try network()
            try model.loadKerasWeights(from: fixture("keras1.h5"))
            try model.saveKerasWeights(to: "\(folder)/keras3.weights.h5", format: .keras3)
            try model.saveKerasWeights(to: "\(folder)/keras2.h5", format: .keras2)
            let process = Process()
            process.executableURL = URL(filePath: python)
            process.arguments = [fixture("check_in_keras.py"), "\(folder)/keras3.weights.h5", "\(folder)/keras2.h5"]
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
        }
    }
}
