import Foundation
import Testing

@testable import ApusCore

/// A file in a folder that is gone when the test is.
private final class ScratchFile {
    let path: String
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("apus-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.appendingPathComponent("file").path
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var bytes: [UInt8] { get throws { Array(try Data(contentsOf: URL(fileURLWithPath: path))) } }
    func write(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }

    /// A file from its parts.
    func write(header: String, data: Int, length: UInt64? = nil) throws {
        let text = Array(header.utf8)
        let length = length ?? UInt64(text.count)
        try write((0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + text + [UInt8](repeating: 1, count: data))
    }
}

@Suite struct SafetensorsTests {
    @Test func tensorsOfEveryTypeComeBack() throws {
        let file = try ScratchFile()
        var writer = SafetensorsWriter(metadata: ["a": "b", "q\"\\/\n\u{7}é": "🦋"])
        let bytes = Tensor<UInt8>([1, 2, 255]), floats = Tensor<Float>([1.5, -.infinity, 0, .leastNonzeroMagnitude], shape: [2, 2])
        let doubles = Tensor<Double>([.pi], shape: []), ints = Tensor<Int32>([.min, .max]), longs = Tensor<Int64>([.min, .max], shape: [1, 2])
        writer.add(bytes, named: "u8")
        writer.add(floats, named: "f32")
        writer.add(doubles, named: "f64")
        writer.add(ints, named: "i32 \"quoted\" ü")
        writer.add(longs, named: "i64")
        writer.add(Tensor<Float>(zeros: [0, 3]), named: "none")
        try writer.write(to: file.path)
        let reader = try SafetensorsReader(path: file.path)
        #expect(reader.metadata == writer.metadata)
        #expect(reader.entries.count == 6)
        #expect(try reader.tensor(named: "u8") == bytes)
        #expect(try reader.tensor(named: "f32") == floats)
        #expect(try reader.tensor(named: "f64", shape: []) == doubles)
        #expect(try reader.tensor(named: "i32 \"quoted\" ü") == ints)
        #expect(try reader.tensor(named: "i64") == longs)
        #expect(try reader.tensor(named: "none", of: Float.self).shape == [0, 3])
        #expect(throws: SafetensorsError.shape(file: file.path, tensor: "f32", expected: [4], found: [2, 2])) {
            try reader.tensor(named: "f32", of: Float.self, shape: [4])
        }
        #expect(throws: SafetensorsError.elementType(file: file.path, tensor: "f32", expected: "I32", found: "F32")) {
            try reader.tensor(named: "f32", of: Int32.self)
        }
        #expect(throws: SafetensorsError.self) { try reader.tensor(named: "f33", of: Float.self) }
    }

