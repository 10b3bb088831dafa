import ArgumentParser

@main
struct ApusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apus",
        abstract: "Deep learning at the limit of the CPU.",
        discussion: """
            Every command works without data of your own: try 'apus spam train'. Progress goes to standard error; \
            with --json the last line of standard output is one JSON object for scripts.
            """,
        version: "1.0.0",
        subcommands: [DemoCommand.self, SpamCommand.self, PCACommand.self, VGGCommand.self, CapsNetCommand.self])
}
