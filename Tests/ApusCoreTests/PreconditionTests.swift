import ApusCore
import Testing

/// Checks that the closure stops the program and that what it prints names the mistake. Optimized
/// builds stop without a word.
private func expectMessage(_ result: ExitTest.Result?, _ parts: [String], sourceLocation: SourceLocation = #_sourceLocation) {
    #if DEBUG
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        for part in parts { #expect(text.contains(part), "\(text)", sourceLocation: sourceLocation) }
    #endif
}

@Suite struct PreconditionTests {
    @Test func tooFewElements() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>([1, 2, 3], shape: [2, 2])
        }
        expectMessage(result, ["3 elements", "[2, 2]", "4"])
    }

    @Test func reshapedToAnotherCount() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [2, 3]).reshaped(to: [4, 2])
        }
        expectMessage(result, ["[2, 3]", "[4, 2]", "6 and 8"])
    }

    @Test func rowsBeyondTheEnd() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [2, 3]).rows(1..<3)
        }
        expectMessage(result, ["rows 1..<3", "[2, 3]"])
    }

    @Test func rowsOfAView() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            Tensor<Float>(zeros: [2, 3]).withView { _ = $0.rows(0..<5) }
        }
        expectMessage(result, ["rows 0..<5", "[2, 3]"])
    }

    @Test func rowsOfAScalar() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>([1], shape: []).rows(0..<1)
        }
        expectMessage(result, ["rows 0..<1", "[]"])
    }

    @Test func anIndexOutside() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [2, 3])[1, 3]
        }
        expectMessage(result, ["[1, 3]", "[2, 3]"])
    }

    @Test func aNegativeIndex() async {
        await #expect(processExitsWith: .failure) {
            var x = Tensor<Float>(zeros: [2, 3])
            x[-1, 0] = 1
        }
    }

    @Test func tooFewIndices() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [2, 3])[1]
        }
        expectMessage(result, ["1 indices", "[2, 3]"])
    }

    @Test func copyingBetweenDifferentCounts() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            var target = Tensor<Float>(zeros: [2, 3])
            target.withMutableView { target in
                Tensor<Float>(zeros: [7]).withView { target.copy(from: $0) }
            }
        }
        expectMessage(result, ["[7]", "[2, 3]"])
    }

    @Test func nineDimensions() async {
        await #expect(processExitsWith: .failure) { _ = Shape(Array(repeating: 1, count: 9)) }
        await #expect(processExitsWith: .failure) { _ = Shape(Array(repeating: 1, count: 8)).prepending(1) }
    }

    @Test func moreElementsThanAnIntCounts() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Shape([Int.max, 3]).elementCount
        }
        expectMessage(result, ["[\(Int.max), 3]"])
    }

    @Test func shapesWithoutSuchAnAxis() async {
        await #expect(processExitsWith: .failure) { _ = ([2, 3] as Shape)[2] }
        await #expect(processExitsWith: .failure) { _ = ([2, 3] as Shape)[-1] }
        await #expect(processExitsWith: .failure) { _ = Shape([]).droppingFirst() }
        await #expect(processExitsWith: .failure) { _ = ([2, 3] as Shape).prepending(-1) }
    }
}
