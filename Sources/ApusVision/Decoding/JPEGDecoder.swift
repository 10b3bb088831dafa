import ApusCore
import CApus
import CTurboJPEG

/// libjpeg-turbo's decoder; for one thread at a time.
final class JPEGDecoder {
    private let handle: tjhandle
    private let pixels = Scratch()
    private let ink = Scratch()

    init() {
        guard let handle = tjInitDecompress() else { preconditionFailure("out of memory: a JPEG decoder") }
        self.handle = handle
    }

    deinit { tjDestroy(handle) }

    /// Decodes a picture; the view is good until the next call.
    /// - Parameter least: the size that is wanted in the end, as the picture lies in the file, for a scaled decoding
    ///   that is no smaller; nil: the full size.
    func decode(
        _ bytes: UnsafeRawBufferPointer, path: String, options: ImageOptions,
        least: (_ header: JPEGHeader) -> (height: Double, width: Double)?
    ) throws -> PictureView {
        guard let header = JPEGHeader(bytes, mostScans: options.limits.scans) else {
            throw ImageError.damaged(path: path, reason: "a JPEG that ends before its picture begins")
        }
        guard header.width > 0, header.height > 0 else {
            throw ImageError.damaged(path: path, reason: "a JPEG of \(header.width) × \(header.height) pixels")
        }
        guard header.width * header.height <= options.limits.pixels else {
            throw ImageError.tooLarge(
                path: path, width: header.width, height: header.height, limit: options.limits.pixels)
        }
        guard header.scans <= options.limits.scans else {
            throw ImageError.tooManyScans(path: path, scans: header.scans, limit: options.limits.scans)
        }
        var divisor = 1
        if let least = least(header) {
            for candidate in [8, 4, 2]
            where Double(reduced(header.width, candidate)) >= least.width
                && Double(reduced(header.height, candidate)) >= least.height
            {
                divisor = candidate
                break
            }
        }
        let width = reduced(header.width, divisor), height = reduced(header.height, divisor)
        let isInk = header.components == 4
        let channels = options.channels.count
        let target = pixels.bytes(width * height * (isInk ? 3 : channels)).bindMemory(to: UInt8.self).baseAddress!
        let format: TJPF =
            isInk ? TJPF_CMYK : channels == 1 ? TJPF_GRAY : options.scaling.blueFirst ? TJPF_BGR : TJPF_RGB
        let decoded = isInk ? ink.bytes(width * height * 4).bindMemory(to: UInt8.self).baseAddress! : target
        let status = tjDecompress2(
            handle, bytes.bindMemory(to: UInt8.self).baseAddress, UInt(bytes.count), decoded, Int32(width), 0,
            Int32(height), Int32(format.rawValue), Int32(TJFLAG_LIMITSCANS))
        if status != 0 {
            let reason = String(cString: tjGetErrorStr2(handle))
            let isWarning = tjGetErrorCode(handle) == Int32(TJERR_WARNING.rawValue)
            guard isWarning, options.acceptsDamage || isHarmless(reason, bytes) else {
                throw ImageError.damaged(path: path, reason: reason)
            }
        }
        if isInk {
            try check(
                apus_image_cmyk_to_rgb(
                    width * height, header.hasAdobeMarker ? 1 : 0, options.scaling.blueFirst ? 1 : 0, decoded, target),
                "\(path): inks of \(height) × \(width) pixels")
            if channels == 1 {
                // Three bytes in, one out, from the start on: through the ink's memory, which is free again.
                try check(
                    apus_image_to_grey(width * height, 3, options.scaling.blueFirst ? 1 : 0, target, decoded),
                    "\(path): grey of \(height) × \(width) pixels")
                return PictureView(
                    pointer: decoded, height: height, width: width, channels: 1, orientation: header.orientation)
            }
        }
        return PictureView(
            pointer: target, height: height, width: width, channels: channels, orientation: header.orientation)
    }

    private func reduced(_ size: Int, _ divisor: Int) -> Int { (size + divisor - 1) / divisor }

    /// Padding between scans, which some cameras leave, takes nothing from a picture that then ends as it should.
    private func isHarmless(_ reason: String, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard reason.contains("extraneous bytes before marker") else { return false }
        return bytes.indices.dropLast().reversed().prefix(4096).contains { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xD9 }
    }
}
