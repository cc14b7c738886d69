import CLeatKernels
import Testing

extension Kernels {
    /// Tables whose rows are updated when they are needed hold, bit for bit, what an optimizer over all rows makes.
    @Suite struct Tables {
        private static let rules: [leat_rule] = [
            .sgd(0), .sgd(0.9), .sgd(0.9, nesterov: true), .rmsprop, .adam(amsgrad: false), .adam(amsgrad: true),
            .adadelta,
        ]

        /// A table and its twin, which an ordinary update visits whole.
        private final class Pair<T: Real> {
            let rows: Int, width: Int, count: Int
            let rate = GuardedArray<Double>([0.1])
            let indices: GuardedArray<Int32>
            let dy: GuardedArray<T>
            let lazy: [GuardedArray<T>], whole: [GuardedArray<T>]  // p, slots
            let g: GuardedArray<T>, wholeGradient: GuardedArray<T>
            let table: OpaquePointer
            let looking: OpaquePointer, learning: OpaquePointer, settling: OpaquePointer
            let reference: OpaquePointer
            let pool: OpaquePointer
            var numbers = Numbers(11)

            init?(_ rule: leat_rule, rows: Int, width: Int, count: Int, threads: Int32) {
                (self.rows, self.width, self.count) = (rows, width, count)
                var rule = rule
                let slots = Int(leat_rule_slots(&rule))
                let p: [T] = numbers.array(rows * width)
                func state() -> [GuardedArray<T>] {
                    [GuardedArray(p)] + (0..<slots).map { _ in GuardedArray([T](repeating: 0, count: rows * width)) }
                }
                (lazy, whole) = (state(), state())
                // Rows that have no gradient are never read.
                g = GuardedArray<T>(outputOf: rows * width)
                wholeGradient = GuardedArray<T>(outputOf: rows * width)
                g.fill(with: .nan)
                indices = GuardedArray<Int32>(count: count, filledWith: 0)
                dy = GuardedArray<T>(count: count * width, filledWith: 0)
                func addresses(_ state: [GuardedArray<T>]) -> [UnsafeMutableRawPointer?] {
                    state.dropFirst().map { .init($0.elements) } + Array(repeating: nil, count: 3 - slots)
                }
                guard let pool = leat_pool_create(threads),
                    let table = leat_table_create(
                        T.plan, Int64(rows), Int64(width), &rule, rate.elements, g.elements, addresses(lazy),
                        lazy[0].elements),
                    let looking = leat_plan_create(T.plan, threads), let learning = leat_plan_create(T.plan, threads),
                    let settling = leat_plan_create(T.plan, threads), let reference = leat_plan_create(T.plan, threads),
                    leat_add_table_rows(looking, table, Int64(count), indices.elements),
                    leat_add_table_gradient(looking, table, Int64(count), indices.elements, dy.elements),
                    leat_add_table_update(learning, table), leat_add_table_settle(settling, table),
                    leat_add_embedding_gradient(
                        reference, Int64(count), Int64(rows), Int64(width), indices.elements, dy.elements,
                        wholeGradient.elements),
                    leat_add_update(
                        reference, &rule, Int64(rows * width), rate.elements, wholeGradient.elements, addresses(whole),
                        whole[0].elements)
                else { return nil }
                (self.pool, self.table, self.looking, self.learning) = (pool, table, looking, learning)
                (self.settling, self.reference) = (settling, reference)
            }

            deinit {
                for plan in [looking, learning, settling, reference] { leat_plan_destroy(plan) }
                leat_table_destroy(table)
                leat_pool_destroy(pool)
            }

            /// Draws a batch that names rows below `limit`, and says whether the rows looked up are the twin's.
            func step(_ number: Int, namesBelow limit: Int) -> Bool {
                rate.set([0.1 / Double(number + 1)])
                indices.set((0..<count).map { _ in Int32(numbers.next() * Double(limit)) })
                dy.set(numbers.array(count * width))
                guard leat_plan_run(looking, pool).status == LEAT_OK else { return false }
                let (mine, twin) = (lazy[0].values, whole[0].values)
                let agrees = indices.values.allSatisfy { index in
                    (Int(index) * width..<Int(index + 1) * width).allSatisfy { mine[$0].bits == twin[$0].bits }
                }
                leat_plan_run(learning, pool)
                leat_plan_run(reference, pool)
                return agrees
            }

            func settlesToTheTwin() -> Bool {
                leat_plan_run(settling, pool)
                return !leat_table_is_behind(table)
                    && zip(lazy, whole).allSatisfy { $0.values.map(\.bits) == $1.values.map(\.bits) }
            }

