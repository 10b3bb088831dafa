import ApusCore

extension Sequential {
    /// The table that Keras prints: each layer's name, kind, output shape and number of parameters, then
    /// the totals.
    ///
    /// A model with an ``inputName`` begins with a row for its input, as Keras' functional models do.
    /// - Parameter width: the table's, in characters, from 40; 76 is what Keras takes of a terminal of 80.
    public func summary(width: Int = 76) -> String {
        precondition(width >= 40, "a table of \(width) characters")
        var rows: [[String]] = []
        if let inputName { rows.append(["\(inputName) (InputLayer)", shapeText(inputShape), "0"]) }
        for (layer, (input, shape)) in zip(layers, zip([inputShape] + outputShapes, outputShapes)) {
            rows.append([
                "\(layer.name) (\(layer.kind(for: input)))", shapeText(shape), grouped(layer.parameterCount),
            ])
        }
        let titles = ["Layer (type)", "Output Shape", "Param #"]
        // Keras' shares of the width, and what its table then takes away for bars and margins.
        let ends = [Int(0.45 * Double(width)), Int(0.8 * Double(width)), width]
        let widths = [ends[0] - 3, ends[1] - ends[0] - 4, ends[2] - ends[1] - 3]
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

/// `(None, 224, 224, 3)`.
private func shapeText(_ shape: Shape) -> String {
    let sizes = ["None"] + shape.dimensions.map(String.init)
    return "(\(sizes.joined(separator: ", "))\(sizes.count == 1 ? "," : ""))"
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
