import ApusCore

/// Writes the history to a CSV file after every epoch: epoch (from 0), the figures, `learning_rate` and
/// `seconds`. A resumed run's file has the epochs before the checkpoint too.
public final class CSVLogger: Callback {
    /// Where to.
    public let path: String

    /// A log at `path`.
    public init(path: String) { self.path = path }

    public func epochEnd(_ run: TrainingRun, _ figures: Figures) throws {
        var text = (["epoch"] + figures.names + ["learning_rate", "seconds"]).map(quoted).joined(separator: ",") + "\n"
        for epoch in run.history.epochs {
            let row =
                ["\(epoch.epoch)"] + figures.names.map { epoch.figures[$0].map { "\($0)" } ?? "" }
                + ["\(epoch.learningRate)", "\(epoch.seconds)"]
            text += row.joined(separator: ",") + "\n"
        }
        try AtomicFile.write(text, to: path)
    }

    private func quoted(_ name: String) -> String {
        guard name.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return name }
        return "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
