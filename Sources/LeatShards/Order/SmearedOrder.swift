/// The order of `py1e`, worked out window by window: memory for a few windows, however many samples there are.
///
/// Canonical nodes are read side by side: the first sample of each, the second of each, and so on; one that has fewer
/// than others repeats its last.
struct SmearedOrder: SampleOrder {
    /// A part of a canonical node's order.
    private struct Window: Sendable {
        var positions = 0..<0
        var ids: [UInt32] = []
    }

    private struct Node: Sendable {
        let spans: SmearedSpans
        /// Windows are of neighbouring places: where they begin, and at which position of the node.
        let places: [Int]
        let positions: [Int]
        let windows: RecentValues<Int, Window>

        init(_ spans: SmearedSpans, width: Int) {
            self.spans = spans
            let count = max((spans.count + width - 1) / width, 1)
            let places = (0...count).map { spans.count * $0 / count }
            self.places = places
            positions = places.indices.map { index in
                index == 0 || index == count ? places[index] : spans.count(before: places[index])
            }
            windows = RecentValues(limit: width > 1 << 20 ? 2 : 3)
        }

        func window(at position: Int) -> Window {
            let number = positions.run(containing: position)
            return windows.value(for: number) {
                Window(
                    positions: positions[number]..<positions[number + 1],
                    ids: spans.ids(at: places[number]..<places[number + 1]))
            }
        }
    }

    private let nodes: [Node]
    private let shardStarts: [Int]
    /// How many samples a node has at least, and at most.
    private let shortest: Int
    private let longest: Int

    /// The order of an epoch, whose spans Streaming has shuffled; about `windowWidth` samples of a node make a window.
    init(_ stream: StreamingShuffle, of units: SampleUnits, blockSize: Int, windowWidth: Int? = nil) {
        let sizes = StreamingShuffle.scaled(blockSize, by: 0.75)..<StreamingShuffle.scaled(blockSize, by: 1.25)
        let span = stream.spans.reduce(0) { max($0, $1.count) }
        let width = windowWidth ?? Self.width(blockSize, span, stream.nodes.count)
        var random = stream.random
        nodes = stream.nodes.map { node in
            Node(SmearedSpans(stream.spans[node], of: units, sizes: sizes, &random), width: width)
        }
        shardStarts = units.shardStarts
        shortest = nodes.reduce(.max) { min($0, $1.spans.count) }
        longest = nodes.reduce(0) { max($0, $1.spans.count) }
    }

    var count: Int { longest * nodes.count }

    func appendSamples(at positions: Positions, to ids: inout [Int]) {
        forEachID(at: positions) { ids.append($0) }
    }

    func noteShards(at positions: Positions, in needs: inout ShardNeeds) {
        var current = 0..<0
        forEachID(at: positions) { needs.note(shardOf: $0, shardStarts, &current) }
    }

    @inline(__always) private func forEachID(at positions: Positions, _ body: (Int) -> Void) {
        var windows = Array(repeating: Window(), count: nodes.count)
        windows.withUnsafeMutableBufferPointer { windows in
            for position in positions {
                let (row, number) =
                    nodes.count == 1 ? (position, 0) : position.quotientAndRemainder(dividingBy: nodes.count)
                let place = row < shortest ? row : min(row, nodes[number].spans.count - 1)
                if !windows[number].positions.contains(place) { windows[number] = nodes[number].window(at: place) }
                body(Int(windows[number].ids[place - windows[number].positions.lowerBound]))
            }
        }
    }

    /// How many samples a window has.
    ///
    /// Spans that reach into several windows are worked out for each: a block's worth of samples, and at both ends what
    /// remains of a span, for each window. So the work at most doubles, and for small blocks and shards it hardly grows.
    private static func width(_ blockSize: Int, _ longestSpan: Int, _ nodes: Int) -> Int {
        blockSize + longestSpan + max(1 << 17 / nodes, 1)
    }
}
