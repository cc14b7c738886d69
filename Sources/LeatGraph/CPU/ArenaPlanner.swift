/// Gives buffers with known lifetimes a place in one block of memory, so that those alive together never overlap.
///
/// Greedy by size, largest first, each at the lowest place that is free during its life: within a few percent of the
/// optimum on networks (Pisarchyk and Lee, "Efficient memory management for deep neural net inference", 2020).
struct ArenaPlanner {
    /// A buffer that is alive from one step to another, both included.
    struct Buffer {
        var byteCount: Int
        var firstStep: Int
        var lastStep: Int
    }

    /// The place of each buffer, in bytes.
    private(set) var offsets: [Int]
    /// The size of the block.
    private(set) var byteCount = 0

    /// Places the buffers, each at a multiple of `alignment`.
    init(_ buffers: [Buffer], alignment: Int = 64) {
        offsets = Array(repeating: 0, count: buffers.count)
        var placed: [Int] = []
        let bySize = buffers.indices.sorted { (buffers[$0].byteCount, $1) > (buffers[$1].byteCount, $0) }
        for index in bySize {
            let buffer = buffers[index]
            var offset = 0
            // `placed` is kept in order of place, so the first gap that is wide enough is the lowest.
            for other in placed where buffers[other].overlapsLife(of: buffer) {
                if offsets[other] - offset >= buffer.byteCount { break }
                offset = max(offset, (offsets[other] + buffers[other].byteCount).rounded(upTo: alignment))
            }
            offsets[index] = offset
            byteCount = max(byteCount, (offset + buffer.byteCount).rounded(upTo: alignment))
            let position = placed.firstIndex { offsets[$0] > offset } ?? placed.endIndex
            placed.insert(index, at: position)
        }
    }
}

extension ArenaPlanner.Buffer {
    fileprivate func overlapsLife(of other: Self) -> Bool {
        firstStep <= other.lastStep && other.firstStep <= lastStep
    }
}

extension Int {
    /// The next multiple of a power of two.
    func rounded(upTo alignment: Int) -> Int { (self + alignment - 1) & ~(alignment - 1) }
}
