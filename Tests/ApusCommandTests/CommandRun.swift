import ApusTestSupport
import Foundation
import Testing

/// What a run of the built command `apus` gave.
struct CommandRun {
    let status: Int32
    let output: String
    let errors: String

    /// Runs the command, which the build puts beside the tests, in a shell, where `limits` can come first.
    ///
    /// - Parameters:
    ///   - output: where standard output goes instead of into ``output``.
    ///   - limits: shell commands, such as a limit to the size of files.
    init(_ arguments: [String], output path: String? = nil, limits: String = "") throws {
        let command = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "apus").path
        try #require(FileManager.default.isExecutableFile(atPath: command), "no command at \(command)")
        self = try withTemporaryFolder { folder in
            let files = (output: path ?? folder + "/output", errors: folder + "/errors")
            let process = Process()
            process.executableURL = URL(filePath: "/bin/sh")
            process.arguments = ["-c", limits + #" out=$1 err=$2; shift 2; exec "$@" >"$out" 2>"$err""#, "sh", files.output, files.errors, command] + arguments
            try process.run()
            process.waitUntilExit()
            let read = { (path: String) in String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self) }
            return CommandRun(status: process.terminationStatus, output: path == nil ? read(files.output) : "", errors: read(files.errors))
        }
    }

    private init(status: Int32, output: String, errors: String) {
        self.status = status
        self.output = output
        self.errors = errors
    }

    /// The object that `--json` puts on the last line.
    func json<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
        let line = try #require(output.split(separator: "\n").last)
        return try JSONDecoder().decode(Value.self, from: Data(line.utf8))
    }
}
