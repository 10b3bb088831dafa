internal import CCairo

/// A surface to draw on, the same for SVG and PNG: lines, shapes, text and images in logical pixels.
///
/// A canvas belongs to the drawing of one plot and is handed to `Plot.draw(on:)`. cairo keeps the first error of a
/// drawing and ignores every call after it; it is reported as a `PlotError` when the drawing ends.
public final class Canvas {
    /// The drawable size in logical pixels.
    public let size: PlotSize

    let context: OpaquePointer

    /// Takes over neither the surface nor its lifetime: the context keeps its own reference.
    init(surface: OpaquePointer, size: PlotSize, scale: Double) {
        self.size = size
        context = cairo_create(surface)
        cairo_scale(context, scale, scale)
        cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
        // Unhinted metrics do not depend on the scale, so the layout is the same in every format and resolution.
        let options = cairo_font_options_create()
        cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
        cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
        cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
        cairo_set_font_options(context, options)
        cairo_font_options_destroy(options)
    }

    deinit {
        cairo_destroy(context)
    }

    /// Runs a drawing with a canvas that keeps nothing: for measuring text before the size of a plot is known.
    static func measuring<Result>(_ body: (Canvas) -> Result) -> Result {
        let surface = cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1)
        defer { cairo_surface_destroy(surface) }
        // cairo never returns null here: out of memory it returns a surface in an error state, which measures zeros.
        return body(Canvas(surface: surface!, size: PlotSize(width: 1, height: 1), scale: 1))
    }

    /// The first error cairo met, if any.
    var failure: String? {
        let status = cairo_status(context)
        return status == CAIRO_STATUS_SUCCESS ? nil : String(cString: cairo_status_to_string(status))
    }

    // MARK: Lines and shapes

    /// The drawing of a line: width and dashes in logical pixels; no dashes for a full line.
    public struct Stroke: Hashable, Sendable {
        /// The line's colour.
        public var colour: Colour
        /// The line's width, in logical pixels.
        public var width: Double
        /// Lengths drawn and left out in turn, in logical pixels; empty for a full line.
        public var dashes: [Double]

        /// A line's drawing; full and 1 pixel wide unless given.
        public init(_ colour: Colour, width: Double = 1, dashes: [Double] = []) {
            self.colour = colour
            self.width = width
            self.dashes = dashes
        }
    }

    /// A line through the points, in order. Fewer than two points draw nothing.
    public func line(_ points: [Point], _ stroke: Stroke) {
        guard points.count > 1 else { return }
        trace(points)
        apply(stroke)
    }

    /// A straight line between two points.
    public func line(from a: Point, to b: Point, _ stroke: Stroke) {
        line([a, b], stroke)
    }

    /// A closed polygon, filled, then outlined where a stroke is given.
    public func polygon(_ points: [Point], fill: Colour?, outline: Stroke? = nil) {
        guard points.count > 2 else { return }
        trace(points)
        cairo_close_path(context)
        paint(fill: fill, outline: outline)
    }

    /// A rectangle, filled, then outlined where a stroke is given.
    public func rectangle(_ rect: Rect, fill: Colour?, outline: Stroke? = nil) {
        cairo_rectangle(context, rect.x, rect.y, rect.width, rect.height)
        paint(fill: fill, outline: outline)
    }

    /// A circle, filled, then outlined where a stroke is given.
    public func circle(centre: Point, radius: Double, fill: Colour?, outline: Stroke? = nil) {
        cairo_new_sub_path(context)
        cairo_arc(context, centre.x, centre.y, radius, 0, 2 * Double.pi)
        paint(fill: fill, outline: outline)
    }

    /// Draws with everything outside the rectangle cut off.
    public func clipped<Failure: Error>(to rect: Rect, _ body: () throws(Failure) -> Void) throws(Failure) {
        cairo_save(context)
        defer { cairo_restore(context) }
        cairo_rectangle(context, rect.x, rect.y, rect.width, rect.height)
        cairo_clip(context)
        try body()
    }

    private func trace(_ points: [Point]) {
        cairo_new_path(context)
        for point in points { cairo_line_to(context, point.x, point.y) }
    }

    private func paint(fill: Colour?, outline: Stroke?) {
        if let fill {
            setSource(fill)
            cairo_fill_preserve(context)
        }
        if let outline {
            apply(outline)
        } else {
            cairo_new_path(context)
        }
    }

    private func apply(_ stroke: Stroke) {
        setSource(stroke.colour)
        cairo_set_line_width(context, stroke.width)
        cairo_set_dash(context, stroke.dashes, Int32(stroke.dashes.count), 0)
        cairo_set_line_cap(context, stroke.dashes.isEmpty ? CAIRO_LINE_CAP_ROUND : CAIRO_LINE_CAP_BUTT)
        cairo_stroke(context)
    }

    func setSource(_ colour: Colour) {
        cairo_set_source_rgba(context, colour.red, colour.green, colour.blue, colour.alpha)
    }
}
