import Foundation

/// Writes a line to standard error, where progress and remarks go.
func remark(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

/// What a command cannot do, said in its own words.
struct Refusal: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Prints one JSON object on a line of its own, keys in order.
func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
}

/// Sees that what was printed has arrived: a full disk at the end of a pipe or file is an error.
func flushOutput() throws {
    guard fflush(nil) == 0 else {
        throw Refusal("standard output could not be written: \(String(cString: strerror(errno)))")
    }
}

extension String {
    /// Whether a picture can be drawn to a file of this name, asked before long work begins.
    var isPlotPath: Bool { lowercased().hasSuffix(".svg") || lowercased().hasSuffix(".png") }
}

/// `97.30 %`.
func percent(_ share: Double) -> String { String(format: "%.2f %%", share * 100) }
/// `0.973`, or a dash for what does not exist.
func decimal(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "–" }

/// Columns of text, the first to the left, the others to the right.
func table(_ rows: [[String]]) -> String {
    let widths = (0..<(rows.first?.count ?? 0)).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
        row.enumerated().map { column, cell in
            let space = String(repeating: " ", count: widths[column] - cell.count)
            return column == 0 ? cell + space : space + cell
        }.joined(separator: "  ")
    }.joined(separator: "\n")
}

/// The seconds of a duration.
func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
}
