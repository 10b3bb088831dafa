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

/// Images above, what is made of them below; of overlapping digits both, in two colours and each alone.
/// - Parameters:
///   - capsules: the encoder's output for the sample's images.
///   - found: the classes that were found in each.
/// - Returns: the picture, and the numbers of each digit's reconstructions.
func reconstructionGrid(
    _ network: CapsNet, _ sample: DigitSample, capsules: Tensor<Float>, found: [[Int]]
) throws -> (grid: ImageGrid, made: [[Float]]) {
    let digits = found.first?.count ?? 1
    let drawing = Drawing(width: network.settings.width, height: network.settings.height)
    // A digit's own row of capsules decoded for each class that was found.
    let made = try (0..<digits).map { digit in
        try network.reconstructions(of: capsules, classes: found.map { $0[digit] }).scalars
    }
    let size = network.settings.pixels
    var tiles: [ImageGrid.Tile] = [], labels = ["image"]
    for (item, classes) in sample.labels.enumerated() {
        tiles.append(try drawing.grey(sample.images.scalars[item * size..<(item + 1) * size], named(classes)))
    }
    func named(_ classes: [Int]) -> String { classes.sorted().map(String.init).joined(separator: " and ") }
    if digits > 1 {
        labels += ["both reconstructions", "the first", "the second"]
        for item in sample.labels.indices {
            tiles.append(
                try drawing.twoColours(
                    made[0][item * size..<(item + 1) * size], made[1][item * size..<(item + 1) * size],
                    named(found[item])))
        }
    } else {
        labels.append("reconstruction")
    }
    for digit in 0..<digits {
        for item in sample.labels.indices {
            tiles.append(try drawing.grey(made[digit][item * size..<(item + 1) * size], String(found[item][digit])))
        }
    }
    let grid = ImageGrid(
        title: digits > 1 ? "Two digits from one image" : "Digits and what is made of them", tiles: tiles,
        columns: sample.labels.count, rowLabels: labels)
    return (grid, made)
}

struct CapsNetPerturb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "perturb",
        abstract: "Draw what each number of a digit's capsule stands for, by changing one at a time.",
        discussion: """
            apus capsnet perturb --model capsnet.safetensors --data mnist --item 7 --plot perturb.png
                a row a dimension, from -0.25 to 0.25 of its value (figure 4 of the paper).
            """)

    @Option(help: "A network that 'apus capsnet train' saved.")
    var model: String

    @OptionGroup var digits: DigitOptions

    @Option(help: "Which test image, from 0.")
    var item: Int = 0

    @Option(help: "Draw to this file (.svg or .png).")
    var plot: String

    @OptionGroup var options: RunOptions

    func validate() throws {
        if !plot.isPlotPath { throw ValidationError("\(plot): pictures end in .svg or .png") }
        if item < 0 { throw ValidationError("--item must not be negative") }
        if digits.multi { throw ValidationError("'perturb' is for single digits") }
    }

    func run() throws {
        try options.apply()
        let network = try CapsNet.load(from: model)
        try digits.check(network)
        let images = try digits.images(.test)
        guard item < images.count else { throw ValidationError("--item \(item): there are \(images.count) test images") }
        let size = images.height * images.width
        let image = Tensor(
            images.pixels[item * size..<(item + 1) * size].map { Float($0) / 255 },
            shape: [1, images.height, images.width, 1])
        let capsules = try network.encoder.predict(image)
        let (classes, dimension) = (network.settings.classes, network.settings.dimension)
        let found = try network.classify(image)[0][0]
        let steps = (-5...5).map { Float($0) * 0.05 }
        var perturbed: [Float] = []
        for d in 0..<dimension {
            for step in steps {
                var row = capsules.scalars
                row[found * dimension + d] += step
                perturbed += row
            }
        }
        let count = dimension * steps.count
        let made = try network.reconstructions(
            of: Tensor(perturbed, shape: [count, classes, dimension]), classes: Array(repeating: found, count: count)
        ).scalars
        let drawing = Drawing(width: images.width, height: images.height)
        let tiles = try (0..<count).map { tile in
            try drawing.grey(
                made[tile * size..<(tile + 1) * size],
                tile < steps.count ? (steps[tile] == 0 ? "as it is" : decimal(Double(steps[tile]))) : "")
        }
        try ImageGrid(
            title: "A \(images.labels[item]), read as \(found): each number of its capsule changed alone", tiles: tiles,
            columns: steps.count, rowLabels: (1...dimension).map { "number \($0)" }, tileSide: 48
        ).write(to: plot)
        remark("drew \(plot)")
        if options.json { try printJSON(["plot": plot, "class": String(found)]) }
    }
}

/// Images of one size as tiles.
private struct Drawing {
    var width: Int
    var height: Int

    func grey(_ pixels: ArraySlice<Float>, _ caption: String) throws -> ImageGrid.Tile {
        try ImageGrid.Tile(width: width, height: height, pixels: pixels.map(Double.init), caption: caption)
    }

    /// The first in orange, the second in blue, which everybody can tell apart; white where they meet.
    func twoColours(_ first: ArraySlice<Float>, _ second: ArraySlice<Float>, _ caption: String) throws -> ImageGrid.Tile {
        let pixels = zip(first, second).flatMap { (a: Float, b: Float) -> [Double] in
            let (a, b) = (Double(a), Double(b))
            return [a + 0.1 * b, 0.55 * (a + b), b + 0.1 * a]
        }
        return try ImageGrid.Tile(width: width, height: height, channels: 3, pixels: pixels, caption: caption)
    }
}
