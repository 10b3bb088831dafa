import Apus
import ApusPlot
import ArgumentParser

struct CapsNetEvaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Judge a saved network on test images.",
        discussion: """
            apus capsnet evaluate --model capsnet.safetensors --data mnist --confusion confusion.svg
            """)

    @Option(help: "A network that 'apus capsnet train' saved.")
    var model: String

    @OptionGroup var digits: DigitOptions

    @Option(help: "Draw which digit was taken for which to this file (.svg or .png); single digits only.")
    var confusion: String?

    @OptionGroup var options: RunOptions

    func validate() throws {
        if let confusion, !confusion.isPlotPath { throw ValidationError("\(confusion): pictures end in .svg or .png") }
        if confusion != nil && digits.multi { throw ValidationError("--confusion is for single digits") }
    }

    private struct Report: Encodable {
        var accuracy: Double
        var testError: Double
        var testImages: Int
        var reconstructionError: Double?
        var seconds: Double
    }

    func run() throws {
        try options.apply()
        let network = try CapsNet.load(from: model)
        try digits.check(network)
        let test = try digits.source(.test, seed: options.seed)
        var figures = Figures()
        let duration = try ContinuousClock().measure { figures = try evaluate(network, test) }
        let accuracy = figures["accuracy"] ?? .nan
        print("test error \(percent(1 - accuracy)) (\(test.itemCount) images\(digits.multi ? ", both digits right" : ""))")
        if let confusion {
            let images = try digits.images(.test)
            let classes = try network.classify(
                Tensor(images.pixels.map { Float($0) / 255 }, shape: [images.count, images.height, images.width, 1]),
                batchSize: 100)
            let count = network.settings.classes
            var counts = Array(repeating: Array(repeating: 0, count: count), count: count)
            for (label, found) in zip(images.labels, classes) where Int(label) < count { counts[Int(label)][found[0]] += 1 }
            try ConfusionMatrixPlot(title: "Digits", counts: counts, classes: (0..<count).map(String.init)).write(to: confusion)
            remark("drew \(confusion)")
        }
        if options.json {
            try printJSON(
                Report(
                    accuracy: accuracy, testError: 1 - accuracy, testImages: test.itemCount,
                    reconstructionError: network.decoder == nil ? nil : figures["reconstruction"], seconds: seconds(duration)))
        }
    }

    private func evaluate(_ model: CapsNet, _ test: some BatchSource<CapsNet.Batch>) throws -> Figures {
        try model.evaluate(test, batchSize: 100)
    }
}
