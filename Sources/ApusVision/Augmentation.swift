import ApusCore
import CApus

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Random changes that make one picture many: those of Keras' `ImageDataGenerator`, with its arithmetic.
///
/// What happens to a picture follows from the seed, the epoch and the picture's number alone, whichever thread decodes it.
public struct Augmentation: Sendable, Hashable {
    /// Whether left and right change places in every other picture.
    public var flipsHorizontally = false
    /// Whether top and bottom do.
    public var flipsVertically = false
    /// The most degrees of rotation, either way.
    public var rotation = 0.0
    /// The most shift sideways, either way, as a part of the width.
    public var widthShift = 0.0
    /// The most shift up or down, as a part of the height.
    public var heightShift = 0.0
    /// The most degrees of shear, either way.
    public var shear = 0.0
    /// The smallest and largest zoom; below 1 enlarges, as in Keras. Rows and columns are zoomed apart.
    public var zoom: ClosedRange<Double> = 1...1
    /// The smallest and largest factor of brightness.
    public var brightness: ClosedRange<Double> = 1...1
    /// What comes into view from outside.
    public var fill: ImageFill = .edge

    /// No change.
    public init() {}

    /// Flips sideways, and a little of everything else: what the course behind the reference trains with.
    public static let mild: Augmentation = {
        var mild = Augmentation()
        mild.flipsHorizontally = true
        mild.rotation = 10
        mild.widthShift = 0.1
        mild.heightShift = 0.1
        mild.shear = 8.6
        mild.zoom = 0.9...1.1
        return mild
    }()

    /// Changes of one picture.
    /// - Parameters:
    ///   - seed: fixes everything.
    ///   - epoch: the epoch.
    ///   - item: the picture's number.
    public func change(seed: UInt64, epoch: Int, item: Int) -> ImageChange {
        var random = RandomStream(seed: seed).forked(0xA06_3E17).forked(UInt64(epoch)).forked(UInt64(item))
        func draw(_ range: ClosedRange<Double>) -> Double {
            let unit = Double(random.next() >> 11) * 0x1p-53
            return range.lowerBound + (range.upperBound - range.lowerBound) * unit
        }
        // Every number is drawn whether it is used or not, so that one setting does not change what another does.
        var change = ImageChange()
        change.rotation = draw(-rotation...rotation)
        change.heightShift = draw(-heightShift...heightShift)
        change.widthShift = draw(-widthShift...widthShift)
        change.shear = draw(-shear...shear)
        change.rowZoom = draw(zoom)
        change.columnZoom = draw(zoom)
        change.brightness = draw(brightness)
        change.flipsHorizontally = draw(0...1) < 0.5 && flipsHorizontally
        change.flipsVertically = draw(0...1) < 0.5 && flipsVertically
        return change
    }
}

/// What lies outside a picture.
public enum ImageFill: Sendable, Hashable {
    /// This byte.
    case constant(UInt8)
    /// The outermost pixels, again and again: Keras' `nearest`.
    case edge
    /// The picture in a mirror.
    case reflect
    /// The picture again.
    case wrap

    var cValue: (fill: apus_image_fill, constant: UInt8) {
        switch self {
        case let .constant(byte): (APUS_IMAGE_FILL_CONSTANT, byte)
        case .edge: (APUS_IMAGE_FILL_EDGE, 0)
        case .reflect: (APUS_IMAGE_FILL_REFLECT, 0)
        case .wrap: (APUS_IMAGE_FILL_WRAP, 0)
        }
    }
}

/// What is done to one picture.
public struct ImageChange: Sendable, Hashable {
    /// Degrees.
    public var rotation = 0.0
    /// A part of the height.
    public var heightShift = 0.0
    /// A part of the width.
    public var widthShift = 0.0
    /// Degrees.
    public var shear = 0.0
    /// Rows that a row of the result takes.
    public var rowZoom = 1.0
    /// Columns that a column of the result takes.
    public var columnZoom = 1.0
    /// A factor.
    public var brightness = 1.0
    /// Left and right change places, after all else.
    public var flipsHorizontally = false
    /// Top and bottom do.
    public var flipsVertically = false

