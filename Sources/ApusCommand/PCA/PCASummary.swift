import Apus
import Foundation

/// Principal components as tables for people to read.
struct PCASummary {
    let pca: PCA<Double>

    private static let mostComponents = 20, mostColumns = 30, widest = 6

    var text: String {
        let count = pca.count, shown = min(count, Self.mostComponents)
        var cumulative = 0.0
        let variances = (0..<shown).map { index in
            cumulative += pca.explainedVarianceRatio[index]
            return [
                "PC\(index + 1)", number(pca.explainedVariance[index]), percent(pca.explainedVarianceRatio[index]),
                percent(cumulative), number(pca.singularValues[index]),
            ]
        }
        let columns = pca.columns, across = min(count, Self.widest)
        let vectors = pca.components.scalars
        let size = (0..<columns).map { column in (0..<across).map { abs(vectors[$0 * columns + column]) }.max() ?? 0 }
        let order = (0..<columns).sorted { (size[$1], $0) < (size[$0], $1) }.prefix(Self.mostColumns).sorted()
        let loadings = order.map { column in
            [pca.columnNames[column]] + (0..<across).map { String(format: "%.4f", vectors[$0 * columns + column]) }
        }
        let way = (pca.scale == nil ? "centred" : "standardized") + (pca.whiten ? ", scores whitened" : "")
        var parts = [
            "\(count) component\(count == 1 ? "" : "s") of \(pca.sampleCount) rows and \(columns) columns, \(way), solver '\(pca.solver.rawValue)'",
            "",
            table([["component", "variance", "share", "cumulative", "singular value"]] + variances),
        ]
        if shown < count { parts.append("… and \(count - shown) more, \(percent(pca.explainedVarianceRatio.reduce(0, +))) in all") }
        if pca.noiseVariance > 0 { parts.append("mean variance along each of the other directions: \(number(pca.noiseVariance))") }
        parts += ["", table([["loadings"] + (1...across).map { "PC\($0)" }] + loadings)]
        if order.count < columns { parts.append("… the \(order.count) columns of largest loadings; there are \(columns)") }
        return parts.joined(separator: "\n")
    }

    /// Five significant digits, written out where that is short.
    private func number(_ value: Double) -> String {
        let size = abs(value)
        if value == 0 { return "0" }
        if size >= 1e6 || size < 1e-4 { return String(format: "%.4e", value) }
        return String(format: "%.*f", max(0, 4 - Int(floor(log10(size)))), value)
    }
}
