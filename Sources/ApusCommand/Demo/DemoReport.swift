import Apus
import Foundation

/// A page of HTML that grows section by section; pictures lie beside it.
struct DemoReport {
    let folder: String
    private var body = ""

    init(folder: String) throws {
        self.folder = folder
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    mutating func section(_ title: String, seconds: Double, _ paragraphs: [String], pictures: [(file: String, text: String)]) {
        body += "<section><h2>\(escaped(title)) <small>\(String(format: "%.1f", seconds)) s</small></h2>\n"
        for paragraph in paragraphs { body += "<p>\(escaped(paragraph))</p>\n" }
        for (file, text) in pictures { body += "<figure><img src=\"\(file)\" alt=\"\(escaped(text))\"><figcaption>\(escaped(text))</figcaption></figure>\n" }
        body += "</section>\n"
    }

    /// Writes `index.html`.
    func write() throws -> String {
        let path = "\(folder)/index.html"
        try AtomicFile.write(
            """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>Apus: a demonstration</title>
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <style>
            body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #222 }
            h1, h2 { line-height: 1.2 } small { color: #767676; font-weight: normal }
            figure { margin: 1rem 0 } img { max-width: 100% } figcaption { color: #555; font-size: .9rem }
            </style></head><body>
            <h1>Apus: everything, in small</h1>
            \(body)</body></html>

            """, to: path)
        return path
    }

    private func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }
}
