/// A picture, or a folder of them, that cannot be used.
public enum ImageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Neither JPEG nor PNG, whatever its name says; what it looks like.
    case notAPicture(path: String, found: String)
    /// Cut short, damaged, or of a kind that the decoder does not know, in its words.
    case damaged(path: String, reason: String)
    /// More pixels than ``DecodingLimits/pixels``.
    case tooLarge(path: String, width: Int, height: Int, limit: Int)
    /// More scans than ``DecodingLimits/scans``: a few bytes a scan would keep the decoder busy for minutes.
    case tooManyScans(path: String, scans: Int, limit: Int)
    /// More bytes than ``DecodingLimits/fileBytes``.
    case fileTooLarge(path: String, bytes: Int, limit: Int)
    /// A folder without a picture in it.
    case noPictures(path: String)
    /// A class that the training pictures do not have.
    case unknownClass(path: String, name: String, known: [String])

    /// The file or folder.
    public var path: String {
        switch self {
        case let .notAPicture(path, _), let .damaged(path, _), let .tooLarge(path, _, _, _),
            let .tooManyScans(path, _, _), let .fileTooLarge(path, _, _), let .noPictures(path),
            let .unknownClass(path, _, _):
            path
        }
    }

    public var description: String {
        switch self {
        case let .notAPicture(path, found): "\(path): neither JPEG nor PNG, but \(found)"
        case let .damaged(path, reason): "\(path): \(reason)"
        case let .tooLarge(path, width, height, limit):
            "\(path): a picture of \(width) × \(height) pixels; the limit is \(limit)"
        case let .tooManyScans(path, scans, limit): "\(path): \(scans) scans or more; the limit is \(limit)"
        case let .fileTooLarge(path, bytes, limit): "\(path): a file of \(bytes) bytes; the limit is \(limit)"
        case let .noPictures(path): "\(path): there are no pictures in it"
        case let .unknownClass(path, name, known):
            "\(path): '\(name)' is not among the classes \(known.joined(separator: ", "))"
        }
    }
}
