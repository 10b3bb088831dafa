/// Three hundred comments written for this project, to try the spam classifier without any data: 60 on each of five imaginary videos, half of
/// them spam. Style and mix follow what stands under music videos; no comment, name or address is a real one (the links lead to `.example`
/// and `.test`, which nobody can register). For a figure worth quoting use a real collection.
///
/// They are part of the program, not a resource beside it, so that an executable can be copied elsewhere.
public enum EmbeddedComments {
    /// The videos and their CSV files' contents, with the columns of the YouTube Spam Collection.
    public static let files: [(video: String, csv: String)] = [
        ("LunaVista", lunaVista),
        ("TinFoxes", tinFoxes),
        ("DJOkapi", djOkapi),
        ("MarisolVey", marisolVey),
        ("GlassHarbor", glassHarbor),
    ]

    /// All comments; ``Comment/source`` is the video.
    public static let dataset: CommentDataset = {
        do {
            return CommentDataset(
                try files.flatMap { video, csv in
                    try CommentDataset(CSVTable(text: csv, file: video), source: video).comments
                })
        } catch {
            // A fault in the source text next door, not in anyone's data; the tests parse every file.
            preconditionFailure("embedded comments: \(error)")
        }
    }()
}
