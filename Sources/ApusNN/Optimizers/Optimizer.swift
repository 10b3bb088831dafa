import ApusCore
import CApus

/// Changes weights from their gradients.
///
/// State such as a velocity belongs to the ``Parameter`` object, is made at its first step, and is saved
/// in training checkpoints. A step allocates nothing once every parameter has been seen.
public protocol Optimizer: AnyObject {
    /// The name of the kind in checkpoints: `Adam`.
    static var kind: String { get }
    /// The size of a step. Schedules and callbacks change it while training.
    var learningRate: Float { get set }
    /// How many steps have been taken.
    var stepCount: Int64 { get }
    /// Changes the values of `parameters` by one step along their gradients.
    /// - Throws: `KernelError` for a setting outside its range.
    func step(_ parameters: [Parameter]) throws
    /// The state of those of `parameters` that have any, as `<parameter>/<what>`.
    func state(of parameters: [(name: String, parameter: Parameter)]) -> [(name: String, tensor: Tensor<Float>)]
    /// Goes back to a state that ``state(of:)`` gave.
    /// - Throws: ``SerializationError/optimizerState(name:reason:)``; the optimizer is then as it was.
    func restore(
        _ state: [String: Tensor<Float>], of parameters: [(name: String, parameter: Parameter)], stepCount: Int64) throws
}

/// The tensors that an optimizer keeps for each parameter.
struct OptimizerSlots {
    private struct Slot {
        /// Held so that no other object gets its identity.
        let parameter: Parameter
        var tensors: [Tensor<Float>]
    }

    /// What each tensor of a slot is, for names in checkpoints.
    let names: [String]
    private var slots: [ObjectIdentifier: Slot] = [:]

    init(_ names: [String]) { self.names = names }

    /// The memory of tensor `index` of a parameter, zeros at first.
    mutating func pointer(_ index: Int, of parameter: Parameter) -> UnsafeMutablePointer<Float> {
        let key = ObjectIdentifier(parameter)
        if slots[key]?.tensors[0].shape != parameter.value.shape {
            slots[key] = Slot(parameter: parameter, tensors: names.map { _ in Tensor(zeros: parameter.value.shape) })
        }
        return slots[key]!.tensors[index].withMutableView { $0.pointer }
    }

    func state(of parameters: [(name: String, parameter: Parameter)]) -> [(name: String, tensor: Tensor<Float>)] {
        parameters.flatMap { name, parameter in
            (slots[ObjectIdentifier(parameter)]?.tensors ?? []).enumerated().map {
                (name: "\(name)/\(names[$0])", tensor: $1)
            }
        }
    }

    mutating func restore(
        _ state: [String: Tensor<Float>], of parameters: [(name: String, parameter: Parameter)]
    ) throws {
        var restored: [ObjectIdentifier: Slot] = [:]
        var used = 0
        for (name, parameter) in parameters {
            let found = names.map { state["\(name)/\($0)"] }
            // No state at all: a parameter that was frozen. A part of it: a damaged checkpoint.
            if found.allSatisfy({ $0 == nil }) { continue }
            for (tensor, what) in zip(found, names) {
                guard let tensor else {
                    throw SerializationError.optimizerState(name: "\(name)/\(what)", reason: "it is missing")
                }
                guard tensor.shape == parameter.value.shape else {
                    throw SerializationError.optimizerState(
                        name: "\(name)/\(what)",
                        reason: "its shape is \(tensor.shape), the parameter's \(parameter.value.shape)")
                }
                used += 1
            }
            restored[ObjectIdentifier(parameter)] = Slot(parameter: parameter, tensors: found.compactMap { $0 })
        }
        if used != state.count {
            let known = Set(parameters.flatMap { p in names.map { "\(p.name)/\($0)" } })
            let stray = state.keys.filter { !known.contains($0) }.min() ?? ""
            throw SerializationError.optimizerState(name: stray, reason: "the model or the optimizer has no such state")
        }
        slots = restored
    }
}

/// Scales all gradients down together where their common norm is above `limit` (Pascanu et al., 2013).
func clipGradients(of parameters: [Parameter], norm limit: Float) throws {
    var sum = 0.0
    for parameter in parameters {
        let gradient = parameter.gradientView
        var square = 0.0
        try check(
            apus_ssum_of_squares(gradient.count, gradient.pointer, &square),
            "the norm of the gradient of '\(parameter.name)', shape \(gradient.shape)")
        sum += square
    }
    let norm = sum.squareRoot()
    guard norm > Double(limit) else { return }
    let factor = Float(Double(limit) / norm)
    for parameter in parameters {
        let gradient = parameter.gradientView
        try check(
            apus_sscale(gradient.count, factor, gradient.pointer),
            "scale the gradient of '\(parameter.name)', shape \(gradient.shape)")
    }
}
