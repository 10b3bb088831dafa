import CBenchCommon

/// What a case took.
struct Timing: Codable {
    var name: String
    var family: String
    var median: Double
    var minimum: Double
    var runs: Int
    var gflops: Double?
    var fractionOfPeak: Double?
    var fractionOfTilePeak: Double?
    var gigabytesPerSecond: Double?
    var fractionOfBandwidth: Double?
    var error: Double?

    enum CodingKeys: String, CodingKey {
        case name = "case", family, median, minimum = "min", runs, gflops, fractionOfPeak, fractionOfTilePeak
        case gigabytesPerSecond, fractionOfBandwidth, error
    }
}

/// A kernel gave a wrong result.
struct WrongResult: Error, CustomStringConvertible {
    let name: String
    let error: Double
    var description: String { "\(name): the result is wrong (error \(error)), so it is not timed" }
}

/// The peaks, measured when they are first asked for and once for each size of elements.
final class Peaks {
    private var known: [Int: Double] = [:], knownTile: [Int: Double] = [:]

    /// GFLOP/s on elements of so many bytes: multiply-adds of constants in registers.
    func peak(elementBytes: Int) -> Double {
        if let peak = known[elementBytes] { return peak }
        let measured = bench_peak_gflops(Int32(elementBytes))
        known[elementBytes] = measured
        return measured
    }

    /// The same of a matrix product's inner loop on random numbers from the first-level cache: what changing operands
    /// leave of the peak.
    func tilePeak(elementBytes: Int) -> Double {
        if let peak = knownTile[elementBytes] { return peak }
        let measured = bench_tile_peak_gflops(Int32(elementBytes))
        knownTile[elementBytes] = measured
        return measured
    }
}

/// Times a case: checks the first run's output, warms up for a tenth of a second, then counts runs for `seconds`.
/// Bandwidth, which neighbours on the same host share and which changes by the minute, is measured next to the case.
/// A sample is one run, or as many as take a tenth of a millisecond, against the clock's own grain.
/// - Throws: ``WrongResult`` where the output is wrong, and what the case itself throws.
func time(_ benchmark: Case, seconds: Double, peaks: Peaks) throws -> Timing {
    let work = try benchmark.prepare()
    let clock = ContinuousClock()
    func measure(_ repeats: Int = 1) throws -> Double {
        let elapsed = try clock.measure { for _ in 0..<repeats { try work.run() } }.components
        return (Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18) / Double(repeats)
    }
    var once = try measure()
    var error: Double?
    if let check = work.error {
        let found = try check()
        guard found <= work.wrong else { throw WrongResult(name: benchmark.name, error: found) }
        error = found
    }
    var warm = 0.0
    while warm < min(0.1, seconds) {
        let run = try measure()
        once = min(once, run)
        warm += run
    }
    let repeats = once < 1e-4 ? Int(1e-4 / max(once, 1e-8)) + 1 : 1
    var samples: [Double] = []
    var total = 0.0
    while samples.count < 1000, samples.count < benchmark.runs || total < seconds {
        samples.append(try measure(repeats))
        total += samples.last! * Double(repeats)
    }
    let bandwidth = benchmark.traffic.map { bench_bandwidth(Int32($0.reads), Int32($0.updates), Int32($0.writes)) }
    samples.sort()
    let middle = samples.count / 2
    let median = samples.count % 2 == 1 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2
    var timing = Timing(
        name: benchmark.name, family: benchmark.family, median: median, minimum: samples[0],
        runs: samples.count * repeats, error: error)
    if benchmark.operations > 0 {
        timing.gflops = benchmark.operations / median * 1e-9
        timing.fractionOfPeak = timing.gflops! / peaks.peak(elementBytes: benchmark.elementBytes)
        timing.fractionOfTilePeak = timing.gflops! / peaks.tilePeak(elementBytes: benchmark.elementBytes)
    }
    if let traffic = benchmark.traffic, let bandwidth {
        timing.gigabytesPerSecond = traffic.bytes / median * 1e-9
        timing.fractionOfBandwidth = timing.gigabytesPerSecond! / bandwidth
    }
    return timing
}
