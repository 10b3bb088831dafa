/// A comment left under a video.
public struct Comment: Hashable, Sendable, Codable {
    /// The site's identifier; empty where the file has none.
    public var id: String
    /// The name the author goes by; empty where the file has none.
    public var author: String
    /// When it was written, as the file has it (ISO 8601, local, with or without fractions); often empty.
    public var date: String
    /// What it says, untouched: HTML entities and tags, byte order marks and line breaks are as in the file.
    public var text: String
    /// The class: 1 for spam, 0 for the rest; `nil` where it is not known.
    public var label: Int?
    /// The video it stands under, by which comments are held out.
    public var source: String

    /// A comment; all but the text may be left out.
    public init(id: String = "", author: String = "", date: String = "", text: String, label: Int? = nil, source: String = "") {
        self.id = id
        self.author = author
        self.date = date
        self.text = text
        self.label = label
        self.source = source
    }
}
