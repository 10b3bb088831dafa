import Apus
import ApusPlot

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

/// Images of one size as tiles.
struct Drawing {
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
