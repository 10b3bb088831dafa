import ApusCore
import ApusNN
import Foundation
import Testing

@testable import ApusModels

@Suite struct CueNetworkTests {
    private static let sizes = CueNetwork.Sizes(
        grams: 7, indices: 6, features: 6, length: 12, embedding: 3, filters: 4, hidden: 5)

    /// A comment as plain numbers.
    private struct Item {
        var grams: [(column: Int32, value: Float)]
        var features: [Float]
        var indices: [Int32]
        var target: Float
    }

    private static func items() -> [Item] {
        var random = CueTestRandom(state: 3)
        return (0..<5).map { place in
            Item(
                // The third has no known grams.
                grams: place == 2 ? [] : (0..<3).map { (Int32($0 * 2 + place % 2), Float.random(in: -1...2, using: &random)) },
                features: (0..<sizes.features).map { _ in Float.random(in: -2...2, using: &random) },
                indices: (0..<sizes.length).map { $0 < 3 + 2 * place ? Int32.random(in: 1..<6, using: &random) : 0 },
                target: place % 2 == 0 ? 0.95 : 0.05)
        }
    }

    private static func withBatch<Result>(_ items: [Item], _ body: (CueBatch) throws -> Result) rethrows -> Result {
        var offsets: [Int64] = [0]
        for item in items { offsets.append(offsets.last! + Int64(item.grams.count)) }
        let columns = items.flatMap { $0.grams.map(\.column) }, values = items.flatMap { $0.grams.map(\.value) }
        let features = Tensor(items.flatMap(\.features), shape: [items.count, sizes.features])
        let indices = Tensor(items.flatMap(\.indices), shape: [items.count, sizes.length])
        let targets = Tensor(items.map(\.target), shape: [items.count, 1])
        return try offsets.withUnsafeBufferPointer { offsets in
            try columns.withUnsafeBufferPointer { columns in
                try values.withUnsafeBufferPointer { values in
                    try body(
                        CueBatch(
                            offsets: offsets, columns: columns, values: values, features: features.withView { $0 },
                            indices: indices.withView { $0 }, targets: targets.withView { $0 }))
                }
            }
        }
    }

    /// The logit in double, by the formulas alone.
    private static func logit(_ item: Item, _ w: [String: [Double]]) -> Double {
        let e = sizes.embedding, f = sizes.filters, h = sizes.hidden
        func weights(_ name: String) -> [Double] { w[name]! }
        let table = weights("words/embedding/embeddings"), kernel = weights("words/conv1d/kernel")
        var joined = item.features.map(Double.init)
        for unit in 0..<h {
            var sum = weights("features/dense/bias")[unit]
            for (i, x) in item.features.enumerated() { sum += Double(x) * weights("features/dense/kernel")[i * h + unit] }
            joined.append(max(0, sum))
        }
        for filter in 0..<f {
            var best = -Double.infinity
            for place in 0..<sizes.length {
                var sum = weights("words/conv1d/bias")[filter]
                for tap in 0..<3 where (0..<sizes.length).contains(place + tap - 1) {
                    let row = Int(item.indices[place + tap - 1])
                    for d in 0..<e { sum += table[row * e + d] * kernel[(tap * e + d) * f + filter] }
                }
                best = max(best, max(0, sum))
            }
            joined.append(best)
        }
        var logit = weights("output/dense/bias")[0]
        for (x, weight) in zip(joined, weights("output/dense/kernel")) { logit += x * weight }
        for (column, value) in item.grams { logit += Double(value) * weights("grams/weights")[Int(column)] }
        return logit
    }

    private static func loss(_ items: [Item], _ w: [String: [Double]]) -> Double {
        items.reduce(0) { sum, item in
            let z = logit(item, w)
            return sum + max(z, 0) - z * Double(item.target) + log1p(exp(-abs(z)))
        } / Double(items.count)
    }

    private static func network(rates: CueNetwork.Rates = .none) throws -> CueNetwork {
        let network = try CueNetwork(sizes, rates: rates, seed: 11)
        // Biases that are not 0, so that their places are tested.
        var random = CueTestRandom(state: 5)
        for (name, parameter) in network.namedParameters where name.hasSuffix("bias") {
            parameter.value = Tensor(
                (0..<parameter.count).map { _ in Float.random(in: -0.2...0.2, using: &random) }, shape: parameter.value.shape)
        }
        return network
    }

    private static func weights(_ network: CueNetwork) -> [String: [Double]] {
        Dictionary(uniqueKeysWithValues: network.namedParameters.map { ($0.name, $0.parameter.value.scalars.map(Double.init)) })
    }

    @Test func logitsFollowTheFormulas() throws {
        let network = try Self.network(), items = Self.items(), weights = Self.weights(network)
        let logits = try Self.withBatch(items) { Array(try network.logits($0, step: nil).buffer) }
        for (item, found) in zip(items, logits) { #expect(abs(Double(found) - Self.logit(item, weights)) < 1e-5) }
        #expect(Set(logits).count == items.count)
    }

    @Test func gradientsAreThoseOfFiniteDifferences() throws {
        let network = try Self.network(), items = Self.items(), weights = Self.weights(network)
        try Self.withBatch(items) { batch in
            let logits = try network.logits(batch, step: 0)
            var slope = [Float](repeating: 0, count: items.count)
            for i in slope.indices {
                slope[i] = (1 / (1 + exp(-logits.pointer[i])) - items[i].target) / Float(items.count)
            }
            try Tensor(slope, shape: [items.count, 1]).withView { try network.backward(batch, gradient: $0) }
        }
        let step = 1e-5
        for (name, parameter) in network.namedParameters {
            var nonzero = 0
            for (place, gradient) in parameter.gradient.scalars.enumerated() {
                var up = weights, down = weights
                up[name]![place] += step
                down[name]![place] -= step
                let expected = (Self.loss(items, up) - Self.loss(items, down)) / (2 * step)
                #expect(abs(Double(gradient) - expected) < 1e-5 + 1e-3 * abs(expected), "\(name)[\(place)]")
                if abs(expected) > 1e-6 { nonzero += 1 }
            }
            #expect(nonzero > 0, "\(name): nothing was tested")
        }
    }

    @Test func dropoutFollowsFromSeedAndStepAndEndsWithTraining() throws {
        let network = try Self.network(rates: CueNetwork.Rates()), items = Self.items()
        func logits(_ step: UInt64?) throws -> [Float] {
            try Self.withBatch(items) { Array(try network.logits($0, step: step).buffer) }
        }
        let first = try logits(0)
        #expect(try logits(0) == first)
        #expect(try logits(1) != first)
        let still = try logits(nil)
        #expect(try logits(nil) == still)
        #expect(still != first)
    }

    @Test func networksWithoutKnownGramsOrWordsWork() throws {
        var sizes = Self.sizes
        sizes.grams = 0
        sizes.indices = 2
        let network = try CueNetwork(sizes, seed: 0)
        let items = Self.items().map { item in
            var item = item
            item.grams = []
            item.indices = item.indices.map { min($0, 1) }
            return item
        }
        try Self.withBatch(items) { batch in
            let logits = try network.logits(batch, step: 0)
            #expect(Array(logits.buffer).allSatisfy { $0.isFinite })
            try Tensor(repeating: 0.1, shape: [items.count, 1]).withView { try network.backward(batch, gradient: $0) }
        }
        #expect(network.gramWeights.gradient.scalars == [0])
    }
}
