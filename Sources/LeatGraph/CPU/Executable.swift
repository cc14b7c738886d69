import CLeatKernels
public import LeatCore

/// A compiled graph: every value has its place, every operation its kernel, and one call runs a step.
///
/// Running neither allocates nor goes back to Swift between operations. Not thread-safe: one executable of a store
/// runs at a time.
public final class Executable {
    private let plan: OpaquePointer
    private let arena: Memory
    private let store: ParameterStore
    private let pool: KernelPool
    private let inputs: [Int: CPUStep.Operand]
    private let indexInputs: Set<Int>
    private let outputs: [CPUStep.Operand]
    private let precision: Precision
    /// What each of the plan's steps does, for profiles.
    private let stepNames: [String]
    /// The tables that are read otherwise than by rows, and must be up to date before a run.
    private let wholeTables: [Table]
    private let isTraining: Bool
    /// The update that makes the gradients which a run leaves out, if there are such.
    private let update: UpdatePlan?

    /// Compiles a graph.
    ///
    /// - Parameters:
    ///   - outputs: The values to read after a run.
    ///   - loss: A scalar whose gradients for the store's trainable parameters each run leaves in the store; nil for
    ///     evaluation and prediction.
    ///   - store: Where the parameters live.
    ///   - pool: The threads that run the steps.
    /// - Throws: `GraphError` with the first mistake made while building the graph, or if the kernels refuse it.
    public init(outputs: [Value], differentiating loss: Value? = nil, store: ParameterStore, pool: KernelPool) throws {
        let compiled = try CompiledGraph(outputs: outputs, loss: loss, store: store)
        let graph = compiled.graph
        let kept = graph.reachable(
            from: compiled.outputs + compiled.gradients.map(\.value) + compiled.assignments.map(\.value))
        var fixed: [Int: UnsafeMutableRawPointer] = [:]
        for node in graph.nodes {
            if let parameter = node.operation as? Parameter {
                fixed[node.results[0]] = store.address(of: parameter.index)
            }
        }
        let written = compiled.placeGradients(in: store, fixed: &fixed)
        let tables = TableUses(
            compiled, kept: kept, fixed: fixed, copied: Set(written.map(\.source)), store: store)
        let deferred = DeferredGradients(
            compiled, kept: kept, fixed: fixed, copied: Set(written.map(\.source)), store: store)
        store.isCompiled = true
        let read =
            compiled.outputs + deferred.operands + written.map { Value(graph: graph, id: $0.source) }
            + compiled.assignments.map(\.value)
        let memory = MemoryPlan(graph, kept: kept, outputs: read, fixed: fixed)
        let arena = try Memory(byteCount: memory.byteCount)
        guard let plan = leat_plan_create(graph.precision.kernelType, Int32(pool.threadCount)) else {
            throw GraphError(.outOfMemory, "There is no memory for a plan.")
        }
        func operand(_ id: Int) -> CPUStep.Operand {
            switch memory.places[id] {
            case .arena(let offset): .init(address: arena.base + offset, shape: graph.values[id].shape)
            case .fixed(let address): .init(address: address, shape: graph.values[id].shape)
            case nil: preconditionFailure("A value that is needed has no place.")
            }
        }
        var inputs: [Int: CPUStep.Operand] = [:]
        var stepNames: [String] = []
        var indexInputs: Set<Int> = []
        var products: [GradientProduct] = []
        let update: UpdatePlan?
        do {
            for (index, node) in graph.nodes.enumerated() where kept[index] {
                let step = CPUStep(
                    plan: plan, inputs: node.inputs.map(operand), results: node.results.map(operand),
                    isRead: node.results.map { memory.isRead[$0] }, random: store.random,
                    table: tables.byNode[index]?.handle)
                switch node.operation {
                case let input as Input:
                    inputs[input.index] = step.results[0]
                    if graph.values[node.results[0]].element == .index { indexInputs.insert(input.index) }
                case let constant as Constant: step.results[0].fill(with: constant.value, graph.precision)
                case is Parameter, is Reshape: break
                default:
                    if let product = deferred.product(of: index, step) {
                        products.append(product)
                        continue
                    }
                    try Self.emit(node.operation, step)
                    let name = Self.describe(node.operation, step)
                    while stepNames.count < leat_plan_step_count(plan) { stepNames.append(name) }
                }
            }
            for table in tables.wholeGradients {
                guard leat_add_table_whole_gradient(plan, table.handle) else {
                    throw GraphError(.outOfMemory, "There is no memory for a plan's step.")
                }
                stepNames.append("Whole gradient of a table")
            }
            // States come last: a run that fails has not changed them.
            let assigned = compiled.assignments.map { ($0.value.id, store.address(of: $0.parameter)) }
            for (source, destination) in written + assigned {
                let value = operand(source)
                guard leat_add_copy(plan, value.count, value.address, destination) else {
                    throw GraphError(.outOfMemory, "There is no memory for a plan's step.")
                }
                stepNames.append("Copy \(value.shape)")
            }
            update = try store.updateState.flatMap { state in
                products.isEmpty
                    ? nil
                    : try UpdatePlan(
                        store, state, tables: store.tables, products: products, operands: arena,
                        threads: pool.threadCount)
            }
        } catch {
            leat_plan_destroy(plan)
            throw error
        }
        self.plan = plan
        self.arena = arena
        self.update = update
        isTraining = loss != nil
        self.store = store
        self.pool = pool
        self.inputs = inputs
        self.indexInputs = indexInputs
        self.outputs = compiled.outputs.map { operand($0.id) }
        precision = graph.precision
        self.stepNames = stepNames
        wholeTables = tables.wholeReads
    }

