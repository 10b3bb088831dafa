import ApusCore
import ArgumentParser
import CBenchMachine
import Foundation

@main
struct ApusBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apus-bench",
        abstract: "Time Apus' kernels and models on this machine.",
        discussion: """
            Each case is warmed up, then timed several times; the median counts. Fractions are of the peak that is \
            measured at the start, on the same threads and instruction set. Run it on an otherwise idle machine.
            """)

    @Option(help: "Only cases whose name matches this regular expression.")
    var filter: String?

    @Option(help: "Threads (default: one a processor).")
    var threads: Int?

    @Option(help: "Write the figures to this file as JSON.")
    var json: String?

    @Flag(help: "List the cases and stop.")
    var list = false

    private struct Document: Codable {
        var peakGFLOPS: Double
        var readGBPerSecond: Double
        var isa: String
        var threads: Int
        var cases: [Timing]

        enum CodingKeys: String, CodingKey {
            case peakGFLOPS = "peak_gflops", readGBPerSecond = "read_gb_per_s", isa, threads, cases
        }
    }

    func run() throws {
        if let threads { try Runtime.use(threads: threads) }
        let expression = try filter.map { try NSRegularExpression(pattern: $0) }
        let chosen = (gemmCases() + convolutionCases() + poolingCases() + spamCases()).filter { candidate in
            let whole = NSRange(candidate.name.startIndex..., in: candidate.name)
            return expression.map { $0.firstMatch(in: candidate.name, range: whole) != nil } ?? true
        }
        if list {
            for one in chosen { print(one.name) }
            return
        }
        let peak = bench_peak_gflops(), bandwidth = bench_read_bandwidth()
        print(
            "\(Runtime.instructionSet.rawValue), \(Runtime.threads) threads: peak "
                + String(format: "%.0f GFLOP/s, read %.0f GB/s", peak, bandwidth))
        var timings: [Timing] = []
        for one in chosen {
            let timing = try time(one, peak: peak)
            timings.append(timing)
            var line = one.name.padding(toLength: 28, withPad: " ", startingAt: 0)
            line += String(format: "median %10.3f ms  min %10.3f ms", timing.median * 1e3, timing.minimum * 1e3)
            if let gflops = timing.gflops, let fraction = timing.fractionOfPeak {
                line += String(format: "  %7.1f GFLOP/s  %5.1f %% of peak", gflops, fraction * 100)
            }
            if let rate = timing.gigabytesPerSecond { line += String(format: "  %7.1f GB/s", rate) }
            print(line)
        }
        if let json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try encoder.encode(
                Document(
                    peakGFLOPS: peak, readGBPerSecond: bandwidth, isa: Runtime.instructionSet.rawValue,
                    threads: Runtime.threads, cases: timings)
            ).write(to: URL(fileURLWithPath: json), options: .atomic)
        }
    }
}
