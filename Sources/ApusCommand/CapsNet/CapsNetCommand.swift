import Apus
import ApusGzip
import ArgumentParser

struct CapsNetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capsnet",
        abstract: "Read digits with capsules, and see what they have learned.",
        discussion: """
            The network of Sabour, Frosst and Hinton, "Dynamic Routing Between Capsules" (2017). Digits come as MNIST's \
            four files, gzipped or not. Without --data they are drawn by Apus, and everything is over in a minute.
            """,
        subcommands: [CapsNetTrain.self, CapsNetEvaluate.self, CapsNetReconstruct.self, CapsNetPerturb.self])
}

/// Where digits come from.
struct DigitOptions: ParsableArguments {
    @Option(help: "The folder with train-images-idx3-ubyte and the others, or their .gz (default: digits drawn by Apus).")
    var data: String?

    @Option(help: "Use the first so many training and test images only.")
    var limit: Int?

    @Flag(help: "Two overlapping digits in each image, 8 pixels larger (MultiMNIST).")
    var multi = false

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit must be positive") }
    }

    /// Drawn digits that take no file: few, for they are easier than handwriting.
    private static let drawn = (training: 4000, test: 1000)

    func images(_ split: DigitImages.Split) throws -> DigitImages {
        var images: DigitImages
        if let data {
            images = try DigitImages(folder: data, split: split, gunzip: { try gunzip(file: $0) })
        } else {
            images = RenderedDigits.make(
                split == .training ? Self.drawn.training : Self.drawn.test, seed: split == .training ? 1 : 2)
        }
        if let limit { images = images.prefix(limit) }
        return images
    }

    /// Batches of a split; training images move, test images stay.
    func source(_ split: DigitImages.Split, shift: Int = 0, seed: UInt64) throws -> any BatchSource<CapsNet.Batch> {
        let images = try images(split)
        if multi { return try OverlappingDigits(images, seed: seed) }
        return ShiftedDigits(images, shift: shift, seed: seed)
    }

    /// The sizes of a network for these digits.
    func settings() throws -> CapsNet.Settings {
        var settings = CapsNet.Settings()
        let images = try images(.test)
        let border = multi ? 2 * OverlappingDigits.shift : 0
        (settings.height, settings.width) = (images.height + border, images.width + border)
        return settings
    }

    /// Refuses digits that the network was not made for, before anything is computed.
    func check(_ model: CapsNet) throws {
        let settings = try settings()
        guard (settings.height, settings.width) == (model.settings.height, model.settings.width) else {
            throw CapsNetError.imageSize(
                found: [settings.height, settings.width], expected: [model.settings.height, model.settings.width])
        }
    }

    var digitCount: Int { multi ? 2 : 1 }
}

/// The first items of a source, copied out.
struct DigitSample {
    let images: Tensor<Float>
    let labels: [[Int]]
    let targets: Tensor<Float>

    init(_ source: some BatchSource<CapsNet.Batch>, count: Int) throws {
        let indices = Array(0..<min(count, source.itemCount))
        self = try indices.withUnsafeBufferPointer { indices in
            try source.withBatch(indices, epoch: 0) { batch in
                let digits = batch.labels.shape[1]
                return DigitSample(
                    images: batch.images.copy(),
                    labels: indices.indices.map { item in (0..<digits).map { Int(batch.labels.buffer[item * digits + $0]) } },
                    targets: batch.targets.copy())
            }
        }
    }

    private init(images: Tensor<Float>, labels: [[Int]], targets: Tensor<Float>) {
        (self.images, self.labels, self.targets) = (images, labels, targets)
    }
}
