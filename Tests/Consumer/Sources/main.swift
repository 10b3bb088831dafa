// What a stranger's program does: import Apus, train a small network, use both processors.
import Apus
import CApus
import Glibc

func fail(_ message: String) -> Never {
    print("FAILED: \(message)")
    exit(1)
}

/// Which threads ran: each piece of work notes its thread and takes about a millisecond. A function, because a
/// closure written here would belong to the main actor, and the workers are not on it.
func noteThread(_ context: UnsafeMutableRawPointer?, _ begin: Int, _ end: Int) {
    let threads = context!.assumingMemoryBound(to: UInt.self)
    for piece in begin..<end {
        threads[piece] = UInt(pthread_self())
        usleep(1000)
    }
}

let pieces = 64
let threads = UnsafeMutablePointer<UInt>.allocate(capacity: pieces)
threads.initialize(repeating: 0, count: pieces)
let status = apus_parallel_for(pieces, 1, noteThread, threads)
guard status == APUS_OK else { fail(String(cString: apus_status_string(status))) }
let distinct = Set((0..<pieces).map { threads[$0] })
print("\(distinct.count) threads at work, instruction set \(String(cString: apus_isa_name(apus_get_isa())))")
guard distinct.count == 2, !distinct.contains(0) else { fail("expected two threads, saw \(distinct.count)") }

// The smallest thing that needs a hidden layer. The same seed gives the same weights everywhere.
let x = Tensor<Float>([0, 0, 0, 1, 1, 0, 1, 1], shape: [4, 2])
let y = Tensor<Float>([0, 1, 1, 0], shape: [4, 1])
let model = try Sequential(input: [2], seed: 1) {
    Dense(8, activation: .tanh)
    Dense(1, activation: .sigmoid)
}
try model.fit(x, y, loss: BinaryCrossEntropy(), optimizer: Adam(learningRate: 0.05), epochs: 400, batchSize: 4)
let guesses = try model.predict(x)
for item in 0..<4 { print("\(x[item, 0]) xor \(x[item, 1]) = \(guesses[item, 0])") }
guard (0..<4).allSatisfy({ abs(guesses[$0, 0] - y[$0, 0]) < 0.1 }) else { fail("XOR was not learned") }
print("XOR learned")
