import ApusCore
import ApusNN
import Testing

/// Each parameter's gradient against what the loss does when that parameter is moved a little along it.
func checkSlopes(of model: some Model, along gradients: [[Float]], loss: () throws -> Double) throws {
    for (index, parameter) in model.trainableParameters.enumerated() {
        let values = parameter.value
        // Along the gradient itself the loss changes by |gradient|² ε to first order.
        let square = gradients[index].reduce(0.0) { $0 + Double($1) * Double($1) }
        #expect(square > 0, "parameter \(index) has no gradient")
        let epsilon = 1e-4 / square
        func moved(_ sign: Double) throws -> Double {
            parameter.value = Tensor(
                zip(values.scalars, gradients[index]).map { Float(Double($0) + sign * epsilon * Double($1)) },
                shape: values.shape)
            defer { parameter.value = values }
            return try loss()
        }
        let slope = (try moved(1) - moved(-1)) / (2 * epsilon)
        #expect(abs(slope / square - 1) < 0.03, "parameter \(index) of shape \(values.shape): \(slope) for \(square)")
    }
}
