/// The interval of values an axis shows, `lower < upper`, both finite and far enough apart to be told from each other.
struct Domain: Hashable, Sendable {
    let lower: Double
    let upper: Double

    /// An interval from two bounds in either order; one too narrow for ticks is widened about its middle.
    init(_ a: Double, _ b: Double) {
        let limit = Double.greatestFiniteMagnitude
        let low = max(min(a, b), -limit)
        let high = min(max(a, b), limit)
        let magnitude = max(abs(low), abs(high))
        // Below a relative width of 1e-10 tick labels would need more digits than a Double has to spare.
        if high / 2 - low / 2 <= max(magnitude * 0.5e-10, 1e-300) {
            let room = magnitude < 1e-290 ? 1 : magnitude * 0.1
            lower = max(low - room, -limit)
            upper = min(high + room, limit)
        } else {
            lower = low
            upper = high
        }
    }

    /// The interval that covers the finite values among those given, with a share of its width added at either end;
    /// nil when no value is finite. `restsOnZero`: values that are all positive and come near zero start at zero itself.
    static func covering(_ values: some Sequence<Double>, padding: Double, restsOnZero: Bool = false) -> Domain? {
        var low = Double.infinity
        var high = -Double.infinity
        for value in values where value.isFinite {
            low = min(low, value)
            high = max(high, value)
        }
        guard low <= high else { return nil }
        let room = (high * padding) - (low * padding)
        let zeroBased = restsOnZero && low >= 0 && low < 0.4 * high
        return Domain(zeroBased ? 0 : low - room, high + room)
    }

    /// Where a value lies: 0 at `lower`, 1 at `upper`. Halved before subtracting, so that the widest interval of
    /// Doubles does not overflow; held within ±100 because cairo's coordinates are 24-bit fixed point.
    func fraction(of value: Double) -> Double {
        let f = (value / 2 - lower / 2) / (upper / 2 - lower / 2)
        return min(max(f, -100), 100)
    }
}
