/// Why a plot was not drawn or not written. Every function of this module that throws, throws this.
public struct PlotError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of failure.
    public enum Kind: Hashable, Sendable {
        /// The file name ends neither in `.svg` nor in `.png`.
        case unknownExtension
        /// The operating system refused a step of the writing; the reason is its own text.
        case cannotWrite
        /// cairo refused to draw or to encode; the reason is cairo's status text.
        case drawing
        /// There is nothing finite to draw.
        case noData
        /// The data contradict themselves: lengths that differ, class numbers out of range, negative counts.
        case invalidData
        /// The size or the scale is not a drawable one, or leaves no room for the data.
        case unsuitableSize
    }

    /// Which kind of failure it is.
    public var kind: Kind
    /// The file that was to be written; nil when the plot was rendered in memory.
    public var file: String?
    /// What is wrong, for people to read.
    public var reason: String

    /// An error of a kind, with the reason in words.
    public init(_ kind: Kind, file: String? = nil, reason: String) {
        self.kind = kind
        self.file = file
        self.reason = reason
    }

    public var description: String {
        guard let file else { return reason }
        return "\(file): \(reason)"
    }

    func naming(_ file: String) -> PlotError {
        PlotError(kind, file: file, reason: reason)
    }
}
