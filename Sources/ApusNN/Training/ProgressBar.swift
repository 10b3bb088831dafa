#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Shows training on standard error: on a terminal a line with a bar, the time left and the figures so far,
/// redrawn at most ten times a second; elsewhere a line for each epoch.
public final class ProgressBar: Callback {
    private let isTerminal: Bool
    private let write: (String) -> Void
    private let clock = ContinuousClock()
    private var epochStart = ContinuousClock().now
    private var lastDrawn: ContinuousClock.Instant?
    private var firstBatch = 0

    /// Progress on standard error.
    public convenience init() {
        self.init(isTerminal: isatty(STDERR_FILENO) == 1) { text in
            var text = text
            text.withUTF8 { bytes in
                var rest = UnsafeRawBufferPointer(bytes)
                while let base = rest.baseAddress, rest.count > 0 {
                    let count = systemWrite(STDERR_FILENO, base, rest.count)
                    // A progress line that cannot be shown is no reason to stop training.
                    if count <= 0 { return }
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                }
            }
        }
    }

    init(isTerminal: Bool, write: @escaping (String) -> Void) {
        self.isTerminal = isTerminal
        self.write = write
    }

    public func trainBegin(_ run: TrainingRun) { startEpoch(run) }
    public func epochBegin(_ run: TrainingRun) { startEpoch(run) }

    private func startEpoch(_ run: TrainingRun) {
        epochStart = clock.now
        lastDrawn = nil
        firstBatch = run.batch
    }

    public func batchEnd(_ run: TrainingRun) {
        guard isTerminal else { return }
        let now = clock.now
        if let lastDrawn, now - lastDrawn < .milliseconds(100) { return }
        lastDrawn = now
        var figures = Figures()
        figures.add(run.running, metricNames: run.metricNames)
        let elapsed = seconds(now - epochStart)
        let perBatch = elapsed / Double(max(1, run.batch - firstBatch))
        let left = perBatch * Double(run.batchesPerEpoch - run.batch)
        draw(run, figures, time: "\(duration(left)) left \(step(perBatch))")
    }

    public func epochEnd(_ run: TrainingRun, _ figures: Figures) {
        let elapsed = seconds(clock.now - epochStart)
        draw(run, figures, time: "\(duration(elapsed)) \(step(elapsed / Double(max(1, run.batch - firstBatch))))")
        if isTerminal { write("\n") }
    }

    public func interrupted(_ run: TrainingRun) {
        write("\(isTerminal ? "\n" : "")interrupted in epoch \(run.epoch + 1) after batch \(run.batch)\n")
    }

    private func draw(_ run: TrainingRun, _ figures: Figures, time: String) {
        let width = String(run.batchesPerEpoch).count
        let done = String(repeating: " ", count: max(0, width - String(run.batch).count)) + String(run.batch)
        let shown = zip(figures.names, figures.values).map { "\($0): \(decimal($1, places: 4))" }
        let epoch = "epoch \(run.epoch + 1)/\(run.epochs)"
        let numbers = ([time] + shown).joined(separator: " - ")
        if isTerminal {
            let cells = 20
            let full = run.batchesPerEpoch == 0 ? cells : run.batch * cells / run.batchesPerEpoch
            let bar = String(repeating: "━", count: full) + String(repeating: "─", count: cells - full)
            write("\r\u{1B}[K\(epoch) \(done)/\(run.batchesPerEpoch) \(bar) \(numbers)")
        } else {
            write("\(epoch) \(done)/\(run.batchesPerEpoch) \(numbers)\n")
        }
    }

    private func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    }

    private func duration(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded())
        func two(_ n: Int) -> String { n < 10 ? "0\(n)" : "\(n)" }
        if whole >= 3600 { return "\(whole / 3600):\(two(whole / 60 % 60)):\(two(whole % 60))" }
        return whole >= 60 ? "\(whole / 60):\(two(whole % 60))" : "\(whole)s"
    }

    private func step(_ seconds: Double) -> String {
        if seconds >= 1 { return "\(decimal(seconds, places: 1))s/step" }
        return seconds >= 0.01 ? "\(Int((seconds * 1000).rounded()))ms/step" : "\(decimal(seconds * 1000, places: 1))ms/step"
    }
}

// The class has a `write` of its own.
private func systemWrite(_ descriptor: Int32, _ base: UnsafeRawPointer, _ count: Int) -> Int {
    write(descriptor, base, count)
}
