import CLeatKernels
import LeatCore

/// Decides for each value of a graph where it lives: in the parameter store, at a fixed place, or in the arena.
///
/// Reshapes share their operand's memory; an operation may write over an operand that nobody reads afterwards.
struct MemoryPlan {
    enum Place {
        case arena(offset: Int)
        case fixed(UnsafeMutableRawPointer)
    }

    /// The place of each value; nil if the value is not computed.
    private(set) var places: [Place?]
    /// For each value, whether an operation or somebody outside reads it.
    let isRead: [Bool]
    /// The arena's size.
    let byteCount: Int

    /// Plans the nodes that are `kept`; `outputs` are read after a run, `fixed` values have a place already.
    init(_ graph: Graph, kept: [Bool], outputs: [Value], fixed: [Int: UnsafeMutableRawPointer]) {
        // Values joined by reshapes form a class, named by its first value.
        var classes = Array(graph.values.indices)
        for (index, node) in graph.nodes.enumerated() where kept[index] && node.operation is Reshape {
            classes[node.results[0]] = classes[node.inputs[0]]
        }
        var lastUse = [Int](repeating: -1, count: graph.values.count)
        var isRead = [Bool](repeating: false, count: graph.values.count)
        for (index, node) in graph.nodes.enumerated() where kept[index] {
            for value in node.inputs + node.results { lastUse[classes[value]] = index }
            for value in node.inputs { isRead[value] = true }
        }
        for value in outputs.map(\.id) + fixed.keys { isRead[value] = true }
        self.isRead = isRead
        var pinned = Set(fixed.keys.map { classes[$0] })
        for output in outputs {
            lastUse[classes[output.id]] = graph.nodes.count
            pinned.insert(classes[output.id])
        }

        var bufferOfClass: [Int: Int] = [:]
        var buffers: [ArenaPlanner.Buffer] = []
        for (index, node) in graph.nodes.enumerated() where kept[index] && !(node.operation is Reshape) {
            // What is fed or constant is written outside the run, so its memory is its own throughout.
            let isSource = node.operation is Input || node.operation is Constant
            for (position, result) in node.results.enumerated() where fixed[result] == nil {
                let isMade = isRead[result] || !node.operation.optionalResults.contains(position)
                let byteCount = isMade ? graph.byteCount(of: result) : 0
                if position == 0, let operand = node.operation.reusableOperand.map({ classes[node.inputs[$0]] }),
                    !pinned.contains(operand), lastUse[operand] == index, graph.byteCount(of: operand) == byteCount,
                    let buffer = bufferOfClass[operand]
                {
                    bufferOfClass[result] = buffer
                    buffers[buffer].lastStep = max(buffers[buffer].lastStep, lastUse[result])
                    continue
                }
                bufferOfClass[result] = buffers.count
                buffers.append(
                    .init(
                        byteCount: byteCount, firstStep: isSource ? 0 : index,
                        lastStep: isSource ? graph.nodes.count : lastUse[result]))
                if isSource { pinned.insert(result) }
            }
        }
        let planner = ArenaPlanner(buffers)
        byteCount = planner.byteCount
        places = classes.map { value in
            if let address = fixed[value] { return .fixed(address) }
            return bufferOfClass[value].map { .arena(offset: planner.offsets[$0]) }
        }
    }
}

extension Graph {
    fileprivate func byteCount(of value: Int) -> Int {
        let info = values[value]
        return switch info.element {
        case .real: info.shape.count * precision.dtype.byteCount
        case .position: info.shape.count * MemoryLayout<UInt16>.size
        case .bit: Int(leat_mask_bytes(Int64(info.shape.count)))
        case .index: info.shape.count * MemoryLayout<Int32>.size
        }
    }
}
