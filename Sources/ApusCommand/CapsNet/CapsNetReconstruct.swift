import Apus
import ApusPlot
import ArgumentParser

struct CapsNetReconstruct: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconstruct",
        abstract: "Draw what a network reconstructs of test images, or where its capsules send what they see.",
        discussion: """
            apus capsnet reconstruct --model capsnet.safetensors --plot digits.png
                images above, reconstructions below.
            apus capsnet reconstruct --model multi.safetensors --multi --plot two.png
                overlapping digits: the two reconstructions in two colours, and each alone.
            apus capsnet reconstruct --model capsnet.safetensors --plot digits.png --coupling routing.png
                besides, for each image and class, from where in the image capsules are coupled to it.
            """)

    @Option(help: "A network that 'apus capsnet train' saved.")
    var model: String

    @OptionGroup var digits: DigitOptions

    @Option(help: "Draw to this file (.svg or .png).")
    var plot: String

    @Option(help: "Draw the routing coefficients to this file (.svg or .png).")
    var coupling: String?

    @Option(help: "How many images.")
    var count: Int = 12

    @OptionGroup var options: RunOptions

    func validate() throws {
        for path in [plot, coupling].compactMap({ $0 }) where !path.isPlotPath {
            throw ValidationError("\(path): pictures end in .svg or .png")
        }
        if !(1...64).contains(count) { throw ValidationError("--count must be from 1 to 64") }
    }

    private struct Report: Encodable {
        var images: Int
        var reconstructionError: Double
        var plot: String
    }

    func run() throws {
        try options.apply()
        let network = try CapsNet.load(from: model)
        try digits.check(network)
        let sample = try sample(try digits.source(.test, seed: options.seed))
        let capsules = try network.encoder.predict(sample.images)
        let found = try network.classify(sample.images, digits: digits.digitCount)
        let (grid, made) = try reconstructionGrid(network, sample, capsules: capsules, found: found)
        try grid.write(to: plot)
        remark("drew \(plot)")
        if let coupling { try drawCoupling(network, sample, to: coupling) }
        let error = zip(made[0], sample.images.scalars).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
        if options.json {
            try printJSON(
                Report(
                    images: sample.labels.count,
                    reconstructionError: digits.multi ? .nan : error / Double(sample.labels.count), plot: plot))
        }
    }

    private func sample(_ source: some BatchSource<CapsNet.Batch>) throws -> DigitSample {
        try DigitSample(source, count: count)
    }

    /// For each image and class, how far each place's coefficients are above equal shares, weighted by the lengths of the
    /// lower capsules there.
    private func drawCoupling(_ network: CapsNet, _ sample: DigitSample, to path: String) throws {
        let layer = try network.encoder.layer(named: "digit_caps", as: CapsuleLayer.self)
        let lower = try network.lowerCapsules(of: sample.images)
        let coefficients = try layer.coupling(for: lower).scalars
        let settings = network.settings
        let capsules = lower.shape[1], classes = settings.classes
        let lengths = try CapsNet.lengths(of: lower).scalars
        let columns = (settings.width - 2 * settings.kernelSize + 1) / 2 + 1
        let places = capsules / settings.primaryChannels
        let drawing = Drawing(width: columns, height: places / columns)
        var tiles: [ImageGrid.Tile] = []
        for (item, names) in sample.labels.enumerated() {
            let size = settings.pixels
            tiles.append(
                try Drawing(width: settings.width, height: settings.height).grey(
                    sample.images.scalars[item * size..<(item + 1) * size], names.map(String.init).joined(separator: " and ")))
            var maps = Array(repeating: [Float](repeating: 0, count: places), count: classes)
            for i in 0..<capsules {
                for j in 0..<classes {
                    maps[j][i / settings.primaryChannels] +=
                        (coefficients[(item * capsules + i) * classes + j] - 1 / Float(classes)) * lengths[item * capsules + i]
                }
            }
            let largest = max(maps.joined().max() ?? 1, .leastNormalMagnitude)
            for j in 0..<classes { tiles.append(try drawing.grey(maps[j].map { max(0, $0 / largest) }[...], String(j))) }
        }
        try ImageGrid(
            title: "Where capsules send what they see: coupling to each class above an equal share", tiles: tiles,
            columns: classes + 1, tileSide: 60
        ).write(to: path)
        remark("drew \(path)")
    }
}
