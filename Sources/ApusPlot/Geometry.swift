/// A position on a canvas, in logical pixels; x grows to the right, y downwards.
public struct Point: Hashable, Sendable {
    /// To the right.
    public var x: Double
    /// Downwards.
    public var y: Double

    /// A position.
    public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }
}

/// An axis-parallel rectangle on a canvas, in logical pixels.
public struct Rect: Hashable, Sendable {
    /// The left side.
    public var x: Double
    /// The upper side.
    public var y: Double
    /// From the left side to the right one.
    public var width: Double
    /// From the upper side to the lower one.
    public var height: Double

    /// A rectangle from its upper left corner and its size.
    public init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// The right side.
    public var maxX: Double { x + width }
    /// The lower side.
    public var maxY: Double { y + height }
    /// Half way between left and right.
    public var midX: Double { x + width / 2 }
    /// Half way between top and bottom.
    public var midY: Double { y + height / 2 }

    /// The rectangle with the given amounts taken off its sides.
    public func inset(left: Double = 0, top: Double = 0, right: Double = 0, bottom: Double = 0) -> Rect {
        Rect(x: x + left, y: y + top, width: width - left - right, height: height - top - bottom)
    }
}

/// The size of a finished plot in logical pixels (96 to the inch). An SVG has this size; a PNG has it times its scale.
public struct PlotSize: Hashable, Sendable {
    /// From left to right.
    public var width: Double
    /// From top to bottom.
    public var height: Double

    /// A size; a plot is refused unless both are from 40 to 16 000.
    public init(width: Double, height: Double) {
        self.width = width
        self.height = height
    }

    /// The size every plot is checked against: from 40 to 16 000 logical pixels a side.
    static let allowedSide: ClosedRange<Double> = 40...16_000
}
