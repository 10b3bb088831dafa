import ApusCore
import CApus

/// How pictures become tensors.
public struct ImageOptions: Sendable, Hashable {
    /// The tensor's height; nil with ``width``: the picture's own size.
    public var height: Int?
    /// The tensor's width.
    public var width: Int?
    /// How sizes are changed.
    public var filter: ResizeFilter = .bilinear
    /// What becomes of pictures of another shape.
    public var fit: ImageFit = .stretch
    /// Colour or luma.
    public var channels: ImageChannels = .colour
    /// From bytes to the network's numbers.
    public var scaling: PixelScaling = .none
    /// Whether pictures are turned as their EXIF data say.
    public var appliesOrientation = true
    /// Whether a JPEG that is at least twice too large is decoded at a half, a quarter or an eighth of its size, which is
    /// faster: Pillow's `draft`. False: decoded in full, so that the result is that of Pillow's plain `resize`.
    public var usesDCTScaling = true
    /// Whether what can be decoded of a damaged picture will do.
    public var acceptsDamage = false
    /// What is refused before memory is taken for it.
    public var limits = DecodingLimits()

    /// Pictures of a fixed size.
    public init(height: Int, width: Int, scaling: PixelScaling = .none) {
        precondition(height > 0 && width > 0, "pictures of \(height) × \(width) pixels")
        self.height = height
        self.width = width
        self.scaling = scaling
    }

    /// Pictures of their own size.
    public init() {}
}

/// A way to change a picture's size.
public enum ResizeFilter: Sendable, Hashable, CaseIterable {
    /// The pixel under each new one's centre: Pillow's NEAREST, and what Keras' `load_img` does unless told otherwise.
    case nearest
    /// A triangle over all the pixels that a new one covers: Pillow's BILINEAR, bit for bit.
    case bilinear
    /// The mean over what a new pixel covers: TensorFlow's AREA, to 1 of 255.
    case area

    var cValue: apus_image_filter {
        switch self {
        case .nearest: APUS_IMAGE_NEAREST
        case .bilinear: APUS_IMAGE_BILINEAR
        case .area: APUS_IMAGE_AREA
        }
    }
}

/// What becomes of pictures that are wider or higher than asked for.
public enum ImageFit: Sendable, Hashable {
    /// Pressed into shape, as Keras does.
    case stretch
    /// The largest part of the right shape about the middle: Keras' `keep_aspect_ratio`.
    case crop
}

/// What a pixel is made of.
public enum ImageChannels: Sendable, Hashable {
    /// Three numbers.
    case colour
    /// One: luma.
    case grey

    /// How many numbers a pixel has.
    public var count: Int { self == .colour ? 3 : 1 }
}

/// Caps on what a file may ask for.
public struct DecodingLimits: Sendable, Hashable {
    /// The most pixels.
    public var pixels: Int
    /// The most scans of a progressive JPEG; encoders write about ten.
    public var scans: Int
    /// The most bytes of a file.
    public var fileBytes: Int

    /// Caps; 100 megapixels, 100 scans and 256 MiB unless given.
    public init(pixels: Int = 100_000_000, scans: Int = 100, fileBytes: Int = 1 << 28) {
        self.pixels = pixels
        self.scans = scans
        self.fileBytes = fileBytes
    }
}

/// From bytes to the network's numbers: scale · byte + offset, channel by channel.
public struct PixelScaling: Sendable, Hashable {
    /// Whether channels are blue, green, red.
    public var blueFirst: Bool
    /// One factor for all channels, or one each, in the order that the network sees.
    public var scale: [Float]
    /// As ``scale``.
    public var offset: [Float]

    /// A scaling of one's own.
    public init(blueFirst: Bool = false, scale: [Float], offset: [Float]) {
        precondition(!scale.isEmpty && scale.count == offset.count, "\(scale.count) scales and \(offset.count) offsets")
        self.blueFirst = blueFirst
        self.scale = scale
        self.offset = offset
    }

    /// 0 … 255, red first.
    public static let none = PixelScaling(scale: [1], offset: [0])
    /// 0 … 1, red first.
    public static let unit = PixelScaling(scale: [1 / 255], offset: [0])
    /// Blue first, less the means of ImageNet: Keras' `caffe` mode, for VGG16.
    public static let caffe = PixelScaling(
        blueFirst: true, scale: [1, 1, 1], offset: [-103.939, -116.779, -123.68])
    /// −1 … 1, red first: Keras' `tf` mode.
    public static let tf = PixelScaling(scale: [1 / 127.5], offset: [-1])
    /// Mean 0 and variance 1 over ImageNet, red first: Keras' `torch` mode.
    public static let torch: PixelScaling = {
        let mean: [Float] = [0.485, 0.456, 0.406], deviation: [Float] = [0.229, 0.224, 0.225]
        return PixelScaling(
            scale: deviation.map { 1 / (255 * $0) }, offset: zip(mean, deviation).map { -$0 / $1 })
    }()

    /// The factors and offsets of so many channels.
    func values(channels: Int) -> (scale: [Float], offset: [Float]) {
        precondition(
            scale.count == 1 || scale.count == channels, "\(scale.count) scales for pixels of \(channels) channels")
        return scale.count == channels
            ? (scale, offset)
            : (Array(repeating: scale[0], count: channels), Array(repeating: offset[0], count: channels))
    }
}
