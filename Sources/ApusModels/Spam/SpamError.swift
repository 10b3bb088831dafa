/// What can go wrong with a spam classifier beside its files.
public enum SpamError: Error, Hashable, CustomStringConvertible {
    /// A comment to train or judge on has no class, or one that is neither 0 nor 1.
    case badLabel(comment: Int, source: String, label: Int?)
    /// Nothing to train on, or only one of the two classes.
    case oneClass(spam: Int, ham: Int)
    /// A saved model lacks a part or has one that does not fit.
    case damagedModel(String)
    /// A file that holds something else than a spam classifier.
    case notASpamModel(file: String)

    public var description: String {
        switch self {
        case let .badLabel(comment, source, label):
            "comment \(comment + 1)\(source.isEmpty ? "" : " (\(source))") has "
                + (label.map { "the class \($0), which is neither 0 (ham) nor 1 (spam)" } ?? "no class")
        case let .oneClass(spam, ham):
            "training needs comments of both classes; there are \(spam) of spam and \(ham) of ham"
        case let .damagedModel(reason): "the saved classifier is damaged: \(reason)"
        case let .notASpamModel(file): "\(file) holds no spam classifier"
        }
    }
}
