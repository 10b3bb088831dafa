import Foundation

/// What Benchmarks/baseline/cue_recipe_reference.py computed: `cue_recipe_reference.py fixture FILE`.
struct CueFixture: Decodable, Sendable {
    struct Text: Decodable, Sendable {
        let raw: String
        let text: String
        let tokens: [String]
        let features: [Float]
        /// How many buckets of grams, and the sum over them, ascending, of place · bucket · count.
        let buckets: Int
        let bucketSum: Int
    }
    struct Corpus: Decodable, Sendable {
        let texts: [String]
        let videos: [String]
        let kept: [Int32]
        let idf: [Float]
        let vocabulary: [String]
        let mean: [Float]
        let deviation: [Float]
        /// The entries of each text: column and value.
        let grams: [[[Float]]]
        let features: [[Float]]
        let indices: [[Int32]]
    }

    let features: [String]
    let texts: [Text]
    let corpus: Corpus

    static let stored: CueFixture = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/cues.json")
        return try! JSONDecoder().decode(CueFixture.self, from: Data(contentsOf: file))
    }()
}

/// SplitMix64: the same random tests every time.
struct CueTestRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
