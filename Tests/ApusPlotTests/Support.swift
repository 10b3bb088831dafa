import CCairo
import Foundation
import Testing

#if canImport(FoundationXML)
import FoundationXML
#endif

@testable import ApusPlot

/// A PNG read back through cairo.
struct Picture {
    let width: Int
    let height: Int
    /// 0xRRGGBB, row by row.
    let pixels: [UInt32]

    init(png: [UInt8]) throws {
        final class Source {
            var rest: ArraySlice<UInt8>
            init(_ bytes: [UInt8]) { rest = bytes[...] }
        }
        let source = Source(png)
        let read: cairo_read_func_t = { closure, data, length in
            let source = Unmanaged<Source>.fromOpaque(closure!).takeUnretainedValue()
            guard source.rest.count >= Int(length) else { return CAIRO_STATUS_READ_ERROR }
            for (index, byte) in source.rest.prefix(Int(length)).enumerated() { data![index] = byte }
            source.rest = source.rest.dropFirst(Int(length))
            return CAIRO_STATUS_SUCCESS
        }
        let surface = try withExtendedLifetime(source) {
            try #require(cairo_image_surface_create_from_png_stream(read, Unmanaged.passUnretained(source).toOpaque()))
        }
        defer { cairo_surface_destroy(surface) }
        try #require(cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS)
        try #require(source.rest.isEmpty)
        width = Int(cairo_image_surface_get_width(surface))
        height = Int(cairo_image_surface_get_height(surface))
        let stride = Int(cairo_image_surface_get_stride(surface))
        let data = try #require(cairo_image_surface_get_data(surface))
        var pixels: [UInt32] = []
        for row in 0..<height {
            for column in 0..<width {
                let word = UnsafeRawPointer(data + row * stride + column * 4).load(as: UInt32.self)
                pixels.append(word & 0xFFFFFF)
            }
        }
        self.pixels = pixels
    }

    init(_ plot: some Plot, scale: Double = 1) throws {
        try self.init(png: plot.png(scale: scale))
    }

    subscript(x: Int, y: Int) -> UInt32 { pixels[y * width + x] }

    /// Where a colour is, each channel within the tolerance.
    func places(of colour: UInt32, within tolerance: Int = 0) -> [(x: Int, y: Int)] {
        pixels.indices.filter { Self.isNear(pixels[$0], colour, tolerance) }.map { ($0 % width, $0 / width) }
    }

    func bounds(of colour: UInt32, within tolerance: Int = 0) throws -> (x: ClosedRange<Int>, y: ClosedRange<Int>) {
        let places = places(of: colour, within: tolerance)
        let xs = places.map(\.x)
        let ys = places.map(\.y)
        return (
            try #require(xs.min())...(try #require(xs.max())), try #require(ys.min())...(try #require(ys.max()))
        )
    }

    static func isNear(_ a: UInt32, _ b: UInt32, _ tolerance: Int) -> Bool {
        [16, 8, 0].allSatisfy { abs(Int(a >> $0 & 0xFF) - Int(b >> $0 & 0xFF)) <= tolerance }
    }
}

extension Colour {
    /// As an opaque canvas shows it over white.
    var overWhite: UInt32 {
        func byte(_ c: Double) -> UInt32 { UInt32(((c * alpha + 1 - alpha) * 255).rounded()) }
        return byte(red) << 16 | byte(green) << 8 | byte(blue)
    }
}

/// The elements of an SVG, in document order; parsing fails on anything that is not well-formed.
final class SVG: NSObject, XMLParserDelegate {
    struct Element {
        let name: String
        let attributes: [String: String]
        var text = ""
    }

    private(set) var elements: [Element] = []
    private var open: [Int] = []

    init(_ bytes: [UInt8]) throws {
        super.init()
        let parser = XMLParser(data: Data(bytes))
        parser.delegate = self
        try #require(parser.parse(), "\(parser.parserError.map(String.init(describing:)) ?? "not well-formed")")
    }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String] = [:]
    ) {
        open.append(elements.count)
        elements.append(Element(name: name, attributes: attributes))
    }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        open.removeLast()
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
        if let last = open.last { elements[last].text += string }
    }

    func all(_ name: String) -> [Element] { elements.filter { $0.name == name } }

    /// The paths whose fill begins as given ("rgb(0%,44.705882%,69.803922%)").
    func filled(_ colour: Colour) -> [Element] {
        func percent(_ c: Double) -> Double { c * 100 }
        return all("path").filter { path in
            guard let style = path.attributes["style"], let start = style.range(of: "fill:rgb("),
                let end = style.range(of: ")", range: start.upperBound..<style.endIndex)
            else { return false }
            let parts = style[start.upperBound..<end.lowerBound].split(separator: ",")
                .compactMap { Double($0.dropLast()) }
            return parts.count == 3 && zip(parts, [colour.red, colour.green, colour.blue]).allSatisfy {
                abs($0 - $1 * 100) < 0.3
            }
        }
    }
}

/// A plot for tests that are about something else.
let samplePlot = LinePlot(title: "Sample", yLabel: "Loss", series: [.init("run", y: [3, 2, 1])])
