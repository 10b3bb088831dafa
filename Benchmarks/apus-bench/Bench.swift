import ApusCore
import Foundation

/// One thing that is timed.
struct Case {
    /// The name that the peers' scripts use too.
    let name: String
    /// Floating-point operations of a run; 0 where that says nothing.
    let operations: Double
    /// Bytes read and written by a run; 0 where that says nothing.
    let bytes: Double
    /// Counted runs; the warm-up comes before.
    let runs: Int
    /// Sets everything up and gives what is to be timed.
    let prepare: () throws -> () throws -> Void

    init(
        _ name: String, operations: Double = 0, bytes: Double = 0, runs: Int = 7,
        prepare: @escaping () throws -> () throws -> Void
    ) {
        self.name = name
        self.operations = operations
        self.bytes = bytes
        self.runs = runs
        self.prepare = prepare
    }
}

/// What a case took.
struct Timing: Codable {
    var name: String
    var median: Double
    var minimum: Double
    var runs: Int
    var gflops: Double?
    var fractionOfPeak: Double?
    var gigabytesPerSecond: Double?

    enum CodingKeys: String, CodingKey {
        case name = "case"
        case median, minimum = "min", runs, gflops, fractionOfPeak, gigabytesPerSecond
    }
}

/// Times a case: two runs to warm up, then the counted ones.
func time(_ benchmark: Case, peak: Double) throws -> Timing {
    let body = try benchmark.prepare()
    for _ in 0..<2 { try body() }
    var seconds: [Double] = []
    let clock = ContinuousClock()
    for _ in 0..<benchmark.runs {
        let elapsed = try clock.measure { try body() }
        seconds.append(Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18)
    }
    seconds.sort()
    let median = seconds[seconds.count / 2]
    let gflops = benchmark.operations > 0 ? benchmark.operations / median * 1e-9 : nil
    return Timing(
        name: benchmark.name, median: median, minimum: seconds[0], runs: seconds.count, gflops: gflops,
        fractionOfPeak: gflops.map { $0 / peak },
        gigabytesPerSecond: benchmark.bytes > 0 ? benchmark.bytes / median * 1e-9 : nil)
}

/// Random numbers in [-1, 1).
func random(_ shape: Shape, seed: UInt64) throws -> Tensor<Float> {
    var stream = RandomStream(seed: seed)
    return try stream.uniform(-1..<1, shape: shape)
}
