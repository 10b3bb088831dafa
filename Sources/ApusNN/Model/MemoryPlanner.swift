/// Lays buffers out in one block of memory, so that two share a place when their lives do not meet.
///
/// Time is counted in steps; a buffer lives from the step that writes it to the last that reads it,
/// both included. Larger buffers are placed first, each at the lowest offset where nothing that lives
/// with it lies: the greedy-by-size heuristic of Pisarchyk and Lee, "Efficient Memory Management for
/// Deep Neural Net Inference" (2020).
struct MemoryPlanner {
    private struct Request {
        var bytes: Int
        var first: Int
        var last: Int
    }

    /// A cache line, so that no two buffers share one.
    private static let alignment = 64
    private var requests: [Request] = []

    /// Asks for a buffer; the number is its place in the offsets of ``layout()``.
    mutating func add(bytes: Int, first: Int, last: Int) -> Int {
        let rounded = (bytes + MemoryPlanner.alignment - 1) / MemoryPlanner.alignment * MemoryPlanner.alignment
        requests.append(Request(bytes: rounded, first: first, last: last))
        return requests.count - 1
    }

    /// Makes a buffer live until `step` at least.
    mutating func extend(_ buffer: Int, until step: Int) {
        requests[buffer].last = max(requests[buffer].last, step)
    }

    /// Every buffer's offset in bytes, and the bytes in all.
    func layout() -> (offsets: [Int], byteCount: Int) {
        var offsets = [Int](repeating: 0, count: requests.count)
        var placed: [Int] = []
        var total = 0
        let order = requests.indices.sorted {
            requests[$0].bytes != requests[$1].bytes ? requests[$0].bytes > requests[$1].bytes : $0 < $1
        }
        for index in order {
            let request = requests[index]
            var offset = 0
            // `placed` is sorted by offset, so one sweep finds the first gap that is wide enough.
            for other in placed {
                let neighbour = requests[other]
                let meets = neighbour.first <= request.last && request.first <= neighbour.last
                if meets && offsets[other] < offset + request.bytes && offset < offsets[other] + neighbour.bytes {
                    offset = offsets[other] + neighbour.bytes
                }
            }
            offsets[index] = offset
            total = max(total, offset + request.bytes)
            placed.insert(index, at: placed.firstIndex { offsets[$0] > offset } ?? placed.endIndex)
        }
        return (offsets, total)
    }
}
