import ApusCore

/// Saves the model after epochs, all of them or those that were the best so far. Keras' rules.
public final class ModelCheckpoint: Callback {
    /// Where to; `{epoch}` (from 1), `{epoch:03}`, `{val_loss:.4}` and the like are filled in.
    public let path: String
    /// Whether only epochs that are the best so far are saved.
    public let saveBestOnly: Bool
    /// The best figure so far.
    public private(set) var best: Double?

    private let monitor: Monitor
    private var isRestored = false

    /// - Parameters:
    ///   - path: where to; see ``path``.
    ///   - name: the figure that says which epoch is best; watched only if `saveBestOnly`.
    public init(
        path: String, monitor name: String = "val_loss", saveBestOnly: Bool = false, mode: MonitorMode = .auto
    ) {
        self.path = path
        self.saveBestOnly = saveBestOnly
        monitor = Monitor(name, mode: mode)
    }

    public func trainBegin(_ run: TrainingRun) {
        if !isRestored { best = nil }
        isRestored = false
    }

    public func epochEnd(_ run: TrainingRun, _ figures: Figures) throws {
        if saveBestOnly {
            let value = try monitor.value(in: figures, callback: "ModelCheckpoint")
            guard monitor.isBetter(value, than: best) else { return }
            best = value
        }
        try run.saveModel(to: filledIn(epoch: run.epoch + 1, figures))
    }

    func filledIn(epoch: Int, _ figures: Figures) -> String {
        var result = ""
        var rest = path[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            let field = rest[rest.index(after: open)..<close]
            let parts = field.split(separator: ":", maxSplits: 1)
            let name = parts.first.map(String.init) ?? "", format = parts.count > 1 ? parts[1] : ""
            result += rest[..<open]
            if name == "epoch" {
                let digits = String(epoch)
                let width = Int(format.prefix { $0.isNumber }) ?? 0
                result += String(repeating: "0", count: max(0, width - digits.count)) + digits
            } else if let value = figures[name] {
                let places = format.hasPrefix(".") ? Int(format.dropFirst().prefix { $0.isNumber }) : nil
                result += places.map { decimal(value, places: $0) } ?? "\(value)"
            } else {
                result += rest[open...close]
            }
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }

    public var state: CallbackState {
        get { CallbackState(numbers: best.map { ["best": $0] } ?? [:]) }
        set {
            best = newValue.numbers["best"]
            isRestored = true
        }
    }
}
