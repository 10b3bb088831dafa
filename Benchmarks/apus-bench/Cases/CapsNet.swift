import ApusCore
import ApusModels
import ApusNN
import CApus

/// CapsNet on 128 digits: a training step with reconstruction, by Adam; inference; predictions and routing alone.
func capsNetCases() -> [Case] {
    let batch = 128
    func make() throws -> (model: CapsNet, batch: CapsNet.Batch, arrays: [Any]) {
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
    return [
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
        Case("capsnet_infer_b128", family: "capsnet", runs: 3) {
            let (model, digits, arrays) = try make()
            var loss = Double.infinity
            return Work(
                wrong: 10,
                error: { withExtendedLifetime(arrays) { loss.isFinite ? loss : .infinity } },
                run: { loss = try model.evaluationStep(digits).lossSum / Double(batch) })
        },
        Case("routing_fwd_b128", family: "capsnet", runs: 5) {
            var desc = apus_capsule_desc()
            (desc.batch, desc.in_capsules, desc.in_dim, desc.out_capsules, desc.out_dim) = (batch, 1152, 8, 10, 16)
            desc.iterations = 3
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
    ]
}
