import CLeatKernels
import LeatCore

/// A gradient that is a product of matrices, which an update makes itself.
struct GradientProduct {
    /// The parameter's index.
    let parameter: Int
    /// The product, its result in the gradient's place.
    let gemm: leat_gemm
}

/// One update of all trainable parameters of a store.
final class UpdatePlan {
    private let plan: OpaquePointer
    private let products: [GradientProduct]
    /// What the steps refer to.
    private let state: UpdateState
    private let tables: [Table]
    private let operands: Memory?

    /// The update by gradients in the store, and by `products` that are not; their operands are in `operands`.
    ///
    /// - Throws: `GraphError` if there is not enough memory.
    init(
        _ store: ParameterStore, _ state: UpdateState, products: [GradientProduct], operands: Memory? = nil,
        threads: Int
    ) throws {
        guard let plan = leat_plan_create(store.precision.kernelType, Int32(threads)) else {
            throw GraphError(.outOfMemory, "There is no memory for an optimizer's plan.")
        }
        self.plan = plan
        (self.products, self.state, self.operands) = (products, state, operands)
        tables = store.tables.sorted { $0.key < $1.key }.map(\.value)
        var rule = state.rule
        var added = true
        /// Adds the update of the flat arrays between two distances from their beginnings.
        func addRange(_ begin: Int, _ end: Int) {
            guard begin < end else { return }
            let count = Int64((end - begin) / store.precision.dtype.byteCount)
            added =
                added
                && leat_add_update(
                    plan, &rule, count, state.rateAddress, store.gradientBase + begin, state.addresses(at: begin),
                    store.trainableBase + begin)
        }
        let end = tables.isEmpty ? store.trainableByteCount : store.denseByteCount
        var begin = 0
        for product in products.sorted(by: { store.offset(of: $0.parameter) < store.offset(of: $1.parameter) }) {
            let offset = store.offset(of: product.parameter)
            addRange(begin, offset)
            begin = offset + store.byteCount(of: product.parameter)
            var gemm = product.gemm
            added =
                added
                && leat_add_product_update(
                    plan, &rule, &gemm, state.rateAddress, state.addresses(at: offset), store.trainableBase + offset)
        }
        addRange(begin, end)
        for table in tables { added = added && leat_add_table_update(plan, table.handle) }
        guard added else { throw GraphError(.outOfMemory, "There is no memory for an optimizer's step.") }
    }

    deinit { leat_plan_destroy(plan) }

    /// Changes the parameters.
    func run(pool: KernelPool) {
        // Optimizers' kernels have no way to fail.
        _ = leat_plan_run(plan, pool.handle)
    }

    /// Writes a gradient that the update would make itself to its place in the store.
    ///
    /// - Throws: `GraphError` if there is not enough memory or oneDNN fails.
    func writeGradient(of parameter: Int, _ precision: Precision) throws {
        guard var gemm = products.first(where: { $0.parameter == parameter })?.gemm else { return }
        guard let plan = leat_plan_create(precision.kernelType, 1) else {
            throw GraphError(.outOfMemory, "There is no memory for a plan.")
        }
        defer { leat_plan_destroy(plan) }
        guard leat_add_gemm(plan, &gemm) else {
            throw GraphError(.outOfMemory, "There is no memory for a plan's step.")
        }
        let result = leat_plan_run(plan, nil)
        guard result.status == LEAT_OK else {
            throw GraphError(.kernelFailed, "oneDNN failed with status \(Int(result.value)); there is no gradient.")
        }
    }
}
