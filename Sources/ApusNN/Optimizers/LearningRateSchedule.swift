#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A learning rate as a function of the step; a ``LearningRateScheduler`` applies it while training.
public protocol LearningRateSchedule {
    /// The rate of step `step`, the first of which is 0.
    func learningRate(at step: Int64) -> Float
}

/// initial · rate^(step / steps); in whole powers only if `staircase`.
public struct ExponentialDecay: LearningRateSchedule, Sendable {
    /// The rate of step 0.
    public let initial: Float
    /// The steps in which the rate falls by `rate` once.
    public let steps: Int64
    /// What the rate is multiplied by every `steps` steps.
    public let rate: Float
    /// Whether it falls all at once, every `steps` steps.
    public let staircase: Bool

    /// - Precondition: `steps` is positive.
    public init(initial: Float, steps: Int64, rate: Float, staircase: Bool = false) {
        precondition(steps > 0, "a decay over \(steps) steps")
        self.initial = initial
        self.steps = steps
        self.rate = rate
        self.staircase = staircase
    }

    public func learningRate(at step: Int64) -> Float {
        let power = Double(step) / Double(steps)
        return Float(Double(initial) * pow(Double(rate), staircase ? power.rounded(.down) : power))
    }
}

/// Half a cosine from `initial` down to `floor` · initial in `steps` steps (Loshchilov and Hutter, 2017),
/// after a linear rise from 0 in `warmup` steps.
public struct CosineDecay: LearningRateSchedule, Sendable {
    /// The highest rate.
    public let initial: Float
    /// The steps of the fall, after the rise.
    public let steps: Int64
    /// The share of `initial` at which the rate stays after the fall.
    public let floor: Float
    /// The steps of the rise.
    public let warmup: Int64

    /// - Precondition: `steps` is positive.
    public init(initial: Float, steps: Int64, floor: Float = 0, warmup: Int64 = 0) {
        precondition(steps > 0, "a decay over \(steps) steps")
        self.initial = initial
        self.steps = steps
        self.floor = floor
        self.warmup = warmup
    }

    public func learningRate(at step: Int64) -> Float {
        if step < warmup { return Float(Double(initial) * Double(step) / Double(warmup)) }
        let part = min(1, Double(step - warmup) / Double(steps))
        let cosine = 0.5 * (1 + cos(Double.pi * part))
        return Float(Double(initial) * ((1 - Double(floor)) * cosine + Double(floor)))
    }
}

/// `values[i]` up to and including step `boundaries[i]`, the last value afterwards: Keras'
/// PiecewiseConstantDecay.
public struct StepDecay: LearningRateSchedule, Sendable {
    /// The last step of each value but the last.
    public let boundaries: [Int64]
    /// The rates, one more than there are boundaries.
    public let values: [Float]

    /// - Precondition: one value more than boundaries, which ascend.
    public init(boundaries: [Int64], values: [Float]) {
        precondition(
            values.count == boundaries.count + 1, "\(values.count) values for \(boundaries.count) boundaries")
        precondition(zip(boundaries, boundaries.dropFirst()).allSatisfy { $0 < $1 }, "boundaries must ascend")
        self.boundaries = boundaries
        self.values = values
    }

    public func learningRate(at step: Int64) -> Float {
        for (boundary, value) in zip(boundaries, values) where step <= boundary { return value }
        return values[values.count - 1]
    }
}
