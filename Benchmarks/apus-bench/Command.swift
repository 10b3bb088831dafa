import ApusCore
import ArgumentParser
import CBenchCommon
import Foundation

@main
struct ApusBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apus-bench",
        abstract: "Time Apus' kernels and models on this machine.",
        discussion: """
            The first run of a case is checked against a slow computation of some outputs; then it is warmed up, then \
            timed on the same operands again and again (small ones stay in the caches). Medians count. Fractions are of the \
            peak and the bandwidth that are measured here, on the same threads and instruction set. Run it on an otherwise \
            idle machine.
            """)

    @Option(help: "Only cases whose name or family matches this regular expression.")
    var filter: String?

    @Option(help: "Threads (default: one a processor).")
    var threads: Int?

    @Option(help: "Count runs of a case for this long, after warming up.")
    var seconds = 0.5

    @Option(help: "Write the figures to this file as JSON.")
    var json: String?

    @Flag(help: "List the cases and stop.")
    var list = false

    @Flag(help: "Run the one case that matches three times, and print by how many megabytes peak memory grew (Linux).")
    var memory = false

    private struct Document: Codable {
        var peakGFLOPS: Double
        var tilePeakGFLOPS: Double
        var readGBPerSecond: Double
        var isa: String
        var threads: Int
        var cacheState = "warm: the same operands each run"
        var cases: [Timing]

        enum CodingKeys: String, CodingKey {
            case peakGFLOPS = "peak_gflops", tilePeakGFLOPS = "tile_peak_gflops", readGBPerSecond = "read_gb_per_s"
            case isa, threads, cacheState = "cache_state", cases
        }
    }

    func validate() throws {
        guard seconds > 0 else { throw ValidationError("--seconds must be above 0") }
    }

    func run() throws {
        if let threads { try Runtime.use(threads: threads) }
        let expression = try filter.map { try NSRegularExpression(pattern: $0) }
        func matches(_ text: String) -> Bool {
            expression.map { $0.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil } ?? true
        }
        let chosen = families.flatMap { $0() }.filter { matches($0.name) || matches($0.family) }
        if list {
            for one in chosen { print(one.name) }
            return
        }
        if memory {
            guard chosen.count == 1 else { throw ValidationError("--memory is for one case, not \(chosen.count)") }
            print("{\"megabytes\":\(try memoryGrowth(chosen[0]))}")
            return
        }
        #if DEBUG
            print("a debug build: the kernels are optimized, but the peak and the bandwidth are measured far too low")
        #endif
        let peaks = Peaks()
        let peak = peaks.peak(elementBytes: 4), tilePeak = peaks.tilePeak(elementBytes: 4)
        let bandwidth = bench_bandwidth(1, 0, 0)
        print(
            "\(Runtime.instructionSet.rawValue), \(Runtime.threads) threads, warm caches: peak "
                + String(format: "%.0f GFLOP/s, on random numbers %.0f, read %.0f GB/s", peak, tilePeak, bandwidth))
        var timings: [Timing] = []
        var failures: [any Error] = []
        for one in chosen {
            do {
                timings.append(try time(one, seconds: seconds, peaks: peaks))
                print(line(timings.last!))
            } catch {
                failures.append(error)
                print("\(error)")
            }
        }
        if let json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try encoder.encode(
                Document(
                    peakGFLOPS: peak, tilePeakGFLOPS: tilePeak, readGBPerSecond: bandwidth,
                    isa: Runtime.instructionSet.rawValue, threads: Runtime.threads, cases: timings)
            ).write(to: URL(fileURLWithPath: json), options: .atomic)
        }
        if !failures.isEmpty { throw ExitCode.failure }
    }

    private func line(_ timing: Timing) -> String {
        var line = timing.name.padding(toLength: max(28, timing.name.count + 1), withPad: " ", startingAt: 0)
        line += String(format: "median %10.4f ms  min %10.4f ms", timing.median * 1e3, timing.minimum * 1e3)
        if let gflops = timing.gflops, let fraction = timing.fractionOfPeak, let tile = timing.fractionOfTilePeak {
            line += String(
                format: "  %7.1f GFLOP/s  %5.1f %% of peak, %5.1f %% of that on random numbers", gflops, fraction * 100, tile * 100)
        }
        if let rate = timing.gigabytesPerSecond, let fraction = timing.fractionOfBandwidth {
            line += String(format: "  %7.1f GB/s  %5.1f %% of bandwidth", rate, fraction * 100)
        }
        return line
    }
}
