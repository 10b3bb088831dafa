import ApusCore
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A file of events as TensorBoard reads them: records of TFRecord's format, each an `Event` message.
///
/// ```swift
/// let events = try EventFile(folder: "runs/first")
/// try events.write(scalars: [("loss", 0.25)], step: 10)
/// ```
/// Events are appended as they come, so that TensorBoard shows a run while it runs; a run that is stopped leaves whole
/// records and, at worst, one that TensorBoard passes over.
public final class EventFile {
    /// The file: `events.out.tfevents.` with the time and the process.
    public let path: String
    private let descriptor: Int32

    /// Makes the folder, if need be, and a new file in it.
    /// - Throws: `FileError`.
    public init(folder: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw FileError(.create, path: folder, code: ENOTDIR)
        }
        let time = Int(Date().timeIntervalSince1970)
        // Two loggers of one second and process must not share a file.
        var number = 0, opened: Int32 = -1, name = ""
        repeat {
            name = "\(folder)/events.out.tfevents.\(time).apus.\(ProcessInfo.processInfo.processIdentifier).\(number)"
            opened = open(name, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o644)
            number += 1
        } while opened < 0 && errno == EEXIST
        guard opened >= 0 else { throw FileError(.create, path: name, code: errno) }
        path = name
        descriptor = opened
        try append(Self.record(Self.event(time: Date().timeIntervalSince1970, step: 0) { $0.add(3, Array("brain.Event:2".utf8)) }))
    }

    deinit { close(descriptor) }

    /// Writes numbers of a step.
    /// - Parameters:
    ///   - scalars: their names, which TensorBoard groups by what is before a `/`, and values.
    ///   - step: where they stand in the charts.
    /// - Throws: `FileError`, for example on a full disk.
    public func write(scalars: [(name: String, value: Double)], step: Int64) throws {
        try append(Self.record(Self.scalars(scalars, time: Date().timeIntervalSince1970, step: step)))
    }

    /// Writes a picture of a step.
    /// - Parameters:
    ///   - name: its name.
    ///   - png: the PNG file's bytes.
    ///   - width: its columns.
    ///   - height: its rows.
    ///   - step: where it stands.
    /// - Throws: `FileError`, for example on a full disk.
    public func write(image name: String, png: [UInt8], width: Int, height: Int, step: Int64) throws {
        try append(
            Self.record(Self.image(name, png: png, width: width, height: height, time: Date().timeIntervalSince1970, step: step)))
    }

    // MARK: Messages, by the field numbers of event.proto and summary.proto

    static func event(time: Double, step: Int64, _ fill: (inout ProtocolBuffer) -> Void) -> [UInt8] {
        var event = ProtocolBuffer()
        event.add(1, time)
        event.add(2, step)
        fill(&event)
        return event.bytes
    }

    static func scalars(_ scalars: [(name: String, value: Double)], time: Double, step: Int64) -> [UInt8] {
        event(time: time, step: step) { event in
            var summary = ProtocolBuffer()
            for (name, number) in scalars {
                var value = ProtocolBuffer()
                value.add(1, Array(name.utf8))
                value.addAlways(2, Float(number))
                summary.add(1, value.bytes)
            }
            event.add(5, summary.bytes)
        }
    }

    static func image(_ name: String, png: [UInt8], width: Int, height: Int, time: Double, step: Int64) -> [UInt8] {
        event(time: time, step: step) { event in
            var image = ProtocolBuffer()
            image.add(1, Int64(height))
            image.add(2, Int64(width))
            image.add(3, 3 as Int64)
            image.add(4, png)
            var value = ProtocolBuffer()
            value.add(1, Array(name.utf8))
            value.add(4, image.bytes)
            var summary = ProtocolBuffer()
            summary.add(1, value.bytes)
            event.add(5, summary.bytes)
        }
    }

    /// Length, its checksum, the message, its checksum; little endian.
    static func record(_ message: [UInt8]) -> [UInt8] {
        func bytes(_ value: UInt64, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) } }
        let length = bytes(UInt64(message.count), 8)
        return length + bytes(UInt64(CRC32C.masked(length)), 4) + message + bytes(UInt64(CRC32C.masked(message)), 4)
    }

    private func append(_ record: [UInt8]) throws {
        try record.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let written = writeBytes(descriptor, UnsafeRawBufferPointer(rebasing: rest))
                if written < 0 {
                    if errno == EINTR { continue }
                    throw FileError(.write, path: path, code: errno)
                }
                rest = rest.dropFirst(written)
            }
        }
    }
}

/// The system's `write`, which the methods of that name hide.
private func writeBytes(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    write(descriptor, bytes.baseAddress, bytes.count)
}
