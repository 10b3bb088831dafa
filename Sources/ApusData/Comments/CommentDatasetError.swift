/// What is wrong with a set of comments, apart from its files (``CSVError``).
public enum CommentDatasetError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No video of this name is in the set.
    case unknownSource(String, available: [String])
    /// The only video of a set is to be held out, which would leave nothing to train on.
    case onlyOneSource(String)
    /// A folder without CSV files.
    case noFiles(folder: String)

    public var description: String {
        switch self {
        case .unknownSource(let name, let available):
            "no video \"\(name)\" to hold out; there are \(available.joined(separator: ", "))"
        case .onlyOneSource(let name):
            "holding out needs comments on at least two videos; there is only \"\(name)\""
        case .noFiles(let folder):
            "\(folder): no .csv files in this folder"
        }
    }
}
