import ApusTestSupport
import Foundation
import Testing

@testable import ApusPlot

@Suite struct FileTests {
    private func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    @Test func theExtensionDecides() throws {
        try withTemporaryFolder { folder in
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
        try withTemporaryFolder { folder in
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
        try withTemporaryFolder { folder in
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
        try withTemporaryFolder { folder in
            let name = String(repeating: "n", count: 251) + ".svg"
            try samplePlot.write(to: "\(folder)/\(name)")
            #expect(try names(folder) == [name])
        }
    }

    @Test func plotErrorsNameTheFileAndLeaveTheOldOne() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/out.svg"
            try samplePlot.write(to: path)
            #expect { try LinePlot(title: "", panels: []).write(to: path) } throws: { error in
                (error as? PlotError)?.file == path && (error as? PlotError)?.kind == .noData
            }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(samplePlot.svg()))
            #expect(try names(folder) == ["out.svg"])
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
