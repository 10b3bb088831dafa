import ApusCore
import ApusNN
import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A training step that has run before takes no memory.
@Suite struct WarmStepTests {
    private static func makeModel() throws -> Sequential<Float> {
        try Sequential(input: [12, 12, 3], seed: 4) {
            Conv2D(8, kernelSize: 3, padding: .same, activation: .relu)
            BatchNormalization()
            MaxPool2D()
            Conv2D(8, kernelSize: 3, activation: .gelu)
            Dropout(0.3)
            Flatten()
            Dense(10, activation: .softmax)
        }
    }

    private static func step(_ model: Sequential<Float>, _ input: TensorView<Float>, _ step: UInt64) throws
        -> [UnsafeRawPointer]
    {
        let output = try model.forward(input, training: true, step: step)
        let gradient = model.outputGradient
        gradient.buffer.update(repeating: 0.25)
        try model.backward()
        return [UnsafeRawPointer(output.pointer), UnsafeRawPointer(gradient.pointer)]
            + model.parameters.flatMap { [UnsafeRawPointer($0.view.pointer), UnsafeRawPointer($0.mutableView.pointer)] }
            + model.trainableParameters.map { UnsafeRawPointer($0.gradientView.pointer) }
    }

    @Test func everythingStaysWhereItIs() throws {
        let model = try WarmStepTests.makeModel()
        let input = Tensor<Float>(repeating: 0.5, shape: [6, 12, 12, 3])
        try input.withView { (view) throws in
            let first = try WarmStepTests.step(model, view, 0)
            let bytes = model.arenaByteCount
            #expect(bytes > 0)
            for number in 1..<5 as Range<UInt64> {
                #expect(try WarmStepTests.step(model, view, number) == first)
                #expect(model.arenaByteCount == bytes)
            }
            // A smaller batch runs in the larger one's memory.
            #expect(try WarmStepTests.step(model, view.rows(0..<2), 9) == first)
            #expect(try WarmStepTests.step(model, view, 10) == first)
            #expect(model.arenaByteCount == bytes)
        }
    }

    @Test func aMovingStatisticIsChangedInPlace() throws {
        let parameter = Parameter("moving_mean", role: .state)
        parameter.initialize(Tensor(zeros: [1000]))
        let place = parameter.view.pointer
        parameter.mutableView.buffer[3] = 5
        #expect(parameter.view.pointer == place)
        #expect(parameter.value[3] == 5)
        let kept = parameter.value
        parameter.mutableView.buffer[3] = 6
        #expect(kept[3] == 5, "whoever holds the value keeps it")
    }

    #if canImport(Glibc)
        @Test func theHeapDoesNotGrow() async {
            // A process of its own, in which nobody else takes memory.
            await #expect(processExitsWith: .success) {
                let model = try WarmStepTests.makeModel()
                let input = Tensor<Float>(repeating: 0.5, shape: [6, 12, 12, 3])
                try input.withView { (view) throws in
                    for number in 0..<5 as Range<UInt64> { _ = try WarmStepTests.step(model, view, number) }
                    _ = try heapBytes()
                    let before = try heapBytes()
                    for number in 5..<1005 as Range<UInt64> { _ = try WarmStepTests.step(model, view, number) }
                    let grown = try heapBytes() - before
                    // The counting itself takes a few thousand bytes; a step that kept anything would keep 16 at least.
                    #expect(grown < 8 * 1000, "1000 steps left \(grown) bytes behind")
                }
                // The count counts: what is kept is seen.
                let before = try heapBytes()
                let kept = Tensor<Float>(zeros: [100_000])
                #expect(try heapBytes() - before >= 400_000)
                withExtendedLifetime(kept) {}
            }
        }
    #endif
}

#if canImport(Glibc)
    /// The bytes of the C heap in use, from glibc's own account (`malloc_info`, which Swift does not import).
    private func heapBytes() throws -> Int {
        typealias Report = @convention(c) (CInt, UnsafeMutablePointer<FILE>) -> CInt
        let symbol = try #require(dlsym(nil, "malloc_info"))
        var text: UnsafeMutablePointer<CChar>?
        var size = 0
        let stream = try #require(open_memstream(&text, &size))
        let status = unsafeBitCast(symbol, to: Report.self)(0, stream)
        fclose(stream)
        defer { Glibc.free(text) }
        try #require(status == 0)
        let report = text.map { String(cString: $0) } ?? ""
        // The totals over all arenas stand at the end: free chunks, mapped blocks, and all that is held.
        func total(_ start: String) -> Int? {
            let line = report.split(separator: "\n").last { $0.hasPrefix(start) }
            let digits = line?.components(separatedBy: "size=\"").last?.prefix { $0.isNumber }
            return digits.flatMap { Int($0) }
        }
        guard
            let system = total("<system type=\"current\""), let mapped = total("<total type=\"mmap\""),
            let fast = total("<total type=\"fast\""), let rest = total("<total type=\"rest\"")
        else { throw NoHeapReport(text: report) }
        return system + mapped - fast - rest
    }

    private struct NoHeapReport: Error { var text: String }
#endif
