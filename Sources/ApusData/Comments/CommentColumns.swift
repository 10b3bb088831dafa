/// Which columns of a CSV file make up a ``Comment``.
public struct CommentColumns: Hashable, Sendable {
    /// A column by name.
    public struct Column: Hashable, Sendable, ExpressibleByStringLiteral {
        /// Its name in the header, letter for letter.
        public var name: String
        /// Whether a file without it is an error. If not, its cells are taken to be empty.
        public var isRequired: Bool

        /// A column, required unless said otherwise.
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

    /// The column of ``Comment/id``.
    public var id: Column
    /// The column of ``Comment/author``.
    public var author: Column
    /// The column of ``Comment/date``.
    public var date: Column
    /// The column of ``Comment/text``.
    public var text: Column
    /// The column of the class, an integer from 0. A cell that is none, an empty one too, is an unknown class in an optional column;
    /// in a required one it is an error.
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

    /// The same for prediction: the class may be missing, or be anything.
    public static let youtubeUnlabelled = CommentColumns(label: .optional("CLASS"))
}
