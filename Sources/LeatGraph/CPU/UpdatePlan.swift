import CLeatKernels
import LeatCore

/// A gradient that is a product of matrices, which an update makes itself.
struct GradientProduct {
    /// The parameter's index.
    let parameter: Int
    /// The product, its result in the gradient's place.
    let gemm: leat_gemm
}

/// One update of all trainable parameters of a store, those included whose gradients a run left out.
final class UpdatePlan {
    private let plan: OpaquePointer
    private let precision: Precision
    private let products: [GradientProduct]
    /// What the steps refer to.
    private let state: UpdateState
    private let tables: [Table]
    /// Where the operands are: the executable owns this memory, and may be gone before the update.
    private weak var operands: Memory?
    private var heldOperands: Memory?
    /// Whether the operands are still those of the last run.
    private var areOperandsWhole = false

    /// The update by gradients in the store, and by `products` that are not; their operands are in `operands`.
    ///
    /// - Throws: `GraphError` if there is not enough memory.
    init(
        _ store: ParameterStore, _ state: UpdateState, tables: [Int: Table], products: [GradientProduct] = [],
        operands: Memory? = nil, threads: Int
    ) throws {
        guard let plan = leat_plan_create(store.precision.kernelType, Int32(threads)) else {
            throw GraphError(.outOfMemory, "There is no memory for an optimizer's plan.")
        }
        self.plan = plan
        precision = store.precision
        (self.products, self.state, self.operands) = (products, state, operands)
        self.tables = tables.sorted { $0.key < $1.key }.map(\.value)
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
        for table in self.tables { added = added && leat_add_table_update(plan, table.handle) }
        guard added else { throw GraphError(.outOfMemory, "There is no memory for an optimizer's step.") }
    }

    deinit { leat_plan_destroy(plan) }

    /// The bytes of scratch memory.
    var byteCount: Int { leat_plan_scratch_bytes(plan) }

    /// Changes the parameters.
    ///
    /// - Throws: `GraphError` if the operands are overwritten, which they are only after an update.
    func run(pool: KernelPool) throws {
        guard products.isEmpty || areOperandsWhole else {
            throw GraphError(.invalidArgument, "The gradients of the last run were used by an update and not kept.")
        }
        // Optimizers' kernels have no way to fail.
        _ = leat_plan_run(plan, pool.handle)
        heldOperands = nil
    }

    /// Says that a run has left its gradients to this update.
    func begin() {
        areOperandsWhole = true
        heldOperands = operands
    }

    /// Says that the operands will be overwritten: gradients that no update has used are written first.
    ///
    /// - Returns: Whether all gradients are in the store now.
    /// - Throws: `GraphError` if there is not enough memory or oneDNN fails.
    func end() throws -> Bool {
        guard heldOperands != nil else {
            areOperandsWhole = false
            return false
        }
        for product in products { try write(product) }
        heldOperands = nil
        areOperandsWhole = false
        return true
    }

    /// Writes a gradient that the update makes itself to its place in the store.
    ///
    /// - Throws: `GraphError` if the operands are overwritten, there is not enough memory, or oneDNN fails.
    func writeGradient(of parameter: Int, _ name: String) throws {
        guard let product = products.first(where: { $0.parameter == parameter }) else { return }
        guard areOperandsWhole, operands != nil else {
            throw GraphError(
                .invalidArgument,
                "The gradient of \(name) was made by the update and not kept: ask for it before another batch is fed.")
        }
        try write(product)
    }

    private func write(_ product: GradientProduct) throws {
        var gemm = product.gemm
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
