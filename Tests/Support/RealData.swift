import Foundation

/// A folder of real data, which is not in the repository: under the environment variable APUS_DATA, or in a folder
/// `shared/data` beside any folder above this file. `nil`, said aloud, where there is none.
public func realData(_ name: String) -> String? {
    var candidates: [URL] = []
    if let variable = ProcessInfo.processInfo.environment["APUS_DATA"] { candidates.append(URL(filePath: variable)) }
    var folder = URL(filePath: #filePath)
    while folder.path != "/" {
        folder.deleteLastPathComponent()
        candidates.append(folder.appending(path: "shared/data"))
    }
    for candidate in candidates {
        let path = candidate.appending(path: name).path
        if FileManager.default.fileExists(atPath: path) { return path }
    }
    print("SKIPPED: \(name) is not in APUS_DATA nor in a shared/data folder above the tests")
    return nil
}
