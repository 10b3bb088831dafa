import ApusCore

/// Memory that grows to the largest picture seen and is used again for the next.
final class Scratch {
    private var buffer = AlignedBuffer(byteCount: 0, zeroed: false)

    /// At least so many bytes, with anything in them.
    func bytes(_ count: Int) -> UnsafeMutableRawBufferPointer {
        if buffer.byteCount < count { buffer = AlignedBuffer(byteCount: count, zeroed: false) }
        return UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count)
    }
}

/// A picture in memory that somebody else owns: bytes, `[height, width, channels]`.
struct PictureView {
    var pointer: UnsafePointer<UInt8>
    var height: Int
    var width: Int
    var channels: Int
    /// How it is still to be turned, in EXIF's numbers.
    var orientation = 1
}
