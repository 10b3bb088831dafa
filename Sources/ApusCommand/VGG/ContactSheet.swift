import Apus
import ApusPlot
import ApusVision

/// Validation pictures worth a look: the surest right, the surest wrong, and the least sure. The sure ones are shown for each
/// class that they were taken for, unless those are many.
struct ContactSheet {
    private let predictions: [PictureClassifier.Prediction]
    private let classes: [String]
    private static let columns = 8, mostClasses = 3

    init(_ predictions: [PictureClassifier.Prediction], classes: [String]) {
        self.predictions = predictions.filter { $0.label != nil }
        self.classes = classes
    }

    func write(to path: String) throws {
        let right = predictions.filter { $0.best == $0.label }, wrong = predictions.filter { $0.best != $0.label }
        func sure(_ p: PictureClassifier.Prediction) -> Float { p.probabilities[p.best] }
        typealias Row = (name: String, pictures: [PictureClassifier.Prediction])
        func surest(_ name: String, _ pictures: [PictureClassifier.Prediction]) -> [Row] {
            let sorted = pictures.sorted { sure($0) > sure($1) }
            guard classes.count <= Self.mostClasses else { return [("surest \(name)", sorted)] }
            return classes.indices.map { number in ("surest \(name): \(classes[number])", sorted.filter { $0.best == number }) }
        }
        let unsure: Row = ("least sure", predictions.sorted { sure($0) < sure($1) })
        let rows = (surest("right", right) + surest("wrong", wrong) + [unsure]).filter { !$0.pictures.isEmpty }
        let reader = ImageReader(options: ImageOptions(height: 96, width: 96))
        var tiles: [ImageGrid.Tile] = []
        for row in rows {
            let pictures = row.pictures.prefix(Self.columns)
            for picture in pictures {
                let image = try reader.picture(at: picture.path)
                tiles.append(
                    try ImageGrid.Tile(
                        width: image.shape[1], height: image.shape[0], channels: 3,
                        pixels: image.scalars.map { Double($0) / 255 },
                        caption: "\(classes[picture.best]) \(percent(Double(sure(picture))))"))
            }
            // A grid has whole rows.
            for _ in pictures.count..<Self.columns {
                tiles.append(try ImageGrid.Tile(width: 1, height: 1, channels: 3, pixels: [1, 1, 1]))
            }
        }
        try ImageGrid(
            title: "Validation pictures, and what they were taken for", tiles: tiles, columns: Self.columns,
            rowLabels: rows.map(\.name), tileSide: 96
        ).write(to: path)
    }
}
