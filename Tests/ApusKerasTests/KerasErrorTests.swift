import ApusCore
import ApusKeras
import ApusNN
import ApusTestSupport
import Foundation
import Testing

@Suite struct KerasErrorTests {
    /// Loading must fail with the error, and leave the model as it was.
    private func expectFailure(
        _ model: Sequential<Float>, _ path: String, _ matching: KerasMatching = .order, trustsFile: Bool = true,
        _ check: (KerasError) -> Bool
    ) {
        let before = numbers(model)
        do {
            try model.loadKerasWeights(from: path, matching: matching, trustsFile: trustsFile)
            Issue.record("\(path) was loaded")
        } catch let error as KerasError {
            #expect(check(error), "\(error)")
        } catch { Issue.record("\(error)") }
        #expect(numbers(model) == before)
    }

    @Test(arguments: KerasLoadingTests.files) func wrongShapeNamesLayerAndBothShapes(file: String) throws {
        let model = try network()
        // The last layer is another: what comes before it must not be loaded either.
        try model.removeLast()
        try model.append(Dense(2).named("predictions"))
        for matching in [KerasMatching.order, .name] {
            expectFailure(model, fixture(file), matching) {
                $0 == .shape(
                    file: fixture(file), layer: "predictions", weight: "kernel", expected: [8, 2], found: [8, 3])
            }
        }
    }

    @Test func missingLayerIsNamed() throws {
        let model = try network()
        try model.rename("fc1", to: "fc9")
        for file in ["keras1.h5", "keras3.weights.h5"] {
            expectFailure(model, fixture(file), .name) {
                guard case let .missingLayer(_, "fc9", available) = $0 else { return false }
                return available.contains("fc1")
            }
        }
        expectFailure(try network(), fixture("keras2_notop.h5")) {
            guard case let .layerCount(_, model, found) = $0 else { return false }
            return model.count == 5 && found == ["block1_conv1", "bn", "block2_conv1"]
        }
    }

    @Test func numberOfWeights() throws {
        let model = try network()
        try model.removeLast()
        try model.append(Dense(3, useBias: false).named("predictions"))
        expectFailure(model, fixture("keras2.h5")) {
            guard case let .weightCount(_, "predictions", expected, found) = $0 else { return false }
            return expected == ["kernel"] && found.count == 2
        }
    }

    @Test func otherFiles() throws {
        try withTemporaryFolder { folder in
            let model = try network()
            for (name, data) in [("empty.h5", Data()), ("text.h5", Data("layer_names".utf8)), ("zip.keras", Data("PK\u{3}\u{4}".utf8) + Data(count: 40))] {
                try put(data, at: "\(folder)/\(name)")
                expectFailure(model, "\(folder)/\(name)") {
                    guard case let .file(path, _) = $0 else { return false }
                    return path == "\(folder)/\(name)"
                }
            }
            #expect(throws: FileError.self) { try model.loadKerasWeights(from: "\(folder)/nowhere.h5") }
            #expect(throws: FileError.self) { try model.loadKerasWeights(from: folder) }
        }
    }

    @Test(arguments: KerasLoadingTests.files) func truncatedAnywhere(file: String) throws {
        let whole = try contents(fixture(file))
        try withTemporaryFolder { folder in
            let model = try network()
            let before = numbers(model)
            for part in stride(from: 0, to: whole.count, by: max(1, whole.count / 40)) {
                try put(whole.prefix(part), at: "\(folder)/cut.h5")
                do {
                    try model.loadKerasWeights(from: "\(folder)/cut.h5")
                    Issue.record("\(part) of \(whole.count) bytes were enough")
                } catch is KerasError {}
                #expect(numbers(model) == before)
            }
        }
    }

    /// Bytes changed at random: refused with the model unchanged, or loaded where only numbers or unused parts were hit.
    @Test(arguments: ["keras1.h5", "keras2.h5", "legacy.h5", "keras3.weights.h5", "keras3.keras", "deflated.keras"])
    func damagedAnywhere(file: String) throws {
        let whole = try contents(fixture(file))
        try withTemporaryFolder { folder in
            var random = RandomStream(seed: 11)
            let path = "\(folder)/damaged.h5"
            var refused = 0
            let model = try network()
            var before = numbers(model)
            for round in 0..<400 {
                var damaged = whole
                for _ in 0..<(1 + round % 6) {
                    // A byte, or a number of eight that may be an address or a size.
                    let place = Int.random(in: 0..<(whole.count - 8), using: &random)
                    damaged[place] = .random(in: 0...255, using: &random)
                    if round % 3 == 0 { for next in 0..<8 { damaged[place + next] = next < 3 ? damaged[place] : round % 2 == 0 ? 0 : 255 } }
                }
                FileManager.default.createFile(atPath: path, contents: damaged)
                do {
                    try model.loadKerasWeights(from: path, matching: round % 2 == 0 ? .order : .name(keepingMissing: true))
                    before = numbers(model)
                } catch is KerasError {
                    refused += 1
                    #expect(numbers(model) == before || before.contains { $0.isNaN })
                }
            }
            #expect(refused > 20)
        }
    }

    /// Files that mean harm or make no sense, from make_keras_fixtures.py: one dense layer 'fc' each.
    @Test(arguments: [
        "external_link", "soft_link", "parent_path", "external_storage", "virtual", "integers", "unwritten", "unlisted",
        "numbers_for_names", "absent_weight", "group_for_weight",
    ]) func hostile(file: String) throws {
        let model = try Sequential<Float>(input: [2]) { Dense(3).named("fc") }
        for matching in [KerasMatching.order, .name] {
            for trustsFile in [false, true] {
                expectFailure(model, fixture("hostile_\(file).h5"), matching, trustsFile: trustsFile) {
                    switch $0 {
                    case .damaged(_, "fc", _, _), .noWeights, .file: true
                    case .unusual: !trustsFile
                    default: false
                    }
                }
            }
        }
    }

    @Test func absurdDimensions() throws {
        let model = try Sequential<Float>(input: [2]) { Dense(3).named("fc") }
        expectFailure(model, fixture("hostile_absurd_dimensions.h5")) {
            switch $0 {
            case .damaged, .shape: true
            default: false
            }
        }
    }
}