    deinit { leat_plan_destroy(plan) }

    /// The bytes of intermediate values and scratch memory.
    public var byteCount: Int { arena.byteCount + leat_plan_scratch_bytes(plan) + (update?.byteCount ?? 0) }

    /// The number of kernels that a run calls.
    public var stepCount: Int { leat_plan_step_count(plan) }

    /// Copies a tensor to an input's place, converted to the graph's precision or to indices; every input is fed before
    /// every run.
    ///
    /// - Throws: `GraphError` if the number of elements differs from the input's, or an index is no whole number.
    public func feed(_ tensor: Tensor, to index: Int) throws { try feed(TensorRows(tensor), to: index) }

    /// Copies rows of a tensor to an input's place, as `feed` does with all of one.
    ///
    /// - Throws: `GraphError` as for a tensor.
    public func feed(_ rows: TensorRows, to index: Int) throws {
        guard let input = inputs[index] else { return }
        if let update, store.leftOver === update, try update.end() { store.leftOver = nil }
        guard rows.shape.count == input.shape.count else {
            throw GraphError(
                .shapeMismatch, "A tensor of shape \(rows.shape) was fed to an input of shape \(input.shape).")
        }
        if indexInputs.contains(index) { return try feedIndices(rows.gathered(), to: input) }
        let numbers = rows.indices?.map(Int64.init)
        let length = rows.rank == 0 ? 1 : Int64(rows.length)
        rows.source.withUnsafeBytes { bytes in
            leat_convert_rows(
                pool.handle, rows.source.dtype.kernelElement, precision.kernelType, length,
                length == 0 ? 0 : input.count / length, numbers, bytes.baseAddress, input.address)
        }
    }

    private func feedIndices(_ tensor: Tensor, to input: CPUStep.Operand) throws {
        let odd = tensor.withUnsafeBytes { bytes in
            leat_convert_indices(
                tensor.dtype.kernelElement, input.count, bytes.baseAddress,
                input.address.assumingMemoryBound(to: Int32.self))
        }
        guard odd < 0 else {
            let value = try tensor.reshaped(to: [tensor.count])[Int(odd)..<Int(odd) + 1].converted(to: .float64)
            throw indexError(try value.elements(as: Double.self)[0], at: odd, limit: Int64(Int32.max))
        }
    }

    /// Runs the step.
    ///
    /// - Throws: `GraphError` if a label names no class or an index no row of its table, or if oneDNN fails; no state has
    ///   changed then.
    public func run() throws {
        settleTables()
        if isTraining { try takeLeftOver() }
        try check(leat_plan_run(plan, pool.handle))
        leaveGradients()
    }

