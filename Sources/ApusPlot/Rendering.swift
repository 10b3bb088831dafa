internal import CCairo

/// Turns a plot into the bytes of an SVG or a PNG file.
enum Rendering {
    static func svg(_ plot: some Plot) throws(PlotError) -> [UInt8] {
        let size = try checked(plot.size)
        let bytes = try collecting { (write, sink) throws(PlotError) in
            let surface = cairo_svg_surface_create_for_stream(write, sink, size.width, size.height)!
            defer { cairo_surface_destroy(surface) }
            cairo_svg_surface_restrict_to_version(surface, CAIRO_SVG_VERSION_1_1)
            cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PX)
            try draw(plot, on: surface, size: size, scale: 1)
            // The document is written by finishing, and only then are the errors of that writing known.
            cairo_surface_finish(surface)
            try check(cairo_surface_status(surface))
        }
        return SVGDocument.finished(bytes, title: plot.title, description: plot.summary)
    }

    static func png(_ plot: some Plot, scale: Double) throws(PlotError) -> [UInt8] {
        let size = try checked(plot.size)
        guard scale.isFinite, scale > 0 else {
            throw PlotError(.unsuitableSize, reason: "a scale of \(scale) is not a positive number")
        }
        let (width, height) = ((size.width * scale).rounded(.up), (size.height * scale).rounded(.up))
        guard width >= 1, height >= 1, width <= 32_767, height <= 32_767, width * height <= 200e6 else {
            throw PlotError(
                .unsuitableSize,
                reason: "\(size.width) × \(size.height) at scale \(scale) is over 32767 pixels a side or 200 million in all")
        }
        let surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(width), Int32(height))!
        defer { cairo_surface_destroy(surface) }
        try check(cairo_surface_status(surface))
        try draw(plot, on: surface, size: size, scale: scale)
        let bytes = try collecting { (write, sink) throws(PlotError) in
            try check(cairo_surface_write_to_png_stream(surface, write, sink))
        }
        return PNGDocument.withResolution(bytes, pixelsPerInch: 96 * scale)
    }

    private static func draw(
        _ plot: some Plot, on surface: OpaquePointer, size: PlotSize, scale: Double
    ) throws(PlotError) {
        let canvas = Canvas(surface: surface, size: size, scale: scale)
        canvas.rectangle(Rect(x: 0, y: 0, width: size.width, height: size.height), fill: .white)
        try plot.draw(on: canvas)
        if let failure = canvas.failure { throw PlotError(.drawing, reason: failure) }
    }

    private static func checked(_ size: PlotSize) throws(PlotError) -> PlotSize {
        guard PlotSize.allowedSide.contains(size.width), PlotSize.allowedSide.contains(size.height) else {
            throw PlotError(
                .unsuitableSize,
                reason: "a size of \(size.width) × \(size.height) is not within 40 to 16000 logical pixels a side")
        }
        return size
    }

    private static func check(_ status: cairo_status_t) throws(PlotError) {
        guard status == CAIRO_STATUS_SUCCESS else {
            throw PlotError(.drawing, reason: String(cString: cairo_status_to_string(status)))
        }
    }

    private final class Sink {
        var bytes: [UInt8] = []
    }

    /// Gathers what cairo writes to a stream while the body runs.
    private static func collecting(
        _ body: (cairo_write_func_t, UnsafeMutableRawPointer) throws(PlotError) -> Void
    ) throws(PlotError) -> [UInt8] {
        let sink = Sink()
        let write: cairo_write_func_t = { closure, data, length in
            let sink = Unmanaged<Sink>.fromOpaque(closure!).takeUnretainedValue()
            sink.bytes.append(contentsOf: UnsafeBufferPointer(start: data, count: Int(length)))
            return CAIRO_STATUS_SUCCESS
        }
        try withExtendedLifetime(sink) { () throws(PlotError) in
            try body(write, Unmanaged.passUnretained(sink).toOpaque())
        }
        return sink.bytes
    }
}
