import ApusCore
import ApusModels
import ApusNN
import CApus

private let batch = 128

/// CapsNet on 128 digits: a training step with reconstruction, by Adam; inference, of one digit too; predictions and
/// routing alone, forward and backward through the last iteration or through all.
func capsNetCases() -> [Case] {
    func make(_ batch: Int = batch) throws -> (model: CapsNet, batch: CapsNet.Batch, arrays: [Any]) {
        var settings = CapsNet.Settings()
        settings.gradient = .lastIteration // as in the peer
        let model = try CapsNet(settings, seed: 1)
        let x = Buffer<Float>(batch * 784, seed: 1, low: 0, high: 1), labels = Buffer<Int32>(batch, seed: 2, below: 10)
        let digits = CapsNet.Batch(
            images: TensorView(pointer: x.pointer, shape: [batch, 28, 28, 1]),
            labels: TensorView(pointer: labels.pointer, shape: [batch, 1]),
            targets: TensorView(pointer: x.pointer, shape: [batch, 1, 784]))
        return (model, digits, [x, labels])
    }
    let inference = [batch, 1].map { batch in
        Case("capsnet_infer_b\(batch)", family: "capsnet", runs: 3) {
            let (model, digits, arrays) = try make(batch)
            var loss = Double.infinity
            return Work(
                wrong: 10,
                error: { withExtendedLifetime(arrays) { loss.isFinite ? loss : .infinity } },
                run: { loss = try model.evaluationStep(digits).lossSum / Double(batch) })
        }
    }
    return inference + [
        Case("capsnet_train_b128", family: "capsnet", runs: 3) {
            let (model, digits, arrays) = try make()
            let optimizer = Adam(), parameters = model.trainableParameters
            var loss = Double.infinity, step: UInt64 = 0
            return Work(
                wrong: 10,
                error: { withExtendedLifetime(arrays) { loss.isFinite ? loss : .infinity } },
                run: {
                    step += 1
                    loss = try model.trainingStep(digits, step: step).lossSum / Double(batch)
                    try optimizer.step(parameters)
                })
        },
        Case("routing_fwd_b128", family: "capsnet", runs: 5) {
            var desc = routing(APUS_ROUTING_LAST_ITERATION)
            let u = Buffer<Float>(batch * 1152 * 8, seed: 1), w = Buffer<Float>(1152 * 8 * 160, seed: 2, low: -0.1, high: 0.1)
            let v = Buffer<Float>(batch * 160), space = workspace(apus_scapsule_workspace(&desc, APUS_CAPSULE_FORWARD))
            // The predictions apart, routed by the other function: the same within rounding.
            let uHat = Buffer<Float>(batch * 1152 * 160), apart = Buffer<Float>(batch * 160)
            return Work(
                error: {
                    try check(apus_scapsule_predict(&desc, u.pointer, w.pointer, uHat.pointer), "predictions")
                    try check(
                        apus_srouting_forward(
                            &desc, uHat.pointer, apart.pointer, nil, nil, space.pointer, space.count), "routing")
                    return v.error { Double(apart.pointer[$0]) }
                },
                run: {
                    try check(
                        apus_scapsule_forward(
                            &desc, u.pointer, w.pointer, v.pointer, nil, nil, nil, space.pointer, space.count), "capsules")
                })
        },
        backward("routing_bwd_b128", APUS_ROUTING_LAST_ITERATION), backward("routing_bwd_all_b128", APUS_ROUTING_ALL_ITERATIONS),
    ]
}

/// 1152 capsules of 8 numbers, routed to 10 of 16.
private func routing(_ gradient: apus_routing_gradient) -> apus_capsule_desc {
    apus_capsule_desc(
        batch: batch, in_capsules: 1152, in_dim: 8, out_capsules: 10, out_dim: 16, iterations: 3, gradient: gradient)
}

/// From the gradient of the upper capsules to those of the lower ones and of the weights, from what forward keeps for it: the
/// coupling where only the last iteration counts, as the layer does, and the predictions otherwise.
private func backward(_ name: String, _ gradient: apus_routing_gradient) -> Case {
    Case(name, family: "capsnet", runs: 5) {
        var desc = routing(gradient)
        let u = Buffer<Float>(batch * 1152 * 8, seed: 1), w = Buffer<Float>(1152 * 8 * 160, seed: 2, low: -0.1, high: 0.1)
        let v = Buffer<Float>(batch * 160), dv = Buffer<Float>(batch * 160, seed: 3), uHat = Buffer<Float>(batch * 1152 * 160)
        let sums = Buffer<Float>(apus_scapsule_sums_count(&desc)), du = Buffer<Float>(batch * 1152 * 8)
        let coupling = Buffer<Float>(batch * 1152 * 10)
        let dw = Buffer<Float>(1152 * 8 * 160), apart = Buffer<Float>(batch * 1152 * 8)
        let passes = [APUS_CAPSULE_FORWARD, APUS_CAPSULE_BACKWARD, APUS_CAPSULE_BACKWARD_COUPLED]
        let space = workspace(passes.map { apus_scapsule_workspace(&desc, $0) }.max()!)
        try check(
            apus_scapsule_forward(
                &desc, u.pointer, w.pointer, v.pointer, uHat.pointer, sums.pointer, coupling.pointer, space.pointer, space.count),
            "capsules")
        // The first run's gradient, by the two functions that this one joins.
        do {
            let dUHat = Buffer<Float>(batch * 1152 * 160)
            try check(
                apus_srouting_backward(
                    &desc, uHat.pointer, sums.pointer, dv.pointer, dUHat.pointer, space.pointer, space.count), "routing")
            try check(apus_scapsule_predict_backward(&desc, u.pointer, w.pointer, dUHat.pointer, apart.pointer, nil), "predictions")
        }
        return Work(
            error: { du.error { Double(apart.pointer[$0]) } },
            // u_hat is overwritten by its gradient, which is as large: later runs do the same work on other numbers.
            run: {
                let status = gradient == APUS_ROUTING_LAST_ITERATION
                    ? apus_scapsule_backward_coupled(
                        &desc, u.pointer, w.pointer, coupling.pointer, sums.pointer, dv.pointer, du.pointer, dw.pointer,
                        space.pointer, space.count)
                    : apus_scapsule_backward(
                        &desc, u.pointer, w.pointer, uHat.pointer, sums.pointer, dv.pointer, du.pointer, dw.pointer,
                        space.pointer, space.count)
                try check(status, "gradients")
            })
    }
}
