import ApusData
import Testing

@Suite struct PadSequencesTests {
    struct Case: Decodable {
        var sequences: [[Int32]]
        var padding: SequenceEnd
        var truncating: SequenceEnd
        var maxLength: Int?
        var value: Int32
        var count: Int
        var length: Int
        var values: [Int32]
    }

    @Test func asKeras() throws {
        let cases: [Case] = try fixture("padding.json")
        #expect(cases.count == 96)
        for test in cases {
            let padded = padSequences(
                test.sequences, maxLength: test.maxLength, padding: test.padding, truncating: test.truncating, value: test.value)
            #expect(padded.count == test.count)
            #expect(padded.length == test.length)
            #expect(padded.values == test.values, "\(test)")
        }
    }

    /// Where Keras stops with an error or gives nonsense.
    @Test func nothing() {
        #expect(padSequences([]).values == [])
        #expect(padSequences([]).length == 0)
        #expect(padSequences([], maxLength: 3).count == 0)
        #expect(padSequences([[1, 2], []], maxLength: 0).values == [])
    }

    @Test func rows() {
        let padded = padSequences([[1], [2, 3]])
        #expect(Array(padded[0]) == [0, 1])
        #expect(Array(padded[1]) == [2, 3])
    }
}
