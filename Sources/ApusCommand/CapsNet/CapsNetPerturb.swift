import Apus
import ApusPlot
import ArgumentParser
import Foundation

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
                tile < steps.count ? String(format: "%+.2f", Double(steps[tile])) : "")
        }
        try ImageGrid(
            title: "A \(images.labels[item]), read as \(found): its numbers changed one by one", tiles: tiles,
            columns: steps.count, rowLabels: (1...dimension).map { "number \($0)" }, tileSide: 48
        ).write(to: plot)
        remark("drew \(plot)")
        if options.json { try printJSON(["plot": plot, "class": String(found)]) }
    }
}
