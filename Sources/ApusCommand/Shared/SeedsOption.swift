import ArgumentParser

/// For commands that repeat training.
struct SeedsOption: ParsableArguments {
    @Option(help: "How many seeds, counted up from --seed.")
    var seeds: Int = 5

    func validate() throws {
        if !(1...1000).contains(seeds) { throw ValidationError("--seeds must be from 1 to 1000") }
    }

    /// The seeds, beginning with the first.
    func values(from first: UInt64) -> [UInt64] { (0..<seeds).map { first &+ UInt64($0) } }
}
