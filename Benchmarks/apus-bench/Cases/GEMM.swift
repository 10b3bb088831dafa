import ApusCore
import CApus
import CBenchCommon

/// Matrix products: squares, transposed ones, those of the models, matrices times vectors, and packed weights.
func gemmCases() -> [Case] {
    (0..<bench_gemm_shape_count()).map { index in
        var shape = bench_gemm_shape_at(index)
        let name = String(cString: shape.name), family = String(cString: shape.family)
        let elementBytes = shape.is_double != 0 ? 8 : 4
        // A matrix that stays in the caches is not read from memory.
        let bytes = Double(shape.k * max(shape.m, shape.n) * elementBytes)
        let traffic = shape.reads != 0 && bytes > 5e7 ? Traffic(reads: 1, writes: 0, bytes: bytes) : nil
        return Case(
            name, family: family, operations: bench_gemm_operations(&shape), elementBytes: elementBytes, traffic: traffic
        ) {
            if shape.packed != 0 { return try packedProduct(shape, name) }
            return shape.is_double != 0 ? doubleProduct(shape, name) : floatProduct(shape, name)
        }
    }
}

private func floatProduct(_ shape: bench_gemm_shape, _ name: String) -> Work {
    var shape = shape
    var desc = bench_gemm_desc(&shape)
    let a = Buffer<Float>(shape.m * shape.k, seed: 1), b = Buffer<Float>(shape.k * shape.n, seed: 2)
    let c = Buffer<Float>(shape.m * shape.n), space = workspace(apus_sgemm_workspace(&desc))
    return Work(error: { bench_sgemm_error(&shape, a.pointer, b.pointer, c.pointer) }) {
        try check(apus_sgemm(&desc, a.pointer, b.pointer, nil, c.pointer, space.pointer, space.count), name)
    }
}

private func packedProduct(_ shape: bench_gemm_shape, _ name: String) throws -> Work {
    var shape = shape
    var desc = bench_gemm_desc(&shape)
    let a = Buffer<Float>(shape.m * shape.k, seed: 1), b = Buffer<Float>(shape.k * shape.n, seed: 2)
    let c = Buffer<Float>(shape.m * shape.n), space = workspace(apus_sgemm_packed_workspace(&desc))
    let packed = workspace(apus_sgemm_pack_b_bytes(shape.n, shape.k))
    try check(apus_sgemm_pack_b(desc.transpose_b, shape.n, shape.k, b.pointer, desc.ldb, packed.pointer, packed.count), name)
    return Work(error: { bench_sgemm_error(&shape, a.pointer, b.pointer, c.pointer) }) {
        try check(
            apus_sgemm_packed(&desc, a.pointer, packed.pointer, packed.count, nil, c.pointer, space.pointer, space.count), name)
    }
}

private func doubleProduct(_ shape: bench_gemm_shape, _ name: String) -> Work {
    var shape = shape
    var desc = bench_gemm_desc(&shape)
    let a = Buffer<Double>(shape.m * shape.k, seed: 1), b = Buffer<Double>(shape.k * shape.n, seed: 2)
    let c = Buffer<Double>(shape.m * shape.n), space = workspace(apus_dgemm_workspace(&desc))
    return Work(error: { bench_dgemm_error(&shape, a.pointer, b.pointer, c.pointer) }) {
        try check(apus_dgemm(&desc, a.pointer, b.pointer, nil, c.pointer, space.pointer, space.count), name)
    }
}
