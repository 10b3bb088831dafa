import Apus
import ArgumentParser
import Foundation

/// How a network is trained on batches, kept and followed: what commands that train by the epoch have in common.
struct FitOptions: ParsableArguments {
    @Option(help: "Images a step (default: as stated above).")
    var batchSize: Int?

    @Option(help: "Adam's learning rate at the start.")
    var learningRate: Float = 0.001

    @Option(help: "Save the network, as it is judged at the end, to this file (.safetensors).")
    var save: String?

    @Option(help: "Keep the state of training in this file (or files of this name), from which --resume goes on.")
    var checkpoint: String?

    @Option(help: "Steps between two checkpoints, beside those at the epochs' ends.")
    var checkpointSteps: Int = 100

    @Flag(help: "Go on from --checkpoint if it is there.")
    var resume = false

    @Option(help: "Write every epoch's figures to this CSV file (or files of this name).")
    var log: String?

    @Option(help: "Write figures for TensorBoard to this folder (or folders below it).")
    var tensorboard: String?

    func validate() throws {
        if resume && checkpoint == nil { throw ValidationError("--resume needs --checkpoint") }
        try checkCount("--batch-size", batchSize)
        try checkCount("--checkpoint-steps", checkpointSteps)
        if !(learningRate > 0 && learningRate.isFinite) { throw ValidationError("--learning-rate must be positive") }
    }

    /// A checkpoint to go on from: it was asked for and is there.
    func resumption(from path: String?) -> String? {
        guard resume, let path, FileManager.default.fileExists(atPath: path) else { return nil }
        return path
    }
}

/// Refuses a number of epochs, steps or images that makes no sense.
func checkCount(_ name: String, _ value: Int?, from least: Int = 1) throws {
    if let value, !(least...1_000_000).contains(value) {
        throw ValidationError("\(name) must be from \(least) to 1000000")
    }
}
