import Foundation
import Synchronization
import Testing

@testable import ApusPlot

@Suite struct FileTests {
    private func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    @Test func theExtensionDecides() throws {
        try withFolder { folder in
            for name in ["a.svg", "b.png", "c.SVG", "d.tar.PNG"] { try samplePlot.write(to: "\(folder)/\(name)", scale: 1) }
            #expect(try names(folder) == ["a.svg", "b.png", "c.SVG", "d.tar.PNG"])
            for name in ["a.svg", "c.SVG"] {
                #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")) == Data(samplePlot.svg()))
            }
            for name in ["b.png", "d.tar.PNG"] {
                #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")) == Data(samplePlot.png(scale: 1)))
            }
        }
    }

    @Test(arguments: ["out.pdf", "out", "out.", "png", ".d/out", ""])
    func unknownExtensions(name: String) throws {
        try withFolder { folder in
            let path = "\(folder)/\(name)"
            #expect { try samplePlot.write(to: path) } throws: { error in
                guard let error = error as? PlotError else { return false }
                return error.kind == .unknownExtension && error.file == path && error.description.hasPrefix(path + ": ")
            }
            let left = try names(folder)
            #expect(left.isEmpty)
        }
    }

    @Test func unwritablePlaces() throws {
        try withFolder { folder in
            try FileManager.default.createDirectory(atPath: "\(folder)/taken.svg", withIntermediateDirectories: false)
            let long = String(repeating: "n", count: 300)
            for name in ["missing/out.svg", "taken.svg", "\(long).svg"] {
                let path = "\(folder)/\(name)"
                #expect { try samplePlot.write(to: path) } throws: { error in
                    guard let error = error as? PlotError else { return false }
                    return error.kind == .cannotWrite && error.file == path && error.reason.contains(": ")
                }
            }
            #expect(try names(folder) == ["taken.svg"])
        }
    }

    /// The longest name the file system takes leaves no room for a suffix; the temporary name must not be built on it.
    @Test func longestName() throws {
        try withFolder { folder in
            let name = String(repeating: "n", count: 251) + ".svg"
            try samplePlot.write(to: "\(folder)/\(name)")
            #expect(try names(folder) == [name])
        }
    }

    @Test func plotErrorsNameTheFileAndLeaveTheOldOne() throws {
        try withFolder { folder in
            let path = "\(folder)/out.svg"
            try samplePlot.write(to: path)
            #expect { try LinePlot(title: "", panels: []).write(to: path) } throws: { error in
                (error as? PlotError)?.file == path && (error as? PlotError)?.kind == .noData
            }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(samplePlot.svg()))
            #expect(try names(folder) == ["out.svg"])
        }
    }

    /// Refuses the n-th step for n = 1, 2, … until none is left to refuse. Whatever fails, the name holds the old
    /// content or the new, and no other file remains. Writing comes in pieces of 7 bytes.
    @Test func everyStepMayFail() throws {
        try withFolder { folder in
            let path = "\(folder)/out.bin"
            let old = Array("old".utf8)
            let new = Array("the new content, long enough".utf8)
            var failures = 0
            for refused in 1...50 {
                try AtomicFile.write(old, to: path)
                let steps = Steps(refusing: refused)
                var error: PlotError?
                do { try AtomicFile.write(new, to: path, calls: steps.calls) } catch let refusal as PlotError { error = refusal }
                let content = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
                #expect(content == (error == nil ? new : old), "step \(refused)")
                #expect(try names(folder) == ["out.bin"], "step \(refused)")
                if let error {
                    failures += 1
                    #expect(error.kind == .cannotWrite && error.file == path)
                    #expect(error.reason.contains("No space left on device"), "\(error)")
                }
                if steps.count < refused { break }
            }
            // Four pieces, sync, close, rename; the folder's sync may fail without harm.
            #expect(failures == 7)
        }
    }

    @Test func interruptedWritesGoOn() throws {
        try withFolder { folder in
            let path = "\(folder)/out.bin"
            var calls = FileCalls.system
            let interruptions = Mutex(0)
            let write = calls.write
            calls.write = { file, bytes, count in
                let isFirst = interruptions.withLock { count in
                    count += 1
                    return count <= 3
                }
                guard !isFirst else {
                    errno = EINTR
                    return -1
                }
                return write(file, bytes, count)
            }
            try AtomicFile.write([1, 2, 3], to: path, calls: calls)
            #expect(try [UInt8](Data(contentsOf: URL(fileURLWithPath: path))) == [1, 2, 3])
        }
    }

    @Test func manyWritersOfOneName() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("apus-plot-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = "\(folder)/out.svg"
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<12 { group.addTask { try samplePlot.write(to: path) } }
            try await group.waitForAll()
        }
        #expect(try names(folder) == ["out.svg"])
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(samplePlot.svg()))
    }
}

/// Counts the steps of a writing and refuses one of them with "no space left".
private final class Steps: Sendable {
    private let refused: Int
    private let taken = Mutex(0)

    init(refusing refused: Int) { self.refused = refused }

    var count: Int { taken.withLock { $0 } }

    private var isRefused: Bool {
        let isRefused = taken.withLock { taken in
            taken += 1
            return taken == refused
        }
        if isRefused { errno = ENOSPC }
        return isRefused
    }

    var calls: FileCalls {
        let system = FileCalls.system
        var calls = system
        calls.write = { self.isRefused ? -1 : system.write($0, $1, min($2, 7)) }
        calls.sync = { self.isRefused ? -1 : system.sync($0) }
        calls.close = { file in
            let refused = self.isRefused
            let result = system.close(file)
            if refused { errno = ENOSPC }
            return refused ? -1 : result
        }
        calls.rename = { self.isRefused ? -1 : system.rename($0, $1) }
        return calls
    }
}
