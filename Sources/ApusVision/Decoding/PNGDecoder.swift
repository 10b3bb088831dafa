import ApusCore
import CApus
import CPNG

/// libpng's decoder; for one thread at a time.
final class PNGDecoder {
    private let rgba = Scratch()
    private let pixels = Scratch()

    /// Decodes a picture, without its transparency; the view is good until the next call.
    func decode(_ bytes: UnsafeRawBufferPointer, path: String, options: ImageOptions) throws -> PictureView {
        var image = apus_png_image()
        defer { png_image_free(&image) }
        // The header chunk comes first; its sizes are checked before libpng takes memory for a row.
        guard bytes.count >= 24 else { throw ImageError.damaged(path: path, reason: "a PNG that ends in its header") }
        func size(_ at: Int) -> Int { (0..<4).reduce(0) { $0 << 8 | Int(bytes[at + $1]) } }
        let (area, overflow) = size(16).multipliedReportingOverflow(by: size(20))
        guard !overflow, area <= options.limits.pixels else {
            throw ImageError.tooLarge(path: path, width: size(16), height: size(20), limit: options.limits.pixels)
        }
        guard png_image_begin_read_from_memory(&image, bytes.baseAddress, bytes.count) != 0 else {
            throw ImageError.damaged(path: path, reason: message(image))
        }
        image.flags |= apus_png_16bit_srgb()
        image.format = apus_png_format_rgba()
        let width = Int(image.width), height = Int(image.height)
        guard width > 0, height > 0, width * height <= options.limits.pixels else {
            throw ImageError.tooLarge(path: path, width: width, height: height, limit: options.limits.pixels)
        }
        let full = rgba.bytes(width * height * 4)
        let status = png_image_finish_read(&image, nil, full.baseAddress, 0, nil)
        // A warning leaves a whole picture.
        guard status != 0 else { throw ImageError.damaged(path: path, reason: message(image)) }
        let channels = options.channels.count
        let source = full.bindMemory(to: UInt8.self).baseAddress!
        let target = pixels.bytes(width * height * channels).bindMemory(to: UInt8.self).baseAddress!
        if channels == 1 {
            try check(
                apus_image_to_grey(width * height, 4, 0, source, target), "\(path): grey of \(height) × \(width) pixels")
        } else {
            let red = options.scaling.blueFirst ? 2 : 0
            for pixel in 0..<(width * height) {
                target[3 * pixel + red] = source[4 * pixel]
                target[3 * pixel + 1] = source[4 * pixel + 1]
                target[3 * pixel + 2 - red] = source[4 * pixel + 2]
            }
        }
        return PictureView(pointer: target, height: height, width: width, channels: channels)
    }

    private func message(_ image: png_image) -> String {
        var text = image.message
        return withUnsafeBytes(of: &text) { "PNG: " + String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
