import ApusCore

/// Something that draws itself: the one entry to SVG and PNG for every kind of plot.
///
/// ```swift
/// let plot = LinePlot.learningCurves(title: "Spam classifier", trainLoss: [0.7, 0.4], validationLoss: [0.6, 0.5])
/// try plot.write(to: "curves.svg")
/// try plot.write(to: "curves.png", scale: 3)
/// ```
///
/// The same plot gives the same bytes every time on one machine (fonts differ between machines). Text is drawn with the
/// machine's sans-serif font, in an SVG as outlines, so a file looks the same wherever it is opened.
public protocol Plot: Sendable {
    /// Drawn above the plot and named by the SVG's `<title>`; may be empty.
    var title: String { get }
    /// The plot in a sentence or two, for readers who do not see it: the SVG's `<desc>`.
    var summary: String { get }
    /// The size of the whole, title included.
    var size: PlotSize { get }
    /// Draws everything on a white canvas of that size.
    func draw(on canvas: Canvas) throws(PlotError)
}

extension Plot {
    /// The plot as an SVG document (UTF-8).
    ///
    /// - Throws: `PlotError` of any kind but `unknownExtension` and `cannotWrite`.
    public func svg() throws(PlotError) -> [UInt8] {
        try Rendering.svg(self)
    }

    /// The plot as a PNG, RGB with 8 bits a channel, `scale` pixels to a logical pixel (1 gives 96 dpi, 3 gives 288).
    ///
    /// - Throws: `PlotError` of any kind but `unknownExtension` and `cannotWrite`.
    public func png(scale: Double = 2) throws(PlotError) -> [UInt8] {
        try Rendering.png(self, scale: scale)
    }

    /// Writes the plot as SVG or PNG, whichever the path ends in. The file is written under a temporary name in the
    /// same folder and renamed when it is complete: a failure leaves an earlier file as it was, and no remains.
    ///
    /// - Parameter scale: pixels to a logical pixel in a PNG; an SVG needs none.
    /// - Throws: `PlotError` of any kind, naming the file.
    public func write(to path: String, scale: Double = 2) throws(PlotError) {
        let bytes: [UInt8]
        do {
            bytes =
                switch try FileFormat(path: path) {
                case .svg: try svg()
                case .png: try png(scale: scale)
                }
        } catch {
            throw error.naming(path)
        }
        do {
            try AtomicFile.write(bytes, to: path)
        } catch let error as FileError {
            throw PlotError(.cannotWrite, file: path, reason: "cannot \(error.operation.rawValue): \(error.reason)")
        } catch {
            throw PlotError(.cannotWrite, file: path, reason: "\(error)")
        }
    }
}

enum FileFormat {
    case svg, png

    init(path: String) throws(PlotError) {
        let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        guard let dot = name.lastIndex(of: ".") else {
            throw PlotError(.unknownExtension, reason: "no file extension; use .svg or .png")
        }
        switch name[name.index(after: dot)...].lowercased() {
        case "svg": self = .svg
        case "png": self = .png
        case let other:
            throw PlotError(.unknownExtension, reason: "unknown file extension \".\(other)\"; use .svg or .png")
        }
    }
}
