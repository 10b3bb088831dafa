import ApusCore
import Testing

// The settings are the process' own, so whatever changes them does so in a process of its own.
@Suite struct RuntimeTests {
    @Test func theVariantInUseIsSupported() {
        #expect(Runtime.instructionSet.isSupported)
        #expect(Runtime.InstructionSet.scalar.isSupported)
        #expect(Runtime.threads >= 1)
    }

    @Test func changesToEverySupportedVariant() async {
        await #expect(processExitsWith: .success) {
            for instructionSet in Runtime.InstructionSet.allCases {
                if instructionSet.isSupported {
                    try Runtime.use(instructionSet)
                    #expect(Runtime.instructionSet == instructionSet)
                } else {
                    let before = Runtime.instructionSet
                    let error = #expect(throws: KernelError.self) { try Runtime.use(instructionSet) }
                    #expect(error?.operation == "use the \(instructionSet.rawValue) kernels")
                    #expect(Runtime.instructionSet == before)
                }
            }
        }
    }

    @Test func numbersAreTheSameWithEveryVariantAndThreadCount() async {
        await #expect(processExitsWith: .success) {
            var first: [Tensor<Float>]?
            var runs = 0
            for instructionSet in Runtime.InstructionSet.allCases where instructionSet.isSupported {
                for threads in [1, 2, 3] {
                    try Runtime.use(instructionSet)
                    try Runtime.use(threads: threads)
                    var random = RandomStream(seed: 77, stream: 3)
                    let drawn = [
                        try random.uniform(-3..<2, shape: [50_003]), try random.normal(mean: 1, shape: [40_001]),
                    ]
                    if let first { #expect(drawn == first, "\(instructionSet), \(threads) threads") }
                    first = drawn
                    runs += 1
                }
            }
            #expect(runs >= 3)
        }
    }

    @Test func takesFromOneToManyThreads() async {
        await #expect(processExitsWith: .success) {
            for threads in [1, 2, 1024] {
                try Runtime.use(threads: threads)
                #expect(Runtime.threads == threads)
            }
            try Runtime.use(threads: 2)
            for threads in [0, -1, 1025, Int.max, Int.min] {
                #expect(throws: KernelError.self) { try Runtime.use(threads: threads) }
                #expect(Runtime.threads == 2)
            }
        }
    }

    @Test func anErrorSaysWhatAndWhy() {
        let error = #expect(throws: KernelError.self) { try Runtime.use(threads: 0) }
        #expect(error?.operation == "use 0 threads")
        #expect(error?.reason.isEmpty == false)
        #expect(error.map { "\($0)" } == error.map { "\($0.operation): \($0.reason)" })
    }
}