            func copiesTheGradient() -> Bool {
                let copy = GuardedArray<T>(outputOf: rows * width)
                leat_table_copy_gradient(table, copy.elements)
                return copy.values.map(\.bits) == wholeGradient.values.map(\.bits)
            }
        }

        private func check<T: Real>(_ rule: leat_rule, _: T.Type, rows: Int, width: Int, count: Int, steps: Int) {
            forEachInstructionSet { isa in
                for threads: Int32 in [1, 2] {
                    guard let pair = Pair<T>(rule, rows: rows, width: width, count: count, threads: threads) else {
                        Issue.record("no table of \(rows)×\(width)")
                        return
                    }
                    for step in 0..<steps {
                        // A part of the rows is never named, and another only at first.
                        let limit = max(1, step < steps / 2 ? rows - rows / 4 : rows / 2)
                        guard pair.step(step, namesBelow: limit) else {
                            Issue.record("\(rule), step \(step): rows looked up are behind")
                            return
                        }
                        #expect(pair.copiesTheGradient(), "\(rule), step \(step)")
                        if step % 7 == 5 { #expect(pair.settlesToTheTwin(), "\(rule), \(isa), step \(step)") }
                    }
                    #expect(pair.settlesToTheTwin(), "\(rule), \(isa), \(threads) threads")
                }
            }
        }

        @Test func rowsAreUpdatedAsIfAllWereVisited() {
            for rule in Self.rules {
                for (rows, width, count) in [(1, 1, 1), (9, 3, 0), (9, 3, 4), (40, 17, 90), (700, 65, 300)] {
                    check(rule, Float.self, rows: rows, width: width, count: count, steps: 24)
                    check(rule, Double.self, rows: rows, width: width, count: count, steps: 24)
                }
            }
        }

        @Test func moreStepsThanRatesAreRememberedSettleEverything() {
            guard let pair = Pair<Float>(.adam(amsgrad: false), rows: 6, width: 5, count: 1, threads: 1) else {
                Issue.record("no table")
                return
            }
            for step in 0..<4100 { #expect(pair.step(step, namesBelow: step < 10 ? 6 : 1)) }
            #expect(pair.settlesToTheTwin())
        }

        @Test func aGradientOfAllRowsUpdatesAll() {
            for rule in Self.rules {
                guard let pair = Pair<Float>(rule, rows: 30, width: 7, count: 5, threads: 2),
                    let noting = leat_plan_create(LEAT_FLOAT32, 2), leat_add_table_whole_gradient(noting, pair.table)
                else {
                    Issue.record("no table")
                    return
                }
                defer { leat_plan_destroy(noting) }
                for step in 0..<4 { #expect(pair.step(step, namesBelow: 20)) }
                // The twin's next gradient, written to every row by somebody else.
                leat_plan_run(pair.looking, pair.pool)
                leat_plan_run(pair.reference, pair.pool)
                pair.g.set(pair.wholeGradient.values)
                leat_plan_run(noting, pair.pool)
                #expect(pair.copiesTheGradient())
                leat_plan_run(pair.learning, pair.pool)
                #expect(pair.settlesToTheTwin())
            }
        }

        @Test(arguments: [-1, 5, .max, .min] as [Int32]) func anIndexOutOfRangeEndsTheRun(index: Int32) {
            guard let pair = Pair<Float>(.sgd(0.9), rows: 5, width: 2, count: 3, threads: 2) else {
                Issue.record("no table")
                return
            }
            pair.indices.set([0, index, index])
            let result = leat_plan_run(pair.looking, pair.pool)
            #expect(result.status == LEAT_INDEX_OUT_OF_RANGE && result.row == 1 && result.limit == 5)
            // A gradient that could not be made names no rows.
            guard let gradient = leat_plan_create(LEAT_FLOAT32, 1),
                leat_add_table_gradient(gradient, pair.table, 3, pair.indices.elements, pair.dy.elements)
            else {
                Issue.record("no plan")
                return
            }
            defer { leat_plan_destroy(gradient) }
            #expect(leat_plan_run(gradient, pair.pool).status == LEAT_INDEX_OUT_OF_RANGE)
            let copy = GuardedArray<Float>(outputOf: 10)
            leat_table_copy_gradient(pair.table, copy.elements)
            #expect(copy.values == [Float](repeating: 0, count: 10))
            leat_plan_run(pair.learning, pair.pool)
            #expect(pair.lazy[0].values == pair.whole[0].values)
        }
    }
}
