/// Which columns of a CSV file make up a ``Comment``.
public struct CommentColumns: Hashable, Sendable {
    /// A column by name.
    public struct Column: Hashable, Sendable, ExpressibleByStringLiteral {
        public var name: String
        /// Whether a file without it is an error. If not, its cells are taken to be empty.
        public var isRequired: Bool

        public init(_ name: String, isRequired: Bool = true) {
            self.name = name
            self.isRequired = isRequired
        }

        /// A required column.
        public init(stringLiteral name: String) {
            self.init(name)
        }

        /// A column that a file may lack.
        public static func optional(_ name: String) -> Column {
            Column(name, isRequired: false)
        }
    }

    public var id: Column
    public var author: Column
    public var date: Column
    public var text: Column
    /// The column of the class. An empty cell in an optional column is an unknown class; in a required one it is an error.
    public var label: Column

    /// The names are the YouTube Spam Collection's unless others are given; text and label are required, the rest is not.
    public init(
        id: Column = .optional("COMMENT_ID"), author: Column = .optional("AUTHOR"), date: Column = .optional("DATE"),
        text: Column = "CONTENT", label: Column = "CLASS"
    ) {
        self.id = id
        self.author = author
        self.date = date
        self.text = text
        self.label = label
    }

    /// COMMENT_ID, AUTHOR, DATE, CONTENT, CLASS: the columns of the YouTube Spam Collection (Alberto, Lochter, Almeida, "TubeSpam:
    /// Comment Spam Filtering on YouTube", ICMLA 2015).
    public static let youtube = CommentColumns()

    /// The same for prediction: the class may be missing.
    public static let youtubeUnlabelled = CommentColumns(label: .optional("CLASS"))
}
