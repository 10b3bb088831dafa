import Apus
import ArgumentParser

/// What every command that computes takes.
struct RunOptions: ParsableArguments {
    @Option(help: "Fixes every random choice: the same seed gives the same result, bit for bit.")
    var seed: UInt64 = 0

    @Option(help: "Threads to compute with (default: one a processor). The result does not depend on it.")
    var threads: Int?

    @Flag(help: "End standard output with one JSON object.")
    var json = false

    /// Puts the options in force.
    func apply() throws {
        if let threads { try Runtime.use(threads: threads) }
    }
}

/// What every command that trains takes besides.
struct TrainingOptions: ParsableArguments {
    @Option(help: "Passes over the training comments (default: the recipe's own).")
    var epochs: Int?

    @Option(help: "Comments a step (default: the recipe's own).")
    var batchSize: Int?

    func validate() throws {
        let sensible = 1...1_000_000
        if let epochs, !sensible.contains(epochs) {
            throw ValidationError("--epochs must be from 1 to \(sensible.upperBound)")
        }
        if let batchSize, !sensible.contains(batchSize) {
            throw ValidationError("--batch-size must be from 1 to \(sensible.upperBound)")
        }
    }
}
