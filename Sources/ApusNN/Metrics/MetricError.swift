/// Predictions and labels that a figure cannot be computed from.
public enum MetricError: Error, Hashable, CustomStringConvertible {
    /// Different numbers of predictions and labels.
    case itemCount(predictions: Int, labels: Int)
    /// A label or prediction outside 0 ..< classes.
    case label(Int, item: Int, classes: Int)
    /// A score that is not a number.
    case notANumber(item: Int)
    /// The area under the ROC curve needs items of both classes.
    case oneClass

    public var description: String {
        switch self {
        case let .itemCount(predictions, labels): "\(predictions) predictions but \(labels) labels"
        case let .label(label, item, classes): "item \(item): the class \(label) is not in 0 ..< \(classes)"
        case let .notANumber(item): "item \(item): the score is not a number"
        case .oneClass: "all items are of one class"
        }
    }
}
