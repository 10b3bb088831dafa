import Apus
import ArgumentParser

struct SpamCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spam",
        abstract: "Tell spam from ham among comments.",
        discussion: """
            Comments come as CSV with the columns COMMENT_ID, AUTHOR, DATE, CONTENT and CLASS (1 for spam), a file \
            a video: Youtube05-Shakira.csv holds comments on "Shakira". Other column names can be given. Without \
            --data a few hundred comments that come with Apus are used.
            """,
        subcommands: [SpamTrain.self, SpamPredict.self, SpamCrossValidate.self, SpamBatchNorm.self])
}

/// Where comments come from.
struct CommentOptions: ParsableArguments {
    @Option(help: "A CSV file or a folder of them; may be given several times (default: the comments that come with Apus).")
    var data: [String] = []

    @Option(help: "The column with the text.")
    var textColumn: String = "CONTENT"

    @Option(help: "The column with the class, 1 for spam and 0 for ham.")
    var classColumn: String = "CLASS"

    @Option(help: "The column with the comment's id.")
    var idColumn: String = "COMMENT_ID"

    func load(labelled: Bool = true) throws -> CommentDataset {
        if data.isEmpty { return EmbeddedComments.dataset }
        var columns = labelled ? CommentColumns.youtube : CommentColumns.youtubeUnlabelled
        columns.text.name = textColumn
        columns.id.name = idColumn
        columns.label.name = classColumn
        return try CommentDataset(contentsOf: data, columns: columns)
    }
}

extension SpamRecipe: ExpressibleByArgument {}
