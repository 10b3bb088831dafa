import ApusCore

/// What is timed, once it is set up.
struct Work {
    /// One run.
    let run: () throws -> Void
    /// The output's error after a run, relative to what makes an entry; nil where there is nothing to compare.
    let error: (() throws -> Double)?
    /// Larger errors mean a wrong kernel, which is not timed.
    let wrong: Double

    init(wrong: Double = 1e-4, error: (() throws -> Double)? = nil, run: @escaping () throws -> Void) {
        self.run = run
        self.error = error
        self.wrong = wrong
    }
}

/// Arrays of one length that a pass reads, updates in place and writes, and all bytes that it moves: compared with
/// what memory gives to a loop that does as much.
struct Traffic {
    let reads: Int, updates: Int, writes: Int
    let bytes: Double

    init(reads: Int, updates: Int = 0, writes: Int, bytes: Double) {
        (self.reads, self.updates, self.writes, self.bytes) = (reads, updates, writes, bytes)
    }

    /// Whole arrays of `count` elements of four bytes.
    static func arrays(reads: Int, updates: Int = 0, writes: Int = 0, of count: Int) -> Traffic {
        Traffic(
            reads: reads, updates: updates, writes: writes, bytes: Double((reads + 2 * updates + writes) * count * 4))
    }
}

/// One thing that is timed.
struct Case {
    /// The peers' scripts call it so, too.
    let name: String
    /// Cases whose ratios are averaged together.
    let family: String
    /// Floating-point operations of a run; 0 where that says nothing.
    let operations: Double
    /// Bytes of an element: which peak the operations are compared with.
    let elementBytes: Int
    /// What a run moves through memory, where that is its limit.
    let traffic: Traffic?
    /// At least this many runs are counted.
    let runs: Int
    /// Allocates and fills everything: runs allocate nothing of their own.
    let prepare: () throws -> Work

    init(
        _ name: String, family: String, operations: Double = 0, elementBytes: Int = 4, traffic: Traffic? = nil,
        runs: Int = 5, prepare: @escaping () throws -> Work
    ) {
        self.name = name
        self.family = family
        self.operations = operations
        self.elementBytes = elementBytes
        self.traffic = traffic
        self.runs = runs
        self.prepare = prepare
    }
}

/// Every family. A new one is a file in Cases and a line here.
var families: [() -> [Case]] {
    [
        gemmCases, convolutionCases, poolingCases, activationCases, normalizationCases, optimizerCases,
        embeddingCases, lossCases, randomCases, spamCases, vgg16Cases, capsNetCases, pcaCases, svdCases, loaderCases,
    ]
}