    /// The bytes of a file that the safetensors package for Python (0.8.0) writes:
    /// `save({"w": np.array([[1, 2]], np.float32)}, {"k": "v"})`.
    @Test func readsWhatPythonWrote() throws {
        let file = try ScratchFile()
        let header = #"{"__metadata__":{"k":"v"},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}"#
        let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        var bytes: [UInt8] = [UInt8(padded.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(padded.utf8)
        bytes += [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40]
        try file.write(bytes)
        let reader = try SafetensorsReader(path: file.path)
        #expect(reader.metadata == ["k": "v"])
        #expect(try reader.tensor(named: "w") == Tensor<Float>([1, 2], shape: [1, 2]))
    }

    @Test func dataIsAligned() throws {
        let file = try ScratchFile()
        var writer = SafetensorsWriter()
        writer.add(Tensor<UInt8>([1, 2, 3]), named: "bytes")
        writer.add(Tensor<Float>([1]), named: "float")
        writer.add(Tensor<Double>([1]), named: "double")
        try writer.write(to: file.path)
        let entries = try SafetensorsReader(path: file.path).entries
        #expect(entries.map(\.name) == ["double", "float", "bytes"])
        #expect(entries.map(\.bytes.lowerBound) == [0, 8, 12])
        let length = try file.bytes[0]
        #expect((Int(length) + 8) % 64 == 0)
    }

    @Test func aFileCutAnywhereIsAnError() throws {
        let file = try ScratchFile()
        var writer = SafetensorsWriter(metadata: ["k": "v"])
        writer.add(Tensor<Float>([1, 2, 3]), named: "a")
        writer.add(Tensor<UInt8>([1]), named: "b")
        try writer.write(to: file.path)
        let whole = try file.bytes
        for length in 0..<whole.count {
            try file.write(Array(whole.prefix(length)))
            #expect(throws: SafetensorsError.self, "\(length) of \(whole.count) bytes") {
                try SafetensorsReader(path: file.path)
            }
        }
        try file.write(whole + [0])
        #expect(throws: SafetensorsError.trailingBytes(file: file.path, count: 1)) { try SafetensorsReader(path: file.path) }
    }

    /// Every byte of the header changed to every of a few values: an error or a file that reads, never a crash.
    @Test func changedBytesDoNotCrash() throws {
        let file = try ScratchFile()
        var writer = SafetensorsWriter(metadata: ["k": "v\n"])
        writer.add(Tensor<Float>([1, 2], shape: [1, 2]), named: "a")
        writer.add(Tensor<Int64>([1]), named: "b")
        try writer.write(to: file.path)
        let whole = try file.bytes
        var refused = 0
        for place in 0..<(8 + Int(whole[0])) {
            for value: UInt8 in [0, 0x22, 0x39, 0x5C, 0x7D, 0xFF] where value != whole[place] {
                var changed = whole
                changed[place] = value
                try file.write(changed)
                do {
                    let reader = try SafetensorsReader(path: file.path)
                    _ = try reader.tensor(named: "a", of: Float.self)
                } catch { refused += 1 }
            }
        }
        #expect(refused > 500)
    }

    @Test func hostileHeadersAreErrors() throws {
        let file = try ScratchFile()
        func entry(_ name: String, _ begin: String, _ end: String, shape: String = "[1]", dtype: String = "F32") -> String {
            #""\#(name)":{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":[\#(begin),\#(end)]}"#
        }
        let headers = [
            "", "{", "[]", "null", "{}}", "{},", "{\"a\":1}", "{\"a\":{}}", "{\"a\":null}", "{a:1}", "{\"a\"}",
            // Overlaps, gaps, backwards, past the end, all of the same bytes.
            "{\(entry("a", "0", "4")),\(entry("b", "0", "4"))}", "{\(entry("a", "0", "4")),\(entry("b", "2", "6"))}",
            "{\(entry("a", "4", "8"))}", "{\(entry("a", "4", "0"))}", "{\(entry("a", "0", "8", shape: "[2]"))}",
            "{\(entry("a", "-4", "0"))}", "{\(entry("a", "0", "4e0"))}", "{\(entry("a", "0", "4.0"))}", "{\(entry("a", "00", "4"))}",
            // Sizes that do not fit, or fit only after an overflow.
            "{\(entry("a", "0", "4", shape: "[2]"))}", "{\(entry("a", "0", "4", shape: "[-1]"))}",
            "{\(entry("a", "0", "4", shape: "[4611686018427387905]"))}",
            "{\(entry("a", "0", "4", shape: "[18446744073709551617]"))}",
            "{\(entry("a", "0", "0", shape: "[9223372036854775807,9223372036854775807,0]"))}",
            "{\(entry("a", "0", "9223372036854775807"))}", "{\(entry("a", "0", "4", shape: "[1,1,1,1,1,1,1,1,1]"))}",
            "{\(entry("a", "0", "4", dtype: "F16"))}", "{\(entry("a", "0", "4", dtype: "f32"))}", "{\(entry("a", "0", "4", dtype: ""))}",
            // Names twice, also when written otherwise.
            "{\(entry("a", "0", "4")),\(entry("a", "4", "8"))}", "{\(entry("a", "0", "4")),\(entry("\\u0061", "4", "8"))}",
            #"{"__metadata__":{"k":"1","k":"2"},\#(entry("a", "0", "4"))}"#,
            #"{"__metadata__":{},"__metadata__":{},\#(entry("a", "0", "4"))}"#,
            #"{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
            #"{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}"#,
            // Other things than strings, other keys, missing keys.
            #"{"__metadata__":{"k":1},\#(entry("a", "0", "4"))}"#, #"{"__metadata__":[],\#(entry("a", "0", "4"))}"#,
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"code":"x"}}"#,
            #"{"a":{"dtype":"F32","shape":[1]}}"#, #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#,
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}"#, #"{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}"#,
            // Strings that are none.
            "{\(entry("a\\", "0", "4"))}", "{\(entry("\\x41", "0", "4"))}", "{\(entry("\\ud800", "0", "4"))}",
            "{\(entry("\\udc00\\ud800", "0", "4"))}", "{\(entry("\\u00g1", "0", "4"))}", "{\(entry("\n", "0", "4"))}",
            String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 100_000),
        ]
        for header in headers {
            try file.write(header: header, data: 4)
            #expect(throws: SafetensorsError.self, "\(header.prefix(120))") { try SafetensorsReader(path: file.path) }
        }
        // Names that are not UTF-8.
        let bad = Array(entry("?", "0", "4").utf8).map { $0 == UInt8(ascii: "?") ? 0xFF : $0 }
        try file.write([UInt8(bad.count + 2), 0, 0, 0, 0, 0, 0, 0, 0x7B] + bad + [0x7D, 1, 1, 1, 1])
        #expect(throws: SafetensorsError.self) { try SafetensorsReader(path: file.path) }
        // The same without a fault.
        try file.write(header: " {\(entry("a", "0", "4"))}", data: 4)
        #expect(throws: SafetensorsError.header(file: file.path, offset: 0, reason: "'{' expected")) {
            try SafetensorsReader(path: file.path)
        }
        try file.write(header: "{\(entry("\\ud83e\\udd8b\\n\\u00e9", "0", "4"))} \n", data: 4)
        #expect(try SafetensorsReader(path: file.path).entries.map(\.name) == ["🦋\né"])
    }

    @Test func headerLengthsAreCheckedFirst() throws {
        let file = try ScratchFile()
        for length: UInt64 in [0, 1, 100_000_001, 1 << 62, .max] {
            try file.write(header: "{}", data: 0, length: length)
            #expect(throws: SafetensorsError.headerLength(file: file.path, bytes: length)) {
                try SafetensorsReader(path: file.path)
            }
        }
        try file.write(header: "{}", data: 0, length: 100_000_000)
        #expect(throws: SafetensorsError.truncated(file: file.path, expectedBytes: 100_000_008, foundBytes: 10)) {
            try SafetensorsReader(path: file.path)
        }
        try file.write(header: "{}", data: 0)
        #expect(try SafetensorsReader(path: file.path).entries.isEmpty)
    }

    @Test func whatIsNotAFileIsAnError() throws {
        let file = try ScratchFile()
        #expect(throws: FileError.self) { try SafetensorsReader(path: file.path) }
        #expect(throws: FileError.self) { try SafetensorsReader(path: Folder.parent(of: file.path)) }
        #expect(throws: FileError.self) { try SafetensorsReader(path: "/dev/null") }
        var writer = SafetensorsWriter()
        writer.add(Tensor<Float>([1]), named: "a")
        #expect(throws: FileError.self) { try writer.write(to: file.path + "/no/such/folder") }
    }

    /// A file that shrinks after it was opened is an error when its tensors are read.
    @Test func aFileThatShrinksIsAnError() throws {
        let file = try ScratchFile()
        var writer = SafetensorsWriter()
        writer.add(Tensor<Float>([1, 2, 3]), named: "a")
        try writer.write(to: file.path)
        let reader = try SafetensorsReader(path: file.path)
        #expect(truncate(file.path, off_t(try file.bytes.count - 1)) == 0)
        #expect(throws: SafetensorsError.self) { try reader.tensor(named: "a", of: Float.self) }
    }
}
