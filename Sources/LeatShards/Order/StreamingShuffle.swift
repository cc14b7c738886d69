/// MosaicML Streaming's shuffles, bit for bit: the order of an epoch as `get_shuffle` gives it, as a list of the numbers
/// of samples.
///
/// What the shuffles have in common: the list of shards is shuffled once for the run, divided between canonical nodes,
/// cutting shards where it must, and each node's part of the list is shuffled anew for each epoch.
struct StreamingShuffle {
    /// The numbers of the samples, in ranges that come one after the other; a canonical node's are neighbours.
    private(set) var spans: [Range<Int>]
    /// Which spans are a canonical node's.
    private(set) var nodes: [Range<Int>]
    private(set) var random: NumPyGenerator
    private let count: Int

    /// The samples of shards, or parts, of these sizes, fewer than 2³², for as many canonical nodes.
    init(_ sizes: [Int], _ nodes: Int, _ seed: UInt64, _ epoch: Int) {
        let starts = sizes.startsOfRuns
        count = starts[sizes.count]
        var all = sizes.indices.map { starts[$0]..<starts[$0 + 1] }
        var fixed = NumPyGenerator(seed: seed)
        fixed.shuffle(&all, in: 0..<all.count)
        (spans, self.nodes) = Self.divide(all, count, nodes)
        random = NumPyGenerator(seed: seed, plus: epoch)
        for node in self.nodes { random.shuffle(&spans, in: node) }
    }

    /// Divides spans between as many nodes, and cuts those that reach over an end.
    private static func divide(_ spans: [Range<Int>], _ count: Int, _ nodes: Int) -> ([Range<Int>], [Range<Int>]) {
        var parts: [Range<Int>] = []
        parts.reserveCapacity(spans.count + nodes)
        var owned: [Range<Int>] = []
        var rest = spans[...]
        var done = 0
        for node in 1...nodes {
            let first = parts.count
            let end = count * node / nodes
            while var span = rest.first {
                if done + span.count > end {
                    if done < end {
                        let cut = span.lowerBound + end - done
                        parts.append(span.lowerBound..<cut)
                        span = cut..<span.upperBound
                        rest[rest.startIndex] = span
                        done = end
                    }
                    break
                }
                parts.append(span)
                done += span.count
                rest.removeFirst()
            }
            owned.append(first..<parts.count)
        }
        return (parts, owned)
    }

    /// The numbers of all spans, one after the other.
    private var numbers: [UInt32] {
        var numbers: [UInt32] = []
        numbers.reserveCapacity(count)
        for span in spans { numbers.append(contentsOf: UInt32(span.lowerBound)..<UInt32(span.upperBound)) }
        return numbers
    }
}

// MARK: naive, py1s and py2s

extension StreamingShuffle {
    /// `naive` of so many samples.
    static func naive(_ count: Int, _ seed: UInt64, _ epoch: Int) -> [UInt32] {
        var random = NumPyGenerator(seed: seed, plus: epoch)
        return random.permutation(count)
    }

    /// `py1s`.
    consuming func withinSpans() -> [UInt32] {
        var numbers = numbers
        var begin = 0
        for span in spans {
            random.shuffle(&numbers, in: begin..<begin + span.count)
            begin += span.count
        }
        return numbers
    }

    /// `py2s`: as `withinSpans`, with samples shuffled in their shards before these are divided between nodes.
    static func twice(_ sizes: [Int], _ nodes: Int, _ seed: UInt64, _ epoch: Int) -> [UInt32] {
        let starts = sizes.startsOfRuns
        var fixed = NumPyGenerator(seed: seed)
        var shards = sizes.indices.map { starts[$0]..<starts[$0 + 1] }
        fixed.shuffle(&shards, in: 0..<shards.count)
        var samples = shards.flatMap { UInt32($0.lowerBound)..<UInt32($0.upperBound) }
        let begins = shards.map(\.count).startsOfRuns
        let places = shards.indices.map { begins[$0]..<begins[$0 + 1] }
        for place in places { fixed.shuffle(&samples, in: place) }

        var (spans, parts) = divide(places, samples.count, nodes)
        var random = NumPyGenerator(seed: seed, plus: epoch)
        var numbers: [UInt32] = []
        numbers.reserveCapacity(samples.count)
        for part in parts {
            random.shuffle(&spans, in: part)
            for span in spans[part] {
                random.shuffle(&samples, in: span)
                numbers.append(contentsOf: samples[span])
            }
        }
        return numbers
    }
}

// MARK: py1br

extension StreamingShuffle {
    /// `py1br`.
    consuming func withinBlocks(of block: Int) -> [UInt32] {
        var numbers = numbers
        let (least, most) = (Self.scaled(block, by: 0.75), Self.scaled(block, by: 1.25))
        let staggers = nodes.map { _ in random.integer(in: 0..<least) }
        var nodeStart = 0
        for (node, stagger) in zip(nodes, staggers) {
            let nodeEnd = spans[node].reduce(nodeStart) { $0 + $1.count }
            // All sizes are drawn before the first shuffle.
            var blocks: [Range<UInt32>] = []
            var end = nodeStart
            while end < nodeEnd {
                let size = random.integer(in: least..<most)
                let block = max(end - stagger, nodeStart)..<min(end + size - stagger, nodeEnd)
                blocks.append(UInt32(block.lowerBound)..<UInt32(block.upperBound))
                end += block.count
            }
            for block in blocks { random.shuffle(&numbers, in: Int(block.lowerBound)..<Int(block.upperBound)) }
            nodeStart = nodeEnd
        }
        return numbers
    }

    /// Python's `int(factor * block)`.
    static func scaled(_ block: Int, by factor: Double) -> Int { Int(factor * Double(block)) }
}
