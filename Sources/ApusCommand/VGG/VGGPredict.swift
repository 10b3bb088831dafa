import Apus
import ApusVision
import ArgumentParser
import Foundation

struct VGGPredict: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Predict the classes of pictures.",
        discussion: """
            apus vgg16 predict --model pets.safetensors --images pets/test/unknown --csv predictions.csv
                a line for each picture: id (the file's name without its ending), label, probability.
            apus vgg16 predict --model pets.safetensors --images pets/test/unknown --csv submission.csv --kaggle dogs --clip 0.02
                as Kaggle's Dogs vs. Cats wants it: id and the probability of a dog, kept from 0.02 to 0.98, since one sure \
            mistake costs more under log loss than many hedged answers.
            """)

    @Option(help: "A network that 'apus vgg16 finetune' saved.")
    var model: String

    @Option(help: "A folder of pictures; those in class folders are judged as well.")
    var images: String

    @Option(help: "Write the predictions to this CSV file instead of standard output.")
    var csv: String?

    @Option(help: "Write id and the probability of this class, as Kaggle wants it.")
    var kaggle: String?

    @Option(help: "Keep probabilities this far from 0 and 1.")
    var clip: Float = 0

    @Option(help: "Pictures at once.")
    var batchSize: Int = 16

    @OptionGroup var options: RunOptions

    func validate() throws {
        if !(clip >= 0 && clip < 0.5) { throw ValidationError("--clip must be from 0 to below 0.5") }
        if !(1...4096).contains(batchSize) { throw ValidationError("--batch-size must be from 1 to 4096") }
    }

    private struct Report: Encodable {
        var pictures: Int
        var broken: Int
        var accuracy: Double?
        var seconds: Double
        var csv: String?
    }

    func run() throws {
        try options.apply()
        let classifier = try PictureClassifier.load(from: model)
        let kaggleClass = try kaggle.map { name in
            guard let place = classifier.classes.firstIndex(of: name) else {
                throw ValidationError("--kaggle \(name): the classes are \(classifier.classes.joined(separator: ", "))")
            }
            return place
        }
        let folder = try readFolder(classifier)
        let clock = ContinuousClock(), start = clock.now
        let (predictions, broken) = try classifier.predict(folder, batchSize: batchSize)
        let duration = clock.now - start
        for picture in broken { remark("skipped: \(picture.error)") }
        func clipped(_ probability: Float) -> Float { min(max(probability, clip), 1 - clip) }
        func text(_ probability: Float) -> String { String(format: "%.6f", clipped(probability)) }
        let header = kaggleClass == nil ? ["id", "label", "probability"] : ["id", "label"]
        let rows = predictions.map { prediction in
            let id = URL(fileURLWithPath: prediction.path).deletingPathExtension().lastPathComponent
            if let kaggleClass { return [id, text(prediction.probabilities[kaggleClass])] }
            return [id, classifier.classes[prediction.best], text(prediction.probabilities[prediction.best])]
        }
        if let csv {
            try CSVWriter().write(header: header, rows: rows, to: csv)
            remark("wrote \(csv): \(predictions.count) pictures")
        } else {
            print(String(decoding: CSVWriter().encode(header: header, rows: rows), as: UTF8.self), terminator: "")
        }
        let judged = predictions.filter { $0.label != nil }
        let accuracy = judged.isEmpty ? nil : Double(judged.filter { $0.label == $0.best }.count) / Double(judged.count)
        if let accuracy { remark("accuracy \(percent(accuracy)) on \(judged.count) pictures with a class") }
        if options.json {
            try printJSON(
                Report(
                    pictures: predictions.count, broken: broken.count, accuracy: accuracy, seconds: seconds(duration),
                    csv: csv))
        }
    }

    /// Class folders count only if the network knows all of them: `test/unknown` and any folder of pictures will do.
    private func readFolder(_ classifier: PictureClassifier) throws -> ImageFolder {
        try ImageFolder(images, classes: classifier.classes)
    }
}
