import ApusCore
import CApus

/// Reads pictures, one after the other, into tensors of one kind; for one thread at a time, as it keeps its memory.
public final class ImageReader {
    /// How pictures become tensors.
    public let options: ImageOptions

    private let jpeg = JPEGDecoder()
    private let png = PNGDecoder()
    private let file = Scratch()
    private let workspace = Scratch()
    private let resized = Scratch()
    private let turned = Scratch()

    /// A reader.
    public init(options: ImageOptions) {
        self.options = options
        if options.channels == .grey { _ = options.scaling.values(channels: 1) }
    }

    /// A picture as bytes, `[height, width, channels]`, resized and turned; red first or blue first as
    /// ``ImageOptions/scaling`` has it.
    /// - Throws: ``ImageError``, `FileError`.
    public func picture(at path: String) throws -> Tensor<UInt8> {
        let view = try read(path)
        return Tensor(
            UnsafeBufferPointer(start: view.pointer, count: view.height * view.width * view.channels),
            shape: [view.height, view.width, view.channels])
    }

    /// A picture as the network sees it, `[height, width, channels]`.
    /// - Throws: ``ImageError``, `FileError`.
    public func tensor(at path: String) throws -> Tensor<Float> {
        let view = try read(path)
        return try Tensor(uninitialized: [view.height, view.width, view.channels]) { target throws in
            guard let base = target.baseAddress else { return }
            try convert(view, into: base, path: path)
        }
    }

    /// Reads, resizes and turns; the view is good until the next call.
    func read(_ path: String) throws -> PictureView {
        let bytes = try contents(of: path)
        let decoded: PictureView
        switch PictureKind(bytes) {
        case .jpeg: decoded = try jpeg.decode(bytes, path: path, options: options, least: leastSize)
        case .png: decoded = try png.decode(bytes, path: path, options: options)
        case let .other(found): throw ImageError.notAPicture(path: path, found: found)
        }
        return try orient(resize(decoded, path: path), path: path)
    }

    /// Scales bytes to the network's numbers.
    func convert(_ view: PictureView, into target: UnsafeMutablePointer<Float>, path: String) throws {
        let values = options.scaling.values(channels: view.channels)
        try check(
            apus_image_to_float(
                view.height * view.width, view.channels, values.scale, values.offset, view.pointer, target),
            "\(path): numbers from \(view.height) × \(view.width) pixels")
    }

    private func contents(of path: String) throws -> UnsafeRawBufferPointer {
        let limit = options.limits.fileBytes
        return try WholeFile.read(path, limit: limit, into: file)
    }

    /// The size that a decoded JPEG must not fall below, as it lies in the file.
    private func leastSize(_ header: JPEGHeader) -> (height: Double, width: Double)? {
        guard options.usesDCTScaling, options.height != nil else { return nil }
        let target = targetSize(of: header.width, header.height, orientation: appliedOrientation(header.orientation))
        // A part of the picture that is cut out must be as large as the target, the whole larger by as much as is cut off.
        let part = cropped(header.height, header.width, to: target)
        return (
            Double(target.height) * Double(header.height) / Double(part.height),
            Double(target.width) * Double(header.width) / Double(part.width)
        )
    }

    private func appliedOrientation(_ orientation: Int) -> Int { options.appliesOrientation ? orientation : 1 }

    /// The size to resize to before the picture is turned.
    private func targetSize(of width: Int, _ height: Int, orientation: Int) -> (height: Int, width: Int) {
        guard let targetHeight = options.height, let targetWidth = options.width else { return (height, width) }
        return orientation >= 5 ? (targetWidth, targetHeight) : (targetHeight, targetWidth)
    }

    /// The largest size within a picture with the shape of the target: Keras' arithmetic.
    private func cropped(_ height: Int, _ width: Int, to target: (height: Int, width: Int)) -> (height: Int, width: Int) {
        guard options.fit == .crop else { return (height, width) }
        let cropHeight = min(height, max(1, width * target.height / target.width))
        let cropWidth = min(width, max(1, height * target.width / target.height))
        return (cropHeight, cropWidth)
    }

    private func resize(_ view: PictureView, path: String) throws -> PictureView {
        let target = targetSize(of: view.width, view.height, orientation: appliedOrientation(view.orientation))
        let part = cropped(view.height, view.width, to: target)
        if (part.height, part.width) == (view.height, view.width), target == (view.height, view.width) { return view }
        var desc = apus_image_resize_desc()
        (desc.in_h, desc.in_w, desc.in_stride) = (part.height, part.width, view.width * view.channels)
        (desc.out_h, desc.out_w, desc.channels) = (target.height, target.width, view.channels)
        desc.filter = options.filter.cValue
        var needed = 0
        let operation = "\(path): \(view.height) × \(view.width) pixels to \(target.height) × \(target.width)"
        try check(apus_image_resize_workspace(&desc, &needed), operation)
        let output = resized.bytes(target.height * target.width * view.channels).bindMemory(to: UInt8.self).baseAddress!
        let first = ((view.height - part.height) / 2 * view.width + (view.width - part.width) / 2) * view.channels
        try check(
            apus_image_resize(&desc, view.pointer + first, output, workspace.bytes(needed).baseAddress, needed), operation)
        return PictureView(
            pointer: output, height: target.height, width: target.width, channels: view.channels,
            orientation: view.orientation)
    }

    private func orient(_ view: PictureView, path: String) throws -> PictureView {
        let orientation = appliedOrientation(view.orientation)
        if orientation == 1 { return view }
        let output = turned.bytes(view.height * view.width * view.channels).bindMemory(to: UInt8.self).baseAddress!
        try check(
            apus_image_orient(Int32(orientation), view.height, view.width, view.channels, view.pointer, output),
            "\(path): turned")
        return orientation >= 5
            ? PictureView(pointer: output, height: view.width, width: view.height, channels: view.channels)
            : PictureView(pointer: output, height: view.height, width: view.width, channels: view.channels)
    }
}

/// What a file is, by its first bytes: names lie.
private enum PictureKind {
    case jpeg, png
    case other(String)

    init(_ bytes: UnsafeRawBufferPointer) {
        func begins(_ signature: [UInt8], at place: Int = 0) -> Bool {
            bytes.count >= place + signature.count && bytes[place..<(place + signature.count)].elementsEqual(signature)
        }
        if begins([0xFF, 0xD8]) {
            self = .jpeg
        } else if begins([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if bytes.isEmpty {
            self = .other("an empty file")
        } else if begins(Array("GIF8".utf8)) {
            self = .other("a GIF")
        } else if begins(Array("BM".utf8)) {
            self = .other("a BMP")
        } else if begins(Array("RIFF".utf8)), begins(Array("WEBP".utf8), at: 8) {
            self = .other("a WebP")
        } else {
            self = .other("something else")
        }
    }
}
