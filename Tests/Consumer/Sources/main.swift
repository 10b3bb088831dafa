// What a stranger's program does: import Apus, train a small network, use both processors.
import Apus
import CApus
import Glibc

/// A function that was never learned gives this exit status.
func fail(_ message: String) -> Never {
    fputs("\(message)\n", stderr)
    exit(1)
}

// Which threads ran: each of 64 pieces of work notes its thread and takes about a millisecond.
let pieces = 64
let threads = UnsafeMutablePointer<UInt>.allocate(capacity: pieces)
threads.initialize(repeating: 0, count: pieces)
let status = apus_parallel_for(pieces, 1, { context, begin, end in
    let threads = context!.assumingMemoryBound(to: UInt.self)
    for piece in begin..<end {
        threads[piece] = UInt(pthread_self())
        usleep(1000)
    }
}, threads)
guard status == APUS_OK else { fail(String(cString: apus_status_string(status))) }
let distinct = Set((0..<pieces).map { threads[$0] })
print("\(distinct.count) threads at work, instruction set \(String(cString: apus_isa_name(apus_get_isa())))")
guard distinct.count == 2, !distinct.contains(0) else { fail("expected two threads, saw \(distinct.count)") }
