import CLeatKernels
import Testing

extension Kernels {
    @Suite struct Plans {
        /// Labels for many rows, wrong in two places.
        private func failure(_ wrong: Float, columns: Int = 10, threads: Int) -> leat_result? {
            let rows = 5000
            let x = GuardedArray<Float>(count: rows * columns, filledWith: 0)
            let labels = GuardedArray<Float>(count: rows, filledWith: 3)
            labels.elements[4321] = wrong
            labels.elements[1234] = wrong
            let p = GuardedArray<Float>(outputOf: rows * columns)
            let loss = GuardedArray<Float>(outputOf: rows)
            let after = GuardedArray<Float>(count: 1, filledWith: 7)
            let result = run(Float.self, threads: threads) {
                leat_add_sparse_cross_entropy(
                    $0, Int64(rows), Int64(columns), x.elements, labels.elements, p.elements, loss.elements)
                    && leat_add_fill($0, 1, 0, after.elements)
            }
            #expect(after.values == [7], "steps after the failure must not run")
            return result
        }

        @Test(arguments: [40, -1, 2.5, 1e30], [10, 40])
        func aLabelThatIsNoClassEndsTheRunAndIsReported(_ wrong: Float, columns: Int) {
            forEachInstructionSet { _ in
                for threads in 1...3 {
                    let result = failure(wrong, columns: columns, threads: threads)
                    #expect(result?.status == LEAT_LABEL_OUT_OF_RANGE)
                    #expect(result?.row == 1234)
                    #expect(result?.value == Double(wrong))
                    #expect(result?.limit == Int64(columns))
                }
            }
        }

        @Test func aLabelThatIsNotANumberIsReported() {
            let result = failure(.nan, threads: 2)
            #expect(result?.status == LEAT_LABEL_OUT_OF_RANGE)
            #expect(result?.value.isNaN == true)
        }

        @Test func everyStepThatReadsLabelsRefusesWrongOnes() {
            let labels = GuardedArray<Double>([5])
            let x = GuardedArray<Double>([0, 0, 0])
            let y = GuardedArray<Double>(outputOf: 3)
            let steps: [(OpaquePointer) -> Bool] = [
                { leat_add_pick($0, 1, 3, x.elements, labels.elements, y.elements) },
                { leat_add_pick_gradient($0, 1, 3, labels.elements, x.elements, y.elements) },
                {
                    leat_add_sparse_cross_entropy_gradient(
                        $0, 1, 3, x.elements, labels.elements, x.elements, y.elements)
                },
            ]
            for step in steps {
                #expect(run(Double.self, threads: 1, build: step)?.status == LEAT_LABEL_OUT_OF_RANGE)
            }
        }

        @Test func aPlanRunsAgainAfterAFailure() {
            let labels = GuardedArray<Float>([5])
            let x = GuardedArray<Float>([1, 2, 3])
            let y = GuardedArray<Float>(outputOf: 1)
            guard let plan = leat_plan_create(LEAT_FLOAT32, 1) else { return }
            defer { leat_plan_destroy(plan) }
            #expect(leat_add_pick(plan, 1, 3, x.elements, labels.elements, y.elements))
            #expect(leat_plan_run(plan, nil).status == LEAT_LABEL_OUT_OF_RANGE)
            labels.elements[0] = 2
            #expect(leat_plan_run(plan, nil).status == LEAT_OK)
            #expect(y.values == [3])
            #expect(leat_plan_step_count(plan) == 1)
        }

        /// A convolution whose filters oneDNN lays out anew: calls are one copy and one for each slice.
        @Test(.enabled(if: leat_has_onednn()), arguments: 0...2)
        func aFailureOfOneDNNEndsTheRunAndIsReported(_ call: Int) {
            let before = (leat_onednn_enable(true), leat_winograd_select(LEAT_WINOGRAD_NEVER))
            defer { _ = (leat_onednn_enable(before.0), leat_winograd_select(before.1)) }
            var g = leat_conv(batch: 8, size: (6, 6), channels: 16, filters: 16, kernel: (3, 3))
            let x = GuardedArray<Float>(count: g.inputCount, filledWith: 1)
            let w = GuardedArray<Float>(count: g.filterCount, filledWith: 1)
            let y = GuardedArray<Float>(outputOf: g.outputCount)
            let after = GuardedArray<Float>(count: 1, filledWith: 7)
            guard let plan = leat_plan_create(LEAT_FLOAT32, 1) else { return }
            defer { leat_plan_destroy(plan) }
            #expect(leat_add_conv(plan, &g, LEAT_RELU, x.elements, w.elements, nil, y.elements))
            #expect(leat_add_fill(plan, 1, 0, after.elements))
            OneDNNFaults.failing(afterCalls: call) {
                let result = leat_plan_run(plan, nil)
                #expect(result.status == LEAT_KERNEL_FAILED)
                #expect(result.row == -1)
                #expect(result.value == Double(OneDNNFaults.status))
            }
            #expect(after.values == [7], "steps after the failure must not run")
            #expect(leat_plan_run(plan, nil).status == LEAT_OK)
            #expect(after.values == [0])
            #expect(y.values.allSatisfy { $0 == 144 })
        }

        @Test func aPoolServesManyRunsAndPlans() {
            let count = 200_000
            let x = GuardedArray<Float>(count: count, filledWith: 1)
            let y = GuardedArray<Float>(count: count, filledWith: 0)
            let sum = GuardedArray<Float>(outputOf: 1)
            guard let pool = leat_pool_create(4) else { return }
            defer { leat_pool_destroy(pool) }
            #expect(leat_pool_threads(pool) == 4)
            for threads in 1...6 {
                guard let plan = leat_plan_create(LEAT_FLOAT32, Int32(threads)) else { return }
                defer { leat_plan_destroy(plan) }
                let length = Int64(count)
                // Not inside `#expect`, which lets go of an array before its pointer is used.
                let areAdded =
                    leat_add_binary(plan, LEAT_ADD, 1, [length], x.elements, [1], y.elements, [1], y.elements)
                    && leat_add_reduce(plan, LEAT_SUM, 1, [length], [true], y.elements, sum.elements)
                #expect(areAdded)
                y.fill(with: 0)
                for run in 1...50 {
                    #expect(leat_plan_run(plan, pool).status == LEAT_OK)
                    #expect(sum.values == [Float(run * count)])
                }
            }
        }

        @Test func denormalsAreFlushedInsideARunAndNowhereElse() {
            let x = GuardedArray<Float>([Float.leastNonzeroMagnitude])
            let y = GuardedArray<Float>(outputOf: 1)
            let result = run(Float.self, threads: 1) { leat_add_unary($0, LEAT_NEGATE, 1, x.elements, y.elements) }
            #expect(result?.status == LEAT_OK)
            let half = x.elements[0] * 1
            #expect(half == Float.leastNonzeroMagnitude)
        }

        @Test func anUnsupportedInstructionSetIsNotSelected() {
            let before = leat_isa_current()
            #expect(leat_isa_supported(LEAT_ISA_PORTABLE))
            #expect(!leat_isa_select(leat_isa(rawValue: 9)))
            #expect(leat_isa_current() == before)
        }
    }
}
