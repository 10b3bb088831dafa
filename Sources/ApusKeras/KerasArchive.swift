import ApusCore
import CHDF5

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Keras 3's `.keras`: a zip archive with the weights as one HDF5 file in it. Its other parts, code among them at times, are not looked at.
enum KerasArchive {
    private static let member = "model.weights.h5"

    /// Calls `body` with the path of the HDF5 file: `path` itself, or a temporary file with the archive's.
    static func withWeightFile<Result>(_ path: String, _ body: (String) throws -> Result) throws -> Result {
        let archive = try OpenFile(path)
        var magic = [UInt8](repeating: 0, count: 4)
        // HDF5's own signature need not come first in a file; a zip archive's does.
        guard archive.size >= 22, try magic.withUnsafeMutableBytes({ try archive.read($0, at: 0) }),
            magic == [0x50, 0x4B, 0x03, 0x04]
        else { return try body(path) }

        let entry = try find(in: archive)
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var name = Array("\(folder)/apus-keras-XXXXXX".utf8CString)
        let descriptor = mkstemp(&name)
        guard descriptor >= 0 else { throw FileError(.create, path: folder, code: errno) }
        let temporary = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { unlink(temporary) }
        do {
            defer { close(descriptor) }
            try extract(entry, from: archive, to: descriptor, temporary)
        }
        do {
            return try body(temporary)
        } catch let error as KerasError {
            throw error.inFile(path)
        }
    }

    private struct Entry {
        var isDeflated: Bool
        var checksum: UInt32
        var compressed: Int
        var size: Int
        var offset: Int
    }

    private static func bad(_ archive: OpenFile, _ reason: String) -> KerasError {
        .file(archive.path, reason: "a zip archive, but \(reason)")
    }

    private static func find(in archive: OpenFile) throws -> Entry {
        // The directory's end comes last, before a comment of up to 64 KiB.
        let tailCount = min(archive.size, 22 + 65_535)
        let tail = try bytes(archive, at: archive.size - tailCount, count: tailCount)
        guard
            let end = (0...(tailCount - 22)).last(where: {
                tail[$0] == 0x50 && tail[$0 + 1] == 0x4B && tail[$0 + 2] == 5 && tail[$0 + 3] == 6
            })
        else { throw bad(archive, "its directory is missing: it may be truncated") }
        let length = Int(little(tail, end + 12, 4)), start = Int(little(tail, end + 16, 4))
        guard start != 0xFFFF_FFFF, start <= archive.size, length <= archive.size - start, length <= 1 << 26 else {
            throw bad(archive, "its directory does not lie in it, or it is larger than 4 GiB")
        }
        let directory = try bytes(archive, at: start, count: length)
        var place = 0
        while place + 46 <= length, little(directory, place, 4) == 0x0201_4B50 {
            let nameCount = Int(little(directory, place + 28, 2))
            let next = place + 46 + nameCount + Int(little(directory, place + 30, 2)) + Int(little(directory, place + 32, 2))
            guard next <= length else { break }
            let name = String(decoding: directory[(place + 46)..<(place + 46 + nameCount)], as: UTF8.self)
            if name == member {
                let method = little(directory, place + 10, 2)
                guard little(directory, place + 8, 2) & 1 == 0, method == 0 || method == 8 else {
                    throw bad(archive, "'\(member)' in it is encrypted or compressed in an unknown way")
                }
                return Entry(
                    isDeflated: method == 8, checksum: UInt32(little(directory, place + 16, 4)),
                    compressed: Int(little(directory, place + 20, 4)), size: Int(little(directory, place + 24, 4)),
                    offset: Int(little(directory, place + 42, 4)))
            }
            place = next
        }
        throw bad(archive, "there is no '\(member)' in it")
    }

    private static func extract(_ entry: Entry, from archive: OpenFile, to descriptor: Int32, _ temporary: String) throws {
        guard entry.offset <= archive.size - 30 else { throw bad(archive, "'\(member)' does not lie in it") }
        let header = try bytes(archive, at: entry.offset, count: 30)
        let start = entry.offset + 30 + Int(little(header, 26, 2)) + Int(little(header, 28, 2))
        guard little(header, 0, 4) == 0x0403_4B50, start <= archive.size, entry.compressed <= archive.size - start,
            entry.isDeflated || entry.compressed == entry.size
        else { throw bad(archive, "'\(member)' does not lie in it") }

        let inflater = entry.isDeflated ? apus_inflate_begin() : nil
        defer { apus_inflate_end(inflater) }
        guard !entry.isDeflated || inflater != nil else { throw bad(archive, "there is no memory to read it") }
        let chunk = 1 << 20
        let input = AlignedBuffer(byteCount: chunk, zeroed: false), output = AlignedBuffer(byteCount: chunk, zeroed: false)
        var written = 0, checksum: UInt = 0
        func write(_ base: UnsafeMutableRawPointer, _ count: Int) throws {
            written += count
            guard written <= entry.size else { throw bad(archive, "'\(member)' is larger than it says") }
            checksum = UInt(crc32(uLong(checksum), base.assumingMemoryBound(to: UInt8.self), uInt(count)))
            var done = 0
            while done < count {
                let step = writeSome(descriptor, base + done, count - done)
                if step < 0 && errno != EINTR { throw FileError(.write, path: temporary, code: errno) }
                done += max(0, step)
            }
        }
        var place = start, isOver = false
        while place < start + entry.compressed && !isOver {
            let count = min(chunk, start + entry.compressed - place)
            guard try archive.read(UnsafeMutableRawBufferPointer(start: input.baseAddress, count: count), at: place) else {
                throw bad(archive, "it became shorter while it was read")
            }
            place += count
            guard let inflater else {
                try write(input.baseAddress, count)
                continue
            }
            apus_inflate_input(inflater, input.baseAddress, UInt32(count))
            while !isOver {
                var made: UInt32 = 0
                let state = apus_inflate_step(inflater, output.baseAddress, UInt32(chunk), &made)
                guard state >= 0 else { throw bad(archive, "'\(member)' in it is damaged") }
                try write(output.baseAddress, Int(made))
                isOver = state == 1
                if made < chunk { break }
            }
        }
        guard written == entry.size, UInt32(truncatingIfNeeded: checksum) == entry.checksum else {
            throw bad(archive, "'\(member)' in it is damaged: its checksum is wrong")
        }
    }

    private static func bytes(_ archive: OpenFile, at offset: Int, count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard try bytes.withUnsafeMutableBytes({ try archive.read($0, at: offset) }) else {
            throw bad(archive, "it became shorter while it was read")
        }
        return bytes
    }

    private static func little(_ bytes: [UInt8], _ place: Int, _ count: Int) -> UInt64 {
        (0..<count).reduce(0) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
    }
}

/// A free function, so that the system's name is not taken for the one above.
private func writeSome(_ descriptor: Int32, _ base: UnsafeRawPointer, _ count: Int) -> Int { write(descriptor, base, count) }
