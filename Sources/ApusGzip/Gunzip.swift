import ApusCore
import CZlib

/// What can be wrong with a gzipped file.
public enum GzipError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file is no gzip file, or its contents or checksum are damaged.
    case damaged(file: String, reason: String)
    /// The file ends in the middle.
    case truncated(file: String)
    /// The contents are larger than allowed.
    case tooLarge(file: String, limit: Int)
    /// There is not enough memory to begin.
    case noMemory(file: String)

    public var description: String {
        switch self {
        case let .damaged(file, reason): "\(file) is no gzip file, or damaged: \(reason)"
        case let .truncated(file): "\(file) ends too early"
        case let .tooLarge(file, limit): "\(file) unpacks to more than \(limit) bytes"
        case let .noMemory(file): "\(file): there is no memory to unpack it"
        }
    }
}

/// The contents of a gzipped file, whose members (RFC 1952) are put together.
/// - Parameters:
///   - path: the file.
///   - limit: the most bytes that it may unpack to, for a small file can claim a large disk.
/// - Throws: `FileError`, ``GzipError``.
public func gunzip(file path: String, limit: Int = 1 << 30) throws -> [UInt8] {
    var stream = z_stream()
    guard apus_inflate_gzip(&stream) == Z_OK else { throw GzipError.noMemory(file: path) }
    defer { inflateEnd(&stream) }
    var contents: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 18)
    // Between two members, and at the end of the file, nothing is missing.
    var isBetween = false
    try ByteFile.forEachChunk(of: path) { chunk in
        guard let base = chunk.baseAddress else { return }
        stream.next_in = UnsafeMutablePointer(mutating: base.assumingMemoryBound(to: UInt8.self))
        stream.avail_in = uInt(chunk.count)
        // A full piece may leave bytes that zlib has unpacked already.
        var isFull = false
        while stream.avail_in > 0 || isFull {
            if isBetween {
                inflateReset(&stream)
                isBetween = false
            }
            let (status, count) = piece.withUnsafeMutableBufferPointer { buffer -> (Int32, Int) in
                stream.next_out = buffer.baseAddress
                stream.avail_out = uInt(buffer.count)
                let status = inflate(&stream, Z_NO_FLUSH)
                return (status, buffer.count - Int(stream.avail_out))
            }
            isFull = stream.avail_out == 0 && status == Z_OK
            if status == Z_BUF_ERROR && count == 0 { break }
            guard status == Z_OK || status == Z_STREAM_END else {
                throw GzipError.damaged(file: path, reason: stream.msg.map { String(cString: $0) } ?? "zlib says \(status)")
            }
            guard contents.count + count <= limit else { throw GzipError.tooLarge(file: path, limit: limit) }
            contents.append(contentsOf: piece[..<count])
            isBetween = status == Z_STREAM_END
        }
    }
    guard isBetween else { throw GzipError.truncated(file: path) }
    return contents
}
