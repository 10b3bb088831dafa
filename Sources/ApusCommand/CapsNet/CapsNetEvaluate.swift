import Apus
import ApusPlot
import ArgumentParser

struct CapsNetEvaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Judge a saved network, of capsules or plain, on test images.",
        discussion: """
            apus capsnet evaluate --model capsnet.safetensors --data mnist --confusion confusion.svg
            apus capsnet evaluate --model capsnet.safetensors --data mnist --affine --pictures distorted.png
                judges it on digits turned by up to 20°, sheared by up to 0.2, scaled by 0.8 to 1.2 each way and moved as far as \
            they stay inside, affNIST's ranges. Without --canvas, a shift is at most 2 pixels, as in training.
            """)

    @Option(help: "A network that 'apus capsnet train' saved.")
    var model: String

    @OptionGroup var digits: DigitOptions

    @Flag(help: "Distort every test digit by an affine map of its own, which --seed fixes.")
    var affine = false

    @Option(help: "With --affine: draw the first digits as they were and as they are judged to this file (.svg or .png).")
    var pictures: String?

    @Option(help: "Draw which digit was taken for which to this file (.svg or .png); single digits only.")
    var confusion: String?

    @OptionGroup var options: RunOptions

    func validate() throws {
        for path in [confusion, pictures].compactMap({ $0 }) where !path.isPlotPath {
            throw ValidationError("\(path): pictures end in .svg or .png")
        }
        if (confusion != nil || affine) && digits.multi {
            throw ValidationError("--confusion and --affine are for single digits")
        }
        if pictures != nil && !affine { throw ValidationError("--pictures goes with --affine") }
    }

    private struct Report: Encodable {
        var accuracy: Double
        var testError: Double
        var testImages: Int
        var affine: Bool
        var reconstructionError: Double?
        var seconds: Double
    }

    func run() throws {
        try options.apply()
        try judge(try loadDigitModel(from: model))
    }

    private func judge(_ network: some DigitModel) throws {
        try digits.check(network)
        let test = affine ? try distorted() : try digits.source(.test, seed: options.seed)
        var figures = Figures()
        let duration = try ContinuousClock().measure { figures = try evaluate(network, test) }
        let accuracy = figures["accuracy"] ?? .nan
        let what = affine ? ", distorted" : digits.multi ? ", both digits right" : ""
        print("test error \(percent(1 - accuracy)) (\(test.itemCount) images\(what))")
        if let confusion { try drawConfusion(network, test, to: confusion) }
        if let pictures { try drawDistorted(network, test, to: pictures) }
        if options.json {
            try printJSON(
                Report(
                    accuracy: accuracy, testError: 1 - accuracy, testImages: test.itemCount, affine: affine,
                    reconstructionError: (network as? CapsNet)?.decoder == nil ? nil : figures["reconstruction"],
                    seconds: seconds(duration)))
        }
    }

    private func distorted() throws -> any BatchSource<CapsNet.Batch> {
        let size = try digits.imageSize()
        let distortion = AffineDistortion(shift: digits.canvas == nil ? 2 : nil)
        return ShiftedDigits(
            try digits.images(.test).distorted(
                by: distortion, canvasHeight: size.height, canvasWidth: size.width, seed: options.seed))
    }

    private func evaluate(_ model: some DigitModel, _ test: some BatchSource<CapsNet.Batch>) throws -> Figures {
        try model.evaluate(test, batchSize: 100)
    }

    private func drawConfusion(
        _ network: some DigitModel, _ test: some BatchSource<CapsNet.Batch>, to path: String
    ) throws {
        let count = network.classCount
        var counts = Array(repeating: Array(repeating: 0, count: count), count: count)
        for start in stride(from: 0, to: test.itemCount, by: 100) {
            let sample = try DigitSample(test, from: start, count: 100)
            let found = try network.classify(sample.images, digits: 1, batchSize: 100)
            for (labels, classes) in zip(sample.labels, found) where labels[0] < count { counts[labels[0]][classes[0]] += 1 }
        }
        try ConfusionMatrixPlot(title: "Digits", counts: counts, classes: (0..<count).map(String.init)).write(to: path)
        remark("drew \(path)")
    }

    private func drawDistorted(
        _ network: some DigitModel, _ test: some BatchSource<CapsNet.Batch>, to path: String
    ) throws {
        let sample = try DigitSample(test, count: 12), size = try digits.imageSize(), pixels = size.height * size.width
        let original = try plain(try digits.source(.test, shift: 0, seed: options.seed), sample.labels.count)
        let found = try network.classify(sample.images, digits: 1, batchSize: 100)
        let drawing = Drawing(width: size.width, height: size.height)
        func row(_ images: Tensor<Float>, _ captions: [[Int]]) throws -> [ImageGrid.Tile] {
            try captions.enumerated().map { item, classes in
                try drawing.grey(images.scalars[item * pixels..<(item + 1) * pixels], String(classes[0]))
            }
        }
        try ImageGrid(
            title: "Digits under affine maps, and what they are taken for",
            tiles: try row(original.images, sample.labels) + row(sample.images, found), columns: sample.labels.count,
            rowLabels: ["as they were", "distorted"]
        ).write(to: path)
        remark("drew \(path)")
    }

    private func plain(_ source: some BatchSource<CapsNet.Batch>, _ count: Int) throws -> DigitSample {
        try DigitSample(source, count: count)
    }
}
