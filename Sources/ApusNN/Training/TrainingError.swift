/// Training that cannot be begun or gone on with.
public enum TrainingError: Error, Hashable, CustomStringConvertible {
    /// A callback watches a figure that is not reported; the ones that are.
    case noSuchFigure(callback: String, name: String, available: [String])
    /// There is nothing to train on.
    case noItems
    /// A setting outside its range.
    case invalidSetting(String, reason: String)

    public var description: String {
        switch self {
        case let .noSuchFigure(callback, name, available):
            "\(callback) watches '\(name)', but there are only \(available.joined(separator: ", "))"
        case .noItems: "there are no items to train on"
        case let .invalidSetting(setting, reason): "\(setting) \(reason)"
        }
    }
}
