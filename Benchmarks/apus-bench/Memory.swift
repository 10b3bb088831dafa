import Foundation

/// By how many megabytes the peak of resident memory grows from before a case is prepared to after three runs.
/// - Throws: what the case itself throws.
func memoryGrowth(_ benchmark: Case) throws -> Double {
    let before = kilobytes("VmRSS")
    let work = try benchmark.prepare()
    for _ in 0..<3 { try work.run() }
    return Double(kilobytes("VmHWM") - before) / 1024
}

/// A figure of the system's account of this process; 0 where it keeps none.
private func kilobytes(_ field: String) -> Int {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return 0 }
    let line = status.split(separator: "\n").first { $0.hasPrefix(field + ":") }
    return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
}
