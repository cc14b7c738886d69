import CLeatKernels
import LeatCore

extension Indices: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        leat_add_indices(step.plan, step.inputs[0].count, step.inputs[0].address, step.results[0].indices)
    }
}

extension Embedding: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        let (indices, table) = (step.inputs[0], step.inputs[1])
        if let rows = step.table, !leat_add_table_rows(step.plan, rows, indices.count, indices.indices) { return false }
        return leat_add_embedding(
            step.plan, indices.count, table.rows, table.columns, indices.indices, table.address,
            step.results[0].address)
    }
}

extension EmbeddingGradient: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        let (indices, dy, table) = (step.inputs[0], step.inputs[1], step.results[0])
        if let rows = step.table {
            return leat_add_table_gradient(step.plan, rows, indices.count, indices.indices, dy.address)
        }
        return leat_add_embedding_gradient(
            step.plan, indices.count, table.rows, table.columns, indices.indices, dy.address, table.address)
    }
}

extension CPUStep.Operand {
    fileprivate var indices: UnsafeMutablePointer<Int32> { address.assumingMemoryBound(to: Int32.self) }
}