    /// Runs the step and adds the seconds that each of its kernels took to a profile.
    ///
    /// - Throws: `GraphError` as `run`.
    public func run(into profile: inout Profile) throws {
        settleTables()
        if isTraining { try takeLeftOver() }
        var nanoseconds = [Double](repeating: 0, count: stepNames.count)
        try check(leat_plan_profile(plan, pool.handle, &nanoseconds))
        leaveGradients()
        for (name, time) in zip(stepNames, nanoseconds) { profile.add(name, seconds: time * 1e-9) }
    }

    private func settleTables() {
        for table in wholeTables { table.settle() }
    }

    /// Sees to it that the gradients of the last run are in the store, if no update has used them.
    private func takeLeftOver() throws {
        _ = try store.leftOver?.end()
        store.leftOver = nil
    }

    private func leaveGradients() {
        guard isTraining, let update else { return }
        update.begin()
        store.leftOver = update
    }

    private func check(_ result: leat_result) throws {
        switch result.status {
        case LEAT_OK: return
        case LEAT_LABEL_OUT_OF_RANGE:
            throw GraphError(
                .labelOutOfRange,
                "The label \(label(result.value)) of row \(result.row) names no class: labels are whole numbers from 0 to "
                    + "\(result.limit - 1).")
        case LEAT_INDEX_OUT_OF_RANGE: throw indexError(result.value, at: result.row, limit: result.limit)
        default:
            throw GraphError(.kernelFailed, "oneDNN failed with status \(Int(result.value)); the step did not finish.")
        }
    }

    /// The error for an index that its table has not; `limit` is the number of the table's rows.
    private func indexError(_ value: Double, at place: Int64, limit: Int64) -> GraphError {
        var position = "[\(place)]"
        if let first = indexInputs.first, let shape = inputs[first]?.shape, place < shape.count {
            var rest = Int(place)
            let coordinates = shape.dimensions.reversed().map { extent in
                defer { rest /= extent }
                return rest % extent
            }
            position = "\(Array(coordinates.reversed()))"
        }
        return GraphError(
            .indexOutOfRange,
            "The index \(label(value)) at \(position) names no row of the table: indices are whole numbers from 0 to "
                + "\(limit - 1).")
    }

    /// A label as it was written, whole numbers without a fraction.
    private func label(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? "\(value)" }

    /// A copy of an output.
    public func output(_ index: Int) throws -> Tensor {
        settleTables()
        let output = outputs[index]
        return try Tensor(shape: output.shape, dtype: precision.dtype) { bytes in
            bytes.baseAddress?.copyMemory(from: output.address, byteCount: bytes.count)
        }
    }

    /// The first element of an output, for scalars.
    public func scalar(_ index: Int) -> Double {
        let address = outputs[index].address
        return precision == .float32 ? Double(address.load(as: Float.self)) : address.load(as: Double.self)
    }

    private static func describe(_ operation: any Operation, _ step: CPUStep) -> String {
        let shapes = { (operands: [CPUStep.Operand]) in operands.map(\.shape.description).joined(separator: ", ") }
        return "\(type(of: operation)) \(shapes(step.inputs)) -> \(shapes(step.results))"
    }

    private static func emit(_ operation: any Operation, _ step: CPUStep) throws {
        guard let runnable = operation as? any CPUOperation else {
            throw GraphError(.unsupported, "The CPU has no kernel for \(operation).")
        }
        guard runnable.emit(step) else {
            let shapes = step.inputs.map(\.shape.description).joined(separator: ", ")
            throw GraphError(.unsupported, "The kernels refuse \(operation) on tensors of shapes \(shapes).")
        }
    }
}

extension CPUStep.Operand {
    fileprivate func fill(with value: Double, _ precision: Precision) {
        switch precision {
        case .float32: address.initializeMemory(as: Float.self, repeating: Float(value), count: shape.count)
        case .float64: address.initializeMemory(as: Double.self, repeating: value, count: shape.count)
        }
    }
}