    /// No change.
    public init() {}

    /// Where the pixel (row, column) of the result comes from: row m₀ · row + m₁ · column + m₂, column m₃ · row + m₄ · column + m₅;
    /// nil: from where it is. Rotation · shift · shear · zoom about the middle, as Keras composes them (which takes height for
    /// width about the middle of pictures that are not square).
    public func matrix(height: Int, width: Int) -> [Double]? {
        if rotation == 0 && heightShift == 0 && widthShift == 0 && shear == 0 && rowZoom == 1 && columnZoom == 1 {
            return nil
        }
        let angle = rotation * .pi / 180, lean = shear * .pi / 180
        let (c, s) = (cos(angle), sin(angle))
        let rowShift = heightShift * Double(height), columnShift = widthShift * Double(width)
        // Rotation · shear, as (column, row) from (column, row); the shift is turned with the rotation.
        let a = [c, -s * cos(lean) - c * sin(lean), s, c * cos(lean) - s * sin(lean)]
        let columnFrom = (row: a[1] * rowZoom, column: a[0] * columnZoom)
        let rowFrom = (row: a[3] * rowZoom, column: a[2] * columnZoom)
        let middle = (row: Double(height) / 2 - 0.5, column: Double(width) / 2 - 0.5)
        return [
            rowFrom.row, rowFrom.column,
            s * columnShift + c * rowShift + middle.row - rowFrom.row * middle.row - rowFrom.column * middle.column,
            columnFrom.row, columnFrom.column,
            c * columnShift - s * rowShift + middle.column - columnFrom.row * middle.row
                - columnFrom.column * middle.column,
        ]
    }

    /// Applies it to a picture of bytes.
    /// - Parameters:
    ///   - picture: `[height, width, channels]`.
    ///   - fill: what comes into view from outside.
    public func apply(to picture: Tensor<UInt8>, fill: ImageFill = .edge) throws -> Tensor<UInt8> {
        precondition(picture.shape.rank == 3, "a picture of shape \(picture.shape); it needs [height, width, channels]")
        let spare = Scratch()
        return try picture.withUnsafeBufferPointer { source throws in
            guard let base = source.baseAddress, !source.isEmpty else { return picture }
            let view = try apply(
                to: PictureView(
                    pointer: base, height: picture.shape[0], width: picture.shape[1], channels: picture.shape[2]),
                fill: fill, spare: spare)
            return Tensor(UnsafeBufferPointer(start: view.pointer, count: source.count), shape: picture.shape)
        }
    }

    /// The result lies in `spare`, or is the picture itself.
    func apply(to view: PictureView, fill: ImageFill, spare: Scratch) throws -> PictureView {
        let matrix = matrix(height: view.height, width: view.width)
        guard matrix != nil || brightness != 1 || flipsHorizontally || flipsVertically else { return view }
        let count = view.height * view.width * view.channels
        let target = spare.bytes(count).bindMemory(to: UInt8.self).baseAddress!
        let operation = "a picture of [\(view.height), \(view.width), \(view.channels)] changed"
        if let matrix {
            let (mode, constant) = fill.cValue
            try check(
                apus_image_affine(view.height, view.width, view.channels, matrix, mode, constant, view.pointer, target),
                operation)
        } else {
            target.update(from: view.pointer, count: count)
        }
        if brightness != 1 {
            // Rounded down, as Pillow's ImageEnhance blends with black.
            let table = (0..<256).map { UInt8(max(0, min(255, Float($0) * Float(brightness)))) }
            try check(apus_image_lookup(count, table, target), operation)
        }
        if flipsHorizontally || flipsVertically {
            try check(
                apus_image_flip(
                    view.height, view.width, view.channels, flipsHorizontally ? 1 : 0, flipsVertically ? 1 : 0, target),
                operation)
        }
        var result = view
        result.pointer = UnsafePointer(target)
        return result
    }
}
