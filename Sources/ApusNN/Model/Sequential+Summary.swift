import ApusCore

extension Sequential {
    /// The table that Keras prints: each layer's name, kind, output shape and number of parameters, then
    /// the totals.
    public func summary() -> String {
        var rows: [[String]] = []
        for (layer, shape) in zip(layers, outputShapes) {
            let sizes = ["None"] + shape.dimensions.map(String.init)
            rows.append([
                "\(layer.name) (\(type(of: layer).kind))",
                "(\(sizes.joined(separator: ", "))\(sizes.count == 1 ? "," : ""))",
                grouped(layer.parameterCount),
            ])
        }
        let titles = ["Layer (type)", "Output Shape", "Param #"]
        let widths = [31, 22, 13]
        func line(_ left: String, _ fill: Character, _ middle: String, _ right: String) -> String {
            left + widths.map { String(repeating: fill, count: $0 + 2) }.joined(separator: middle) + right
        }
        func row(_ cells: [String], _ bar: String) -> String {
            let padded = cells.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 2 ? " \(space)\(cell) " : " \(cell)\(space) "
            }
            return bar + padded.joined(separator: bar) + bar
        }
        var text = ["Model: \"\(name)\"", line("┏", "━", "┳", "┓"), row(titles, "┃"), line("┡", "━", "╇", "┩")]
        for (i, cells) in rows.enumerated() {
            if i > 0 { text.append(line("├", "─", "┼", "┤")) }
            let parts = cells.enumerated().map { wrapped($1, width: widths[$0]) }
            for line in 0..<(parts.map(\.count).max() ?? 0) {
                text.append(row(parts.map { line < $0.count ? $0[line] : "" }, "│"))
            }
        }
        text.append(line("└", "─", "┴", "┘"))
        let total = parameters.reduce(0) { $0 + $1.count }
        let trainable = trainableParameters.reduce(0) { $0 + $1.count }
        for (title, count) in [
            ("Total params", total), ("Trainable params", trainable), ("Non-trainable params", total - trainable),
        ] {
            text.append(" \(title): \(grouped(count)) (\(byteText(count * MemoryLayout<Float>.stride)))")
        }
        return text.joined(separator: "\n")
    }
}

/// A cell's lines: broken at spaces, a word that is wider than the column cut short with `…`, as in Keras.
private func wrapped(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
        let piece = word.count > width ? word.prefix(width - 1) + "…" : word
        if let last = lines.last, last.count + 1 + piece.count <= width {
            lines[lines.count - 1] = "\(last) \(piece)"
        } else {
            lines.append(String(piece))
        }
    }
    return lines
}

/// `138,357,544`.
private func grouped(_ number: Int) -> String {
    var digits = Array(String(number))
    var place = digits.count - 3
    while place > 0 {
        digits.insert(",", at: place)
        place -= 3
    }
    return String(digits)
}

/// `527.79 MB`, in units of 1024 as Keras counts.
private func byteText(_ bytes: Int) -> String {
    var value = Double(bytes)
    var unit = "B"
    for larger in ["KB", "MB", "GB", "TB"] where value >= 1024 {
        value /= 1024
        unit = larger
    }
    let hundredths = Int((value * 100).rounded())
    let fraction = hundredths % 100
    return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) \(unit)"
}
