import ApusCore
import ApusTestSupport
import Foundation
import Testing

@Suite struct AtomicFileTests {
    private func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    @Test func writesAndReplaces() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/file.bin"
            try AtomicFile.write([1, 2, 3], to: path)
            #expect(try contents(of: path) == [1, 2, 3])
            try AtomicFile.write("új", to: path)
            #expect(try contents(of: path) == Array("új".utf8))
            try AtomicFile.write([UInt8](), to: path)
            #expect(try contents(of: path) == [])
            #expect(try names(in: folder) == ["file.bin"])
        }
    }

    @Test func streamOfAnySizes() throws {
        try withTemporaryFolder { folder in
            var random = TestRandom(state: 2)
            var expected: [UInt8] = []
            let written = try AtomicFile.write(to: folder + "/stream") { stream in
                for size in [0, 1, 65_535, 2, 65_536, 65_537, 3, 200_000, 0] {
                    let piece = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
                    expected += piece
                    try stream.write(piece)
                }
                try stream.write("end")
                return expected.count + 3
            }
            #expect(written == expected.count + 3)
            #expect(try contents(of: folder + "/stream") == expected + Array("end".utf8))
        }
    }

    /// Until the closure has returned, the path still holds the old file; when it throws, for good.
    @Test func oldFileUntilDone() throws {
        struct Interruption: Error {}
        try withTemporaryFolder { folder in
            let path = folder + "/file"
            try put("old".utf8, at: path)
            #expect(throws: Interruption.self) {
                try AtomicFile.write(to: path) { stream in
                    try stream.write([UInt8](repeating: 7, count: 300_000))
                    #expect(try contents(of: path) == Array("old".utf8))
                    #expect(try names(in: folder).count == 2)
                    throw Interruption()
                }
            }
            #expect(try contents(of: path) == Array("old".utf8))
            #expect(try names(in: folder) == ["file"])
        }
    }

    @Test func errorsNamePathAndReason() throws {
        try withTemporaryFolder { folder in
            let missing = folder + "/no/such/folder/file"
            #expect(throws: FileError(.create, path: missing, code: ENOENT)) { try AtomicFile.write("x", to: missing) }
            try put("x".utf8, at: folder + "/plain")
            let below = folder + "/plain/file"
            #expect(throws: FileError(.inspect, path: below, code: ENOTDIR)) { try AtomicFile.write("x", to: below) }
            try FileManager.default.createDirectory(atPath: folder + "/sub", withIntermediateDirectories: false)
            #expect(throws: FileError(.rename, path: folder + "/sub", code: EISDIR)) { try AtomicFile.write("x", to: folder + "/sub") }
            #expect(try names(in: folder) == ["plain", "sub"])
            #expect(try names(in: folder + "/sub") == [])
            #expect(FileError(.create, path: "/p/q", code: ENOENT).description == "/p/q: cannot create: No such file or directory")
        }
    }

    @Test func keepsPermissionsAndLinks() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/file"
            try put("old".utf8, at: path)
            chmod(path, 0o640)
            try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: "file")
            try AtomicFile.write("new", to: folder + "/link")
            #expect(try contents(of: path) == Array("new".utf8))
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder + "/link") == "file")
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o640)
        }
    }

    @Test func longestNames() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/" + String(repeating: "n", count: 255)
            try AtomicFile.write("x", to: path)
            #expect(try contents(of: path) == [UInt8(ascii: "x")])
        }
    }

    #if os(Linux)
        @Test func fullDevice() {
            #expect(throws: FileError(.write, path: "/dev/full", code: ENOSPC)) { try AtomicFile.write("x", to: "/dev/full") }
        }

        @Test func unwritableFolder() async {
            await #expect(processExitsWith: .success) {
                try withTemporaryFolder { folder in
                    try put("old".utf8, at: folder + "/file")
                    chmod(folder, 0o555)
                    // To root everything is writable; "nobody" is 65534.
                    let isRoot = geteuid() == 0
                    if isRoot { seteuid(65534) }
                    defer {
                        if isRoot { seteuid(0) }
                        chmod(folder, 0o755)
                    }
                    do {
                        try AtomicFile.write("x", to: folder + "/file")
                        exit(3)
                    } catch let error as FileError {
                        guard error == FileError(.create, path: folder + "/file", code: EACCES) else { exit(4) }
                    }
                    guard try contents(of: folder + "/file") == Array("old".utf8) else { exit(5) }
                }
            }
        }

        /// The disk fills up after n bytes, for n from nothing on until the whole file fits.
        @Test func failureAtEveryLength() async {
            await #expect(processExitsWith: .success) {
                try withTemporaryFolder { folder in
                    let path = folder + "/file"
                    let old = Array("old".utf8)
                    let new = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                    signal(SIGXFSZ, SIG_IGN)
                    var failures = 0
                    for limit in [0, 1, 65_535, 65_536, 65_537, 131_072, 199_999, 200_000] {
                        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), [rlimit(rlim_cur: rlim_t.max, rlim_max: rlim_t.max)])
                        try put(old, at: path)
                        setrlimit(
                            __rlimit_resource_t(RLIMIT_FSIZE.rawValue), [rlimit(rlim_cur: rlim_t(limit), rlim_max: rlim_t.max)])
                        do {
                            try AtomicFile.write(to: path) { stream in
                                for start in stride(from: 0, to: new.count, by: 1000) { try stream.write(Array(new[start..<start + 1000])) }
                            }
                            guard limit >= new.count, try contents(of: path) == new else { exit(3) }
                        } catch let error as FileError {
                            failures += 1
                            guard error == FileError(.write, path: path, code: EFBIG), try contents(of: path) == old else { exit(4) }
                        }
                        guard try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"] else { exit(5) }
                    }
                    guard failures == 7 else { exit(6) }
                }
            }
        }

        /// A process killed while it writes leaves the old file, and an orphan that is swept later.
        @Test func killedMidWrite() async throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: "apus-killed-\(UUID().uuidString)").path
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try put("old".utf8, at: folder + "/file")
            await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String] in
                try AtomicFile.write(to: folder + "/file") { stream in
                    try stream.write([UInt8](repeating: 1, count: 100_000))
                    kill(getpid(), SIGKILL)
                }
            }
            #expect(try contents(of: folder + "/file") == Array("old".utf8))
            #expect(try names(in: folder).count == 2)
            // Too young.
            #expect(try AtomicFile.removeOrphans(in: folder) == [])
            #expect(try AtomicFile.removeOrphans(in: folder, olderThan: 0).count == 1)
            #expect(try names(in: folder) == ["file"])
        }
    #endif

    @Test func sweepingLeavesTheRest() throws {
        try withTemporaryFolder { folder in
            for name in [".apus-0123456789abcdef.partial", ".apus-short.partial", "apus-0123456789abcdef.partial", "data.csv"] {
                try put("x".utf8, at: folder + "/" + name)
            }
            try AtomicFile.write(to: folder + "/live") { stream in
                try stream.write("half")
                // This one's temporary file is locked by its writer.
                #expect(try AtomicFile.removeOrphans(in: folder, olderThan: 0) == [".apus-0123456789abcdef.partial"])
            }
            #expect(try names(in: folder) == [".apus-short.partial", "apus-0123456789abcdef.partial", "data.csv", "live"])
            #expect(throws: FileError(.list, path: folder + "/none", code: ENOENT)) {
                try AtomicFile.removeOrphans(in: folder + "/none")
            }
        }
    }

    @Test func folders() throws {
        try withTemporaryFolder { folder in
            for name in ["b", "a", ".hidden", "Z", "é"] { try put([], at: folder + "/" + name) }
            #expect(try Folder.names(in: folder) == [".hidden", "Z", "a", "b", "é"])
            #expect(Folder.exists(at: folder))
            #expect(!Folder.exists(at: folder + "/a"))
            #expect(!Folder.exists(at: folder + "/none"))
        }
        #expect(Folder.parent(of: "a/b/c") == "a/b")
        #expect(Folder.parent(of: "c") == ".")
        #expect(Folder.parent(of: "/c") == "/")
    }
}
