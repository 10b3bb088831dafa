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

    @Option(help: "Lay digits on a larger canvas of so many pixels a side, anywhere on it (the paper's second test has 40).")
    var canvas: Int?

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit must be positive") }
        if let canvas, !(1...256).contains(canvas) { throw ValidationError("--canvas must be from 1 to 256") }
        if multi && canvas != nil { throw ValidationError("--multi has a canvas of its own") }
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

    /// Batches of a split.
    /// - Parameter shift: how far training images move; nil: 2 pixels, or anywhere on a canvas. Test images move on a
    ///   canvas only.
    /// - Parameter strength: what share of affNIST's turns, shears and scales training images undergo; nil: none.
    func source(
        _ split: DigitImages.Split, shift: Int? = nil, strength: Double? = nil, seed: UInt64
    ) throws -> any BatchSource<CapsNet.Batch> {
        let images = try images(split)
        if multi { return try OverlappingDigits(images, seed: seed) }
        let border = try border(images), free = canvas == nil ? 2 : border
        if split == .training, let strength {
            let distortion = AffineDistortion(shift: Double(shift ?? free), strength: strength)
            return ShiftedDigits(images, by: distortion, border: border, seed: seed)
        }
        return ShiftedDigits(
            images, shift: split == .training ? shift ?? free : (canvas == nil ? 0 : border), border: border, seed: seed)
    }

    /// The pixels that a canvas adds on each side.
    private func border(_ images: DigitImages) throws -> Int {
        guard let canvas else { return 0 }
        let border = (canvas - images.height) / 2
        guard images.height == images.width, border >= 0, (canvas - images.height) % 2 == 0 else {
            throw ValidationError("--canvas \(canvas): must be an even number of pixels larger than images of \(images.height) × \(images.width)")
        }
        return border
    }

    /// The rows and columns of the images that a network is shown.
    func imageSize() throws -> (height: Int, width: Int) {
        let images = try images(.test), border = multi ? OverlappingDigits.shift : try border(images)
        return (images.height + 2 * border, images.width + 2 * border)
    }

    /// Refuses digits that the network was not made for, before anything is computed.
    func check(_ model: some DigitModel) throws {
        let size = try imageSize()
        guard size == model.imageSize else {
            throw CapsNetError.imageSize(
                found: [size.height, size.width], expected: [model.imageSize.height, model.imageSize.width])
        }
    }

    var digitCount: Int { multi ? 2 : 1 }
}

/// Some items of a source, copied out.
struct DigitSample {
    let images: Tensor<Float>
    let labels: [[Int]]
    let targets: Tensor<Float>

    init(_ source: some BatchSource<CapsNet.Batch>, from first: Int = 0, count: Int) throws {
        let indices = Array(first..<min(first + count, source.itemCount))
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
