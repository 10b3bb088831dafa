internal import CCairo

extension Canvas {
    /// Draws pixels into a rectangle. `colours` has `width * height` colours, row by row; alpha is ignored.
    ///
    /// Enlarged pixels stay sharp squares: they are repeated before cairo sees them, since SVG viewers differ in how
    /// they enlarge an embedded image. A reduced image is filtered.
    func image(_ colours: [Colour], width: Int, height: Int, in rect: Rect) {
        guard width > 0, height > 0, colours.count == width * height else { return }
        let magnification = min(rect.width / Double(width), rect.height / Double(height))
        let repeats = magnification <= 1 ? 1 : max(1, min(Int((magnification * 2).rounded(.up)), 2048 / max(width, height)))
        let (wide, high) = (width * repeats, height * repeats)
        let stride = Int(cairo_format_stride_for_width(CAIRO_FORMAT_RGB24, Int32(wide)))
        guard stride > 0 else { return }
        var pixels = [UInt32](repeating: 0, count: stride / 4 * high)
        for row in 0..<high {
            for column in 0..<wide {
                let colour = colours[row / repeats * width + column / repeats]
                pixels[row * (stride / 4) + column] = Self.packed(colour)
            }
        }
        pixels.withUnsafeMutableBytes { bytes in
            let source = cairo_image_surface_create_for_data(
                bytes.bindMemory(to: UInt8.self).baseAddress, CAIRO_FORMAT_RGB24, Int32(wide), Int32(high),
                Int32(stride))
            cairo_save(context)
            cairo_translate(context, rect.x, rect.y)
            cairo_scale(context, rect.width / Double(wide), rect.height / Double(high))
            cairo_set_source_surface(context, source, 0, 0)
            cairo_pattern_set_filter(cairo_get_source(context), repeats > 1 ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_GOOD)
            cairo_pattern_set_extend(cairo_get_source(context), CAIRO_EXTEND_PAD)
            cairo_rectangle(context, 0, 0, Double(wide), Double(high))
            cairo_fill(context)
            cairo_restore(context)
            // An SVG surface takes its copy of the pixels only when the source is finished, at the latest here, while
            // the pixels are still there.
            cairo_surface_finish(source)
            cairo_surface_destroy(source)
        }
    }

    private static func packed(_ colour: Colour) -> UInt32 {
        func byte(_ c: Double) -> UInt32 { UInt32((min(max(c, 0), 1) * 255).rounded()) }
        return byte(colour.red) << 16 | byte(colour.green) << 8 | byte(colour.blue)
    }
}
