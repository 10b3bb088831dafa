/// What can be wrong with a digit network's data or file.
public enum CapsNetError: Error, Hashable, Sendable, CustomStringConvertible {
    /// An image shows none, or more digits than there are classes.
    case digits(Int, classes: Int)
    /// A class that is not there.
    case label(Int, classes: Int)
    /// The network has no decoder.
    case noDecoder
    /// Images of another size than the network's.
    case imageSize(found: [Int], expected: [Int])
    /// Images of fewer than two classes, which cannot overlap.
    case oneClass
    /// A file that holds something else, or whose settings make no sense.
    case notACapsNet(file: String, reason: String)
    /// A file that holds no baseline, or whose settings make no sense.
    case notABaseline(file: String, reason: String)

    public var description: String {
        switch self {
        case let .digits(digits, classes): "images show \(digits) digits, of \(classes) classes"
        case let .label(label, classes): "a label is \(label); there are classes 0 to \(classes - 1)"
        case .noDecoder: "this network has no decoder: it was made without hidden layers for one"
        case let .imageSize(found, expected): "images of \(found) for a network of \(expected)"
        case .oneClass: "overlapping digits need images of two classes at least"
        case let .notACapsNet(file, reason): "\(file) holds no capsule network: \(reason)"
        case let .notABaseline(file, reason): "\(file) holds no baseline network: \(reason)"
        }
    }
}
