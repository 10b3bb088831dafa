import ApusCore
import CTurboJPEG

/// Pictures written as JPEG files.
public enum JPEGFile {
    /// Writes a picture.
    /// - Parameters:
    ///   - picture: `[height, width, 3]`, red, green, blue, or `[height, width, 1]`, grey.
    ///   - path: where to; the file is written under a temporary name, synced and renamed.
    ///   - quality: 1 to 100.
    /// - Throws: ``ImageError/damaged(path:reason:)`` for a picture that JPEG cannot hold, in the encoder's words;
    ///   `FileError`.
    public static func write(_ picture: Tensor<UInt8>, to path: String, quality: Int = 90) throws {
        precondition(
            picture.shape.rank == 3 && picture.count > 0 && (picture.shape[2] == 3 || picture.shape[2] == 1),
            "a picture of shape \(picture.shape)")
        precondition((1...100).contains(quality), "quality \(quality)")
        guard picture.shape[0] <= 65_535, picture.shape[1] <= 65_535 else {
            throw ImageError.damaged(path: path, reason: "JPEG holds no picture of \(picture.shape[1]) × \(picture.shape[0])")
        }
        guard let encoder = tjInitCompress() else {
            throw ImageError.damaged(path: path, reason: String(cString: tjGetErrorStr2(nil)))
        }
        var bytes: UnsafeMutablePointer<UInt8>?
        var count: UInt = 0
        defer {
            tjFree(bytes)
            tjDestroy(encoder)
        }
        let isGrey = picture.shape[2] == 1
        let status = picture.withView { view in
            tjCompress2(
                encoder, view.pointer, Int32(view.shape[1]), 0, Int32(view.shape[0]),
                Int32((isGrey ? TJPF_GRAY : TJPF_RGB).rawValue), &bytes, &count,
                Int32((isGrey ? TJSAMP_GRAY : TJSAMP_444).rawValue), Int32(quality), 0)
        }
        guard status == 0, let bytes else {
            throw ImageError.damaged(path: path, reason: String(cString: tjGetErrorStr2(encoder)))
        }
        try AtomicFile.write(UnsafeRawBufferPointer(start: bytes, count: Int(count)), to: path)
    }
}
